#include "recover.h"

#include <inttypes.h>

#include "base/log.h"
#include "meters.h"
#include "store.h"

#define SERVE_MS 100 /* between two looks whether to stop, while the broker takes its time */

struct recovery {
	struct ql_pg *pg;
	struct publisher *p;
	int64_t rows;
};

static enum ql_rc serve(struct recovery *r, int ms, struct ql_err *err)
{
	enum ql_rc rc = publish_serve(r->p, ms, err);

	if (rc == QL_OK && ql_stopping())
		rc = ql_fail(err, QL_RETRY, "stopping");
	ql_gauge(&METER_PENDING, (int64_t)r->p->ledger.pending);
	ql_ready("broker", ql_producer_ready(r->p->producer) ? NULL : "the broker does not answer: check kafka.brokers");
	return rc;
}

static enum ql_rc send_row(struct recovery *r, enum record_table table, const PGresult *res, int row, struct ql_err *err)
{
	struct pgoutput_value values[RECORD_COLUMNS_MAX];
	bool full = true;
	enum ql_rc rc = QL_OK;

	for (int i = 0; i < RECORD_SOURCES[table].n; i++)
		values[i] = (struct pgoutput_value){ PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i), (size_t)PQgetlength(res, row, i) };
	while (rc == QL_OK && full) {
		rc = publish_row(r->p, table, values, &full, err);
		if (rc == QL_OK && full)
			rc = serve(r, SERVE_MS, err);
	}
	r->rows++;
	return rc;
}

static enum ql_rc send_table(struct recovery *r, enum record_table table, const char *below, struct ql_err *err)
{
	enum ql_rc rc = store_rows_open(r->pg, table, below, err);
	bool more = true;

	while (rc == QL_OK && more) {
		PGresult *res;

		rc = store_rows_fetch(r->pg, table, &res, err);
		if (rc != QL_OK)
			break;
		more = PQntuples(res) == STORE_FETCH_ROWS;
		for (int i = 0; rc == QL_OK && i < PQntuples(res); i++)
			rc = send_row(r, table, res, i, err);
		PQclear(res);
		if (rc == QL_OK)
			rc = serve(r, 0, err);
	}
	return rc;
}

static enum ql_rc wait_delivered(struct recovery *r, struct ql_err *err)
{
	enum ql_rc rc = serve(r, 0, err);

	while (rc == QL_OK && !ledger_idle(&r->p->ledger))
		rc = serve(r, SERVE_MS, err);
	return rc;
}

/* All rows are one transaction of the ledger: it is confirmed when each of them has arrived. */
static enum ql_rc send_all(struct recovery *r, const char *snapshot, const char *below, struct store_horizon *reached, struct ql_err *err)
{
	enum ql_rc rc = publish_restart(r->p, 0, err);

	if (rc != QL_OK)
		return rc;
	publish_begin(r->p);
	rc = store_snapshot_open(r->pg, snapshot, reached->below, err);
	for (int t = 0; rc == QL_OK && t < RECORD_TABLES; t++)
		rc = send_table(r, (enum record_table)t, below, err);
	if (rc == QL_OK)
		rc = store_snapshot_close(r->pg, err);
	publish_end(r->p, reached->lsn);
	return rc == QL_OK ? wait_delivered(r, err) : rc;
}

static void announce(const char *slot, bool first, const struct store_mark *mark)
{
	if (first) {
		ql_log(QL_INFO, "first_start", "slot=%s", slot);
		return;
	}
	ql_count(&METER_RECOVERIES, 1);
	ql_log(QL_ERROR, "slot_lost", "slot=%s published_below=%s then=\"all rows from there on are published again\"", slot, mark->below);
}

/* The owed mark comes before the new slot, see store.h. The exported snapshot shows what was committed before the slot's
 * begin; all else will come by the stream. Of the former, what is below the mark is published, the rest is now. */
static enum ql_rc recover(struct recovery *r, struct stream *stream, const char *slot, bool drop, bool first, uint64_t *confirmed, struct ql_err *err)
{
	struct store_horizon reached = { 0 };
	struct stream_slot made;
	struct store_mark mark;
	enum ql_rc rc = store_recovery_begin(r->pg, slot, &mark, err);

	if (rc != QL_OK)
		return rc;
	announce(slot, first, &mark);
	if (drop)
		rc = stream_slot_drop(stream, slot, err);
	if (rc == QL_OK)
		rc = stream_slot_create(stream, slot, &made, err);
	if (rc != QL_OK)
		return rc;
	*confirmed = reached.lsn = made.lsn;
	rc = send_all(r, made.snapshot, mark.below, &reached, err);
	if (rc == QL_OK)
		rc = store_recovery_end(r->pg, slot, &mark, &reached, err);
	if (rc == QL_OK)
		ql_log(first ? QL_INFO : QL_WARN, "slot_made", "slot=%s rows=%" PRId64 " published_below=%s", slot, r->rows, reached.below);
	return rc;
}

enum ql_rc recover_slot(struct ql_pg *pg, struct stream *stream, struct publisher *p, const char *slot, uint64_t *confirmed, struct ql_err *err)
{
	struct recovery r = { pg, p, 0 };
	struct store_position position;
	struct store_slot state;
	enum ql_rc rc = store_slot_get(pg, slot, &state, err);

	if (rc == QL_OK)
		rc = store_position_get(pg, slot, &position, err);
	if (rc != QL_OK)
		return rc;
	*confirmed = state.confirmed;
	if (state.exists && state.usable && position.exists && !position.owed)
		return QL_OK;
	return recover(&r, stream, slot, state.exists, !position.exists, confirmed, err);
}
