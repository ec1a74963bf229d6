#include "domain/choose.h"

#include <assert.h>
#include <string.h>

#define PER_MILLE      1000
#define MATCH_KEPT     1000 /* one leading preferred skill outweighs all that follows it */
#define MATCH_OTHER    10
#define MATCH_PLACE    1

static const char *const LEVEL_NAMES[CHOOSE_LEVELS] = { "named", "deputy", "office", "district", "national", "duty", "none" };
static const char *const FILTER_NAMES[CHOOSE_FILTERS] = { "none", "not_appointed", "off_duty", "unavailable", "recused", "excluded",
                                                          "not_authorised", "skill", "language", "shift_ends", "full" };

const char *choose_level_name(enum choose_level level) { return LEVEL_NAMES[level]; }
const char *choose_filter_name(enum choose_filter filter) { return FILTER_NAMES[filter]; }

/* --- eligibility ------------------------------------------------------------------------------------------------------ */

typedef bool passes(const struct work *w, const struct roster *r, const struct candidate *c);

static int32_t usable(const struct candidate *c) { return (int32_t)((int64_t)c->capacity * c->ramp / 100); }

static bool appointed(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return c->valid_from <= w->now && (c->valid_until == 0 || w->now < c->valid_until);
}

static bool on_duty(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return c->duty_from <= w->now && w->now < c->duty_until;
}

static bool takes_work(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)w, (void)r;
	return c->available;
}

static bool impartial(const struct work *w, const struct roster *r, const struct candidate *c)
{
	for (int i = 0; i < w->enterprise_count; i++)
		if (roster_recused(r, c->id, w->enterprises[i]))
			return false;
	for (int i = 0; i < w->recused_count; i++)
		if (w->recused[i] == c->id)
			return false;
	return true;
}

static bool not_tried(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	for (int i = 0; i < w->excluded_count; i++)
		if (w->excluded[i] == c->id)
			return false;
	return true;
}

static bool authorised(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return w->category < 0 || (c->subjects & SKILL_BIT(w->category)) != 0;
}

static bool skilled(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return (w->required & ~c->skills) == 0;
}

static bool speaks(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return w->languages == 0 || (w->languages & c->languages) != 0;
}

static bool shift_lasts(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return c->duty_until - w->now >= w->shift_needed;
}

static bool has_room(const struct work *w, const struct roster *r, const struct candidate *c)
{
	(void)r;
	return usable(c) > 0 && (int64_t)c->open_weight + w->weight <= usable(c);
}

static passes *const FILTERS[CHOOSE_FILTERS] = {
	[FILTER_VALIDITY] = appointed,
	[FILTER_DUTY] = on_duty,
	[FILTER_AVAILABLE] = takes_work,
	[FILTER_RECUSED] = impartial,
	[FILTER_EXCLUDED] = not_tried,
	[FILTER_SUBJECT] = authorised,
	[FILTER_SKILLS] = skilled,
	[FILTER_LANGUAGE] = speaks,
	[FILTER_SHIFT] = shift_lasts,
	[FILTER_CAPACITY] = has_room,
};

/* A duty supervisor owns what nobody could take: only being there and being impartial count. */
#define LAST_FOR_DUTY FILTER_RECUSED

static enum choose_filter first_failing(const struct work *w, const struct roster *r, const struct candidate *c, enum choose_filter last)
{
	for (int f = FILTER_NONE + 1; f <= (int)last; f++)
		if (!FILTERS[f](w, r, c))
			return (enum choose_filter)f;
	return FILTER_NONE;
}

enum choose_filter choose_filter(const struct work *work, const struct roster *roster, const struct candidate *c)
{
	return first_failing(work, roster, c, FILTER_CAPACITY);
}

unsigned choose_filters(const struct work *work, const struct roster *roster, const struct candidate *c)
{
	unsigned failing = 0;

	for (int f = FILTER_NONE + 1; f < CHOOSE_FILTERS; f++)
		if (!FILTERS[f](work, roster, c))
			failing |= FILTER_BIT(f);
	return failing;
}

/* --- ranking ---------------------------------------------------------------------------------------------------------- */

/* Spreads ties over coordinators by case, the same in every process. */
static uint64_t stable_hash(int64_t case_id, int64_t id)
{
	uint64_t x = (uint64_t)case_id * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)id;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static struct considered score(const struct work *w, const struct candidate *c, enum choose_level level)
{
	struct considered s = { .id = c->id, .level = level, .last_assigned = c->last_assigned };
	bool leading = true;
	int32_t others = 0;

	for (int i = 0; i < w->preferred_count; i++) {
		bool has = (c->skills & SKILL_BIT(w->preferred[i])) != 0;

		leading = leading && has;
		s.kept += leading;
		others += has && !leading;
	}
	s.match = s.kept * MATCH_KEPT + others * MATCH_OTHER + (w->goods_unit != 0 && c->unit == w->goods_unit ? MATCH_PLACE : 0);
	s.load = usable(c) > 0 ? (int32_t)((int64_t)c->open_weight * PER_MILLE / usable(c)) : INT32_MAX;
	s.hash = stable_hash(w->case_id, c->id);
	return s;
}

static int order(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_scores(const struct considered *a, const struct considered *b)
{
	if (a->match != b->match)
		return order(b->match, a->match);
	if (a->load != b->load)
		return order(a->load, b->load);
	if (a->last_assigned != b->last_assigned)
		return order(a->last_assigned, b->last_assigned);
	return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : order(a->id, b->id);
}

/* Keeps the best CHOOSE_KEPT in order. */
static void rank(struct choice *out, const struct considered *s)
{
	size_t at = out->ranked_count;

	if (at == CHOOSE_KEPT && compare_scores(s, &out->ranked[at - 1]) >= 0)
		return;
	if (at == CHOOSE_KEPT)
		at--;
	else
		out->ranked_count++;
	for (; at > 0 && compare_scores(s, &out->ranked[at - 1]) < 0; at--)
		out->ranked[at] = out->ranked[at - 1];
	out->ranked[at] = *s;
}

/* --- the draw --------------------------------------------------------------------------------------------------------- */

struct draw {
	const struct work *work;
	const struct roster *roster;
	struct choice *out;
	uint64_t seen[ROSTER_MAX / 64]; /* by index: each is looked at once */
};

static bool look_once(struct draw *d, size_t index)
{
	uint64_t bit = UINT64_C(1) << index % 64;
	bool new = (d->seen[index / 64] & bit) == 0;

	d->seen[index / 64] |= bit;
	return new;
}

/* bonus puts a group before the next one, whatever the scores. */
static void consider(struct draw *d, size_t index, enum choose_level level, int32_t bonus)
{
	const struct candidate *c = &d->roster->candidate[index];
	struct considered s;

	if (!look_once(d, index))
		return;
	s = score(d->work, c, level);
	s.match += bonus;
	s.removed_by = first_failing(d->work, d->roster, c, level == LEVEL_DUTY ? LAST_FOR_DUTY : FILTER_CAPACITY);
	d->out->total++;
	d->out->looked_at[level]++;
	if (s.removed_by == FILTER_NONE) {
		d->out->eligible++;
		rank(d->out, &s);
		return;
	}
	d->out->removed_by[s.removed_by]++;
	if (d->out->removed_count < CHOOSE_KEPT)
		d->out->removed[d->out->removed_count++] = s;
}

#define GROUP 100000 /* above every match */

static void consider_id(struct draw *d, int64_t id, enum choose_level level, int32_t bonus)
{
	const struct candidate *c = id != 0 ? roster_get(d->roster, id) : NULL;

	if (c != NULL)
		consider(d, (size_t)(c - d->roster->candidate), level, bonus);
}

static void consider_pool(struct draw *d, enum duty_pool pool, int64_t unit, enum choose_level level, int32_t bonus)
{
	size_t n;
	const struct pool_seat *seat = roster_pool(d->roster, pool, unit, &n);

	for (size_t i = 0; i < n; i++)
		if (seat[i].index >= 0)
			consider(d, (size_t)seat[i].index, level, bonus);
}

static void draw_named(struct draw *d)
{
	consider_id(d, d->work->first_asked, LEVEL_NAMED, 2 * GROUP);
	consider_id(d, d->work->named, LEVEL_NAMED, GROUP);
}

static bool listed(const int64_t *ids, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Breadth first: all deputies of those in the chain before the deputies' deputies; a loop ends by itself. */
static size_t follow_deputies(const struct roster *r, int64_t chain[CHOOSE_CHAIN], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct candidate *c = roster_get(r, chain[i]);

		for (int k = 0; c != NULL && k < ROSTER_DEPUTIES && c->deputies[k] != 0 && n < CHOOSE_CHAIN; k++)
			if (!listed(chain, n, c->deputies[k]))
				chain[n++] = c->deputies[k];
	}
	return n;
}

static void draw_deputies(struct draw *d)
{
	int64_t chain[CHOOSE_CHAIN] = { 0 };
	size_t n = 0, named;

	if (d->work->first_asked != 0)
		chain[n++] = d->work->first_asked;
	if (d->work->named != 0 && !listed(chain, n, d->work->named))
		chain[n++] = d->work->named;
	named = n;
	n = follow_deputies(d->roster, chain, n);
	for (size_t i = named; i < n; i++)
		consider_id(d, chain[i], LEVEL_DEPUTY, (int32_t)(n - i) * GROUP);
}

static int64_t office_of(const struct work *w) { return w->home_unit != 0 ? w->home_unit : w->goods_unit; }

/* Unit 0 would mean every seat of the pool. */
static void draw_pool_of(struct draw *d, enum duty_pool pool, int64_t unit, enum choose_level level, int32_t bonus)
{
	if (unit != 0)
		consider_pool(d, pool, unit, level, bonus);
}

static void draw_office(struct draw *d) { draw_pool_of(d, POOL_OFFICE, office_of(d->work), LEVEL_OFFICE, 0); }
static void draw_district(struct draw *d) { draw_pool_of(d, POOL_DISTRICT, d->work->district, LEVEL_DISTRICT, 0); }
static void draw_national(struct draw *d)
{
	if (!d->work->local)
		consider_pool(d, POOL_NATIONAL, 0, LEVEL_NATIONAL, 0);
}

static void draw_duty(struct draw *d)
{
	memset(d->seen, 0, sizeof(d->seen)); /* who was too full to take it may still own it */
	draw_pool_of(d, POOL_DUTY, office_of(d->work), LEVEL_DUTY, 3 * GROUP);
	draw_pool_of(d, POOL_DUTY, d->work->district, LEVEL_DUTY, 2 * GROUP);
	draw_pool_of(d, POOL_DUTY, d->work->root, LEVEL_DUTY, GROUP);
}

static bool seated(const struct roster *r, enum duty_pool pool, int64_t unit, int64_t coordinator)
{
	size_t n;
	const struct pool_seat *seat = roster_pool(r, pool, unit, &n);

	for (size_t i = 0; i < n; i++)
		if (seat[i].coordinator == coordinator)
			return true;
	return false;
}

bool choose_reaches(const struct work *work, const struct roster *roster, const struct candidate *c)
{
	int64_t chain[CHOOSE_CHAIN] = { work->named };
	size_t n = work->named != 0 ? follow_deputies(roster, chain, 1) : 0;
	const int64_t office = office_of(work);

	return listed(chain, n, c->id) || (office != 0 && seated(roster, POOL_OFFICE, office, c->id))
	    || (work->district != 0 && seated(roster, POOL_DISTRICT, work->district, c->id)) || seated(roster, POOL_NATIONAL, 0, c->id);
}

static void (*const DRAWS[LEVEL_NONE])(struct draw *) = {
	[LEVEL_NAMED] = draw_named,
	[LEVEL_DEPUTY] = draw_deputies,
	[LEVEL_OFFICE] = draw_office,
	[LEVEL_DISTRICT] = draw_district,
	[LEVEL_NATIONAL] = draw_national,
	[LEVEL_DUTY] = draw_duty,
};

static void clear(struct choice *out)
{
	memset(out, 0, offsetof(struct choice, ranked)); /* the kept rows are bounded by their counts */
	out->level = LEVEL_NONE;
}

void choose(const struct work *work, const struct roster *roster, struct choice *out)
{
	struct draw d = { .work = work, .roster = roster, .out = out };

	assert(work->enterprise_count <= CHOOSE_ENTERPRISES && work->excluded_count <= CHOOSE_EXCLUDED && work->preferred_count <= CHOOSE_PREFERRED
	       && work->recused_count <= CHOOSE_RECUSED);
	clear(out);
	for (int level = (int)work->from_level; level < LEVEL_NONE && out->ranked_count == 0; level++) {
		DRAWS[level](&d);
		if (out->ranked_count > 0)
			out->level = (enum choose_level)level;
	}
	for (size_t i = 0; i < out->ranked_count; i++)
		out->ranked[i].match %= GROUP;
	if (out->ranked_count > 0 && out->level != LEVEL_DUTY)
		out->relaxed = work->preferred_count - out->ranked[0].kept;
}

/* --- what waits -------------------------------------------------------------------------------------------------------- */

ql_time choose_urgency(const struct work *work)
{
	ql_time promise = work->promise != 0 ? work->promise : URGENCY_NONE;

	return work->needed_by != 0 && work->needed_by < promise ? work->needed_by : promise;
}

int choose_compare_waiting(const struct work *a, const struct work *b)
{
	ql_time urgency_a = choose_urgency(a), urgency_b = choose_urgency(b);

	if (a->priority != b->priority)
		return order(b->priority, a->priority);
	if (urgency_a != urgency_b)
		return order(urgency_a, urgency_b);
	if (a->tier != b->tier)
		return order(a->tier, b->tier);
	return a->opened_at != b->opened_at ? order(a->opened_at, b->opened_at) : order(work_key(a), work_key(b));
}
