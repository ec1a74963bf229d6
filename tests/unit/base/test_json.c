/* test_json.c -- what the reader and the table accept and refuse, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"

struct call { char id[QL_TEXT_SIZE(8)]; char phone[QL_TEXT_SIZE(11)]; char queue[QL_TEXT_SIZE(4)]; int64_t seconds; bool solved; };

static const char *const QUEUES[] = { "a", "b", NULL };

/* Digits only; blanks are taken out. */
static bool check_digits(char *text, size_t size, const char **why)
{
	size_t n = 0;

	assert_true(strlen(text) < size);
	for (const char *p = text; *p != '\0'; p++)
		if (*p != ' ')
			text[n++] = *p;
	text[n] = '\0';
	*why = "is not all digits";
	return strspn(text, "0123456789") == n;
}

static const struct ql_field CALL[] = {
	QL_NEED(struct call, id),
	QL_MAY_CHECK(struct call, phone, check_digits),
	QL_MAY_WORD(struct call, queue, QUEUES),
	QL_MAY(struct call, seconds),
	QL_MAY(struct call, solved),
};

#define ID "\"id\":\"x\""

static const struct row { const char *name, *json; enum ql_rc rc; const char *field, *msg; } ROWS[] = {
	{ "smallest", "{" ID "}", QL_OK, "", "" },
	{ "everything", "{" ID ",\"phone\":\"138 0013\",\"queue\":\"b\",\"seconds\":-3,\"solved\":true}", QL_OK, "", "" },
	{ "unknown members are ignored", "{" ID ",\"more\":{\"deep\":[1]}}", QL_OK, "", "" },
	{ "optional null is absent", "{" ID ",\"phone\":null,\"queue\":null,\"seconds\":null,\"solved\":null}", QL_OK, "", "" },
	{ "empty text is text", "{\"id\":\"\"}", QL_OK, "", "" },
	{ "as long as allowed", "{\"id\":\"清零清零清零清零\"}", QL_OK, "", "" },
	{ "four-byte characters count once", "{\"id\":\"\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\"}", QL_OK, "", "" },
	{ "an escaped pair is one character", "{\"id\":\"1234567\\ud83d\\udea2\"}", QL_OK, "", "" },
	{ "integer with a zero fraction", "{" ID ",\"seconds\":3.0}", QL_OK, "", "" },
	{ "integer with an exponent", "{" ID ",\"seconds\":3e2}", QL_OK, "", "" },
	{ "required missing", "{}", QL_REJECT, "/c/id", "/c/id: missing" },
	{ "required null", "{\"id\":null}", QL_REJECT, "/c/id", "/c/id: missing" },
	{ "too long", "{\"id\":\"123456789\"}", QL_REJECT, "/c/id", "/c/id: longer than 8 characters" },
	{ "text is a number", "{\"id\":1}", QL_REJECT, "/c/id", "/c/id: not a text" },
	{ "check refuses", "{" ID ",\"phone\":\"13x\"}", QL_REJECT, "/c/phone", "/c/phone: is not all digits" },
	{ "word not listed", "{" ID ",\"queue\":\"c\"}", QL_REJECT, "/c/queue", "/c/queue: not one of the allowed words" },
	{ "integer is text", "{" ID ",\"seconds\":\"3\"}", QL_REJECT, "/c/seconds", "/c/seconds: not an integer" },
	{ "integer is a boolean", "{" ID ",\"seconds\":true}", QL_REJECT, "/c/seconds", "/c/seconds: not an integer" },
	{ "integer has a fraction", "{" ID ",\"seconds\":3.5}", QL_REJECT, "/c/seconds", "/c/seconds: not an integer" },
	{ "integer is inexact", "{" ID ",\"seconds\":1e300}", QL_REJECT, "/c/seconds", "/c/seconds: not an integer" },
	{ "boolean is 1", "{" ID ",\"solved\":1}", QL_REJECT, "/c/solved", "/c/solved: not true or false" },
	{ "not an object", "[]", QL_REJECT, "/c", "/c: not an object" },
	{ "cut off", "{" ID, QL_REJECT, "", "not JSON: ends too early at line 1, column 9" },
	{ "empty", "", QL_REJECT, "", "not JSON: " },
	{ "bare words", "13800138000 is my number", QL_REJECT, "", "not JSON: " },
	{ "name given twice", "{" ID "," ID "}", QL_REJECT, "", "not JSON: a name is given twice at line 1, column " },
	{ "something follows", "{" ID "} 1", QL_REJECT, "", "not JSON: something follows the end at line 1, " },
	{ "latin-1", "{\"id\":\"caf\xE9\"}", QL_REJECT, "", "not UTF-8 from byte 11" },
	{ "escaped NUL", "{\"id\":\"a\\u0000b\"}", QL_REJECT, "", "not JSON: holds a NUL character at line 1, " },
	{ "lone surrogate", "{\"id\":\"\\ud83d\"}", QL_REJECT, "", "not JSON: " },
	{ "number out of range", "{" ID ",\"seconds\":99999999999999999999}", QL_REJECT, "", "not JSON: a number is out of range at line 1, " },
	{ "trailing comma", "{" ID ",}", QL_REJECT, "", "not JSON: syntax error at line 1, " },
};

static enum ql_rc parse_and_decode(const char *bytes, size_t len, struct call *c, struct ql_err *err)
{
	json_t *root;
	enum ql_rc rc = ql_json_parse(bytes, len, &root, err);

	memset(c, 0, sizeof(*c));
	if (rc == QL_OK)
		rc = ql_json_decode(root, "/c", CALL, QL_LEN(CALL), c, err);
	json_decref(root);
	return rc;
}

static void judges(void **state)
{
	const struct row *r = *state;
	struct ql_err err = {0};
	struct call c;

	assert_int_equal(parse_and_decode(r->json, strlen(r->json), &c, &err), r->rc);
	assert_string_equal(err.field, r->field);
	assert_memory_equal(err.msg, r->msg, strlen(r->msg));
	assert_null(strstr(err.msg, "13800138000")); /* no message quotes the input */
}

static void fills_the_struct(void **state)
{
	const char json[] = "{\"id\":\"清零\",\"phone\":\"138 00\",\"queue\":\"b\",\"seconds\":-9223372036854775808,\"solved\":true}";
	struct ql_err err;
	struct call c;

	(void)state;
	assert_int_equal(parse_and_decode(json, strlen(json), &c, &err), QL_OK);
	assert_string_equal(c.id, "清零");
	assert_string_equal(c.phone, "13800");
	assert_string_equal(c.queue, "b");
	assert_true(c.seconds == INT64_MIN);
	assert_true(c.solved);
	assert_int_equal(parse_and_decode("{\"id\":\"x\",\"seconds\":-3e2}", 25, &c, &err), QL_OK);
	assert_int_equal(c.seconds, -300);
	assert_string_equal(c.phone, "");
}

static void survives_a_raw_nul(void **state)
{
	struct ql_err err;
	struct call c;

	(void)state;
	assert_int_equal(parse_and_decode("{\"id\":\"a\0b\"}", 12, &c, &err), QL_REJECT);
	assert_int_equal(parse_and_decode("{\"id\":\"a\"}\0", 11, &c, &err), QL_REJECT);
}

/* Brackets inside texts do not count. */
static void bounds_the_nesting(void **state)
{
	static const struct { int depth; enum ql_rc rc; } DEPTHS[] = { { QL_JSON_DEPTH - 1, QL_OK }, { QL_JSON_DEPTH, QL_REJECT }, { 100000, QL_REJECT } };
	struct ql_err err;
	struct call c;

	(void)state;
	for (size_t i = 0; i < QL_LEN(DEPTHS); i++) {
		size_t d = (size_t)DEPTHS[i].depth, len;
		char *json = malloc(2 * d + 64);

		len = (size_t)sprintf(json, "{\"id\":\"[[\\\"{{\",\"x\":");
		memset(json + len, '[', d);
		memset(json + len + d, ']', d);
		json[len + 2 * d] = '}';
		assert_int_equal(parse_and_decode(json, len + 2 * d + 1, &c, &err), DEPTHS[i].rc);
		free(json);
	}
}

int main(void)
{
	struct CMUnitTest tests[3 + QL_LEN(ROWS)] = {
		cmocka_unit_test(fills_the_struct),
		cmocka_unit_test(survives_a_raw_nul),
		cmocka_unit_test(bounds_the_nesting),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[3 + i] = (struct CMUnitTest){ ROWS[i].name, judges, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
