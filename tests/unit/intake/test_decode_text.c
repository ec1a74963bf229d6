/* The rules for pieces of text, and the table of reasons.
 * link: services/intake/decode_text.c services/intake/decode_reason.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "intake/decode_reason.h"
#include "intake/decode_text.h"

static const struct media {
	const char *value;
	bool json;
} MEDIA[] = {
	{ "application/json", true },
	{ "Application/JSON", true },
	{ "application/json; charset=utf-8", true },
	{ "application/json ;x", true },
	{ "application/json ", true },
	{ "application/jsonx", false },
	{ "application/json,", false },
	{ "application/jso", false },
	{ " application/json", false },
	{ "", false },
	{ "application/problem+json", false },
};

static void media_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(MEDIA); i++)
		if (text_is_media(MEDIA[i].value, strlen(MEDIA[i].value), "application/json") != MEDIA[i].json)
			fail_msg("\"%s\"", MEDIA[i].value);
}

static const struct trace {
	const char *value;
	bool good;
} TRACES[] = {
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true },
	{ "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false },
	{ "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false },
	{ "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false },
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false },
	{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false },
	{ "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false },
	{ "", false },
};

static void trace_contexts(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(TRACES); i++)
		if (text_is_traceparent(TRACES[i].value, strlen(TRACES[i].value)) != TRACES[i].good)
			fail_msg("\"%s\"", TRACES[i].value);
}

static void attributes_are_counted_in_characters(void **state)
{
	char text[3 * TEXT_ATTRIBUTE_MAX + 4] = "";

	(void)state;
	for (int i = 0; i < TEXT_ATTRIBUTE_MAX; i++)
		strcat(text, "海");
	assert_true(text_is_attribute(text, strlen(text)));
	strcat(text, "x");
	assert_false(text_is_attribute(text, strlen(text)));
	assert_false(text_is_attribute("a\x7F", 2));
	assert_false(text_is_attribute("a\xFF", 2));
	assert_false(text_is_attribute("", 0));
}

static void every_reason_is_told_apart_and_explained(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const struct reason_row *row = reason_row((enum reason)i);

		assert_ptr_equal(reason_find(row->code), row); /* unique */
		assert_true(strlen(row->zh) > 0 && strlen(row->en) > 0);
		assert_int_equal(strchr(row->zh, '%') == NULL, strchr(row->en, '%') == NULL);
	}
	assert_null(reason_find("no_such_reason"));
}

static void a_sentence_too_long_is_cut_between_characters(void **state)
{
	static struct intake_record record;
	struct ql_err err = { 0 };
	char detail[1024] = "";

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(detail, "关");
	for (int shift = 0; shift < 4; shift++) {
		assert_int_equal(reason_refuse_with(&record, &err, REASON_NOT_ALLOWED, &"/abc"[shift], detail), QL_REJECT);
		assert_int_equal(ql_utf8_valid(record.fault.zh, strlen(record.fault.zh)), strlen(record.fault.zh));
		assert_int_equal(ql_utf8_valid(record.fault.en, strlen(record.fault.en)), strlen(record.fault.en));
		assert_in_range(strlen(record.fault.zh), sizeof record.fault.zh - 7, sizeof record.fault.zh - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_types),
		cmocka_unit_test(trace_contexts),
		cmocka_unit_test(attributes_are_counted_in_characters),
		cmocka_unit_test(every_reason_is_told_apart_and_explained),
		cmocka_unit_test(a_sentence_too_long_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("intake/decode_text", tests, NULL, NULL);
}
