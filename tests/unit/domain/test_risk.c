#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/err.h"
#include "domain/risk.h"

static const struct row { const char *name, *text, *word; bool held; } ROWS[] = {
	{ "as it is written", "该票货物已被布控，请等待", "布控", true },
	{ "with blanks between", "布 控", "布控", true },
	{ "with dots, stars, zero-width characters between", "布.*·\xe2\x80\x8b控", "布控", true },
	{ "with the blank of East Asia", "布\xe3\x80\x80控", "布控", true },
	{ "neutral words are free", "口岸海关正在办理", "布控", false },
	{ "the characters in other words", "公布，控制", "布控", true }, /* rather one sentence written again than one secret told */
	{ "the characters apart", "布料管控", "布控", false },
	{ "Latin without case", "It met a RISK-Profile.", "risk profile", true },
	{ "in full-width letters", "\xef\xbc\xb2\xef\xbd\x89\xef\xbd\x93\xef\xbd\x8b profile", "risk profile", true },
	{ "with an ending", "two risk profiles", "risk profile", true },
	{ "not inside another word", "a brisk profile", "risk profile", false },
	{ "over a line", "risk\n  profile", "risk profile", true },
	{ "Russian in capitals", "ПРОФИЛЬ РИСКА", "профиль риска", true },
	{ "Russian by its stem", "оперативными мерами", "оперативн", true },
	{ "not in the middle of a Russian word", "кооперативный", "оперативн", false },
	{ "behind Chinese a Latin word begins", "货物risk profile", "risk profile", true },
	{ "an empty word is in nothing", "anything", "", false },
};

static void holds(void **state)
{
	const struct row *r = *state;
	char text[256], word[64];

	assert_true(risk_plain(r->text, text, sizeof(text)));
	assert_true(risk_plain(r->word, word, sizeof(word)));
	assert_int_equal(risk_holds(text, word), r->held);
}

static void what_does_not_fit_is_said(void **state)
{
	char out[8];

	(void)state;
	assert_false(risk_plain("布控布控布控", out, sizeof(out)));
	assert_true(strlen(out) < sizeof(out));
	assert_true(risk_plain("", out, sizeof(out)));
	assert_string_equal(out, "");
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 1] = { cmocka_unit_test(what_does_not_fit_is_said) };

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[i + 1] = (struct CMUnitTest){ ROWS[i].name, holds, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/risk", tests, NULL, NULL);
}
