#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/rights.h"

#define EACH_ROLE(r) int r = 0; r < ACCOUNT_ROLES; r++

static void every_role_has_a_name_of_its_own(void **state)
{
	enum account_role found;

	(void)state;
	for (EACH_ROLE(r)) {
		assert_true(account_role_parse(account_rule((enum account_role)r)->name, &found));
		assert_int_equal(found, r);
	}
	assert_false(account_role_parse("owner", &found));
	assert_false(account_role_parse("", &found));
}

/* Whoever may change a case appears in its journal as somebody; nobody else does. */
static void who_commands_acts(void **state)
{
	(void)state;
	for (EACH_ROLE(r))
		assert_int_equal(account_may((enum account_role)r, RIGHT_COMMAND), account_rule((enum account_role)r)->acts != ROLE_NOBODY);
}

static void nobody_acts_as_the_system(void **state)
{
	(void)state;
	for (EACH_ROLE(r))
		assert_int_not_equal(account_rule((enum account_role)r)->acts, ROLE_SYSTEM);
}

static const struct row { const char *name; enum account_role role; unsigned all, none; } ROWS[] = {
	{ "an administrator reads no case",      ACCOUNT_ADMINISTRATOR, RIGHT_PARAMETERS | RIGHT_ROSTER, RIGHT_CASES | RIGHT_JOURNAL | RIGHT_LIVE | RIGHT_REVEAL | RIGHT_ACCOUNTS | RIGHT_AUDIT },
	{ "security has neither cases nor parameters", ACCOUNT_SECURITY, RIGHT_ACCOUNTS,                 RIGHT_CASES | RIGHT_JOURNAL | RIGHT_LIVE | RIGHT_PARAMETERS | RIGHT_REVEAL },
	{ "an auditor changes nothing",          ACCOUNT_AUDITOR,       RIGHT_JOURNAL | RIGHT_AUDIT,     RIGHT_COMMAND | RIGHT_PARAMETERS | RIGHT_ACCOUNTS | RIGHT_REVEAL | RIGHT_HOLD },
	{ "a kiosk counts",                      ACCOUNT_KIOSK,         RIGHT_COUNTERS,                  ~(unsigned)RIGHT_COUNTERS },
	{ "an enterprise sees no roster",        ACCOUNT_ENTERPRISE,    RIGHT_CASES | RIGHT_COMMAND,     RIGHT_ROSTER | RIGHT_JOURNAL | RIGHT_REVEAL },
	{ "a hold is a supervisor's",            ACCOUNT_SUPERVISOR,    RIGHT_HOLD | RIGHT_WEBHOOKS,     RIGHT_PARAMETERS | RIGHT_ACCOUNTS | RIGHT_AUDIT },
	{ "a coordinator places none",           ACCOUNT_COORDINATOR,   RIGHT_COMMAND | RIGHT_REVEAL,    RIGHT_HOLD | RIGHT_WEBHOOKS | RIGHT_PARAMETERS | RIGHT_ACCOUNTS | RIGHT_AUDIT },
};

static void may_do_this_and_not_that(void **state)
{
	const struct row *row = *state;

	assert_true(account_may(row->role, row->all));
	assert_int_equal(account_rule(row->role)->rights & row->none, 0);
}

/* Parameters, accounts and their record are never in one hand with each other or with cases. */
static void powers_are_separate(void **state)
{
	static const unsigned POWERS[] = { RIGHT_COMMAND, RIGHT_PARAMETERS, RIGHT_ACCOUNTS };

	(void)state;
	for (EACH_ROLE(r)) {
		int held = 0;

		for (size_t p = 0; p < QL_LEN(POWERS); p++)
			held += account_may((enum account_role)r, POWERS[p]);
		assert_true(held <= 1);
	}
}

static void duties_are_read_from_a_list(void **state)
{
	(void)state;
	assert_int_equal(duties_parse(""), 0);
	assert_int_equal(duties_parse("second_reader"), DUTY_BIT(DUTY_SECOND_READER));
	assert_int_equal(duties_parse("arbitration,national_expert"), DUTY_BIT(DUTY_ARBITRATION) | DUTY_BIT(DUTY_EXPERT));
	assert_int_equal(duties_parse("second,reader,unknown,duty_supervisor"), DUTY_BIT(DUTY_SUPERVISOR));
	for (int i = 0; i < DUTIES; i++)
		assert_int_equal(duties_parse(duty_name((enum duty)i)), DUTY_BIT(i));
}

int main(void)
{
	static const struct CMUnitTest WHOLE[] = {
		cmocka_unit_test(every_role_has_a_name_of_its_own), cmocka_unit_test(who_commands_acts), cmocka_unit_test(nobody_acts_as_the_system),
		cmocka_unit_test(powers_are_separate), cmocka_unit_test(duties_are_read_from_a_list),
	};
	struct CMUnitTest tests[QL_LEN(WHOLE) + QL_LEN(ROWS)];

	for (size_t i = 0; i < QL_LEN(WHOLE); i++)
		tests[i] = WHOLE[i];
	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[QL_LEN(WHOLE) + i] = (struct CMUnitTest){ ROWS[i].name, may_do_this_and_not_that, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/rights", tests, NULL, NULL);
}
