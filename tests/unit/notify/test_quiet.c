/* link: services/notify/quiet.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/timefmt.h"
#include "notify/quiet.h"
#include "../domain/china.h"

/* Beijing time; the calendar of china.h is published for 2026 and not for 2027. */
static ql_time at(const char *text)
{
	ql_time t = 0;

	assert_true(rfc3339_parse(text, strlen(text), &t, NULL));
	return t;
}

static const struct { const char *now, *until, *digest; } ROWS[] = {
	{ "2026-11-23T09:00:00+08:00", "2026-11-23T09:00:00+08:00", "2026-11-24T08:00:00+08:00" }, /* a Monday, at work */
	{ "2026-11-23T07:59:59+08:00", "2026-11-23T08:30:00+08:00", "2026-11-23T08:00:00+08:00" },
	{ "2026-11-23T08:00:00+08:00", "2026-11-23T08:30:00+08:00", "2026-11-24T08:00:00+08:00" },
	{ "2026-11-23T23:59:00+08:00", "2026-11-24T08:30:00+08:00", "2026-11-24T08:00:00+08:00" }, /* not at midnight */
	{ "2026-11-28T12:00:00+08:00", "2026-11-30T08:30:00+08:00", "2026-11-30T08:00:00+08:00" }, /* a Saturday */
	{ "2026-10-10T10:00:00+08:00", "2026-10-10T10:00:00+08:00", "2026-10-12T08:00:00+08:00" }, /* a Saturday, but a make-up day */
	{ "2026-10-01T10:00:00+08:00", "2026-10-08T08:30:00+08:00", "2026-10-08T08:00:00+08:00" }, /* the long holiday */
	{ "2027-01-09T10:00:00+08:00", "2027-01-11T08:30:00+08:00", "2027-01-11T08:00:00+08:00" }, /* a year without calendar: the plain week */
	{ "2027-01-11T20:00:00+08:00", "2027-01-12T08:30:00+08:00", "2027-01-12T08:00:00+08:00" },
};

static void rows(void **state)
{
	static struct calendar cal;

	(void)state;
	office_calendar(&cal);
	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		assert_int_equal(quiet_until(&cal, at(ROWS[i].now)), at(ROWS[i].until));
		assert_int_equal(quiet_digest_at(&cal, at(ROWS[i].now), 8), at(ROWS[i].digest));
	}
}

static void without_a_calendar(void **state)
{
	(void)state;
	assert_int_equal(quiet_until(NULL, at("2026-11-28T12:00:00+08:00")), at("2026-11-30T08:30:00+08:00"));
	assert_int_equal(quiet_until(NULL, at("2026-11-27T16:59:59+08:00")), at("2026-11-27T16:59:59+08:00"));
	assert_int_equal(quiet_until(NULL, at("2026-11-27T17:00:00+08:00")), at("2026-11-30T08:30:00+08:00"));
	assert_int_equal(quiet_digest_at(NULL, at("2026-11-27T17:00:00+08:00"), 0), at("2026-11-30T00:00:00+08:00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows), cmocka_unit_test(without_a_calendar) };

	return cmocka_run_group_tests_name("notify/quiet", tests, NULL, NULL);
}
