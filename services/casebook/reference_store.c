#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/reference_int.h"
#include "domain/risk.h"
#include "domain/timefmt.h"

/* Units in order of code, calendars resolved to the nearest ancestor that has one for the service, else to the one that is called
 * as the service. Which version holds is asked for an instant (reference_calendar_at). */
static const struct ql_query UNITS = {
	"ref_units",
	"select u.id, coalesce(u.parent_id, 0), coalesce(u.district_id, 0), u.code, u.kind, array_to_string(u.ancestors, ','), s.calendars"
	"  from ql.units u"
	"  cross join lateral ("
	"    select string_agg(coalesce((select k.id"
	"             from unnest(u.ancestors) with ordinality a (id, depth)"
	"             join ql.unit_calendars c on c.unit_id = a.id and c.service = w.service"
	"             join ql.calendars k on k.code = c.calendar"
	"            order by a.depth, k.version desc limit 1),"
	"           (select k.id from ql.calendars k where k.code = w.service order by k.version desc limit 1), 0)::text, ',' order by w.place) as calendars"
	"      from (values ('office', 1), ('port', 2), ('hotline', 3), ('appointment', 4)) w (service, place)) s"
	" order by u.code collate \"C\"",
	0, { 0 },
};
static const struct ql_query CATEGORIES = {
	"ref_categories",
	"select c.code, c.unit_role, c.kind, coalesce(s.bit, -1), c.weight, c.name_zh,"
	"       (select coalesce(string_agg(p.bit::text, ',' order by x.place), '') from unnest(c.preferred_skills) with ordinality x (code, place)"
	"         join ql.skills p on p.code = x.code)"
	"  from ql.categories c left join ql.skills s on s.code = c.skill"
	" order by c.code collate \"C\"",
	0, { 0 },
};
static const struct ql_query SKILLS = { "ref_skills", "select code, bit from ql.skills order by bit", 0, { 0 } };
static const struct ql_query LANGUAGES = { "ref_languages", "select code, bit from ql.languages order by bit", 0, { 0 } };
static const struct ql_query NOTICES = {
	"ref_notices",
	"select source, code, coalesce(category, ''), coalesce(watch_rule, ''), name_zh, rank, opens from ql.channel_codes"
	" where valid_from <= current_date and (valid_to is null or valid_to >= current_date)"
	" order by source, code, valid_from desc",
	0, { 0 },
};
static const struct ql_query WATCHES = {
	"ref_watches",
	"select code, coalesce(category, ''), name_zh, array_to_string(armed_by, ','), array_to_string(disarmed_by, ','),"
	"       array_to_string(tiers, ','), amount, amount_unit"
	"  from ql.watch_rules where valid_from <= current_date and (valid_to is null or valid_to >= current_date) order by code",
	0, { 0 },
};
static const struct ql_query CALENDARS = {
	"ref_calendars",
	"select c.id, c.code, c.version, c.observes_holidays, c.utc_offset,"
	"       (select coalesce(string_agg(concat_ws(' ', s.weekday, s.from_minute, s.to_minute), ',' order by s.weekday, s.from_minute), '')"
	"          from ql.calendar_slots s where s.calendar_id = c.id), c.valid_from::text, c.worsens"
	"  from ql.calendars c order by c.id",
	0, { 0 },
};
static const struct ql_query DAYS = { /* the same order as reference.c looks for them in */
	"ref_days",
	"select calendar, day::text, kind, name, from_minute, to_minute from ("
	" select 0 as calendar, day, kind, name, 0 as from_minute, 0 as to_minute from ql.holidays"
	" union all select calendar_id, day, kind, name, coalesce(from_minute, 0), coalesce(to_minute, 0) from ql.calendar_days) d order by calendar, day",
	0, { 0 },
};
static const struct ql_query POLICIES = {
	"ref_policies",
	"select id, code, version, procedure, clock, coalesce(reach, ''), coalesce(category, ''), coalesce(tier, ''), coalesce(priority, ''),"
	"       coalesce(channel, ''), amount, amount_unit, service, array_to_string(thresholds, ','), valid_from, valid_to,"
	"       array_to_string(ladder, ','), roll, coalesce(extension_most, greatest(amount, 1))"
	"  from ql.policies order by id",
	0, { 0 },
};
static const struct ql_query PARAMETERS = {
	"ref_parameters",
	"select key, value #>> '{}' from ql.parameters where jsonb_typeof(value) = 'number' order by key",
	0, { 0 },
};
static const struct ql_query GREETINGS = {
	"ref_greetings",
	"select lower(g) from ql.parameters p, jsonb_array_elements_text(p.value) g where p.key = 'intake.greetings' limit 64",
	0, { 0 },
};
static const struct ql_query RISK = { "ref_risk_words", "select word, class from ql.risk_words order by word", 0, { 0 } };
static const struct ql_query VERSION = { "ref_version", "select version from ql.reference_version", 0, { 0 } };

#define COPY(member, row, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, row, col))

/* Splits "a,b,c" into words of width bytes, at most max; the rest of the array stays empty. */
static void split_words(const char *list, char *out, size_t width, size_t max)
{
	for (size_t i = 0; i < max && *list != '\0'; i++, out += width) {
		size_t len = strcspn(list, ",");

		snprintf(out, width, "%.*s", (int)len, list);
		list += len + (list[len] == ',');
	}
}

static void split_numbers(const char *list, int32_t *out, size_t max)
{
	for (size_t i = 0; i < max && *list != '\0'; i++) {
		char *end;

		out[i] = (int32_t)strtol(list, &end, 10);
		list = end + (*end == ',');
	}
}

static bool read_unit(void *to, const PGresult *res, int row)
{
	struct unit *u = to;

	u->id = (int32_t)ql_col_i64(res, row, 0);
	u->parent = (int32_t)ql_col_i64(res, row, 1);
	u->district = (int32_t)ql_col_i64(res, row, 2);
	COPY(u->code, row, 3);
	COPY(u->kind, row, 4);
	split_numbers(ql_col_text(res, row, 5), u->ancestors, UNIT_DEPTH);
	split_numbers(ql_col_text(res, row, 6), u->calendar, SERVICES);
	return true;
}

static int count_words(const char *list)
{
	int n = *list != '\0';

	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

static bool read_category(void *to, const PGresult *res, int row)
{
	struct category *c = to;
	const int liked = count_words(ql_col_text(res, row, 6));

	COPY(c->code, row, 0);
	COPY(c->unit_role, row, 1);
	COPY(c->kind, row, 2);
	c->skill_bit = (int)ql_col_i64(res, row, 3);
	c->weight = (int)ql_col_i64(res, row, 4);
	COPY(c->name_zh, row, 5);
	split_numbers(ql_col_text(res, row, 6), c->preferred, CATEGORY_PREFERRED);
	c->n_preferred = liked < CATEGORY_PREFERRED ? liked : CATEGORY_PREFERRED;
	c->index = row;
	return true;
}

static bool read_notice(void *to, const PGresult *res, int row)
{
	struct notice_code *n = to;
	const char *opens = ql_col_text(res, row, 6);

	COPY(n->source, row, 0);
	COPY(n->code, row, 1);
	COPY(n->category, row, 2);
	COPY(n->watch_rule, row, 3);
	COPY(n->name_zh, row, 4);
	n->rank = (int)ql_col_i64(res, row, 5);
	n->opens = strcmp(opens, "case") == 0 ? NOTICE_OPENS_CASE : strcmp(opens, "watch") == 0 ? NOTICE_ARMS_WATCH : NOTICE_OPENS_NOTHING;
	return true;
}

static bool read_watch(void *to, const PGresult *res, int row)
{
	struct watch_rule *w = to;

	COPY(w->code, row, 0);
	COPY(w->category, row, 1);
	COPY(w->name_zh, row, 2);
	split_words(ql_col_text(res, row, 3), w->armed_by[0], WORD_MAX, WATCH_CODES - 1);
	split_words(ql_col_text(res, row, 4), w->disarmed_by[0], WORD_MAX, WATCH_CODES - 1);
	split_words(ql_col_text(res, row, 5), w->tiers[0], WORD_MAX, WATCH_CODES - 1);
	w->term.amount = (int32_t)ql_col_i64(res, row, 6);
	w->term.thresholds = 1;
	w->term.threshold[0] = (struct clock_threshold){ CLOCK_MARK_BREACH, 0 };
	return clock_unit_parse(ql_col_text(res, row, 7), &w->term.unit);
}

static bool read_slots(struct calendar *cal, const char *list)
{
	int weekday, from, to, used;

	for (; sscanf(list, "%d %d %d%n", &weekday, &from, &to, &used) == 3; list += used + (list[used] == ',')) {
		if (!calendar_add_week(cal, weekday % 7, from, to))
			return false;
		if (weekday == 1 && !calendar_add_makeup(cal, from, to)) /* a make-up day keeps Monday's hours */
			return false;
	}
	return *list == '\0';
}

static bool read_calendar(void *to, const PGresult *res, int row)
{
	struct ref_calendar *c = to;

	c->id = (int32_t)ql_col_i64(res, row, 0);
	COPY(c->code, row, 1);
	calendar_init(&c->cal, (int)ql_col_i64(res, row, 4));
	c->cal.version = ql_col_i64(res, row, 2);
	if (!ql_col_bool(res, row, 3))
		c->cal.years = WORKTIME_ALL_YEARS;
	c->worsens = ql_col_bool(res, row, 7);
	if (!date_parse(ql_col_text(res, row, 6), strlen(ql_col_text(res, row, 6)), &c->valid_from))
		return false;
	return read_slots(&c->cal, ql_col_text(res, row, 5));
}

static bool read_thresholds(struct clock_policy *rule, const char *list)
{
	char names[CLOCK_THRESHOLDS][CLOCK_THRESHOLD_NAME] = { { 0 } };

	split_words(list, names[0], CLOCK_THRESHOLD_NAME, CLOCK_THRESHOLDS);
	for (rule->thresholds = 0; rule->thresholds < CLOCK_THRESHOLDS && names[rule->thresholds][0] != '\0'; rule->thresholds++)
		if (!clock_threshold_parse(names[rule->thresholds], &rule->threshold[rule->thresholds]))
			return false;
	return true;
}

/* A ladder that says nothing: the officer is warned, the unit's duty supervisor told of the breach, then the district, then the root. */
static void usual_ladder(struct policy *p)
{
	enum told_to next = TOLD_DUTY;

	for (int i = 0; i < p->rule.thresholds; i++)
		switch (p->rule.threshold[i].mark) {
		case CLOCK_MARK_BREACH: p->ladder[i] = TOLD_DUTY; break;
		case CLOCK_MARK_AFTER:  p->ladder[i] = next = next < TOLD_ROOT ? next + 1 : TOLD_ROOT; break;
		default:                p->ladder[i] = TOLD_OFFICER;
		}
}

static bool read_ladder(struct policy *p, const char *list)
{
	char names[CLOCK_THRESHOLDS][WORD_MAX] = { { 0 } };

	usual_ladder(p);
	split_words(list, names[0], WORD_MAX, CLOCK_THRESHOLDS);
	for (int i = 0; i < CLOCK_THRESHOLDS && names[i][0] != '\0'; i++) {
		enum told_to told = 0;

		while (told < TOLDS && strcmp(told_name(told), names[i]) != 0)
			told++;
		if (told == TOLDS)
			return false;
		p->ladder[i] = told;
	}
	return true;
}

static bool read_policy(void *to, const PGresult *res, int row)
{
	struct policy *p = to;
	enum reach reach;

	p->id = (int32_t)ql_col_i64(res, row, 0);
	COPY(p->code, row, 1);
	p->rule.version = ql_col_i64(res, row, 2);
	p->reach = reach_parse(ql_col_text(res, row, 5), &reach) ? (int)reach : -1;
	COPY(p->category, row, 6);
	COPY(p->tier, row, 7);
	COPY(p->priority, row, 8);
	COPY(p->channel, row, 9);
	p->rule.amount = (int32_t)ql_col_i64(res, row, 10);
	p->valid_from = ql_col_time(res, row, 14);
	p->valid_to = ql_col_time(res, row, 15);
	p->rule.roll = ql_col_bool(res, row, 17);
	p->extension_most = (int32_t)ql_col_i64(res, row, 18);
	return procedure_parse(ql_col_text(res, row, 3), &p->procedure) && clock_kind_parse(ql_col_text(res, row, 4), &p->clock)
	    && clock_unit_parse(ql_col_text(res, row, 11), &p->rule.unit) && service_parse(ql_col_text(res, row, 12), &p->service)
	    && read_thresholds(&p->rule, ql_col_text(res, row, 13)) && read_ladder(p, ql_col_text(res, row, 16));
}

static bool read_parameter(void *to, const PGresult *res, int row)
{
	struct parameter *p = to;

	COPY(p->key, row, 0);
	p->number = ql_col_i64(res, row, 1);
	return true;
}

static bool read_greeting(void *to, const PGresult *res, int row)
{
	COPY(((struct greeting *)to)->text, row, 0);
	return true;
}

static bool read_bit(void *to, const PGresult *res, int row)
{
	struct coded_bit *b = to;

	COPY(b->code, row, 0);
	b->bit = (int)ql_col_i64(res, row, 1);
	return true;
}

static bool read_risk(void *to, const PGresult *res, int row)
{
	struct risk_word *w = to;

	COPY(w->class, row, 1);
	return risk_plain(ql_col_text(res, row, 0), w->plain, sizeof(w->plain)) && w->plain[0] != '\0';
}

static bool read_day(void *to, const PGresult *res, int row)
{
	struct ref_day *d = to;
	const char *date = ql_col_text(res, row, 1);

	d->calendar = (int32_t)ql_col_i64(res, row, 0);
	COPY(d->kind, row, 2);
	COPY(d->name, row, 3);
	d->from = (int)ql_col_i64(res, row, 4);
	d->to = (int)ql_col_i64(res, row, 5);
	return date_parse(date, strlen(date), &d->day);
}

static const struct { const struct ql_query *query; size_t size; bool (*read)(void *to, const PGresult *res, int row); } TABLES[REF_KINDS] = {
	[REF_UNITS] = { &UNITS, sizeof(struct unit), read_unit },
	[REF_CATEGORIES] = { &CATEGORIES, sizeof(struct category), read_category },
	[REF_NOTICES] = { &NOTICES, sizeof(struct notice_code), read_notice },
	[REF_WATCHES] = { &WATCHES, sizeof(struct watch_rule), read_watch },
	[REF_CALENDARS] = { &CALENDARS, sizeof(struct ref_calendar), read_calendar },
	[REF_POLICIES] = { &POLICIES, sizeof(struct policy), read_policy },
	[REF_PARAMETERS] = { &PARAMETERS, sizeof(struct parameter), read_parameter },
	[REF_GREETINGS] = { &GREETINGS, sizeof(struct greeting), read_greeting },
	[REF_SKILLS] = { &SKILLS, sizeof(struct coded_bit), read_bit },
	[REF_LANGUAGES] = { &LANGUAGES, sizeof(struct coded_bit), read_bit },
	[REF_RISK] = { &RISK, sizeof(struct risk_word), read_risk },
	[REF_DAYS] = { &DAYS, sizeof(struct ref_day), read_day },
};

static enum ql_rc load_table(struct ref_table *t, int kind, struct ql_pg *pg, struct ql_err *err)
{
	struct ql_args none = { 0 };
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, TABLES[kind].query, &none, &res, err);

	if (rc != QL_OK)
		return rc;
	t->n = (size_t)PQntuples(res);
	t->rows = calloc(t->n + 1, TABLES[kind].size);
	if (t->rows == NULL)
		rc = ql_fail(err, QL_RETRY, "no memory for reference data");
	for (size_t i = 0; rc == QL_OK && i < t->n; i++)
		if (!TABLES[kind].read((char *)t->rows + i * TABLES[kind].size, res, (int)i))
			rc = ql_fail(err, QL_FATAL, "%s: row %zu (%s) is not usable: correct it and run `qlctl import`", TABLES[kind].query->name, i,
			             ql_col_text(res, (int)i, 0));
	PQclear(res);
	return rc;
}

/* A holiday shuts the day in every calendar that observes holidays, a make-up day opens it with the make-up hours; what a calendar
 * says of a day by itself has the last word. */
static bool apply_day(struct ref_calendar *c, const struct ref_day *d)
{
	struct worktime_day hours = { 0 };
	const bool rest = strcmp(d->kind, "rest") == 0;

	if (d->calendar != 0 ? d->calendar != c->id : c->cal.years == WORKTIME_ALL_YEARS)
		return true;
	if (d->calendar == 0 && !calendar_publish(&c->cal, civil_from_day(d->day).year))
		return false;
	if (strcmp(d->kind, "booked") == 0) {
		(void)!calendar_book(&c->cal, d->day); /* a holiday since: the notice has the last word */
		return true;
	}
	if (d->to != 0 && !worktime_day_add(&hours, d->from, d->to))
		return false;
	return calendar_override(&c->cal, d->day, rest ? NULL : &hours);
}

static enum ql_rc apply_days(struct reference *ref, struct ql_err *err)
{
	const struct ref_table *calendars = &ref->table[REF_CALENDARS], *days = &ref->table[REF_DAYS];
	const struct ref_day *day = days->rows;

	for (size_t i = 0; i < days->n; i++)
		for (size_t c = 0; c < calendars->n; c++)
			if (!apply_day((struct ref_calendar *)calendars->rows + c, &day[i])) {
				char date[RFC3339_MAX];

				date_format(day[i].day, date);
				return ql_fail(err, QL_FATAL, "%s (%s) does not fit into a calendar: correct it and run `qlctl import`", date, day[i].kind);
			}
	return QL_OK;
}

static enum ql_rc load_version(struct reference *ref, struct ql_pg *pg, struct ql_err *err)
{
	struct ql_args none = { 0 };
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &VERSION, &none, &res, err);

	if (rc != QL_OK)
		return rc;
	ref->version = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

static enum ql_rc index_units(struct reference *ref, struct ql_err *err)
{
	const struct unit *units = ref->table[REF_UNITS].rows;

	for (size_t i = 0; i < ref->table[REF_UNITS].n; i++)
		if (units[i].id > ref->max_unit_id)
			ref->max_unit_id = units[i].id;
	ref->unit_by_id = calloc((size_t)ref->max_unit_id + 1, sizeof(*ref->unit_by_id));
	if (ref->unit_by_id == NULL)
		return ql_fail(err, QL_RETRY, "no memory for units");
	for (size_t i = 0; i < ref->table[REF_UNITS].n; i++)
		ref->unit_by_id[units[i].id] = (int32_t)i + 1;
	return QL_OK;
}

enum ql_rc reference_store_load(struct reference *ref, struct ql_pg *pg, struct ql_err *err)
{
	struct reference fresh = { 0 };
	enum ql_rc rc = load_version(&fresh, pg, err); /* before the tables: what changes meanwhile is read again */

	for (int kind = 0; rc == QL_OK && kind < REF_KINDS; kind++)
		rc = load_table(&fresh.table[kind], kind, pg, err);
	if (rc == QL_OK)
		rc = apply_days(&fresh, err);
	if (rc == QL_OK)
		rc = index_units(&fresh, err);
	if (rc != QL_OK) {
		reference_clear(&fresh);
		return rc;
	}
	reference_clear(ref);
	*ref = fresh;
	return QL_OK;
}
