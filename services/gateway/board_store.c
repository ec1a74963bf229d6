/* board_store.c -- counters, roster, reference names. */
#include "board_store.h"

#include "row_store.h"

#define COUNTERS(open, unassigned, overdue, due_today, waiting, opened_today, closed_today, oldest, states, units, hours, from) \
	" select json_build_object('open', " open ", 'unassigned', " unassigned ", 'overdue', " overdue ", 'due_today', " due_today "," \
	"  'waiting_enterprise', " waiting ", 'opened_today', " opened_today ", 'closed_today', " closed_today "," \
	"  'faulty_messages', (select count(*) from ql.quarantine q where q.state = 'open'), 'oldest_open_at', " QL_AT(oldest) "," \
	"  'by_state', " states ", 'by_unit', " units ", 'hours', " hours ")::text, " open from

/* A unit's: sums of what is counted as it changes. An hour that is not over is looked at case by case; the day is Beijing's. */
#define OPEN_STATES "('received', 'assigned', 'working', 'waiting_enterprise', 'answered')"
#define SUM_OF(c) "case when " c ".what not in ('opened', 'closed') then 'infinity'::timestamptz end" /* a change of a cell is one of its sum */
static const struct ql_query COUNTERS_UNIT = {
	"gw_counters_unit",
	"with t as materialized (select now() as at, date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai' as today,"
	"  date_trunc('hour', now()) as hour, date_trunc('hour', now()) - interval '11 hours' as hours),"
	" k as materialized (select x.what, x.hour, sum(x.n) as n from (select c.what, c.hour, c.n from ql.counts c where c.scope = $1 and c.what <> 'lead'"
	"   and (c.hour < now() + interval '1 day' or c.hour = 'infinity')"
	"   union all select c.what, e.hour, c.n from ql.count_changes c, lateral (values (c.hour), (" SUM_OF("c") ")) e (hour)"
	"   where c.scope = $1 and c.what <> 'lead' and e.hour is not null) x group by 1, 2),"
	" l as materialized (select c.lead_unit_id as unit from ql.case_access a join ql.cases c on c.id = a.case_id"
	"  where a.scope = $1 and a.open and a.sort_at >= date_trunc('hour', now()) and a.sort_at < now()),"
	" s as materialized (select k.what as state, k.n from k where k.what in " OPEN_STATES " and k.hour = 'infinity' and k.n <> 0),"
	" n as (select coalesce(sum(k.n) filter (where k.what in " OPEN_STATES " and k.hour = 'infinity'), 0) as open,"
	"  coalesce(sum(k.n) filter (where k.what in " OPEN_STATES " and k.hour < t.hour), 0) + (select count(*) from l) as overdue,"
	"  coalesce(sum(k.n) filter (where k.what in " OPEN_STATES " and k.hour >= t.hour and k.hour < t.today + interval '1 day'), 0) - (select count(*) from l) as due_today,"
	"  coalesce(sum(k.n) filter (where k.what = 'opened' and k.hour >= t.today), 0) as opened_today,"
	"  coalesce(sum(k.n) filter (where k.what = 'closed' and k.hour >= t.today), 0) as closed_today from t left join k on true),"
	" w as materialized (select u.id, u.code from ql.units u where u.ancestors @> array[$1::int4]),"
	" g as materialized (select c.scope, e.hour, c.n from ql.count_changes c, lateral (values (c.hour), (" SUM_OF("c") ")) e (hour) where c.what = 'lead'),"
	" u as (select w.code, sum(x.n) filter (where x.hour = 'infinity') as open,"
	"  coalesce(sum(x.n) filter (where x.hour < t.hour), 0) + (select count(*) from l where l.unit = w.id) as overdue"
	"  from t, w join lateral (select c.hour, c.n from ql.counts c where c.scope = w.id and c.what = 'lead' and c.hour < date_trunc('hour', now())"
	"   union all select c.hour, c.n from ql.counts c where c.scope = w.id and c.what = 'lead' and c.hour = 'infinity'"
	"   union all select g.hour, g.n from g where g.scope = w.id) x on true"
	"  group by w.id, w.code having sum(x.n) filter (where x.hour = 'infinity') > 0 order by 3 desc, 2 desc, 1 limit 12),"
	" h as (select g.at, coalesce((select sum(k.n) from k where k.what = 'opened' and k.hour = g.at), 0) as opened,"
	"  coalesce((select sum(k.n) from k where k.what = 'closed' and k.hour = g.at), 0) as closed from t, generate_series(t.hours, t.at, interval '1 hour') as g (at))"
	COUNTERS("n.open", "coalesce((select s.n from s where s.state = 'received'), 0)", "n.overdue", "n.due_today",
		"coalesce((select s.n from s where s.state = 'waiting_enterprise'), 0)", "n.opened_today", "n.closed_today",
		"(select c.opened_at from ql.cases c where c.id = (select a.case_id from ql.case_access a where a.scope = $1 and a.open order by a.case_id limit 1))",
		"(select coalesce(json_object_agg(s.state, s.n), '{}') from s)",
		"(select coalesce(json_agg(json_build_object('unit', u.code, 'open', u.open, 'overdue', u.overdue)), '[]') from u)",
		"(select json_agg(json_build_object('at', " QL_AT("h.at") ", 'opened', h.opened, 'closed', h.closed) order by h.at) from h)", " from n"),
	1, { OID_INT8 },
};

/* An enterprise's, and those of a person recused from a case of the unit, counted when asked: one pass over the open cases, one over those that ended today or within twelve hours. */
static const struct ql_query COUNTERS_OWN = {
	"gw_counters_own",
	"with t as materialized (select now() as at, date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai' as today,"
	"  date_trunc('hour', now()) - interval '11 hours' as hours),"
	" o as materialized (select c.state, c.lead_unit_id as unit, c.opened_at, a.sort_at as due from t, ql.case_access a join ql.cases c on c.id = a.case_id"
	"  where a.scope = $1 and a.open),"
	" d as materialized (select c.state, c.opened_at, a.sort_at as ended from t, ql.case_access a join ql.cases c on c.id = a.case_id"
	"  where a.scope = $1 and not a.open and a.sort_at >= least(t.today, t.hours)),"
	" n as (select count(*) as open, count(*) filter (where o.state = 'received') as unassigned, count(*) filter (where o.due < t.at) as overdue,"
	"  count(*) filter (where o.due >= t.at and o.due < t.today + interval '1 day') as due_today,"
	"  count(*) filter (where o.state = 'waiting_enterprise') as waiting, count(*) filter (where o.opened_at >= t.today) as opened_today,"
	"  min(o.opened_at) as oldest from t left join o on true where o.state is not null),"
	" u as (select w.code, count(*) as open, count(*) filter (where o.due < t.at) as overdue from t, o join ql.units w on w.id = o.unit group by w.code"
	"  order by 3 desc, 2 desc, 1 limit 12),"
	" h as (select g.at, (select count(*) from o where o.opened_at >= g.at and o.opened_at < g.at + interval '1 hour')"
	"  + (select count(*) from d where d.opened_at >= g.at and d.opened_at < g.at + interval '1 hour') as opened,"
	"  (select count(*) from d where d.state = 'closed' and d.ended >= g.at and d.ended < g.at + interval '1 hour') as closed"
	"  from t, generate_series(t.hours, t.at, interval '1 hour') as g (at))"
	COUNTERS("n.open", "n.unassigned", "n.overdue", "n.due_today", "n.waiting", "n.opened_today + (select count(*) from d, t where d.opened_at >= t.today)",
		"(select count(*) from d, t where d.state = 'closed' and d.ended >= t.today)", "n.oldest",
		"(select coalesce(json_object_agg(s.state, s.n), '{}') from (select o.state, count(*) as n from o group by o.state) s)",
		"(select coalesce(json_agg(json_build_object('unit', u.code, 'open', u.open, 'overdue', u.overdue)), '[]') from u)",
		"(select json_agg(json_build_object('at', " QL_AT("h.at") ", 'opened', h.opened, 'closed', h.closed) order by h.at) from h)", " from n"),
	1, { OID_INT8 },
};

#define IN_SERVICE "k.valid_from <= current_date and (k.valid_to is null or k.valid_to >= current_date)"
static const struct ql_query ROSTER = {
	"gw_roster",
	"select coalesce(string_agg((" QL_ROSTER_ROW ")::text, ',' order by u.code, k.id), ''), count(*)"
	"  from ql.coordinators k join ql.units u on u.id = k.unit_id"
	" where $1 = any (u.ancestors) and " IN_SERVICE,
	1, { OID_INT4 },
};
static const struct ql_query ROSTER_OF = {
	"gw_roster_of",
	"select coalesce(string_agg((" QL_ROSTER_ROW ")::text, ',' order by k.id), ''), count(*)"
	"  from ql.coordinators k join ql.units u on u.id = k.unit_id where k.id = any ($1)",
	1, { OID_INT8_A },
};

/* One's own availability, and for a supervisor that of everyone below. */
static const struct ql_query AVAILABILITY = {
	"gw_availability",
	"with k as (update ql.coordinators k set available = $2, available_until = $3 from ql.units u"
	"  where k.id = $1 and u.id = k.unit_id and (k.id = $4 or ($5 and $6 = any (u.ancestors))) returning k.id, u.id as unit_id, u.code)"
	" insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind, actor_id, data, trace)"
	" select k.unit_id, k.code, k.id, 'availability_changed', case when $5 then 'supervisor' else 'coordinator' end, $7,"
	"        json_build_object('available', $2, 'until', " QL_AT("$3::timestamptz") "), $8 from k",
	8, { OID_INT8, OID_BOOL, OID_TIMESTAMPTZ, OID_INT8, OID_BOOL, OID_INT4, OID_INT8, OID_TEXT },
};
static const struct ql_query ASSIGNEE = {
	"gw_assignee",
	"select k.unit_id from ql.coordinators k join ql.units u on u.id = k.unit_id where k.id = $1 and $2 = any (u.ancestors) and " IN_SERVICE,
	2, { OID_INT8, OID_INT4 },
};

static const struct ql_query REFERENCE_VERSION = { "gw_reference_version", "select version from ql.reference_version", 0, {0} };
#define VALID(a) a ".valid_from <= current_date and (" a ".valid_to is null or " a ".valid_to >= current_date)"
static const struct ql_query REFERENCE = {
	"gw_reference",
	"select json_build_object('version', (select version from ql.reference_version), 'units', (select coalesce(json_agg(json_build_object('code', u.code,"
	"  'name_zh', u.name_zh, 'name_en', u.name_en, 'name_ru', u.name_ru, 'kind', u.kind, 'parent', p.code) order by u.code), '[]')"
	"  from ql.units u left join ql.units p on p.id = u.parent_id),"
	" 'categories', (select coalesce(json_agg(json_build_object('code', c.code, 'name_zh', c.name_zh, 'name_en', c.name_en, 'name_ru', c.name_ru,"
	"  'kind', c.kind) order by c.code), '[]') from ql.categories c where " VALID("c") "),"
	" 'skills', (select coalesce(json_agg(json_build_object('code', s.code, 'name_zh', s.name_zh, 'name_en', s.name_en, 'name_ru', s.name_ru)"
	"  order by s.bit), '[]') from ql.skills s),"
	" 'classes', (select coalesce(json_agg(json_build_object('scheme', k.scheme, 'code', k.code, 'name_zh', k.name_zh, 'name_en', k.name_en,"
	"  'name_ru', k.name_ru, 'tier', k.tier) order by k.scheme, k.rank desc, k.code), '[]') from ql.credit_classes k where " VALID("k") "))::text",
	0, {0},
};

static enum ql_rc run_text(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct ql_buf *out, int *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0 && PQgetlength(res, 0, 0) > 0)
		ql_buf_str(out, ql_col_text(res, 0, 0));
	if (n != NULL)
		*n = (int)ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_counters(struct ql_pg *pg, int64_t scope, bool recuses, struct ql_buf *out, int *open, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, scope);
	return run_text(pg, scope > 0 && !recuses ? &COUNTERS_UNIT : &COUNTERS_OWN, &a, out, open, err);
}

enum ql_rc store_roster(struct ql_pg *pg, int32_t under, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	int n;

	ql_arg_i32(&a, under);
	return run_text(pg, &ROSTER, &a, out, &n, err);
}

enum ql_rc store_roster_of(struct ql_pg *pg, const char *ids, struct ql_buf *out, int *n, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_text(&a, OID_INT8_A, ids);
	return run_text(pg, &ROSTER_OF, &a, out, n, err);
}

enum ql_rc store_availability(struct ql_pg *pg, const struct identity *who, int64_t coordinator, bool available, ql_time until, const char *trace,
                              bool *changed, struct ql_err *err)
{
	bool supervisor = who->role == ROLE_SUPERVISOR;
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, coordinator);
	ql_arg_bool(&a, available);
	ql_arg_time(&a, until);
	ql_arg_i64(&a, who->coordinator);
	ql_arg_bool(&a, supervisor);
	ql_arg_i32(&a, who->unit);
	ql_arg_i64(&a, supervisor ? who->user : who->coordinator);
	ql_arg_text(&a, OID_TEXT, trace);
	rc = ql_pg_run(pg, &AVAILABILITY, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*changed = PQcmdTuples(res)[0] == '1';
	PQclear(res);
	return QL_OK;
}

static enum ql_rc run_number(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int64_t *number, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*number = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : 0;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_assignee(struct ql_pg *pg, const struct identity *who, int64_t coordinator, int32_t *unit, struct ql_err *err)
{
	struct ql_args a = {0};
	int64_t id = 0;
	enum ql_rc rc;

	ql_arg_i64(&a, coordinator);
	ql_arg_i32(&a, who->unit);
	rc = run_number(pg, &ASSIGNEE, &a, &id, err);
	*unit = (int32_t)id;
	return rc;
}

enum ql_rc store_reference_version(struct ql_pg *pg, int64_t *version, struct ql_err *err)
{
	return run_number(pg, &REFERENCE_VERSION, NULL, version, err);
}

enum ql_rc store_reference(struct ql_pg *pg, struct ql_buf *out, struct ql_err *err)
{
	return run_text(pg, &REFERENCE, NULL, out, NULL, err);
}
