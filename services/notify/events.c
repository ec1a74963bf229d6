/* events.c -- case.events into rows: deliveries for webhooks, notices for people, and how far we are, in one transaction. */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "domain/alert.h"
#include "notify/figures.h"
#include "notify/happened.h"
#include "notify/notify.h"
#include "notify/quiet.h"

static const char TOPIC[] = "case.events";
static const char TYPE[] = "qingling.case.";

static struct place *place_of(struct notify *n, int32_t part)
{
	for (size_t i = 0; i < n->n_places; i++)
		if (n->place[i].part == part)
			return &n->place[i];
	if (n->n_places == PARTITIONS_MAX)
		return NULL;
	n->place[n->n_places] = (struct place){ .part = part };
	return &n->place[n->n_places++];
}

static enum ql_rc start_at(void *ctx, const char *cluster, const char *topic, int32_t part, int64_t *offset, struct ql_err *err)
{
	struct notify *n = ctx;
	struct place *p = place_of(n, part);
	enum ql_rc rc;

	if (p == NULL)
		return ql_fail(err, QL_FATAL, "more than %d partitions for one instance: start more instances", PARTITIONS_MAX);
	snprintf(n->cluster, sizeof(n->cluster), "%s", cluster);
	rc = n->broken ? ql_pg_recover(n->pg, err) : QL_OK;
	if (rc == QL_OK)
		rc = store_place(n->pg, cluster, topic, part, offset, err);
	n->broken = rc != QL_OK;
	if (rc == QL_OK)
		p->expected = p->next = *offset;
	return rc;
}

static void revoked(void *ctx) { ((struct notify *)ctx)->n_places = 0; }

enum ql_rc events_open(struct notify *n, struct ql_err *err)
{
	static const char *const TOPICS[] = { TOPIC, NULL };
	const struct ql_consumer_conf conf = { .brokers = n->conf->brokers, .group = n->conf->group, .client_id = "notify", .topics = TOPICS,
	                                       .start_at = start_at, .revoked = revoked, .ctx = n };

	ql_buf_init(&n->rows, ROWS_BYTES_MAX);
	ql_rows_init(&n->notices, ROWS_BYTES_MAX);
	return ql_consumer_open(&n->consumer, &conf, err);
}

/* --- the batch --- */

/* A record that is no journal row is none of ours: canaries, and what somebody else wrote here. */
static void take_record(struct notify *n, const rd_kafka_message_t *msg)
{
	struct ql_err err = { 0 };
	struct ql_header type;
	const size_t before = n->rows.len;

	if (!ql_message_header(msg, "ce_type", &type) || type.len < strlen(TYPE) || memcmp(type.value, TYPE, strlen(TYPE)) != 0)
		return;
	if (happened_write(msg->payload != NULL ? msg->payload : "", msg->len, &n->rows, &err) == QL_OK) {
		n->happenings++;
		return;
	}
	n->rows.len = before;
	ql_count(&figure_skipped, 1);
	ql_log(QL_WARN, "event_not_understood", "partition=%d offset=%lld why=\"%s\"", msg->partition, (long long)msg->offset, err.msg);
}

static void take_in(struct notify *n, rd_kafka_message_t **msgs, size_t got)
{
	ql_buf_reset(&n->rows);
	ql_json_open(&n->rows, NULL, '[');
	n->happenings = 0;
	for (size_t i = 0; i < n->n_places; i++)
		n->place[i].next = n->place[i].expected;
	for (size_t i = 0; i < got; i++) {
		struct place *p = place_of(n, msgs[i]->partition);

		if (p != NULL && msgs[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR && msgs[i]->offset >= p->next) { /* else: seen before a rewind */
			p->next = msgs[i]->offset + 1;
			take_record(n, msgs[i]);
		}
		rd_kafka_message_destroy(msgs[i]);
	}
	ql_json_close(&n->rows, ']');
}

/* When and how this person is told: urgent things and people at work at once, else when their calendar opens. */
static void keep_notice(void *ctx, const struct recipient *r)
{
	struct notify *n = ctx;
	const struct reference *ref = casebook_reference(n->cb);
	const struct unit *u = reference_unit(ref, r->unit);
	const struct calendar *cal = u != NULL ? reference_calendar(ref, u->calendar[SERVICE_OFFICE]) : NULL;
	const ql_time now = casebook_now(n->cb);
	enum alert kind;

	if (!alert_parse(r->kind, &kind))
		return;
	const char *way = r->way[0] != '\0' && !r->urgent ? r->way : r->urgent ? "now" : alert_way(kind);
	const bool digest = strcmp(way, "digest") == 0;
	ql_time due = digest ? quiet_digest_at(cal, now, r->digest_hour) : now;

	if (!digest && r->quiet && !r->urgent && !r->at_work)
		due = quiet_until(cal, now);
	struct ql_buf *b = ql_rows_begin(&n->notices);

	ql_json_i64(b, "user_id", r->user);
	ql_json_text(b, "kind", r->kind);
	ql_json_i64(b, "case_id", r->case_id);
	ql_json_i64(b, "version", r->version);
	ql_json_text(b, "way", digest ? "digest" : "now");
	ql_json_time(b, "due_at", due);
	ql_rows_end(&n->notices);
}

static enum ql_rc lead_to(struct notify *n, int64_t *deliveries, struct ql_err *err)
{
	enum ql_rc rc;

	if (n->happenings == 0)
		return QL_OK;
	if (!ql_buf_ok(&n->rows))
		return ql_fail(err, QL_REJECT, "more facts than a batch holds");
	rc = store_deliveries(n->pg, &n->rows, deliveries, err);
	ql_rows_reset(&n->notices);
	if (rc == QL_OK)
		rc = store_recipients(n->pg, &n->rows, keep_notice, n, err);
	return rc == QL_OK ? store_notices(n->pg, &n->notices, err) : rc;
}

static enum ql_rc transact(struct notify *n, int64_t *deliveries, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(n->cb, err);

	if (rc == QL_OK)
		rc = store_move(n->pg, n->cluster, TOPIC, n->place, n->n_places, err);
	if (rc == QL_OK)
		rc = lead_to(n, deliveries, err);
	if (rc == QL_OK)
		rc = casebook_commit(n->cb, err);
	if (rc != QL_OK)
		casebook_rollback(n->cb);
	return rc;
}

/* One record that the database refuses, alone, leads to nothing; the others go on. */
static enum ql_rc pass_over(struct notify *n, const struct ql_err *why, struct ql_err *err)
{
	int64_t none = 0;

	ql_count(&figure_skipped, 1);
	ql_log_err("event_passed_over", why);
	n->happenings = 0;
	return transact(n, &none, err);
}

static void moved(struct notify *n)
{
	for (size_t i = 0; i < n->n_places; i++) {
		struct place *p = &n->place[i];

		if (p->next != p->expected)
			ql_consumer_commit(n->consumer, TOPIC, p->part, p->next);
		p->expected = p->next;
	}
}

static enum ql_rc work(struct notify *n, size_t got, bool *made, struct ql_err *err)
{
	struct ql_err ignored = { 0 };
	int64_t deliveries = 0;
	enum ql_rc rc = transact(n, &deliveries, err);

	if (rc == QL_REJECT && got == 1) {
		const struct ql_err why = *err;

		rc = pass_over(n, &why, err);
	}
	if (rc == QL_OK) {
		moved(n);
		ql_count(&figure_events, n->happenings);
		ql_count(&figure_deliveries, deliveries);
		*made = deliveries > 0 || n->notices.n > 0;
		n->careful -= (int)got < n->careful ? (int)got : n->careful;
		return QL_OK;
	}
	if (rc == QL_REJECT) {
		n->careful = (int)got;
		rc = QL_RETRY;
		err->rc = QL_RETRY;
	}
	if (ql_consumer_rewind(n->consumer, &ignored) != QL_OK)
		ql_log_err("rewind_waits", &ignored);
	return rc;
}

enum ql_rc events_step(struct notify *n, int ms, bool *made, struct ql_err *err)
{
	rd_kafka_message_t *msgs[EVENTS_MAX];
	size_t got = 0;
	enum ql_rc rc;

	*made = false;
	rc = ql_consumer_poll(n->consumer, msgs, n->careful > 0 ? 1 : EVENTS_MAX, ms, &got, err);
	ql_ready("broker", ql_consumer_ready(n->consumer) ? NULL : "no partitions of case.events yet: is the broker reachable? Letters go on meanwhile");
	ql_gauge(&figure_lag, ql_consumer_lag(n->consumer));
	if (got == 0)
		return rc;
	take_in(n, msgs, got);
	return rc == QL_OK ? work(n, got, made, err) : rc;
}
