/* link: services/relay/pgoutput.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "relay/pgoutput.h"

#define BYTES(text) text, sizeof(text) - 1
#define U8 "\0\0\0\0\0\0\0"
#define BEGIN    "B" U8 "\x01" U8 "\x02" "\0\0\0\x07"
#define COMMIT   "C\0" U8 "\x11" "\0\0\0\x01\0\0\0\x22" U8 "\x33"
#define RELATION "R\0\0\x40\x01" "ql\0journal\0" "d" "\0\x02" "\x01" "case_id\0" "\0\0\0\x14\xff\xff\xff\xff" "\0" "data\0" "\0\0\0\x72\xff\xff\xff\xff"
#define INSERT   "I\0\0\x40\x01N" "\0\x03" "t\0\0\0\x02" "42" "n" "t\0\0\0\0"
#define LOGICAL  "M\x01" U8 "\x09" "ql.canary\0" "\0\0\0\x05" "a|b|c"

static const struct row { const char *name, *bytes; size_t len; enum ql_rc rc; enum pgoutput_kind kind; } ROWS[] = {
	{ "begin", BYTES(BEGIN), QL_OK, PGOUTPUT_BEGIN },
	{ "commit", BYTES(COMMIT), QL_OK, PGOUTPUT_COMMIT },
	{ "relation", BYTES(RELATION), QL_OK, PGOUTPUT_RELATION },
	{ "insert", BYTES(INSERT), QL_OK, PGOUTPUT_INSERT },
	{ "logical message", BYTES(LOGICAL), QL_OK, PGOUTPUT_LOGICAL },
	{ "truncate is left unread", BYTES("T\0\0\0\x01"), QL_OK, PGOUTPUT_OTHER },
	{ "a kind of the future is left unread", BYTES("z"), QL_OK, PGOUTPUT_OTHER },
	{ "nothing at all", BYTES(""), QL_REJECT, PGOUTPUT_OTHER },
	{ "commit with a byte too many", BYTES(COMMIT "x"), QL_REJECT, PGOUTPUT_OTHER },
	{ "schema without its end", BYTES("R\0\0\x40\x01ql"), QL_REJECT, PGOUTPUT_OTHER },
	{ "fewer columns than said", BYTES("I\0\0\x40\x01N\0\x02n"), QL_REJECT, PGOUTPUT_OTHER },
	{ "more columns than the bound", BYTES("I\0\0\x40\x01N\0\x41n"), QL_REJECT, PGOUTPUT_OTHER },
	{ "value longer than the message", BYTES("I\0\0\x40\x01N\0\x01t\x7f\xff\xff\xff" "1"), QL_REJECT, PGOUTPUT_OTHER },
	{ "value of all the lengths there are", BYTES("I\0\0\x40\x01N\0\x01t\xff\xff\xff\xff" "1"), QL_REJECT, PGOUTPUT_OTHER },
	{ "binary value, not asked for", BYTES("I\0\0\x40\x01N\0\x01" "b\0\0\0\x01" "1"), QL_REJECT, PGOUTPUT_OTHER },
	{ "unchanged value, impossible in an insert", BYTES("I\0\0\x40\x01N\0\x01u"), QL_REJECT, PGOUTPUT_OTHER },
	{ "insert of an old row", BYTES("I\0\0\x40\x01K\0\x01n"), QL_REJECT, PGOUTPUT_OTHER },
	{ "logical message cut off", BYTES("M\x01" U8 "\x09" "p\0\0\0\0\x05" "a|b"), QL_REJECT, PGOUTPUT_OTHER },
};

/* Parsed from a block of exactly the message's size, so that a sanitizer sees every byte read past it. */
static enum ql_rc parse(const char *bytes, size_t len, struct pgoutput_message *m, char **block)
{
	struct ql_err err = { 0 };

	*block = malloc(len ? len : 1);
	assert_non_null(*block);
	memcpy(*block, bytes, len);
	return pgoutput_parse(*block, len, m, &err);
}

static void judges(void **state)
{
	const struct row *r = *state;
	struct pgoutput_message m;
	char *block;

	assert_int_equal(parse(r->bytes, r->len, &m, &block), r->rc);
	if (r->rc == QL_OK)
		assert_int_equal(m.kind, r->kind);
	free(block);
}

static void refuses_every_shorter_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		if (ROWS[i].kind == PGOUTPUT_OTHER)
			continue;
		for (size_t len = 0; len < ROWS[i].len; len++) {
			struct pgoutput_message m;
			char *block;

			assert_int_equal(parse(ROWS[i].bytes, len, &m, &block), QL_REJECT);
			free(block);
		}
	}
}

static void reads_the_fields(void **state)
{
	struct pgoutput_message m;
	char *block[4];

	(void)state;
	assert_int_equal(parse(BYTES(COMMIT), &m, &block[0]), QL_OK);
	assert_true(m.end_lsn == UINT64_C(0x100000022));

	assert_int_equal(parse(BYTES(RELATION), &m, &block[1]), QL_OK);
	assert_int_equal(m.relation.oid, 0x4001);
	assert_string_equal(m.relation.schema, "ql");
	assert_string_equal(m.relation.table, "journal");
	assert_int_equal(m.relation.n, 2);
	assert_string_equal(m.relation.columns[1], "data");

	assert_int_equal(parse(BYTES(INSERT), &m, &block[2]), QL_OK);
	assert_int_equal(m.insert.n, 3);
	assert_int_equal(m.insert.values[0].len, 2);
	assert_memory_equal(m.insert.values[0].text, "42", 2);
	assert_null(m.insert.values[1].text);
	assert_non_null(m.insert.values[2].text); /* empty is not null */
	assert_int_equal(m.insert.values[2].len, 0);

	assert_int_equal(parse(BYTES(LOGICAL), &m, &block[3]), QL_OK);
	assert_true(m.logical.transactional);
	assert_string_equal(m.logical.prefix, "ql.canary");
	assert_int_equal(m.logical.content.len, 5);
	for (size_t i = 0; i < QL_LEN(block); i++)
		free(block[i]);
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 2];

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[i] = (struct CMUnitTest){ ROWS[i].name, judges, NULL, NULL, (void *)&ROWS[i] };
	tests[QL_LEN(ROWS)] = (struct CMUnitTest)cmocka_unit_test(refuses_every_shorter_message);
	tests[QL_LEN(ROWS) + 1] = (struct CMUnitTest)cmocka_unit_test(reads_the_fields);
	return cmocka_run_group_tests_name("relay/pgoutput", tests, NULL, NULL);
}
