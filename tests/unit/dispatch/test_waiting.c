/* link: services/dispatch/waiting.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "dispatch/waiting.h"

#define KEY(id) ((int64_t)(id) << 5) /* of the lead of a case: work_key() */

static struct waiting *table;

static int set_up(void **state)
{
	(void)state;
	table = calloc(1, sizeof(*table));
	return table == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	free(table);
	return 0;
}

static struct waiting_case waits(int64_t id, int64_t promise)
{
	struct waiting_case c;

	memset(&c, 0, sizeof(c));
	c.work.case_id = id;
	c.work.promise = promise;
	c.work.weight = 1;
	c.version = 1;
	c.fresh = true;
	return c;
}

static bool put(int64_t id, int64_t promise)
{
	const struct waiting_case c = waits(id, promise);

	return waiting_put(table, &c);
}

static void order_is_that_of_the_draw(void **state)
{
	static const int64_t PROMISES[] = { 50, 20, 90, 10, 70 };
	struct waiting_case urgent = waits(6, 99);

	(void)state;
	urgent.work.priority = 1;
	for (size_t i = 0; i < QL_LEN(PROMISES); i++)
		assert_true(put((int64_t)i + 1, PROMISES[i]));
	assert_true(waiting_put(table, &urgent));
	static const int64_t ORDER[] = { 6, 4, 2, 1, 5, 3 };

	assert_int_equal(table->count, QL_LEN(ORDER));
	for (size_t i = 0; i < QL_LEN(ORDER); i++)
		assert_int_equal(waiting_at(table, i)->work.case_id, ORDER[i]);
	assert_true(waiting_drop(table, KEY(2)));
	assert_false(waiting_drop(table, KEY(2)));
	assert_int_equal(waiting_at(table, 2)->work.case_id, 1);
}

static void a_tried_case_stays_tried_while_nothing_changed(void **state)
{
	struct waiting_case c = waits(1, 10);

	(void)state;
	assert_true(waiting_put(table, &c));
	waiting_find(table, KEY(1))->fresh = false;
	waiting_find(table, KEY(1))->told = true;
	waiting_find(table, KEY(1))->work.now = 1234;
	assert_true(waiting_put(table, &c));
	assert_false(waiting_find(table, KEY(1))->fresh);
	assert_true(waiting_find(table, KEY(1))->told);
	assert_int_equal(table->count, 1);

	c.work.named = 5; /* somebody was named for it: another chance, though the case itself did not move */
	assert_true(waiting_put(table, &c));
	assert_true(waiting_find(table, KEY(1))->fresh);
	assert_true(waiting_find(table, KEY(1))->told);

	waiting_find(table, KEY(1))->fresh = false;
	c.version = 2;
	assert_true(waiting_put(table, &c));
	assert_true(waiting_find(table, KEY(1))->fresh);
	assert_false(waiting_find(table, KEY(1))->told);
}

static void a_changed_place_in_the_order_is_taken(void **state)
{
	(void)state;
	put(1, 10);
	put(2, 20);
	put(3, 30);
	put(3, 5);
	assert_int_equal(table->count, 3);
	assert_int_equal(waiting_at(table, 0)->work.case_id, 3);
}

static void a_full_table_leaves_out_the_least_urgent_tried_one(void **state)
{
	(void)state;
	for (int64_t i = 1; i <= WAITING_MAX; i++)
		assert_true(put(i, i));
	assert_false(table->overflowed);
	assert_false(put(WAITING_MAX + 1, 0)); /* all are fresh: each must be tried first */
	assert_true(table->overflowed);
	for (size_t i = 0; i < table->count; i++)
		waiting_at(table, i)->fresh = i >= WAITING_MAX - 2; /* the last two are fresh */
	assert_true(put(WAITING_MAX + 1, INT64_MAX - 1));
	assert_int_equal(table->count, WAITING_MAX);
	assert_null(waiting_find(table, KEY(WAITING_MAX - 2)));
	assert_non_null(waiting_find(table, KEY(WAITING_MAX)));
	assert_int_equal(waiting_at(table, WAITING_MAX - 1)->work.case_id, WAITING_MAX + 1);
}

static void what_a_sweep_did_not_see_goes(void **state)
{
	struct waiting_case c;

	(void)state;
	for (int64_t i = 1; i <= 10; i++) {
		c = waits(i, i);
		c.seen = i % 2 == 0 ? 7 : 6;
		assert_true(waiting_put(table, &c));
	}
	waiting_drop_unseen(table, 7);
	assert_int_equal(table->count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(waiting_at(table, i)->work.case_id, 2 * (i + 1));
	assert_null(waiting_find(table, KEY(3)));
	assert_true(put(3, 3)); /* its slot is free again */
}

/* Against a plain sorted list, by a fixed sequence. */
static void many_changes_keep_the_order(void **state)
{
	uint64_t x = 88172645463325252u;
	int64_t promise[200] = { 0 };

	(void)state;
	for (int step = 0; step < 20000; step++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		int64_t id = 1 + (int64_t)(x % 199), p = 1 + (int64_t)(x >> 32) % 1000;

		if (x % 3 == 0) {
			assert_int_equal(waiting_drop(table, KEY(id)), promise[id] != 0);
			promise[id] = 0;
		} else {
			assert_true(put(id, p));
			promise[id] = p;
		}
	}
	size_t n = 0;

	for (int64_t id = 1; id < 200; id++)
		n += promise[id] != 0;
	assert_int_equal(table->count, n);
	for (size_t i = 0; i < n; i++) {
		const struct work *w = &waiting_at(table, i)->work;

		assert_int_equal(w->promise, promise[w->case_id]);
		if (i > 0)
			assert_true(choose_compare_waiting(&waiting_at(table, i - 1)->work, w) < 0);
	}
}

/* --- what changed --- */

static struct roster roster;

static struct candidate staff(int64_t id)
{
	return (struct candidate){ .id = id, .unit = 1, .capacity = 10, .ramp = 100, .available = true, .duty_until = 1000, .subjects = UINT64_MAX };
}

static void only_who_passes_helps(void **state)
{
	const struct work w = { .case_id = 1, .weight = 2, .now = 500, .category = -1, .required = SKILL_BIT(3) };
	struct candidate able = staff(1), unable = staff(2), full = staff(3);
	struct changed ch = { 0 };

	(void)state;
	able.skills = full.skills = SKILL_BIT(3);
	full.open_weight = 9;
	roster_clear(&roster);
	assert_true(roster_put(&roster, &able) && roster_put(&roster, &unable) && roster_put(&roster, &full));
	roster_index(&roster);
	assert_false(changed_any(&ch));
	changed_add(&ch, 2);
	changed_add(&ch, 3);
	changed_add(&ch, 99);
	assert_true(changed_any(&ch));
	assert_false(changed_may_help(&ch, &roster, &w));
	changed_add(&ch, 1);
	changed_add(&ch, 1);
	assert_int_equal(ch.n, 4);
	assert_true(changed_may_help(&ch, &roster, &w));
}

static void too_many_changes_are_all(void **state)
{
	const struct work w = { .case_id = 1 };
	struct changed ch = { 0 };

	(void)state;
	for (int64_t id = 1; id <= CHANGED_MAX; id++)
		changed_add(&ch, id);
	assert_false(ch.all);
	changed_add(&ch, CHANGED_MAX + 1);
	assert_true(ch.all);
	assert_true(changed_may_help(&ch, &roster, &w));
}

static void better_prospects_are_seen(void **state)
{
	const struct candidate before = staff(1);
	struct candidate after = before;

	(void)state;
	assert_false(candidate_improved(&before, &after));
	after.open_weight = 5;
	assert_false(candidate_improved(&before, &after));
	assert_true(candidate_improved(&after, &before));
	after = before, after.skills = SKILL_BIT(1);
	assert_true(candidate_improved(&before, &after));
	assert_false(candidate_improved(&after, &before));
	after = before, after.available = false;
	assert_false(candidate_improved(&before, &after));
	assert_true(candidate_improved(&after, &before));
	after = before, after.ramp = 50;
	assert_true(candidate_improved(&after, &before));
	after = before, after.duty_until = 2000;
	assert_true(candidate_improved(&before, &after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order_is_that_of_the_draw, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tried_case_stays_tried_while_nothing_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_place_in_the_order_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_table_leaves_out_the_least_urgent_tried_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_sweep_did_not_see_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_changes_keep_the_order, set_up, tear_down),
		cmocka_unit_test(only_who_passes_helps),
		cmocka_unit_test(too_many_changes_are_all),
		cmocka_unit_test(better_prospects_are_seen),
	};

	return cmocka_run_group_tests_name("dispatch/waiting", tests, NULL, NULL);
}
