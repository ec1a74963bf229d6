#include "publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "meters.h"

#define CLOSE_MS 2000 /* for what is under way when the process stops */

static void on_delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	struct publisher *p = ctx;

	if (rc != QL_OK) {
		ql_count(&METER_REFUSED, 1);
		snprintf(p->why, sizeof(p->why), "%s", why ? why : "no reason given");
	}
	ledger_delivered(&p->ledger, tag, rc == QL_OK);
}

enum ql_rc publish_open(struct publisher **out, const char *brokers, publish_snapshot *snapshot, void *ctx, struct ql_err *err)
{
	struct publisher *p = calloc(1, sizeof(*p));
	enum ql_rc rc;

	*out = NULL;
	if (p == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a publisher");
	p->brokers = brokers;
	p->snapshot = snapshot;
	p->ctx = ctx;
	record_init(&p->record);
	rc = ql_producer_open(&p->producer, brokers, "relay", on_delivered, p, err);
	if (rc != QL_OK) {
		free(p);
		return rc;
	}
	*out = p;
	return QL_OK;
}

void publish_close(struct publisher *p)
{
	ql_producer_close(p->producer, CLOSE_MS);
	record_free(&p->record);
	free(p);
}

static enum ql_rc renew_producer(struct publisher *p, struct ql_err *err)
{
	struct ql_producer *renewed;
	enum ql_rc rc = ql_producer_open(&renewed, p->brokers, "relay", on_delivered, p, err);

	if (rc != QL_OK)
		return rc;
	ql_producer_close(p->producer, 0);
	p->producer = renewed;
	return QL_OK;
}

enum ql_rc publish_restart(struct publisher *p, uint64_t confirmed, struct ql_err *err)
{
	enum ql_rc rc = p->ledger.failed ? renew_producer(p, err) : QL_OK;

	if (rc != QL_OK)
		return rc;
	ledger_restart(&p->ledger, confirmed);
	memset(p->relations, 0, sizeof(p->relations));
	p->shown = (struct shown){ 0 }; /* a server that crashed may give the numbers of lost transactions again */
	return QL_OK;
}

/* QL_RETRY from the producer is its full queue: the caller's *full. */
static enum ql_rc send_record(struct publisher *p, struct ql_metric *meter, bool *full, struct ql_err *err)
{
	const struct record *r = &p->record;
	enum ql_rc rc = ql_producer_send(p->producer, r->topic, r->key, strlen(r->key), r->value.data, r->value.len, r->headers, r->n_headers,
	                                 ledger_newest(&p->ledger), err);

	*full = rc == QL_RETRY;
	if (rc == QL_OK) {
		ledger_sent(&p->ledger);
		ql_count(meter, 1);
	}
	return *full ? QL_OK : rc;
}

enum ql_rc publish_row(struct publisher *p, enum record_table table, const struct pgoutput_value *values, bool *full, struct ql_err *err)
{
	enum ql_rc rc = record_from_row(&p->record, table, values, err);

	if (rc == QL_OK)
		rc = send_record(p, &METER_RECORDS[table], full, err);
	if (rc == QL_OK && !*full && p->record.cut) {
		ql_count(&METER_CUT, 1);
		ql_log(QL_WARN, "data_left_out", "table=%s key=%s max_bytes=%d", RECORD_SOURCES[table].table, p->record.key, RECORD_VALUE_MAX);
	}
	return rc;
}

void publish_begin(struct publisher *p)
{
	ledger_begin(&p->ledger);
}

void publish_end(struct publisher *p, uint64_t end_lsn)
{
	ledger_end(&p->ledger, end_lsn);
}

/* --- the messages --- */

/* A burst mostly needs one look: what the newest snapshot shows is not asked again. */
static enum ql_rc look(struct publisher *p, struct ql_err *err)
{
	enum ql_rc rc = shown_has(&p->shown, p->message.xid) ? QL_OK : p->snapshot(p->ctx, &p->shown, err);

	p->early = rc == QL_OK && !shown_has(&p->shown, p->message.xid);
	return rc;
}

static enum ql_rc on_begin(struct publisher *p, bool *full, struct ql_err *err)
{
	enum ql_rc rc;

	if (ledger_inside(&p->ledger))
		return ql_fail(err, QL_REJECT, "a transaction began inside another");
	*full = ledger_full(&p->ledger);
	if (*full)
		return QL_OK;
	rc = look(p, err);
	*full = p->early;
	if (rc == QL_OK && !p->early)
		publish_begin(p);
	return rc;
}

static enum ql_rc on_commit(struct publisher *p, bool *full, struct ql_err *err)
{
	(void)full;
	if (!ledger_inside(&p->ledger))
		return ql_fail(err, QL_REJECT, "a commit without its begin");
	publish_end(p, p->message.end_lsn);
	ql_count(&METER_TRANSACTIONS, 1);
	return QL_OK;
}

static int find_column(const struct pgoutput_relation *r, const char *name)
{
	for (int i = 0; i < r->n; i++)
		if (strcmp(r->columns[i], name) == 0)
			return i;
	return -1;
}

static enum ql_rc learn(struct publish_relation *into, const struct record_source *source, const struct pgoutput_relation *r, struct ql_err *err)
{
	for (int i = 0; i < source->n; i++) {
		into->column[i] = find_column(r, source->columns[i]);
		if (into->column[i] < 0)
			return ql_fail(err, QL_REJECT, "table ql.%s has no column %s", source->table, source->columns[i]);
	}
	into->oid = r->oid;
	into->known = true;
	return QL_OK;
}

static enum ql_rc on_relation(struct publisher *p, bool *full, struct ql_err *err)
{
	const struct pgoutput_relation *r = &p->message.relation;

	(void)full;
	for (int t = 0; t < RECORD_TABLES; t++)
		if (strcmp(r->schema, "ql") == 0 && strcmp(r->table, RECORD_SOURCES[t].table) == 0)
			return learn(&p->relations[t], &RECORD_SOURCES[t], r, err);
	ql_log(QL_WARN, "table_not_ours", "table=%s.%s", r->schema, r->table);
	return QL_OK;
}

/* The table of an insert, or RECORD_TABLES: a table of the publication that on_relation() warned of. */
static int find_table(const struct publisher *p, uint32_t oid)
{
	int t = 0;

	while (t < RECORD_TABLES && !(p->relations[t].known && p->relations[t].oid == oid))
		t++;
	return t;
}

static enum ql_rc on_insert(struct publisher *p, bool *full, struct ql_err *err)
{
	const struct pgoutput_insert *in = &p->message.insert;
	struct pgoutput_value values[RECORD_COLUMNS_MAX];
	int t = find_table(p, in->oid);

	if (!ledger_inside(&p->ledger))
		return ql_fail(err, QL_REJECT, "a row outside a transaction");
	if (t == RECORD_TABLES)
		return QL_OK;
	for (int i = 0; i < RECORD_SOURCES[t].n; i++) {
		if (p->relations[t].column[i] >= in->n)
			return ql_fail(err, QL_REJECT, "a row of ql.%s with %d columns only", RECORD_SOURCES[t].table, in->n);
		values[i] = in->values[p->relations[t].column[i]];
	}
	return publish_row(p, (enum record_table)t, values, full, err);
}

/* A canary that can't be read is dropped: whoever waits for it sees that it does not come. */
static enum ql_rc on_logical(struct publisher *p, bool *full, struct ql_err *err)
{
	const struct pgoutput_logical *l = &p->message.logical;
	enum ql_rc rc;

	if (!l->transactional || !ledger_inside(&p->ledger) || strcmp(l->prefix, RECORD_CANARY_PREFIX) != 0)
		return QL_OK;
	rc = record_from_canary(&p->record, l->content, err);
	if (rc == QL_REJECT) {
		ql_log_err("canary_dropped", err);
		return QL_OK;
	}
	return rc == QL_OK ? send_record(p, &METER_CANARIES, full, err) : rc;
}

enum ql_rc publish_message(struct publisher *p, const char *bytes, size_t len, bool *full, struct ql_err *err)
{
	static enum ql_rc (*const ON[])(struct publisher *, bool *, struct ql_err *) = {
		[PGOUTPUT_BEGIN] = on_begin, [PGOUTPUT_COMMIT] = on_commit, [PGOUTPUT_RELATION] = on_relation,
		[PGOUTPUT_INSERT] = on_insert, [PGOUTPUT_LOGICAL] = on_logical,
	};
	enum ql_rc rc = pgoutput_parse(bytes, len, &p->message, err);

	*full = p->early = false;
	if (rc != QL_OK || p->message.kind == PGOUTPUT_OTHER)
		return rc;
	return ON[p->message.kind](p, full, err);
}

enum ql_rc publish_serve(struct publisher *p, int ms, struct ql_err *err)
{
	ql_producer_poll(p->producer, ms);
	if (p->ledger.failed)
		return ql_fail(err, QL_RETRY, "the broker refused a record: %s", p->why);
	return QL_OK;
}
