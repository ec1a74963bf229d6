#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"
#include "domain/notices.h"

static const struct row {
	const char *text, *utc; /* NULL: refused */
	bool timed;
} ROWS[] = {
	{ "2024-04-17T09:15:03",       "2024-04-17T01:15:03Z",     true  },
	{ "2024-04-17 09:15:03",       "2024-04-17T01:15:03Z",     true  },
	{ "2023_01_03 09:18:33",       "2023-01-03T01:18:33Z",     true  },
	{ "2024/4/17 9:15",            "2024-04-17T01:15:00Z",     true  },
	{ "2024/4/17 9:15:03",         "2024-04-17T01:15:03Z",     true  },
	{ "2024-04-17T09:15:03.5",     "2024-04-17T01:15:03.500Z", true  },
	{ "2024-04-17T09:15:03Z",      "2024-04-17T09:15:03Z",     true  },
	{ "2024-04-17T09:15:03+09:00", "2024-04-17T00:15:03Z",     true  },
	{ "2024-04-17T00:00:00",       "2024-04-16T16:00:00Z",     true  },
	{ "20240417",                  "2024-04-16T16:00:00Z",     false },
	{ "2024-04-17",                "2024-04-16T16:00:00Z",     false },
	{ "2024/4/17",                 "2024-04-16T16:00:00Z",     false },
	{ "20240417091503",            "2024-04-17T01:15:03Z",     true  },
	{ "20240417091503123",         "2024-04-17T01:15:03.123Z", true  },
	{ " 20240417091503\r\n",       "2024-04-17T01:15:03Z",     true  },
	{ "20240229",                  "2024-02-28T16:00:00Z",     false },
	{ "",                          NULL,                       false },
	{ "   ",                       NULL,                       false },
	{ "20230229",                  NULL,                       false },
	{ "2024-13-01",                NULL,                       false },
	{ "2024-04-31T09:15:03",       NULL,                       false },
	{ "2024-04-17T24:00:00",       NULL,                       false },
	{ "2024-04-17T09:60:00",       NULL,                       false },
	{ "20240417251503",            NULL,                       false },
	{ "18240417",                  NULL,                       false },
	{ "2024041",                   NULL,                       false },
	{ "202404170915",              NULL,                       false },
	{ "2024-04",                   NULL,                       false },
	{ "2024-04-17 09",             NULL,                       false },
	{ "17/04/2024",                NULL,                       false },
	{ "02024-04-17",               NULL,                       false },
	{ "2024-004-17",               NULL,                       false },
	{ "2024-04-17T09:15:03X",      NULL,                       false },
	{ "2024年4月17日",             NULL,                       false },
	{ "1713316503000",             NULL,                       false },
	{ "2024-04-17 09:15:03 1 2",   NULL,                       false },
	{ "99999999999999999999999999999999999999999999999999", NULL, false },
};

static void reads_date(void **state)
{
	const struct row *r = *state;
	char again[RFC3339_MAX];
	bool timed = false;
	ql_time at = 7;

	assert_int_equal(notice_date_parse(r->text, &at, &timed), r->utc != NULL);
	if (r->utc == NULL) {
		assert_int_equal(at, 7);
		return;
	}
	rfc3339_format(at, 0, again);
	assert_string_equal(again, r->utc);
	assert_int_equal(timed, r->timed);
	assert_true(notice_date_parse(r->text, &at, NULL));
}

static void release_comes_after_review(void **state)
{
	static const char *const TRACK[] = { "L", "E", "M", "J", "T", "C", "H", "?", "K", "P", "R", "A" };

	(void)state;
	for (size_t i = 1; i < QL_LEN(TRACK); i++)
		assert_true(notice_rank(TRACK[i - 1]) < notice_rank(TRACK[i]));
	assert_int_equal(notice_rank("?"), NOTICE_RANK_UNKNOWN);
	assert_int_equal(notice_rank("p"), NOTICE_RANK_UNKNOWN);
	assert_int_equal(notice_rank("SpL"), notice_rank("L"));
	assert_int_equal(notice_rank("SpJ"), notice_rank("J"));
}

/* Received 20:58:37, reviewed :44, released and completed in one second of the next morning, completion arriving first. */
static void a_real_track_in_any_order_of_arrival(void **state)
{
	static const char CODES[] = "LJPR";
	static const ql_time AT[] = { 37, 44, 44436, 44436 }, RECEIVED[] = { 40, 50, 44460, 44450 };
	static const size_t ARRIVALS[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 3, 0, 2, 1 }, { 1, 3, 0, 2 } };

	(void)state;
	for (size_t a = 0; a < QL_LEN(ARRIVALS); a++) {
		struct notice_fact track[4];

		for (size_t i = 0; i < 4; i++) {
			size_t n = ARRIVALS[a][i];

			track[i] = (struct notice_fact){ notice_rank((char[]){ CODES[n], 0 }), AT[n] * QL_SECOND, RECEIVED[n] * QL_SECOND, n };
		}
		notice_order(track, 4);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(track[i].tag, i);
	}
	notice_order(NULL, 0);
}

static void equal_ranks_go_by_time_then_arrival(void **state)
{
	struct notice_fact a = { 420, 100, 300, 1 }, b = { 420, 200, 250, 0 }, c = { 420, 200, 260, 0 }, d = { 420, 200, 260, 1 };

	(void)state;
	assert_true(notice_compare(&a, &b) < 0 && notice_compare(&b, &a) > 0);
	assert_true(notice_compare(&b, &c) < 0);
	assert_true(notice_compare(&c, &d) < 0);
	assert_int_equal(notice_compare(&d, &d), 0);
}

int main(void)
{
	struct CMUnitTest tests[3 + QL_LEN(ROWS)] = {
		cmocka_unit_test(release_comes_after_review),
		cmocka_unit_test(a_real_track_in_any_order_of_arrival),
		cmocka_unit_test(equal_ranks_go_by_time_then_arrival),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[3 + i] = (struct CMUnitTest){ ROWS[i].text, reads_date, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/notices", tests, NULL, NULL);
}
