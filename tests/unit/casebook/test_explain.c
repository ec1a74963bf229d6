#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "casebook/explain.h"
#include "casebook/ids.h"

#define OFFICE 7
#define NOW    (100 * QL_SECOND)

static struct duty_roster r;

static void enter(int64_t id, const char *name, int32_t load, uint64_t skills)
{
	const struct candidate c = { .id = id, .unit = OFFICE, .capacity = 10, .open_weight = load, .ramp = 100, .available = true, .duty_until = 2 * NOW,
	                             .last_assigned = NOW - 30 * QL_SECOND, .subjects = UINT64_MAX, .skills = skills };

	assert_true(roster_put(&r.roster, &c) && roster_join(&r.roster, id, POOL_OFFICE, OFFICE));
	r.person[r.persons].id = id;
	snprintf(r.person[r.persons++].name, PERSON_NAME_MAX, "%s", name);
}

static json_t *explained(const struct work *w, struct ql_buf *b, bool short_form)
{
	struct choice choice;
	struct ql_err err;
	json_t *json = NULL;

	roster_index(&r.roster);
	choose(w, &r.roster, &choice);
	ql_buf_init(b, 1 << 20);
	if (short_form)
		explain_short(b, &choice, &r);
	else
		explain_choice(b, w, &choice, &r);
	assert_int_equal(ql_json_parse(b->data, b->len, &json, &err), QL_OK);
	return json;
}

static void clear(void)
{
	roster_clear(&r.roster);
	r.persons = 0;
}

static const struct work WORK = { .case_id = 1, .weight = 1, .now = NOW, .category = -1, .home_unit = OFFICE, .required = SKILL_BIT(2) };

static void a_choice_says_who_and_why_not_the_others(void **state)
{
	struct ql_buf b;
	json_t *json, *one;

	(void)state;
	clear();
	enter(1, "王\"岚\"", 4, SKILL_BIT(2));
	enter(2, "Li", 10, SKILL_BIT(2));
	enter(3, "Zhao", 0, 0);
	json = explained(&WORK, &b, false);
	assert_string_equal(json_string_value(json_object_get(json, "level")), "office");
	assert_int_equal(json_integer_value(json_object_get(json, "chosen")), 1);
	assert_null(json_object_get(json, "owner"));
	assert_int_equal(json_integer_value(json_object_get(json, "considered")), 3);
	assert_int_equal(json_object_size(json_object_get(json, "removed")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "removed"), "full")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "removed"), "skill")), 1);
	assert_int_equal(json_array_size(json_object_get(json, "candidates")), 3);
	one = json_array_get(json_object_get(json, "candidates"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "name")), "王\"岚\"");
	assert_true(json_is_null(json_object_get(one, "removed_by")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "score"), "load")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "score"), "idle_s")), 30);
	one = json_array_get(json_object_get(json, "candidates"), 2);
	assert_true(json_is_null(json_object_get(one, "score")));
	json_decref(json);
	ql_buf_free(&b);
}

static void the_short_form_is_for_lists(void **state)
{
	struct ql_buf b;

	(void)state;
	clear();
	enter(1, "Wang", 4, SKILL_BIT(2));
	json_decref(explained(&WORK, &b, true));
	assert_string_equal(b.data, "{\"level\":\"office\",\"load\":4,\"capacity\":10}");
	ql_buf_free(&b);
}

static void nobody_is_the_duty_supervisor(void **state)
{
	struct ql_buf b;
	json_t *json;

	(void)state;
	clear();
	enter(1, "Wang", 4, 0);
	json = explained(&WORK, &b, false);
	assert_string_equal(json_string_value(json_object_get(json, "level")), "duty"); /* though none is on duty */
	assert_true(json_is_null(json_object_get(json, "chosen")));
	assert_true(json_is_null(json_object_get(json, "owner")));
	json_decref(json);
	ql_buf_free(&b);
	assert_true(roster_join(&r.roster, 1, POOL_DUTY, OFFICE));
	json = explained(&WORK, &b, false);
	assert_int_equal(json_integer_value(json_object_get(json, "owner")), 1);
	json_decref(json);
	ql_buf_free(&b);
	json_decref(explained(&WORK, &b, true));
	assert_string_equal(b.data, "{\"level\":\"duty\",\"load\":0,\"capacity\":0}");
	ql_buf_free(&b);
}

static void a_big_pool_is_counted_whole_and_shown_in_part(void **state)
{
	struct ql_buf b;
	json_t *json;

	(void)state;
	clear();
	for (int64_t id = 1; id <= 100; id++)
		enter(id, "someone", (int32_t)(id % 9), id % 2 == 0 ? SKILL_BIT(2) : 0);
	json = explained(&WORK, &b, false);
	assert_int_equal(json_integer_value(json_object_get(json, "considered")), 100);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "removed"), "skill")), 50);
	assert_int_equal(json_array_size(json_object_get(json, "candidates")), EXPLAIN_RANKED + EXPLAIN_REMOVED);
	assert_true(b.len < 4096);
	json_decref(json);
	ql_buf_free(&b);
}

static void lists_of_ids(void **state)
{
	static const struct { const char *text; size_t n; int64_t first, last; } ROWS[] = {
		{ "{1,2,3}", 3, 1, 3 }, { "{}", 0, 0, 0 }, { "", 0, 0, 0 }, { "{-7}", 1, -7, -7 }, { "{1,2,3,4,5,6}", 4, 1, 4 }, { "{1,x}", 1, 1, 1 },
	};
	int64_t ids[4];
	struct ql_buf b;

	(void)state;
	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		assert_int_equal(ids_read(ROWS[i].text, ids, QL_LEN(ids)), ROWS[i].n);
		if (ROWS[i].n > 0) {
			assert_int_equal(ids[0], ROWS[i].first);
			assert_int_equal(ids[ROWS[i].n - 1], ROWS[i].last);
		}
	}
	ql_buf_init(&b, 100);
	ids_write(&b, (const int64_t[]){ 5, 6 }, 2);
	assert_string_equal(b.data, "{5,6}");
	ql_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice_says_who_and_why_not_the_others),
		cmocka_unit_test(the_short_form_is_for_lists),
		cmocka_unit_test(nobody_is_the_duty_supervisor),
		cmocka_unit_test(a_big_pool_is_counted_whole_and_shown_in_part),
		cmocka_unit_test(lists_of_ids),
	};

	return cmocka_run_group_tests_name("dispatch/explain", tests, NULL, NULL);
}
