/* live_write.c -- what goes out to a live client: one frame a call, what matters most first. */
#include <string.h>

#include "group.h"
#include "server.h"
#include "stats.h"

static const struct { const char *resync; const char *why; enum lws_close_status code; } ENDS[LIVE_ENDS] = {
	[END_OVERFLOW] = { "overflow", "overflow", LWS_CLOSE_STATUS_POLICY_VIOLATION },
	[END_LOST] = { "position_lost", "position lost", LWS_CLOSE_STATUS_POLICY_VIOLATION },
	[END_RESTART] = { "server_restart", "server restart", 1012 },
	[END_PROTOCOL] = { "protocol", "protocol", LWS_CLOSE_STATUS_PROTOCOL_ERR },
	[END_SESSION] = { NULL, "session", LWS_CLOSE_STATUS_POLICY_VIOLATION },
	[END_SILENT] = { NULL, "silent", LWS_CLOSE_STATUS_POLICY_VIOLATION },
	[END_HELLO] = { NULL, "hello", LWS_CLOSE_STATUS_PROTOCOL_ERR },
};

enum wrote { WROTE_NOTHING, WROTE_FRAME, WROTE_FAILED };

static enum wrote write_text(struct live_client *c, const unsigned char *text, size_t len)
{
	ql_count(&stats.frames, 1);
	return lws_write(c->wsi, (unsigned char *)text, len, LWS_WRITE_TEXT) < (int)len ? WROTE_FAILED : WROTE_FRAME;
}

/* A small frame of this client alone. */
static enum wrote write_buf(struct server *s, struct live_client *c, struct ql_buf *b)
{
	enum wrote wrote = WROTE_FAILED;

	if (ql_buf_ok(b) && b->len <= CHUNK) {
		memcpy(s->scratch + LWS_PRE, b->data, b->len);
		wrote = write_text(c, s->scratch + LWS_PRE, b->len);
	}
	ql_buf_free(b);
	return wrote;
}

static void begin_frame(struct ql_buf *b, const char *type)
{
	ql_buf_init(b, CHUNK);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "type", type);
}

static enum wrote write_end(struct server *s, struct live_client *c)
{
	struct ql_buf b;

	if (c->state != LIVE_ENDING)
		return WROTE_NOTHING;
	if (c->end_sent || ENDS[c->end].resync == NULL || (c->snapshot != NULL && c->sent > 0)) { /* no frame inside a frame */
		lws_close_reason(c->wsi, ENDS[c->end].code, (unsigned char *)ENDS[c->end].why, strlen(ENDS[c->end].why));
		return WROTE_FAILED;
	}
	c->end_sent = true;
	begin_frame(&b, "resync");
	ql_json_text(&b, "reason", ENDS[c->end].resync);
	ql_json_close(&b, '}');
	return write_buf(s, c, &b);
}

static enum wrote write_welcome(struct server *s, struct live_client *c)
{
	struct ql_buf b;

	if (!c->welcome || c->state != LIVE_ON)
		return WROTE_NOTHING;
	c->welcome = false;
	begin_frame(&b, "welcome");
	ql_json_i64(&b, "protocol", LIVE_PROTOCOL);
	ql_json_bool(&b, "resumed", c->resumed);
	ql_json_i64(&b, "heartbeat_s", BEAT_SECONDS);
	ql_json_time(&b, "now", ql_now());
	ql_json_close(&b, '}');
	return write_buf(s, c, &b);
}

/* Long and shared: it goes out in pieces, each copied, since libwebsockets writes its header in front of what it sends. */
static enum wrote write_snapshot(struct server *s, struct live_client *c)
{
	struct frame *f = c->snapshot;
	size_t len;
	int how;

	if (f == NULL)
		return WROTE_NOTHING;
	len = f->len - c->sent < CHUNK ? f->len - c->sent : CHUNK;
	how = c->sent == 0 ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION;
	if (c->sent + len < f->len)
		how |= LWS_WRITE_NO_FIN;
	memcpy(s->scratch + LWS_PRE, f->buf + LWS_PRE + c->sent, len);
	if (lws_write(c->wsi, s->scratch + LWS_PRE, len, (enum lws_write_protocol)how) < (int)len)
		return WROTE_FAILED;
	c->sent += len;
	if (c->sent == f->len) {
		ql_count(&stats.frames, 1);
		frame_unref(f);
		c->snapshot = NULL;
	}
	return WROTE_FRAME;
}

/* Its position is that of the river when this client has nothing more to get; else it keeps the one of its last event. */
static enum wrote write_beat(struct server *s, struct live_client *c)
{
	char token[POSITION_TOKEN];
	struct ql_buf b;

	if (!c->beat)
		return WROTE_NOTHING;
	c->beat = false;
	begin_frame(&b, "beat");
	ql_json_time(&b, "now", ql_now());
	position_encode(&s->live.ring.at, token);
	ql_json_text(&b, "position", c->cursor >= c->group->last_hit ? token : NULL);
	river_write(&s->live.health, "river", &b);
	ql_json_close(&b, '}');
	return write_buf(s, c, &b);
}

static enum wrote write_counters(struct server *s, struct live_client *c)
{
	const struct group *g = c->group;

	if (g->counters == NULL || c->counters == g->counters_no)
		return WROTE_NOTHING;
	c->counters = g->counters_no;
	if (g->counters->len > CHUNK)
		return WROTE_FAILED;
	memcpy(s->scratch + LWS_PRE, g->counters->buf + LWS_PRE, g->counters->len);
	return write_text(c, s->scratch + LWS_PRE, g->counters->len);
}

static enum wrote write_event(struct server *s, struct live_client *c)
{
	const struct ring *ring = &s->live.ring;

	if (live_is_lost(&s->live, c)) {
		live_end(c, END_OVERFLOW);
		return WROTE_FRAME; /* called again for the farewell */
	}
	if (c->cursor < ring->tail)
		c->cursor = ring->tail;
	while (c->cursor < c->group->last_hit) {
		size_t len;
		const struct event *e = ring_at(ring, c->cursor++);
		const unsigned char *text = event_text(e, c->group->scope, &len);

		if (text != NULL && c->coordinator != 0 && event_is_hidden(e, c->coordinator)) {
			if (c->group->user != 0)
				continue;
			live_end(c, END_LOST); /* recused since it came: it begins anew, without that case */
			return WROTE_FRAME;
		}
		if (text != NULL)
			return write_text(c, text, len);
	}
	return WROTE_NOTHING;
}

int live_write(struct server *s, struct live_client *c)
{
	static enum wrote (*const WRITERS[])(struct server *s, struct live_client *c) = {
		write_end, write_welcome, write_snapshot, write_beat, write_counters, write_event,
	};
	enum wrote wrote = WROTE_NOTHING;

	for (size_t i = 0; i < QL_LEN(WRITERS) && wrote == WROTE_NOTHING; i++)
		wrote = c->state >= LIVE_ON ? WRITERS[i](s, c) : WROTE_NOTHING;
	if (wrote == WROTE_FRAME)
		lws_callback_on_writable(c->wsi);
	return wrote == WROTE_FAILED ? -1 : 0;
}
