/* api_roster.c -- who would get a case, which duties have nobody, how evenly the load is spread. */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "casebook/explain.h"
#include "casebook/gaps.h"
#include "casebook/placement.h"
#include "casebook/work_store.h"
#include "domain/timefmt.h"
#include "duty_store.h"

#define AHEAD_MOST  (62 * QL_DAY) /* of a preview */
#define SKILLS_MOST 16
#define PAGE_UNITS  200
#define GAPS_SHOWN  1000

static bool read_time(char *text, size_t size, const char **why)
{
	ql_time at;

	(void)size;
	*why = "is not a date and time with offset";
	return rfc3339_parse(text, strlen(text), &at, NULL);
}

/* --- who would get it ------------------------------------------------------------------------------------------------------ */

struct preview {
	int64_t enterprise, weight;
	char uscc[QL_TEXT_SIZE(18)], unit[QL_TEXT_SIZE(UNIT_CODE_MAX - 1)], goods_unit[QL_TEXT_SIZE(UNIT_CODE_MAX - 1)];
	char category[QL_TEXT_SIZE(WORD_MAX - 1)], kind[QL_TEXT_SIZE(16)], priority[QL_TEXT_SIZE(16)], language[QL_TEXT_SIZE(8)];
	char at[QL_TEXT_SIZE(RFC3339_MAX)];
};
static const char *const KINDS[] = { "enquiry", "incident", "call", "watch", NULL };
static const char *const PRIORITIES[] = { "urgent", "high", "normal", NULL };
static const struct ql_field PREVIEW[] = {
	QL_MAY(struct preview, enterprise), QL_MAY(struct preview, uscc), QL_MAY(struct preview, unit), QL_MAY(struct preview, goods_unit),
	QL_MAY(struct preview, category), QL_MAY_WORD(struct preview, kind, KINDS), QL_MAY_WORD(struct preview, priority, PRIORITIES),
	QL_MAY(struct preview, language), QL_MAY(struct preview, weight), QL_MAY_CHECK(struct preview, at, read_time),
};

struct asked { struct preview in; ql_time now, at; int64_t enterprise; int32_t home; uint64_t skills; struct place place; struct work_row row; };

static bool refuse(struct call *c, const char *field, const char *why)
{
	problem(c->res, PROBLEM_INVALID, why, field);
	return false;
}

static bool read_skills(struct call *c, const struct reference *ref, uint64_t *skills)
{
	const json_t *list = json_object_get(c->body, "skills"), *one;
	size_t i;

	if (list == NULL || json_is_null(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) > SKILLS_MOST)
		return refuse(c, "/skills", "is not a list of at most 16 skills");
	json_array_foreach((json_t *)list, i, one) {
		int bit = json_is_string(one) ? reference_skill_bit(ref, json_string_value(one)) : -1;

		if (bit < 0)
			return refuse(c, "/skills", "names a skill that there is not");
		*skills |= SKILL_BIT(bit);
	}
	return true;
}

/* Everything that names something must name something that is. */
static bool check_words(struct call *c, const struct reference *ref, struct asked *a)
{
	const struct preview *in = &a->in;

	if (in->unit[0] != '\0' && reference_unit_by_code(ref, in->unit) == NULL)
		return refuse(c, "/unit", "is no unit");
	if (in->goods_unit[0] != '\0' && reference_unit_by_code(ref, in->goods_unit) == NULL)
		return refuse(c, "/goods_unit", "is no unit");
	if (in->category[0] != '\0' && reference_category(ref, in->category) == NULL)
		return refuse(c, "/category", "is no category");
	if (in->language[0] != '\0' && reference_language_bit(ref, in->language) < 0)
		return refuse(c, "/language", "is no language that anybody could speak here");
	if (in->weight < 0 || in->weight > 20)
		return refuse(c, "/weight", "is not between 0 and 20; leave it out and the category says");
	if (a->at < a->now || a->at > a->now + AHEAD_MOST)
		return refuse(c, "/at", "lies in the past, or further ahead than rosters are looked at (62 days)");
	return read_skills(c, ref, &a->skills);
}

static enum ql_rc find_enterprise(struct call *c, struct asked *a, bool *go, struct ql_err *err)
{
	const bool wanted = a->in.enterprise != 0 || a->in.uscc[0] != '\0';
	enum ql_rc rc = QL_OK;

	if (wanted)
		rc = store_duty_enterprise(c->w->pg, a->in.enterprise, a->in.uscc, &a->enterprise, &a->home, err);
	if (rc == QL_OK && wanted && a->enterprise == 0)
		*go = refuse(c, a->in.enterprise != 0 ? "/enterprise" : "/uscc", "is no enterprise that is known here");
	return rc;
}

/* Where it would begin, by the same rules as a message that comes in. */
static void place(const struct reference *ref, struct asked *a)
{
	const struct unit *unit = a->in.unit[0] != '\0' ? reference_unit_by_code(ref, a->in.unit) : NULL;
	const struct place_facts facts = { .home_unit = unit != NULL ? unit->id : a->home, .goods_unit = a->in.goods_unit, .category = a->in.category,
	                                   .kind = a->in.kind[0] != '\0' ? a->in.kind : "enquiry", .now = a->at,
	                                   .priority = a->in.priority[0] != '\0' ? a->in.priority : NULL };

	casebook_place(ref, &facts, &a->place);
}

static enum ql_rc imagine(struct call *c, const struct reference *ref, struct asked *a, struct ql_err *err)
{
	const struct work_facts facts = {
		.principal = a->enterprise, .lead_unit = a->place.lead_unit, .goods_unit = a->place.goods_unit,
		.weight = a->in.weight != 0 ? (int32_t)a->in.weight : a->place.weight, .category = a->place.category, .priority = a->place.priority,
		.language = a->in.language[0] != '\0' ? a->in.language : "zh",
	};
	enum ql_rc rc = work_imagine(c->w->pg, ref, &facts, &a->row, err);

	a->row.work.now = a->at;
	a->row.work.required |= a->skills;
	return rc;
}

static void write_preview(struct ql_buf *b, const struct reference *ref, const struct asked *a, const struct duty_roster *r)
{
	const struct unit *unit = reference_unit(ref, a->place.lead_unit);
	struct choice choice;

	choose(&a->row.work, &r->roster, &choice);
	ql_json_open(b, NULL, '{');
	ql_json_time(b, "at", a->at);
	ql_json_time(b, "loads_at", a->now); /* a load of the future nobody knows */
	ql_json_text(b, "unit", unit->code);
	ql_json_i64(b, "weight", a->row.work.weight);
	ql_json_text(b, "priority", a->place.priority);
	ql_buf_str(b, ",\"choice\":");
	explain_choice(b, &a->row.work, &choice, r);
	ql_json_close(b, '}');
}

/* The roster is over a megabyte: on the heap, for as long as it is looked at. */
static enum ql_rc answer_preview(struct call *c, const struct reference *ref, struct asked *a, struct ql_err *err)
{
	struct duty_roster *r = calloc(1, sizeof(*r));
	enum ql_rc rc;

	if (r == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	rc = imagine(c, ref, a, err);
	if (rc == QL_OK)
		rc = roster_read(c->w->pg, ref, a->at, r, err);
	if (rc == QL_OK) {
		write_preview(&c->res->body, ref, a, r);
		rc = api_json(c);
	}
	free(r);
	return rc;
}

enum ql_rc roster_preview(struct call *c, struct ql_err *err)
{
	struct asked a = {0};
	bool go = true;
	enum ql_rc rc;

	if (!api_decode(c, PREVIEW, QL_LEN(PREVIEW), &a.in))
		return QL_OK;
	rc = worker_casebook(c->w, err);
	if (rc == QL_OK)
		rc = casebook_join(c->w->cb, err);
	if (rc != QL_OK)
		return rc;
	const struct reference *ref = casebook_reference(c->w->cb);

	a.now = a.at = casebook_now(c->w->cb);
	rfc3339_parse(a.in.at, strlen(a.in.at), &a.at, NULL);
	if (!check_words(c, ref, &a))
		return QL_OK;
	rc = find_enterprise(c, &a, &go, err);
	if (rc != QL_OK || !go)
		return rc;
	place(ref, &a);
	return answer_preview(c, ref, &a, err);
}

/* --- duties without anybody -------------------------------------------------------------------------------------------------- */

struct shown { struct ql_buf *b; size_t n; };

static void show_gap(void *ctx, const struct gap_duty *duty, const struct cover_gap *gap)
{
	struct shown *s = ctx;
	char day[RFC3339_MAX];

	date_format(gap->day, day);
	ql_json_open(s->b, NULL, '{');
	ql_json_text(s->b, "unit", duty->code);
	ql_json_text(s->b, "pool", duty->pool);
	ql_json_text(s->b, "service", service_name(duty->service));
	ql_json_text(s->b, "day", day);
	ql_json_bool(s->b, "whole_day", gap->whole);
	ql_json_time(s->b, "from", gap->from);
	ql_json_time(s->b, "to", gap->to);
	ql_json_close(s->b, '}');
	s->n++;
}

static bool read_day(struct call *c, const char *name, const char *field, int32_t *day)
{
	const char *value = args_get(&c->req->args, name);

	if (value == NULL || date_parse(value, strlen(value), day))
		return true;
	return refuse(c, field, "is not a date like 2026-11-30");
}

/* from and to, both included; by default the coming month. "after": the last duty of the page before, "unit:pool". */
static bool read_gap_ask(struct call *c, struct gap_ask *ask, struct gaps *g)
{
	const char *after = args_get(&c->req->args, "after");
	const char *colon = after != NULL ? strchr(after, ':') : NULL;
	int32_t to = 0;

	ask->from_day = beijing_day(ask->since);
	if (!read_day(c, "from", "/from", &ask->from_day) || !read_day(c, "to", "/to", &to))
		return false;
	ask->to_day = to != 0 ? to + 1 : ask->from_day + 31;
	if (ask->to_day <= ask->from_day || ask->to_day - ask->from_day > GAP_DAYS)
		return refuse(c, "/to", "is before from, or more than 62 days after it");
	if (after != NULL && (colon == NULL || (size_t)(colon - after) >= sizeof(g->after.code) || strlen(colon + 1) >= sizeof(g->after.pool)))
		return refuse(c, "/after", "is none of the places that this list gave");
	if (after != NULL) {
		memcpy(g->after.code, after, (size_t)(colon - after));
		memcpy(g->after.pool, colon + 1, strlen(colon + 1));
	}
	return true;
}

static void close_gaps(struct ql_buf *b, const struct gaps *g, int missing_year)
{
	char next[UNIT_CODE_MAX + WORD_MAX];

	snprintf(next, sizeof(next), "%s:%s", g->after.code, g->after.pool);
	ql_json_close(b, ']');
	ql_json_text(b, "next", g->more ? next : NULL);
	if (missing_year != 0)
		ql_json_i64(b, "unpublished_from", missing_year); /* days of a year without calendar can't be judged */
	else
		ql_json_raw(b, "unpublished_from", NULL);
	ql_json_close(b, '}');
}

static enum ql_rc write_gaps(struct call *c, const struct gap_ask *ask, struct gaps *g, struct ql_err *err)
{
	struct shown s = { &c->res->body, 0 };
	int missing_year = 0;
	enum ql_rc rc = QL_OK;

	ql_json_open(s.b, NULL, '{');
	ql_json_open(s.b, "items", '[');
	do
		rc = gaps_next(c->w->pg, casebook_reference(c->w->cb), ask, g, show_gap, &s, &missing_year, err);
	while (rc == QL_OK && g->more && s.n < GAPS_SHOWN);
	close_gaps(s.b, g, missing_year);
	return rc == QL_OK ? api_json(c) : rc;
}

enum ql_rc roster_gaps(struct call *c, struct ql_err *err)
{
	struct gaps *g = calloc(1, sizeof(*g));
	enum ql_rc rc = g != NULL ? worker_casebook(c->w, err) : ql_fail(err, QL_RETRY, "out of memory");

	if (rc == QL_OK)
		rc = casebook_join(c->w->cb, err);
	if (rc == QL_OK) {
		struct gap_ask ask = { .under = c->who.unit, .since = casebook_now(c->w->cb) };

		if (read_gap_ask(c, &ask, g))
			rc = write_gaps(c, &ask, g, err);
	}
	free(g);
	return rc;
}

/* --- fairness ----------------------------------------------------------------------------------------------------------------- */

enum ql_rc roster_fairness(struct call *c, struct ql_err *err)
{
	const char *days = args_get(&c->req->args, "days"), *after = args_get(&c->req->args, "after");
	struct fairness_ask ask = { .under = c->who.unit, .limit = PAGE_UNITS, .after = after != NULL ? after : "" };
	long long n = 0;
	enum ql_rc rc = worker_casebook(c->w, err);

	if (rc != QL_OK)
		return rc;
	if (days != NULL && (!parse_id(days, &n) || n < 1 || n > 31)) {
		refuse(c, "/days", "is not between 1 and 31");
		return QL_OK;
	}
	ask.days = (int)(n != 0 ? n : reference_parameters(casebook_reference(c->w->cb))->fairness_days);
	rc = store_fairness(c->w->pg, &ask, &c->res->body, err);
	return rc == QL_OK ? api_json(c) : rc;
}
