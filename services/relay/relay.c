#include "relay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/pg.h"
#include "meters.h"
#include "publish.h"
#include "recover.h"
#include "store.h"
#include "stream.h"

#define STANDBY_MS 500                          /* between two tries for leadership */
#define BURST 256                               /* frames read before reports are served */
#define PENDING_MS 5                            /* longest sleep while records are under way */
#define AWAY_MS 50                              /* the same while the broker does not answer */
#define IDLE_MS 500                             /* longest sleep otherwise: a stop is seen by then */
#define EARLY_MS 1                              /* between two looks whether a transaction can be seen */
#define FULL_MS 20                              /* wait for room before the held frame is tried again */
#define REPORT_SOON (QL_SECOND / 10)            /* after progress */
#define REPORT_EVERY (5 * QL_SECOND)            /* without; wal_sender_timeout is 60 s by default */
#define SAVE_EVERY (5 * QL_SECOND)
#define LOOK_EVERY QL_SECOND                    /* see check_database() */
#define NAME_BYTES 64

struct relay {
	const struct relay_conf *conf;
	struct ql_pg *pg;         /* slot state, saved point; NULL before the first connection */
	struct stream *stream;    /* NULL between two lives */
	struct publisher *p;
	struct stream_frame held; /* read, but there was no room for it yet */
	uint64_t reported, server_end;
	ql_time reported_at;
	ql_time looked_at;
	bool standby;
	struct {
		struct store_horizon horizon;
		bool taken;           /* horizon waits for the confirmed position to reach it */
		uint64_t upto;        /* number of the transaction up to which the saved point was taken */
		ql_time next;
	} save;
};

static bool is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && len < NAME_BYTES && text[len] == '\0';
}

static enum ql_rc snapshot(void *ctx, struct shown *s, struct ql_err *err)
{
	struct relay *r = ctx;

	return store_shown_get(r->pg, s, err);
}

enum ql_rc relay_open(struct relay **out, const struct relay_conf *conf, struct ql_err *err)
{
	struct relay *r;
	enum ql_rc rc;

	*out = NULL;
	if (!is_name(conf->slot) || !is_name(conf->publication))
		return ql_fail(err, QL_FATAL, "relay.slot and relay.publication are names of a-z, 0-9 and _, up to %d long", NAME_BYTES - 1);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ql_fail(err, QL_FATAL, "no memory");
	r->conf = conf;
	rc = publish_open(&r->p, conf->brokers, snapshot, r, err);
	if (rc != QL_OK) {
		free(r);
		return ql_fail(err, QL_FATAL, "%s", err->msg);
	}
	*out = r;
	return QL_OK;
}

void relay_close(struct relay *r)
{
	publish_close(r->p);
	ql_pg_close(r->pg);
	free(r);
}

static void show(struct relay *r)
{
	ql_gauge(&METER_PENDING, (int64_t)r->p->ledger.pending);
	ql_gauge(&METER_LAG, (int64_t)(r->server_end - r->p->ledger.confirmed));
	ql_ready("broker", ql_producer_ready(r->p->producer) ? NULL : "the broker does not answer: check kafka.brokers");
}

/* --- from nothing to a running stream --- */

static enum ql_rc connect_database(struct relay *r, struct ql_err *err)
{
	enum ql_rc rc = r->pg ? ql_pg_recover(r->pg, err) : ql_pg_open(&r->pg, r->conf->pg_dsn, "relay", err);

	if (rc == QL_OK)
		rc = stream_open(&r->stream, r->conf->pg_dsn, err);
	ql_ready("database", rc == QL_OK ? NULL : "no connection: check pg.dsn and whether PostgreSQL runs");
	return rc;
}

static void set_standby(struct relay *r, bool standby)
{
	if (standby != r->standby || !standby)
		ql_log(QL_INFO, standby ? "standby" : "leading", "slot=%s", r->conf->slot);
	r->standby = standby;
	ql_gauge(&METER_STANDBY, standby);
	if (standby)
		ql_ready("slot", NULL); /* a standby is ready: to take over */
}

/* The lock belongs to the replication connection's session, and ends with it as the slot's use does: so whoever holds it
 * may also drop and make the slot. Tried again and again rather than waited for, since a waiting statement would hold
 * back vacuum. */
static enum ql_rc lead(struct relay *r, struct ql_err *err)
{
	struct ql_buf sql;
	bool leading = false;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&sql, 1024);
	store_lead_text(&sql, r->conf->slot);
	while (rc == QL_OK && !ql_stopping()) {
		rc = stream_ask(r->stream, sql.data, &leading, err);
		if (rc != QL_OK || leading)
			break;
		set_standby(r, true);
		ql_producer_poll(r->p->producer, 0);
		show(r);
		rc = stream_wait(r->stream, STANDBY_MS, err);
	}
	ql_buf_free(&sql);
	if (rc == QL_OK && leading)
		set_standby(r, false);
	return rc;
}

static enum ql_rc start(struct relay *r, struct ql_err *err)
{
	uint64_t confirmed = 0;
	enum ql_rc rc = recover_slot(r->pg, r->stream, r->p, r->conf->slot, &confirmed, err);

	if (rc == QL_OK)
		rc = stream_start(r->stream, r->conf->slot, r->conf->publication, err);
	if (rc == QL_OK)
		rc = publish_restart(r->p, confirmed, err);
	ql_ready("slot", rc == QL_OK ? NULL : "the stream does not start: the log says why");
	if (rc != QL_OK)
		return rc;
	r->reported = r->server_end = confirmed;
	r->reported_at = ql_monotonic();
	r->looked_at = r->reported_at;
	r->save.taken = false;
	r->save.upto = r->p->ledger.next;
	r->save.next = 0;
	ql_log(QL_INFO, "streaming", "slot=%s from=%" PRIX32 "/%" PRIX32, r->conf->slot, (uint32_t)(confirmed >> 32), (uint32_t)confirmed);
	return QL_OK;
}

/* --- the running stream --- */

static enum ql_rc report(struct relay *r, struct ql_err *err)
{
	if (r->p->ledger.confirmed > r->reported)
		r->looked_at = r->reported_at;
	r->reported = r->p->ledger.confirmed;
	r->reported_at = ql_monotonic();
	return stream_report(r->stream, r->reported, err);
}

static enum ql_rc report_when_due(struct relay *r, struct ql_err *err)
{
	ql_time since = ql_monotonic() - r->reported_at;

	if (since >= REPORT_EVERY || (r->p->ledger.confirmed > r->reported && since >= REPORT_SOON))
		return report(r, err);
	return QL_OK;
}

/* A server that shuts down first closes the ordinary connections and then waits, without end, until we have confirmed all
 * of its WAL. While the broker is away we can't: so we let go of the stream rather than keep PostgreSQL from stopping. */
static enum ql_rc check_database(struct relay *r, struct ql_err *err)
{
	if (ql_monotonic() - r->looked_at < LOOK_EVERY)
		return QL_OK;
	r->looked_at = ql_monotonic();
	return store_is_connected(r->pg) ? QL_OK : ql_fail(err, QL_RETRY, "PostgreSQL closed the connection beside the stream");
}

static enum ql_rc take_keepalive(struct relay *r, const struct stream_frame *f, struct ql_err *err)
{
	ledger_seen(&r->p->ledger, f->server_end);
	return f->reply ? report(r, err) : QL_OK;
}

/* Takes the held frame; it stays held when there is no room for it. */
static enum ql_rc take_frame(struct relay *r, bool *full, struct ql_err *err)
{
	struct stream_frame *f = &r->held;
	enum ql_rc rc;

	*full = false;
	if (f->server_end > r->server_end)
		r->server_end = f->server_end;
	if (f->kind == STREAM_KEEPALIVE)
		rc = take_keepalive(r, f, err);
	else
		rc = publish_message(r->p, f->bytes, f->len, full, err);
	if (!*full)
		stream_release(f);
	return rc;
}

static enum ql_rc read_burst(struct relay *r, bool *full, bool *empty, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	*full = *empty = false;
	for (int i = 0; rc == QL_OK && !*full && i < BURST; i++) {
		if (r->held.kind == STREAM_NONE)
			rc = stream_read(r->stream, &r->held, err);
		*empty = rc == QL_OK && r->held.kind == STREAM_NONE;
		if (*empty || rc != QL_OK)
			break;
		rc = take_frame(r, full, err);
	}
	return rc;
}

/* While the frame is held the stream is not read, and TCP holds the server back; our reports keep it patient. */
static enum ql_rc wait_for_work(struct relay *r, bool full, bool empty, struct ql_err *err)
{
	int ms = IDLE_MS;

	if (full)
		return publish_serve(r->p, r->p->early ? EARLY_MS : FULL_MS, err);
	if (!ledger_idle(&r->p->ledger) || r->p->ledger.confirmed > r->reported)
		ms = ql_producer_ready(r->p->producer) ? PENDING_MS : AWAY_MS;
	return stream_wait(r->stream, empty ? ms : 0, err);
}

/* --- the saved point --- */

static enum ql_rc save_or_take(struct relay *r, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (r->save.taken) {
		rc = store_position_save(r->pg, r->conf->slot, &r->save.horizon, err);
		r->save.taken = false;
	} else {
		rc = store_horizon_get(r->pg, &r->save.horizon, err);
		r->save.taken = rc == QL_OK;
		r->save.upto = r->p->ledger.next;
		r->save.next = ql_monotonic() + SAVE_EVERY;
	}
	return rc;
}

/* Nothing is saved when nothing was published since: saving writes WAL itself. A failure only leaves the older point. */
static void save_position(struct relay *r)
{
	bool due = r->save.taken ? r->p->ledger.confirmed >= r->save.horizon.lsn
	                         : r->save.upto != r->p->ledger.next && ql_monotonic() >= r->save.next;
	struct ql_err err = { 0 };

	if (!due || save_or_take(r, &err) == QL_OK)
		return;
	ql_log_err("position_not_saved", &err);
	r->save.taken = false;
	r->save.upto = 0;
	r->save.next = ql_monotonic() + SAVE_EVERY;
	if (ql_pg_recover(r->pg, &err) != QL_OK)
		ql_log_err("no_database", &err);
}

static enum ql_rc step(struct relay *r, struct ql_err *err)
{
	bool full, empty;
	enum ql_rc rc = publish_serve(r->p, 0, err);

	if (rc == QL_OK)
		rc = read_burst(r, &full, &empty, err);
	if (rc == QL_OK)
		rc = report_when_due(r, err);
	if (rc == QL_OK)
		rc = check_database(r, err);
	if (rc != QL_OK)
		return rc;
	show(r);
	save_position(r);
	return wait_for_work(r, full, empty, err);
}

/* What is under way gets a moment to arrive, so that the next start sends less again. */
static void finish(struct relay *r)
{
	struct ql_err err = { 0 };
	ql_time end = ql_monotonic() + QL_SECOND;

	while (r->p->ledger.pending > 0 && ql_monotonic() < end)
		if (publish_serve(r->p, FULL_MS, &err) != QL_OK)
			break;
	save_position(r);
	if (report(r, &err) != QL_OK)
		ql_log_err("last_report", &err);
}

enum ql_rc relay_live(struct relay *r, bool *progress, struct ql_err *err)
{
	uint64_t from = 0;
	enum ql_rc rc;

	*progress = false;
	ql_producer_poll(r->p->producer, 0);
	show(r);
	rc = connect_database(r, err);
	if (rc == QL_OK)
		rc = lead(r, err);
	if (rc == QL_OK && !ql_stopping())
		rc = start(r, err);
	if (rc == QL_OK && !ql_stopping()) {
		from = r->p->ledger.confirmed;
		while (rc == QL_OK && !ql_stopping())
			rc = step(r, err);
		*progress = r->p->ledger.confirmed > from;
		if (rc == QL_OK)
			finish(r);
	}
	stream_release(&r->held);
	stream_close(r->stream);
	r->stream = NULL;
	if (rc != QL_OK)
		ql_ready("slot", ql_stopping() ? "stopping" : "the stream broke and is started again: the log says why");
	return ql_stopping() ? QL_OK : rc;
}
