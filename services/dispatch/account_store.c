#include "dispatch/account_store.h"

static const struct ql_query FAIRNESS = {
	"account_fairness",
	"select round(1000 * max(f.cv) filter (where f.unit_id is null))::int8, round(1000 * max(f.peak) filter (where f.unit_id is null))::int8,"
	"       round(1000 * max(f.cv) filter (where f.unit_id is not null and f.people > 1))::int8"
	"  from ql.duty_fairness($1, $2) f",
	2, { OID_INT4, OID_INT4 },
};

enum ql_rc account_read_fairness(struct ql_pg *pg, int32_t under, int days, struct fairness *f, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, under);
	ql_arg_i32(&a, days);
	rc = ql_pg_run(pg, &FAIRNESS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*f = (struct fairness){ ql_col_i64(res, 0, 0), ql_col_i64(res, 0, 1), ql_col_i64(res, 0, 2) };
	PQclear(res);
	return QL_OK;
}
