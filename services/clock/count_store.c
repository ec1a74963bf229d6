#include "clock/count_store.h"

static const struct ql_query FOLD = { "clock_fold", "select ql.count_fold($1)", 1, { OID_INT4 } };

enum ql_rc counts_fold(struct ql_pg *pg, int *n, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, FOLD_MOST);
	rc = ql_pg_run(pg, &FOLD, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*n = (int)ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
