#include "tools/qlctl/import_store.h"
#include <stdio.h>

/* In the order in which they refer to each other. A merge that changes nothing touches nothing: reference_version stays. */
const struct import_table IMPORT_TABLES[] = {
	{ "units", "code text, kind text, name_zh text, name_en text, name_ru text, parent text, valid_from date, valid_to date",
	  "insert into ql.units (code, kind, name_zh, name_en, name_ru, valid_from, valid_to)"
	  " select code, kind, name_zh, name_en, name_ru, valid_from, valid_to from pg_temp.units"
	  " on conflict (code) do update set kind = excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en, name_ru = excluded.name_ru,"
	  " valid_from = excluded.valid_from, valid_to = excluded.valid_to;"
	  " update ql.units u set parent_id = p.id from pg_temp.units t join ql.units p on p.code = t.parent"
	  " where u.code = t.code and u.parent_id is distinct from p.id;"
	  " select ql.units_link()" },
	{ "calendars", "code text, version int, name_zh text, name_en text, observes_holidays bool, utc_offset int, valid_from date, worsens bool",
	  "insert into ql.calendars (code, version, name_zh, name_en, observes_holidays, utc_offset, valid_from, worsens)"
	  " select * from pg_temp.calendars on conflict (code, version) do nothing" },
	{ "calendar_slots", "code text, version int, weekday int, from_minute int, to_minute int",
	  "insert into ql.calendar_slots (calendar_id, weekday, from_minute, to_minute)"
	  " select c.id, t.weekday, t.from_minute, t.to_minute from pg_temp.calendar_slots t"
	  " join ql.calendars c on c.code = t.code and c.version = t.version on conflict do nothing" },
	{ "calendar_days", "code text, version int, day date, kind text, from_minute int, to_minute int, name text",
	  "insert into ql.calendar_days (calendar_id, day, kind, from_minute, to_minute, name)"
	  " select c.id, t.day, t.kind, t.from_minute, t.to_minute, t.name from pg_temp.calendar_days t"
	  " join ql.calendars c on c.code = t.code and c.version = t.version on conflict (calendar_id, day) do nothing" },
	{ "holidays", "day date, kind text, name text, verified text",
	  "insert into ql.holidays (day, kind, name, verified) select * from pg_temp.holidays"
	  " on conflict (day) do update set kind = excluded.kind, name = excluded.name, verified = excluded.verified" },
	{ "unit_calendars", "unit text, service text, calendar text",
	  "insert into ql.unit_calendars (unit_id, service, calendar)"
	  " select u.id, t.service, t.calendar from pg_temp.unit_calendars t join ql.units u on u.code = t.unit"
	  " on conflict (unit_id, service) do update set calendar = excluded.calendar" },
	{ "skills", "code text, bit int, name_zh text, name_en text, name_ru text",
	  "insert into ql.skills select * from pg_temp.skills on conflict (code) do update"
	  " set name_zh = excluded.name_zh, name_en = excluded.name_en, name_ru = excluded.name_ru" },
	{ "languages", "code text, bit int, name_zh text, name_en text, name_ru text",
	  "insert into ql.languages select * from pg_temp.languages on conflict (code) do update"
	  " set name_zh = excluded.name_zh, name_en = excluded.name_en, name_ru = excluded.name_ru" },
	{ "categories",
	  "code text, kind text, name_zh text, name_en text, name_ru text, measures int[], skill text, unit_role text, weight int, valid_from date, valid_to date,"
	  " preferred_skills text[]",
	  "insert into ql.categories (code, kind, name_zh, name_en, name_ru, measures, skill, unit_role, weight, valid_from, valid_to, preferred_skills)"
	  " select * from pg_temp.categories on conflict (code) do update set kind = excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en,"
	  " name_ru = excluded.name_ru, measures = excluded.measures, skill = excluded.skill, unit_role = excluded.unit_role, weight = excluded.weight,"
	  " valid_from = excluded.valid_from, valid_to = excluded.valid_to, preferred_skills = excluded.preferred_skills" },
	{ "duty_plan", "unit text, pool text, service text",
	  "insert into ql.duty_plan (unit_id, pool, service) select u.id, t.pool, t.service from pg_temp.duty_plan t join ql.units u on u.code = t.unit"
	  " on conflict (unit_id, pool) do update set service = excluded.service" },
	{ "channel_codes",
	  "source text, code text, name_zh text, name_en text, rank int, opens text, category text, watch_rule text, doubt text, valid_from date, valid_to date",
	  "insert into ql.channel_codes (source, code, name_zh, name_en, rank, opens, category, watch_rule, doubt, valid_from, valid_to)"
	  " select * from pg_temp.channel_codes on conflict (source, code, valid_from) do update set name_zh = excluded.name_zh, name_en = excluded.name_en,"
	  " rank = excluded.rank, opens = excluded.opens, category = excluded.category, watch_rule = excluded.watch_rule, doubt = excluded.doubt,"
	  " valid_to = excluded.valid_to" },
	{ "liftings", "kind text, source text, code text, capacity text, rank int, why_zh text, why_en text, why_ru text",
	  "insert into ql.liftings (kind, source, code, capacity, rank, why_zh, why_en, why_ru)"
	  " select kind, coalesce(source, ''), code, capacity, rank, why_zh, why_en, why_ru from pg_temp.liftings"
	  " on conflict (kind, source, code, capacity) do update set rank = excluded.rank, why_zh = excluded.why_zh, why_en = excluded.why_en,"
	  " why_ru = excluded.why_ru" },
	{ "watch_rules",
	  "code text, armed_by text[], disarmed_by text[], amount int, amount_unit text, tiers text[], category text, name_zh text, name_en text,"
	  " valid_from date, valid_to date",
	  "insert into ql.watch_rules (code, armed_by, disarmed_by, amount, amount_unit, tiers, category, name_zh, name_en, valid_from, valid_to)"
	  " select * from pg_temp.watch_rules on conflict (code) do update set armed_by = excluded.armed_by, disarmed_by = excluded.disarmed_by,"
	  " amount = excluded.amount, amount_unit = excluded.amount_unit, tiers = excluded.tiers, category = excluded.category, name_zh = excluded.name_zh,"
	  " name_en = excluded.name_en, valid_from = excluded.valid_from, valid_to = excluded.valid_to" },
	{ "credit_classes", "scheme text, code text, name_zh text, name_en text, name_ru text, tier text, rank int, valid_from date, valid_to date",
	  "insert into ql.credit_classes (scheme, code, name_zh, name_en, name_ru, tier, rank, valid_from, valid_to)"
	  " select * from pg_temp.credit_classes on conflict (scheme, code) do update set name_zh = excluded.name_zh, name_en = excluded.name_en,"
	  " name_ru = excluded.name_ru, tier = excluded.tier, rank = excluded.rank, valid_from = excluded.valid_from, valid_to = excluded.valid_to" },
	{ "measures",
	  "no int, group_code text, title_zh text, title_en text, parameter text, unit text, baseline text, comparison text, target text, issuer text,"
	  " valid_from date, valid_to date",
	  "insert into ql.measures (no, group_code, title_zh, title_en, parameter, unit, baseline, comparison, target, issuer, valid_from, valid_to)"
	  " select * from pg_temp.measures on conflict (issuer, no, valid_from) do update set title_zh = excluded.title_zh, title_en = excluded.title_en,"
	  " target = excluded.target, valid_to = excluded.valid_to" },
	{ "policies", /* a version is immutable: clocks point at it */
	  "code text, version int, procedure text, clock text, reach text, category text, tier text, priority text, channel text, amount int,"
	  " amount_unit text, service text, thresholds text[]",
	  "insert into ql.policies (code, version, procedure, clock, reach, category, tier, priority, channel, amount, amount_unit, service, thresholds)"
	  " select * from pg_temp.policies on conflict (code, version) do nothing" },
	{ "risk_words", "word text, class text",
	  "insert into ql.risk_words (word, class) select word, class from pg_temp.risk_words"
	  " on conflict (word) do update set class = excluded.class where ql.risk_words.class is distinct from excluded.class" },
	{ "parameters", "key text, value jsonb, doc text",
	  "insert into ql.parameters (key, value, doc) select key, value, doc from pg_temp.parameters"
	  " on conflict (key) do nothing" },
};
const size_t IMPORT_TABLES_N = sizeof(IMPORT_TABLES) / sizeof(IMPORT_TABLES[0]);

static enum ql_rc run(PGconn *conn, const char *sql, ExecStatusType want, const char *file, struct ql_err *err)
{
	PGresult *res = PQexec(conn, sql);
	bool ok = PQresultStatus(res) == want || (want == PGRES_COMMAND_OK && PQresultStatus(res) == PGRES_TUPLES_OK);

	PQclear(res);
	return ok ? QL_OK : ql_fail(err, QL_FATAL, "%s: %.180s", file, PQerrorMessage(conn));
}

enum ql_rc import_store_open(PGconn *conn, const struct import_table *t, struct ql_err *err)
{
	char sql[1024];

	snprintf(sql, sizeof(sql), "create temporary table %s (%s) on commit drop; copy pg_temp.%s from stdin (format csv, header true)", t->name, t->columns, t->name);
	return run(conn, sql, PGRES_COPY_IN, t->name, err);
}

enum ql_rc import_store_merge(PGconn *conn, const struct import_table *t, struct ql_err *err) { return run(conn, t->merge, PGRES_COMMAND_OK, t->name, err); }
