#include "handover_store.h"

static const struct ql_query HAS_DUTY = { "gw_has_duty", "select ql.has_duty($1, $2)::int", 2, { OID_TEXT, OID_INT4 } };
static const struct ql_query COLLEAGUE = {
	"gw_colleague",
	"select count(*) from ql.coordinators k join ql.units u on u.id = k.unit_id"
	" where k.id = $1 and $2 = any (u.ancestors) and k.valid_from <= current_date and (k.valid_to is null or k.valid_to >= current_date)",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query UNIT_OF = { "gw_unit_of_coordinator", "select unit_id from ql.coordinators where id = $1", 1, { OID_INT8 } };
static const struct ql_query RECUSAL = {
	"gw_recusal",
	"with row as (insert into ql.recusals (coordinator_id, enterprise_id, reason) values ($1, $2, $3)"
	"  on conflict do nothing returning coordinator_id)"
	" insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind, actor_id, data, trace)"
	" select u.id, u.code, k.id, 'recusal_changed', $4, $5, json_build_object('enterprise', $2), $6"
	"   from row join ql.coordinators k on k.id = row.coordinator_id join ql.units u on u.id = k.unit_id",
	6, { OID_INT8, OID_INT8, OID_TEXT, OID_TEXT, OID_INT8, OID_TEXT },
};

static enum ql_rc run_number(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int64_t *number, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	*number = 0;
	if (rc != QL_OK)
		return rc;
	*number = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : 0;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_has_duty(struct ql_pg *pg, const char *duty, int32_t unit, bool *has, struct ql_err *err)
{
	struct ql_args a = {0};
	int64_t n;

	ql_arg_text(&a, OID_TEXT, duty);
	ql_arg_i32(&a, unit);
	enum ql_rc rc = run_number(pg, &HAS_DUTY, &a, &n, err);

	*has = n != 0;
	return rc;
}

enum ql_rc store_colleague(struct ql_pg *pg, int64_t coordinator, int32_t unit, bool *is, struct ql_err *err)
{
	struct ql_args a = {0};
	int64_t n;

	ql_arg_i64(&a, coordinator);
	ql_arg_i32(&a, unit);
	enum ql_rc rc = run_number(pg, &COLLEAGUE, &a, &n, err);

	*is = n != 0;
	return rc;
}

enum ql_rc store_unit_of_coordinator(struct ql_pg *pg, int64_t coordinator, int32_t *unit, struct ql_err *err)
{
	struct ql_args a = {0};
	int64_t n;

	ql_arg_i64(&a, coordinator);
	enum ql_rc rc = run_number(pg, &UNIT_OF, &a, &n, err);

	*unit = (int32_t)n;
	return rc;
}

enum ql_rc store_recusal(struct ql_pg *pg, const struct identity *who, int64_t coordinator, int64_t enterprise, const char *reason, const char *trace,
                         struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	ql_arg_i64(&a, coordinator);
	ql_arg_i64(&a, enterprise);
	ql_arg_text(&a, OID_TEXT, reason);
	ql_arg_text(&a, OID_TEXT, case_role_name(who->role));
	ql_arg_i64(&a, who->role == ROLE_COORDINATOR ? who->coordinator : who->user);
	ql_arg_text(&a, OID_TEXT, trace);
	enum ql_rc rc = ql_pg_run(pg, &RECUSAL, &a, &res, err);

	if (rc == QL_OK)
		PQclear(res);
	return rc;
}
