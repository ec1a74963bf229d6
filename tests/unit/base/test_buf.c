/* test_buf.c -- the capped buffer, UTF-8, and the JSON writer judged by a JSON reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"

static void grows_up_to_its_cap(void **state)
{
	struct ql_buf b;

	(void)state;
	ql_buf_init(&b, 1000);
	for (int i = 0; i < 100; i++)
		ql_buf_str(&b, "0123456789");
	assert_true(ql_buf_ok(&b));
	assert_int_equal(b.len, 1000);
	assert_int_equal(b.data[1000], '\0');
	assert_true(b.cap <= 1001);
	ql_buf_free(&b);
}

static void stays_failed_past_its_cap(void **state)
{
	struct ql_buf b;

	(void)state;
	ql_buf_init(&b, 10);
	ql_buf_str(&b, "12345678");
	ql_buf_str(&b, "abc");
	assert_false(ql_buf_ok(&b));
	ql_buf_str(&b, "x"); /* would fit, but a hole in the middle helps nobody */
	ql_buf_fmt(&b, "%d", 1);
	assert_string_equal(b.data, "12345678");
	ql_buf_reset(&b);
	assert_true(ql_buf_ok(&b));
	ql_buf_fmt(&b, "%010d", 7);
	assert_true(ql_buf_ok(&b));
	assert_string_equal(b.data, "0000000007");
	ql_buf_add(&b, "x", SIZE_MAX); /* the sum must not wrap around */
	assert_false(ql_buf_ok(&b));
	ql_buf_free(&b);
}

static void refuses_all_when_zeroed(void **state)
{
	struct ql_buf b = {0};

	(void)state;
	assert_true(ql_buf_ok(&b));
	ql_buf_str(&b, "x");
	assert_false(ql_buf_ok(&b));
	ql_buf_free(&b);
}

static const struct utf8 { const char *name, *bytes; size_t len, valid; } UTF8[] = {
	{ "empty", "", 0, 0 },
	{ "ascii", "abc", 3, 3 },
	{ "NUL is a character", "a\0b", 3, 3 },
	{ "two, three and four bytes", "\xC3\xA9\xE6\xB8\x85\xF0\x9F\x9A\xA2", 9, 9 },
	{ "latin-1", "caf\xE9 au", 7, 3 },
	{ "gbk", "\xC7\xE5\xC1\xE3", 4, 0 },
	{ "overlong slash", "\xC0\xAF", 2, 0 },
	{ "overlong in three bytes", "\xE0\x80\xAF", 3, 0 },
	{ "overlong in four bytes", "\xF0\x80\x80\xAF", 4, 0 },
	{ "surrogate", "\xED\xA0\x80", 3, 0 },
	{ "last before the surrogates", "\xED\x9F\xBF", 3, 3 },
	{ "the last code point", "\xF4\x8F\xBF\xBF", 4, 4 },
	{ "one above it", "\xF4\x90\x80\x80", 4, 0 },
	{ "F5 begins nothing", "\xF5\x80\x80\x80", 4, 0 },
	{ "cut off", "ab\xE6\xB8", 4, 2 },
	{ "continuation alone", "\x80", 1, 0 },
	{ "lead, then ascii", "\xE6\xB8" "a", 3, 0 },
};

static void knows_utf8(void **state)
{
	const struct utf8 *r = *state;

	assert_int_equal(ql_utf8_valid(r->bytes, r->len), r->valid);
}

static const struct escape { const char *name, *in; size_t len; const char *out; } ESCAPES[] = {
	{ "plain text stays", "清零 abc", 10, "清零 abc" },
	{ "quote and backslash", "\"\\", 2, "\\\"\\\\" },
	{ "short escapes", "\n\r\t\b\f", 5, "\\n\\r\\t\\b\\f" },
	{ "control characters", "\x01\x1F\x7F", 3, "\\u0001\\u001f\\u007f" },
	{ "C1 control", "\xC2\x9B", 2, "\\u009b" },
	{ "line separator", "\xE2\x80\xA8", 3, "\\u2028" },
	{ "NUL cannot be kept", "a\0b", 3, "a\xEF\xBF\xBD" "b" },
	{ "nor can what is not UTF-8", "a\xE9" "b", 3, "a\xEF\xBF\xBD" "b" },
	{ "each byte cut off counts", "\xE6\xB8", 2, "\xEF\xBF\xBD\xEF\xBF\xBD" },
};

static void escapes(void **state)
{
	const struct escape *r = *state;
	struct ql_buf b;

	ql_buf_init(&b, 1000);
	ql_json_escape(&b, r->in, r->len);
	assert_string_equal(b.data, r->out);
	ql_buf_free(&b);
}

static void writes_json_that_reads_back(void **state)
{
	struct ql_buf b;
	json_t *read;
	json_error_t at;

	(void)state;
	ql_buf_init(&b, 1000);
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "text", "say \"清零\"\n");
	ql_json_text(&b, "empty", "");
	ql_json_text(&b, "null", NULL);
	ql_json_textn(&b, "part", "abcdef", 3);
	ql_json_i64(&b, "least", INT64_MIN);
	ql_json_bool(&b, "yes", true);
	ql_json_time(&b, "at", INT64_C(1795395723456789));
	ql_json_time(&b, "never", 0);
	ql_json_raw(&b, "raw", "[1, 2]\n");
	ql_json_raw(&b, "nothing", NULL);
	ql_json_open(&b, "list", '[');
	ql_json_i64(&b, NULL, 1);
	ql_json_open(&b, NULL, '{');
	ql_json_close(&b, '}');
	ql_json_text(&b, NULL, "x");
	ql_json_close(&b, ']');
	ql_json_bool(&b, "last", false);
	ql_json_close(&b, '}');
	assert_string_equal(b.data,
		"{\"text\":\"say \\\"清零\\\"\\n\",\"empty\":null,\"null\":null,\"part\":\"abc\",\"least\":-9223372036854775808,\"yes\":true,"
		"\"at\":\"2026-11-23T01:02:03.456789Z\",\"never\":null,\"raw\":[1, 2],\"nothing\":null,\"list\":[1,{},\"x\"],\"last\":false}");
	read = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, &at);
	assert_non_null(read);
	json_decref(read);
	ql_buf_free(&b);
}

static const struct instant { const char *name; int64_t micros; const char *text; } INSTANTS[] = {
	{ "epoch", 0, "1970-01-01T00:00:00.000000Z" },
	{ "just before it", -1, "1969-12-31T23:59:59.999999Z" },
	{ "leap day of a leap century", INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z" },
	{ "no leap day in 2100", INT64_C(4107542400000000), "2100-03-01T00:00:00.000000Z" },
	{ "end of a leap year", INT64_C(1735603199999999), "2024-12-30T23:59:59.999999Z" },
	{ "year one", INT64_C(-62135596800000000), "0001-01-01T00:00:00.000000Z" },
	{ "last of four digits", INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
};

static void writes_instants(void **state)
{
	const struct instant *r = *state;
	struct ql_buf b;

	ql_buf_init(&b, 100);
	ql_buf_time(&b, r->micros);
	assert_string_equal(b.data, r->text);
	ql_buf_free(&b);
}

int main(void)
{
	struct CMUnitTest tests[4 + QL_LEN(UTF8) + QL_LEN(ESCAPES) + QL_LEN(INSTANTS)] = {
		cmocka_unit_test(grows_up_to_its_cap),
		cmocka_unit_test(stays_failed_past_its_cap),
		cmocka_unit_test(refuses_all_when_zeroed),
		cmocka_unit_test(writes_json_that_reads_back),
	};
	size_t n = 4;

	for (size_t i = 0; i < QL_LEN(UTF8); i++)
		tests[n++] = (struct CMUnitTest){ UTF8[i].name, knows_utf8, NULL, NULL, (void *)&UTF8[i] };
	for (size_t i = 0; i < QL_LEN(ESCAPES); i++)
		tests[n++] = (struct CMUnitTest){ ESCAPES[i].name, escapes, NULL, NULL, (void *)&ESCAPES[i] };
	for (size_t i = 0; i < QL_LEN(INSTANTS); i++)
		tests[n++] = (struct CMUnitTest){ INSTANTS[i].name, writes_instants, NULL, NULL, (void *)&INSTANTS[i] };
	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
