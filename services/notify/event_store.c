#include "notify/event_store.h"
#include <stdio.h>
#include <stdlib.h>

#define MOVES_BYTES_MAX (64 * 1024)
#define STALE "interval '1 day'" /* what happened longer ago is history, not news: a log read from its beginning tells nobody */

static const struct ql_query PLACE = {
	"nt_place",
	"insert into ql.notify_positions as p (cluster, topic, part, next_offset) values ($1, $2, $3, 0)"
	" on conflict (cluster, topic, part) do update set next_offset = p.next_offset"
	" returning next_offset",
	3, { OID_TEXT, OID_TEXT, OID_INT4 },
};
static const struct ql_query MOVE = { /* the guard: who lost the partition finds the row moved and rolls back */
	"nt_move",
	"update ql.notify_positions p set next_offset = r.next, updated_at = now()"
	"  from json_to_recordset($1) as r (cluster text, topic text, part int4, expected int8, next int8)"
	" where p.cluster = r.cluster and p.topic = r.topic and p.part = r.part and p.next_offset = r.expected",
	1, { OID_JSON },
};

/* An enterprise reads what is public and its own, of the facts only the result, and not before the words are out: a message that
 * may still be taken back holds its event. A unit reads what its people read. */
static const struct ql_query DELIVERIES = {
	"nt_deliveries",
	"insert into ql.webhook_deliveries (webhook_id, case_id, version, event, body, due_at)"
	" select w.id, e.case_id, e.version, e.event, json_build_object('type', 'case.' || e.event, 'timestamp', e.at, 'data', json_build_object("
	"   'number', e.number, 'version', e.version, 'event', e.event, 'state', e.state, 'facts', case when w.enterprise_id is null then e.data else"
	"   (select coalesce(json_object_agg(d.key, d.value), '{}') from json_each(e.data) d where d.key in ('outcome', 'department', 'way')) end))::text,"
	"   greatest(now(), case when w.enterprise_id is not null then"
	"   (select max(g.due_at) from ql.messages g where g.case_id = e.case_id and g.version = e.version) end)"
	"  from rows from (json_to_recordset($1) as (case_id int8, version int4, number text, event text, state text, at text, audience text, unit int4,"
	"   enterprise int8, data json)) with ordinality as e (case_id, version, number, event, state, at, audience, unit, enterprise, data, n)"
	"  join ql.case_access a on a.case_id = e.case_id"
	"  join ql.webhooks w on w.scope = a.scope and w.state = 'active'"
	" where (w.events is null or e.event = any (w.events)) and e.at::timestamptz >= date_trunc('milliseconds', w.created_at)" /* events may come with whole milliseconds */
	"   and case when w.enterprise_id is not null then e.audience = 'public' and (e.enterprise is null or e.enterprise = w.enterprise_id)"
	"            else e.audience in ('public', 'parties') or (e.audience = 'unit' and e.unit = w.unit_id) end"
	" order by e.n, w.id"
	" on conflict (webhook_id, case_id, version) do nothing",
	1, { OID_JSON },
};

static const struct ql_query RECIPIENTS = {
	"nt_recipients",
	"select u.id, e.case_id, e.version, u.unit_id, k.kind, coalesce(s.ways ->> k.kind, ''), s.digest_hour, s.quiet,"
	"       exists (select from ql.shifts h where h.coordinator_id = u.coordinator_id and h.starts_at <= now() and h.ends_at > now()),"
	"       c.priority = 'urgent'"
	"  from json_to_recordset($1) as e (case_id int8, version int4, at timestamptz, kind text, who text, officer int8, party int2, of_unit text, person int8,"
	"        actor_kind text, actor int8, audience text, unit int4)"
	"  join ql.cases c on c.id = e.case_id"
	" cross join lateral (values (e.kind, e.who), ('followed', 'followers')) k (kind, who)"
	" cross join lateral ("
	"   select x.id from ql.users x where k.who = 'officer' and x.coordinator_id = coalesce(e.officer, case when e.party is null"
	"     then c.coordinator_id else (select y.coordinator_id from ql.case_parties y where y.case_id = e.case_id and y.seq = e.party) end)"
	"   union select x.id from ql.coordinator_pools p join ql.users x on x.coordinator_id = p.coordinator_id"
	"    where k.who = 'duty' and p.pool = 'duty' and p.unit_id = ("
	"     select q.unit_id from ql.units l cross join unnest(l.ancestors) with ordinality v (id, depth)"
	"       join ql.coordinator_pools q on q.unit_id = v.id and q.pool = 'duty'"
	"      where l.id = coalesce((select z.id from ql.units z where z.code = e.of_unit), c.lead_unit_id) order by v.depth limit 1)"
	"   union select e.person where k.who = 'person'"
	"   union select f.user_id from ql.case_followers f where k.who = 'followers' and f.case_id = e.case_id) t"
	"  join ql.users u on u.id = t.id and u.disabled_at is null"
	"  join ql.notice_settings s on s.user_id = u.id and s.mail is not null"
	" where k.kind is not null and e.at > now() - " STALE " and coalesce(s.ways ->> k.kind, '') <> 'off'"
	"   and (k.who <> 'followers' or (exists (select from ql.case_access a where a.case_id = e.case_id and a.scope = coalesce(u.unit_id, -u.enterprise_id))"
	"        and case when u.enterprise_id is not null then e.audience = 'public' and e.actor_kind <> 'enterprise'" /* they may not see more by following */
	"                 else e.audience in ('public', 'parties') or (e.audience = 'unit' and e.unit = u.unit_id) end))"
	"   and not coalesce(u.coordinator_id = any (c.recused), false)"
	"   and not coalesce(e.actor_kind = 'coordinator' and e.actor = u.coordinator_id, false)" /* nobody is told what they did themselves */
	"   and not coalesce(e.actor_kind in ('supervisor', 'operator') and e.actor = u.id, false)",
	1, { OID_JSON },
};
static const struct ql_query NOTICES = {
	"nt_notices",
	"insert into ql.notices_out as o (user_id, kind, case_id, version, times, way, due_at)"
	" select r.user_id, r.kind, r.case_id, max(r.version), count(*), min(r.way), min(r.due_at)"
	"  from json_to_recordset($1) as r (user_id int8, kind text, case_id int8, version int4, way text, due_at timestamptz)"
	" where not exists (select from ql.notices_out t where t.user_id = r.user_id and t.case_id = r.case_id and t.kind = r.kind and t.version >= r.version)"
	" group by r.user_id, r.kind, r.case_id"
	" on conflict (user_id, case_id, kind) where state = 'queued' do update set version = greatest(o.version, excluded.version),"
	"   times = o.times + excluded.times, due_at = least(o.due_at, excluded.due_at)",
	1, { OID_JSON },
};

enum ql_rc store_place(struct ql_pg *pg, const char *cluster, const char *topic, int32_t part, int64_t *next, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_text(&a, OID_TEXT, cluster);
	ql_arg_text(&a, OID_TEXT, topic);
	ql_arg_i32(&a, part);
	enum ql_rc rc = ql_pg_run(pg, &PLACE, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*next = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_move(struct ql_pg *pg, const char *cluster, const char *topic, const struct place *places, size_t n, struct ql_err *err)
{
	struct ql_rows moves;
	enum ql_rc rc;

	ql_rows_init(&moves, MOVES_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		struct ql_buf *row;

		if (places[i].next == places[i].expected)
			continue;
		row = ql_rows_begin(&moves);
		ql_json_text(row, "cluster", cluster);
		ql_json_text(row, "topic", topic);
		ql_json_i64(row, "part", places[i].part);
		ql_json_i64(row, "expected", places[i].expected);
		ql_json_i64(row, "next", places[i].next);
		ql_rows_end(&moves);
	}
	rc = ql_rows_queue(pg, &MOVE, &moves, true, err);
	ql_rows_free(&moves);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_deliveries(struct ql_pg *pg, const struct ql_buf *rows, int64_t *made, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_textn(&a, OID_JSON, rows->data, rows->len);
	enum ql_rc rc = ql_pg_run(pg, &DELIVERIES, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*made = strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_recipients(struct ql_pg *pg, const struct ql_buf *rows, recipient_each *each, void *ctx, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_textn(&a, OID_JSON, rows->data, rows->len);
	enum ql_rc rc = ql_pg_run(pg, &RECIPIENTS, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	for (int i = 0; i < PQntuples(res); i++) {
		struct recipient r = { .user = ql_col_i64(res, i, 0), .case_id = ql_col_i64(res, i, 1), .version = (int32_t)ql_col_i64(res, i, 2),
			.unit = (int32_t)ql_col_i64(res, i, 3), .digest_hour = (int)ql_col_i64(res, i, 6), .quiet = ql_col_bool(res, i, 7),
			.at_work = ql_col_bool(res, i, 8), .urgent = ql_col_bool(res, i, 9) };

		snprintf(r.kind, sizeof(r.kind), "%s", ql_col_text(res, i, 4));
		snprintf(r.way, sizeof(r.way), "%s", ql_col_text(res, i, 5));
		each(ctx, &r);
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_notices(struct ql_pg *pg, struct ql_rows *rows, struct ql_err *err)
{
	enum ql_rc rc = ql_rows_queue(pg, &NOTICES, rows, false, err);

	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}
