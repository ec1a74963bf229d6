#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "domain/alert.h"

static void every_kind_has_a_name_of_its_own_and_a_way(void **state)
{
	enum alert parsed;

	(void)state;
	for (int i = 0; i < ALERTS; i++) {
		assert_true(alert_parse(alert_name((enum alert)i), &parsed));
		assert_int_equal(parsed, i);
		assert_true(alert_is_way(alert_way((enum alert)i)));
		assert_string_not_equal(alert_way((enum alert)i), "off"); /* nobody misses work for not having chosen */
	}
	assert_false(alert_parse("", &parsed));
	assert_false(alert_parse("Assigned", &parsed));
}

static void ways(void **state)
{
	static const struct { const char *word; bool good; } WORDS[] = { { "now", true }, { "digest", true }, { "off", true }, { "", false }, { "NOW", false }, { "later", false } };

	(void)state;
	for (size_t i = 0; i < QL_LEN(WORDS); i++)
		assert_true(alert_is_way(WORDS[i].word) == WORDS[i].good);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_kind_has_a_name_of_its_own_and_a_way), cmocka_unit_test(ways) };

	return cmocka_run_group_tests_name("domain/alert", tests, NULL, NULL);
}
