#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"
#include "domain/clocks.h"

static struct calendar office, port;

static int make_calendars(void **state)
{
	(void)state;
	office_calendar(&office);
	round_the_clock(&port);
	return 0;
}

static struct clock_policy policy_of(enum clock_unit unit, int amount)
{
	static const int16_t WARN[] = { 75 };
	struct clock_policy p = { .version = 1, .unit = unit, .amount = amount };

	CHECK(clock_policy_warn(&p, WARN, QL_LEN(WARN)));
	return p;
}

/* --- examples: one clock, its segments, what it reads --------------------------------------------------------------- */

static const struct row {
	const char *name;
	enum clock_unit unit;
	int amount;
	int at[7][4]; /* month day hour minute of 2026: run from, pause from, run from ... ; month 0 ends */
	int due[4];   /* month 0: never as things stand */
} ROWS[] = {
	{ "ten minutes within hours",          CLOCK_WORK_MINUTES, 10,  { { 11, 23, 9, 0 } },                                        { 11, 23, 9, 10 }  },
	{ "opened at night",                   CLOCK_WORK_MINUTES, 10,  { { 11, 20, 22, 0 } },                                       { 11, 23, 8, 40 }  },
	{ "wall minutes do not care",          CLOCK_WALL_MINUTES, 90,  { { 11, 20, 22, 45 } },                                      { 11, 21, 0, 15 }  },
	{ "three working days",                CLOCK_WORK_DAYS,    3,   { { 11, 23, 10, 0 } },                                       { 11, 26, 17, 0 }  },
	{ "three working days over a holiday", CLOCK_WORK_DAYS,    3,   { { 9, 24, 10, 0 } },                                        { 9, 30, 17, 0 }   },
	{ "the same working day",              CLOCK_WORK_DAYS,    0,   { { 11, 20, 18, 0 } },                                       { 11, 23, 17, 0 }  },
	{ "paused: no instant",                CLOCK_WORK_MINUTES, 60,  { { 11, 23, 9, 0 }, { 11, 23, 9, 30 } },                     { 0 }              },
	{ "paused after it was used up",       CLOCK_WORK_MINUTES, 20,  { { 11, 23, 9, 0 }, { 11, 23, 9, 30 } },                     { 11, 23, 9, 20 }  },
	{ "two hours' pause",                  CLOCK_WORK_MINUTES, 60,  { { 11, 23, 9, 0 }, { 11, 23, 9, 30 }, { 11, 23, 11, 30 } }, { 11, 23, 12, 0 }  },
	{ "a pause over the week-end",         CLOCK_WORK_MINUTES, 60,  { { 11, 20, 16, 45 }, { 11, 20, 17, 30 }, { 11, 23, 8, 0 } }, { 11, 23, 9, 15 } },
	{ "days paused by one working day",    CLOCK_WORK_DAYS,    3,   { { 11, 23, 10, 0 }, { 11, 24, 8, 30 }, { 11, 25, 8, 30 } }, { 11, 27, 17, 0 }  },
	{ "days paused by two working hours",  CLOCK_WORK_DAYS,    3,   { { 11, 23, 10, 0 }, { 11, 24, 10, 0 }, { 11, 24, 12, 0 } }, { 11, 27, 10, 30 } },
	{ "days paused at night only",         CLOCK_WORK_DAYS,    3,   { { 11, 23, 10, 0 }, { 11, 24, 18, 0 }, { 11, 25, 7, 0 } },  { 11, 26, 17, 0 }  },
	{ "wall clock paused",                 CLOCK_WALL_MINUTES, 60,  { { 11, 21, 9, 0 }, { 11, 21, 9, 30 }, { 11, 22, 9, 30 } },  { 11, 22, 10, 0 }  },
	{ "paused twice",                      CLOCK_WORK_MINUTES, 100, { { 11, 23, 9, 0 }, { 11, 23, 9, 10 }, { 11, 23, 10, 0 }, { 11, 23, 10, 20 }, { 11, 23, 16, 0 } }, { 11, 24, 8, 40 } },
};

static size_t segments_of(const int (*at)[4], struct clock_segment *out)
{
	size_t n = 0;

	for (; at[n][0] != 0; n++) {
		ql_time from = bj(2026, at[n][0], at[n][1], at[n][2], at[n][3]);

		if (n > 0)
			out[n - 1].to = from;
		out[n] = (struct clock_segment){ from, 0, n % 2 == 0 ? CLOCK_RUN : CLOCK_PAUSE };
	}
	return n;
}

static void reads_due(void **state)
{
	const struct row *r = *state;
	struct clock_policy p = policy_of(r->unit, r->amount);
	struct clock_segment s[7];
	size_t n = segments_of(r->at, s);
	ql_time due = r->due[0] == 0 ? CLOCK_NEVER : bj(2026, r->due[0], r->due[1], r->due[2], r->due[3]);
	struct clock_reading reading = clock_read(&p, &office, s, n, s[n - 1].from);

	assert_int_equal(reading.rc, WORKTIME_OK);
	assert_int_equal(reading.due, due);
	assert_int_equal(reading.running, n % 2 == 1);
	assert_int_equal(reading.elapsed + reading.remaining, reading.budget);
	if (due == CLOCK_NEVER)
		return;
	reading = clock_read(&p, &office, s, n, due);
	assert_true(reading.breached);
	if (n % 2 == 1)
		assert_int_equal(reading.remaining, 0);
	assert_false(clock_read(&p, &office, s, n, due - 1).breached);
}

static void a_paused_clock_says_when_it_would_be_due(void **state)
{
	struct clock_policy p = policy_of(CLOCK_WORK_MINUTES, 60);
	struct clock_segment s[] = { { bj(2026, 11, 23, 9, 0), bj(2026, 11, 23, 9, 30), CLOCK_RUN }, { bj(2026, 11, 23, 9, 30), 0, CLOCK_PAUSE } };
	struct clock_reading r = clock_read(&p, &office, s, 2, bj(2026, 11, 23, 16, 50));

	(void)state;
	assert_int_equal(r.due, CLOCK_NEVER);
	assert_int_equal(r.if_resumed, bj(2026, 11, 24, 8, 50));
	assert_int_equal(r.elapsed, 30 * QL_MINUTE);
	assert_int_equal(r.remaining, 30 * QL_MINUTE);
	assert_false(r.running || r.breached);
}

static void overdue_is_counted_in_working_time(void **state)
{
	struct clock_policy p = policy_of(CLOCK_WORK_MINUTES, 60);
	struct clock_segment s = { bj(2026, 11, 20, 16, 0), 0, CLOCK_RUN };
	struct clock_reading r = clock_read(&p, &office, &s, 1, bj(2026, 11, 23, 8, 45));

	(void)state;
	assert_int_equal(r.due, bj(2026, 11, 20, 17, 0));
	assert_int_equal(r.remaining, -15 * QL_MINUTE);
}

static void missing_year_is_said(void **state)
{
	struct clock_policy p = policy_of(CLOCK_WORK_DAYS, 10), quick = policy_of(CLOCK_WORK_MINUTES, 10);
	struct clock_segment s = { bj(2026, 12, 28, 9, 0), 0, CLOCK_RUN };
	struct clock_reading r = clock_read(&p, &office, &s, 1, s.from);
	struct clock_fire f = clock_next_fire(&p, &office, NULL, &s, 1, 0);

	(void)state;
	assert_int_equal(r.rc, WORKTIME_NO_YEAR);
	assert_int_equal(r.year, 2027);
	assert_int_equal(f.rc, WORKTIME_NO_YEAR);
	assert_int_equal(f.year, 2027);
	assert_int_equal(f.threshold, -1);
	assert_int_equal(clock_read(&quick, &office, &s, 1, s.from).rc, WORKTIME_OK);
	assert_ptr_equal(clock_keep(&quick, &p, false, &office, &s, 1), &quick);
	assert_ptr_equal(clock_keep(&p, &quick, false, &office, &s, 1), &quick);
}

/* --- thresholds ------------------------------------------------------------------------------------------------------ */

static void fires_in_order(void **state)
{
	static const struct {
		int threshold, day, hour, minute;
	} WANTED[] = { { 3, 23, 9, 20 }, { 0, 23, 9, 30 }, { 1, 23, 9, 40 }, { 2, 23, 9, 40 }, { 4, 23, 10, 40 }, { 5, 24, 9, 10 } };
	struct clock_policy p = {
		.unit = CLOCK_WORK_MINUTES,
		.amount = 40,
		.thresholds = 6,
		.threshold = { { CLOCK_MARK_PERCENT, 75 }, { CLOCK_MARK_PERCENT, 100 }, { CLOCK_MARK_BREACH, 0 }, { CLOCK_MARK_BEFORE, 20 }, { CLOCK_MARK_AFTER, 60 }, { CLOCK_MARK_AFTER, 480 } },
	};
	struct clock_segment s = { bj(2026, 11, 23, 9, 0), 0, CLOCK_RUN };
	uint32_t fired = 0;

	(void)state;
	for (size_t i = 0; i < QL_LEN(WANTED); i++) {
		struct clock_fire f = clock_next_fire(&p, &office, NULL, &s, 1, fired);

		assert_int_equal(f.rc, WORKTIME_OK);
		assert_int_equal(f.threshold, WANTED[i].threshold);
		assert_int_equal(f.at, bj(2026, 11, WANTED[i].day, WANTED[i].hour, WANTED[i].minute));
		fired |= 1u << f.threshold;
	}
	assert_int_equal(clock_next_fire(&p, &office, NULL, &s, 1, fired).threshold, -1);
	assert_int_equal(clock_next_fire(&p, &office, NULL, &s, 1, fired).at, CLOCK_NEVER);
}

static void nothing_fires_while_paused(void **state)
{
	struct clock_policy p = policy_of(CLOCK_WORK_MINUTES, 60);
	struct clock_segment s[] = { { bj(2026, 11, 23, 9, 0), bj(2026, 11, 23, 9, 50), CLOCK_RUN }, { bj(2026, 11, 23, 9, 50), 0, CLOCK_PAUSE } };

	(void)state;
	assert_int_equal(clock_next_fire(&p, &office, NULL, s, 2, 0).at, bj(2026, 11, 23, 9, 45)); /* due before the pause: still to fire */
	assert_int_equal(clock_next_fire(&p, &office, NULL, s, 2, 1).at, CLOCK_NEVER);
	assert_int_equal(clock_next_fire(&p, &office, NULL, s, 2, 1).threshold, -1);
}

static void a_warning_longer_than_the_promise_fires_at_once(void **state)
{
	struct clock_policy p = { .unit = CLOCK_WORK_MINUTES, .amount = 10, .thresholds = 1, .threshold = { { CLOCK_MARK_BEFORE, 30 } } };
	struct clock_segment s = { bj(2026, 11, 23, 9, 0), 0, CLOCK_RUN };

	(void)state;
	assert_int_equal(clock_next_fire(&p, &office, NULL, &s, 1, 0).at, s.from);
}

static void warnings_are_checked(void **state)
{
	static const int16_t GOOD[] = { 50, 75, 90 }, FALLING[] = { 75, 50 }, OVER[] = { 101 }, ZERO[] = { 0 }, MANY[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct clock_policy p = { .thresholds = 0 };

	(void)state;
	assert_false(clock_policy_warn(&p, FALLING, 2));
	assert_false(clock_policy_warn(&p, OVER, 1));
	assert_false(clock_policy_warn(&p, ZERO, 1));
	assert_false(clock_policy_warn(&p, MANY, 8));
	assert_int_equal(p.thresholds, 0);
	assert_true(clock_policy_warn(&p, GOOD, 3));
	assert_int_equal(p.thresholds, 4);
	assert_int_equal(p.threshold[3].mark, CLOCK_MARK_BREACH);
	assert_true(clock_policy_warn(&p, NULL, 0));
	assert_int_equal(p.thresholds, 1);
}

static void names_read_back(void **state)
{
	static const char *const NAMES[] = { "warn_75pct", "warn_30min", "breach", "late_60min", "late_0min" };
	static const char *const WRONG[] = { "warn_", "warn_75", "warn_-5pct", "breached", "late_60pct", "warn_075pct", "", "warn_99999999999999999999pct" };
	struct clock_threshold t;
	char again[CLOCK_THRESHOLD_NAME];

	(void)state;
	for (size_t i = 0; i < QL_LEN(NAMES); i++) {
		assert_true(clock_threshold_parse(NAMES[i], &t));
		clock_threshold_name(&t, again);
		assert_string_equal(again, NAMES[i]);
	}
	for (size_t i = 0; i < QL_LEN(WRONG); i++)
		assert_false(clock_threshold_parse(WRONG[i], &t));
	for (int i = 0; i < CLOCK_KINDS; i++) {
		enum clock_kind kind = CLOCK_KINDS;

		assert_true(clock_kind_parse(clock_kind_name((enum clock_kind)i), &kind));
		assert_int_equal(kind, i);
	}
	for (int i = 0; i < CLOCK_UNITS; i++) {
		enum clock_unit unit = CLOCK_UNITS;

		assert_true(clock_unit_parse(clock_unit_name((enum clock_unit)i), &unit));
		assert_int_equal(unit, i);
	}
}

/* --- a promise is never worsened --------------------------------------------------------------------------------------- */

static void keeps_the_better_promise(void **state)
{
	struct clock_policy thirty = policy_of(CLOCK_WORK_MINUTES, 30), ten = policy_of(CLOCK_WORK_MINUTES, 10), again = ten;
	struct clock_policy wall = policy_of(CLOCK_WALL_MINUTES, 60), day = policy_of(CLOCK_WORK_DAYS, 0);
	struct clock_segment evening = { bj(2026, 11, 20, 16, 55), 0, CLOCK_RUN };

	(void)state;
	assert_ptr_equal(clock_keep(&thirty, &ten, false, &office, &evening, 1), &ten);
	assert_ptr_equal(clock_keep(&ten, &thirty, false, &office, &evening, 1), &ten);
	assert_ptr_equal(clock_keep(&ten, &again, false, &office, &evening, 1), &ten);
	assert_ptr_equal(clock_keep(&ten, &wall, false, &office, &evening, 1), &wall); /* an hour of the wall ends before Monday */
	assert_ptr_equal(clock_keep(&wall, &day, false, &office, &evening, 1), &day);
}

static void objecting_time_is_not_shortened(void **state)
{
	struct clock_policy three = policy_of(CLOCK_WORK_DAYS, 3), five = policy_of(CLOCK_WORK_DAYS, 5);
	struct clock_segment s = { bj(2026, 11, 23, 10, 0), 0, CLOCK_RUN };
	struct calendar storm = office;

	(void)state;
	assert_true(clock_gives_room(CLOCK_CONFIRMATION));
	assert_false(clock_gives_room(CLOCK_RESOLUTION));
	assert_ptr_equal(clock_keep(&five, &three, true, &office, &s, 1), &five);
	assert_ptr_equal(clock_keep(&three, &five, true, &office, &s, 1), &five);
	CHECK(calendar_override(&storm, civil_day(2026, 11, 25), NULL));
	assert_ptr_equal(clock_keep_calendar(&office, &storm, false, &three, &s, 1), &office);
	assert_ptr_equal(clock_keep_calendar(&storm, &office, false, &three, &s, 1), &office);
	assert_ptr_equal(clock_keep_calendar(&office, &storm, true, &three, &s, 1), &storm);
}

/* --- terms, extensions, the ladder -------------------------------------------------------------------------------------- */

static void terms_of_the_law(void **state)
{
	static const struct {
		enum clock_unit unit;
		int amount;
		bool roll;
		int from[5], pause[4], due[5]; /* year month day hour minute; pause: month, day and to month, day of the same year at noon, 0: none */
	} TERMS[] = {
		{ CLOCK_CALENDAR_DAYS, 90, false, { 2024, 2, 19, 10, 0 }, { 0 }, { 2024, 5, 20, 0, 0 } }, /* a Sunday: to its end */
		{ CLOCK_CALENDAR_DAYS, 90, true, { 2024, 2, 19, 10, 0 }, { 0 }, { 2024, 5, 20, 17, 0 } },
		{ CLOCK_CALENDAR_DAYS, 100, true, { 2026, 6, 23, 10, 0 }, { 0 }, { 2026, 10, 8, 17, 0 } },
		{ CLOCK_CALENDAR_MONTHS, 1, true, { 2026, 1, 31, 9, 0 }, { 0 }, { 2026, 2, 28, 17, 0 } }, /* month's end, a make-up Saturday */
		{ CLOCK_CALENDAR_DAYS, 10, true, { 2026, 11, 2, 9, 0 }, { 11, 4, 11, 6 }, { 2026, 11, 16, 17, 0 } }, /* two days' pause: Saturday, rolled */
		{ CLOCK_CALENDAR_DAYS, 10, false, { 2026, 11, 2, 9, 0 }, { 11, 4, 11, 6 }, { 2026, 11, 15, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < QL_LEN(TERMS); i++) {
		const int *f = TERMS[i].from, *d = TERMS[i].due, *w = TERMS[i].pause;
		struct clock_policy p = policy_of(TERMS[i].unit, TERMS[i].amount);
		struct clock_segment s[3] = { { bj(f[0], f[1], f[2], f[3], f[4]), 0, CLOCK_RUN } };
		size_t n = 1;

		p.roll = TERMS[i].roll;
		if (w[0] != 0) {
			s[0].to = bj(f[0], w[0], w[1], 12, 0);
			s[1] = (struct clock_segment){ s[0].to, bj(f[0], w[2], w[3], 12, 0), CLOCK_PAUSE };
			s[2] = (struct clock_segment){ s[1].to, 0, CLOCK_RUN };
			n = 3;
		}
		assert_int_equal(clock_read(&p, &office, s, n, s[0].from).due, bj(d[0], d[1], d[2], d[3], d[4]));
		assert_int_equal(clock_fire_at(&p, &office, NULL, s, n, 1).value, bj(d[0], d[1], d[2], d[3], d[4]));
	}
}

static void an_extension_is_more_of_the_unit(void **state)
{
	struct clock_policy days = policy_of(CLOCK_WORK_DAYS, 3), longer = clock_extended(&days, 2), endless = clock_extended(&days, INT32_MAX);
	struct clock_segment s = { bj(2026, 11, 23, 10, 0), 0, CLOCK_RUN };

	(void)state;
	assert_int_equal(clock_read(&longer, &office, &s, 1, s.from).due, bj(2026, 11, 30, 17, 0));
	assert_int_equal(longer.thresholds, days.thresholds);
	assert_int_equal(endless.amount, INT32_MAX);
}

/* Breached on Friday afternoon: the duty supervisor's hour is over on Monday, the district works round the clock but is not told
 * before the unit itself, and what is urgent counts at night. */
static void the_ladder_keeps_the_hours_of_those_it_tells(void **state)
{
	struct clock_policy p = { .unit = CLOCK_WORK_MINUTES, .amount = 30, .thresholds = 3, .threshold = { { CLOCK_MARK_BREACH, 0 }, { CLOCK_MARK_AFTER, 60 }, { CLOCK_MARK_AFTER, 120 } } };
	struct clock_segment s = { bj(2026, 11, 20, 16, 0), 0, CLOCK_RUN };
	const struct clock_ladder office_then_port = { { NULL, &office, &port } }, urgent = { { NULL } }, port_then_office = { { NULL, &port, &office } };

	(void)state;
	assert_int_equal(clock_fire_at(&p, &office, &office_then_port, &s, 1, 0).value, bj(2026, 11, 20, 16, 30));
	assert_int_equal(clock_fire_at(&p, &office, &office_then_port, &s, 1, 1).value, bj(2026, 11, 23, 9, 0));
	assert_int_equal(clock_fire_at(&p, &office, &office_then_port, &s, 1, 2).value, bj(2026, 11, 23, 9, 0));
	assert_int_equal(clock_fire_at(&p, &office, &port_then_office, &s, 1, 1).value, bj(2026, 11, 20, 17, 30));
	assert_int_equal(clock_fire_at(&p, &office, &port_then_office, &s, 1, 2).value, bj(2026, 11, 23, 10, 0));
	assert_int_equal(clock_fire_at(&p, &office, &urgent, &s, 1, 2).value, bj(2026, 11, 20, 18, 30));
	assert_int_equal(clock_next_fire(&p, &office, &office_then_port, &s, 1, 1).at, bj(2026, 11, 23, 9, 0));
}

static void what_fired_carries_over_by_its_name(void **state)
{
	const struct clock_policy old = { .thresholds = 3, .threshold = { { CLOCK_MARK_PERCENT, 75 }, { CLOCK_MARK_BREACH, 0 }, { CLOCK_MARK_AFTER, 60 } } };
	const struct clock_policy new = { .thresholds = 4, .threshold = { { CLOCK_MARK_PERCENT, 50 }, { CLOCK_MARK_PERCENT, 75 }, { CLOCK_MARK_BREACH, 0 }, { CLOCK_MARK_AFTER, 90 } } };

	(void)state;
	assert_int_equal(clock_carry_fired(&old, 1, &new), 2);
	assert_int_equal(clock_carry_fired(&old, 7, &new), 6);
	assert_int_equal(clock_carry_fired(&new, 1, &old), 0);
}

/* --- properties --------------------------------------------------------------------------------------------------------- */

struct story {
	struct clock_policy policy;
	const struct calendar *cal;
	struct clock_segment s[8];
	size_t n;
};

/* A clock with some pauses, its last segment an open RUN. */
static void tell(struct story *t, uint64_t *seed)
{
	static const int MOST[CLOCK_UNITS] = { 2000, 5, 4000, 0, 0 };
	ql_time at = bj(2026, 3, 1, 0, 0) + below(seed, 200 * QL_DAY);

	t->policy = policy_of((enum clock_unit)below(seed, CLOCK_CALENDAR_DAYS), 0);
	t->policy.amount = (int32_t)below(seed, MOST[t->policy.unit]);
	t->cal = below(seed, 4) == 0 ? &port : &office;
	t->n = 1 + 2 * (size_t)below(seed, 4);
	for (size_t i = 0; i < t->n; i++) {
		t->s[i] = (struct clock_segment){ at, 0, i % 2 == 0 ? CLOCK_RUN : CLOCK_PAUSE };
		at += 1 + below(seed, QL_DAY);
		if (i + 1 < t->n)
			t->s[i].to = at;
	}
}

static struct clock_reading read_story(const struct story *t, size_t n, ql_time now)
{
	struct clock_reading r = clock_read(&t->policy, t->cal, t->s, n, now);

	assert_int_equal(r.rc, WORKTIME_OK);
	return r;
}

/* Cut a pause into the last run: due does not come nearer; nothing is lost either: what the pause took is what it moved. */
static void pausing_never_shortens(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct story t, paused;
		struct clock_reading before, after;
		struct clock_segment *last;

		tell(&t, &seed);
		if (t.n > 5)
			continue;
		before = read_story(&t, t.n, t.s[t.n - 1].from);
		paused = t;
		last = &paused.s[paused.n - 1];
		last->to = last->from + below(&seed, 2 * QL_DAY);
		last[1] = (struct clock_segment){ last->to, last->to + below(&seed, 3 * QL_DAY), CLOCK_PAUSE };
		last[2] = (struct clock_segment){ last[1].to, 0, CLOCK_RUN };
		paused.n += 2;
		after = read_story(&paused, paused.n, last[2].from);
		assert_true(after.due >= before.due);
		assert_int_equal(after.budget, before.budget);
		if (before.due <= last->to)
			assert_int_equal(after.due, before.due); /* it was used up before the pause */
		assert_true(after.elapsed <= read_story(&t, t.n, last[2].from).elapsed);
	}
}

/* Closing and reopening later: what was used stays used, at whatever instant one looks. */
static void reopening_never_forgives(void **state)
{
	uint64_t seed = 77;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct story t;
		struct clock_segment *last;
		ql_time closed, reopened, used;

		tell(&t, &seed);
		last = &t.s[t.n - 1];
		closed = last->from + below(&seed, 5 * QL_DAY);
		reopened = closed + below(&seed, 20 * QL_DAY);
		used = read_story(&t, t.n, closed).elapsed;
		last->to = closed;
		assert_int_equal(read_story(&t, t.n, reopened).elapsed, used); /* closed: it stands still */
		if (t.n > 6)
			continue;
		last[1] = (struct clock_segment){ reopened, 0, CLOCK_RUN };
		assert_int_equal(read_story(&t, t.n + 1, reopened).elapsed, used);
		assert_true(read_story(&t, t.n + 1, reopened + QL_DAY).elapsed >= used);
		assert_true(read_story(&t, t.n + 1, reopened).remaining <= read_story(&t, t.n + 1, reopened).budget - used);
	}
}

static void elapsed_grows_and_meets_due(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct story t;
		ql_time at, before = 0;
		struct clock_reading r;

		tell(&t, &seed);
		at = t.s[0].from;
		for (int step = 0; step < 12; step++, at += below(&seed, QL_DAY)) {
			r = read_story(&t, t.n, at);
			assert_true(r.elapsed >= before);
			assert_int_equal(r.breached, r.due <= at);
			if (r.breached)
				assert_true(r.remaining <= 0);
			before = r.elapsed;
		}
		if (r.due > t.s[t.n - 1].from)
			assert_int_equal(read_story(&t, t.n, r.due).elapsed, r.budget);
	}
}

/* Each threshold once, never going back in time, the breach exactly at due. */
static void thresholds_fire_once_in_order(void **state)
{
	static const int16_t WARN[] = { 25, 50, 90 };
	uint64_t seed = 31;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct story t;
		uint32_t fired = 0;
		ql_time last = INT64_MIN;

		tell(&t, &seed);
		CHECK(clock_policy_warn(&t.policy, WARN, QL_LEN(WARN)));
		for (int i = 0; i < t.policy.thresholds; i++) {
			struct clock_fire f = clock_next_fire(&t.policy, t.cal, NULL, t.s, t.n, fired);

			assert_int_equal(f.rc, WORKTIME_OK);
			assert_int_equal(f.threshold, i); /* the ladder is in order: the first k have fired */
			assert_true(f.at >= last);
			if (i == t.policy.thresholds - 1)
				assert_int_equal(f.at, read_story(&t, t.n, t.s[0].from).due);
			last = f.at;
			fired |= 1u << f.threshold;
		}
		assert_int_equal(clock_next_fire(&t.policy, t.cal, NULL, t.s, t.n, fired).threshold, -1);
	}
}

#define PLAIN 18

int main(void)
{
	struct CMUnitTest tests[PLAIN + QL_LEN(ROWS)] = {
		cmocka_unit_test(a_paused_clock_says_when_it_would_be_due),
		cmocka_unit_test(overdue_is_counted_in_working_time),
		cmocka_unit_test(missing_year_is_said),
		cmocka_unit_test(fires_in_order),
		cmocka_unit_test(nothing_fires_while_paused),
		cmocka_unit_test(a_warning_longer_than_the_promise_fires_at_once),
		cmocka_unit_test(warnings_are_checked),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(keeps_the_better_promise),
		cmocka_unit_test(objecting_time_is_not_shortened),
		cmocka_unit_test(terms_of_the_law),
		cmocka_unit_test(an_extension_is_more_of_the_unit),
		cmocka_unit_test(the_ladder_keeps_the_hours_of_those_it_tells),
		cmocka_unit_test(what_fired_carries_over_by_its_name),
		cmocka_unit_test(pausing_never_shortens),
		cmocka_unit_test(reopening_never_forgives),
		cmocka_unit_test(elapsed_grows_and_meets_due),
		cmocka_unit_test(thresholds_fire_once_in_order),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[PLAIN + i] = (struct CMUnitTest){ ROWS[i].name, reads_due, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/clocks", tests, make_calendars, NULL);
}
