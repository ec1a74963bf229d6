#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/fold.h"
#include "domain/ident.h"

static const struct row {
	enum ident_kind kind;
	const char *text, *value; /* value: normalised */
	const char *code;         /* NULL: valid */
	int position;
} ROWS[] = {
	/* unified social credit code: the six of the certification jobs */
	{ IDENT_USCC,         "91440300731132752M",                   "91440300731132752M",         NULL,            0  },
	{ IDENT_USCC,         "913100006318984862",                   "913100006318984862",         NULL,            0  },
	{ IDENT_USCC,         "91460000721234704E",                   "91460000721234704E",         NULL,            0  },
	{ IDENT_USCC,         "914403007675983190",                   "914403007675983190",         NULL,            0  },
	{ IDENT_USCC,         "913101187785259673",                   "913101187785259673",         NULL,            0  },
	{ IDENT_USCC,         "913100007449143662",                   "913100007449143662",         NULL,            0  },
	{ IDENT_USCC,         "  9144 0300-7311 32752m ",             "91440300731132752M",         NULL,            0  },
	{ IDENT_USCC,         "９１４４０３００７３１１３２７５２ｍ", "91440300731132752M",         NULL,            0  },
	{ IDENT_USCC,         "\xe2\x80\x8b" "9144\xc2\xa0" "0300731132752M", "91440300731132752M", NULL,            0  },
	{ IDENT_USCC,         "91440300731132752N",                   "91440300731132752N",         "bad_check",     18 },
	{ IDENT_USCC,         "9144030073113275",                     "9144030073113275",           "bad_length",    0  },
	{ IDENT_USCC,         "91440300731132O52M",                   "91440300731132O52M",         "bad_character", 15 },
	{ IDENT_USCC,         "9144030073113清52M",                   "9144030073113清52M",         "bad_length",    0  },
	{ IDENT_USCC,         "91440300731132清2M",                   "91440300731132清2M",         "bad_length",    0  },
	{ IDENT_USCC,         "91440300731132清52M",                  "91440300731132清52M",        "bad_character", 15 },
	{ IDENT_USCC,         "",                                     "",                           "empty",         0  },
	{ IDENT_USCC,         " - ",                                  "",                           "empty",         0  },
	{ IDENT_CUSTOMS_CODE, "3117980008",                           "3117980008",                 NULL,            0  },
	{ IDENT_CUSTOMS_CODE, "31229-8000b",                          "312298000B",                 NULL,            0  },
	{ IDENT_CUSTOMS_CODE, "311798000",                            "311798000",                  "bad_length",    0  },
	{ IDENT_CUSTOMS_CODE, "31179_0008",                           "31179_0008",                 "bad_character", 6  },
	{ IDENT_AEO,          "aeocn0123456789",                      "AEOCN0123456789",            NULL,            0  },
	{ IDENT_AEO,          "AEO CN 0123456789",                    "AEOCN0123456789",            NULL,            0  },
	{ IDENT_AEO,          "CN0123456789",                         "CN0123456789",               NULL,            0  },
	{ IDENT_AEO,          "SG201912345678",                       "SG201912345678",             NULL,            0  },
	{ IDENT_AEO,          "AEOCN012345678",                       "AEOCN012345678",             "bad_length",    0  },
	{ IDENT_AEO,          "AEO1N0123456789",                      "AEO1N0123456789",            "bad_prefix",    4  },
	{ IDENT_AEO,          "123456789012",                         "123456789012",               "bad_prefix",    1  },
	{ IDENT_DECLARATION,  "223320231000000762",                   "223320231000000762",         NULL,            0  },
	{ IDENT_DECLARATION,  "2233 2023 1 000000762",                "223320231000000762",         NULL,            0  },
	{ IDENT_DECLARATION,  "22332023i000000762",                   "22332023I000000762",         NULL,            0  },
	{ IDENT_DECLARATION,  "２２３３２０２３０００００００７６２", "223320230000000762",         NULL,            0  },
	{ IDENT_DECLARATION,  "012345678",                            "012345678",                  NULL,            0  },
	{ IDENT_DECLARATION,  "223320232000000762",                   "223320232000000762",         "bad_direction", 9  },
	{ IDENT_DECLARATION,  "223321231000000762",                   "223321231000000762",         "bad_year",      5  },
	{ IDENT_DECLARATION,  "22332023100000076",                    "22332023100000076",          "bad_length",    0  },
	{ IDENT_DECLARATION,  "2233202310000O0762",                   "2233202310000O0762",         "bad_character", 14 },
	{ IDENT_UNIFIED,      "i20220000970000001",                   "I20220000970000001",         NULL,            0  },
	{ IDENT_UNIFIED,      "I30220000970000001",                   "I30220000970000001",         "bad_year",      2  },
	{ IDENT_UNIFIED,      "120220000970000001",                   "120220000970000001",         "bad_character", 1  },
	{ IDENT_CONTAINER,    "CSQU3054383",                          "CSQU3054383",                NULL,            0  },
	{ IDENT_CONTAINER,    "cbhu 320273-2",                        "CBHU3202732",                NULL,            0  },
	{ IDENT_CONTAINER,    "TESU1000050",                          "TESU1000050",                NULL,            0  }, /* remainder 10 */
	{ IDENT_CONTAINER,    "ZVWJ1234569",                          "ZVWJ1234569",                NULL,            0  }, /* letters after U */
	{ IDENT_CONTAINER,    "CSQU3054384",                          "CSQU3054384",                "bad_check",     11 },
	{ IDENT_CONTAINER,    "CSQX3054383",                          "CSQX3054383",                "bad_category",  4  },
	{ IDENT_CONTAINER,    "CS1U3054383",                          "CS1U3054383",                "bad_character", 3  },
	{ IDENT_CONTAINER,    "CSQU305438",                           "CSQU305438",                 "bad_length",    0  },
	{ IDENT_BILL,         " cosu-6123 456/a ",                    "COSU-6123456/A",             NULL,            0  },
	{ IDENT_BILL,         "提单1",                                "提单1",                      "bad_character", 1  },
	{ IDENT_BILL,         "123456789012345678901234567890123456", "123456789012345678901234567890123456", "bad_length", 0 },
	{ IDENT_HS,           "9026.80.9000",                         "9026809000",                 NULL,            0  },
	{ IDENT_HS,           "902680",                               "902680",                     NULL,            0  },
	{ IDENT_HS,           "90268090",                             "90268090",                   NULL,            0  },
	{ IDENT_HS,           "9026809000101",                        "9026809000101",              NULL,            0  },
	{ IDENT_HS,           "9801000000",                           "9801000000",                 NULL,            0  },
	{ IDENT_HS,           "9026809",                              "9026809",                    "bad_length",    0  },
	{ IDENT_HS,           "7701000000",                           "7701000000",                 "bad_chapter",   1  },
	{ IDENT_HS,           "0001000000",                           "0001000000",                 "bad_chapter",   1  },
	{ IDENT_HS,           "9901000000",                           "9901000000",                 "bad_chapter",   1  },
	{ IDENT_DISTRICT,     "2248",                                 "2248",                       NULL,            0  },
	{ IDENT_DISTRICT,     "22",                                   "22",                         "bad_length",    0  },
	{ IDENT_DISTRICT,     "22A8",                                 "22A8",                       "bad_character", 3  },
	{ IDENT_JOB,          "2024n025300000006",                    "2024N025300000006",          NULL,            0  },
	{ IDENT_JOB,          "2024N022220000002",                    "2024N022220000002",          NULL,            0  },
	{ IDENT_JOB,          "2024M025300000006",                    "2024M025300000006",          "bad_character", 5  },
	{ IDENT_JOB,          "3024N025300000006",                    "3024N025300000006",          "bad_year",      1  },
	{ IDENT_PHONE,        "138 0013 8000",                        "+8613800138000",             NULL,            0  },
	{ IDENT_PHONE,        "hello",                                "HELLO",                      "bad_character", 1  },
	{ IDENT_CASE,         "261123 00417 5",                       "261123-00417-5",             NULL,            0  },
	{ IDENT_CASE,         "261123-00417-6",                       "261123-00417-6",             "bad_check",     12 },
};

static bool is_utf8(const char *text)
{
	uint32_t point;

	for (int n; (n = fold_char(text, &point)) > 0; text += n)
		if (point == UINT32_MAX)
			return false;
	return true;
}

static void reads_identifier(void **state)
{
	const struct row *r = *state;
	struct ident id;

	assert_int_equal(ident_read(r->kind, r->text, &id), r->code == NULL);
	assert_int_equal(id.valid, r->code == NULL);
	assert_string_equal(id.value, r->value);
	if (r->code == NULL) {
		char again[IDENT_MAX + 1];

		assert_true(ident_normalise(r->kind, id.value, again, sizeof(again)));
		assert_string_equal(again, id.value); /* a value is its own normal form */
		return;
	}
	assert_string_equal(id.fault.code, r->code);
	assert_int_equal(id.fault.position, r->position);
	assert_true(id.fault.zh[0] != '\0' && id.fault.en[0] != '\0' && is_utf8(id.fault.zh) && is_utf8(id.fault.en));
}

static void sentences_for_the_duty_desk(void **state)
{
	static const struct {
		enum ident_kind kind;
		const char *text, *zh, *en;
	} SENTENCES[] = {
		{ IDENT_DECLARATION, "223320232000000762", "报关单号第9位应为 0 1 I E, 收到 2", "character 9 of the declaration number must be 0 1 I E, not 2" },
		{ IDENT_DECLARATION, "2233", "报关单号应为18 / 9位, 收到4位", "the declaration number has 18 / 9 characters, this has 4" },
		{ IDENT_DECLARATION, "223331231000000762", "报关单号第5至8位应为年份, 收到 3123", "characters 5 to 8 of the declaration number are a year, not 3123" },
		{ IDENT_CONTAINER, "CSQU3054384", "箱号校验位不符：按前10位应为 3, 收到 4", "the check digit of the container does not fit: its first ten characters give 3, not 4" },
		{ IDENT_USCC, "91440300731132清52M", "统一社会信用代码第15位应为数字或字母（不用 I O S V Z）, 收到 清", "character 15 of the credit code must be a digit or a letter (no I O S V Z), not 清" },
		{ IDENT_HS, "7701000000", "商品编号没有第77章", "there is no HS chapter 77" },
	};
	struct ident id;

	(void)state;
	for (size_t i = 0; i < QL_LEN(SENTENCES); i++) {
		assert_false(ident_read(SENTENCES[i].kind, SENTENCES[i].text, &id));
		assert_string_equal(id.fault.zh, SENTENCES[i].zh);
		assert_string_equal(id.fault.en, SENTENCES[i].en);
	}
}

static const char *const CODES[] = { "91440300731132752M", "913100006318984862", "91460000721234704E",
                                     "914403007675983190", "913101187785259673", "913100007449143662" };

/* The two check characters together miss no single wrong character and no swap of neighbours in these. */
static void credit_code_catches_slips(void **state)
{
	static const char SET[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	int tried = 0;

	(void)state;
	for (size_t c = 0; c < QL_LEN(CODES); c++)
		for (int at = 0; at < 18; at++) {
			char text[19];

			strcpy(text, CODES[c]);
			for (const char *s = SET; *s != '\0'; s++, tried++) {
				text[at] = *s;
				assert_int_equal(ident_check(IDENT_USCC, text, NULL), *s == CODES[c][at]);
			}
			strcpy(text, CODES[c]);
			if (at == 17 || text[at] == text[at + 1])
				continue;
			text[at] = CODES[c][at + 1];
			text[at + 1] = CODES[c][at];
			assert_false(ident_check(IDENT_USCC, text, NULL));
		}
	assert_int_equal(tried, 6 * 18 * 31);
}

/* Wrong inside, but the outer check made to fit: only the organisation code's own check sees it. */
static void organisation_code_has_its_own_check(void **state)
{
	static const char SET[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char text[] = "91440300731132752M";
	struct ident_fault fault;
	int found = 0;

	(void)state;
	text[16] = '3';
	for (const char *s = SET; *s != '\0'; s++) {
		text[17] = *s;
		assert_false(ident_check(IDENT_USCC, text, &fault));
		if (strcmp(fault.code, "bad_org_check") == 0) {
			assert_int_equal(fault.position, 17);
			found++;
		}
	}
	assert_int_equal(found, 1);
}

static void too_long_is_a_fault_not_an_overflow(void **state)
{
	char text[4096], small[5];
	struct ident id;

	(void)state;
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int kind = 0; kind < IDENT_KINDS; kind++) {
		assert_false(ident_read((enum ident_kind)kind, text, &id));
		assert_string_equal(id.fault.code, "too_long");
		assert_true(strlen(id.value) <= IDENT_MAX);
	}
	assert_false(ident_normalise(IDENT_HS, "902680", small, sizeof(small)));
	assert_string_equal(small, "9026");
	assert_false(ident_normalise(IDENT_BILL, "AB清", small, sizeof(small)));
	assert_string_equal(small, "AB"); /* no half character */
}

static void bytes_that_are_no_utf8_stay_harmless(void **state)
{
	static const char *const TEXTS[] = { "\xff\xfe", "9144030073113\xe6\xb8", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "a\x80" };
	struct ident_fault fault;
	struct ident id;

	(void)state;
	for (size_t i = 0; i < QL_LEN(TEXTS); i++)
		for (int kind = 0; kind < IDENT_KINDS; kind++) {
			assert_false(ident_read((enum ident_kind)kind, TEXTS[i], &id));
			assert_true(is_utf8(id.value) && is_utf8(id.fault.zh) && is_utf8(id.fault.en));
			assert_false(ident_check((enum ident_kind)kind, TEXTS[i], &fault)); /* not normalised before */
			assert_true(is_utf8(fault.zh) && is_utf8(fault.en));
		}
}

static void knows_utf8_from_noise(void **state)
{
	static const struct {
		const char *text;
		int bytes;
		uint32_t point;
	} CHARACTERS[] = {
		{ "A", 1, 'A' }, { "\xc3\xa9", 2, 0xe9 }, { "清", 3, 0x6e05 }, { "\xf0\x9f\x9a\xa2", 4, 0x1f6a2 }, { "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\x80", 1, UINT32_MAX }, { "\xc0\xaf", 1, UINT32_MAX }, { "\xe0\x80\xaf", 1, UINT32_MAX }, { "\xf0\x80\x80\xaf", 1, UINT32_MAX },
		{ "\xed\xa0\x80", 1, UINT32_MAX }, { "\xf4\x90\x80\x80", 1, UINT32_MAX }, { "\xf8\x88\x80\x80\x80", 1, UINT32_MAX },
		{ "\xe6\xb8", 1, UINT32_MAX }, { "\xff", 1, UINT32_MAX }, { "", 0, 0 },
	};
	uint32_t point;

	(void)state;
	for (size_t i = 0; i < QL_LEN(CHARACTERS); i++) {
		assert_int_equal(fold_char(CHARACTERS[i].text, &point), CHARACTERS[i].bytes);
		assert_int_equal(point, CHARACTERS[i].point);
	}
}

static void folds_what_people_type(void **state)
{
	char out[64];
	bool whole;

	(void)state;
	fold_text("Ａｂ－１２　３–4—5−6", out, sizeof(out), &whole);
	assert_string_equal(out, "Ab-12 3-4-5-6");
	assert_true(whole);
	fold_text("清零\xff", out, sizeof(out), &whole);
	assert_string_equal(out, "清零?");
	assert_int_equal(fold_text("清零", out, 6, &whole), 3);
	assert_false(whole);
	assert_int_equal(fold_text("清零", out, 7, &whole), 6);
	assert_true(whole);
}

static void declaration_says_its_office(void **state)
{
	struct declaration_parts p;

	(void)state;
	assert_true(ident_declaration_parts("223320231000000762", &p));
	assert_string_equal(p.office, "2233");
	assert_int_equal(p.year, 2023);
	assert_true(p.import && !p.consolidated);
	assert_true(ident_declaration_parts("53012024E000000762", &p));
	assert_true(!p.import && p.consolidated);
	assert_false(ident_declaration_parts("012345678", &p));
	assert_false(ident_declaration_parts("223320232000000762", &p));
}

static void kinds_have_names(void **state)
{
	enum ident_kind kind = IDENT_KINDS;

	(void)state;
	for (int i = 0; i < IDENT_KINDS; i++) {
		assert_true(ident_kind_parse(ident_kind_name((enum ident_kind)i), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(ident_kind_parse("passport", &kind));
}

#define PLAIN 9

int main(void)
{
	static char names[QL_LEN(ROWS)][160];
	struct CMUnitTest tests[PLAIN + QL_LEN(ROWS)] = {
		cmocka_unit_test(sentences_for_the_duty_desk),
		cmocka_unit_test(credit_code_catches_slips),
		cmocka_unit_test(organisation_code_has_its_own_check),
		cmocka_unit_test(too_long_is_a_fault_not_an_overflow),
		cmocka_unit_test(bytes_that_are_no_utf8_stay_harmless),
		cmocka_unit_test(knows_utf8_from_noise),
		cmocka_unit_test(folds_what_people_type),
		cmocka_unit_test(declaration_says_its_office),
		cmocka_unit_test(kinds_have_names),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		snprintf(names[i], sizeof(names[i]), "%s \"%s\" %s", ident_kind_name(ROWS[i].kind), ROWS[i].text, ROWS[i].code ? ROWS[i].code : "valid");
		tests[PLAIN + i] = (struct CMUnitTest){ names[i], reads_identifier, NULL, NULL, (void *)&ROWS[i] };
	}
	return cmocka_run_group_tests_name("domain/ident", tests, NULL, NULL);
}
