/* link: services/gateway/throttle.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "gateway/throttle.h"

#define T0 (1000 * QL_SECOND)

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct throttle));
	return *state == NULL;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void fail_times(struct throttle *t, uint64_t key, int n, ql_time now)
{
	for (int i = 0; i < n; i++)
		throttle_failed(t, key, now);
}

static void some_failures_are_free_then_the_wait_doubles(void **state)
{
	static const int WAITS[] = { 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	struct throttle *t = *state;
	uint64_t key = throttle_key("login", "lin");

	for (int i = 0; i < THROTTLE_FREE; i++) {
		assert_int_equal(throttle_wait(t, key, THROTTLE_FREE, T0), 0);
		throttle_failed(t, key, T0);
	}
	for (int i = 0; i < 10; i++) {
		assert_int_equal(throttle_wait(t, key, THROTTLE_FREE, T0), WAITS[i]);
		throttle_failed(t, key, T0);
	}
}

static void a_wait_ends(void **state)
{
	struct throttle *t = *state;
	uint64_t key = throttle_key("login", "lin");

	fail_times(t, key, THROTTLE_FREE, T0);
	assert_int_equal(throttle_wait(t, key, THROTTLE_FREE, T0 + QL_SECOND), 1);
	assert_int_equal(throttle_wait(t, key, THROTTLE_FREE, T0 + 2 * QL_SECOND), 0);
}

static void a_success_forgives_and_time_forgets(void **state)
{
	struct throttle *t = *state;
	uint64_t a = throttle_key("login", "a"), b = throttle_key("login", "b");

	fail_times(t, a, 9, T0);
	throttle_forget(t, a);
	assert_int_equal(throttle_wait(t, a, THROTTLE_FREE, T0), 0);
	fail_times(t, b, 20, T0);
	assert_int_equal(throttle_wait(t, b, THROTTLE_FREE, T0 + THROTTLE_FORGET + 1), 0);
	throttle_failed(t, b, T0 + THROTTLE_FORGET + 1);
	assert_int_equal(throttle_wait(t, b, THROTTLE_FREE, T0 + THROTTLE_FORGET + 1), 0); /* it counts from one again */
}

static void a_login_and_an_address_of_one_spelling_are_two(void **state)
{
	struct throttle *t = *state;

	fail_times(t, throttle_key("login", "10.0.0.1"), 9, T0);
	assert_int_equal(throttle_wait(t, throttle_key("address", "10.0.0.1"), THROTTLE_FREE, T0), 0);
	assert_true(throttle_key("a", "bc") != throttle_key("ab", "c"));
}

/* Whoever fills the table with names pushes out what is quiet, not what he is working on. */
static void a_full_table_forgets_the_quietest(void **state)
{
	struct throttle *t = *state;
	uint64_t target = throttle_key("login", "target");
	char name[16];

	for (int i = 0; i < 20 * THROTTLE_KEYS; i++) {
		snprintf(name, sizeof(name), "%d", i);
		throttle_failed(t, throttle_key("login", name), T0 + i);
		throttle_failed(t, target, T0 + i);
	}
	assert_int_equal(throttle_wait(t, target, THROTTLE_FREE, T0 + 20 * THROTTLE_KEYS), THROTTLE_LONGEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(some_failures_are_free_then_the_wait_doubles, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wait_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(a_success_forgives_and_time_forgets, setup, teardown),
		cmocka_unit_test_setup_teardown(a_login_and_an_address_of_one_spelling_are_two, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_table_forgets_the_quietest, setup, teardown),
	};

	return cmocka_run_group_tests_name("gateway/throttle", tests, NULL, NULL);
}
