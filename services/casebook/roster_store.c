#include "casebook/roster_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/ids.h"

/* at: the instant that is meant; long, recent: how many hours make an absence that needs a ramp, and how many hours the ramp
 * lasts. Index look-ups a coordinator, which cost the same whatever shifts lie behind. A declared availability lapses at its
 * "until" and turns into its opposite. A shift is cut by absences, shifts that touch are one. */
#define TODAY(at) "(" at " at time zone 'Asia/Shanghai')::date"
#define ROSTER(of, at, long, recent) \
	"select s.id, s.unit_id, s.name, s.capacity, s.open_weight," \
	"       case when s.available_until <= " at " then not s.available else s.available end, s.available_until," \
	"       greatest(s.ramp_until, back.at + make_interval(hours => " recent ")), s.last_assigned_at," \
	"       s.valid_from::timestamp at time zone 'Asia/Shanghai', (s.valid_to + 1)::timestamp at time zone 'Asia/Shanghai'," \
	"       lower(duty.r), upper(duty.r), coalesce(skill.bits, 0), coalesce(tongue.bits, 0), subject.codes, pool.seats, deputy.ids, recusal.ids, " at \
	"  from ql.coordinators s" \
	"  left join lateral (select range_agg(tstzrange(x.starts_at, x.ends_at)) as m from ql.shifts x" \
	"                      where x.coordinator_id = s.id and x.ends_at > " at " and x.starts_at < " at " + interval '36 hours') shift on true" \
	"  left join lateral (select range_agg(tstzrange(x.starts_at, x.ends_at)) as m from ql.absences x" \
	"                      where x.coordinator_id = s.id and x.ends_at > " at ") away on true" \
	"  left join lateral (select max(x.ends_at) as at from ql.absences x" \
	"                      where x.coordinator_id = s.id and x.ends_at <= " at " and x.ends_at > " at " - make_interval(hours => " recent ")" \
	"                        and x.ends_at - x.starts_at >= make_interval(hours => " long ")) back on true" \
	"  left join lateral (select bit_or(1::int8 << k.bit) as bits from ql.coordinator_skills x join ql.skills k on k.code = x.skill" \
	"                      where x.coordinator_id = s.id) skill on true" \
	"  left join lateral (select bit_or(1::int8 << k.bit) as bits from ql.coordinator_languages x join ql.languages k on k.code = x.language" \
	"                      where x.coordinator_id = s.id) tongue on true" \
	"  left join lateral (select string_agg(x.category, ',') as codes from ql.coordinator_categories x where x.coordinator_id = s.id) subject on true" \
	"  left join lateral (select string_agg(x.pool || ':' || x.unit_id, ',') as seats from ql.coordinator_pools x" \
	"                      where x.coordinator_id = s.id) pool on true" \
	"  left join lateral (select array_agg(x.deputy_id order by x.rank, x.deputy_id) as ids from ql.deputies x" \
	"                      where x.coordinator_id = s.id) deputy on true" \
	"  left join lateral (select array_agg(distinct x.enterprise_id) as ids from ql.recusals x where x.coordinator_id = s.id" \
	"                        and x.valid_from <= " TODAY(at) " and (x.valid_to is null or x.valid_to >= " TODAY(at) ")) recusal on true" \
	"  left join lateral (select x.r from unnest(shift.m - coalesce(away.m, '{}'::tstzmultirange)) as x (r)" \
	"                      where upper(x.r) > " at " order by x.r limit 1) duty on true" \
	" where (s.valid_to is null or s.valid_to >= " TODAY(at) ") and " of \
	" order by s.id"
#define AT "coalesce($1, now())"

static const struct ql_query READ_ALL = { "roster_read", ROSTER("true", AT, "$2", "$3"), 3, { OID_TIMESTAMPTZ, OID_INT4, OID_INT4 } };
static const struct ql_query READ_SOME = {
	"roster_read_some",
	ROSTER("s.id = any ($4)", AT, "$2", "$3"),
	4, { OID_TIMESTAMPTZ, OID_INT4, OID_INT4, OID_INT8_A },
};
static const struct ql_query READ_LOADS = {
	"roster_read_loads",
	"select id, open_weight, capacity, last_assigned_at from ql.coordinators",
	0, { 0 },
};

/* --- one row ------------------------------------------------------------------------------------------------------------ */

int32_t roster_subject(const struct reference *ref, const char *category)
{
	const struct category *c = reference_category(ref, category);

	return c == NULL ? -1 : c->index < 63 ? c->index : 63; /* 64 bits: further categories share the last one, which widens and never narrows */
}

/* Calls each for every word of a comma-separated list. */
static bool for_words(const char *list, bool (*each)(void *ctx, const char *word, size_t len), void *ctx)
{
	bool ok = true;

	while (ok && *list != '\0') {
		size_t len = strcspn(list, ",");

		ok = each(ctx, list, len);
		list += len + (list[len] == ',');
	}
	return ok;
}

struct subjects { const struct reference *ref; uint64_t bits; };

static bool add_subject(void *ctx, const char *word, size_t len)
{
	struct subjects *to = ctx;
	char code[WORD_MAX];

	if (len < sizeof(code)) {
		snprintf(code, sizeof(code), "%.*s", (int)len, word);
		int32_t bit = roster_subject(to->ref, code);

		if (bit >= 0)
			to->bits |= SKILL_BIT(bit);
	}
	return true;
}

static const struct { const char *name; enum duty_pool pool; } POOL_NAMES[] = {
	{ "office:", POOL_OFFICE }, { "district:", POOL_DISTRICT }, { "national:", POOL_NATIONAL }, { "duty:", POOL_DUTY },
};

/* Rows are unique in the database: they are appended as they come, roster_index() sorts them once. */
struct seats { struct roster *roster; int64_t coordinator; };

static bool add_seat(void *ctx, const char *word, size_t len)
{
	const struct seats *to = ctx;
	struct roster *r = to->roster;

	(void)len;
	for (size_t i = 0; i < QL_LEN(POOL_NAMES); i++) {
		size_t n = strlen(POOL_NAMES[i].name);

		if (strncmp(word, POOL_NAMES[i].name, n) != 0)
			continue;
		if (r->seats == ROSTER_MEMBERS)
			return false;
		r->seat[r->seats++] = (struct pool_seat){ POOL_NAMES[i].pool, strtoll(word + n, NULL, 10), to->coordinator, -1 };
	}
	return true;
}

static bool add_recusals(struct roster *r, int64_t coordinator, const char *array)
{
	int64_t ids[256];
	size_t n = ids_read(array, ids, QL_LEN(ids));

	if (r->recusals + n > ROSTER_RECUSALS)
		return false;
	for (size_t i = 0; i < n; i++)
		r->recusal[r->recusals++] = (struct recusal){ coordinator, ids[i] };
	return n < QL_LEN(ids);
}

static bool add_candidate(struct roster *r, const struct candidate *c)
{
	if (r->count == ROSTER_MAX)
		return false;
	r->candidate[r->count++] = *c;
	r->indexed = false;
	return true;
}

/* The next instant at which this row means something else. */
static void note_change(struct duty_roster *r, ql_time at, ql_time now)
{
	if (at > now && at < r->wake_at)
		r->wake_at = at;
}

static struct candidate read_candidate(const PGresult *res, int row, const struct reference *ref)
{
	const struct parameters *p = reference_parameters(ref);
	const ql_time ramp_until = ql_col_time(res, row, 7);
	struct subjects subjects = { ref, 0 };
	struct candidate c = {
		.id = ql_col_i64(res, row, 0), .unit = ql_col_i64(res, row, 1), .capacity = (int32_t)ql_col_i64(res, row, 3),
		.open_weight = (int32_t)ql_col_i64(res, row, 4), .available = ql_col_bool(res, row, 5), .last_assigned = ql_col_time(res, row, 8),
		.valid_from = ql_col_time(res, row, 9), .valid_until = ql_col_time(res, row, 10), .duty_from = ql_col_time(res, row, 11),
		.duty_until = ql_col_time(res, row, 12), .skills = (uint64_t)ql_col_i64(res, row, 13), .languages = (uint64_t)ql_col_i64(res, row, 14),
	};

	c.ramp = roster_ramp(ramp_until - p->ramp_hours * 3600 * QL_SECOND, ramp_until, ql_col_time(res, row, 19), (int32_t)p->ramp_percent);
	for_words(ql_col_text(res, row, 15), add_subject, &subjects);
	c.subjects = PQgetisnull(res, row, 15) ? UINT64_MAX : subjects.bits;
	ids_read(ql_col_text(res, row, 17), c.deputies, ROSTER_DEPUTIES);
	return c;
}

static void copy_name(char *to, const char *name)
{
	size_t len = strlen(name);

	if (len >= PERSON_NAME_MAX)
		len = ql_utf8_valid(name, PERSON_NAME_MAX - 1);
	memcpy(to, name, len);
	to[len] = '\0';
}

static void put_name(struct duty_roster *r, int64_t id, const char *name)
{
	size_t at = r->persons;

	while (at > 0 && r->person[at - 1].id > id)
		at--;
	if (at == 0 || r->person[at - 1].id != id) {
		if (r->persons == ROSTER_MAX)
			return;
		memmove(&r->person[at + 1], &r->person[at], (r->persons - at) * sizeof(r->person[0]));
		r->persons++;
		at++;
	}
	r->person[at - 1].id = id;
	copy_name(r->person[at - 1].name, name);
}

static void put_row(const PGresult *res, int row, const struct reference *ref, struct duty_roster *r)
{
	static const int CHANGES[] = { 6, 7, 9, 10, 11, 12 };
	const ql_time now = ql_col_time(res, row, 19);
	const struct candidate c = read_candidate(res, row, ref);
	struct seats seats = { &r->roster, c.id };

	if (!add_candidate(&r->roster, &c) || !for_words(ql_col_text(res, row, 16), add_seat, &seats)
	 || !add_recusals(&r->roster, c.id, ql_col_text(res, row, 18)))
		r->cut = true;
	put_name(r, c.id, ql_col_text(res, row, 2));
	for (size_t i = 0; i < QL_LEN(CHANGES); i++)
		note_change(r, ql_col_time(res, row, CHANGES[i]), now);
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static void put_args(struct ql_args *a, const struct reference *ref, ql_time at)
{
	ql_arg_time(a, at);
	ql_arg_i32(a, (int32_t)reference_parameters(ref)->ramp_absence_hours);
	ql_arg_i32(a, (int32_t)reference_parameters(ref)->ramp_hours);
}

enum ql_rc roster_read(struct ql_pg *pg, const struct reference *ref, ql_time at, struct duty_roster *r, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	put_args(&a, ref, at);
	rc = ql_pg_run(pg, &READ_ALL, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	roster_clear(&r->roster);
	r->persons = 0;
	r->wake_at = INT64_MAX;
	r->reference = reference_version(ref);
	for (int bit = 0; bit < SKILL_BITS; bit++)
		snprintf(r->skill[bit], sizeof(r->skill[bit]), "%s", reference_skill(ref, bit));
	r->cut = false;
	for (int row = 0; row < PQntuples(res); row++)
		put_row(res, row, ref, r);
	roster_index(&r->roster);
	PQclear(res);
	return QL_OK;
}

static void forget(struct duty_roster *r, int64_t id)
{
	struct roster *ro = &r->roster;
	size_t kept = 0;

	roster_remove(ro, id); /* its seats too */
	for (size_t i = 0; i < ro->recusals; i++)
		if (ro->recusal[i].coordinator != id)
			ro->recusal[kept++] = ro->recusal[i];
	ro->recusals = kept;
}

enum ql_rc roster_read_some(struct ql_pg *pg, const struct reference *ref, struct duty_roster *r, const int64_t *ids, size_t n,
                            struct changed *changed, struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf list;
	PGresult *res;
	enum ql_rc rc;

	ql_buf_init(&list, 24 * CHANGED_MAX);
	ids_write(&list, ids, n);
	put_args(&a, ref, 0);
	ql_arg_text(&a, OID_INT8_A, list.data);
	rc = ql_pg_run(pg, &READ_SOME, &a, &res, err);
	ql_buf_free(&list);
	if (rc != QL_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		forget(r, ids[i]);
		changed_add(changed, ids[i]);
	}
	for (int row = 0; row < PQntuples(res); row++)
		put_row(res, row, ref, r);
	roster_index(&r->roster);
	PQclear(res);
	return QL_OK;
}

enum ql_rc roster_read_loads(struct ql_pg *pg, struct duty_roster *r, struct changed *changed, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &READ_LOADS, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++) {
		struct candidate *c = roster_find(&r->roster, ql_col_i64(res, row, 0));

		if (c == NULL)
			continue;
		const struct candidate before = *c;

		c->open_weight = (int32_t)ql_col_i64(res, row, 1);
		c->capacity = (int32_t)ql_col_i64(res, row, 2);
		c->last_assigned = ql_col_time(res, row, 3);
		if (candidate_improved(&before, c))
			changed_add(changed, c->id);
	}
	PQclear(res);
	return QL_OK;
}

/* --- comparing ---------------------------------------------------------------------------------------------------------- */

static bool same_seats(const struct roster *a, const struct roster *b)
{
	bool same = a->seats == b->seats && a->recusals == b->recusals;

	for (size_t i = 0; same && i < a->seats; i++)
		same = a->seat[i].pool == b->seat[i].pool && a->seat[i].unit == b->seat[i].unit && a->seat[i].coordinator == b->seat[i].coordinator;
	for (size_t i = 0; same && i < a->recusals; i++)
		same = a->recusal[i].coordinator == b->recusal[i].coordinator && a->recusal[i].enterprise == b->recusal[i].enterprise;
	return same;
}

void roster_compare(const struct roster *before, const struct roster *after, struct changed *changed)
{
	if (!same_seats(before, after)) {
		changed_all(changed);
		return;
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct candidate *c = &after->candidate[i], *old = roster_get(before, c->id);

		if (old == NULL || candidate_improved(old, c) || memcmp(old->deputies, c->deputies, sizeof(c->deputies)) != 0)
			changed_add(changed, c->id);
	}
}

const char *roster_name(const struct duty_roster *r, int64_t coordinator)
{
	size_t low = 0, high = r->persons;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->person[middle].id < coordinator)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->persons && r->person[low].id == coordinator ? r->person[low].name : "";
}
