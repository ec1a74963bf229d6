/* link: services/dispatch/wake.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "dispatch/wake.h"

static const struct row { const char *name, *type; unsigned wakes; } TYPES[] = {
	{ "a new case is read", "qingling.case.opened.v1", WAKE_CASE },
	{ "a refused one is read, and somebody has room", "qingling.case.not_accepted.v1", WAKE_CASE | WAKE_LOAD },
	{ "an answer gives room", "qingling.case.answered.v1", WAKE_LOAD },
	{ "what we did ourselves wakes nobody", "qingling.case.assigned.v1", WAKE_NOTHING },
	{ "an event of a later release wakes everything", "qingling.case.handed_over.v1", WAKE_CASE | WAKE_LOAD | WAKE_FACTS },
	{ "a name that only begins like one we know is another", "qingling.case.closed_again.v1", WAKE_CASE | WAKE_LOAD | WAKE_FACTS },
	{ "a canary is not ours", "qingling.canary.v1", WAKE_NOTHING },
	{ "nothing is nothing", "", WAKE_NOTHING },
};

static void type_wakes(void **state)
{
	const struct row *r = *state;

	assert_int_equal(wake_of_type(r->type, strlen(r->type)), r->wakes);
}

static void type_has_no_end_but_its_length(void **state)
{
	(void)state;
	assert_int_equal(wake_of_type("qingling.case.assigned.v1", strlen("qingling.case.assigned")), WAKE_CASE | WAKE_LOAD | WAKE_FACTS);
	assert_int_equal(wake_of_type("qingling.case.assigned.v1", strlen("qingling.case.assigned.")), WAKE_NOTHING);
}

static void keys_are_case_ids(void **state)
{
	(void)state;
	assert_int_equal(wake_case_id("261123000000417", 15), 261123000000417);
	assert_int_equal(wake_case_id("417", 2), 41);
	assert_int_equal(wake_case_id("canary", 6), 0);
	assert_int_equal(wake_case_id("-5", 2), 0);
	assert_int_equal(wake_case_id("9999999999999999999", 19), 0);
	assert_int_equal(wake_case_id("", 0), 0);
	assert_int_equal(wake_case_id(NULL, 0), 0);
}

static void roster_records_name_a_coordinator(void **state)
{
	static const struct { const char *json; int64_t id; } ROWS[] = {
		{ "{\"id\":1,\"coordinator\":17,\"unit\":\"2222\",\"event\":\"duty_changed\"}", 17 },
		{ "{\"coordinator\":\"17\"}", 0 }, { "{\"id\":1}", 0 }, { "[]", 0 }, { "{", 0 }, { "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		assert_int_equal(wake_coordinator(ROWS[i].json, strlen(ROWS[i].json)), ROWS[i].id);
	assert_int_equal(wake_coordinator(NULL, 0), 0);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(TYPES) / sizeof(TYPES[0]) + 3];
	size_t n = 0;

	for (; n < sizeof(TYPES) / sizeof(TYPES[0]); n++)
		tests[n] = (struct CMUnitTest){ TYPES[n].name, type_wakes, NULL, NULL, (void *)&TYPES[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(type_has_no_end_but_its_length);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(keys_are_case_ids);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(roster_records_name_a_coordinator);
	return _cmocka_run_group_tests("dispatch/wake", tests, n, NULL, NULL);
}
