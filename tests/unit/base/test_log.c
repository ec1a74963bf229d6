/* test_log.c -- what a line looks like, and that no argument can make it look like another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/log.h"

static char page[65536];
static int captured[2], real_stderr;

static void capture(void)
{
	assert_int_equal(pipe(captured), 0);
	real_stderr = dup(STDERR_FILENO);
	dup2(captured[1], STDERR_FILENO);
	close(captured[1]);
}

/* What was written since capture(). */
static const char *captured_text(void)
{
	ssize_t n, len = 0;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	while ((n = read(captured[0], page + len, sizeof(page) - 1 - (size_t)len)) > 0)
		len += n;
	close(captured[0]);
	page[len] = '\0';
	return page;
}

static void open_log(const char *level, const char *format)
{
	setenv("QL_LOG_LEVEL", level, 1);
	setenv("QL_LOG_FORMAT", format, 1);
	ql_log_open("test");
}

#define CAPTURE(statement) (capture(), (void)(statement), captured_text())

static const char *tail(const char *line)
{
	const char *p = strstr(line, " level=");

	assert_non_null(p);
	assert_int_equal(strncmp(line, "ts=20", 5), 0);
	assert_int_equal(p - line, (int)strlen("ts=2026-11-23T01:02:03.456Z"));
	assert_int_equal(p[-1], 'Z');
	return p + 1;
}

static void writes_logfmt(void **state)
{
	(void)state;
	open_log("info", "logfmt");
	assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "case_opened", "case=%s unit=%d share=%d%% big=%lld size=%zu hex=%x rate=%.1f", "c-1", 2222, 50,
	                                        1LL << 40, sizeof(int), 255, 1.25))),
	                    "level=info svc=test event=case_opened case=c-1 unit=2222 share=50% big=1099511627776 size=4 hex=ff rate=1.2\n");
	assert_string_equal(tail(CAPTURE(ql_log(QL_ERROR, "plain", NULL))), "level=error svc=test event=plain\n");
}

static void leaves_out_what_is_below_the_level(void **state)
{
	(void)state;
	open_log("warn", "logfmt");
	assert_string_equal(CAPTURE(ql_log(QL_INFO, "quiet", NULL)), "");
	assert_string_equal(tail(CAPTURE(ql_log(QL_WARN, "loud", NULL))), "level=warn svc=test event=loud\n");
	open_log("nonsense", "logfmt");
	assert_string_equal(CAPTURE(ql_log(QL_DEBUG, "quiet", NULL)), "");
	assert_string_not_equal(CAPTURE(ql_log(QL_INFO, "loud", NULL)), "");
}

/* In quotes of the format, or without: the value stays one value. */
static const struct hostile { const char *value, *bare, *quoted; } HOSTILE[] = {
	{ "plain", "k=plain", "k=\"plain\"" },
	{ "", "k=\"\"", "k=\"\"" },
	{ "清零", "k=清零", "k=\"清零\"" },
	{ "a b", "k=\"a b\"", "k=\"a b\"" },
	{ "a level=error", "k=\"a level=error\"", "k=\"a level=error\"" },
	{ "x\" forged=\"1", "k=\"x\\\" forged=\\\"1\"", "k=\"x\\\" forged=\\\"1\"" },
	{ "x\\", "k=\"x\\\\\"", "k=\"x\\\\\"" },
	{ "a\nts=2026 level=info event=forged", "k=\"a\\nts=2026 level=info event=forged\"", "k=\"a\\nts=2026 level=info event=forged\"" },
	{ "\x1b[2J\x7f", "k=\"\\u001b[2J\\u007f\"", "k=\"\\u001b[2J\\u007f\"" },
	{ "caf\xE9", "k=caf\xEF\xBF\xBD", "k=\"caf\xEF\xBF\xBD\"" },
	{ "%s%n", "k=%s%n", "k=\"%s%n\"" },
};

static void no_value_forges_a_line(void **state)
{
	char line[400];

	(void)state;
	open_log("info", "logfmt");
	for (size_t i = 0; i < QL_LEN(HOSTILE); i++) {
		const struct hostile *h = &HOSTILE[i];

		snprintf(line, sizeof(line), "level=info svc=test event=e %s n=1\n", h->bare);
		assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "e", "k=%s n=%d", h->value, 1))), line);
		snprintf(line, sizeof(line), "level=info svc=test event=e %s n=1\n", h->quoted);
		assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "e", "k=\"%s\" n=%d", h->value, 1))), line);
	}
}

static json_t *one_json_line(const char *text)
{
	json_error_t at;
	json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, &at);

	assert_non_null(read);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	return read;
}

static const char *text_of(const json_t *obj, const char *name)
{
	const char *text = json_string_value(json_object_get(obj, name));

	assert_non_null(text);
	return text;
}

static void writes_the_same_as_json(void **state)
{
	(void)state;
	open_log("info", "json");
	for (size_t i = 0; i < QL_LEN(HOSTILE) - 2; i++) {
		json_t *read = one_json_line(CAPTURE(ql_log(QL_INFO, "e", "bare=%s quoted=\"%s\" n=%d zeros=%s path=/%s/%d", HOSTILE[i].value, HOSTILE[i].value, -1,
		                                            "007", "x", 3)));

		assert_string_equal(text_of(read, "level"), "info");
		assert_string_equal(text_of(read, "svc"), "test");
		assert_string_equal(text_of(read, "event"), "e");
		assert_string_equal(text_of(read, "bare"), HOSTILE[i].value);
		assert_string_equal(text_of(read, "quoted"), HOSTILE[i].value);
		assert_string_equal(text_of(read, "n"), "-1");
		assert_string_equal(text_of(read, "zeros"), "007");
		assert_string_equal(text_of(read, "path"), "/x/3");
		json_decref(read);
	}
}

static void writes_counts_as_json_numbers(void **state)
{
	json_t *read;

	(void)state;
	open_log("info", "json");
	read = one_json_line(CAPTURE(ql_log(QL_INFO, "e", "n=%d zero=%d", 12, 0)));
	assert_int_equal(json_integer_value(json_object_get(read, "n")), 12);
	assert_true(json_is_integer(json_object_get(read, "zero")));
	json_decref(read);
}

static void carries_the_trace_of_its_thread(void **state)
{
	(void)state;
	open_log("info", "logfmt");
	ql_log_trace("4bf92f3577b34da6a3ce929d0e0e4736");
	assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "e", NULL))), "level=info svc=test event=e trace=4bf92f3577b34da6a3ce929d0e0e4736\n");
	ql_log_trace("4bf92f3577b34da6a3ce929d0e0e473\n");
	assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "e", NULL))), "level=info svc=test event=e\n");
	ql_log_trace(NULL);
	assert_string_equal(tail(CAPTURE(ql_log(QL_INFO, "e", NULL))), "level=info svc=test event=e\n");
}

static void bounds_a_line(void **state)
{
	static char big[10000];
	const char *volatile nothing = NULL; /* unknown to the compiler, as in life */
	const char *line;
	json_t *read;

	(void)state;
	memset(big, 1, sizeof(big) - 1);
	open_log("info", "logfmt");
	line = CAPTURE(ql_log(QL_INFO, "e", "k=%s n=%d", big, 7));
	assert_in_range(strlen(line), 2400, 4096); /* 400 bytes of it, escaped */
	assert_non_null(strstr(line, " n=7\n"));
	line = CAPTURE(ql_log(QL_INFO, "e", "a=%s b=%s c=%s", big, big, big));
	assert_string_equal(tail(line), "level=info svc=test event=e dropped=\"pairs too long\"\n");
	open_log("info", "json");
	read = one_json_line(CAPTURE(ql_log(QL_INFO, "e", "a=%s b=%s", big, big)));
	assert_string_equal(text_of(read, "dropped"), "pairs too long");
	json_decref(read);
	line = CAPTURE(ql_log(QL_INFO, "e", "k=%.*s l=%.3s m=%s", 2, "abcdef", "abcdef", nothing));
	assert_non_null(strstr(line, "\"k\":\"ab\",\"l\":\"abc\",\"m\":\"\"}"));
}

static const struct verdict { struct ql_err err; const char *line; } VERDICTS[] = {
	{ { .rc = QL_RETRY, .sqlstate = "40001", .msg = "t: as asked" }, "level=warn svc=test event=e rc=retry sqlstate=40001 msg=\"t: as asked\"\n" },
	{ { .rc = QL_REJECT, .field = "/id", .msg = "/id: missing" }, "level=warn svc=test event=e rc=reject field=/id msg=\"/id: missing\"\n" },
	{ { .rc = QL_CONFLICT, .msg = "say \"no\"" }, "level=warn svc=test event=e rc=conflict msg=\"say \\\"no\\\"\"\n" },
	{ { .rc = QL_FATAL, .msg = "stop" }, "level=error svc=test event=e rc=fatal msg=\"stop\"\n" },
};

static void logs_an_error_as_its_verdict_deserves(void **state)
{
	(void)state;
	open_log("info", "logfmt");
	for (size_t i = 0; i < QL_LEN(VERDICTS); i++)
		assert_string_equal(tail(CAPTURE(ql_log_err("e", &VERDICTS[i].err))), VERDICTS[i].line);
	capture();
	assert_int_equal(ql_die(&VERDICTS[3].err), EXIT_FAILURE);
	assert_string_equal(tail(captured_text()), "level=error svc=test event=stopped rc=fatal msg=\"stop\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_logfmt),
		cmocka_unit_test(leaves_out_what_is_below_the_level),
		cmocka_unit_test(no_value_forges_a_line),
		cmocka_unit_test(writes_the_same_as_json),
		cmocka_unit_test(writes_counts_as_json_numbers),
		cmocka_unit_test(carries_the_trace_of_its_thread),
		cmocka_unit_test(bounds_a_line),
		cmocka_unit_test(logs_an_error_as_its_verdict_deserves),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
