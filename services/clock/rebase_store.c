#include "clock/rebase_store.h"

/* A digest of all that a deadline depends on besides its own rows, as it holds now. Some hundred rows, read once a minute. A later
 * correction of a calendar's days counts like a new version; days that were booked are new days as well. */
#define RULES \
	"(select md5(concat_ws('|'," \
	" (select string_agg(concat_ws(' ', id, valid_to <= now()), ',' order by id) from ql.policies where valid_from <= now())," \
	" (select string_agg(id::text, ',' order by id) from ql.calendars where valid_from <= (now() at time zone 'Asia/Shanghai')::date)," \
	" (select string_agg(concat_ws(' ', calendar_id, day, kind, from_minute, to_minute), ',' order by calendar_id, day) from ql.calendar_days)," \
	" (select string_agg(concat_ws(' ', calendar_id, weekday, from_minute, to_minute), ',' order by calendar_id, weekday, from_minute) from ql.calendar_slots)," \
	" (select string_agg(concat_ws(' ', day, kind), ',' order by day) from ql.holidays))))"

static const struct ql_query BEGIN_WALK = {
	"rebase_begin",
	"insert into ql.clock_rebases (rules, ended_at)"
	" select r.rules, case when last.id is null then now() end"
	"   from (select " RULES " as rules) r"
	"   left join lateral (select id, rules, ended_at from ql.clock_rebases order by id desc limit 1) last on true"
	"  where last.id is null or (last.ended_at is not null and last.rules <> r.rules)"
	" on conflict do nothing",
	0, { 0 },
};
static const struct ql_query GOING_ON = {
	"rebase_going_on",
	"select id, after_case from ql.clock_rebases where ended_at is null",
	0, { 0 },
};
static const struct ql_query MOVE = {
	"rebase_move",
	"update ql.clock_rebases set after_case = $3, ended_at = case when $4 then now() end, seen = seen + $5, changed = changed + $6,"
	" earlier = earlier + $7, later = later + $8 where id = $1 and after_case = $2 and ended_at is null",
	8, { OID_INT4, OID_INT8, OID_INT8, OID_BOOL, OID_INT4, OID_INT4, OID_INT4, OID_INT4 },
};

enum ql_rc rebase_store_look(struct ql_pg *pg, struct rebase_walk *walk, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &BEGIN_WALK, NULL, NULL, err);

	*walk = (struct rebase_walk){ 0 };
	if (rc == QL_OK)
		rc = ql_pg_run(pg, &GOING_ON, NULL, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		*walk = (struct rebase_walk){ (int32_t)ql_col_i64(res, 0, 0), ql_col_i64(res, 0, 1) };
	PQclear(res);
	return QL_OK;
}

enum ql_rc rebase_store_move(struct ql_pg *pg, const struct rebase_walk *walk, int64_t after, bool ends, const struct rebase_tally *t, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_i32(&a, walk->id);
	ql_arg_i64(&a, walk->after);
	ql_arg_i64(&a, after);
	ql_arg_bool(&a, ends);
	ql_arg_i32(&a, t->seen);
	ql_arg_i32(&a, t->changed);
	ql_arg_i32(&a, t->earlier);
	ql_arg_i32(&a, t->later);
	enum ql_rc rc = ql_pg_queue(pg, &MOVE, &a, 1, NULL, NULL, err);

	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}
