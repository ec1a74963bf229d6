/* link: services/relay/record.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "relay/record.h"

#define V(text) { text, sizeof(text) - 1 }
#define NONE    { NULL, 0 }

/* case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data, trace, xid */
static const struct pgoutput_value FULL[] = {
	V("7"), V("3"), V("261123-00417-5"), V("answered"), V("answered"), V("2026-11-23 01:02:03.4+00"), V("coordinator"), V("12"), V("5"),
	V("public"), V("9"), V("{\"text\": \"\xE5\xA5\xBD\"} \n"), V("4bf92f3577b34da6a3ce929d0e0e4736"), V("4711"),
};
static const struct pgoutput_value LEAN[] = {
	V("7"), V("1"), V("261123-00417-5"), V("not_accepted"), V("received"), V("2026-11-23 01:02:03+00"), V("system"), NONE, NONE,
	V("parties"), NONE, V("{}"), NONE, V("4711"),
};
/* id, coordinator_id, unit_code, event, at, data, trace */
static const struct pgoutput_value ROSTER[] = {
	V("31"), V("12"), V("2222"), V("duty_changed"), V("2026-11-23 01:02:03.123456+00"), V("{}"), NONE,
};

static int setup(void **state)
{
	struct record *r = malloc(sizeof(*r));

	*state = r;
	if (r != NULL)
		record_init(r);
	return r == NULL;
}

static int teardown(void **state)
{
	record_free(*state);
	free(*state);
	return 0;
}

static const char *header(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0 && strlen(r->headers[i].value) == r->headers[i].len)
			return r->headers[i].value;
	return NULL;
}

static void expect_headers(const struct record *r, const char *const *wanted)
{
	size_t n = 0;

	for (; wanted[2 * n] != NULL; n++) {
		assert_non_null(header(r, wanted[2 * n]));
		assert_string_equal(header(r, wanted[2 * n]), wanted[2 * n + 1]);
	}
	assert_int_equal(r->n_headers, n);
}

static void writes_a_full_row(void **state)
{
	static const char *const HEADERS[] = {
		"ce_specversion", "1.0", "ce_id", "7:3", "ce_source", "/qingling/journal", "ce_type", "qingling.case.answered.v1",
		"ce_time", "2026-11-23T01:02:03.400000Z", "ce_subject", "261123-00417-5", "content-type", "application/json",
		"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-3503e8180f172535-01", NULL };
	struct record *r = *state;
	struct ql_err err = { 0 };

	assert_int_equal(record_from_row(r, RECORD_JOURNAL, FULL, &err), QL_OK);
	assert_string_equal(r->topic, "case.events");
	assert_string_equal(r->key, "7");
	assert_string_equal(r->value.data,
	                    "{\"case\":7,\"number\":\"261123-00417-5\",\"version\":3,\"event\":\"answered\",\"state\":\"answered\","
	                    "\"at\":\"2026-11-23T01:02:03.400000Z\",\"actor\":{\"kind\":\"coordinator\",\"id\":12},\"unit\":5,\"audience\":\"public\","
	                    "\"enterprise\":9,\"data\":{\"text\": \"\xE5\xA5\xBD\"},\"xid\":\"4711\"}");
	expect_headers(r, HEADERS);
}

static void writes_nulls_and_no_trace(void **state)
{
	struct record *r = *state;
	struct ql_err err = { 0 };

	assert_int_equal(record_from_row(r, RECORD_JOURNAL, LEAN, &err), QL_OK);
	assert_string_equal(r->value.data,
	                    "{\"case\":7,\"number\":\"261123-00417-5\",\"version\":1,\"event\":\"not_accepted\",\"state\":\"received\","
	                    "\"at\":\"2026-11-23T01:02:03.000000Z\",\"actor\":{\"kind\":\"system\",\"id\":null},\"unit\":null,\"audience\":\"parties\","
	                    "\"enterprise\":null,\"data\":{},\"xid\":\"4711\"}");
	assert_string_equal(header(r, "ce_type"), "qingling.case.not_accepted.v1");
	assert_null(header(r, "traceparent"));
}

static void writes_a_roster_row(void **state)
{
	static const char *const HEADERS[] = {
		"ce_specversion", "1.0", "ce_id", "31", "ce_source", "/qingling/roster", "ce_type", "qingling.roster.duty_changed.v1",
		"ce_time", "2026-11-23T01:02:03.123456Z", "content-type", "application/json", NULL };
	struct record *r = *state;
	struct ql_err err = { 0 };

	assert_int_equal(record_from_row(r, RECORD_ROSTER, ROSTER, &err), QL_OK);
	assert_string_equal(r->topic, "roster.events");
	assert_string_equal(r->key, "2222");
	assert_string_equal(r->value.data, "{\"id\":31,\"coordinator\":12,\"unit\":\"2222\",\"event\":\"duty_changed\","
	                                   "\"at\":\"2026-11-23T01:02:03.123456Z\",\"data\":{}}");
	expect_headers(r, HEADERS);
}

static void leaves_out_data_that_no_topic_takes(void **state)
{
	struct pgoutput_value row[QL_LEN(LEAN)];
	struct record *r = *state;
	struct ql_err err = { 0 };
	char *data = malloc(RECORD_VALUE_MAX + 1);

	assert_non_null(data);
	memset(data, 'x', RECORD_VALUE_MAX);
	data[0] = data[RECORD_VALUE_MAX - 1] = '"';
	memcpy(row, LEAN, sizeof(row));
	row[11] = (struct pgoutput_value){ data, RECORD_VALUE_MAX };
	assert_int_equal(record_from_row(r, RECORD_JOURNAL, row, &err), QL_OK);
	assert_true(r->cut);
	assert_non_null(strstr(r->value.data, "\"version\":1,"));
	assert_non_null(strstr(r->value.data, "\"data\":{\"omitted\":true},\"xid\":\"4711\"}"));
	assert_int_equal(record_from_row(r, RECORD_JOURNAL, LEAN, &err), QL_OK);
	assert_false(r->cut);
	free(data);
}

static const struct time_row { const char *name, *in, *out; } TIMES[] = {
	{ "no fraction", "2026-11-23 01:02:03+00", "2026-11-23T01:02:03.000000Z" },
	{ "six digits", "2026-11-23 01:02:03.000001+00", "2026-11-23T01:02:03.000001Z" },
	{ "another zone", "2026-11-23 01:02:03+08", NULL },
	{ "infinity", "infinity", NULL },
	{ "before Christ", "0044-03-15 01:02:03+00 BC", NULL },
	{ "seven digits", "2026-11-23 01:02:03.0000001+00", NULL },
	{ "point without digits", "2026-11-23 01:02:03.+00", NULL },
	{ "year of five digits", "12026-11-23 01:02:03+00", NULL },
	{ "empty", "", NULL },
};

static void converts_a_time_or_leaves_it_out(void **state)
{
	const struct time_row *t = *state;
	struct pgoutput_value row[QL_LEN(LEAN)];
	struct ql_err err = { 0 };
	struct record r;

	record_init(&r);
	memcpy(row, LEAN, sizeof(row));
	row[5] = (struct pgoutput_value){ t->in, strlen(t->in) };
	assert_int_equal(record_from_row(&r, RECORD_JOURNAL, row, &err), QL_OK);
	if (t->out != NULL)
		assert_string_equal(header(&r, "ce_time"), t->out);
	else
		assert_null(header(&r, "ce_time"));
	assert_true((strstr(r.value.data, "\"at\":null,") != NULL) == (t->out == NULL));
	record_free(&r);
}

static const struct trace_row { const char *name, *trace; } NO_TRACES[] = {
	{ "all zeroes", "00000000000000000000000000000000" },
	{ "upper case", "4BF92F3577B34DA6A3CE929D0E0E4736" },
	{ "too short", "4bf92f3577b34da6a3ce929d0e0e473" },
	{ "a header's end inside", "4bf92f3577b34da6\r\na3ce929d0e0e47" },
};

static void ignores_what_is_no_trace(void **state)
{
	const struct trace_row *t = *state;
	struct pgoutput_value row[QL_LEN(LEAN)];
	struct ql_err err = { 0 };
	struct record r;

	record_init(&r);
	memcpy(row, LEAN, sizeof(row));
	row[12] = (struct pgoutput_value){ t->trace, strlen(t->trace) };
	assert_int_equal(record_from_row(&r, RECORD_JOURNAL, row, &err), QL_OK);
	assert_null(header(&r, "traceparent"));
	record_free(&r);
}

static void passes_a_canary_on(void **state)
{
	static const char *const HEADERS[] = { "ce_specversion", "1.0", "ce_id", "abc", "ce_source", "/qingling/gateway/a|b", "ce_type",
		                               "qingling.canary.v1", "content-type", "application/json", NULL };
	struct record *r = *state;
	struct ql_err err = { 0 };
	struct pgoutput_value content = V("/qingling/gateway/a|b|abc|1795392123000000");

	assert_int_equal(record_from_canary(r, content, &err), QL_OK);
	assert_string_equal(r->topic, "case.events");
	assert_string_equal(r->key, "canary");
	assert_string_equal(r->value.data, "{\"sent\":\"1795392123000000\"}");
	expect_headers(r, HEADERS);
}

static void refuses_what_is_no_canary(void **state)
{
	static const struct pgoutput_value BAD[] = { V(""), V("abc"), V("a|b"), V("|b|1"), V("a||1"), V("a|b|"), NONE };
	struct ql_err err = { 0 };

	for (size_t i = 0; i < QL_LEN(BAD); i++)
		assert_int_equal(record_from_canary(*state, BAD[i], &err), QL_REJECT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest SINGLE[] = {
		TEST(writes_a_full_row), TEST(writes_nulls_and_no_trace), TEST(writes_a_roster_row), TEST(leaves_out_data_that_no_topic_takes),
		TEST(passes_a_canary_on), TEST(refuses_what_is_no_canary),
	};
	struct CMUnitTest tests[QL_LEN(SINGLE) + QL_LEN(TIMES) + QL_LEN(NO_TRACES)];
	size_t n = QL_LEN(SINGLE);

	memcpy(tests, SINGLE, sizeof(SINGLE));
	for (size_t i = 0; i < QL_LEN(TIMES); i++)
		tests[n++] = (struct CMUnitTest){ TIMES[i].name, converts_a_time_or_leaves_it_out, NULL, NULL, (void *)&TIMES[i] };
	for (size_t i = 0; i < QL_LEN(NO_TRACES); i++)
		tests[n++] = (struct CMUnitTest){ NO_TRACES[i].name, ignores_what_is_no_trace, NULL, NULL, (void *)&NO_TRACES[i] };
	return cmocka_run_group_tests_name("relay/record", tests, NULL, NULL);
}
