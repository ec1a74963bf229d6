#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"
#include "domain/caseno.h"

static const char *const NUMBERS[] = { "261123-00417-5", "261123-00398-5", "261123-00421-4", "261118-00305-2", "261120-00212-2", "261119-00077-1" };

static void knows_these_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(NUMBERS); i++) {
		char canonical[CASENO_MAX], again[CASENO_MAX];
		struct caseno no;

		assert_true(caseno_parse(NUMBERS[i], &no, canonical, NULL));
		assert_string_equal(canonical, NUMBERS[i]);
		assert_int_equal(caseno_format(no.day, no.serial, again), 14);
		assert_string_equal(again, NUMBERS[i]);
	}
}

static void every_single_wrong_digit_is_caught(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(NUMBERS); i++)
		for (size_t at = 0; at < strlen(NUMBERS[i]); at++)
			for (char digit = '0'; NUMBERS[i][at] != '-' && digit <= '9'; digit++) {
				char text[CASENO_MAX];
				struct caseno no;

				strcpy(text, NUMBERS[i]);
				text[at] = digit;
				assert_int_equal(caseno_parse(text, &no, NULL, NULL), digit == NUMBERS[i][at]);
			}
}

static int swaps(const char *number, int *tried)
{
	char digits[CASENO_MAX] = "", text[CASENO_MAX];
	int passed = 0;
	struct caseno no;

	for (size_t i = 0, n = 0; number[i] != '\0'; i++)
		if (number[i] != '-')
			digits[n++] = number[i];
	for (size_t at = 0; digits[at + 1] != '\0'; at++) {
		strcpy(text, digits);
		text[at] = digits[at + 1];
		text[at + 1] = digits[at];
		if (digits[at] == digits[at + 1])
			continue;
		++*tried;
		passed += caseno_parse(text, &no, NULL, NULL);
	}
	return passed;
}

/* MOD 11,10 lets about one swap in 50 through, and some of those make no date. */
static void swapped_neighbours_are_caught(void **state)
{
	uint64_t seed = 11;
	int tried = 0, passed = 0;

	(void)state;
	for (size_t i = 0; i < QL_LEN(NUMBERS); i++)
		assert_int_equal(swaps(NUMBERS[i], &tried), 0);
	for (int round = 0; round < 5000; round++) {
		char number[CASENO_MAX];

		caseno_format(civil_day(2026, 1, 1) + (int32_t)below(&seed, 3000), 1 + (int32_t)below(&seed, 99999), number);
		passed += swaps(number, &tried);
	}
	assert_true(tried > 40000);
	assert_true(passed * 50 < tried);
}

static const struct row {
	const char *text, *canonical; /* NULL: refused with code */
	const char *code;
	int position;
} ROWS[] = {
	{ "261123004175",           "261123-00417-5", NULL,            0  },
	{ " 261123 00417 5 ",       "261123-00417-5", NULL,            0  },
	{ "２６１１２３－００４１７－５", "261123-00417-5", NULL,      0  },
	{ "261123—00417—5",         "261123-00417-5", NULL,            0  },
	{ "261 123 004 175",        "261123-00417-5", NULL,            0  },
	{ "261123/00417.5",         "261123-00417-5", NULL,            0  },
	{ "261123-00417-4",         NULL,             "bad_check",     12 },
	{ "261123-0417-5",          NULL,             "bad_length",    0  },
	{ "261123-00417",           NULL,             "bad_length",    0  },
	{ "26112300417512345678",   NULL,             "bad_length",    0  },
	{ "261123-OO417-5",         NULL,             "bad_character", 8  },
	{ "事项261123-00417-5",     NULL,             "bad_character", 1  },
	{ "",                       NULL,             "empty",         0  },
	{ " - ",                    NULL,             "empty",         0  },
};

static void reads_what_people_say(void **state)
{
	const struct row *r = *state;
	char canonical[CASENO_MAX];
	struct ident_fault fault;
	struct caseno no;

	assert_int_equal(caseno_parse(r->text, &no, canonical, &fault), r->canonical != NULL);
	if (r->canonical != NULL) {
		assert_string_equal(canonical, r->canonical);
		assert_int_equal(no.serial, 417);
		assert_int_equal(no.day, civil_day(2026, 11, 23));
		return;
	}
	assert_string_equal(fault.code, r->code);
	assert_int_equal(fault.position, r->position);
}

/* Digits whose check fits but which no day and no serial can have. */
static void fitting_check_is_not_enough(void **state)
{
	static const struct {
		const char *digits, *code;
	} WRONG[] = { { "26132300417", "bad_date" }, { "26023000417", "bad_date" }, { "26112300000", "bad_number" }, { "261123000417", "bad_number" } };

	(void)state;
	for (size_t i = 0; i < QL_LEN(WRONG); i++) {
		int n = (int)strlen(WRONG[i].digits);
		char text[CASENO_MAX];
		struct ident_fault fault;
		struct caseno no;

		strcpy(text, WRONG[i].digits);
		text[n] = caseno_check(text, n);
		text[n + 1] = '\0';
		assert_false(caseno_parse(text, &no, NULL, &fault));
		assert_string_equal(fault.code, WRONG[i].code);
	}
}

static void busy_days_have_longer_numbers(void **state)
{
	static const int32_t SERIALS[] = { 1, 99999, 100000, 1234567, CASENO_SERIAL_MAX };

	(void)state;
	for (size_t i = 0; i < QL_LEN(SERIALS); i++) {
		int32_t day = civil_day(2099, 12, 31);
		char text[CASENO_MAX], canonical[CASENO_MAX];
		struct caseno no;

		caseno_format(day, SERIALS[i], text);
		assert_true(caseno_parse(text, &no, canonical, NULL));
		assert_string_equal(canonical, text);
		assert_int_equal(no.serial, SERIALS[i]);
		assert_int_equal(no.day, day);
	}
}

#define PLAIN 5

int main(void)
{
	struct CMUnitTest tests[PLAIN + QL_LEN(ROWS)] = {
		cmocka_unit_test(knows_these_numbers),
		cmocka_unit_test(every_single_wrong_digit_is_caught),
		cmocka_unit_test(swapped_neighbours_are_caught),
		cmocka_unit_test(fitting_check_is_not_enough),
		cmocka_unit_test(busy_days_have_longer_numbers),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[PLAIN + i] = (struct CMUnitTest){ ROWS[i].text, reads_what_people_say, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/caseno", tests, NULL, NULL);
}
