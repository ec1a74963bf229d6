/* test_err.c -- an error says what to do, whole characters only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"

static void fails_in_one_line(void **state)
{
	struct ql_err err = { .sqlstate = "40001", .field = "/old" };

	(void)state;
	assert_int_equal(ql_fail(&err, QL_RETRY, "broker %s is away", "b1"), QL_RETRY);
	assert_int_equal(err.rc, QL_RETRY);
	assert_string_equal(err.msg, "broker b1 is away");
	assert_string_equal(err.sqlstate, "");
	assert_string_equal(err.field, "");
}

static void names_the_field(void **state)
{
	struct ql_err err;

	(void)state;
	assert_int_equal(ql_reject(&err, "/contact/phone", "%s: missing", "/contact/phone"), QL_REJECT);
	assert_int_equal(err.rc, QL_REJECT);
	assert_string_equal(err.field, "/contact/phone");
	assert_string_equal(err.msg, "/contact/phone: missing");
}

static void adds_words_to_its_own_message(void **state)
{
	struct ql_err err;

	(void)state;
	ql_reject(&err, "/a", "missing");
	ql_reject(&err, err.field, "record 7: %s", err.msg);
	assert_string_equal(err.field, "/a");
	assert_string_equal(err.msg, "record 7: missing");
}

/* Every length, so that the cut falls on each byte of a character. */
static void cuts_between_characters(void **state)
{
	struct ql_err err;
	char text[400];

	(void)state;
	for (size_t lead = 0; lead < 4; lead++) {
		memset(text, 'a', lead);
		for (size_t i = lead; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "清", 4);
		ql_reject(&err, text, "%s", text);
		assert_int_equal(ql_utf8_valid(err.msg, strlen(err.msg)), strlen(err.msg));
		assert_int_equal(ql_utf8_valid(err.field, strlen(err.field)), strlen(err.field));
		assert_in_range(strlen(err.msg), sizeof(err.msg) - 4, sizeof(err.msg) - 1);
		assert_in_range(strlen(err.field), sizeof(err.field) - 4, sizeof(err.field) - 1);
	}
}

static void names_every_verdict(void **state)
{
	static const char *const NAMES[] = { "ok", "retry", "conflict", "reject", "fatal" };

	(void)state;
	for (int rc = QL_OK; rc <= QL_FATAL; rc++)
		assert_string_equal(ql_rc_name((enum ql_rc)rc), NAMES[rc]);
	assert_string_equal(ql_rc_name((enum ql_rc)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_in_one_line),
		cmocka_unit_test(names_the_field),
		cmocka_unit_test(adds_words_to_its_own_message),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(names_every_verdict),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
