#include "tools/qlctl/check_store.h"
#include <stdio.h>

#define FIRST(fault) "select count(*) over (), " fault
#define SHOWN " order by 2 limit 5"
#define OPENED "('opened', 'opened_closed')"
#define OPEN_STATES "c.state not in ('closed', 'merged')"
/* What is past is folded into one, and what is older than a screen looks back is dropped, sooner or later. */
#define COUNTED_AT "case when x.what in ('opened', 'closed') or x.hour >= date_trunc('hour', now(), 'UTC') then x.hour else '-infinity' end"
#define COUNTED "(x.what not in ('opened', 'closed') or x.hour > now() - interval '1 day')"
#define HOLDS_LOAD "c.state in ('assigned', 'working', 'waiting_enterprise')"

const struct check CHECKS[] = {
	{ "a message that opened a case stands on that case's first journal row", { "check_opened",
	  FIRST("i.source || ' ' || i.message_id") " from ql.inbox i left join ql.journal j on j.case_id = i.case_id and j.version = 1"
	  " where i.outcome in " OPENED " and (j.data -> 'message' ->> 'source', j.data -> 'message' ->> 'id') is distinct from (i.source, i.message_id)" SHOWN, 0, { 0 } } },
	{ "a case that no watch and no person opened was opened by exactly one message", { "check_opener",
	  FIRST("c.number || ': ' || count(i.case_id)") " from ql.cases c left join ql.inbox i on i.case_id = c.id and i.outcome in " OPENED
	  " where c.kind <> 'watch' and not exists (select from ql.case_links l where l.case_id = c.id and l.other_id < c.id"
	  "   and (l.kind = 'split' or l.kind = 'reopened_later' and not exists (select from ql.inbox o where o.case_id = c.id)))"
	  " group by c.id having count(i.case_id) <> 1" SHOWN, 0, { 0 } } },
	{ "no message was worked twice", { "check_twice",
	  FIRST("m.source || ' ' || m.id") " from (select j.data -> 'message' ->> 'source' as source, j.data -> 'message' ->> 'id' as id from ql.journal j) m"
	  " where m.id is not null group by m.source, m.id having count(*) > 1" SHOWN, 0, { 0 } } },
	{ "a message that attached has a case, and the case a row for it", { "check_attached",
	  "with put as (select case_id, count(*) as n from ql.inbox where outcome in ('attached', 'joined') group by case_id),"
	  " row as (select case_id, count(*) as n from ql.journal where event in ('attached', 'replied', 'resumed', 'reopened') group by case_id)"
	  " select count(*) over (), coalesce(c.number, 'no case') || ': ' || put.n || ' messages, ' || coalesce(row.n, 0) || ' rows'"
	  "   from put left join row using (case_id) left join ql.cases c on c.id = put.case_id where put.case_id is null or coalesce(row.n, 0) < put.n" SHOWN, 0, { 0 } } },
	{ "a clearance notice is kept exactly once", { "check_notices",
	  FIRST("i.source || ' ' || i.message_id") " from ql.inbox i left join ql.notices n on n.message_source = i.source and n.message_id = i.message_id"
	  " where i.topic = 'clearance.incidents' group by i.source, i.message_id having count(n.id) <> 1" SHOWN, 0, { 0 } } },
	{ "a coordinator's load is the weight of what is held, as lead and as party", { "check_load",
	  FIRST("k.staff_no || ': ' || k.open_weight || ' taken, ' || coalesce(w.held, 0) || ' held'") " from ql.coordinators k"
	  " left join (select h.coordinator_id, sum(h.weight) as held from ("
	  "  select c.coordinator_id, c.weight from ql.cases c where " HOLDS_LOAD
	  "  union all select p.coordinator_id, p.weight from ql.case_parties p where not p.is_lead and p.state in ('invited', 'working')) h group by 1) w"
	  "  on w.coordinator_id = k.id"
	  " where k.open_weight <> coalesce(w.held, 0)" SHOWN, 0, { 0 } } },
	{ "nobody is over capacity", { "check_capacity",
	  FIRST("staff_no || ': ' || open_weight || ' of ' || capacity") " from ql.coordinators where open_weight > capacity" SHOWN, 0, { 0 } } },
	{ "a case has a coordinator exactly when somebody should have it", { "check_holder",
	  FIRST("c.number || ': ' || c.state") " from ql.cases c where (" HOLDS_LOAD " and c.coordinator_id is null) or (c.state = 'received' and c.coordinator_id is not null)"
	  SHOWN, 0, { 0 } } },
	{ "nobody was given a case that somebody had", { "check_assigned",
	  "with row as (select number, version, event, actor_kind, lag(state) over (partition by case_id order by version) as before from ql.journal)"
	  " select count(*) over (), number || ' version ' || version from row where event = 'assigned' and actor_kind = 'system' and before <> 'received'" SHOWN, 0, { 0 } } },
	{ "one party leads, with the case's unit and officer", { "check_lead",
	  FIRST("c.number") " from ql.cases c left join ql.case_parties p on p.case_id = c.id and p.is_lead"
	  " where p.case_id is null or p.unit_id <> c.lead_unit_id or p.coordinator_id is distinct from c.coordinator_id" SHOWN, 0, { 0 } } },
	{ "who should find a case does", { "check_access",
	  "with due as ("
	  "  select p.case_id, a as scope from ql.case_parties p join ql.units u on u.id = p.unit_id cross join lateral unnest(u.ancestors) a"
	  "   where p.state in ('invited', 'working', 'done')"
	  "  union select e.case_id, -e.enterprise_id from ql.case_enterprises e"
	  "  union select c.id, k.unit_id from ql.cases c join ql.coordinators k on k.id = c.coordinator_id)"
	  " select count(*) over (), c.number || ' scope ' || due.scope from due join ql.cases c on c.id = due.case_id"
	  "   left join ql.case_access a on a.case_id = due.case_id and a.scope = due.scope where a.case_id is null" SHOWN, 0, { 0 } } },
	{ "an enterprise finds only cases that it is on", { "check_foreign",
	  FIRST("c.number || ' scope ' || a.scope") " from ql.case_access a join ql.cases c on c.id = a.case_id"
	  " where a.scope < 0 and not exists (select from ql.case_enterprises e where e.case_id = a.case_id and e.enterprise_id = -a.scope)" SHOWN, 0, { 0 } } },
	{ "lists show a case in the order and state it has", { "check_lists",
	  FIRST("c.number || ' scope ' || a.scope") " from ql.case_access a join ql.cases c on c.id = a.case_id"
	  " where (a.open, a.sort_at) is distinct from (c.open, c.sort_at)" SHOWN, 0, { 0 } } },
	{ "a search can find every case, and as open as it is (else: qlctl reindex)", { "check_found",
	  FIRST("c.number") " from ql.cases c where not exists (select from ql.search_terms t where t.case_id = c.id and t.open = c.open)" SHOWN, 0, { 0 } } },
	{ "the numbers on a supervisor's screen are those of the cases", { "check_counts",
	  "with have as (select x.scope, x.what, " COUNTED_AT " as hour, sum(x.n) as n"
	  "  from (select scope, what, hour, n from ql.counts union all select scope, what, hour, n from ql.count_changes"
	  "   union all select scope, what, 'infinity', n from ql.count_changes where what not in ('opened', 'closed')) x"
	  "  where " COUNTED " group by 1, 2, 3 having sum(x.n) <> 0),"
	  " want as (select x.scope, x.what, " COUNTED_AT " as hour, sum(x.n) as n from ql.count_again() x where " COUNTED " group by 1, 2, 3)"
	  " select count(*) over (), u.code || ' ' || what || ' ' || hour || ': ' || coalesce(have.n, 0) || ' counted, ' || coalesce(want.n, 0) || ' there'"
	  "   from have full join want using (scope, what, hour) join ql.units u on u.id = scope where have.n is distinct from want.n" SHOWN, 0, { 0 } } },
	{ "the clocks of an open case stand as its state wants", { "check_clocks",
	  /* arrived: only when the question or answer has, or only until then; null: either way */
	  "with wanted (procedure, state, kind, stands, arrived) as (values ('coordination', 'received', 'unassigned', '{running}'::text[], null::bool),"
	  "  ('coordination', 'received', 'resolution', '{running}', null), ('coordination', 'assigned', 'accept', '{running}', null),"
	  "  ('coordination', 'assigned', 'resolution', '{running}', null), ('coordination', 'working', 'resolution', '{running}', null),"
	  "  ('coordination', 'waiting_enterprise', 'resolution', '{paused}', true), ('coordination', 'waiting_enterprise', 'resolution', '{running}', false),"
	  "  ('coordination', 'answered', 'confirmation', '{running}', true),"
	  "  ('callback', 'received', 'unassigned', '{running}', null), ('callback', 'assigned', 'accept', '{running}', null)),"
	  " standing as (select c.*, c.awaited_version is null or exists (select from ql.messages m where m.case_id = c.id and m.version = c.awaited_version"
	  "   and m.state = 'delivered') as has_arrived from ql.cases c where " OPEN_STATES ")"
	  " select count(*) over (), c.number || ' ' || c.state || ': no ' || w.kind || ' clock'"
	  "   from standing c join wanted w on w.procedure = c.procedure and w.state = c.state and coalesce(w.arrived, c.has_arrived) = c.has_arrived"
	  "  where " OPEN_STATES " and not exists (select from ql.clocks k where k.case_id = c.id and k.kind = w.kind and k.state = any (w.stands))" SHOWN, 0, { 0 } } },
	{ "nothing runs on a case that has ended", { "check_ended",
	  FIRST("c.number || ' ' || k.kind") " from ql.clocks k join ql.cases c on c.id = k.case_id"
	  " where k.state in ('running', 'paused') and not " OPEN_STATES SHOWN, 0, { 0 } } },
	{ "a threshold of a clock fired exactly once", { "check_fires",
	  "with f as (select case_id, clock_seq, count(*) as n from ql.clock_fires group by 1, 2)"
	  " select count(*) over (), c.number || ' ' || k.kind || ': ' || coalesce(f.n, 0) || ' fired, ' || bit_count(k.fired::bit(32)) || ' marked'"
	  "   from ql.clocks k join ql.cases c on c.id = k.case_id left join f on f.case_id = k.case_id and f.clock_seq = k.seq"
	  "  where coalesce(f.n, 0) <> bit_count(k.fired::bit(32))" SHOWN, 0, { 0 } } },
	{ "what was written is counted, and stands under a journal row", { "check_entries",
	  "with e as (select e.case_id, count(*) as n, count(j.case_id) as known from ql.entries e"
	  "   left join ql.journal j on j.case_id = e.case_id and j.version = e.version"
	  "   where e.audience <> 'sealed' and e.moved_to is null group by 1)" /* those count nowhere, or elsewhere */
	  " select count(*) over (), c.number from ql.cases c left join e on e.case_id = c.id"
	  "  where coalesce(e.n, 0) <> c.entries or coalesce(e.known, 0) <> coalesce(e.n, 0)" SHOWN, 0, { 0 } } },
};
const size_t CHECKS_N = QL_LEN(CHECKS);

static const struct ql_query LEDGER = {
	"check_ledger",
	"with r as (select distinct source, id, fate from json_to_recordset($1) as r (source text, id text, fate text)),"
	" got as ("
	"  select r.source, r.id, r.fate,"
	"         case x.outcome when 'opened' then 'case' when 'opened_closed' then 'case' when 'attached' then 'attach' when 'joined' then 'attach'"
	"           when 'recorded' then 'record' end as inbox,"
	"         (select count(*) from ql.quarantine q where q.source = r.source and q.message_id = r.id and q.state <> 'replayed') as refused"
	"    from r left join ql.inbox x on x.source = r.source and x.message_id = r.id)"
	" select count(*) over (), source || ' ' || id || ': expected ' || fate || ', ' ||"
	"        case when inbox is null and refused = 0 then 'is nowhere' when inbox is not null and refused > 0 then 'is in the inbox and in quarantine'"
	"          else 'came to ' || coalesce(inbox, 'quarantine') end"
	"   from got"
	"  where case when (inbox is null) = (refused = 0) then true"
	"          else fate <> 'any' and coalesce(inbox, 'quarantine') <> all (string_to_array(fate, '|')) end" SHOWN,
	1, { OID_JSON },
};
static const struct ql_query BARE = { "check_bare", "select count(*) from ql.inbox where source = 'dec-result'", 0, { 0 } };

enum ql_rc check_store_begin(struct ql_pg *pg, struct ql_err *err)
{
	enum ql_rc rc = ql_pg_exec(pg, "begin isolation level repeatable read read only", err);

	return rc == QL_OK ? ql_pg_exec(pg, "set local statement_timeout = 0", err) : rc;
}

static void add(const PGresult *res, struct finding *out)
{
	for (int i = 0; i < PQntuples(res) && out->n + i < CHECK_SHOWN; i++)
		snprintf(out->first[out->n + i], CHECK_TEXT, "%s", ql_col_text(res, i, 1));
	if (PQntuples(res) > 0)
		out->n += ql_col_i64(res, 0, 0);
}

static enum ql_rc find(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct finding *out, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	add(res, out);
	PQclear(res);
	return QL_OK;
}

enum ql_rc check_store_run(struct ql_pg *pg, const struct check *c, struct finding *out, struct ql_err *err)
{
	*out = (struct finding){ 0 };
	return find(pg, &c->query, NULL, out, err);
}

enum ql_rc check_store_ledger(struct ql_pg *pg, struct ql_rows *lines, struct finding *out, struct ql_err *err)
{
	struct ql_args a = { 0 };

	if (lines->n == 0)
		return QL_OK;
	ql_json_close(&lines->json, ']');
	ql_arg_textn(&a, OID_JSON, lines->json.data, lines->json.len);
	ql_rows_reset(lines);
	return find(pg, &LEDGER, &a, out, err);
}

enum ql_rc check_store_bare(struct ql_pg *pg, int64_t *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &BARE, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	*n = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
