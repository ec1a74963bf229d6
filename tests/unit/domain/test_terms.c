#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/terms.h"

/* --- terms of a text --- */

static const struct row { const char *text, *terms; } ROWS[] = {
	{ "放行",                         "放行 行"                             },
	{ "放行后港区",                   "放行 行后 后港 港区 区"              },
	{ "查驗",                         "查验 验"                             },
	{ "查验",                         "查验 验"                             },
	{ "海關 緝私",                    "海关 关 缉私 私"                     },
	{ "税",                           "税"                                  },
	{ "ＣＳＱＵ３０５４３８３",       "csqu3054383"                         },
	{ "222220260000345678",           "222220260000345678"                  },
	{ "261123-00417-5",               "261123 00417 5 261123004175"         },
	{ "CSQU3054383 未放行",           "csqu3054383 未放 放行 行"            },
	{ "箱CSQU3054383未放",            "箱 csqu3054383 未放 放"              },
	{ "HS 8471.30",                   "hs 8471 30 847130"                   },
	{ "Контейнер НЕ выпущен",         "контейнер не выпущен"                },
	{ "pre-arrival, a box",           "pre arrival box"                     },
	{ "2026/11-23",                   "2026 11 23 20261123"                 },
	{ "a--b x-- -y 7",                "7"                                   },
	{ "コンテナ",                     "コン ンテ テナ ナ"                   },
	{ "컨테이너",                     "컨테 테이 이너 너"                   },
	{ "naïve Ünïcode",                "naïve ünïcode"                       },
	{ "it's 'quoted' \\ & | ! :*",    "it quoted"                           },
	{ "soft\xc2\xad" "hyphen zero\xe2\x80\x8bwidth", "softhyphen zerowidth" },
	{ "\xff\xfe broken \xe6\x94",     "broken"                              },
	{ " \t\n,。！",                   ""                                    },
	{ "",                             ""                                    },
};

static void gather(void *ctx, const char *term, size_t size)
{
	char *to = ctx;

	if (to[0] != '\0')
		strcat(to, " ");
	strncat(to, term, size);
}

static void gives_the_terms_of_a_text(void **state)
{
	const struct row *r = *state;
	char terms[400] = "";

	terms_of(r->text, gather, terms);
	assert_string_equal(terms, r->terms);
}

static void cuts_a_word_without_end(void **state)
{
	char text[3000], terms[3000] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	terms_of(text, gather, terms);
	assert_int_equal(strlen(terms), TERM_MAX);
	terms_squeeze(text, terms);
	assert_int_equal(strlen(terms), TERM_MAX);
}

/* --- questions --- */

#define ANY(x)   "('" x "' | '^" x "')"
#define BEGIN(x) "('" x "':* | '^" x "':*)"
#define STARTS(x) "('=" x "':* | '^" x "':* | '" x "':*)"
#define CODE(x)  "('" x "' | '^" x "' | '=" x "')"

static const struct ask { const char *text; struct question q; } ASKS[] = {
	{ "放行",           { "", "", "'^放行'", ANY("放行") } },
	{ "放行放行",       { "", "", "'^放行'", ANY("放行") } },
	{ "港区放行",       { "", "", "'^港区' & '^放行'", ANY("港区") " & " ANY("放行") } },
	{ "滞港集装箱",     { "", "", "'^滞港' & '^集装' & '^装箱'", ANY("滞港") " & " ANY("集装") " & " ANY("装箱") } },
	{ "查驗",           { "", "", "'^查验'", ANY("查验") } },
	{ "税",             { "", "", "'^税':*", BEGIN("税") } },
	{ "ＣＳＱＵ３０５４３８３", { "'=csqu3054383'", STARTS("csqu3054383"), "('^csqu3054383' | '=csqu3054383')", CODE("csqu3054383") } },
	{ "csqu305",        { "'=csqu305'", STARTS("csqu305"), "('^csqu305' | '=csqu305')", CODE("csqu305") } },
	{ "22222",          { "'=22222'", "", "('^22222' | '=22222')", CODE("22222") } },
	{ "261123-00417-5", { "'=261123004175'", STARTS("261123004175"), "('^261123004175' | '=261123004175')", CODE("261123004175") } },
	{ "2222 2026",      { "'=22222026' | '=2222' & '=2026'", STARTS("22222026"), "('^2222' | '=2222') & ('^2026' | '=2026')", CODE("2222") " & " CODE("2026") } },
	{ "CSQU3054383 未放行", { "'=csqu3054383' & " ANY("未放") " & " ANY("放行"), STARTS("csqu3054383") " & " ANY("未放") " & " ANY("放行"),
	                          "('^csqu3054383' | '=csqu3054383') & '^未放' & '^放行'", CODE("csqu3054383") " & " ANY("未放") " & " ANY("放行") } },
	{ "Контейнер не",   { "'=контейнерне'", "", "'^контейнер':* & '^не'", BEGIN("контейнер") " & " ANY("не") } },
	{ "it's",           { "", "", "'^it'", ANY("it") } },
};

static void reads_a_question(void **state)
{
	const struct ask *r = *state;
	struct question q;

	assert_true(question_read(r->text, &q));
	assert_string_equal(q.exact, r->q.exact);
	assert_string_equal(q.begun, r->q.begun);
	assert_string_equal(q.heading, r->q.heading);
	assert_string_equal(q.anywhere, r->q.anywhere);
}

static void finds_nothing_to_look_for(void **state)
{
	static const char *const EMPTY[] = { "", " ", "?!", "\xff", "'", "、。" };
	struct question q;

	(void)state;
	for (size_t i = 0; i < QL_LEN(EMPTY); i++)
		assert_false(question_read(EMPTY[i], &q));
}

/* Whatever a text is found by must be asked for when the text itself is typed. */
static void asks_for_the_same_terms_as_a_text_has(void **state)
{
	static const char *const TEXTS[] = { "放行", "海關緝私局", "CSQU3054383", "Контейнер", "pre-arrival", "ÜBER", "8471.30", "コンテナ" };
	char terms[400], quoted[80];
	struct question q;

	(void)state;
	for (size_t i = 0; i < QL_LEN(TEXTS); i++) {
		terms[0] = '\0';
		terms_of(TEXTS[i], gather, terms);
		assert_true(question_read(TEXTS[i], &q));
		const char *first = strtok(terms, " ");
		const char *last = first;

		for (const char *t = first; t != NULL; t = strtok(NULL, " "))
			last = t;
		snprintf(quoted, sizeof(quoted), "('%s'", strstr(TEXTS[i], "8471") != NULL ? last : first);
		assert_non_null(strstr(q.anywhere, quoted));
	}
}

static void takes_the_longest_questions(void **state)
{
	static const char *const UNITS[] = { "1 ", "放行", "x-", "Ⱥ", "a1", "税,", "1234567890123 " };
	char text[4 * QUESTION_MAX];
	struct question q;

	(void)state;
	for (size_t i = 0; i < QL_LEN(UNITS); i++) {
		text[0] = '\0';
		while (strlen(text) + strlen(UNITS[i]) < sizeof(text))
			strcat(text, UNITS[i]);
		(void)question_read(text, &q);
		assert_true(strlen(q.anywhere) < sizeof(q.anywhere));
	}
}

/* --- the table of simplified characters is ICU's --- */

static void simplifies_as_icu_does(void **state)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar id[32];

	(void)state;
	u_uastrcpy(id, "Traditional-Simplified");
	UTransliterator *t = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);

	assert_true(U_SUCCESS(status));
	for (uint32_t c = 0x3400; c < 0x10000; c++) {
		UChar text[8] = { (UChar)c };
		int32_t len = 1, limit = 1;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		utrans_transUChars(t, text, &len, 8, 0, &limit, &status);
		assert_int_equal(len, 1);
		assert_int_equal(terms_simplified(c), text[0]);
	}
	utrans_close(t);
}

int main(void)
{
	static const struct CMUnitTest OTHERS[] = {
		cmocka_unit_test(cuts_a_word_without_end),     cmocka_unit_test(finds_nothing_to_look_for), cmocka_unit_test(asks_for_the_same_terms_as_a_text_has),
		cmocka_unit_test(takes_the_longest_questions), cmocka_unit_test(simplifies_as_icu_does),
	};
	struct CMUnitTest tests[QL_LEN(ROWS) + QL_LEN(ASKS) + QL_LEN(OTHERS)];
	size_t n = 0;

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[n++] = (struct CMUnitTest){ ROWS[i].text, gives_the_terms_of_a_text, NULL, NULL, (void *)&ROWS[i] };
	for (size_t i = 0; i < QL_LEN(ASKS); i++)
		tests[n++] = (struct CMUnitTest){ ASKS[i].text, reads_a_question, NULL, NULL, (void *)&ASKS[i] };
	for (size_t i = 0; i < QL_LEN(OTHERS); i++)
		tests[n++] = OTHERS[i];
	return cmocka_run_group_tests_name("domain/terms", tests, NULL, NULL);
}
