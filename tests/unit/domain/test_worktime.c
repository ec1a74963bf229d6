#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"

static struct calendar office, lunch, days, port, night;

static int make_calendars(void **state)
{
	(void)state;
	office_calendar(&office);
	lunch_calendar(&lunch);
	day_calendar(&days);
	round_the_clock(&port);
	calendar_init(&night, BEIJING_OFFSET);
	for (int weekday = 1; weekday <= 5; weekday++)
		CHECK(calendar_add_week(&night, weekday, 22 * 60, 6 * 60)); /* into the next morning, Saturday's included */
	night.years = WORKTIME_ALL_YEARS;
	return 0;
}

#define ANSWER(call, wanted) \
	do { \
		struct worktime_answer answer_ = (call); \
		assert_int_equal(answer_.rc, WORKTIME_OK); \
		assert_int_equal(answer_.value, (wanted)); \
	} while (0)

/* --- terms in days ------------------------------------------------------------------------------------------------- */

static const struct day_row {
	int from[3], days, due[3];
} WORKING_DAYS[] = {
	{ { 2024, 2, 8 },  3,  { 2024, 2, 19 }  },
	{ { 2024, 4, 30 }, 3,  { 2024, 5, 8 }   },
	{ { 2024, 4, 26 }, 1,  { 2024, 4, 28 }  }, /* a Sunday */
	{ { 2024, 9, 27 }, 5,  { 2024, 10, 10 } },
	{ { 2025, 1, 24 }, 10, { 2025, 2, 13 }  },
	{ { 2025, 9, 30 }, 3,  { 2025, 10, 11 } }, /* a Saturday */
	{ { 2026, 2, 13 }, 20, { 2026, 3, 19 }  },
	{ { 2026, 9, 24 }, 3,  { 2026, 9, 30 }  },
};

static void working_day_vectors(void **state)
{
	(void)state;
	for (const struct day_row *r = WORKING_DAYS; r < WORKING_DAYS + QL_LEN(WORKING_DAYS); r++) {
		int32_t due = civil_day(r->due[0], r->due[1], r->due[2]);

		for (int hour = 0; hour < 24; hour += 3) { /* the hour of the start day does not matter: it is excluded */
			ql_time from = bj(r->from[0], r->from[1], r->from[2], hour, 59);

			ANSWER(worktime_add_days(&office, from, r->days), civil_day_start(due, BEIJING_OFFSET) + 17 * QL_HOUR);
			ANSWER(worktime_add_days(&days, from, r->days), civil_day_start(due + 1, BEIJING_OFFSET));
		}
	}
}

static void working_days_of_each_year(void **state)
{
	static const int WANTED[] = { 251, 248, 248 };

	(void)state;
	for (int year = 2024; year <= 2026; year++) {
		int count = 0;

		for (int32_t day = civil_day(year, 1, 1); day <= civil_day(year, 12, 31); day++)
			count += (int)worktime_is_working_day(&office, day).value;
		assert_int_equal(count, WANTED[year - 2024]);
	}
}

static void calendar_day_vectors(void **state)
{
	(void)state;
	ANSWER(worktime_add_calendar_days(&office, bj(2024, 2, 19, 10, 0), 90, false), bj(2024, 5, 20, 0, 0)); /* Sunday, 24:00 */
	ANSWER(worktime_add_calendar_days(&office, bj(2024, 2, 19, 10, 0), 90, true), bj(2024, 5, 20, 17, 0));
	ANSWER(worktime_add_calendar_days(&days, bj(2026, 6, 23, 10, 0), 100, false), bj(2026, 10, 2, 0, 0));
	ANSWER(worktime_add_calendar_days(&days, bj(2026, 6, 23, 10, 0), 100, true), bj(2026, 10, 9, 0, 0));
	ANSWER(worktime_add_calendar_days(&office, bj(2024, 2, 21, 0, 0), 90, true), bj(2024, 5, 21, 17, 0)); /* a working day stays */
}

static void months_end_on_the_day_or_the_last(void **state)
{
	(void)state;
	ANSWER(worktime_add_months(&office, bj(2024, 1, 31, 9, 0), 1, false), bj(2024, 2, 29, 17, 0));
	ANSWER(worktime_add_months(&office, bj(2025, 1, 31, 9, 0), 1, false), bj(2025, 2, 28, 17, 0));
	ANSWER(worktime_add_months(&office, bj(2025, 11, 15, 9, 0), 3, true), bj(2026, 2, 24, 17, 0)); /* into the New Year holiday */
	ANSWER(worktime_add_months(&office, bj(2024, 12, 12, 9, 0), 12, false), bj(2025, 12, 12, 17, 0));
}

static void same_working_day(void **state)
{
	(void)state;
	ANSWER(worktime_same_day(&office, bj(2026, 11, 20, 7, 0)), bj(2026, 11, 20, 17, 0));
	ANSWER(worktime_same_day(&office, bj(2026, 11, 20, 16, 59)), bj(2026, 11, 20, 17, 0));
	ANSWER(worktime_same_day(&office, bj(2026, 11, 20, 17, 0)), bj(2026, 11, 23, 17, 0)); /* Friday's close: Monday */
	ANSWER(worktime_same_day(&office, bj(2024, 4, 27, 12, 0)), bj(2024, 4, 28, 17, 0));   /* Saturday before a make-up Sunday */
	ANSWER(worktime_add_days(&office, bj(2026, 11, 20, 18, 0), 0), bj(2026, 11, 23, 17, 0));
}

/* --- amounts of work ----------------------------------------------------------------------------------------------- */

static const struct add_row {
	struct calendar *cal;
	int from[5], minutes, due[5];
} ADDS[] = {
	{ &office, { 2026, 11, 23, 9, 0 },   30,   { 2026, 11, 23, 9, 30 }  },
	{ &office, { 2026, 11, 23, 16, 50 }, 30,   { 2026, 11, 24, 8, 50 }  },
	{ &office, { 2026, 11, 23, 16, 50 }, 10,   { 2026, 11, 23, 17, 0 }  }, /* the end of the day, not the next morning */
	{ &office, { 2026, 11, 23, 7, 0 },   10,   { 2026, 11, 23, 8, 40 }  }, /* before hours: from the opening */
	{ &office, { 2026, 11, 20, 20, 0 },  10,   { 2026, 11, 23, 8, 40 }  }, /* Friday night */
	{ &office, { 2024, 4, 26, 16, 55 },  10,   { 2024, 4, 28, 8, 35 }   }, /* make-up Sunday works */
	{ &office, { 2026, 2, 14, 16, 0 },   120,  { 2026, 2, 24, 9, 30 }   }, /* over the Spring Festival */
	{ &office, { 2026, 11, 23, 8, 30 },  5100, { 2026, 12, 4, 17, 0 }   }, /* ten whole days */
	{ &lunch,  { 2026, 11, 23, 11, 20 }, 20,   { 2026, 11, 23, 13, 40 } },
	{ &lunch,  { 2026, 11, 23, 12, 0 },  60,   { 2026, 11, 23, 14, 30 } },
	{ &lunch,  { 2026, 11, 23, 11, 20 }, 10,   { 2026, 11, 23, 11, 30 } },
	{ &lunch,  { 2026, 11, 23, 8, 30 },  390,  { 2026, 11, 23, 17, 0 }  },
	{ &port,   { 2026, 10, 1, 23, 50 },  20,   { 2026, 10, 2, 0, 10 }   },
	{ &port,   { 2030, 1, 1, 0, 0 },     1440, { 2030, 1, 2, 0, 0 }     },
	{ &night,  { 2026, 11, 23, 12, 0 },  300,  { 2026, 11, 24, 3, 0 }   },
	{ &night,  { 2026, 11, 21, 5, 0 },   120,  { 2026, 11, 23, 23, 0 }  }, /* Saturday morning is Friday's shift */
	{ &office, { 2026, 11, 21, 3, 0 },   0,    { 2026, 11, 21, 3, 0 }   },
};

static void adds_work(void **state)
{
	(void)state;
	for (const struct add_row *r = ADDS; r < ADDS + QL_LEN(ADDS); r++) {
		ql_time from = bj(r->from[0], r->from[1], r->from[2], r->from[3], r->from[4]);

		ANSWER(worktime_add(r->cal, from, r->minutes * QL_MINUTE), bj(r->due[0], r->due[1], r->due[2], r->due[3], r->due[4]));
	}
}

static void next_open_instant(void **state)
{
	(void)state;
	ANSWER(worktime_next_open(&lunch, bj(2026, 11, 23, 12, 0)), bj(2026, 11, 23, 13, 30));
	ANSWER(worktime_next_open(&lunch, bj(2026, 11, 23, 14, 0)), bj(2026, 11, 23, 14, 0));
	ANSWER(worktime_next_open(&lunch, bj(2026, 11, 23, 17, 0)), bj(2026, 11, 24, 8, 30)); /* shut at the minute of closing */
	ANSWER(worktime_next_open(&lunch, bj(2026, 9, 30, 18, 0)), bj(2026, 10, 8, 8, 30));
	ANSWER(worktime_next_open(&port, bj(2026, 10, 1, 3, 0)), bj(2026, 10, 1, 3, 0));
}

/* --- what is not known --------------------------------------------------------------------------------------------- */

static void missing_year_is_said(void **state)
{
	struct worktime_answer a = worktime_add(&office, bj(2026, 12, 31, 16, 50), 20 * QL_MINUTE);

	(void)state;
	assert_int_equal(a.rc, WORKTIME_NO_YEAR);
	assert_int_equal(a.year, 2027);
	assert_int_equal(a.value, 0);
	ANSWER(worktime_add(&office, bj(2026, 12, 31, 16, 50), 10 * QL_MINUTE), bj(2026, 12, 31, 17, 0)); /* does not touch it */
	assert_int_equal(worktime_add_days(&office, bj(2026, 12, 30, 9, 0), 2).year, 2027);
	assert_int_equal(worktime_between(&office, bj(2023, 12, 31, 23, 0), bj(2024, 1, 2, 9, 0)).year, 2023);
	assert_int_equal(worktime_between(&office, bj(2026, 12, 31, 0, 0), bj(2027, 1, 1, 0, 0)).rc, WORKTIME_OK);
	assert_int_equal(worktime_next_open(&office, bj(2026, 12, 31, 17, 0)).rc, WORKTIME_NO_YEAR);
	assert_int_equal(worktime_same_day(&office, bj(2027, 1, 4, 9, 0)).rc, WORKTIME_NO_YEAR);
	assert_int_equal(worktime_is_working_day(&office, civil_day(2027, 1, 4)).rc, WORKTIME_NO_YEAR);
	assert_int_equal(worktime_add_calendar_days(&office, bj(2026, 12, 1, 9, 0), 60, false).year, 2027);
}

static void closed_for_ever_is_said(void **state)
{
	struct calendar shut;

	(void)state;
	calendar_init(&shut, BEIJING_OFFSET);
	shut.years = WORKTIME_ALL_YEARS;
	assert_int_equal(worktime_add(&shut, bj(2026, 1, 1, 0, 0), 1).rc, WORKTIME_NEVER);
	assert_int_equal(worktime_next_open(&shut, bj(2026, 1, 1, 0, 0)).rc, WORKTIME_NEVER);
	assert_int_equal(worktime_add_days(&shut, bj(2026, 1, 1, 0, 0), 1).rc, WORKTIME_NEVER);
	ANSWER(worktime_between(&shut, bj(2026, 1, 1, 0, 0), bj(2026, 2, 1, 0, 0)), 0);
}

/* --- building ------------------------------------------------------------------------------------------------------- */

static void builds_only_sound_calendars(void **state)
{
	struct worktime_day crossed = { 2, { { 600, 700 }, { 650, 800 } } }, one = { 0 };
	struct calendar cal;

	(void)state;
	calendar_init(&cal, BEIJING_OFFSET);
	assert_false(calendar_add_week(&cal, 7, 0, 60));
	assert_false(calendar_add_week(&cal, 1, 60, 1441));
	assert_true(calendar_add_week(&cal, 1, 600, 700));
	assert_false(calendar_add_week(&cal, 1, 650, 800)); /* overlaps */
	assert_true(calendar_add_week(&cal, 1, 100, 200));  /* kept ascending */
	assert_int_equal(cal.week[1].slots[0].from, 100);
	assert_true(calendar_add_week(&cal, 1, 200, 300)); /* touches: one slot */
	assert_int_equal(cal.week[1].count, 2);
	assert_false(calendar_override(&cal, 1, &crossed));
	assert_int_equal(cal.overrides, 0);
	assert_true(worktime_day_add(&one, 60, 120));
	for (int32_t day = WORKTIME_OVERRIDES; day > 0; day--)
		assert_true(calendar_override(&cal, day * 2, &one));
	assert_false(calendar_override(&cal, 1, NULL));
	assert_true(calendar_override(&cal, 2, NULL)); /* replaces */
	for (int i = 1; i < cal.overrides; i++)
		assert_true(cal.override[i - 1].day < cal.override[i].day);
	assert_false(calendar_publish(&cal, 1999));
	assert_false(calendar_publish(&cal, 2064));
	for (int i = 1; i < WORKTIME_SLOTS; i++)
		assert_true(worktime_day_add(&one, 120 + i * 100, 150 + i * 100));
	assert_false(worktime_day_add(&one, 1400, 1440));
}

static void own_hours_of_an_opened_day(void **state)
{
	struct worktime_day short_day = { 0 };

	(void)state;
	assert_true(worktime_day_add(&short_day, 9 * 60, 10 * 60));
	assert_true(calendar_override(&office, civil_day(2026, 11, 21), &short_day)); /* a Saturday */
	ANSWER(worktime_add(&office, bj(2026, 11, 20, 16, 30), 60 * QL_MINUTE), bj(2026, 11, 21, 9, 30));
	ANSWER(worktime_add_days(&office, bj(2026, 11, 20, 9, 0), 1), bj(2026, 11, 21, 10, 0));
	office_calendar(&office);
}

/* --- properties, against a walker that looks at every minute ---------------------------------------------------------- */

static bool minute_is_open(const struct calendar *cal, ql_time at)
{
	int32_t day = civil_day_at(at, cal->offset);
	int minute = (int)((at - civil_day_start(day, cal->offset)) / QL_MINUTE);
	const struct worktime_day *hours = &cal->week[civil_from_day(day).weekday];

	for (int i = 0; i < cal->overrides; i++)
		if (cal->override[i].day == day)
			hours = &cal->override[i].hours;
	for (int i = 0; i < hours->count; i++)
		if (minute >= hours->slots[i].from && minute < hours->slots[i].to)
			return true;
	return false;
}

static void random_calendar(struct calendar *cal, uint64_t *seed)
{
	static const int OFFSETS[] = { 480, 0, -300, 345, 840 };

	calendar_init(cal, OFFSETS[below(seed, QL_LEN(OFFSETS))]);
	cal->years = WORKTIME_ALL_YEARS;
	for (int i = 0; i < 14; i++) { /* refused ones do not matter */
		int from = (int)below(seed, 1440);

		if (!calendar_add_week(cal, (int)below(seed, 7), from, (int)below(seed, 1441)))
			continue;
	}
	CHECK(calendar_add_makeup(cal, 500, 1000));
	for (int i = 0; i < 6; i++) {
		static const struct worktime_day MAKEUP = { 0 };

		CHECK(calendar_override(cal, civil_day(2026, 3, 1) + (int32_t)below(seed, 30), below(seed, 2) ? NULL : &MAKEUP));
	}
}

static void agrees_with_counting_minutes(void **state)
{
	uint64_t seed = 20261123;
	struct calendar cal;

	(void)state;
	for (int round = 0; round < 60; round++) {
		ql_time from, work = 0;

		random_calendar(&cal, &seed);
		from = bj(2026, 3, 1, 0, 0) + below(&seed, 20 * 1440) * QL_MINUTE;
		for (int minute = 0; minute < 3000; minute++) {
			ql_time at = from + minute * QL_MINUTE;

			if (minute_is_open(&cal, at)) {
				work += QL_MINUTE;
				ANSWER(worktime_add(&cal, from, work), at + QL_MINUTE);
				ANSWER(worktime_next_open(&cal, at), at);
			}
			ANSWER(worktime_between(&cal, from, at + QL_MINUTE), work);
		}
	}
}

static void add_and_between_are_inverse(void **state)
{
	uint64_t seed = 42;
	struct calendar cal;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		ql_time from, a, b;
		struct worktime_answer one, two;

		random_calendar(&cal, &seed);
		from = bj(2026, 2, 20, 0, 0) + below(&seed, 30 * QL_DAY);
		a = below(&seed, 20 * QL_HOUR);
		b = below(&seed, 20 * QL_HOUR);
		one = worktime_add(&cal, from, a);
		two = worktime_add(&cal, from, a + b);
		if (one.rc == WORKTIME_NEVER) /* an empty week */
			continue;
		ANSWER(worktime_between(&cal, from, one.value), a);
		ANSWER(worktime_between(&cal, one.value, from), -a);
		assert_true(two.value >= one.value);                /* monotone */
		ANSWER(worktime_add(&cal, one.value, b), two.value); /* splitting */
		if (b > 0)
			assert_true(worktime_add(&cal, from, a + b - 1).value < two.value);
	}
}

/* "5+2": the week's two days off can be booked, a statutory day off can't. */
static void a_booked_day_is_worked(void **state)
{
	static struct calendar booked;
	const int32_t saturday = civil_day(2026, 11, 28), holiday = civil_day(2026, 10, 3), monday = civil_day(2026, 11, 30);

	(void)state;
	booked = office;
	assert_int_equal(worktime_add_days(&booked, bj(2026, 11, 27, 10, 0), 1).value, bj(2026, 11, 30, 17, 0));
	assert_true(calendar_book(&booked, saturday));
	assert_true(calendar_book(&booked, saturday));
	assert_int_equal(booked.overrides, office.overrides + 1);
	assert_int_equal(worktime_add_days(&booked, bj(2026, 11, 27, 10, 0), 1).value, bj(2026, 11, 28, 17, 0));
	assert_true(calendar_book(&booked, monday));
	assert_false(calendar_book(&booked, holiday));
	assert_false(calendar_book(&booked, civil_day(2027, 1, 9))); /* not published */
	assert_int_equal(booked.overrides, office.overrides + 1);
}

static void a_day_says_why_it_is_open_or_shut(void **state)
{
	static const struct {
		int month, day;
		enum worktime_look_why why;
	} DAYS[] = { { 11, 27, WORKTIME_WEEK_OPEN }, { 11, 28, WORKTIME_WEEK_SHUT }, { 10, 1, WORKTIME_DATE_SHUT }, { 10, 10, WORKTIME_DATE_OPEN } };

	(void)state;
	for (size_t i = 0; i < QL_LEN(DAYS); i++) {
		const struct worktime_look l = worktime_look(&office, civil_day(2026, DAYS[i].month, DAYS[i].day));

		assert_int_equal(l.why, DAYS[i].why);
		assert_int_equal(l.hours->count, l.why == WORKTIME_WEEK_OPEN || l.why == WORKTIME_DATE_OPEN);
	}
	assert_int_equal(worktime_look(&office, civil_day(2027, 1, 4)).why, WORKTIME_UNPUBLISHED);
	assert_null(worktime_look(&office, civil_day(2027, 1, 4)).hours);
}

/* Midnight belongs to the day that it ends. */
static void a_term_ends_with_its_day(void **state)
{
	(void)state;
	assert_int_equal(worktime_term_end(&office, bj(2026, 11, 27, 9, 0), false).value, bj(2026, 11, 27, 17, 0));
	assert_int_equal(worktime_term_end(&office, bj(2026, 11, 29, 0, 0), false).value, bj(2026, 11, 29, 0, 0));
	assert_int_equal(worktime_term_end(&office, bj(2026, 11, 29, 0, 0), true).value, bj(2026, 11, 30, 17, 0));
	assert_int_equal(worktime_term_end(&office, bj(2027, 1, 5, 9, 0), true).rc, WORKTIME_NO_YEAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(working_day_vectors),
		cmocka_unit_test(working_days_of_each_year),
		cmocka_unit_test(calendar_day_vectors),
		cmocka_unit_test(months_end_on_the_day_or_the_last),
		cmocka_unit_test(same_working_day),
		cmocka_unit_test(adds_work),
		cmocka_unit_test(next_open_instant),
		cmocka_unit_test(missing_year_is_said),
		cmocka_unit_test(closed_for_ever_is_said),
		cmocka_unit_test(builds_only_sound_calendars),
		cmocka_unit_test(own_hours_of_an_opened_day),
		cmocka_unit_test(a_booked_day_is_worked),
		cmocka_unit_test(a_day_says_why_it_is_open_or_shut),
		cmocka_unit_test(a_term_ends_with_its_day),
		cmocka_unit_test(agrees_with_counting_minutes),
		cmocka_unit_test(add_and_between_are_inverse),
	};

	return cmocka_run_group_tests_name("domain/worktime", tests, make_calendars, NULL);
}
