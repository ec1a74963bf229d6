/* link: services/relay/shown.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "relay/shown.h"

static const struct { const char *snapshot; uint32_t xid; bool shown; } CASES[] = {
	{ "100:100:", 99, true },
	{ "100:100:", 100, false },
	{ "100:104:100,102", 99, true },
	{ "100:104:100,102", 100, false },
	{ "100:104:100,102", 101, true },
	{ "100:104:100,102", 102, false },
	{ "100:104:100,102", 103, true },
	{ "100:104:100,102", 104, false },
	/* the protocol gives 32 bits, a snapshot 64: around the turn of an epoch */
	{ "4294967290:4294967300:4294967295", 4294967289u, true },
	{ "4294967290:4294967300:4294967295", 4294967295u, false },
	{ "4294967290:4294967300:4294967295", 3, true },
	{ "4294967290:4294967300:4294967295", 4, false },
	{ "8589934592:8589934593:8589934592", 0, false },
	{ "8589934592:8589934593:8589934592", 4294967295u, true },
};

static void shows(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(CASES); i++) {
		struct shown s = { 0 };

		assert_true(shown_parse(CASES[i].snapshot, &s));
		if (shown_has(&s, CASES[i].xid) != CASES[i].shown)
			fail_msg("%s and %u", CASES[i].snapshot, CASES[i].xid);
	}
}

static void nothing_is_shown_before_a_look(void **state)
{
	const struct shown s = { 0 };

	(void)state;
	assert_false(shown_has(&s, 3));
}

static void refuses(void **state)
{
	static const char *const BAD[] = { "", "1", "1:2", "a:b:", "1:2:x", "1:2:3,,4", "-1:2:", "1 :2:" };

	(void)state;
	for (size_t i = 0; i < QL_LEN(BAD); i++) {
		struct shown s = { .xmin = 5, .xmax = 9 };

		if (shown_parse(BAD[i], &s) || shown_has(&s, 4))
			fail_msg("\"%s\" was taken for a snapshot", BAD[i]);
	}
}

/* More running ones than are kept: what is not known to be shown is not. */
static void is_careful_with_too_many(void **state)
{
	struct shown s = { 0 };
	char *text = calloc(1, 16 * (SHOWN_RUNNING + 16));
	size_t len = (size_t)sprintf(text, "1000:9000:");

	(void)state;
	for (int i = 0; i < SHOWN_RUNNING + 8; i++)
		len += (size_t)sprintf(text + len, "%s%d", i > 0 ? "," : "", 1000 + 2 * i);
	assert_true(shown_parse(text, &s));
	assert_true(shown_has(&s, 999));
	assert_false(shown_has(&s, 1000));
	assert_false(shown_has(&s, 1001));
	assert_false(shown_has(&s, 1000 + 2 * (SHOWN_RUNNING + 4)));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows),
		cmocka_unit_test(nothing_is_shown_before_a_look),
		cmocka_unit_test(refuses),
		cmocka_unit_test(is_careful_with_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
