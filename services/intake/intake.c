#include "intake/intake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "intake/deadletter.h"
#include "intake/work.h"

#define POLL_MS       250 /* how long a quiet step waits; a record that comes ends it at once */
#define KEPT_START    (64 * 1024) /* bytes kept of a record that is too large ever to be taken: enough to see what it was */
#define CANARY_MAX    (2 * TEXT_OF(LIMIT_ATTRIBUTE) + TEXT_OF(LIMIT_WORD))
#define TRIES_ALONE   5 /* of a record that the database refuses for no reason of its own */

struct intake {
	struct ql_pg *pg;
	struct casebook *cb;
	struct ql_consumer *consumer;
	struct deadletter *dead;
	struct batch *batch;
	struct kept_rows kept;
	char cluster[128];
	int limit;   /* records in a transaction */
	int careful; /* so many of the next records go one by one: their batch was refused */
	struct { char topic[64]; int32_t part; int64_t offset; int tries; } suspect; /* the record that was refused alone, last */
	bool broken; /* the connection that positions are read by needs recovery */
};

static const char *const TOPICS[] = { "enterprise.enquiries", "clearance.incidents", "hotline.calls", NULL };

static struct ql_metric RECORDS = { .name = "intake_records_total", .help = "records taken from the inbound topics", .kind = QL_COUNTER };
static struct ql_metric OPENED = { .name = "intake_cases_opened_total", .help = "cases opened", .kind = QL_COUNTER };
static struct ql_metric ATTACHED = { .name = "intake_attached_total", .help = "records attached to an open case", .kind = QL_COUNTER };
static struct ql_metric DUPLICATES = { .name = "intake_duplicates_total", .help = "records that had come before", .kind = QL_COUNTER };
static struct ql_metric QUARANTINED = { .name = "intake_quarantined_total", .help = "records put into quarantine", .kind = QL_COUNTER };
static struct ql_metric ROLLED_BACK = { .name = "intake_rolled_back_total", .help = "batches rolled back and tried again", .kind = QL_COUNTER };
static struct ql_metric LAG = { .name = "intake_lag_records", .help = "records behind, over assigned partitions", .kind = QL_GAUGE };
static struct ql_metric BATCH_TIME = { .name = "intake_batch_seconds", .help = "time of one batch, decoded to committed", .kind = QL_HISTOGRAM };

static void register_metrics(void)
{
	struct ql_metric *const all[] = { &RECORDS, &OPENED, &ATTACHED, &DUPLICATES, &QUARANTINED, &ROLLED_BACK, &LAG, &BATCH_TIME };

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}

/* --- positions: ours are in PostgreSQL, per cluster; the group's own offsets are for lag monitoring only --- */

static struct partition_at *partition(struct batch *b, const char *topic, int32_t part)
{
	for (size_t i = 0; i < b->n_partitions; i++)
		if (b->partition[i].part == part && strcmp(b->partition[i].topic, topic) == 0)
			return &b->partition[i];
	if (b->n_partitions == BATCH_PARTITIONS)
		return NULL;
	struct partition_at *p = &b->partition[b->n_partitions++];

	snprintf(p->topic, sizeof(p->topic), "%s", topic);
	p->part = part;
	return p;
}

static enum ql_rc start_at(void *ctx, const char *cluster, const char *topic, int32_t part, int64_t *offset, struct ql_err *err)
{
	struct intake *in = ctx;
	struct partition_at *p = partition(in->batch, topic, part);
	enum ql_rc rc = QL_OK;

	if (p == NULL)
		return ql_fail(err, QL_FATAL, "more than %d partitions for one instance: start more instances", BATCH_PARTITIONS);
	snprintf(in->cluster, sizeof(in->cluster), "%s", cluster);
	if (in->broken)
		rc = ql_pg_recover(in->pg, err);
	if (rc == QL_OK)
		rc = store_position(in->pg, cluster, topic, part, offset, err);
	in->broken = rc != QL_OK;
	if (rc == QL_OK)
		p->expected = p->next = *offset;
	ql_ready("database", rc == QL_OK ? NULL : "no connection: see the log, intake tries again by itself");
	return rc;
}

static void revoked(void *ctx)
{
	struct intake *in = ctx;

	in->batch->n_partitions = 0;
}

enum ql_rc intake_open(struct intake **out, const struct intake_conf *conf, struct ql_err *err)
{
	struct intake *in = calloc(1, sizeof(*in));
	struct ql_backoff wait = { 0 };
	enum ql_rc rc;

	*out = in;
	if (in == NULL)
		return ql_fail(err, QL_FATAL, "no memory to start");
	in->limit = conf->batch;
	kept_init(&in->kept);
	register_metrics();
	rc = ql_health_open(conf->health_address, conf->health_port, err);
	if (rc == QL_OK)
		rc = batch_new(&in->batch, err);
	while (rc == QL_OK && in->cb == NULL && !ql_stopping()) { /* the database may start after us */
		ql_ready("database", "not connected yet");
		rc = in->pg == NULL ? ql_pg_open(&in->pg, conf->pg_dsn, "intake", err) : ql_pg_recover(in->pg, err);
		if (rc == QL_OK)
			rc = casebook_new(&in->cb, in->pg, err);
		if (rc == QL_RETRY) {
			ql_backoff_wait(&wait, err);
			rc = QL_OK;
		}
	}
	if (rc == QL_OK)
		rc = deadletter_open(&in->dead, conf->brokers, err);
	if (rc == QL_OK)
		rc = ql_consumer_open(&in->consumer, &(struct ql_consumer_conf){ .brokers = conf->brokers, .group = conf->group, .client_id = "intake",
		                      .topics = TOPICS, .start_at = start_at, .revoked = revoked, .ctx = in }, err);
	if (rc != QL_OK) {
		intake_close(in);
		*out = NULL;
	}
	return rc;
}

void intake_close(struct intake *in)
{
	if (in == NULL)
		return;
	ql_consumer_close(in->consumer);
	deadletter_close(in->dead);
	casebook_free(in->cb);
	ql_pg_close(in->pg);
	batch_free(in->batch);
	kept_free(&in->kept);
	ql_health_close();
	free(in);
}

/* --- the batch --- */

/* How far each partition is once this batch is done. Records without a row of their own (another consumer has the partition) are dropped. */
static void take_in(struct intake *in, rd_kafka_message_t **msgs, size_t n)
{
	for (size_t i = 0; i < in->batch->n_partitions; i++)
		in->batch->partition[i].next = in->batch->partition[i].expected;
	for (size_t i = 0; i < n; i++) {
		struct partition_at *p = partition(in->batch, rd_kafka_topic_name(msgs[i]->rkt), msgs[i]->partition);

		if (p == NULL || msgs[i]->offset < p->next) { /* seen before a rewind: it has been worked */
			rd_kafka_message_destroy(msgs[i]);
			continue;
		}
		p->next = msgs[i]->offset + 1;
		batch_add(in->batch, msgs[i]);
	}
}

static void put_hex(struct ql_buf *b, const char *key, const void *data, size_t len)
{
	static const char DIGITS[] = "0123456789abcdef";
	const unsigned char *from = data;
	char *hex = malloc(2 * len + 3);

	if (hex == NULL || data == NULL) {
		ql_json_raw(b, key, NULL);
		free(hex);
		return;
	}
	hex[0] = '\\';
	hex[1] = 'x';
	for (size_t i = 0; i < len; i++) {
		hex[2 + 2 * i] = DIGITS[from[i] >> 4];
		hex[3 + 2 * i] = DIGITS[from[i] & 15];
	}
	ql_json_textn(b, key, hex, 2 * len + 2);
	free(hex);
}

static void put_headers(struct ql_buf *b, const rd_kafka_message_t *msg)
{
	rd_kafka_headers_t *hdrs = NULL;
	const char *name;
	const void *value;
	size_t len;

	ql_json_open(b, "headers", '[');
	if (rd_kafka_message_headers(msg, &hdrs) == RD_KAFKA_RESP_ERR_NO_ERROR)
		for (size_t i = 0; i < DECODE_HEADERS_MAX && rd_kafka_header_get_all(hdrs, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
			ql_json_open(b, NULL, '{');
			ql_json_text(b, "name", name);
			put_hex(b, "value", value, len < KEPT_START ? len : KEPT_START); /* any bytes may stand in a header */
			ql_json_close(b, '}');
		}
	ql_json_close(b, ']');
}

static void keep_quarantine(struct intake *in, const struct item *it)
{
	const rd_kafka_message_t *m = it->msg;
	const struct decode_fault *f = &it->record.fault;
	struct ql_buf *b = ql_rows_begin(&in->kept.rows[KEPT_QUARANTINE]);

	ql_json_text(b, "cluster", in->cluster);
	ql_json_text(b, "topic", rd_kafka_topic_name(m->rkt));
	ql_json_i64(b, "part", m->partition);
	ql_json_i64(b, "off", m->offset);
	put_hex(b, "key", m->key, m->key_len < KEPT_START ? m->key_len : KEPT_START);
	put_headers(b, m);
	put_hex(b, "value", m->payload, m->len <= DECODE_RECORD_MAX ? m->len : KEPT_START);
	ql_json_i64(b, "size", (int64_t)m->len);
	ql_json_text(b, "reason", f->code);
	ql_json_text(b, "field", f->field);
	ql_json_text(b, "sentence_zh", f->zh);
	ql_json_text(b, "sentence_en", f->en);
	ql_json_text(b, "source", it->record.source);
	ql_json_text(b, "message_id", it->record.id);
	ql_json_text(b, "trace", it->trace);
	ql_rows_end(&in->kept.rows[KEPT_QUARANTINE]);
}

static void keep_inbox(struct intake *in, const struct item *it)
{
	static const char *const OUTCOMES[] = { [FATE_OPENED] = "opened", [FATE_OPENED_CLOSED] = "opened_closed", [FATE_ATTACHED] = "attached",
	                                        [FATE_JOINED] = "joined", [FATE_RECORDED] = "recorded" };
	struct ql_buf *b = ql_rows_begin(&in->kept.rows[KEPT_INBOX]);

	ql_json_text(b, "source", it->record.source);
	ql_json_text(b, "message_id", it->record.id);
	ql_json_text(b, "topic", rd_kafka_topic_name(it->msg->rkt));
	ql_json_text(b, "type", it->record.type[0] != '\0' ? it->record.type : record_kind_name(it->record.kind)); /* a raw notice names none */
	ql_json_text(b, "outcome", OUTCOMES[it->fate]);
	if (it->case_id != 0)
		ql_json_i64(b, "case_id", it->case_id);
	ql_json_text(b, "trace", it->trace);
	ql_rows_end(&in->kept.rows[KEPT_INBOX]);
}

/* "<source>|<id>|<sent micros>": relay takes it apart, so a bar inside would be another bird. */
static void keep_canary(struct intake *in, const struct item *it)
{
	char text[CANARY_MAX];

	if (strchr(it->record.source, '|') != NULL || strchr(it->record.id, '|') != NULL)
		return;
	snprintf(text, sizeof(text), "%s|%s|%s", it->record.source, it->record.id, it->record.canary.sent);
	ql_json_text(ql_rows_begin(&in->kept.rows[KEPT_CANARIES]), "text", text);
	ql_rows_end(&in->kept.rows[KEPT_CANARIES]);
}

static void keep_fate(struct intake *in, const struct item *it)
{
	switch (it->fate) {
	case FATE_DUPLICATE:
		break; /* the first one has its row */
	case FATE_CANARY:
		keep_canary(in, it);
		break;
	case FATE_QUARANTINED:
		keep_quarantine(in, it);
		break;
	default:
		keep_inbox(in, it);
	}
}

static int by_id(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Every case the batch will touch, locked together in ascending order. */
static enum ql_rc load_wanted(struct intake *in, const struct work *w, struct ql_err *err)
{
	int64_t ids[4 * BATCH_MAX];
	const struct kept_call *calls = in->batch->calls.at;
	size_t n = 0;

	for (size_t i = 0; i < in->batch->n; i++) {
		struct recognised r;

		if (in->batch->item[i].fate != FATE_NONE)
			continue;
		r = recognise(w, &in->batch->item[i]);
		if (r.attach != 0)
			ids[n++] = r.attach;
		if (r.merge != 0)
			ids[n++] = r.merge;
		if (r.link != 0)
			ids[n++] = r.link;
	}
	for (size_t i = 0; i < in->batch->calls.n && n < QL_LEN(ids); i++)
		if (calls[i].case_id != 0)
			ids[n++] = calls[i].case_id;
	qsort(ids, n, sizeof(ids[0]), by_id);
	return n > 0 ? casebook_load(in->cb, ids, n, err) : QL_OK;
}

static enum ql_rc work_item(struct work *w, struct item *it, struct ql_err *err)
{
	static enum ql_rc (*const WORK[])(struct work *, struct item *, struct ql_err *) = {
		[RECORD_ENQUIRY] = work_enquiry, [RECORD_INCIDENT] = work_notice, [RECORD_NOTICE] = work_notice, [RECORD_CALL] = work_call,
	};

	ql_log_trace(it->trace);
	enum ql_rc rc = WORK[it->record.kind](w, it, err);

	ql_log_trace(NULL);
	return rc;
}

static bool anything_alive(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->item[i].fate == FATE_NONE)
			return true;
	return false;
}

static enum ql_rc work_batch(struct intake *in, struct ql_err *err)
{
	struct work w = { in->cb, in->batch, &in->kept, in->cluster };
	const int64_t days = reference_parameters(casebook_reference(in->cb))->twin_days;
	enum ql_rc rc = QL_OK;

	if (anything_alive(in->batch)) {
		rc = store_enterprises(in->pg, in->batch, err);
		if (rc == QL_OK)
			rc = store_knowledge(in->pg, in->batch, days, err);
		if (rc == QL_OK)
			rc = load_wanted(in, &w, err);
	}
	for (size_t i = 0; rc == QL_OK && i < in->batch->n; i++) {
		struct item *it = &in->batch->item[i];

		if (it->fate == FATE_NONE)
			rc = work_item(&w, it, err);
		if (rc == QL_OK)
			keep_fate(in, it);
	}
	return rc;
}

/* Faulty records are told to dead.letters before the commit: told twice after a crash, never not at all. */
static enum ql_rc tell_dead(struct intake *in, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;
	bool any = false;

	for (size_t i = 0; rc == QL_OK && i < in->batch->n; i++)
		if (in->batch->item[i].fate == FATE_QUARANTINED) {
			rc = deadletter_send(in->dead, &in->batch->item[i], err);
			any = true;
		}
	return rc == QL_OK && any ? deadletter_flush(in->dead, err) : rc;
}

static enum ql_rc transact(struct intake *in, struct ql_err *err)
{
	enum ql_rc rc;

	kept_reset(&in->kept);
	batch_again(in->batch);
	rc = casebook_reserve(in->cb, (int)in->batch->n, err);
	if (rc == QL_OK)
		rc = casebook_begin(in->cb, err);
	if (rc == QL_OK)
		rc = store_claim(in->pg, in->cluster, in->batch, err);
	if (rc == QL_OK)
		rc = work_batch(in, err);
	if (rc == QL_OK)
		rc = casebook_flush(in->cb, err);
	if (rc == QL_OK)
		rc = store_write(in->pg, &in->kept, err);
	if (rc == QL_OK)
		rc = tell_dead(in, err);
	if (rc == QL_OK)
		rc = casebook_commit(in->cb, err);
	if (rc != QL_OK)
		casebook_rollback(in->cb);
	return rc;
}

static void count(const struct intake *in)
{
	static struct ql_metric *const BY_FATE[] = { [FATE_OPENED] = &OPENED, [FATE_OPENED_CLOSED] = &OPENED, [FATE_ATTACHED] = &ATTACHED, [FATE_JOINED] = &ATTACHED,
	                                             [FATE_DUPLICATE] = &DUPLICATES, [FATE_QUARANTINED] = &QUARANTINED };

	ql_count(&RECORDS, (int64_t)in->batch->n);
	for (size_t i = 0; i < in->batch->n; i++) {
		const struct item *it = &in->batch->item[i];

		if ((size_t)it->fate < QL_LEN(BY_FATE) && BY_FATE[it->fate] != NULL)
			ql_count(BY_FATE[it->fate], 1);
		if (it->fate == FATE_QUARANTINED)
			ql_log(QL_WARN, "quarantined", "topic=%s partition=%d offset=%lld reason=%s field=\"%s\"", rd_kafka_topic_name(it->msg->rkt),
			       it->msg->partition, (long long)it->msg->offset, it->record.fault.code, it->record.fault.field);
	}
}

static void done(struct intake *in)
{
	count(in);
	for (size_t i = 0; i < in->batch->n_partitions; i++) {
		struct partition_at *p = &in->batch->partition[i];

		if (p->next != p->expected)
			ql_consumer_commit(in->consumer, p->topic, p->part, p->next);
		p->expected = p->next;
	}
	in->careful -= (int)in->batch->n < in->careful ? (int)in->batch->n : in->careful;
	batch_clear(in->batch);
}

/* A record that the database refuses, alone and again, is faulty in a way our checks don't know: a person must see it. */
static void give_up(struct item *it, const struct ql_err *why)
{
	it->record.fault = (struct decode_fault){ .code = "refused" };
	snprintf(it->record.fault.zh, sizeof(it->record.fault.zh), "系统未能入库, 错误代码 %s", why->sqlstate[0] != '\0' ? why->sqlstate : "-");
	snprintf(it->record.fault.en, sizeof(it->record.fault.en), "the database did not take it: %s", why->sqlstate[0] != '\0' ? why->sqlstate : "no code");
	it->fate = FATE_QUARANTINED;
	ql_log_err("record_refused", why);
}

/* What the record itself is at fault for (bad data, a missing value, a failed check) will not get better by trying. */
static bool is_hopeless(const struct ql_err *err)
{
	static const char *const STATES[] = { "22", "23502", "23514" };

	for (size_t i = 0; i < QL_LEN(STATES); i++)
		if (strncmp(err->sqlstate, STATES[i], strlen(STATES[i])) == 0)
			return true;
	return err->rc == QL_REJECT;
}

/* Other partitions go on in between, so it is the record that is counted, not failures in a row. */
static int count_try(struct intake *in, const rd_kafka_message_t *m)
{
	const char *topic = rd_kafka_topic_name(m->rkt);

	if (in->suspect.part != m->partition || in->suspect.offset != m->offset || strcmp(in->suspect.topic, topic) != 0) {
		snprintf(in->suspect.topic, sizeof(in->suspect.topic), "%s", topic);
		in->suspect.part = m->partition;
		in->suspect.offset = m->offset;
		in->suspect.tries = 0;
	}
	return ++in->suspect.tries;
}

static bool is_to_be_given_up(struct intake *in, const struct ql_err *err)
{
	return err->rc != QL_RETRY && in->batch->n == 1 && (count_try(in, in->batch->item[0].msg) >= TRIES_ALONE || is_hopeless(err));
}

/* The batch was rolled back. A refusal that is not the outside's fault is narrowed down to one record. */
static enum ql_rc failed(struct intake *in, struct ql_err *err)
{
	enum ql_rc rc = err->rc;

	ql_count(&ROLLED_BACK, 1);
	if (is_to_be_given_up(in, err)) {
		give_up(&in->batch->item[0], err);
		rc = transact(in, err);
		if (rc == QL_OK) {
			done(in);
			return QL_OK;
		}
	} else if (rc != QL_RETRY && in->batch->n > 1) {
		in->careful = (int)in->batch->n;
	}
	ql_log_err("batch_rolled_back", err);
	batch_clear(in->batch);
	struct ql_err again = { 0 };

	if (ql_consumer_rewind(in->consumer, &again) == QL_FATAL) {
		*err = again;
		return QL_FATAL;
	}
	return QL_RETRY;
}

static void report(struct intake *in)
{
	int64_t lag = ql_consumer_lag(in->consumer);

	ql_gauge(&LAG, lag > 0 ? lag : 0);
	ql_ready("broker", ql_consumer_ready(in->consumer) ? NULL : "not connected or no partitions assigned yet: is it up, are the topics there?");
}

enum ql_rc intake_step(struct intake *in, struct ql_err *err)
{
	rd_kafka_message_t *msgs[BATCH_MAX];
	size_t got = 0;
	enum ql_rc rc = ql_consumer_poll(in->consumer, msgs, in->careful > 0 ? 1 : (size_t)in->limit, POLL_MS, &got, err);

	report(in);
	if (rc != QL_OK || got == 0)
		return rc;
	ql_time began = ql_monotonic();

	take_in(in, msgs, got);
	if (in->batch->n == 0)
		return QL_OK;
	rc = transact(in, err);
	if (rc != QL_OK) {
		ql_ready("database", rc == QL_RETRY ? "a batch was rolled back, trying again" : NULL);
		return failed(in, err);
	}
	ql_ready("database", NULL);
	done(in);
	ql_observe(&BATCH_TIME, ql_monotonic() - began);
	return QL_OK;
}
