#include "dispatch/turn_store.h"
#include <stdio.h>
#include "casebook/ids.h"

static const struct ql_query HOLD = {
	"turn_hold",
	"select t.enterprise_id from ql.class_turns t where t.done_at is null and t.day <= (now() at time zone 'Asia/Shanghai')::date"
	" order by t.day, t.enterprise_id limit $1 for update skip locked",
	1, { OID_INT4 },
};
static const struct ql_query CASES = {
	"turn_cases",
	"select c.id, t.tier from unnest($1) e (id) cross join lateral (select ql.tier_of(e.id, (now() at time zone 'Asia/Shanghai')::date)) t (tier)"
	"  join ql.cases c on c.principal_id = e.id and c.state not in ('closed', 'merged') and c.tier <> t.tier"
	" order by c.id limit $2",
	2, { OID_INT8_A, OID_INT4 },
};
static const struct ql_query DONE = {
	"turn_done",
	"update ql.class_turns set done_at = now()"
	" where done_at is null and day <= (now() at time zone 'Asia/Shanghai')::date and enterprise_id = any ($1)",
	1, { OID_INT8_A },
};

static void put_ids(struct ql_args *a, const struct turned *t)
{
	struct ql_buf list;

	ql_buf_init(&list, 24 * TURNS_MOST);
	ids_write(&list, t->enterprise, t->turns);
	ql_arg_text(a, OID_INT8_A, list.data);
	ql_buf_free(&list);
}

static enum ql_rc read_cases(struct ql_pg *pg, struct turned *t, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	put_ids(&a, t);
	ql_arg_i32(&a, TURNS_CASES);
	rc = ql_pg_run(pg, &CASES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++) {
		t->at[t->n].case_id = ql_col_i64(res, row, 0);
		snprintf(t->at[t->n].tier, sizeof(t->at[0].tier), "%s", ql_col_text(res, row, 1));
		t->n++;
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc turn_hold(struct ql_pg *pg, struct turned *t, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	t->turns = t->n = 0;
	ql_arg_i32(&a, TURNS_MOST);
	rc = ql_pg_run(pg, &HOLD, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		t->enterprise[t->turns++] = ql_col_i64(res, row, 0);
	PQclear(res);
	return t->turns > 0 ? read_cases(pg, t, err) : QL_OK;
}

enum ql_rc turn_done(struct ql_pg *pg, const struct turned *t, struct ql_err *err)
{
	struct ql_args a = { 0 };

	put_ids(&a, t);
	return ql_pg_run(pg, &DONE, &a, NULL, err);
}
