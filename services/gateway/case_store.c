/* case_store.c -- the reads of cases. */
#include "case_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "row_store.h"

#define TEXT_MAX ((size_t)4 << 20) /* of one answer's part */

/* A page is cut out of the narrow visibility rows by their index before anything is joined to it. */
#define LIST(name, source, order, than) { name, \
	"select " QL_ROW_JSON(QL_AS_STAFF, QL_AS_OWN, "") "::text, c.page_at, c.id" \
	"  from (select d.*, a.sort_at as page_at from " source " and (a.sort_at, a.case_id) " than " ($2, $3)" \
	"           and ($4::text[] is null or d.state = any ($4))" \
	"           and ($5::text is null or d.category = $5)" \
	"           and ($6::text is null or d.priority = $6)" \
	"           and ($7::bigint = 0 or coalesce(d.coordinator_id, -1) = $7)" \
	"           and ($8::bigint = 0 or d.principal_id = $8" \
	"                or exists (select from ql.case_enterprises p where p.case_id = d.id and p.enterprise_id = $8))" \
	"           and ($9::int4 = 0 or d.lead_unit_id in (select u.id from ql.units u where $9 = any (u.ancestors)))" \
	"           and (not $10 or d.sort_at < now())" \
	"         order by a.sort_at " order ", a.case_id " order " limit $11) c" QL_ROW_JOINS \
	" order by c.page_at " order ", c.id " order, \
	11, { OID_INT8, OID_TIMESTAMPTZ, OID_INT8, OID_TEXT_A, OID_TEXT, OID_TEXT, OID_INT8, OID_INT8, OID_INT4, OID_BOOL, OID_INT4 } }
#define OF_SCOPE(open) "ql.case_access a join ql.cases d on d.id = a.case_id where a.scope = $1 and a.open = " open
#define FOLLOWED \
	"(select f.case_id, f.since as sort_at from ql.case_followers f where f.user_id = (select ql.my_user())) a" \
	" join ql.cases d on d.id = a.case_id where $1::bigint is not null"
static const struct ql_query LIST_OPEN = LIST("gw_list_open", OF_SCOPE("true"), "asc", ">");
static const struct ql_query LIST_CLOSED = LIST("gw_list_closed", OF_SCOPE("false"), "desc", "<");
static const struct ql_query LIST_FOLLOWED = LIST("gw_list_followed", FOLLOWED, "desc", "<");

static const struct ql_query RESOLVE = {
	"gw_resolve",
	"with recursive heir (id, merged_into, depth) as ("
	" select c.id, c.merged_into, 0 from ql.cases c where c.id in ("
	"  select $1 union select n.id from ql.cases n where n.number = $2 union select a.case_id from ql.case_aliases a where a.alias in ($2, $3))"
	" union all"
	" select c.id, c.merged_into, h.depth + 1 from heir h join ql.cases c on c.id = h.merged_into where h.depth < 16)"
	" select id from heir order by depth desc limit 1",
	3, { OID_INT8, OID_TEXT, OID_TEXT },
};

static const struct ql_query NAMED = {
	"gw_named",
	"select c.id from ql.cases c where c.id = $1 or c.number = $2",
	2, { OID_INT8, OID_TEXT },
};
static const struct ql_query ROW = {
	"gw_row",
	"select " QL_ROW_JSON(QL_AS_STAFF, QL_AS_OWN, "") "::text from ql.cases c" QL_ROW_JOINS " where c.id = $1",
	1, { OID_INT8 },
};

/* Of the open proposal, as far as the case still stands where it was made. */
#define PROPOSAL(what) \
	"(select " what " from ql.case_proposals p where p.case_id = c.id and p.state = 'open' and p.cycle = c.cycle" \
	" and (p.author_kind <> 'coordinator' or p.author_id = c.coordinator_id))"
static const struct ql_query FULL = {
	"gw_full",
	"select " QL_ROW_JSON(QL_AS_STAFF, QL_AS_OWN,
	", coalesce((select n.text from ql.entries n where n.case_id = c.id and n.version = 1), '') as text, c.language,"
	" case when c.first_asked_id is not null then json_build_object('id', c.first_asked_id, 'name', ql.officer_name(c.id, c.first_asked_id)) end as first_asked")
	"::text, c.procedure, " QL_STATE(QL_AS_STAFF) ", c.coordinator_id, c.lead_refusals, c.version,"
	" " PROPOSAL("(json_build_object('version', p.version, 'close', p.closes, 'mine', p.author_user is not distinct from ql.my_user()))::text") ","
	" coalesce(" PROPOSAL("p.author_user is distinct from ql.my_user() and ql.has_duty('second_reader', c.lead_unit_id)") ", false),"
	" (select max(m.version) from ql.messages m join ql.entries n on n.case_id = m.case_id and n.version = m.version"
	"   where m.case_id = c.id and m.state = 'queued' and m.held_until > now() and n.author_kind = ql.my_role() and n.author_id = $2),"
	" exists (select from ql.clocks k where k.case_id = c.id and k.kind = 'review' and k.state = 'running'),"
	" exists (select from ql.cases m where m.merged_into = c.id),"
	" exists (select from ql.case_followers f where f.case_id = c.id and f.user_id = ql.my_user())"
	" from ql.cases c" QL_ROW_JOINS " where c.id = $1",
	2, { OID_INT8, OID_INT8 },
};
static const struct ql_query ENTERPRISES = {
	"gw_enterprises",
	"select coalesce(json_agg(json_build_object('id', e.id, 'name', e.name, 'uscc', e.uscc, 'role', p.role, 'tier',"
	"  ql.tier_of(e.id, (now() at time zone 'Asia/Shanghai')::date)) order by p.role = 'principal' desc, p.since, e.id), '[]')::text"
	"  from ql.case_enterprises p join ql.enterprises e on e.id = p.enterprise_id where p.case_id = $1",
	1, { OID_INT8 },
};
/* Words of a party are entries: who may not read the entry reads null here. */
#define PART(what) "(select n.text from ql.entries n where n.case_id = p.case_id and n.version = p." what "_version)"
static const struct ql_query PARTIES = {
	"gw_parties",
	"select coalesce(json_agg(json_build_object('party', p.seq, 'unit', u.code, 'body', p.body_name, 'capacity', p.capacity, 'lead', p.is_lead,"
	"  'state', p.state, 'coordinator',"
	"  case when p.coordinator_id is not null then json_build_object('id', p.coordinator_id, 'name', ql.officer_name(p.case_id, p.coordinator_id)) end,"
	"  'asked_lead', p.asked_lead, 'invited_by', p.invited_by, 'since', " QL_AT("p.since") ", 'accepted_at', " QL_AT("p.accepted_at") ","
	"  'ended_at', " QL_AT("p.ended_at") ", 'due_at', case when " QL_AS_STAFF " then (select " QL_AT("min(k.due_at)") " from ql.clocks k"
	"   where k.case_id = p.case_id and k.party_seq = p.seq and k.state = 'running') end,"
	"  'wanted', " PART("wanted") ", 'contribution', " PART("contribution") ", 'result', " PART("result") ") order by p.is_lead desc, p.seq), '[]')::text,"
	" coalesce(string_agg(concat_ws(':', coalesce(p.coordinator_id, 0), coalesce(p.asked_id, 0), coalesce(p.unit_id, 0), p.is_lead::int,"
	"  (p.state in ('invited', 'working'))::int, p.asked_lead::int), ',' order by p.seq), '')"
	"  from ql.case_parties p left join ql.units u on u.id = p.unit_id where p.case_id = $1",
	1, { OID_INT8 },
};
#define OFFICER(id) "case when " id " is not null then json_build_object('id', " id ", 'name', (select k.name from ql.coordinators k where k.id = " id ")) end"
static const struct ql_query TASKS_OF = {
	"gw_tasks_of",
	"select coalesce(json_agg(json_build_object('added', t.version, 'item', t.seq, 'meeting', t.meeting, 'text', t.text, 'unit', u.code, 'owner', "
	OFFICER("t.owner_id") ", 'due_at', " QL_AT("t.due_at") ", 'done_at', " QL_AT("t.done_at") ", 'overdue', t.done_at is null and t.due_at < now())"
	" order by t.version, t.seq), '[]')::text"
	"  from (select * from ql.tasks where case_id = $1 order by version desc, seq limit 200) t join ql.units u on u.id = t.owner_unit_id",
	1, { OID_INT8 },
};
static const struct ql_query MEETINGS_OF = {
	"gw_meetings_of",
	"select coalesce(json_agg(json_build_object('called', m.version, 'at', " QL_AT("m.at") ", 'place', m.place, 'with_enterprise', m.with_enterprise,"
	"  'units', (select coalesce(json_agg(u.code order by u.code), '[]') from ql.units u where u.id = any (m.units)),"
	"  'minutes', (select n.text from ql.entries n where n.case_id = m.case_id and n.version = m.minutes_version), 'held', m.minutes_version is not null)"
	" order by m.version), '[]')::text from (select * from ql.meetings where case_id = $1 order by version desc limit 50) m",
	1, { OID_INT8 },
};
static const struct ql_query VISITS_OF = {
	"gw_visits_of",
	"select coalesce(json_agg(json_build_object('planned', v.version, 'at', " QL_AT("v.at") ", 'place', v.place, 'first', " OFFICER("v.first_id")
	", 'second', " OFFICER("v.second_id") ", 'result', (select n.text from ql.entries n where n.case_id = v.case_id and n.version = v.result_version))"
	" order by v.version), '[]')::text from (select * from ql.visits where case_id = $1 order by version desc limit 50) v",
	1, { OID_INT8 },
};
static const struct ql_query REFERENCES = {
	"gw_references",
	"select coalesce(json_agg(json_build_object('type', f.type, 'value', coalesce(case when f.fault is not null then f.given end, f.value),"
	"  'valid', f.fault is null, 'fault', f.fault) order by f.type, f.value), '[]')::text"
	"  from ql.case_references f where f.case_id = $1",
	1, { OID_INT8 },
};
static const struct ql_query PERSON = {
	"gw_person",
	"select name, phone from ql.case_people where case_id = $1 order by seq limit 1",
	1, { OID_INT8 },
};
static const struct ql_query CLOCKS = {
	"gw_clocks",
	"select coalesce(json_agg(json_build_object('id', x.seq, 'kind', x.kind, 'cycle', x.cycle, 'state',"
	"   case when x.state = 'running' and x.breached_at is not null then 'breached' when x.state = 'running' and x.fired <> 0 then 'warned' else x.state end,"
	"   'started_at', " QL_AT("x.started_at") ", 'due_at', " QL_AT("x.due_at") ","
	"   'met_at', case when x.state = 'met' then " QL_AT("x.ended_at") " end,"
	"   'policy', json_build_object('code', p.code, 'amount', p.amount, 'unit', p.amount_unit, 'version', p.version), 'calendar', l.code, 'segments',"
	"   (select coalesce(json_agg(json_build_object('kind', case when s.voided then 'run' else s.kind end, 'from', " QL_AT("s.from_at") ", 'to', " QL_AT("s.to_at") ", 'why', coalesce(s.why, ''))"
	"     order by s.seq), '[]') from ql.clock_segments s where s.case_id = x.case_id and s.clock_seq = x.seq)) order by x.seq), '[]')::text"
	"  from ql.clocks x join ql.policies p on p.id = x.policy_id join ql.calendars l on l.id = x.calendar_id"
	" where x.case_id = $1 and (" QL_AS_STAFF " or " QL_PUBLIC_CLOCK ")",
	1, { OID_INT8 },
};

/* An enterprise reads who wrote by rank, not by full name, and of the facts only the result. */
#define ITEM(more) \
	"json_build_object('version', j.version, 'event', j.event, 'at', " QL_AT("j.at") ", 'actor', json_build_object('kind', j.actor_kind, 'id', j.actor_id," \
	" 'name', case when " QL_AS_STAFF " or j.actor_kind = 'enterprise' then coalesce(k.name, u.name, e.name)" \
	"  else left(coalesce(ql.officer_name(j.case_id, case when j.actor_kind = 'coordinator' then j.actor_id end), u.name), 1) || '*' end)," \
	" 'entry', case when n.version is not null then json_build_object('id', n.version, 'audience', n.audience, 'text', case when n.moved_to is null then n.text else '' end," \
	" 'moved_to', (select o.number from ql.cases o where o.id = n.moved_to)," \
	" 'delivery', (select m.state from ql.messages m where m.case_id = n.case_id and m.version = n.version order by m.seq desc limit 1)," \
	" 'messages', case when " QL_AS_STAFF " then (select json_agg(json_build_object('seq', m.seq, 'channel', m.channel, 'state', m.state, 'due_at', " QL_AT("m.due_at") "," \
	"   'held_until', " QL_AT("m.held_until") ", 'settled_at', " QL_AT("m.settled_at") ", 'failure', m.failure) order by m.seq)" \
	"   from ql.messages m where m.case_id = n.case_id and m.version = n.version) end) end," \
	" 'data', case when " QL_AS_STAFF " then j.data else (select coalesce(json_object_agg(d.key, d.value), '{}') from json_each(j.data) d" \
	" where d.key in ('outcome', 'department', 'way', 'referred_to', 'referred_how', 'needed_by', 'needed_reason', 'since', 'due_was', 'due_at')) end" more ")"
#define ITEM_FROM \
	" from ql.journal j left join ql.entries n on n.case_id = j.case_id and n.version = j.version" \
	" left join ql.coordinators k on j.actor_kind = 'coordinator' and k.id = j.actor_id" \
	" left join ql.users u on j.actor_kind in ('supervisor', 'operator') and u.id = j.actor_id" \
	" left join ql.enterprises e on j.actor_kind = 'enterprise' and e.id = j.actor_id"
static const struct ql_query TIMELINE = {
	"gw_timeline",
	"select coalesce(json_agg(" ITEM("") " order by j.version), '[]')::text" ITEM_FROM " where j.case_id = $1 and j.version > $2",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query JOURNAL = {
	"gw_journal",
	"select coalesce(json_agg(" ITEM(", 'hash', encode(j.hash, 'hex'), 'prev_hash', encode(j.prev_hash, 'hex'), 'trace', j.trace") " order by j.version), '[]')::text"
	ITEM_FROM " where j.case_id = $1",
	1, { OID_INT8 },
};
static const struct ql_query READ_SEALED = { /* what row security lets the reader see of them is read */
	"gw_read_sealed",
	"insert into ql.entry_reads (case_id, version, user_id, trace)"
	" select n.case_id, n.version, ql.my_user(), $3 from ql.entries n where n.case_id = $1 and n.version > $2 and n.audience = 'sealed'",
	3, { OID_INT8, OID_INT4, OID_TEXT },
};
static const struct ql_query NOTICES = { /* the tracks of the declarations on the case */
	"gw_notices",
	"select coalesce(json_agg(json_build_object('code', n.code, 'name_zh', coalesce(m.name_zh, n.code), 'name_en', coalesce(m.name_en, n.code),"
	"   'rank', n.rank, 'at', " QL_AT("n.noticed_at") ", 'note', n.note) order by n.declaration, n.rank, n.noticed_at), '[]')::text"
	"  from (select x.* from ql.case_references f join ql.notices x on x.declaration = f.value"
	"         where f.case_id = $1 and f.type = 'declaration' order by x.declaration, x.rank, x.noticed_at limit 200) n"
	"  left join lateral (select c.name_zh, c.name_en from ql.channel_codes c where c.source = n.source and c.code = n.code"
	"                      order by c.valid_from desc limit 1) m on true",
	1, { OID_INT8 },
};
static const struct ql_query WHY = { /* the whole decision in force: of the last time it was assigned or could not be */
	"gw_why",
	"select (j.data -> 'why')::text from ql.journal j where j.case_id = $1 and j.event in ('assigned', 'waiting') and " QL_AS_STAFF
	" order by j.version desc limit 1",
	1, { OID_INT8 },
};

static const struct ql_query UNIT = {
	"gw_unit",
	"select id, $2 = any (ancestors) from ql.units where code = $1",
	2, { OID_TEXT, OID_INT4 },
};

/* --- lists --- */

static void add_rows(struct ql_buf *out, const PGresult *res)
{
	for (int row = 0; row < PQntuples(res); row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
}

static void list_args(struct ql_args *a, const struct list_filter *f)
{
	ql_arg_i64(a, f->scope);
	if (f->has_after)
		ql_arg_time(a, f->after_at);
	else
		ql_arg_text(a, OID_TIMESTAMPTZ, f->open ? "-infinity" : "infinity");
	ql_arg_i64(a, f->has_after ? f->after_id : 0);
	ql_arg_text(a, OID_TEXT_A, f->states);
	ql_arg_text(a, OID_TEXT, f->category);
	ql_arg_text(a, OID_TEXT, f->priority);
	ql_arg_i64(a, f->coordinator);
	ql_arg_i64(a, f->enterprise);
	ql_arg_i32(a, f->unit);
	ql_arg_bool(a, f->overdue);
	ql_arg_i32(a, f->limit);
}

enum ql_rc store_list(struct ql_pg *pg, const struct list_filter *f, struct ql_buf *out, struct list_page *page, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	list_args(&a, f);
	rc = ql_pg_run(pg, f->open ? &LIST_OPEN : f->followed ? &LIST_FOLLOWED : &LIST_CLOSED, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	add_rows(out, res);
	page->rows = PQntuples(res);
	if (page->rows > 0) {
		page->last_at = ql_col_time(res, page->rows - 1, 1);
		page->last_id = ql_col_i64(res, page->rows - 1, 2);
	}
	PQclear(res);
	return QL_OK;
}

/* --- one case --- */

enum ql_rc store_resolve(struct ql_pg *pg, int64_t id, const char *number, const char *alias, int64_t *case_id, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*case_id = 0;
	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, number);
	ql_arg_text(&a, OID_TEXT, alias);
	rc = ql_pg_run(pg, &RESOLVE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		*case_id = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

static enum ql_rc read_text(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	if (PQntuples(res) > 0)
		ql_buf_str(ctx, ql_col_text(res, 0, 0));
	return QL_OK;
}

/* One statement about one case whose first row's first column is JSON text. */
static enum ql_rc run_text(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct ql_buf *out, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		ql_json_raw(out, NULL, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_row(struct ql_pg *pg, int64_t case_id, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, case_id);
	return run_text(pg, &ROW, &a, out, err);
}

static void sealed_args(struct ql_args *a, int64_t case_id, int32_t above, const char *trace)
{
	ql_arg_i64(a, case_id);
	ql_arg_i32(a, above);
	ql_arg_text(a, OID_TEXT, trace);
}

static enum ql_rc note_sealed(struct ql_pg *pg, int64_t case_id, int32_t above, const char *trace, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	sealed_args(&a, case_id, above, trace);
	rc = ql_pg_run(pg, &READ_SEALED, &a, &res, err);
	if (rc == QL_OK)
		PQclear(res);
	return rc;
}

enum ql_rc store_timeline(struct ql_pg *pg, int64_t case_id, int32_t above, const char *trace, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, above);
	rc = run_text(pg, &TIMELINE, &a, out, err);
	return rc == QL_OK ? note_sealed(pg, case_id, above, trace, err) : rc;
}

enum ql_rc store_journal(struct ql_pg *pg, int64_t case_id, const char *trace, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	rc = run_text(pg, &JOURNAL, &a, out, err);
	return rc == QL_OK ? note_sealed(pg, case_id, 0, trace, err) : rc;
}

enum ql_rc store_named(struct ql_pg *pg, int64_t id, const char *number, int64_t *case_id, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*case_id = 0;
	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, number);
	rc = ql_pg_run(pg, &NAMED, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		*case_id = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

static struct ql_buf *parts(struct case_read *r, size_t i)
{
	struct ql_buf *const all[] = { &r->row, &r->enterprises, &r->parties, &r->references, &r->clocks, &r->timeline, &r->notices, &r->why,
	                                &r->tasks, &r->meetings, &r->visits, &r->proposal };

	return i < QL_LEN(all) ? all[i] : NULL;
}

void case_read_init(struct case_read *r)
{
	*r = (struct case_read){0};
	for (size_t i = 0; parts(r, i) != NULL; i++)
		ql_buf_init(parts(r, i), TEXT_MAX);
}

void case_read_free(struct case_read *r)
{
	for (size_t i = 0; parts(r, i) != NULL; i++)
		ql_buf_free(parts(r, i));
}

static enum ql_rc read_full(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct case_read *r = ctx;

	(void)err;
	r->found = PQntuples(res) > 0;
	if (!r->found)
		return QL_OK;
	ql_buf_str(&r->row, ql_col_text(res, 0, 0));
	snprintf(r->procedure, sizeof(r->procedure), "%s", ql_col_text(res, 0, 1));
	snprintf(r->state, sizeof(r->state), "%s", ql_col_text(res, 0, 2));
	r->coordinator = ql_col_i64(res, 0, 3);
	r->lead_refusals = (int)ql_col_i64(res, 0, 4);
	r->version = (int32_t)ql_col_i64(res, 0, 5);
	if (!PQgetisnull(res, 0, 6))
		ql_buf_str(&r->proposal, ql_col_text(res, 0, 6));
	r->offer.reads_second = ql_col_bool(res, 0, 7);
	r->undo = ql_col_i64(res, 0, 8);
	r->offer.undoes = r->undo != 0;
	r->offer.reviewing = ql_col_bool(res, 0, 9);
	r->offer.absorbed = ql_col_bool(res, 0, 10);
	r->followed = ql_col_bool(res, 0, 11);
	return QL_OK;
}

static enum ql_rc read_parties(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct case_read *r = ctx;
	const char *at = ql_col_text(res, 0, 1);

	(void)err;
	ql_buf_str(&r->parties, ql_col_text(res, 0, 0));
	while (*at != '\0' && r->n_parts < QL_LEN(r->part)) {
		int64_t v[6] = { 0 };
		struct part *p = &r->part[r->n_parts++];

		for (size_t i = 0; i < QL_LEN(v); i++) {
			char *end;

			v[i] = strtoll(at, &end, 10);
			at = end + (*end != '\0');
		}
		*p = (struct part){ v[0], v[1], (int32_t)v[2], v[3] != 0, v[4] != 0, v[5] != 0 };
	}
	return QL_OK;
}

static enum ql_rc read_person(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct case_read *r = ctx;

	(void)err;
	r->has_person = PQntuples(res) > 0;
	if (!r->has_person)
		return QL_OK;
	snprintf(r->person, sizeof(r->person), "%s", ql_col_text(res, 0, 0));
	snprintf(r->phone, sizeof(r->phone), "%s", ql_col_text(res, 0, 1));
	return QL_OK;
}

enum ql_rc store_case(struct ql_pg *pg, int64_t case_id, int64_t actor, const char *trace, struct case_read *r, struct ql_err *err)
{
	const struct { const struct ql_query *q; ql_pg_rows *read; void *to; } READS[] = {
		{ &FULL, read_full, r },               { &ENTERPRISES, read_text, &r->enterprises }, { &PARTIES, read_parties, r },
		{ &REFERENCES, read_text, &r->references }, { &PERSON, read_person, r },             { &CLOCKS, read_text, &r->clocks },
		{ &TIMELINE, read_text, &r->timeline }, { &NOTICES, read_text, &r->notices },        { &WHY, read_text, &r->why },
		{ &TASKS_OF, read_text, &r->tasks },    { &MEETINGS_OF, read_text, &r->meetings },   { &VISITS_OF, read_text, &r->visits },
	};
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(READS); i++) {
		struct ql_args a = {0};

		ql_arg_i64(&a, case_id);
		if (READS[i].q == &TIMELINE)
			ql_arg_i32(&a, 0);
		if (READS[i].q == &FULL)
			ql_arg_i64(&a, actor);
		rc = ql_pg_queue(pg, READS[i].q, &a, -1, READS[i].read, READS[i].to, err);
	}
	if (rc == QL_OK) {
		struct ql_args a = {0};

		sealed_args(&a, case_id, 0, trace);
		rc = ql_pg_queue(pg, &READ_SEALED, &a, -1, NULL, NULL, err);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_unit(struct ql_pg *pg, const char *code, int32_t under, int32_t *id, bool *is_under, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*id = 0;
	*is_under = false;
	ql_arg_text(&a, OID_TEXT, code);
	ql_arg_i32(&a, under);
	rc = ql_pg_run(pg, &UNIT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0) {
		*id = (int32_t)ql_col_i64(res, 0, 0);
		*is_under = ql_col_bool(res, 0, 1);
	}
	PQclear(res);
	return QL_OK;
}
