/* The list of topics: what is read, and that a faulty line is named. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/topics.h"

#define HEADING "name,partitions,retention_ms,max_message_bytes\n"
#define LINES_10 "a,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\na,1,1,1\n"

static const struct row { const char *name, *text; enum ql_rc rc; size_t n; const char *msg; } ROWS[] = {
	{ "two topics",              HEADING "case.events,6,604800000,1048576\ndead.letters,1,2592000000,16777216\n", QL_OK, 2, "" },
	{ "line ends of Windows",    HEADING "a,1,1,1\r\n",           QL_OK,    1, "" },
	{ "no end at the last line", HEADING "a,1,1,1",               QL_OK,    1, "" },
	{ "as many as there may be", HEADING LINES_10 LINES_10 LINES_10 "a,1,1,1\nb,1,1,1\n", QL_OK, QL_TOPICS_MAX, "" },
	{ "one too many",            HEADING LINES_10 LINES_10 LINES_10 "a,1,1,1\nb,1,1,1\nc,1,1,1\n", QL_FATAL, 0, "more than 32 topics" },
	{ "empty file",              "",                              QL_FATAL, 0, "the heading is not" },
	{ "heading only",            HEADING,                         QL_FATAL, 0, "no topic" },
	{ "no heading",              "a,1,1,1\n",                     QL_FATAL, 0, "the heading is not" },
	{ "a setting missing",       HEADING "a,1,1,1\nb,1,1\n",      QL_FATAL, 0, "line 3: not a topic" },
	{ "one more column",         HEADING "a,1,1,1,x\n",           QL_FATAL, 0, "line 2: not a topic" },
	{ "no partition",            HEADING "a,0,1,1\n",             QL_FATAL, 0, "line 2: not a topic" },
	{ "too many partitions",     HEADING "a,1001,1,1\n",          QL_FATAL, 0, "line 2: not a topic" },
	{ "a name that is none",     HEADING "a b,1,1,1\n",           QL_FATAL, 0, "line 2: not a topic" },
};

static void reads_topics(void **state)
{
	const struct row *r = *state;
	char path[] = "/tmp/ql-topics-XXXXXX";
	int fd = mkstemp(path);
	struct ql_topic topics[QL_TOPICS_MAX];
	struct ql_err err = { 0 };
	size_t n = 0;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, r->text, strlen(r->text)), strlen(r->text));
	close(fd);
	assert_int_equal(ql_topics_read(path, topics, &n, &err), r->rc);
	unlink(path);
	if (r->rc == QL_OK)
		assert_int_equal(n, r->n);
	assert_non_null(strstr(err.msg, r->msg));
}

static void reads_each_setting(void **state)
{
	struct ql_topic topics[QL_TOPICS_MAX];
	struct ql_err err = { 0 };
	size_t n = 0;

	(void)state;
	assert_int_equal(ql_topics_read("topics/topics.csv", topics, &n, &err), QL_OK);
	assert_string_equal(topics[0].name, "enterprise.enquiries");
	assert_int_equal(topics[0].partitions, 6);
	assert_int_equal(topics[0].retention_ms, INT64_C(604800000));
	assert_int_equal(topics[0].max_message_bytes, 12582912);
}

static void names_a_file_that_is_not_there(void **state)
{
	struct ql_topic topics[QL_TOPICS_MAX];
	struct ql_err err = { 0 };
	size_t n = 0;

	(void)state;
	assert_int_equal(ql_topics_read("/nonexistent.csv", topics, &n, &err), QL_FATAL);
	assert_non_null(strstr(err.msg, "/nonexistent.csv: No such file"));
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 2];

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[i] = (struct CMUnitTest){ ROWS[i].name, reads_topics, NULL, NULL, (void *)&ROWS[i] };
	tests[QL_LEN(ROWS)] = (struct CMUnitTest)cmocka_unit_test(reads_each_setting);
	tests[QL_LEN(ROWS) + 1] = (struct CMUnitTest)cmocka_unit_test(names_a_file_that_is_not_there);
	return cmocka_run_group_tests_name("base/topics", tests, NULL, NULL);
}
