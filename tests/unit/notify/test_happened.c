/* link: services/notify/happened.c services/notify/transport.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "notify/happened.h"
#include "notify/transport.h"

#define EVENT(event, more, data) "{\"case\":2611230000000417,\"number\":\"261123-00417-5\",\"version\":2,\"event\":\"" event "\",\"state\":\"working\"," \
	"\"at\":\"2026-11-23T01:15:03.412Z\",\"actor\":{\"kind\":\"system\",\"id\":null},\"audience\":\"parties\"" more ",\"data\":" data ",\"xid\":\"4711\"}"

static const struct row { const char *name, *value, *kind, *who, *unit; int64_t officer, party, person; } GOOD[] = {
	{ "the officer it names", EVENT("assigned", "", "{\"coordinator\":12}"), "assigned", "officer", NULL, 12, 0, 0 },
	{ "who has the case", EVENT("breached", "", "{\"clock\":\"accept\"}"), "breached", "officer", NULL, 0, 0, 0 },
	{ "who has the part", EVENT("warned", "", "{\"clock\":\"joint_accept\",\"party\":2}"), "warned", "officer", NULL, 0, 2, 0 },
	{ "the duty of the lead", EVENT("escalated", "", "{\"why\":\"unassigned:breach\"}"), "escalated", "duty", NULL, 0, 0, 0 },
	{ "the duty of the unit invited", EVENT("party_invited", "", "{\"party\":2,\"unit\":\"2248\"}"), "invited", "duty", "2248", 0, 2, 0 },
	{ "the officer invited", EVENT("party_assigned", "", "{\"party\":2,\"unit\":\"2248\",\"coordinator\":12}"), "invited", "officer", "2248", 12, 2, 0 },
	{ "the owner of a task", EVENT("task_due", "", "{\"user\":5}"), "task", "person", NULL, 0, 0, 5 },
	{ "nobody of ours", EVENT("replied", ",\"unit\":7,\"enterprise\":9", "{}"), NULL, NULL, NULL, 0, 0, 0 },
	{ "facts that are not ids", EVENT("assigned", "", "{\"coordinator\":\"twelve\",\"party\":-1,\"unit\":[1]}"), "assigned", "officer", NULL, 0, 0, 0 },
};

static int64_t number_of(const json_t *o, const char *name) { return json_integer_value(json_object_get(o, name)); }

static void same_word(const json_t *o, const char *name, const char *wanted)
{
	const char *got = json_string_value(json_object_get(o, name));

	assert_true((got == NULL) == (wanted == NULL));
	if (wanted != NULL)
		assert_string_equal(got, wanted);
}

static void whom_it_concerns(void **state)
{
	const struct row *r = *state;
	struct ql_err err = { 0 };
	struct ql_buf b;
	json_t *list = NULL;

	ql_buf_init(&b, 65536);
	ql_json_open(&b, NULL, '[');
	assert_int_equal(happened_write(r->value, strlen(r->value), &b, &err), QL_OK);
	assert_int_equal(happened_write(r->value, strlen(r->value), &b, &err), QL_OK);
	ql_json_close(&b, ']');
	assert_int_equal(ql_json_parse(b.data, b.len, &list, &err), QL_OK);
	assert_int_equal(json_array_size(list), 2);
	const json_t *o = json_array_get(list, 1);

	assert_int_equal(number_of(o, "case_id"), 2611230000000417);
	same_word(o, "kind", r->kind);
	same_word(o, "who", r->who);
	assert_int_equal(number_of(o, "officer"), r->officer);
	assert_int_equal(number_of(o, "party"), r->party);
	same_word(o, "of_unit", r->unit);
	assert_int_equal(number_of(o, "person"), r->person);
	json_decref(list);
	ql_buf_free(&b);
}

static void no_event_is_refused_and_leaves_nothing(void **state)
{
	static const char *const BAD[] = { "", "{}", "[]", "7", "null", "{\"case\":", EVENT("replied", "", "7"), EVENT("replied", ",\"unit\":\"x\"", "{}"),
		"{\"case\":\"1\",\"number\":\"n\",\"version\":1,\"event\":\"e\",\"state\":\"s\",\"at\":\"2026-11-23T01:15:03Z\",\"actor\":{\"kind\":\"system\"},\"audience\":\"public\",\"data\":{}}",
		"{\"case\":1,\"number\":\"n\",\"version\":0,\"event\":\"e\",\"state\":\"s\",\"at\":\"2026-11-23T01:15:03Z\",\"actor\":{\"kind\":\"system\"},\"audience\":\"public\",\"data\":{}}",
		"{\"case\":1,\"number\":\"n\",\"version\":2147483648,\"event\":\"e\",\"state\":\"s\",\"at\":\"2026-11-23T01:15:03Z\",\"actor\":{\"kind\":\"system\"},\"audience\":\"public\",\"data\":{}}",
		"{\"case\":1,\"number\":\"n\",\"version\":1,\"event\":\"e\",\"state\":\"s\",\"at\":\"today\",\"actor\":{\"kind\":\"system\"},\"audience\":\"public\",\"data\":{}}",
		"{\"case\":1,\"number\":\"n\",\"version\":1,\"event\":\"e\",\"state\":\"s\",\"at\":\"2026-11-23T01:15:03Z\",\"audience\":\"public\",\"data\":{}}" };

	(void)state;
	for (size_t i = 0; i < QL_LEN(BAD); i++) {
		struct ql_err err = { 0 };
		struct ql_buf b;

		ql_buf_init(&b, 65536);
		ql_json_open(&b, NULL, '[');
		if (happened_write(BAD[i], strlen(BAD[i]), &b, &err) != QL_REJECT)
			fail_msg("taken: %s", BAD[i]);
		assert_int_equal(b.len, 1);
		ql_buf_free(&b);
	}
}

static void too_many_facts_are_left_out(void **state)
{
	char *value = malloc(HAPPENED_FACTS_MAX + 1024);
	struct ql_err err = { 0 };
	struct ql_buf b;

	(void)state;
	sprintf(value, EVENT("replied", "", "{\"text\":\"%0*d\"}"), HAPPENED_FACTS_MAX, 1);
	ql_buf_init(&b, 65536);
	assert_int_equal(happened_write(value, strlen(value), &b, &err), QL_OK);
	assert_non_null(strstr(b.data, "\"data\":{\"omitted\":true}"));
	ql_buf_free(&b);
	free(value);
}

static const struct { long status; enum fate hook, adapter, smtp; bool ours; } FATES[] = {
	{ 0, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, false },      { 200, FATE_SENT, FATE_SENT, FATE_AGAIN, false },   { 204, FATE_SENT, FATE_SENT, FATE_AGAIN, false },
	{ 301, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, false },    { 400, FATE_AGAIN, FATE_NEVER, FATE_AGAIN, false }, { 404, FATE_AGAIN, FATE_NEVER, FATE_AGAIN, false },
	{ 408, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, false },    { 409, FATE_AGAIN, FATE_NEVER, FATE_AGAIN, false }, { 410, FATE_GONE, FATE_NEVER, FATE_AGAIN, false },
	{ 429, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, false },    { 451, FATE_AGAIN, FATE_NEVER, FATE_AGAIN, false }, { 500, FATE_AGAIN, FATE_AGAIN, FATE_NEVER, false },
	{ 503, FATE_AGAIN, FATE_AGAIN, FATE_NEVER, false },    { 530, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, true },  { 535, FATE_AGAIN, FATE_AGAIN, FATE_AGAIN, true },
	{ 550, FATE_AGAIN, FATE_AGAIN, FATE_NEVER, false },    { 554, FATE_AGAIN, FATE_AGAIN, FATE_NEVER, false },
};

static void what_a_status_means(void **state)
{
	bool ours;

	(void)state;
	for (size_t i = 0; i < QL_LEN(FATES); i++) {
		assert_int_equal(fate_of_http(FATES[i].status), FATES[i].hook);
		assert_int_equal(fate_of_adapter(FATES[i].status), FATES[i].adapter);
		assert_int_equal(fate_of_smtp(FATES[i].status, &ours), FATES[i].smtp);
		assert_true(ours == FATES[i].ours);
	}
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(GOOD) + 3] = { cmocka_unit_test(no_event_is_refused_and_leaves_nothing), cmocka_unit_test(too_many_facts_are_left_out),
	                                             cmocka_unit_test(what_a_status_means) };

	for (size_t i = 0; i < QL_LEN(GOOD); i++)
		tests[3 + i] = (struct CMUnitTest){ GOOD[i].name, whom_it_concerns, NULL, NULL, (void *)&GOOD[i] };
	return cmocka_run_group_tests_name("notify/happened", tests, NULL, NULL);
}
