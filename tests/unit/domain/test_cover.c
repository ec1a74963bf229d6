#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "china.h"
#include "domain/cover.h"

enum { MOST = 8 };
static struct calendar office, lunch, port;

static int make_calendars(void **state)
{
	(void)state;
	office_calendar(&office);
	lunch_calendar(&lunch);
	round_the_clock(&port);
	return 0;
}

#define DAY(m, d) civil_day(2026, m, d)
#define AT(m, d, hour, minute) bj(2026, m, d, hour, minute)

/* Times as month, day and minute of the day; a month of 0 ends a list. */
struct minutes { int month, day, from, to; bool whole; };

static const struct row {
	const char *name;
	const struct calendar *cal;
	int from_month, from_day, days;
	struct minutes since; /* month 0: long ago */
	struct minutes spans[5], gaps[6];
} ROWS[] = {
	{ "a day with everybody there", &office, 11, 23, 1, { 0 }, { { 11, 23, 480, 1080, false } }, { { 0 } } },
	{ "a day without anybody", &office, 11, 23, 1, { 0 }, { { 0 } }, { { 11, 23, 510, 1020, true } } },
	{ "a weekend wants nobody", &office, 11, 28, 2, { 0 }, { { 0 } }, { { 0 } } },
	{ "a make-up Sunday counts", &office, 9, 20, 1, { 0 }, { { 0 } }, { { 9, 20, 510, 1020, true } } },
	{ "a holiday wants nobody", &office, 10, 1, 7, { 0 }, { { 0 } }, { { 0 } } },
	{ "who comes late and leaves early", &office, 11, 23, 1, { 0 }, { { 11, 23, 540, 960, false } }, { { 11, 23, 510, 540, false }, { 11, 23, 960, 1020, false } } },
	{ "a hole in the middle", &office, 11, 23, 1, { 0 }, { { 11, 23, 500, 600, false }, { 11, 23, 630, 1020, false } }, { { 11, 23, 600, 630, false } } },
	{ "two slots without anybody are one day", &lunch, 11, 23, 1, { 0 }, { { 0 } }, { { 11, 23, 510, 1020, true } } },
	{ "lunch is no gap", &lunch, 11, 23, 1, { 0 }, { { 11, 23, 510, 690, false }, { 11, 23, 810, 1020, false } }, { { 0 } } },
	{ "one of two slots", &lunch, 11, 23, 1, { 0 }, { { 11, 23, 700, 1020, false } }, { { 11, 23, 510, 690, false } } },
	{ "a shift over midnight serves both days", &port, 11, 23, 2, { 0 }, { { 11, 23, 0, 2880, false } }, { { 0 } } },
	{ "around the clock a night without anybody is named on both days", &port, 11, 23, 2, { 0 }, { { 11, 23, 480, 1200, false }, { 11, 24, 480, 1440, false } },
	  { { 11, 23, 0, 480, false }, { 11, 23, 1200, 1440, false }, { 11, 24, 0, 480, false } } },
	{ "what is past is past", &office, 11, 23, 1, { 11, 23, 900, 0, false }, { { 11, 23, 840, 960, false } }, { { 11, 23, 960, 1020, false } } },
	{ "the rest of today without anybody", &office, 11, 23, 1, { 11, 23, 900, 0, false }, { { 11, 23, 510, 900, false } }, { { 11, 23, 900, 1020, true } } },
};

static ql_time at(int month, int day, int minute) { return civil_day_start(DAY(month, day), BEIJING_OFFSET) + minute * QL_MINUTE; }

static void finds_what_has_nobody(void **state)
{
	const struct row *r = *state;
	struct cover_span spans[5];
	struct cover_gap gaps[MOST];
	struct cover_ask ask = { .cal = r->cal, .from_day = DAY(r->from_month, r->from_day), .spans = spans };
	bool more;
	int missing;
	size_t n, i = 0;

	ask.to_day = ask.from_day + r->days;
	ask.since = r->since.month != 0 ? at(r->since.month, r->since.day, r->since.from) : 0;
	for (; r->spans[ask.n].month != 0; ask.n++)
		spans[ask.n] = (struct cover_span){ at(r->spans[ask.n].month, r->spans[ask.n].day, r->spans[ask.n].from),
			                            at(r->spans[ask.n].month, r->spans[ask.n].day, r->spans[ask.n].to) };
	n = cover_gaps(&ask, gaps, MOST, &more, &missing);
	for (; r->gaps[i].month != 0; i++) {
		assert_true(i < n);
		assert_int_equal(gaps[i].day, DAY(r->gaps[i].month, r->gaps[i].day));
		assert_int_equal(gaps[i].from, at(r->gaps[i].month, r->gaps[i].day, r->gaps[i].from));
		assert_int_equal(gaps[i].to, at(r->gaps[i].month, r->gaps[i].day, r->gaps[i].to));
		assert_int_equal(gaps[i].whole, r->gaps[i].whole);
	}
	assert_int_equal(n, i);
	assert_false(more);
	assert_int_equal(missing, 0);
}

static void a_year_without_calendar_is_not_judged(void **state)
{
	struct cover_gap gaps[MOST];
	const struct cover_ask ask = { .cal = &office, .from_day = DAY(12, 30), .to_day = DAY(12, 30) + 10 };
	bool more;
	int missing;

	(void)state;
	assert_int_equal(cover_gaps(&ask, gaps, MOST, &more, &missing), 2); /* 30 and 31 December */
	assert_int_equal(missing, 2027);
}

static void more_than_fit_are_said(void **state)
{
	struct cover_gap gaps[MOST];
	const struct cover_ask ask = { .cal = &port, .from_day = DAY(11, 1), .to_day = DAY(11, 1) + MOST + 1 };
	bool more;
	int missing;

	(void)state;
	assert_int_equal(cover_gaps(&ask, gaps, MOST, &more, &missing), MOST);
	assert_true(more);
	assert_int_equal(gaps[MOST - 1].day, DAY(11, MOST));
}

int main(void)
{
	struct CMUnitTest tests[2 + QL_LEN(ROWS)] = { cmocka_unit_test(a_year_without_calendar_is_not_judged), cmocka_unit_test(more_than_fit_are_said) };

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[2 + i] = (struct CMUnitTest){ ROWS[i].name, finds_what_has_nobody, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/cover", tests, make_calendars, NULL);
}
