/* link: services/clock/follow.c services/clock/lateness.c services/clock/aside.c services/clock/years.c services/clock/due_store.c
 * link: services/clock/figures.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "clock/aside.h"
#include "clock/follow.h"
#include "clock/lateness.h"
#include "clock/years.h"
#include "domain/timefmt.h"

/* --- what follows --- */

static void warnings_do_nothing_but_warn(void **state)
{
	(void)state;
	for (int kind = 0; kind < CLOCK_KINDS; kind++) {
		const enum follow expected = kind == CLOCK_CONFIRMATION ? FOLLOW_ANNOUNCE : FOLLOW_NOTHING; /* silence is announced before it closes */

		assert_int_equal(follow_up((enum clock_kind)kind, CLOCK_MARK_PERCENT), expected);
		assert_int_equal(follow_up((enum clock_kind)kind, CLOCK_MARK_BEFORE), expected);
	}
}

static void every_breach_has_a_consequence(void **state)
{
	static const struct { enum clock_kind kind; enum follow breach, after; } ROWS[] = {
		{ CLOCK_UNASSIGNED, FOLLOW_ESCALATE, FOLLOW_ESCALATE },   { CLOCK_ACCEPT, FOLLOW_NEXT_ONE, FOLLOW_NOTHING },
		{ CLOCK_FIRST_RESPONSE, FOLLOW_ESCALATE, FOLLOW_ESCALATE }, { CLOCK_NEXT_RESPONSE, FOLLOW_ESCALATE, FOLLOW_ESCALATE },
		{ CLOCK_NEXT_UPDATE, FOLLOW_ESCALATE, FOLLOW_ESCALATE },  { CLOCK_RESOLUTION, FOLLOW_ESCALATE, FOLLOW_ESCALATE },
		{ CLOCK_CALL_BACK, FOLLOW_ESCALATE, FOLLOW_ESCALATE },    { CLOCK_CONFIRMATION, FOLLOW_CLOSE_SILENT, FOLLOW_NOTHING },
		{ CLOCK_JOINT_ACCEPT, FOLLOW_PARTY_NEXT, FOLLOW_ESCALATE }, { CLOCK_JOINT_RESULT, FOLLOW_ESCALATE, FOLLOW_ESCALATE },
		{ CLOCK_ARBITRATION, FOLLOW_ESCALATE, FOLLOW_ESCALATE },
		{ CLOCK_REVIEW, FOLLOW_ESCALATE, FOLLOW_ESCALATE },
	};

	(void)state;
	assert_int_equal(QL_LEN(ROWS), CLOCK_KINDS);
	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		assert_int_equal(follow_up(ROWS[i].kind, CLOCK_MARK_BREACH), ROWS[i].breach);
		assert_int_equal(follow_up(ROWS[i].kind, CLOCK_MARK_AFTER), ROWS[i].after);
	}
}

/* A clock that runs in a state whose breach the lifecycle would refuse would promise what nobody keeps. */
static void the_lifecycle_allows_what_follows(void **state)
{
	(void)state;
	for (int p = 0; p < PROCEDURES; p++) {
		assert_non_null(lifecycle_next((enum procedure)p, CASE_ASSIGNED, ACT_NOT_ACCEPTED, ROLE_SYSTEM));
		for (int s = CASE_RECEIVED; s < CASE_CLOSED; s++)
			if (lifecycle_next((enum procedure)p, (enum case_state)s, ACT_ATTACH, ROLE_SYSTEM) != NULL)
				assert_non_null(lifecycle_next((enum procedure)p, (enum case_state)s, ACT_ESCALATE, ROLE_SYSTEM));
	}
	assert_non_null(lifecycle_next(PROCEDURE_COORDINATION, CASE_ANSWERED, ACT_CLOSE_SILENT, ROLE_SYSTEM));
}

static void a_case_elsewhere_by_now_is_left_alone(void **state)
{
	struct case_file c = { .procedure = PROCEDURE_COORDINATION, .state = CASE_WORKING };
	struct ql_err err = { 0 };
	enum follow done;

	(void)state;
	assert_int_equal(follow_do(NULL, &c, CLOCK_ACCEPT, 1, "breach", &done, &err), QL_OK);
	assert_int_equal(done, FOLLOW_NOTHING);
	assert_int_equal(follow_do(NULL, &c, CLOCK_CONFIRMATION, 1, "breach", &done, &err), QL_OK);
	assert_int_equal(done, FOLLOW_NOTHING);
	c.state = CASE_CLOSED;
	assert_int_equal(follow_do(NULL, &c, CLOCK_RESOLUTION, 1, "late_60min", &done, &err), QL_OK);
	assert_int_equal(done, FOLLOW_NOTHING);
}

/* --- lateness --- */

static void the_worst_of_a_minute(void **state)
{
	struct lateness l = { 0 };

	(void)state;
	assert_int_equal(lateness_worst(&l, 5 * QL_SECOND), 0);
	lateness_add(&l, 5 * QL_SECOND, 300);
	lateness_add(&l, 6 * QL_SECOND, 200);
	assert_int_equal(lateness_worst(&l, 7 * QL_SECOND), 300);
	lateness_add(&l, 25 * QL_SECOND, 100);
	assert_int_equal(lateness_worst(&l, 54 * QL_SECOND), 300);
	assert_int_equal(lateness_worst(&l, 61 * QL_SECOND), 100);
	assert_int_equal(lateness_worst(&l, 85 * QL_SECOND), 0);
	lateness_add(&l, 65 * QL_SECOND, 50); /* the slot of the first minute is used again */
	assert_int_equal(lateness_worst(&l, 66 * QL_SECOND), 100);
}

static void a_moved_wall_clock_is_told_from_a_slow_loop(void **state)
{
	struct wall w = { 0 };

	(void)state;
	assert_int_equal(wall_jump(&w, 1000 * QL_SECOND, 10 * QL_SECOND), 0); /* the first look */
	assert_int_equal(wall_jump(&w, 1090 * QL_SECOND, 100 * QL_SECOND), 0); /* we were away for 90 s, both moved */
	assert_int_equal(wall_jump(&w, 1095 * QL_SECOND, 100 * QL_SECOND), 0);
	assert_int_equal(wall_jump(&w, 1101 * QL_SECOND + 1, 101 * QL_SECOND), 5 * QL_SECOND + 1);
	assert_int_equal(wall_jump(&w, 500 * QL_SECOND, 102 * QL_SECOND), -602 * QL_SECOND - 1);
	assert_int_equal(wall_jump(&w, 501 * QL_SECOND, 103 * QL_SECOND), 0); /* said once */
}

/* --- set aside --- */

static void aside_for_a_while(void **state)
{
	struct aside a = { 0 };

	(void)state;
	aside_put(&a, 1, 1, 100);
	aside_put(&a, 1, 2, 50);
	aside_put(&a, 1, 1, 200);
	assert_int_equal(a.n, 2);
	assert_true(aside_has(&a, 1, 1) && aside_has(&a, 1, 2));
	assert_false(aside_has(&a, 2, 1));
	aside_release(&a, 100);
	assert_true(aside_has(&a, 1, 1));
	assert_false(aside_has(&a, 1, 2));
}

static void a_full_list_lets_go_of_the_first_to_return(void **state)
{
	struct aside a = { 0 };

	(void)state;
	for (int i = 0; i < ASIDE_MAX; i++)
		aside_put(&a, i, 0, i == 5 ? 1 : 100 + i);
	aside_put(&a, 999, 0, 300);
	assert_int_equal(a.n, ASIDE_MAX);
	assert_true(aside_has(&a, 999, 0));
	assert_false(aside_has(&a, 5, 0));
	assert_true(aside_has(&a, 0, 0));
}

/* --- years --- */

static void next_year_is_needed_from_december(void **state)
{
	static const struct { const char *at; int year; } ROWS[] = {
		{ "2026-11-30T23:59:59+08:00", 2026 }, { "2026-12-01T00:00:00+08:00", 2027 }, { "2026-11-30T16:00:00Z", 2027 },
		{ "2026-12-31T23:59:59+08:00", 2027 }, { "2027-01-01T00:00:00+08:00", 2027 },
	};

	(void)state;
	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		ql_time at;

		assert_true(rfc3339_parse(ROWS[i].at, strlen(ROWS[i].at), &at, NULL));
		assert_int_equal(years_needed(at), ROWS[i].year);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warnings_do_nothing_but_warn),
		cmocka_unit_test(every_breach_has_a_consequence),
		cmocka_unit_test(the_lifecycle_allows_what_follows),
		cmocka_unit_test(a_case_elsewhere_by_now_is_left_alone),
		cmocka_unit_test(the_worst_of_a_minute),
		cmocka_unit_test(a_moved_wall_clock_is_told_from_a_slow_loop),
		cmocka_unit_test(aside_for_a_while),
		cmocka_unit_test(a_full_list_lets_go_of_the_first_to_return),
		cmocka_unit_test(next_year_is_needed_from_december),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
