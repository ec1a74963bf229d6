#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "china.h"

static const struct row {
	const char *text, *utc; /* NULL: refused */
	int offset;
} ROWS[] = {
	{ "2026-11-23T09:15:03Z",            "2026-11-23T09:15:03Z",        0    },
	{ "2026-11-23T17:15:03+08:00",       "2026-11-23T09:15:03Z",        480  },
	{ "2026-11-23T00:15:03.5-03:30",     "2026-11-23T03:45:03.500Z",    -210 },
	{ "2026-11-23T09:15:03.123456789Z",  "2026-11-23T09:15:03.123456Z", 0    },
	{ "2024-02-29T23:59:59+23:59",       "2024-02-29T00:00:59Z",        1439 },
	{ "1969-12-31T23:59:59.999999Z",     "1969-12-31T23:59:59.999999Z", 0    },
	{ "1900-01-01T00:00:00+08:00",       "1899-12-31T16:00:00Z",        480  },
	{ "2026-02-30T09:15:03Z",            NULL,                          0    },
	{ "2023-02-29T09:15:03Z",            NULL,                          0    },
	{ "1900-02-29T09:15:03Z",            NULL,                          0    },
	{ "2026-13-01T09:15:03Z",            NULL,                          0    },
	{ "2026-00-01T09:15:03Z",            NULL,                          0    },
	{ "2026-11-00T09:15:03Z",            NULL,                          0    },
	{ "2026-11-31T09:15:03Z",            NULL,                          0    },
	{ "2026-11-23T24:00:00Z",            NULL,                          0    },
	{ "2026-11-23T09:60:03Z",            NULL,                          0    },
	{ "2026-11-23T23:59:60Z",            NULL,                          0    },
	{ "2026-11-23T09:15:03",             NULL,                          0    },
	{ "2026-11-23 09:15:03Z",            NULL,                          0    },
	{ "2026-11-23t09:15:03Z",            NULL,                          0    },
	{ "2026-11-23T09:15:03z",            NULL,                          0    },
	{ "2026-11-23T09:15Z",               NULL,                          0    },
	{ "2026-11-23T09:15:03.Z",           NULL,                          0    },
	{ "2026-11-23T09:15:03.1234567890Z", NULL,                          0    },
	{ "2026-11-23T09:15:03+0800",        NULL,                          0    },
	{ "2026-11-23T09:15:03+24:00",       NULL,                          0    },
	{ "2026-11-23T09:15:03+08:60",       NULL,                          0    },
	{ "2026-11-23T09:15:03Z ",           NULL,                          0    },
	{ "2126-11-23T09:15:03Z",            NULL,                          0    },
	{ "+026-11-23T09:15:03Z",            NULL,                          0    },
	{ "",                                NULL,                          0    },
};

static void reads_rfc3339(void **state)
{
	const struct row *r = *state;
	char again[RFC3339_MAX];
	int offset = 7;
	ql_time at = 7;

	assert_int_equal(rfc3339_parse(r->text, strlen(r->text), &at, &offset), r->utc != NULL);
	if (r->utc == NULL) {
		assert_int_equal(at, 7);
		return;
	}
	assert_int_equal(offset, r->offset);
	assert_int_equal(rfc3339_format(at, 0, again), (int)strlen(r->utc));
	assert_string_equal(again, r->utc);
	for (size_t len = 0; len < strlen(r->text); len++)
		assert_false(rfc3339_parse(r->text, len, &at, NULL)); /* every prefix is refused */
}

static void writes_the_clock_of_the_place(void **state)
{
	char text[RFC3339_MAX];

	(void)state;
	rfc3339_format(bj(2026, 11, 23, 9, 15), BEIJING_OFFSET, text);
	assert_string_equal(text, "2026-11-23T09:15:00+08:00");
	rfc3339_format(bj(2026, 11, 23, 9, 15), -210, text);
	assert_string_equal(text, "2026-11-22T21:45:00-03:30");
}

static void dates(void **state)
{
	char text[RFC3339_MAX];
	int32_t day = -1;

	(void)state;
	assert_true(date_parse("2024-02-29", 10, &day));
	assert_int_equal(day, civil_day(2024, 2, 29));
	date_format(day, text);
	assert_string_equal(text, "2024-02-29");
	assert_false(date_parse("2023-02-29", 10, &day));
	assert_false(date_parse("2024-02-291", 11, &day));
	assert_false(date_parse("20240229", 8, &day));
}

/* Against the C library, over 400 years and both sides of 1970. */
static void agrees_with_the_library(void **state)
{
	(void)state;
	for (int64_t day = -100000; day < 60000; day += 7) {
		time_t seconds = (time_t)(day * 86400 + 12345);
		struct tm tm;
		struct civil c = civil_at(seconds * QL_SECOND, 0);

		assert_non_null(gmtime_r(&seconds, &tm));
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.weekday, tm.tm_wday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(civil_day(c.year, c.month, c.day), day);
		assert_int_equal(civil_time(&c, 0), seconds * QL_SECOND);
	}
}

static void beijing_day_turns_at_sixteen_utc(void **state)
{
	(void)state;
	assert_int_equal(beijing_day(bj(2026, 11, 23, 0, 0)), civil_day(2026, 11, 23));
	assert_int_equal(beijing_day(bj(2026, 11, 23, 0, 0) - 1), civil_day(2026, 11, 22));
	assert_int_equal(civil_day_at(bj(2026, 11, 23, 0, 0), 0), civil_day(2026, 11, 22));
	assert_int_equal(civil_day_at(-1, 0), -1);
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 4] = {
		cmocka_unit_test(writes_the_clock_of_the_place),
		cmocka_unit_test(dates),
		cmocka_unit_test(agrees_with_the_library),
		cmocka_unit_test(beijing_day_turns_at_sixteen_utc),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[4 + i] = (struct CMUnitTest){ ROWS[i].text, reads_rfc3339, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/timefmt", tests, NULL, NULL);
}
