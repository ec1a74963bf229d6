/* test_clock_histories.c -- random lives of a clock over random calendars, told twice: by the segments that commands leave, read
 * by domain/clocks; and minute by minute by a clerk with a ledger who knows nothing of segments. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"
#include "domain/clocks.h"

#define DAYS    220
#define MINUTES (DAYS * 1440)
#define ROUNDS  1500
#define STEPS   7 /* commands in one life */

static bool open_minute[MINUTES]; /* the clerk's own calendar */
static struct calendar cal;       /* the same one, as the domain knows it */
static ql_time zero;              /* midnight of day 0, a Monday */

static ql_time at_minute(int minute) { return zero + minute * QL_MINUTE; }

/* --- a random calendar in both forms --- */

static void random_hours(uint64_t *seed, struct worktime_day *hours)
{
	int at = (int)below(seed, 600);

	*hours = (struct worktime_day){ 0 };
	for (int slots = 1 + (int)below(seed, 4); slots > 0 && at < 1380; slots--) {
		const int to = at + 20 + (int)below(seed, 300);

		CHECK(worktime_day_add(hours, at, to < 1440 ? to : 1440));
		at = to + 1 + (int)below(seed, 120);
	}
}

static void clerk_opens(int day, const struct worktime_day *hours)
{
	memset(open_minute + day * 1440, 0, 1440);
	for (int i = 0; i < hours->count; i++)
		memset(open_minute + day * 1440 + hours->slots[i].from, 1, (size_t)(hours->slots[i].to - hours->slots[i].from));
}

static void random_calendar(uint64_t *seed)
{
	const int32_t first = civil_day(2024, 1, 1); /* a Monday */
	struct worktime_day hours;

	calendar_init(&cal, BEIJING_OFFSET);
	zero = civil_day_start(first, BEIJING_OFFSET);
	CHECK(calendar_publish(&cal, 2024));
	random_hours(seed, &cal.makeup);
	for (int weekday = 0; weekday < 7; weekday++)
		if (weekday == 1 || below(seed, 4) != 0)
			random_hours(seed, &cal.week[weekday]);
	for (int day = 0; day < DAYS; day++) {
		clerk_opens(day, &cal.week[(day + 1) % 7]);
		if (below(seed, 8) != 0)
			continue;
		random_hours(seed, &hours);
		if (below(seed, 2) == 0)
			hours.count = 0; /* a holiday */
		CHECK(calendar_override(&cal, first + day, hours.count == 0 ? NULL : &hours));
		clerk_opens(day, &hours);
	}
}

/* --- the clerk --- */

struct clerk { bool wall; int budget, used; int due; }; /* minutes; due -1: not yet */

static bool counts(const struct clerk *k, int minute) { return k->wall || open_minute[minute]; }

/* Runs from minute a up to b; b -1: on and on, until it is due. */
static void clerk_runs(struct clerk *k, int a, int b)
{
	for (int minute = a; k->due < 0 && minute < (b < 0 ? MINUTES : b); minute++) {
		k->used += counts(k, minute);
		if (k->used == k->budget)
			k->due = minute + 1;
	}
}

/* --- one life: commands leave segments, the clerk keeps his ledger --- */

struct life {
	struct clock_policy policy;
	struct clock_segment s[STEPS + 1];
	size_t n;
	int start, from, extended; /* from: where the last segment began, in minutes */
	bool running;
};

static void begin(struct life *l, uint64_t *seed)
{
	static const int16_t WARN[] = { 40, 75 };

	*l = (struct life){ .policy = { .version = 1, .unit = below(seed, 5) == 0 ? CLOCK_WALL_MINUTES : CLOCK_WORK_MINUTES }, .running = true };
	l->policy.amount = 1 + (int32_t)below(seed, 3000);
	CHECK(clock_policy_warn(&l->policy, WARN, QL_LEN(WARN)));
	l->start = l->from = (int)below(seed, 20 * 1440);
	l->s[l->n++] = (struct clock_segment){ at_minute(l->start), 0, CLOCK_RUN };
}

/* Pause or resume; a pause may be agreed on afterwards, from an instant since the last segment began. A reopening is a resume that
 * leaves a gap instead of a pause. */
static void command(struct life *l, uint64_t *seed)
{
	const int at = l->from + (int)below(seed, 4 * 1440);
	const bool gap = l->running && below(seed, 4) == 0;

	l->s[l->n - 1].to = at_minute(at);
	l->from = gap ? at + (int)below(seed, 3 * 1440) : at;
	l->running = gap || !l->running;
	l->s[l->n++] = (struct clock_segment){ at_minute(l->from), 0, l->running ? CLOCK_RUN : CLOCK_PAUSE };
}

static void live(struct life *l, uint64_t *seed)
{
	begin(l, seed);
	for (int steps = (int)below(seed, STEPS); steps > 0; steps--)
		command(l, seed);
}

static struct clerk clerk_of(const struct life *l, int budget)
{
	struct clerk k = { l->policy.unit == CLOCK_WALL_MINUTES, budget, 0, -1 };

	for (size_t i = 0; i < l->n; i++)
		if (l->s[i].run == CLOCK_RUN)
			clerk_runs(&k, (int)((l->s[i].from - zero) / QL_MINUTE), l->s[i].to == 0 ? -1 : (int)((l->s[i].to - zero) / QL_MINUTE));
	return k;
}

static struct clock_reading read_life(const struct clock_policy *p, const struct life *l, ql_time now)
{
	const struct clock_reading r = clock_read(p, &cal, l->s, l->n, now);

	assert_int_equal(r.rc, WORKTIME_OK);
	return r;
}

#define EACH_LIFE(l, seed) \
	uint64_t seed = 20261123; \
	(void)state; \
	for (int round = 0; round < ROUNDS; round++) \
		for (bool once = (round % 50 == 0 ? random_calendar(&seed) : (void)0, live(&l, &seed), true); once; once = false)

/* Due, and what was used, to the minute; the domain never saw a minute. */
static void segments_tell_what_the_clerk_counted(void **state)
{
	struct life l;

	EACH_LIFE(l, seed) {
		const struct clock_reading r = read_life(&l.policy, &l, at_minute(l.from));
		const struct clerk k = clerk_of(&l, l.policy.amount);

		assert_int_equal(r.due, k.due < 0 ? CLOCK_NEVER : at_minute(k.due));
		if (k.due < 0)
			assert_int_equal(r.elapsed, k.used * QL_MINUTE);
	}
}

static void an_extension_adds_its_amount_and_never_shortens(void **state)
{
	struct life l;

	EACH_LIFE(l, seed) {
		const int more = 1 + (int)below(&seed, 1000);
		const struct clock_policy longer = clock_extended(&l.policy, more);
		const struct clock_reading before = read_life(&l.policy, &l, at_minute(l.from)), after = read_life(&longer, &l, at_minute(l.from));
		const struct clerk k = clerk_of(&l, l.policy.amount + more);

		assert_true(after.due >= before.due);
		assert_int_equal(after.remaining, before.remaining + more * QL_MINUTE);
		assert_int_equal(after.due, k.due < 0 ? CLOCK_NEVER : at_minute(k.due));
	}
}

/* Agreed afterwards that it had waited since some instant of the last run: due never comes nearer. */
static void a_pause_agreed_afterwards_never_shortens(void **state)
{
	struct life l;

	EACH_LIFE(l, seed) {
		if (!l.running || l.n > STEPS - 1)
			continue;
		struct life agreed = l;
		const ql_time now = at_minute(l.from + (int)below(&seed, 3 * 1440)), since = l.s[l.n - 1].from + below(&seed, now - l.s[l.n - 1].from + 1);

		agreed.s[agreed.n - 1].to = since;
		agreed.s[agreed.n++] = (struct clock_segment){ since, now, CLOCK_PAUSE };
		agreed.s[agreed.n++] = (struct clock_segment){ now, 0, CLOCK_RUN };
		assert_true(read_life(&l.policy, &agreed, now).due >= read_life(&l.policy, &l, now).due);
		/* and taking it back brings the old due again, to the microsecond */
		agreed.s[agreed.n - 2].run = CLOCK_RUN;
		assert_int_equal(read_life(&l.policy, &agreed, now).due, read_life(&l.policy, &l, now).due);
	}
}

/* Whichever policies and calendars come one after another, what holds is never later than what held before. */
static void a_rebase_never_worsens(void **state)
{
	struct life l;
	static struct calendar other;

	EACH_LIFE(l, seed) {
		const struct clock_policy *held = &l.policy;
		const struct calendar *hours = &cal;
		struct clock_policy next[4];

		if (round % 50 == 0) {
			other = cal;
			for (int weekday = 1; weekday < 7; weekday++)
				if (below(&seed, 3) == 0)
					random_hours(&seed, &other.week[weekday]);
		}
		for (size_t i = 0; i < QL_LEN(next); i++) {
			const struct clock_reading before = clock_read(held, hours, l.s, l.n, at_minute(l.from));
			struct clock_reading after;

			next[i] = l.policy;
			next[i].amount = 1 + (int32_t)below(&seed, 4000);
			held = clock_keep(held, &next[i], false, hours, l.s, l.n);
			hours = clock_keep_calendar(hours, hours == &cal ? &other : &cal, false, held, l.s, l.n);
			after = clock_read(held, hours, l.s, l.n, at_minute(l.from));
			assert_true(after.if_resumed <= before.if_resumed);
		}
	}
}

/* What gives the enterprise room is never narrowed. */
static void room_given_is_never_narrowed(void **state)
{
	struct life l;

	EACH_LIFE(l, seed) {
		struct clock_policy next = l.policy;
		const struct clock_policy *kept;

		next.amount = 1 + (int32_t)below(&seed, 4000);
		kept = clock_keep(&l.policy, &next, true, &cal, l.s, l.n);
		assert_true(read_life(kept, &l, at_minute(l.from)).if_resumed >= read_life(&l.policy, &l, at_minute(l.from)).if_resumed);
	}
}

/* Warnings, breach, ladder: each once and never back in time, also when those who are told keep different hours. */
static void the_ladder_is_climbed_in_order(void **state)
{
	static struct calendar day_and_night;
	struct life l;

	round_the_clock(&day_and_night);
	EACH_LIFE(l, seed) {
		struct clock_ladder ladder = { { NULL } };
		uint32_t fired = 0;
		ql_time last = INT64_MIN;
		int n = 0;

		for (int i = 0; i < 3; i++)
			l.policy.threshold[l.policy.thresholds++] = (struct clock_threshold){ CLOCK_MARK_AFTER, 30 * (i + 1) };
		for (int i = 0; i < CLOCK_THRESHOLDS; i++)
			ladder.hours[i] = below(&seed, 3) == 0 ? NULL : below(&seed, 2) == 0 ? &cal : &day_and_night;
		for (struct clock_fire f; n < CLOCK_THRESHOLDS; n++, last = f.at, fired |= 1u << f.threshold) {
			f = clock_next_fire(&l.policy, &cal, &ladder, l.s, l.n, fired);
			assert_int_equal(f.rc, WORKTIME_OK);
			if (f.threshold < 0)
				break;
			assert_int_equal(f.threshold, n);
			assert_true(f.at >= last);
			if (l.policy.threshold[n].mark == CLOCK_MARK_BREACH)
				assert_int_equal(f.at, read_life(&l.policy, &l, at_minute(l.from)).due);
		}
		if (l.running)
			assert_int_equal(n, l.policy.thresholds);
	}
}

/* Terms of the law: a pause moves the end, never nearer; rolled or not, the end is that of a day, and rolled never of a day off. */
static void terms_end_with_a_day(void **state)
{
	struct life l;

	EACH_LIFE(l, seed) {
		struct life shorter = l;
		struct clock_reading r, before;
		bool rolled;

		l.policy.unit = below(&seed, 4) == 0 ? CLOCK_CALENDAR_MONTHS : CLOCK_CALENDAR_DAYS;
		l.policy.amount = (int32_t)below(&seed, l.policy.unit == CLOCK_CALENDAR_MONTHS ? 4 : 90);
		l.policy.roll = below(&seed, 2) == 0;
		r = read_life(&l.policy, &l, at_minute(l.from));
		if (r.due != CLOCK_NEVER) {
			rolled = worktime_is_working_day(&cal, civil_day_at(r.due - 1, cal.offset)).value == 1;
			assert_int_equal(r.due, worktime_term_end(&cal, r.due, false).value);
			assert_true(rolled || !l.policy.roll);
		}
		if (l.n < 3)
			continue;
		shorter.n = 1; /* the same without any pause */
		shorter.s[0].to = 0;
		before = read_life(&l.policy, &shorter, at_minute(l.from));
		assert_true(r.due >= before.due);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_tell_what_the_clerk_counted),
		cmocka_unit_test(an_extension_adds_its_amount_and_never_shortens),
		cmocka_unit_test(a_pause_agreed_afterwards_never_shortens),
		cmocka_unit_test(a_rebase_never_worsens),
		cmocka_unit_test(room_given_is_never_narrowed),
		cmocka_unit_test(the_ladder_is_climbed_in_order),
		cmocka_unit_test(terms_end_with_a_day),
	};

	return cmocka_run_group_tests_name("domain/clock_histories", tests, NULL, NULL);
}
