/* live.c -- the life of a live client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "group.h"
#include "server.h"
#include "stats.h"

#define HELLO_WITHIN  (5 * QL_SECOND)
#define ENTER_WITHIN  (30 * QL_SECOND)  /* who it is and its snapshot, when the database is slow */
#define SILENCE       (25 * QL_SECOND)  /* two and a half beats */
#define CHECK_EVERY   (60 * QL_SECOND)  /* is the session still good? */
#define CLIENT_FRAME  2048              /* bytes of the longest one: a hello */
#define LAST_WORDS    5                 /* seconds to take the farewell */

bool live_open(struct live *live, size_t events, size_t bytes)
{
	*live = (struct live){ .health = { .canary_ms = -1 } };
	return ring_open(&live->ring, events, bytes);
}

void live_close(struct live *live)
{
	ring_close(&live->ring);
}

int live_count(const struct live *live)
{
	return live->count;
}

void live_end(struct live_client *c, enum live_end why)
{
	if (c->state == LIVE_ENDING)
		return;
	c->state = LIVE_ENDING;
	c->end = (uint8_t)why;
	if (why <= END_PROTOCOL)
		ql_count(&stats.resyncs, 1);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LAST_WORDS); /* a socket that takes nothing is cut */
	lws_callback_on_writable(c->wsi);
}

/* --- coming and going --- */

static int client_open(struct server *s, struct live_client *c, struct lws *wsi)
{
	struct request req = {0};

	http_read_headers(s, wsi, &req);
	*c = (struct live_client){ .wsi = wsi, .heard = ql_monotonic(), .next = s->live.first, .link = &s->live.first };
	memcpy(c->token, req.token, sizeof(c->token));
	if (c->next != NULL)
		c->next->link = &c->next;
	s->live.first = c;
	s->live.count++;
	ql_gauge(&stats.sockets, s->live.count);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	return 0;
}

static int client_close(struct server *s, struct live_client *c)
{
	if (c->wsi == NULL)
		return 0;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	group_leave(&s->live, c);
	if (c->job != NULL)
		c->job->owner = NULL;
	frame_unref(c->snapshot);
	free(c->from);
	free(c->partial);
	c->wsi = NULL;
	s->live.count--;
	ql_gauge(&stats.sockets, s->live.count);
	return 0;
}

/* --- hello --- */

static void ask(struct server *s, struct live_client *c, enum job_kind kind)
{
	struct job *job = job_new(kind, c);

	if (job == NULL)
		return; /* the next tick tries again */
	memcpy(job->req.token, c->token, sizeof(c->token));
	if (pool_submit(s->pool, job, false))
		c->job = job;
	else
		job_free(job);
}

struct hello { char type[QL_TEXT_SIZE(16)], position[QL_TEXT_SIZE(POSITION_TOKEN)]; int64_t protocol; };
static const struct ql_field HELLO[] = {
	QL_NEED(struct hello, type),
	QL_MAY(struct hello, protocol),
	QL_MAY(struct hello, position),
};

static void heard_hello(struct server *s, struct live_client *c, const struct hello *h)
{
	if (h->protocol != LIVE_PROTOCOL) {
		live_end(c, END_PROTOCOL);
		return;
	}
	if (h->position[0] != '\0') {
		c->from = calloc(1, sizeof(*c->from));
		if (c->from != NULL && !position_decode(h->position, c->from))
			c->from->cluster = 0; /* not one of ours: a snapshot */
	}
	c->state = LIVE_ENTERING;
	ask(s, c, JOB_HELLO);
}

static void heard(struct server *s, struct live_client *c, const char *text, size_t len)
{
	struct hello h = {0};
	struct ql_err err;
	json_t *json;
	bool good = ql_json_parse(text, len, &json, &err) == QL_OK && ql_json_decode(json, "", HELLO, QL_LEN(HELLO), &h, &err) == QL_OK;

	json_decref(json);
	c->heard = ql_monotonic();
	if (!good)
		live_end(c, END_HELLO);
	else if (c->state == LIVE_SILENT && strcmp(h.type, "hello") == 0)
		heard_hello(s, c, &h);
	else if (c->state == LIVE_SILENT)
		live_end(c, END_HELLO);
	/* a beat needed only to be heard; what a newer page may say besides is not for us */
}

static int client_receive(struct server *s, struct live_client *c, const char *data, size_t len)
{
	bool whole = lws_is_final_fragment(c->wsi) && lws_remaining_packet_payload(c->wsi) == 0;

	if (c->state == LIVE_ENDING)
		return 0;
	if (whole && c->partial == NULL) {
		heard(s, c, data, len);
		return 0;
	}
	if (c->partial == NULL)
		c->partial = malloc(CLIENT_FRAME);
	if (c->partial == NULL || len > (size_t)CLIENT_FRAME - c->partial_len) {
		live_end(c, END_HELLO);
		return 0;
	}
	memcpy(c->partial + c->partial_len, data, len);
	c->partial_len = (uint16_t)(c->partial_len + len);
	if (whole) {
		heard(s, c, c->partial, c->partial_len);
		free(c->partial);
		c->partial = NULL;
		c->partial_len = 0;
	}
	return 0;
}

/* --- welcome --- */

static void go_live(struct live_client *c, uint64_t cursor)
{
	ql_time now = ql_monotonic();

	c->cursor = cursor;
	c->state = LIVE_ON;
	c->beat_at = now + BEAT_SECONDS * QL_SECOND;
	c->check_at = now + CHECK_EVERY;
	free(c->from);
	c->from = NULL;
	lws_callback_on_writable(c->wsi);
}

static void give_snapshot(struct live_client *c)
{
	c->snapshot = frame_ref(c->group->snapshot);
	c->sent = 0;
	go_live(c, c->group->snapshot_cursor);
}

/* One read serves everybody of the group who waits or comes soon after; the place in the river is noted before it. */
static void want_snapshot(struct server *s, struct group *g)
{
	struct job *job;

	if (g->snapshot_job != NULL)
		return;
	job = job_new(JOB_SNAPSHOT, g);
	if (job == NULL)
		return;
	job->scope = g->scope;
	job->user = g->user;
	position_encode(&s->live.ring.at, job->position);
	g->snapshot_cursor = s->live.ring.head;
	if (pool_submit(s->pool, job, false))
		g->snapshot_job = job;
	else
		job_free(job);
}

static bool is_fresh(const struct group *g, const struct live *live)
{
	return g->snapshot != NULL && g->snapshot_job == NULL && ql_monotonic() - g->snapshot_at < SNAPSHOT_FRESH && g->snapshot_cursor >= live->ring.tail;
}

static void join(struct server *s, struct live_client *c)
{
	uint64_t cursor;

	c->welcome = true;
	c->resumed = c->from != NULL && s->live.started && ring_resume(&s->live.ring, c->from, &cursor);
	if (c->resumed) {
		ql_count(&stats.resumes, 1);
		go_live(c, cursor);
		return;
	}
	c->state = LIVE_JOINING;
	if (is_fresh(c->group, &s->live))
		give_snapshot(c);
	else
		want_snapshot(s, c->group);
}

void live_entered(struct server *s, struct job *job)
{
	struct live_client *c = job->owner;

	if (c != NULL) {
		c->job = NULL;
		c->expires_at = job->who.expires_at;
		c->coordinator = job->who.coordinator;
		if (job->unavailable)
			; /* the tick asks again */
		else if (!job->known)
			live_end(c, END_SESSION);
		else if (c->state == LIVE_ENTERING && group_join(&s->live, c, job->who.scope, job->recuses ? job->who.user : 0) != NULL)
			join(s, c);
	}
	job_free(job);
}

/* The session may have ended elsewhere, or its rights may have changed. */
void live_checked(struct server *s, struct job *job)
{
	struct live_client *c = job->owner;

	(void)s;
	if (c != NULL) {
		c->job = NULL;
		if (!job->unavailable && (!job->known || c->group == NULL || job->who.scope != c->group->scope))
			live_end(c, END_SESSION);
		else if (!job->unavailable && (job->recuses ? job->who.user : 0) != c->group->user)
			live_end(c, END_LOST); /* it sees other lists than it did */
		c->expires_at = job->unavailable ? c->expires_at : job->who.expires_at;
	}
	job_free(job);
}

void live_snapshot(struct server *s, struct job *job)
{
	struct group *g = job->owner;

	(void)s;
	if (g != NULL) {
		g->snapshot_job = NULL;
		if (job->frame != NULL) {
			ql_count(&stats.snapshots, 1);
			frame_unref(g->snapshot);
			g->snapshot = frame_ref(job->frame);
			g->snapshot_at = ql_monotonic();
			for (struct live_client *c = g->clients; c != NULL; c = c->peer)
				if (c->state == LIVE_JOINING)
					give_snapshot(c);
		}
	}
	job_free(job);
}

void live_counters(struct server *s, struct job *job)
{
	struct group *g = job->owner;

	(void)s;
	if (g != NULL) {
		g->counters_job = NULL;
		g->counters_pause = COUNTERS_SHARE * (ql_monotonic() - g->counters_at);
		g->dirty |= job->frame == NULL;
		if (job->frame != NULL) {
			frame_unref(g->counters);
			g->counters = frame_ref(job->frame);
			g->counters_no++;
			for (struct live_client *c = g->clients; c != NULL; c = c->peer)
				if (c->state == LIVE_ON)
					lws_callback_on_writable(c->wsi);
		}
	}
	job_free(job);
}

/* --- events --- */

static void hit(struct group *g, uint64_t behind)
{
	g->last_hit = behind;
	g->dirty = true;
}

static void mark_groups(struct live *live, const struct event *e)
{
	size_t len;

	for (int32_t i = 0; i < e->n_scopes; i++) {
		for (struct group *g = NULL; (g = group_next(live, e->scopes[i], g)) != NULL;)
			if (event_text(e, g->scope, &len) != NULL)
				hit(g, live->ring.head);
	}
}

bool live_is_lost(const struct live *live, const struct live_client *c)
{
	return c->state == LIVE_ON && c->cursor < live->ring.tail && c->cursor < c->group->last_hit;
}

static void wake_groups(struct live *live, uint64_t from)
{
	for (int i = 0; i < GROUP_BUCKETS; i++)
		for (struct group *g = live->groups[i]; g != NULL; g = g->next)
			for (struct live_client *c = g->last_hit > from ? g->clients : NULL; c != NULL; c = c->peer)
				if (c->state == LIVE_ON)
					lws_callback_on_writable(c->wsi);
}

void live_batch(struct server *s, struct batch *batch)
{
	struct live *live = &s->live;
	uint64_t from = live->ring.head;
	struct event *next;

	if (batch->restart) {
		ring_restart(&live->ring, &batch->at);
		for (struct live_client *c = live->first; live->started && c != NULL; c = c->next)
			live_end(c, END_LOST);
		live->started = true;
	}
	for (struct event *e = batch->events; e != NULL; e = next) {
		next = e->next;
		ring_push(&live->ring, e);
		mark_groups(live, e);
	}
	batch->events = NULL;
	ring_advance(&live->ring, &batch->at);
	live->health = batch->health;
	if (live->ring.head > from)
		wake_groups(live, from);
	batch_free(batch);
}

void live_sign_out(struct live *live, const unsigned char token[TOKEN_HASH])
{
	for (struct live_client *c = live->first; c != NULL; c = c->next)
		if (memcmp(c->token, token, TOKEN_HASH) == 0)
			live_end(c, END_SESSION);
}

/* --- every second --- */

static void tick_client(struct server *s, struct live_client *c, ql_time now)
{
	static const ql_time PATIENCE[] = { [LIVE_SILENT] = HELLO_WITHIN, [LIVE_ENTERING] = ENTER_WITHIN, [LIVE_JOINING] = ENTER_WITHIN, [LIVE_ON] = SILENCE };

	if (c->state == LIVE_ENDING)
		return;
	if (now - c->heard > PATIENCE[c->state])
		live_end(c, c->state == LIVE_SILENT ? END_HELLO : END_SILENT);
	else if (c->expires_at != 0 && ql_now() > c->expires_at)
		live_end(c, END_SESSION);
	else if (live_is_lost(&s->live, c))
		live_end(c, END_OVERFLOW);
	else if (c->state == LIVE_ENTERING && c->job == NULL)
		ask(s, c, JOB_HELLO);
	else if (c->state == LIVE_JOINING)
		want_snapshot(s, c->group);
	if (c->state != LIVE_ON)
		return;
	if (now >= c->check_at && c->job == NULL) {
		c->check_at = now + CHECK_EVERY;
		ask(s, c, JOB_CHECK);
	}
	if (now >= c->beat_at) {
		c->beat_at = now + BEAT_SECONDS * QL_SECOND;
		c->beat = true;
		lws_callback_on_writable(c->wsi);
	}
}

static void tick_group(struct server *s, struct group *g, ql_time now)
{
	struct job *job;

	if (g->snapshot != NULL && now - g->snapshot_at >= SNAPSHOT_FRESH) {
		frame_unref(g->snapshot);
		g->snapshot = NULL;
	}
	if (!g->dirty || g->counters_job != NULL || now - g->counters_at < COUNTERS_EVERY || now - g->counters_at < g->counters_pause)
		return;
	job = job_new(JOB_COUNTERS, g);
	if (job == NULL)
		return;
	job->scope = g->scope;
	job->user = g->user;
	if (!pool_submit(s->pool, job, false)) {
		job_free(job);
		return;
	}
	g->counters_job = job;
	g->counters_at = now;
	g->dirty = false;
}

void live_tick(struct server *s)
{
	ql_time now = ql_monotonic();

	for (struct live_client *c = s->live.first; c != NULL; c = c->next)
		tick_client(s, c, now);
	for (int i = 0; i < GROUP_BUCKETS; i++)
		for (struct group *g = s->live.groups[i]; g != NULL; g = g->next)
			tick_group(s, g, now);
}

void live_goodbye(struct server *s)
{
	for (struct live_client *c = s->live.first; c != NULL; c = c->next)
		live_end(c, END_RESTART);
}

int live_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
	struct server *s = server_of(wsi);
	struct live_client *c = user;

	switch (why) {
	case LWS_CALLBACK_ESTABLISHED:      return client_open(s, c, wsi);
	case LWS_CALLBACK_RECEIVE:          return client_receive(s, c, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE: return live_write(s, c);
	case LWS_CALLBACK_CLOSED:           return client_close(s, c);
	default:                            return 0;
	}
}
