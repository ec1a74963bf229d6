/* river_store.c -- one round trip for a batch of events. */
#include "river_store.h"

#include "row_store.h"

static const struct ql_query CASES = {
	"gw_river_cases",
	"select c.id, c.principal_id, case when $2 then " QL_ROW_JSON("true", "true", "") "::text end,"
	"  case when c.principal_id is not null then " QL_ROW_JSON("false", "true", "") "::text end,"
	"  case when m.shared or c.principal_id is null then " QL_ROW_JSON("false", "false", "") "::text end, m.scopes, c.coordinator_id, c.recused,"
	"  coalesce((select array_agg(p.coordinator_id) from ql.case_parties p where p.case_id = c.id and p.coordinator_id is not null and not p.is_lead), '{}')"
	"  from ql.cases c" QL_ROW_JOINS
	"  join (select s.case_id, s.scopes, (select count(*) from unnest(s.scopes) z where z < 0) > 1 as shared from ql.case_scopes($1) s) m"
	"    on m.case_id = c.id"
	" where c.id = any ($1)",
	2, { OID_INT8_A, OID_BOOL },
};
static const struct ql_query NAMES = {
	"gw_river_names",
	"select 'coordinator', k.id, k.name from ql.coordinators k where k.id = any ($1)"
	" union all select r.kind, u.id, u.name from ql.users u, (values ('supervisor'), ('operator')) r (kind) where u.id = any ($2)"
	" union all select 'enterprise', e.id, e.name from ql.enterprises e where e.id = any ($3)",
	3, { OID_INT8_A, OID_INT8_A, OID_INT8_A },
};
static const struct ql_query ROSTER = {
	"gw_river_roster",
	"select u.ancestors, string_agg((" QL_ROSTER_ROW ")::text, ',' order by k.id)"
	"  from ql.coordinators k join ql.units u on u.id = k.unit_id where k.id = any ($1) group by u.id, u.ancestors",
	1, { OID_INT8_A },
};
static const struct ql_query LATENESS = {
	"gw_timer_lateness",
	"select coalesce((select (extract(epoch from clock_timestamp() - x.next_fire_at) * 1000000)::bigint from ql.clocks x"
	"  where x.next_fire_at is not null order by x.next_fire_at limit 1), 0)",
	0, {0},
};

static enum ql_rc read_names(const PGresult *res, void *ctx, struct ql_err *err)
{
	const struct river_reads *r = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++)
		r->on_name(r->ctx, &(struct river_name){ ql_col_text(res, row, 0), ql_col_i64(res, row, 1), ql_col_text(res, row, 2) });
	return QL_OK;
}

static const char *text_or_null(const PGresult *res, int row, int col)
{
	return PQgetisnull(res, row, col) ? NULL : ql_col_text(res, row, col);
}

static enum ql_rc read_cases(const PGresult *res, void *ctx, struct ql_err *err)
{
	const struct river_reads *r = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++) {
		const struct river_case c = {
			.id = ql_col_i64(res, row, 0), .principal = ql_col_i64(res, row, 1), .scopes = ql_col_text(res, row, 5),
			.coordinator = ql_col_i64(res, row, 6), .recused = ql_col_text(res, row, 7), .officers = ql_col_text(res, row, 8),
			.row = { [READ_STAFF] = text_or_null(res, row, 2), [READ_OTHER_UNIT] = text_or_null(res, row, 2),
			         [READ_PRINCIPAL] = text_or_null(res, row, 3), [READ_ENTERPRISE] = text_or_null(res, row, 4) },
		};

		r->on_case(r->ctx, &c);
	}
	return QL_OK;
}

enum ql_rc store_river(struct ql_pg *pg, const struct river_reads *r, struct ql_err *err)
{
	struct ql_args names = {0}, cases = {0};
	enum ql_rc rc;

	ql_arg_text(&names, OID_INT8_A, r->coordinators);
	ql_arg_text(&names, OID_INT8_A, r->users);
	ql_arg_text(&names, OID_INT8_A, r->enterprises);
	rc = ql_pg_queue(pg, &NAMES, &names, -1, read_names, (void *)r, err);
	if (rc != QL_OK)
		return rc;
	ql_arg_text(&cases, OID_INT8_A, r->cases);
	ql_arg_bool(&cases, r->inside);
	rc = ql_pg_queue(pg, &CASES, &cases, -1, read_cases, (void *)r, err);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_river_roster(struct ql_pg *pg, const char *coordinators, void (*on_unit)(void *ctx, const char *scopes, const char *items), void *ctx,
                              struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_INT8_A, coordinators);
	rc = ql_pg_run(pg, &ROSTER, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		on_unit(ctx, ql_col_text(res, row, 0), ql_col_text(res, row, 1));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_timer_lateness(struct ql_pg *pg, int64_t *late, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &LATENESS, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	*late = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
