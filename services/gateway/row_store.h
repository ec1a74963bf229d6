/* row_store.h -- the board row, in SQL: the one text behind lists, snapshots, single reads and live events.
 *
 *   "select " QL_ROW_JSON(QL_AS_STAFF, QL_AS_OWN, "") " from ql.cases c" QL_ROW_JOINS " where ..."
 *
 * staff and own are SQL conditions: is the reader staff; is the reader the principal of case c. Other readers are told
 * neither who the principal is nor what is internal (load, why, the clocks of assignment). Officers are named to whoever may see the
 * case. The alias c must be ql.cases or have its columns.
 */
#ifndef QL_GATEWAY_ROW_STORE_H
#define QL_GATEWAY_ROW_STORE_H

/* RFC 3339 in UTC: every connection runs with TimeZone UTC. */
#define QL_AT(time) "to_char(" time ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

#define QL_AS_STAFF "(select ql.is_staff())"
#define QL_AS_OWN   "(c.principal_id = (select ql.my_enterprise()))"

/* While an officer can still take words back, outsiders are shown the state before them. */
#define QL_HELD(staff)  "(not " staff " and coalesce(c.held_until > now(), false))"
#define QL_STATE(staff) "case when " QL_HELD(staff) " then coalesce(c.held_state, c.state) else c.state end"

#define QL_ROW_COLUMNS(staff, own) \
	"c.id, c.number, c.version, c.procedure, " QL_STATE(staff) " as state, c.subject, c.category, c.priority, c.channel," \
	" case when " staff " or " own " then c.tier else 'unknown' end as tier," \
	" case when e.id is not null and (" staff " or " own ") then json_build_object('id', e.id, 'name', e.name, 'uscc', e.uscc) end as enterprise," \
	" lu.code as unit, du.code as district, gu.code as goods_unit," \
	" case when c.coordinator_id is not null then json_build_object('id', c.coordinator_id, 'name'," \
	"  case when k.id is not null then k.name else ql.officer_name(c.id, c.coordinator_id) end) end as coordinator," \
	" case " QL_STATE(staff) " when 'received' then 'duty' when 'assigned' then 'coordinator' when 'working' then 'coordinator'" \
	" when 'waiting_enterprise' then 'enterprise' when 'answered' then 'enterprise' else 'nobody' end as turn," \
	" " QL_AT("c.opened_at") " as opened_at, case when not " QL_HELD(staff) " then " QL_AT("c.closed_at") " end as closed_at," \
	" case when not " QL_HELD(staff) " then c.outcome end as outcome, " QL_AT("c.needed_by") " as needed_by, c.needed_reason," \
	" " QL_AT("c.promise_at") " as promise_at, " QL_AT("least(c.promise_at, c.needed_by)") " as due_at," \
	" case when " staff " then t.next else t.public_next end as next_clock," \
	" coalesce(case when " staff " then t.breached else t.public_breached end, '[]'::json) as breached," \
	" case when " staff " then c.why end as why," \
	" case when " staff " then c.entries end as messages, c.repeats, " QL_AT("c.updated_at") " as updated_at"

#define QL_NEXT_CLOCK(filter) \
	"(array_agg(json_build_object('kind', x.kind, 'due_at', " QL_AT("x.due_at") ", 'state', case when x.breached_at is not null then 'breached'" \
	" when x.fired <> 0 then 'warned' else 'running' end) order by x.due_at) filter (where x.state = 'running' and x.due_at is not null" filter "))[1]"
#define QL_PUBLIC_CLOCK "x.kind not in ('unassigned', 'accept', 'joint_accept', 'joint_result', 'arbitration')"

/* What a row is made of besides the case itself. */
#define QL_ROW_JOINS \
	" join ql.units lu on lu.id = c.lead_unit_id" \
	" left join ql.units du on du.id = c.district_id" \
	" left join ql.units gu on gu.id = c.goods_unit_id" \
	" left join ql.coordinators k on k.id = c.coordinator_id" \
	" left join ql.enterprises e on e.id = c.principal_id" \
	" left join lateral (select " QL_NEXT_CLOCK("") " as next, " QL_NEXT_CLOCK(" and " QL_PUBLIC_CLOCK) " as public_next," \
	"  json_agg(x.kind order by x.seq) filter (where x.breached_at is not null) as breached," \
	"  json_agg(x.kind order by x.seq) filter (where x.breached_at is not null and " QL_PUBLIC_CLOCK ") as public_breached" \
	"  from ql.clocks x where x.case_id = c.id) t on true"

/* The row as JSON text; more columns may be appended (", ... as text"), or "". */
#define QL_ROW_JSON(staff, own, more) "(select row_to_json(r) from (select " QL_ROW_COLUMNS(staff, own) more ") r)"

/* A row of the roster: coordinator k of unit u. */
#define QL_ROSTER_ROW \
	"json_build_object('id', k.id, 'name', k.name, 'unit', u.code, 'load', k.open_weight, 'capacity', k.capacity," \
	" 'on_duty', exists (select from ql.shifts s where s.coordinator_id = k.id and s.ends_at > now() and s.starts_at <= now())," \
	" 'available', (k.available or coalesce(k.available_until <= now(), false))" \
	"  and not exists (select from ql.absences b where b.coordinator_id = k.id and b.starts_at <= now() and b.ends_at > now())," \
	" 'until', " QL_AT("k.available_until") "," \
	" 'skills', (select coalesce(json_agg(s.skill order by s.skill), '[]') from ql.coordinator_skills s where s.coordinator_id = k.id)," \
	" 'languages', (select coalesce(json_agg(s.language order by s.language), '[]') from ql.coordinator_languages s where s.coordinator_id = k.id)," \
	" 'pools', (select coalesce(json_agg(distinct p.pool), '[]') from ql.coordinator_pools p where p.coordinator_id = k.id))"

#endif
