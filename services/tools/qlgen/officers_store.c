#include "tools/qlgen/officers_store.h"

static const struct ql_query RIPE = {
	"gen_ripe",
	"select id, state, (select count(*) from ql.cases where state not in ('closed', 'merged')) from ql.cases"
	" where state not in ('closed', 'merged') and coordinator_id is not null and updated_at < now() - case state when 'assigned' then interval '2 seconds'"
	"   when 'working' then interval '6 seconds' when 'waiting_enterprise' then interval '15 seconds' else interval '25 seconds' end"
	" order by updated_at, id limit $1::int8",
	1, { OID_INT8 },
};

enum ql_rc officers_store_look(struct ql_pg *pg, struct desk *desk, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, OFFICERS_LOOK);
	rc = ql_pg_run(pg, &RIPE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	desk->n = 0;
	desk->open = 0;
	for (int i = 0; i < PQntuples(res); i++) {
		struct ripe *r = &desk->at[desk->n];

		desk->open = ql_col_i64(res, i, 2);
		r->id = ql_col_i64(res, i, 0);
		desk->n += case_state_parse(ql_col_text(res, i, 1), &r->state);
	}
	PQclear(res);
	return QL_OK;
}
