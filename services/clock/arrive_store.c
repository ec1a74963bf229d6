#include "clock/arrive_store.h"

static const struct ql_query ARRIVALS = {
	"clock_arrivals",
	"select case_id, version, seq, due_at, now() from ql.messages where state = 'queued' and arrives order by due_at, case_id, version, seq limit $1",
	1, { OID_INT4 },
};

static void read_row(const PGresult *res, int row, const struct aside *aside, struct arrivals *due)
{
	const struct message_key m = { ql_col_i64(res, row, 0), (int32_t)ql_col_i64(res, row, 1), (int)ql_col_i64(res, row, 2) };
	const ql_time at = ql_col_time(res, row, 3), now = ql_col_time(res, row, 4);

	if (aside_has(aside, m.case_id, m.version))
		return;
	if (at > now) {
		if (due->next == 0)
			due->next = at;
	} else if (due->n == ARRIVALS_MAX) {
		due->more = true;
	} else {
		due->item[due->n++] = m;
	}
}

enum ql_rc arrivals_read(struct ql_pg *pg, const struct aside *aside, struct arrivals *due, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*due = (struct arrivals){ 0 };
	ql_arg_i32(&a, ARRIVALS_MAX + ASIDE_MAX + 1);
	rc = ql_pg_run(pg, &ARRIVALS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		read_row(res, row, aside, due);
	PQclear(res);
	return QL_OK;
}
