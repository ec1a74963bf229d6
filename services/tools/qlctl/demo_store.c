#include "tools/qlctl/demo_store.h"
#include <stdio.h>
#include <string.h>

#define ROWS_BYTES_MAX (4 * 1024 * 1024)

static const struct ql_query OFFICES = {
	"demo_offices",
	"select code from ql.units u where kind = 'office' or (kind = 'district' and not exists (select from ql.units o where o.parent_id = u.id and o.kind = 'office'))"
	" order by code limit 200",
	0, { 0 },
};
#define ENTERPRISE_ROWS \
	"json_to_recordset($1) as r (uscc text, name text, home text, contact text, phone text, channel text, channel_user text, class282 text," \
	" class251 text, broker bool)"
static const struct ql_query ENTERPRISES = {
	"demo_enterprises",
	"insert into ql.enterprises as e (uscc, name, home_unit_id, is_broker)"
	" select r.uscc, r.name, u.id, r.broker from " ENTERPRISE_ROWS " join ql.units u on u.code = r.home"
	" on conflict (uscc) do update set name = excluded.name, home_unit_id = excluded.home_unit_id, is_broker = excluded.is_broker, known = true"
	" where not e.known or (e.name, e.home_unit_id, e.is_broker) is distinct from (excluded.name, excluded.home_unit_id, excluded.is_broker)",
	1, { OID_JSON },
};
static const struct ql_query CLASSES = {
	"demo_classes",
	"insert into ql.enterprise_classes (enterprise_id, scheme, class, valid_from, valid_to, source)"
	" select e.id, k.scheme, k.class, k.valid_from, k.valid_to, 'demo' from " ENTERPRISE_ROWS " join ql.enterprises e on e.uscc = r.uscc"
	"  cross join lateral (values ('decree282', r.class282, date '2026-04-01', null), ('decree251', r.class251, date '2021-11-01', date '2026-03-31'))"
	"    as k (scheme, class, valid_from, valid_to)"
	"  where k.class is not null on conflict do nothing",
	1, { OID_JSON },
};
static const struct ql_query CONTACTS = {
	"demo_contacts",
	"insert into ql.contacts (enterprise_id, name, phone, phone_key, channel, channel_user, is_senior, language)"
	" select e.id, r.contact, r.phone, r.phone, r.channel, r.channel_user, true, 'zh' from " ENTERPRISE_ROWS " join ql.enterprises e on e.uscc = r.uscc"
	"  where not exists (select from ql.contacts c where c.enterprise_id = e.id and c.channel_user = r.channel_user)",
	1, { OID_JSON },
};
static const struct ql_query COORDINATORS = {
	"demo_coordinators",
	"insert into ql.coordinators (staff_no, name, unit_id, capacity)"
	" select r.staff_no, r.name, u.id, 20 from json_to_recordset($1) as r (staff_no text, name text, unit text) join ql.units u on u.code = r.unit"
	" on conflict (staff_no) do nothing",
	1, { OID_JSON },
};
static const struct ql_query POOLS = {
	"demo_pools",
	"insert into ql.coordinator_pools (coordinator_id, unit_id, pool)"
	" select c.id, c.unit_id, r.pool from json_to_recordset($1) as r (staff_no text, pool text) join ql.coordinators c using (staff_no)"
	" on conflict do nothing",
	1, { OID_JSON },
};
/* Every officer has most skills, the district pools and the nation all of them; every third one speaks English, some Russian. */
static const struct ql_query SKILLS = {
	"demo_skills",
	"insert into ql.coordinator_skills (coordinator_id, skill)"
	" select c.id, s.code from json_to_recordset($1) as r (staff_no text, pool text, n int) join ql.coordinators c using (staff_no) cross join ql.skills s"
	"  where r.pool <> 'office' or (r.n + s.bit) % 4 <> 0 on conflict do nothing",
	1, { OID_JSON },
};
static const struct ql_query LANGUAGES = {
	"demo_languages",
	"insert into ql.coordinator_languages (coordinator_id, language)"
	" select c.id, l.code from json_to_recordset($1) as r (staff_no text, pool text, n int) join ql.coordinators c using (staff_no) cross join ql.languages l"
	"  where l.code = 'zh' or r.pool = 'national' or (l.code = 'en' and r.n % 3 = 0) or (l.code = 'ru' and r.n % 11 = 0) on conflict do nothing",
	1, { OID_JSON },
};
/* Shifts overlap by an hour: nobody is given anything new in the last minutes of one. A real roster follows the working
 * days; this one is denser, half the staff by day and half by night every day, and who has a login (always) is on both, so that the
 * demonstration shows the same assignments whenever it is looked at. Each run carries it five weeks on, past the month for
 * which rosters are checked; whoever was there before is announced again, since a roster in memory would not see the new shifts. */
static const struct ql_query SHIFTS = {
	"demo_shifts",
	"with added as ("
	"  insert into ql.shifts (coordinator_id, starts_at, ends_at)"
	"  select c.id, s, s + interval '13 hours'"
	"    from json_to_recordset($1) as r (staff_no text, n int, always bool) join ql.coordinators c using (staff_no)"
	"   cross join generate_series(-1, 35) d"
	"   cross join lateral (values (6, r.always or r.n % 2 = 0), (18, r.always or r.n % 2 = 1)) h (hour, his)"
	"   cross join lateral (select (date_trunc('day', now() at time zone 'Asia/Shanghai') + make_interval(days => d, hours => h.hour))"
	"                              at time zone 'Asia/Shanghai' as s) x"
	"   where h.his"
	"  on conflict do nothing returning coordinator_id)"
	" insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind)"
	" select u.id, u.code, c.id, 'duty_changed', 'operator' from (select distinct coordinator_id as id from added) a"
	"   join ql.coordinators c using (id) join ql.units u on u.id = c.unit_id"
	"  where exists (select from ql.roster_journal j where j.coordinator_id = c.id and j.xid <> pg_current_xact_id())",
	1, { OID_JSON },
};
static const struct ql_query NAMED = {
	"demo_named",
	"insert into ql.named_coordinators (enterprise_id, coordinator_id, valid_from)"
	" select e.id, c.id, date '2026-01-01' from ql.enterprises e"
	"   join lateral (select c.id from ql.coordinators c join ql.coordinator_pools p on p.coordinator_id = c.id and p.pool = 'office'"
	"                  where c.unit_id = e.home_unit_id order by (e.uscc = '913100007449143662' and c.name <> '林晓'), hashtextextended(e.uscc || c.staff_no, 1)"
	"                  limit 1) c on true"
	"  where ql.tier_of(e.id, current_date) = 'aeo' on conflict do nothing",
	0, { 0 },
};
static const struct ql_query DEPUTIES = {
	"demo_deputies",
	"insert into ql.deputies (coordinator_id, deputy_id)"
	" select c.id, d.id from ql.coordinators c join ql.coordinators d on d.unit_id = c.unit_id and d.id <> c.id"
	"   join ql.coordinator_pools p on p.coordinator_id = c.id and p.pool = 'office'"
	"   join ql.coordinator_pools q on q.coordinator_id = d.id and q.pool = 'office' on conflict do nothing",
	0, { 0 },
};
static const struct ql_query TOLD = { /* dispatch hears of them as of any other change */
	"demo_told",
	"insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind)"
	" select u.id, u.code, c.id, 'created', 'operator' from json_to_recordset($1) as r (staff_no text) join ql.coordinators c using (staff_no)"
	"   join ql.units u on u.id = c.unit_id where not exists (select from ql.roster_journal j where j.coordinator_id = c.id)",
	1, { OID_JSON },
};
static const struct ql_query HASH = { /* of all accounts, when it is one and the same */
	"demo_hash",
	"select min(u.password_hash) from ql.users u where u.login in (select json_array_elements_text($1))"
	" having count(*) = json_array_length($1) and count(distinct u.password_hash) = 1",
	1, { OID_JSON },
};
static const struct ql_query USERS = {
	"demo_users",
	"insert into ql.users as o (login, password_hash, name, role, language, unit_id, coordinator_id, enterprise_id)"
	" select r.login, $2, r.name, r.role, r.language, u.id, c.id, e.id from json_to_recordset($1)"
	"   as r (login text, name text, role text, language text, unit text, staff_no text, uscc text)"
	"   left join ql.units u on u.code = r.unit left join ql.coordinators c on c.staff_no = r.staff_no left join ql.enterprises e on e.uscc = r.uscc"
	" on conflict (login) do update set password_hash = excluded.password_hash, name = excluded.name, role = excluded.role, unit_id = excluded.unit_id,"
	" coordinator_id = excluded.coordinator_id, enterprise_id = excluded.enterprise_id"
	" where (o.password_hash, o.name, o.role, o.unit_id, o.coordinator_id, o.enterprise_id) is distinct from"
	" (excluded.password_hash, excluded.name, excluded.role, excluded.unit_id, excluded.coordinator_id, excluded.enterprise_id)",
	2, { OID_JSON, OID_TEXT },
};

enum ql_rc demo_store_offices(struct ql_pg *pg, struct demo_offices *out, struct ql_err *err)
{
	struct ql_args none = { 0 };
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &OFFICES, &none, &res, err);

	if (rc != QL_OK)
		return rc;
	for (out->n = 0; out->n < (size_t)PQntuples(res); out->n++) {
		snprintf(out->code[out->n], sizeof(out->code[0]), "%s", ql_col_text(res, (int)out->n, 0));
		out->list[out->n] = out->code[out->n];
	}
	PQclear(res);
	return out->n > 0 ? QL_OK : ql_fail(err, QL_FATAL, "there are no offices: run `qlctl import` first");
}

static enum ql_rc write(struct ql_pg *pg, const struct ql_query *const *queries, size_t n, struct ql_rows *rows, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		struct ql_args none = { 0 };

		rc = queries[i]->n == 0 ? ql_pg_queue(pg, queries[i], &none, -1, NULL, NULL, err) : ql_rows_queue(pg, queries[i], rows, false, err);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc demo_store_enterprises(struct ql_pg *pg, const struct demo_offices *offices, struct ql_err *err)
{
	static const struct ql_query *const WRITE[] = { &ENTERPRISES, &CLASSES, &CONTACTS };
	struct ql_rows rows;
	enum ql_rc rc;

	ql_rows_init(&rows, ROWS_BYTES_MAX);
	for (int i = 0; i < DEMO_ENTERPRISES; i++) {
		struct demo_enterprise e;
		struct ql_buf *b = ql_rows_begin(&rows);

		demo_enterprise(i, offices->list, offices->n, &e);
		ql_json_text(b, "uscc", e.uscc);
		ql_json_text(b, "name", e.name);
		ql_json_text(b, "home", e.home);
		ql_json_text(b, "contact", e.contact);
		ql_json_text(b, "phone", e.phone);
		ql_json_text(b, "channel", e.channel);
		ql_json_text(b, "channel_user", e.channel_user);
		ql_json_text(b, "class282", e.class282);
		ql_json_text(b, "class251", e.class251);
		ql_json_bool(b, "broker", e.is_broker);
		ql_rows_end(&rows);
	}
	rc = write(pg, WRITE, QL_LEN(WRITE), &rows, err);
	ql_rows_free(&rows);
	return rc;
}

static void put_officer(struct ql_rows *rows, const char *unit, const char *pool, int seq, int n)
{
	struct ql_buf *b = ql_rows_begin(rows);
	char staff_no[32], name[32];

	bool always = false;

	snprintf(staff_no, sizeof(staff_no), "%s-%d", unit, seq);
	demo_person(n, name);
	for (size_t i = 0; i < DEMO_USERS_N; i++)
		if (DEMO_USERS[i].staff_no != NULL && strcmp(DEMO_USERS[i].staff_no, staff_no) == 0) {
			snprintf(name, sizeof(name), "%s", DEMO_USERS[i].name);
			always = true;
		}
	ql_json_text(b, "staff_no", staff_no);
	ql_json_text(b, "name", name);
	ql_json_text(b, "unit", unit);
	ql_json_text(b, "pool", pool);
	ql_json_i64(b, "n", n);
	ql_json_bool(b, "always", always);
	ql_rows_end(rows);
}

static bool new_district(const struct demo_offices *o, size_t i) { return i == 0 || strncmp(o->list[i], o->list[i - 1], 2) != 0; }

enum ql_rc demo_store_coordinators(struct ql_pg *pg, const struct demo_offices *offices, struct ql_err *err)
{
	static const struct ql_query *const WRITE[] = { &COORDINATORS, &POOLS, &SKILLS, &LANGUAGES, &NAMED, &DEPUTIES, &TOLD, &SHIFTS };
	struct ql_rows rows;
	int n = 0;
	enum ql_rc rc;

	ql_rows_init(&rows, ROWS_BYTES_MAX);
	for (size_t i = 0; i < offices->n; i++) {
		char district[8];

		for (int k = 1; k <= 2; k++)
			put_officer(&rows, offices->list[i], "office", k, n++);
		snprintf(district, sizeof(district), "%.2s00", offices->list[i]);
		for (int k = 1; new_district(offices, i) && k <= 4; k++)
			put_officer(&rows, district, k <= 2 ? "district" : "duty", 10 + k, n++);
	}
	for (int k = 1; k <= 14; k++)
		put_officer(&rows, "0000", k <= 12 ? "national" : "duty", k, n++);
	rc = write(pg, WRITE, QL_LEN(WRITE), &rows, err);
	ql_rows_free(&rows);
	return rc;
}

enum ql_rc demo_store_hash(struct ql_pg *pg, char hash[PASSWORD_HASH_MAX], struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf logins;
	PGresult *res;
	enum ql_rc rc;

	ql_buf_init(&logins, ROWS_BYTES_MAX);
	ql_json_open(&logins, NULL, '[');
	for (size_t i = 0; i < DEMO_USERS_N; i++)
		ql_json_text(&logins, NULL, DEMO_USERS[i].login);
	ql_json_close(&logins, ']');
	ql_arg_textn(&a, OID_JSON, logins.data, logins.len);
	ql_buf_free(&logins);
	rc = ql_pg_run(pg, &HASH, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	snprintf(hash, PASSWORD_HASH_MAX, "%s", PQntuples(res) == 1 ? ql_col_text(res, 0, 0) : "");
	PQclear(res);
	return QL_OK;
}

enum ql_rc demo_store_users(struct ql_pg *pg, const char *password_hash, struct ql_err *err)
{
	struct ql_rows rows;
	struct ql_args a = { 0 };
	enum ql_rc rc;

	ql_rows_init(&rows, ROWS_BYTES_MAX);
	for (size_t i = 0; i < DEMO_USERS_N; i++) {
		struct ql_buf *b = ql_rows_begin(&rows);

		ql_json_text(b, "login", DEMO_USERS[i].login);
		ql_json_text(b, "name", DEMO_USERS[i].name);
		ql_json_text(b, "role", DEMO_USERS[i].role);
		ql_json_text(b, "language", DEMO_USERS[i].language);
		ql_json_text(b, "unit", DEMO_USERS[i].unit);
		ql_json_text(b, "staff_no", DEMO_USERS[i].staff_no);
		ql_json_text(b, "uscc", DEMO_USERS[i].uscc);
		ql_rows_end(&rows);
	}
	ql_json_close(&rows.json, ']');
	ql_arg_textn(&a, OID_JSON, rows.json.data, rows.json.len);
	ql_arg_text(&a, OID_TEXT, password_hash);
	rc = ql_pg_run(pg, &USERS, &a, NULL, err);
	ql_rows_free(&rows);
	return rc;
}
