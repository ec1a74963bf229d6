/* duty_store.c -- an enterprise for a preview, fairness by unit. */
#include "duty_store.h"

static const struct ql_query ENTERPRISE = {
	"gw_duty_enterprise",
	"select e.id, e.home_unit_id from ql.enterprises e where e.id = $1 or ($1 = 0 and e.uscc = $2)",
	2, { OID_INT8, OID_TEXT },
};

#define FIGURES \
	"json_build_object('unit', u.code, 'people', f.people, 'weight', f.weight, 'hours', round(f.hours::numeric, 2)," \
	" 'per_hour', round((f.weight / f.hours)::numeric, 3), 'cv', round(f.cv::numeric, 3), 'peak', round(f.peak::numeric, 3))"
static const struct ql_query FAIRNESS = {
	"gw_fairness",
	"with f as materialized (select * from ql.duty_fairness($1, $2)),"
	" page as (select u.code, " FIGURES " as row from f join ql.units u on u.id = f.unit_id where u.code collate \"C\" > $3"
	"           order by u.code collate \"C\" limit $4)"
	" select json_build_object("
	"  'overall', (select " FIGURES " from f left join ql.units u on false where f.unit_id is null and f.people > 0),"
	"  'units', (select coalesce(json_agg(p.row order by p.code collate \"C\"), '[]') from page p),"
	"  'next', (select case when count(*) = $4 then max(p.code collate \"C\") end from page p))::text",
	4, { OID_INT4, OID_INT4, OID_TEXT, OID_INT4 },
};

enum ql_rc store_duty_enterprise(struct ql_pg *pg, int64_t id, const char *uscc, int64_t *found_id, int32_t *home_unit, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, uscc);
	rc = ql_pg_run(pg, &ENTERPRISE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*found_id = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : 0;
	*home_unit = PQntuples(res) > 0 ? (int32_t)ql_col_i64(res, 0, 1) : 0;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_fairness(struct ql_pg *pg, const struct fairness_ask *ask, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, ask->under);
	ql_arg_i32(&a, ask->days);
	ql_arg_text(&a, OID_TEXT, ask->after);
	ql_arg_i32(&a, ask->limit);
	rc = ql_pg_run(pg, &FAIRNESS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	ql_buf_str(out, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}
