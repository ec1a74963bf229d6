/* link: services/dispatch/waiting.c
 * test_day.c -- a day of 10,000 cases and 200 coordinators, drawn as dispatch draws: the real choice, the real table of what
 * waits, and no clock but the day's own. The same day is then given by round robin and by least load, for comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dispatch/waiting.h"
#include "domain/timefmt.h"

enum { CASES = 10000, PEOPLE = 200, EXPERTS = 18, OFFICES = 12, DISTRICTS = 4, SKILLS = 14, BURST = 400, CHECK_EVERY = 25 };
enum { ROOT_UNIT = 1, FIRST_DISTRICT = 10, FIRST_OFFICE = 100 };

/* --- chance, the same every time ------------------------------------------------------------------------------------------ */

static uint64_t seed;

static uint64_t chance(void)
{
	uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
static int below(int n) { return (int)(chance() % (uint64_t)n); }
static double unit_interval(void) { return (double)(chance() >> 11) / (double)(UINT64_C(1) << 53); }

/* --- the day ---------------------------------------------------------------------------------------------------------------- */

struct visit { struct work work; ql_time at, takes; };
static struct visit day[CASES];

/* Share of the day's arrivals, from and to in minutes: three quarters in office hours, nights hardly any. */
static const struct { int share, from, to; } SHAPE[] = {
	{ 38, 510, 690 }, { 37, 810, 1020 }, { 9, 690, 810 }, { 5, 420, 510 }, { 8, 1020, 1200 }, { 3, 0, 420 },
};
/* Solved at first contact, by one department, across departments, across districts, by the country; minutes of work. */
static const struct { int share; double minutes; } EFFORT[] = { { 70, 9 }, { 18, 45 }, { 7, 120 }, { 4, 240 }, { 1, 480 } };

static ql_time arrival(void)
{
	int pick = below(100), i = 0;

	for (; pick >= SHAPE[i].share; i++)
		pick -= SHAPE[i].share;
	return (ql_time)((SHAPE[i].from + unit_interval() * (SHAPE[i].to - SHAPE[i].from)) * QL_MINUTE);
}

static ql_time effort(void)
{
	int pick = below(100), i = 0;

	for (; pick >= EFFORT[i].share; i++)
		pick -= EFFORT[i].share;
	return (ql_time)(-log(1 - unit_interval()) * EFFORT[i].minutes * QL_MINUTE) + QL_MINUTE;
}

static int by_time(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static struct work some_work(void)
{
	const int office = below(OFFICES), skill = below(SKILLS + 4);
	struct work w;

	memset(&w, 0, sizeof(w));
	w.home_unit = FIRST_OFFICE + office;
	w.goods_unit = FIRST_OFFICE + below(OFFICES);
	w.district = FIRST_DISTRICT + office % DISTRICTS;
	w.root = ROOT_UNIT;
	w.category = -1;
	w.weight = 1 + (below(100) < 30) + (below(100) < 10);
	w.tier = below(100) < 35 ? 0 : 2;
	w.priority = below(100) < 5 ? 1 : 0;
	w.languages = SKILL_BIT(below(100) < 3);
	w.required = skill < SKILLS ? SKILL_BIT(skill) : 0; /* questions of law and the like need none */
	w.preferred[0] = (uint8_t)below(SKILLS);
	w.preferred_count = below(2);
	w.shift_needed = 15 * QL_MINUTE;
	return w;
}

static void make_day(void)
{
	seed = 20261123;
	for (int i = 0; i < CASES; i++) {
		day[i].at = i < BURST ? 600 * QL_MINUTE + (ql_time)below(600) * QL_SECOND : arrival(); /* a system is down at ten */
		day[i].takes = effort();
		day[i].work = some_work();
	}
	qsort(day, CASES, sizeof(day[0]), by_time);
	for (int i = 0; i < CASES; i++) {
		struct work *w = &day[i].work;

		w->case_id = i + 1;
		w->opened_at = day[i].at + 1;
		w->promise = w->opened_at + (w->tier == 0 ? 4 : 8) * QL_HOUR;
		w->needed_by = below(100) < 8 ? w->opened_at + below(240) * QL_MINUTE : 0;
	}
}

/* --- the people ---------------------------------------------------------------------------------------------------------------- */

struct day_run {
	struct roster roster;
	struct waiting waiting;
	struct changed changed;
	int32_t held[PEOPLE + 1]; /* an account of our own, beside open_weight */
	int64_t given[PEOPLE + 1];
	double carried[PEOPLE + 1]; /* weight times microseconds, of the shift */
	ql_time since[PEOPLE + 1];
	ql_time waited[CASES];
	struct { ql_time at; int person, weight; } end[CASES]; /* a heap by time */
	size_t ends;
	int assigned, waited_count, level[CHOOSE_LEVELS];
};

static const struct { int share, from, to; } SHIFTS[] = { { 70, 510, 1020 }, { 12, 420, 930 }, { 18, 690, 1200 } };

static void give_shift(struct candidate *c, int i)
{
	int pick = below(100), s = 0;

	if (i > PEOPLE - EXPERTS) { /* experts of the nation, around the clock */
		c->duty_from = i % 3 * 8 * QL_HOUR;
		c->duty_until = c->duty_from + 8 * QL_HOUR + 20 * QL_MINUTE; /* they hand over to one another */
		return;
	}
	for (; pick >= SHIFTS[s].share; s++)
		pick -= SHIFTS[s].share;
	c->duty_from = SHIFTS[s].from * QL_MINUTE;
	c->duty_until = SHIFTS[s].to * QL_MINUTE;
}

static struct candidate person(int i)
{
	struct candidate c = { .id = i, .unit = FIRST_OFFICE + i % OFFICES, .ramp = 100, .available = true, .subjects = UINT64_MAX };

	c.capacity = 5 + below(6);
	c.languages = SKILL_BIT(0) | (below(3) == 0 ? SKILL_BIT(1) : 0);
	for (int k = 0; k < 6; k++)
		c.skills |= SKILL_BIT(below(SKILLS));
	if (i > PEOPLE - EXPERTS)
		c.skills = (SKILL_BIT(SKILLS) - 1), c.languages = 3;
	give_shift(&c, i);
	return c;
}

static void make_people(struct roster *r)
{
	seed = 4711;
	roster_clear(r);
	for (int i = 1; i <= PEOPLE; i++) {
		const struct candidate c = person(i);

		assert_true(roster_put(r, &c));
		if (i > PEOPLE - EXPERTS)
			assert_true(roster_join(r, i, POOL_NATIONAL, ROOT_UNIT));
		else
			assert_true(roster_join(r, i, POOL_OFFICE, c.unit));
		if (i <= PEOPLE - EXPERTS && i % 5 == 0)
			assert_true(roster_join(r, i, POOL_DISTRICT, FIRST_DISTRICT + (c.unit - FIRST_OFFICE) % DISTRICTS));
	}
	roster_index(r);
}

/* --- giving -------------------------------------------------------------------------------------------------------------------- */

/* Which of those who may have it: all three see the same people, since who may is no matter of taste. */
typedef int64_t pick(const struct choice *choice, const struct roster *r);

static int64_t pick_best(const struct choice *choice, const struct roster *r)
{
	(void)r;
	return choice->ranked[0].id;
}

static int64_t pick_least(const struct choice *choice, const struct roster *r, int64_t (*value)(const struct candidate *c))
{
	int64_t best = choice->ranked[0].id;

	for (size_t i = 1; i < choice->ranked_count; i++) {
		const int64_t a = value(roster_get(r, choice->ranked[i].id)), b = value(roster_get(r, best));

		if (a < b || (a == b && choice->ranked[i].id < best))
			best = choice->ranked[i].id;
	}
	return best;
}
static int64_t last_of(const struct candidate *c) { return c->last_assigned; }
static int64_t load_of(const struct candidate *c) { return c->open_weight; }
static int64_t pick_round_robin(const struct choice *choice, const struct roster *r) { return pick_least(choice, r, last_of); }
static int64_t pick_least_loaded(const struct choice *choice, const struct roster *r) { return pick_least(choice, r, load_of); }

static void end_push(struct day_run *run, ql_time at, int who, int weight)
{
	size_t i = run->ends++;

	for (; i > 0 && run->end[(i - 1) / 2].at > at; i = (i - 1) / 2)
		run->end[i] = run->end[(i - 1) / 2];
	run->end[i].at = at;
	run->end[i].person = who;
	run->end[i].weight = weight;
}

static void end_pop(struct day_run *run)
{
	const size_t last = --run->ends;
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < last; i = child) {
		if (child + 1 < last && run->end[child + 1].at < run->end[child].at)
			child++;
		if (run->end[child].at >= run->end[last].at)
			break;
		run->end[i] = run->end[child];
	}
	run->end[i] = run->end[last];
}

/* Whoever stands before it in the order and still waits has nobody who may have it at this moment. */
static void nobody_was_passed_over(struct day_run *run, size_t place, ql_time now)
{
	for (size_t i = 0; i < place; i++) {
		struct work before = waiting_at(&run->waiting, i)->work;
		struct choice choice;

		before.now = now;
		choose(&before, &run->roster, &choice);
		assert_true(choice.level >= LEVEL_DUTY);
	}
}

/* What one has carried so far: to be called before it changes. Work left over after the shift is not counted. */
static void carry(struct day_run *run, int who, ql_time now)
{
	const struct candidate *c = roster_get(&run->roster, who);
	const ql_time until = now < c->duty_until ? now : c->duty_until;

	if (until > run->since[who])
		run->carried[who] += (double)run->held[who] * (double)(until - run->since[who]);
	run->since[who] = now;
}

static void give(struct day_run *run, const struct waiting_case *w, const struct choice *choice, pick *policy, ql_time now)
{
	struct candidate *c = roster_find(&run->roster, policy(choice, &run->roster));
	const int who = (int)c->id;

	assert_int_equal(w->work.required & ~c->skills, 0);
	assert_true((w->work.languages & c->languages) != 0);
	assert_true(c->duty_from <= now && now + w->work.shift_needed <= c->duty_until);
	carry(run, who, now);
	c->open_weight += w->work.weight;
	c->last_assigned = now + run->assigned;
	run->held[who] += w->work.weight;
	run->given[who] += w->work.weight;
	assert_true(run->held[who] <= c->capacity); /* at no instant more than one can carry */
	run->waited[run->assigned++] = now - day[w->work.case_id - 1].at;
	run->level[choice->level]++;
	end_push(run, now + day[w->work.case_id - 1].takes, who, w->work.weight);
}

static void draw(struct day_run *run, pick *policy, ql_time now)
{
	for (size_t i = 0; i < run->waiting.count;) {
		struct waiting_case *w = waiting_at(&run->waiting, i);
		struct choice choice;

		w->work.now = now;
		if (!w->fresh && !changed_may_help(&run->changed, &run->roster, &w->work)) {
			i++;
			continue;
		}
		choose(&w->work, &run->roster, &choice);
		if (choice.level >= LEVEL_DUTY) {
			w->fresh = false;
			i++;
			continue;
		}
		if (run->assigned % CHECK_EVERY == 0)
			nobody_was_passed_over(run, i, now);
		run->waited_count += !w->fresh;
		give(run, w, &choice, policy, now);
		waiting_drop(&run->waiting, work_key(&w->work));
	}
	memset(&run->changed, 0, sizeof(run->changed));
}

static void leave(struct day_run *run)
{
	const int who = run->end[0].person;

	carry(run, who, run->end[0].at);
	run->held[who] -= run->end[0].weight;
	roster_find(&run->roster, who)->open_weight -= run->end[0].weight;
	changed_add(&run->changed, who);
	end_pop(run);
}

static void arrive(struct day_run *run, int i)
{
	struct waiting_case c;

	memset(&c, 0, sizeof(c));
	c.work = day[i].work;
	c.fresh = true;
	assert_true(waiting_put(&run->waiting, &c));
}

/* The next instant at which a shift begins; as in dispatch it has no event and makes everyone worth another look. */
static ql_time next_shift(const struct roster *r, ql_time after)
{
	ql_time next = INT64_MAX;

	for (size_t i = 0; i < r->count; i++)
		if (r->candidate[i].duty_from > after && r->candidate[i].duty_from < next)
			next = r->candidate[i].duty_from;
	return next;
}

static void live_through(struct day_run *run, pick *policy)
{
	ql_time shift = next_shift(&run->roster, -1);
	int next = 0;

	while (next < CASES || run->waiting.count > 0) {
		ql_time now = next < CASES ? day[next].at : INT64_MAX;

		now = run->ends > 0 && run->end[0].at < now ? run->end[0].at : now;
		now = shift < now ? shift : now;
		if (now >= QL_DAY)
			return;
		while (next < CASES && day[next].at <= now)
			arrive(run, next++);
		while (run->ends > 0 && run->end[0].at <= now)
			leave(run);
		if (shift <= now) {
			changed_all(&run->changed);
			shift = next_shift(&run->roster, now);
		}
		draw(run, policy, now);
	}
}

/* --- what came of it --------------------------------------------------------------------------------------------------------- */

struct outcome { double cv, cv_capacity, cv_carried, peak, p50, p99, worst; int left; };

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double spread(const double *rate, size_t n)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += rate[i];
	for (size_t i = 0; i < n; i++)
		squares += (rate[i] - sum / (double)n) * (rate[i] - sum / (double)n);
	return sqrt(squares / (double)n) / (sum / (double)n);
}

static double rate_of(const struct day_run *run, const struct candidate *c)
{
	return (double)run->given[c->id] / ((double)(c->duty_until - c->duty_from) / (double)QL_HOUR);
}

/* Those of the offices; experts get what is left by others. */
static struct outcome judge(const struct day_run *run)
{
	double rate[PEOPLE], by_capacity[PEOPLE], carried[PEOPLE];
	static double waited[CASES];
	struct outcome o = { .left = CASES - run->assigned };
	size_t n = 0;

	for (size_t i = 0; i < run->roster.count; i++) {
		const struct candidate *c = &run->roster.candidate[i];

		if (c->id > PEOPLE - EXPERTS)
			continue;
		rate[n] = rate_of(run, c);
		carried[n] = run->carried[c->id] / (double)(c->duty_until - c->duty_from) / c->capacity;
		by_capacity[n++] = rate_of(run, c) / c->capacity;
	}
	o.cv = spread(rate, n);
	o.cv_capacity = spread(by_capacity, n);
	o.cv_carried = spread(carried, n);
	qsort(rate, n, sizeof(rate[0]), by_value);
	o.peak = rate[n - 1] / rate[n / 2];
	for (int i = 0; i < run->assigned; i++)
		waited[i] = (double)run->waited[i] / (double)QL_SECOND;
	qsort(waited, (size_t)run->assigned, sizeof(waited[0]), by_value);
	o.p50 = waited[run->assigned / 2];
	o.p99 = waited[run->assigned * 99 / 100];
	o.worst = waited[run->assigned - 1];
	return o;
}

static struct outcome one_day(const char *name, pick *policy)
{
	struct day_run *run = calloc(1, sizeof(*run));
	struct outcome o;

	assert_non_null(run);
	make_day();
	make_people(&run->roster);
	live_through(run, policy);
	o = judge(run);
	print_message("%-12s cv %.3f, by capacity %.3f, load carried %.3f, peak %.2f  waited p50 %.0f s p99 %.0f s worst %.0f s  not placed %d, placed later %d, by level %d %d %d\n", name,
	              o.cv, o.cv_capacity, o.cv_carried, o.peak, o.p50, o.p99, o.worst, o.left, run->waited_count, run->level[LEVEL_OFFICE], run->level[LEVEL_DISTRICT],
	              run->level[LEVEL_NATIONAL]);
	free(run);
	return o;
}

static void a_day_is_given_within_capacity_in_order_and_evenly(void **state)
{
	struct outcome ours, round_robin, least_loaded;

	(void)state;
	ours = one_day("dispatch", pick_best);
	round_robin = one_day("round robin", pick_round_robin);
	least_loaded = one_day("least loaded", pick_least_loaded);
	assert_int_equal(ours.left, 0);
	assert_true(ours.cv_carried < round_robin.cv_carried && ours.cv_carried < least_loaded.cv_carried);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_day_is_given_within_capacity_in_order_and_evenly) };

	return cmocka_run_group_tests_name("dispatch/day", tests, NULL, NULL);
}
