#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/unit_int.h"

static const struct ql_query NOW = {
	"cb_now",
	"select now(), version from ql.reference_version",
	0, { 0 },
};

static const struct ql_query SERIALS = {
	"cb_serials",
	"insert into ql.case_serials as s (day, next) values (date '1970-01-01' + $1, 1 + $2)"
	" on conflict (day) do update set next = s.next + $2"
	" returning next - $2",
	2, { OID_INT4, OID_INT4 },
};

static const struct ql_query LOAD_CASES = {
	"cb_load_cases",
	"select id, number, procedure, state, version, kind, category, priority, channel, language, tier, reach, principal_id, coordinator_id,"
	"       first_asked_id, home_unit_id, goods_unit_id, lead_unit_id, district_id, weight, array_to_string(tried, ','), needed_by, needed_reason,"
	"       promise_at, sort_at, received_at, occurred_at, opened_at, answered_at, closed_at, last_spoken_at, outcome, closed_way, cycle, repeats,"
	"       entries, clocks, parties, call_attempts, why, merged_into, merged_state, encode(head_hash, 'hex'),"
	"       lead_refusals, array_to_string(recused, ','),"
	"       held_state, held_until, awaited_version, announced_at, pressed_at, announced_version"
	"  from ql.cases where id = any ($1) order by id for update",
	1, { OID_INT8_A },
};
/* Those that run, the latest of each kind and the one that it took over from at once: a reopening, an undoing, a failed delivery may
 * revive them. */
#define WANTED_CLOCKS \
	"(k.state in ('running', 'paused') or (k.party_seq is null and not exists (select from ql.clocks l" \
	" where l.case_id = k.case_id and l.kind = k.kind and l.party_seq is null and l.seq > k.seq" \
	"   and l.started_at is distinct from k.ended_at)))"
static const struct ql_query LOAD_CLOCKS = {
	"cb_load_clocks",
	"select case_id, seq, party_seq, kind, cycle, state, policy_id, calendar_id, started_at, due_at, next_fire_at, fired, breached_at, ended_at,"
	"       extension, round"
	"  from ql.clocks k where k.case_id = any ($1) and " WANTED_CLOCKS
	" order by case_id, seq",
	1, { OID_INT8_A },
};
static const struct ql_query LOAD_SEGMENTS = {
	"cb_load_segments",
	"select s.case_id, s.clock_seq, case when s.voided then 'run' else s.kind end, s.from_at, s.to_at"
	"  from ql.clocks k join ql.clock_segments s on s.case_id = k.case_id and s.clock_seq = k.seq"
	" where k.case_id = any ($1) and " WANTED_CLOCKS
	" order by s.case_id, s.clock_seq, s.seq",
	1, { OID_INT8_A },
};

static const struct ql_query LOAD_PARTIES = {
	"cb_load_parties",
	"select case_id, seq, unit_id, capacity, is_lead, asked_lead, state, coordinator_id, asked_id, weight, invited_by, array_to_string(tried, ','),"
	"       wanted_version, contribution_version, result_version, since, accepted_at, ended_at"
	"  from ql.case_parties where case_id = any ($1) order by case_id, seq",
	1, { OID_INT8_A },
};

static const struct ql_query TAKE_LOCK = {
	"cb_take_lock",
	"select id from ql.coordinators where id = any ($1) order by id for update",
	1, { OID_INT8_A },
};
static const struct ql_query TAKE = { /* the condition is what makes a choice right, whatever a roster in memory believed */
	"cb_take",
	"with taken as (update ql.coordinators c set open_weight = c.open_weight + r.weight, last_assigned_at = now()"
	"                 from json_to_recordset($1) as r (id int8, weight int4)"
	"                where c.id = r.id and c.open_weight + r.weight <= c.capacity"
	"               returning c.id, r.weight),"
	" given as (insert into ql.duty_loads as d (day, coordinator_id, weight)"
	"           select (now() at time zone 'Asia/Shanghai')::date, id, weight from taken"
	"           on conflict (day, coordinator_id) do update set weight = d.weight + excluded.weight)"
	" select id from taken",
	1, { OID_JSON },
};
static const struct ql_query LOADS_OF = {
	"cb_loads_of",
	"select id, open_weight, capacity from ql.coordinators where id = any ($1)",
	1, { OID_INT8_A },
};

#define STATE_COLUMNS \
	"state text, version int4, tier text, coordinator_id int8, first_asked_id int8, tried int8[], needed_by timestamptz, needed_reason text," \
	" promise_at timestamptz, sort_at timestamptz, answered_at timestamptz, closed_at timestamptz, last_spoken_at timestamptz, outcome text," \
	" closed_way text, cycle int2, repeats int4, entries int4, clocks int2, parties int2, call_attempts int2, lead_refusals int2, lead_unit_id int4," \
	" district_id int4, why text, merged_into int8, merged_state text, held_state text, held_until timestamptz, awaited_version int4," \
	" announced_at timestamptz, pressed_at timestamptz, announced_version int4, head_hash bytea"
#define PARTY_COLUMNS \
	"seq int2, capacity text, is_lead bool, asked_lead bool, state text, coordinator_id int8, asked_id int8, weight int2, invited_by int2," \
	" tried int8[], wanted_version int4, contribution_version int4, result_version int4, since timestamptz, accepted_at timestamptz, ended_at timestamptz"
#define CLOCK_COLUMNS \
	"case_id int8, seq int2, state text, due_at timestamptz, next_fire_at timestamptz, fired int4, breached_at timestamptz, ended_at timestamptz," \
	" policy_id int4, calendar_id int4, extension int4, round int2"

/* One statement a stage; rows arrive as one JSON array. exact: as many rows must be touched as were staged. */
static const struct stage_write { bool exact; struct ql_query query; } WRITES[STAGES] = {
	[STAGE_CASES_NEW] = { true, { "cb_cases_new",
		"insert into ql.cases (id, number, procedure, kind, state, version, subject, category, priority, channel, channel_user, language, tier, reach,"
		" principal_id, home_unit_id, goods_unit_id, lead_unit_id, district_id, coordinator_id, first_asked_id, weight, tried, needed_by, needed_reason,"
		" promise_at, sort_at, received_at, occurred_at, opened_at, answered_at, closed_at, outcome, closed_way, cycle, repeats, entries, clocks, parties,"
		" call_attempts, last_spoken_at, why, held_state, held_until, awaited_version, announced_at, pressed_at, announced_version, head_hash, updated_at)"
		" select case_id, number, procedure, kind, state, version, subject, category, priority, channel, channel_user, language, tier, reach,"
		" principal_id, home_unit_id, goods_unit_id, lead_unit_id, district_id, coordinator_id, first_asked_id, weight, tried, needed_by, needed_reason,"
		" promise_at, sort_at, received_at, occurred_at, opened_at, answered_at, closed_at, outcome, closed_way, cycle, repeats, entries, clocks, parties,"
		" call_attempts, last_spoken_at, why::json, held_state, held_until, awaited_version, announced_at, pressed_at, announced_version, head_hash, updated_at"
		" from json_to_recordset($1) as r (case_id int8, number text, procedure text, kind text, subject text, category text, priority text, channel text,"
		" channel_user text, language text, reach text, principal_id int8, home_unit_id int4, goods_unit_id int4, weight int2,"
		" received_at timestamptz, occurred_at timestamptz, opened_at timestamptz, updated_at timestamptz, "
		STATE_COLUMNS ")", 1, { OID_JSON } } },
	[STAGE_CASES_CHANGED] = { true, { "cb_cases_changed",
		"update ql.cases c set state = r.state, version = r.version, tier = r.tier, coordinator_id = r.coordinator_id, first_asked_id = r.first_asked_id,"
		" tried = r.tried, needed_by = r.needed_by, needed_reason = r.needed_reason, promise_at = r.promise_at, sort_at = r.sort_at,"
		" answered_at = r.answered_at, closed_at = r.closed_at, last_spoken_at = r.last_spoken_at, outcome = r.outcome, closed_way = r.closed_way,"
		" cycle = r.cycle, repeats = r.repeats, entries = r.entries, clocks = r.clocks, parties = r.parties, call_attempts = r.call_attempts,"
		" lead_refusals = r.lead_refusals, lead_unit_id = r.lead_unit_id, district_id = r.district_id,"
		" why = r.why::json, merged_into = r.merged_into, merged_state = r.merged_state, held_state = r.held_state,"
		" held_until = r.held_until, awaited_version = r.awaited_version, announced_at = r.announced_at, pressed_at = r.pressed_at,"
		" announced_version = r.announced_version, subject = coalesce(r.subject, c.subject), category = r.category, priority = r.priority,"
		" principal_id = r.principal_id, head_hash = r.head_hash, updated_at = r.updated_at"
		" from json_to_recordset($1) as r (case_id int8, loaded_version int4, updated_at timestamptz, subject text, category text,"
		" priority text, principal_id int8, " STATE_COLUMNS ")"
		" where c.id = r.case_id and c.version = r.loaded_version", 1, { OID_JSON } } },
	[STAGE_ENTERPRISES_GONE] = { false, { "cb_enterprises_gone",
		"select ql.case_enterprise_gone(r.case_id, r.enterprise_id) from json_to_recordset($1) as r (case_id int8, enterprise_id int8)", 1, { OID_JSON } } },
	[STAGE_REFERENCES_GONE] = { false, { "cb_references_gone",
		"select ql.case_reference_gone(r.case_id, r.type, r.value) from json_to_recordset($1) as r (case_id int8, type text, value text)", 1, { OID_JSON } } },
	[STAGE_SEPARATED] = { false, { "cb_separated",
		"select ql.case_separate(r.case_id, r.merged_id) from json_to_recordset($1) as r (case_id int8, merged_id int8)", 1, { OID_JSON } } },
	[STAGE_ACCESS] = { false, { "cb_access",
		"insert into ql.case_access (scope, case_id, open, sort_at)"
		" select distinct on (case_id, scope) scope, case_id, open, sort_at"
		" from json_to_recordset($1) as r (scope int8, case_id int8, open bool, sort_at timestamptz)"
		" on conflict do nothing", 1, { OID_JSON } } }, /* a named key would need the right to see the row */
	[STAGE_ALIASES] = { false, { "cb_aliases",
		"insert into ql.case_aliases (alias, case_id) select alias, case_id from json_to_recordset($1) as r (alias text, case_id int8)"
		" on conflict do nothing", 1, { OID_JSON } } },
	[STAGE_PEOPLE] = { true, { "cb_people",
		"insert into ql.case_people (case_id, name, phone, phone_key, channel, channel_user)"
		" select case_id, name, phone, phone_key, channel, channel_user from json_to_recordset($1)"
		" as r (case_id int8, name text, phone text, phone_key text, channel text, channel_user text)", 1, { OID_JSON } } },
	[STAGE_PEOPLE_COPIED] = { false, { "cb_people_copied",
		"select ql.case_person_copy(r.from_id, r.case_id) from json_to_recordset($1) as r (case_id int8, from_id int8)", 1, { OID_JSON } } },
	[STAGE_ENTERPRISES] = { false, { "cb_enterprises",
		"insert into ql.case_enterprises (case_id, enterprise_id, role, since)"
		" select case_id, enterprise_id, role, since from json_to_recordset($1) as r (case_id int8, enterprise_id int8, role text, since timestamptz)"
		" on conflict do nothing", 1, { OID_JSON } } },
	[STAGE_LEADS_LEFT] = { false, { "cb_leads_left",
		"update ql.case_parties p set is_lead = false from json_to_recordset($1) as r (case_id int8, seq int2) where p.case_id = r.case_id and p.seq = r.seq",
		1, { OID_JSON } } },
	[STAGE_PARTIES_CHANGED] = { true, { "cb_parties_changed",
		"update ql.case_parties p set capacity = r.capacity, is_lead = r.is_lead, asked_lead = r.asked_lead, state = r.state,"
		" coordinator_id = r.coordinator_id, asked_id = r.asked_id, weight = r.weight, invited_by = r.invited_by, tried = r.tried,"
		" wanted_version = r.wanted_version, contribution_version = r.contribution_version, result_version = r.result_version, since = r.since,"
		" accepted_at = r.accepted_at, ended_at = r.ended_at"
		" from json_to_recordset($1) as r (case_id int8, " PARTY_COLUMNS ") where p.case_id = r.case_id and p.seq = r.seq", 1, { OID_JSON } } },
	[STAGE_ENTERPRISE_ROLES] = { false, { "cb_enterprise_roles",
		"update ql.case_enterprises e set role = r.role from json_to_recordset($1) as r (case_id int8, enterprise_id int8, role text)"
		" where e.case_id = r.case_id and e.enterprise_id = r.enterprise_id", 1, { OID_JSON } } },
	[STAGE_PARTIES] = { true, { "cb_parties",
		"insert into ql.case_parties (case_id, seq, unit_id, capacity, is_lead, asked_lead, state, coordinator_id, asked_id, weight, invited_by, tried,"
		" wanted_version, contribution_version, result_version, body_name, body_mail, since, accepted_at, ended_at)"
		" select case_id, seq, unit_id, capacity, is_lead, asked_lead, state, coordinator_id, asked_id, weight, invited_by, tried,"
		" wanted_version, contribution_version, result_version, body_name, body_mail, since, accepted_at, ended_at from json_to_recordset($1)"
		" as r (case_id int8, unit_id int4, body_name text, body_mail text, " PARTY_COLUMNS ")", 1, { OID_JSON } } },
	[STAGE_REFERENCES] = { false, { "cb_references",
		"insert into ql.case_references (case_id, type, value, given, fault)"
		" select case_id, type, value, given, fault from json_to_recordset($1) as r (case_id int8, type text, value text, given text, fault json)"
		" on conflict do nothing", 1, { OID_JSON } } },
	[STAGE_ABSORBED] = { false, { "cb_absorbed",
		"with r as (select * from json_to_recordset($1) as r (case_id int8, merged_id int8)),"
		" e as (insert into ql.case_enterprises (case_id, enterprise_id, role, since, absorbed_from)"
		"       select distinct on (r.case_id, m.enterprise_id) r.case_id, m.enterprise_id, 'affected', now(), r.merged_id"
		"         from r join ql.case_enterprises m on m.case_id = r.merged_id"
		"        where not exists (select from ql.case_enterprises h where h.case_id = r.case_id and h.enterprise_id = m.enterprise_id)"
		"       on conflict do nothing returning case_id, enterprise_id),"
		" a as (insert into ql.case_access (scope, case_id, open, sort_at)"
		"       select -e.enterprise_id, e.case_id, c.open, c.sort_at from e join ql.cases c on c.id = e.case_id on conflict do nothing)"
		" insert into ql.case_references (case_id, type, value, given, fault, absorbed_from)"
		" select r.case_id, f.type, f.value, f.given, f.fault, r.merged_id from r join ql.case_references f on f.case_id = r.merged_id"
		" on conflict do nothing", 1, { OID_JSON } } },
	[STAGE_LINKS] = { false, { "cb_links",
		"insert into ql.case_links (case_id, other_id, kind, since)"
		" select case_id, other_id, kind, since from json_to_recordset($1) as r (case_id int8, other_id int8, kind text, since timestamptz)"
		" on conflict do nothing", 1, { OID_JSON } } },
	[STAGE_JOURNAL] = { true, { "cb_journal",
		"insert into ql.journal (case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data, trace,"
		" prev_hash, hash)"
		" select case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data::json, trace, prev_hash, hash"
		" from json_to_recordset($1) as r (case_id int8, version int4, number text, event text, state text, at timestamptz, actor_kind text,"
		" actor_id int8, unit_id int4, audience text, enterprise_id int8, data text, trace text, prev_hash bytea, hash bytea)", 1, { OID_JSON } } },
	[STAGE_ENTRIES] = { true, { "cb_entries",
		"insert into ql.entries (case_id, version, audience, enterprise_id, unit_id, party_seq, author_kind, author_id, channel, text, language, at)"
		" select case_id, version, audience, enterprise_id, unit_id, party_seq, author_kind, author_id, channel, text, language, at from json_to_recordset($1)"
		" as r (case_id int8, version int4, audience text, enterprise_id int8, unit_id int4, party_seq int2, author_kind text, author_id int8, channel text,"
		" text text, language text, at timestamptz)", 1, { OID_JSON } } },
	[STAGE_ENTRIES_MOVED] = { true, { "cb_entries_moved",
		"update ql.entries n set moved_to = r.moved_to, moved_version = r.moved_version from json_to_recordset($1)"
		" as r (case_id int8, version int4, moved_to int8, moved_version int4) where n.case_id = r.case_id and n.version = r.version", 1, { OID_JSON } } },
	[STAGE_READERS] = { false, { "cb_readers",
		"insert into ql.entry_readers (case_id, version, user_id)"
		" select case_id, version, user_id from json_to_recordset($1) as r (case_id int8, version int4, user_id int8) on conflict do nothing",
		1, { OID_JSON } } },
	[STAGE_MESSAGES] = { true, { "cb_messages",
		"insert into ql.messages (case_id, version, channel, recipient, state, due_at, settled_at, action, made_at, held_until, arrives, before, met)"
		" select case_id, version, channel, recipient, state, due_at, settled_at, action, made_at, held_until, arrives, before, met from json_to_recordset($1)"
		" as r (case_id int8, version int4, channel text, recipient text, state text, due_at timestamptz, settled_at timestamptz, action text, made_at timestamptz,"
		" held_until timestamptz, arrives bool, before text, met int4)", 1, { OID_JSON } } },
	[STAGE_MESSAGES_CHANGED] = { true, { "cb_messages_changed",
		"update ql.messages m set state = r.state, settled_at = r.settled_at, failure = r.failure from json_to_recordset($1)"
		" as r (case_id int8, version int4, seq int2, state text, settled_at timestamptz, failure text)"
		" where m.case_id = r.case_id and m.version = r.version and m.seq = r.seq", 1, { OID_JSON } } },
	[STAGE_ATTACHMENTS] = { true, { "cb_attachments",
		"insert into ql.attachments (case_id, version, audience, enterprise_id, unit_id, author_kind, author_id, user_id, name, media_type, size, sha256, at)"
		" select case_id, version, audience, enterprise_id, unit_id, author_kind, author_id, user_id, name, media_type, size, sha256, at"
		" from json_to_recordset($1) as r (case_id int8, version int4, audience text, enterprise_id int8, unit_id int4, author_kind text, author_id int8,"
		" user_id int8, name text, media_type text, size int8, sha256 text, at timestamptz)", 1, { OID_JSON } } },
	[STAGE_CLOCKS_NEW] = { true, { "cb_clocks_new",
		"insert into ql.clocks (case_id, seq, party_seq, kind, cycle, state, policy_id, calendar_id, started_at, due_at, next_fire_at, fired,"
		" breached_at, ended_at, extension, round)"
		" select case_id, seq, party_seq, kind, cycle, state, policy_id, calendar_id, started_at, due_at, next_fire_at, fired, breached_at, ended_at,"
		" extension, round"
		" from json_to_recordset($1) as r (party_seq int2, kind text, cycle int2, started_at timestamptz, "
		CLOCK_COLUMNS ")", 1, { OID_JSON } } },
	[STAGE_CLOCKS_CHANGED] = { true, { "cb_clocks_changed",
		"update ql.clocks k set state = r.state, due_at = r.due_at, next_fire_at = r.next_fire_at, fired = r.fired, breached_at = r.breached_at,"
		" ended_at = r.ended_at, policy_id = r.policy_id, calendar_id = r.calendar_id, extension = r.extension, round = r.round from json_to_recordset($1) as r (" CLOCK_COLUMNS ") where k.case_id = r.case_id and k.seq = r.seq", 1, { OID_JSON } } },
	[STAGE_SEGMENTS] = { true, { "cb_segments",
		"insert into ql.clock_segments as s (case_id, clock_seq, seq, kind, from_at, to_at, voided, why, version, actor_kind, actor_id)"
		" select case_id, clock_seq, seq, kind, from_at, to_at, voided, why, version, actor_kind, actor_id from json_to_recordset($1)"
		" as r (case_id int8, clock_seq int2, seq int2, kind text, from_at timestamptz, to_at timestamptz, voided bool, why text, version int4,"
		" actor_kind text, actor_id int8)"
		" on conflict (case_id, clock_seq, seq) do update set to_at = excluded.to_at, voided = s.voided or excluded.voided", 1, { OID_JSON } } },
	[STAGE_FIRES] = { true, { "cb_fires",
		"insert into ql.clock_fires (case_id, clock_seq, threshold, fired_at, due_at)"
		" select case_id, clock_seq, threshold, fired_at, due_at from json_to_recordset($1)"
		" as r (case_id int8, clock_seq int2, threshold int2, fired_at timestamptz, due_at timestamptz)", 1, { OID_JSON } } },
	[STAGE_MEETINGS] = { true, { "cb_meetings",
		"insert into ql.meetings (case_id, version, at, place, units, with_enterprise)"
		" select case_id, version, at, place, units, with_enterprise from json_to_recordset($1)"
		" as r (case_id int8, version int4, at timestamptz, place text, units int4[], with_enterprise bool)", 1, { OID_JSON } } },
	[STAGE_MINUTES] = { true, { "cb_minutes",
		"update ql.meetings m set minutes_version = r.minutes_version from json_to_recordset($1) as r (case_id int8, version int4, minutes_version int4)"
		" where m.case_id = r.case_id and m.version = r.version and m.minutes_version is null", 1, { OID_JSON } } },
	[STAGE_TASKS] = { true, { "cb_tasks",
		"insert into ql.tasks (case_id, version, seq, meeting, text, owner_unit_id, owner_id, due_at)"
		" select case_id, version, seq, meeting, text, owner_unit_id, owner_id, due_at from json_to_recordset($1)"
		" as r (case_id int8, version int4, seq int2, meeting int4, text text, owner_unit_id int4, owner_id int8, due_at timestamptz)", 1, { OID_JSON } } },
	[STAGE_TASKS_DONE] = { true, { "cb_tasks_done",
		"update ql.tasks t set done_at = r.done_at, done_by = r.done_by from json_to_recordset($1)"
		" as r (case_id int8, version int4, seq int2, done_at timestamptz, done_by int8)"
		" where t.case_id = r.case_id and t.version = r.version and t.seq = r.seq", 1, { OID_JSON } } },
	[STAGE_VISITS] = { true, { "cb_visits",
		"insert into ql.visits (case_id, version, at, place, first_id, second_id) select case_id, version, at, place, first_id, second_id"
		" from json_to_recordset($1) as r (case_id int8, version int4, at timestamptz, place text, first_id int8, second_id int8)", 1, { OID_JSON } } },
	[STAGE_VISIT_RESULTS] = { true, { "cb_visit_results",
		"update ql.visits v set result_version = r.result_version from json_to_recordset($1) as r (case_id int8, version int4, result_version int4)"
		" where v.case_id = r.case_id and v.version = r.version and v.result_version is null", 1, { OID_JSON } } },
	[STAGE_RECUSED] = { true, { "cb_recused",
		"with rows as (select * from json_to_recordset($1) as r (case_id int8, coordinator_id int8)),"
		" tasks as (update ql.tasks t set owner_id = null from rows r where t.case_id = r.case_id and t.owner_id = r.coordinator_id and t.done_at is null),"
		" visits as (update ql.visits v set first_id = nullif(v.first_id, r.coordinator_id), second_id = nullif(v.second_id, r.coordinator_id)"
		"  from rows r where v.case_id = r.case_id and v.result_version is null and r.coordinator_id in (v.first_id, v.second_id))"
		" update ql.cases c set recused = c.recused || r.coordinator_id from rows r where c.id = r.case_id", 1, { OID_JSON } } },
	[STAGE_LEAVES] = { false, { "cb_leaves",
		"select ql.case_access_leave(array(select r.case_id from json_to_recordset($1) as r (case_id int8)))", 1, { OID_JSON } } },
	[STAGE_PROPOSALS_SETTLED] = { false, { "cb_proposals_settled",
		"update ql.case_proposals p set state = r.state, settled_version = r.settled_version from json_to_recordset($1)"
		" as r (case_id int8, version int4, state text, settled_version int4)"
		" where p.case_id = r.case_id and p.state = 'open' and p.version = coalesce(r.version, p.version)", 1, { OID_JSON } } },
	[STAGE_PROPOSALS] = { true, { "cb_proposals",
		"insert into ql.case_proposals (case_id, version, cycle, closes, department_id, author_kind, author_id, author_user, author_unit, enterprise_id)"
		" select case_id, version, cycle, closes, department_id, author_kind, author_id, author_user, author_unit, enterprise_id from json_to_recordset($1)"
		" as r (case_id int8, version int4, cycle int2, closes bool, department_id int4, author_kind text, author_id int8, author_user int8,"
		" author_unit int4, enterprise_id int8)", 1, { OID_JSON } } },
	[STAGE_LEDGER] = { true, { "cb_ledger",
		"insert into ql.clock_ledger (case_id, clock_seq, kind, state, version, at, actor_kind, actor_id, user_id, amount, segment, agreed_by, words,"
		" policy_was, policy_id, calendar_was, calendar_id, due_was, due_at)"
		" select case_id, clock_seq, kind, state, version, at, actor_kind, actor_id, user_id, amount, segment, agreed_by, words, policy_was, policy_id, calendar_was, calendar_id,"
		" due_was, due_at from json_to_recordset($1) as r (case_id int8, clock_seq int2, kind text, state text, version int4, at timestamptz,"
		" actor_kind text, actor_id int8, user_id int8, amount int4, segment int2, agreed_by text, words text, policy_was int4, policy_id int4,"
		" calendar_was int4, calendar_id int4, due_was timestamptz, due_at timestamptz)", 1, { OID_JSON } } },
	[STAGE_LEDGER_SETTLED] = { true, { "cb_ledger_settled",
		"update ql.clock_ledger l set state = r.state, settled_at = r.settled_at, settled_version = r.settled_version, settled_by = r.settled_by,"
		" due_was = coalesce(r.due_was, l.due_was), due_at = coalesce(r.due_at, l.due_at)"
		" from json_to_recordset($1) as r (case_id int8, clock_seq int2, version int4, state text, settled_at timestamptz, settled_version int4,"
		" settled_by int8, due_was timestamptz, due_at timestamptz)"
		" where l.case_id = r.case_id and l.clock_seq = r.clock_seq and l.version = r.version and l.state = 'asked'", 1, { OID_JSON } } },
	[STAGE_FOUND_NEW] = { true, { "cb_found_new",
		"insert into ql.search_terms (case_id, reader, open, shared, terms)"
		" select r.case_id, r.reader, r.open, s.terms, s.terms || coalesce(array_to_tsvector(string_to_array(r.own, ' ')), '')"
		" from json_to_recordset($1) as r (case_id int8, reader int8, open bool, shared text, own text)"
		" cross join lateral (select array_to_tsvector(string_to_array(r.shared, ' ')) as terms offset 0) s", 1, { OID_JSON } } },
	[STAGE_FOUND_MORE] = { false, { "cb_found_more", "select ql.search_add($1)", 1, { OID_JSON } } },
	[STAGE_FOUND_MOVED] = { false, { "cb_found_moved", "select ql.search_move($1)", 1, { OID_JSON } } },
	[STAGE_LOADS] = { true, { "cb_loads", /* locked in ascending order before the update touches them in any */
		"with rows as (select * from json_to_recordset($1) as r (id int8, delta int4, at timestamptz)),"
		" locked as materialized (select c.id from ql.coordinators c where c.id in (select id from rows) order by c.id for update)"
		" update ql.coordinators c set open_weight = c.open_weight + r.delta, last_assigned_at = coalesce(r.at, c.last_assigned_at)"
		" from rows r join locked l on l.id = r.id where c.id = r.id", 1, { OID_JSON } } },
};
/* A case that moved in its lists moves in each of them, also in those that whoever moved it may not see. Same rows as
 * STAGE_CASES_CHANGED, behind it. */
static const struct ql_query ACCESS_CHANGED = {
	"cb_access_changed",
	"select ql.case_access_follow(array(select r.case_id from json_to_recordset($1) as r (case_id int8)))",
	1, { OID_JSON },
};

static enum ql_rc read_now(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct { struct casebook *cb; int64_t *version; } *to = ctx;

	(void)err;
	to->cb->now = ql_col_time(res, 0, 0);
	*to->version = ql_col_i64(res, 0, 1);
	return QL_OK;
}

enum ql_rc casestore_now(struct casebook *cb, int64_t *reference_version, struct ql_err *err)
{
	struct { struct casebook *cb; int64_t *version; } to = { cb, reference_version };
	struct ql_args none = { 0 };
	enum ql_rc rc = ql_pg_queue(cb->pg, &NOW, &none, 1, read_now, &to, err);

	return rc == QL_OK ? ql_pg_flush(cb->pg, err) : rc;
}

enum ql_rc casestore_begin(struct casebook *cb, int64_t *reference_version, struct ql_err *err)
{
	struct ql_args none = { 0 };
	enum ql_rc rc = ql_pg_queue(cb->pg, &QL_PG_BEGIN, &none, -1, NULL, NULL, err);

	return rc == QL_OK ? casestore_now(cb, reference_version, err) : rc;
}

enum ql_rc casestore_serials(struct ql_pg *pg, int32_t day, int32_t n, int32_t *first, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_i32(&a, day);
	ql_arg_i32(&a, n);
	enum ql_rc rc = ql_pg_run(pg, &SERIALS, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*first = (int32_t)ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

/* --- loading --- */

static void copy(char *to, size_t size, const PGresult *res, int row, int col) { snprintf(to, size, "%s", ql_col_text(res, row, col)); }
#define COPY(member, col) copy(member, sizeof(member), res, row, col)

static void read_hex(unsigned char *to, size_t n, const char *hex)
{
	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		sscanf(hex + 2 * i, "%2x", &byte);
		to[i] = (unsigned char)byte;
	}
}

/* "1,2,3" */
static int read_ids(int64_t *ids, int most, const char *list)
{
	char *end;
	int n = 0;

	while (*list != '\0' && n < most) {
		ids[n++] = strtoll(list, &end, 10);
		list = end + (*end == ',');
	}
	return n;
}

/* Names that the lifecycle does not know are rows of a newer release: refuse rather than guess. */
static bool read_names(struct case_file *c, const PGresult *res, int row)
{
	if (!PQgetisnull(res, row, 45) && !case_state_parse(ql_col_text(res, row, 45), &c->held_state))
		return false;
	return procedure_parse(ql_col_text(res, row, 2), &c->procedure) && case_state_parse(ql_col_text(res, row, 3), &c->state)
	    && reach_parse(ql_col_text(res, row, 11), &c->reach);
}

static void read_facts(struct case_file *c, const PGresult *res, int row)
{
	c->id = ql_col_i64(res, row, 0);
	COPY(c->number, 1);
	c->version = c->loaded_version = (int32_t)ql_col_i64(res, row, 4);
	COPY(c->kind, 5);
	COPY(c->category, 6);
	COPY(c->priority, 7);
	COPY(c->channel, 8);
	COPY(c->language, 9);
	COPY(c->tier, 10);
	c->principal = ql_col_i64(res, row, 12);
	c->coordinator = ql_col_i64(res, row, 13);
	c->first_asked = ql_col_i64(res, row, 14);
	c->home_unit = (int32_t)ql_col_i64(res, row, 15);
	c->goods_unit = (int32_t)ql_col_i64(res, row, 16);
	c->lead_unit = (int32_t)ql_col_i64(res, row, 17);
	c->district = (int32_t)ql_col_i64(res, row, 18);
	c->weight = (int32_t)ql_col_i64(res, row, 19);
	c->n_tried = read_ids(c->tried, CASE_TRIED, ql_col_text(res, row, 20));
}

static void read_course(struct case_file *c, const PGresult *res, int row)
{
	c->needed_by = ql_col_time(res, row, 21);
	COPY(c->needed_reason, 22);
	c->promise_at = ql_col_time(res, row, 23);
	c->sort_at = ql_col_time(res, row, 24);
	c->received_at = ql_col_time(res, row, 25);
	c->occurred_at = ql_col_time(res, row, 26);
	c->opened_at = ql_col_time(res, row, 27);
	c->answered_at = ql_col_time(res, row, 28);
	c->closed_at = ql_col_time(res, row, 29);
	c->last_spoken_at = ql_col_time(res, row, 30);
	COPY(c->outcome, 31);
	COPY(c->closed_way, 32);
	c->cycle = (int)ql_col_i64(res, row, 33);
	c->repeats = (int)ql_col_i64(res, row, 34);
	c->entries = (int)ql_col_i64(res, row, 35);
	c->clocks_used = (int)ql_col_i64(res, row, 36);
	c->parties_used = (int)ql_col_i64(res, row, 37);
	c->call_attempts = (int)ql_col_i64(res, row, 38);
	c->why = PQgetisnull(res, row, 39) ? NULL : strdup(ql_col_text(res, row, 39));
	c->merged_into = ql_col_i64(res, row, 40);
	COPY(c->merged_state, 41);
	read_hex(c->head, CASE_HASH, ql_col_text(res, row, 42));
	c->lead_refusals = (int)ql_col_i64(res, row, 43);
	c->n_recused = read_ids(c->recused, CASE_RECUSED, ql_col_text(res, row, 44));
	c->held_until = ql_col_time(res, row, 46);
	c->awaited = (int32_t)ql_col_i64(res, row, 47);
	c->announced_at = ql_col_time(res, row, 48);
	c->pressed_at = ql_col_time(res, row, 49);
	c->announced = (int32_t)ql_col_i64(res, row, 50);
}

static enum ql_rc read_cases(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct casebook *cb = ctx;

	for (int row = 0; row < PQntuples(res); row++) {
		struct case_file *c;

		if (cb->n_cases == CASEBOOK_CASES)
			return ql_fail(err, QL_FATAL, "a unit of work holds at most %d cases", CASEBOOK_CASES);
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return ql_fail(err, QL_RETRY, "no memory for a case");
		cb->cases[cb->n_cases++] = c;
		read_facts(c, res, row);
		read_course(c, res, row);
		if (!read_names(c, res, row))
			return ql_fail(err, QL_FATAL, "case %s is in a state this release does not know", c->number);
		c->found_open = lifecycle_is_open(c->state);
		c->found_lead = c->lead_unit;
	}
	return QL_OK;
}

static bool read_clock_state(const char *name, enum clock_state *state)
{
	static const char *const STATES[] = { "running", "paused", "met", "stopped" };

	for (size_t i = 0; i < QL_LEN(STATES); i++)
		if (strcmp(STATES[i], name) == 0) {
			*state = (enum clock_state)i;
			return true;
		}
	return false;
}

static enum ql_rc read_clocks(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct case_file *c = casebook_find(ctx, ql_col_i64(res, row, 0));
		struct case_clock *k;

		if (c == NULL || c->n_clocks == CASE_CLOCKS)
			continue; /* more ended ones than a reopening can want: the earlier stay as they are */
		k = &c->clock[c->n_clocks++];
		k->seq = (int)ql_col_i64(res, row, 1);
		k->party = (int)ql_col_i64(res, row, 2);
		k->cycle = (int)ql_col_i64(res, row, 4);
		k->policy = (int32_t)ql_col_i64(res, row, 6);
		k->calendar = (int32_t)ql_col_i64(res, row, 7);
		k->started_at = ql_col_time(res, row, 8);
		k->due_at = ql_col_time(res, row, 9);
		k->next_fire_at = ql_col_time(res, row, 10);
		k->fired = (uint32_t)ql_col_i64(res, row, 11);
		k->breached_at = ql_col_time(res, row, 12);
		k->ended_at = ql_col_time(res, row, 13);
		k->extension = (int32_t)ql_col_i64(res, row, 14);
		k->round = (int)ql_col_i64(res, row, 15);
		if (!clock_kind_parse(ql_col_text(res, row, 3), &k->kind) || !read_clock_state(ql_col_text(res, row, 5), &k->state))
			return ql_fail(err, QL_FATAL, "case %s has a clock this release does not know", c->number);
	}
	return QL_OK;
}

static enum ql_rc read_segments(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct case_file *c = casebook_find(ctx, ql_col_i64(res, row, 0));
		int seq = (int)ql_col_i64(res, row, 1), i = 0;

		while (c != NULL && i < c->n_clocks && c->clock[i].seq != seq)
			i++;
		if (c == NULL || i == c->n_clocks)
			continue;
		struct case_clock *k = &c->clock[i];

		if (k->segments == CLOCK_SEGMENTS)
			return ql_fail(err, QL_FATAL, "clock %d of case %s has more than %d segments", seq, c->number, CLOCK_SEGMENTS);
		k->segment[k->segments].run = strcmp(ql_col_text(res, row, 2), "run") == 0 ? CLOCK_RUN : CLOCK_PAUSE;
		k->segment[k->segments].from = ql_col_time(res, row, 3);
		k->segment[k->segments].to = ql_col_time(res, row, 4);
		k->stored = ++k->segments;
	}
	return QL_OK;
}

static bool read_party_state(const char *name, enum party_state *state)
{
	static const char *const STATES[PARTY_STATES] = { "invited", "refused", "working", "done", "withdrawn" };

	for (size_t i = 0; i < QL_LEN(STATES); i++)
		if (strcmp(STATES[i], name) == 0) {
			*state = (enum party_state)i;
			return true;
		}
	return false;
}

static enum ql_rc read_parties(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct case_file *c = casebook_find(ctx, ql_col_i64(res, row, 0));
		struct case_party *p;

		if (c == NULL || c->n_parties == CASE_PARTIES)
			continue; /* more are never made */
		p = &c->party[c->n_parties++];
		p->seq = (int)ql_col_i64(res, row, 1);
		p->unit = (int32_t)ql_col_i64(res, row, 2);
		COPY(p->capacity, 3);
		p->lead = ql_col_bool(res, row, 4);
		p->asked_lead = ql_col_bool(res, row, 5);
		p->coordinator = ql_col_i64(res, row, 7);
		p->asked = ql_col_i64(res, row, 8);
		p->weight = (int32_t)ql_col_i64(res, row, 9);
		p->invited_by = (int32_t)ql_col_i64(res, row, 10);
		p->n_tried = read_ids(p->tried, PARTY_TRIED, ql_col_text(res, row, 11));
		p->wanted = (int32_t)ql_col_i64(res, row, 12);
		p->contribution = (int32_t)ql_col_i64(res, row, 13);
		p->result = (int32_t)ql_col_i64(res, row, 14);
		p->since = ql_col_time(res, row, 15);
		p->accepted_at = ql_col_time(res, row, 16);
		p->ended_at = ql_col_time(res, row, 17);
		if (!read_party_state(ql_col_text(res, row, 6), &p->state))
			return ql_fail(err, QL_FATAL, "case %s has a party in a state this release does not know", c->number);
	}
	return QL_OK;
}

/* "{1,2,3}" of those ids that the unit does not hold yet. */
static void put_missing(struct ql_buf *b, struct casebook *cb, const int64_t *ids, size_t n)
{
	ql_buf_str(b, "{");
	for (size_t i = 0; i < n; i++)
		if (casebook_find(cb, ids[i]) == NULL)
			ql_buf_fmt(b, "%s%lld", b->len > 1 ? "," : "", (long long)ids[i]);
	ql_buf_str(b, "}");
}

enum ql_rc casestore_load(struct casebook *cb, const int64_t *ids, size_t n, struct ql_err *err)
{
	static const struct { const struct ql_query *query; ql_pg_rows *read; } LOADS[] = {
		{ &LOAD_CASES, read_cases }, { &LOAD_CLOCKS, read_clocks }, { &LOAD_SEGMENTS, read_segments }, { &LOAD_PARTIES, read_parties },
	};
	struct ql_buf list;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&list, 32 * CASEBOOK_CASES);
	put_missing(&list, cb, ids, n);
	if (!ql_buf_ok(&list))
		rc = ql_fail(err, QL_FATAL, "more than %d cases in one load", CASEBOOK_CASES);
	if (list.len > 2) {
		for (size_t i = 0; rc == QL_OK && i < QL_LEN(LOADS); i++) {
			struct ql_args a = { 0 };

			ql_arg_text(&a, OID_INT8_A, list.data);
			rc = ql_pg_queue(cb->pg, LOADS[i].query, &a, -1, LOADS[i].read, cb, err);
		}
		if (rc == QL_OK)
			rc = ql_pg_flush(cb->pg, err);
	}
	ql_buf_free(&list);
	return rc;
}

/* --- taking capacity --- */

struct taking { struct take *takes; size_t n; };

static enum ql_rc read_taken(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct taking *t = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++)
		for (size_t i = 0; i < t->n; i++)
			if (t->takes[i].coordinator == ql_col_i64(res, row, 0))
				t->takes[i].taken = true;
	return QL_OK;
}

static enum ql_rc read_loads(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct taking *t = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++)
		for (size_t i = 0; i < t->n; i++)
			if (t->takes[i].coordinator == ql_col_i64(res, row, 0)) {
				t->takes[i].load = (int32_t)ql_col_i64(res, row, 1);
				t->takes[i].capacity = (int32_t)ql_col_i64(res, row, 2);
			}
	return QL_OK;
}

static enum ql_rc queue_text(struct casebook *cb, const struct ql_query *q, const char *value, ql_pg_rows *read, void *ctx, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, q->types[0], value);
	return ql_pg_queue(cb->pg, q, &a, -1, read, ctx, err);
}

enum ql_rc casestore_take(struct casebook *cb, struct take *takes, size_t n, struct ql_err *err)
{
	struct taking t = { takes, n };
	struct ql_buf ids, rows;
	enum ql_rc rc;

	ql_buf_init(&ids, 32 * CASEBOOK_CASES);
	ql_buf_init(&rows, 96 * CASEBOOK_CASES);
	ql_json_open(&rows, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		takes[i].taken = false;
		ql_buf_fmt(&ids, "%s%lld", i == 0 ? "{" : ",", (long long)takes[i].coordinator);
		ql_json_open(&rows, NULL, '{');
		ql_json_i64(&rows, "id", takes[i].coordinator);
		ql_json_i64(&rows, "weight", takes[i].weight);
		ql_json_close(&rows, '}');
	}
	ql_json_close(&rows, ']');
	ql_buf_str(&ids, "}");
	if (!ql_buf_ok(&ids) || !ql_buf_ok(&rows))
		rc = ql_fail(err, QL_FATAL, "more than %d coordinators in one take", CASEBOOK_CASES);
	else
		rc = queue_text(cb, &TAKE_LOCK, ids.data, NULL, NULL, err);
	if (rc == QL_OK)
		rc = queue_text(cb, &TAKE, rows.data, read_taken, &t, err);
	if (rc == QL_OK)
		rc = queue_text(cb, &LOADS_OF, ids.data, read_loads, &t, err);
	if (rc == QL_OK)
		rc = ql_pg_flush(cb->pg, err);
	ql_buf_free(&ids);
	ql_buf_free(&rows);
	return rc;
}

/* --- names of enterprises, for the search --- */

static const struct ql_query NAMES = {
	"cb_names",
	"select id, name, uscc, customs_code, aeo_code from ql.enterprises where id = any ($1) order by id",
	1, { OID_INT8_A },
};

static enum ql_rc read_names_of(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct casebook *cb = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++)
		search_name(&cb->search, ql_col_i64(res, row, 0),
		            (const char *const[]){ ql_col_text(res, row, 1), ql_col_text(res, row, 2), ql_col_text(res, row, 3), ql_col_text(res, row, 4) });
	return QL_OK;
}

enum ql_rc casestore_names(struct casebook *cb, struct ql_err *err)
{
	struct ql_buf ids;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&ids, 32 * CASEBOOK_CASES * CASE_ENTERPRISES);
	if (search_wants_names(&cb->search, &ids))
		rc = ql_buf_ok(&ids) ? queue_text(cb, &NAMES, ids.data, read_names_of, cb, err) : ql_fail(err, QL_FATAL, "more enterprises than a unit of work holds");
	ql_buf_free(&ids);
	return rc == QL_OK ? ql_pg_flush(cb->pg, err) : rc;
}

/* --- writing --- */

enum ql_rc casestore_write(struct casebook *cb, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int i = 0; rc == QL_OK && i < STAGES; i++) {
		rc = ql_rows_queue(cb->pg, &WRITES[i].query, &cb->rows[i], WRITES[i].exact, err);
		if (rc == QL_OK && i == STAGE_CASES_CHANGED)
			rc = ql_rows_queue(cb->pg, &ACCESS_CHANGED, &cb->rows[i], false, err);
	}
	if (rc == QL_OK)
		rc = ql_pg_flush(cb->pg, err);
	for (int i = 0; i < STAGES; i++)
		ql_rows_reset(&cb->rows[i]);
	return rc;
}
