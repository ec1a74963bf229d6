#include "casebook/explain.h"

static void put_id(struct ql_buf *b, const char *key, int64_t id)
{
	if (id != 0)
		ql_json_i64(b, key, id);
	else
		ql_json_raw(b, key, NULL);
}

/* The draw ends with the duty supervisor, also at an hour when the place is empty. */
static const char *level_name(const struct choice *choice) { return choose_level_name(choice_found(choice) ? choice->level : LEVEL_DUTY); }

static void put_score(struct ql_buf *b, const struct work *work, const struct considered *s, const struct candidate *c)
{
	ql_json_open(b, "score", '{');
	ql_json_i64(b, "match", s->match);
	ql_json_i64(b, "load", c->open_weight);
	ql_json_i64(b, "capacity", c->capacity);
	ql_json_i64(b, "idle_s", s->last_assigned != 0 && work->now > s->last_assigned ? (work->now - s->last_assigned) / QL_SECOND : 0);
	ql_json_close(b, '}');
}

static void put_candidate(struct ql_buf *b, const struct work *work, const struct considered *s, const struct duty_roster *r)
{
	const struct candidate *c = roster_get(&r->roster, s->id);

	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "id", s->id);
	ql_json_text(b, "name", roster_name(r, s->id));
	ql_json_text(b, "level", choose_level_name(s->level));
	ql_json_text(b, "removed_by", s->removed_by != FILTER_NONE ? choose_filter_name(s->removed_by) : NULL);
	if (s->removed_by == FILTER_NONE && c != NULL)
		put_score(b, work, s, c);
	else
		ql_json_raw(b, "score", NULL);
	ql_json_close(b, '}');
}

static void put_removed(struct ql_buf *b, const struct choice *choice)
{
	ql_json_open(b, "removed", '{');
	for (int f = FILTER_NONE + 1; f < CHOOSE_FILTERS; f++)
		if (choice->removed_by[f] > 0)
			ql_json_i64(b, choose_filter_name((enum choose_filter)f), (int64_t)choice->removed_by[f]);
	ql_json_close(b, '}');
}

/* The last of the preferred were given up. */
static void put_relaxed(struct ql_buf *b, const struct work *work, const struct choice *choice, const struct duty_roster *r)
{
	ql_json_open(b, "relaxed", '[');
	for (int32_t i = work->preferred_count - choice->relaxed; choice_found(choice) && i < work->preferred_count; i++)
		ql_json_text(b, NULL, r->skill[work->preferred[i]]);
	ql_json_close(b, ']');
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

void explain_choice(struct ql_buf *b, const struct work *work, const struct choice *choice, const struct duty_roster *r)
{
	const int64_t first = choice->ranked_count > 0 ? choice->ranked[0].id : 0;

	ql_json_open(b, NULL, '{');
	ql_json_text(b, "level", level_name(choice));
	put_id(b, "chosen", choice_found(choice) ? first : 0);
	if (!choice_found(choice))
		put_id(b, "owner", first);
	ql_json_i64(b, "considered", (int64_t)choice->total);
	put_removed(b, choice);
	put_relaxed(b, work, choice, r);
	ql_json_open(b, "candidates", '[');
	for (size_t i = 0; i < least(choice->ranked_count, EXPLAIN_RANKED); i++)
		put_candidate(b, work, &choice->ranked[i], r);
	for (size_t i = 0; i < least(choice->removed_count, EXPLAIN_REMOVED); i++)
		put_candidate(b, work, &choice->removed[i], r);
	ql_json_close(b, ']');
	ql_json_close(b, '}');
}

void explain_short(struct ql_buf *b, const struct choice *choice, const struct duty_roster *r)
{
	const struct candidate *c = choice_found(choice) ? roster_get(&r->roster, choice->ranked[0].id) : NULL;

	ql_json_open(b, NULL, '{');
	ql_json_text(b, "level", level_name(choice));
	ql_json_i64(b, "load", c != NULL ? c->open_weight : 0);
	ql_json_i64(b, "capacity", c != NULL ? c->capacity : 0);
	ql_json_close(b, '}');
}
