#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/phone.h"

static const struct row {
	const char *text, *area, *number, *extension; /* number: canonical, or the fault's code */
	int kind;                                     /* -1: refused */
} ROWS[] = {
	{ "13800138000",            NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "138 0013 8000",          NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "138-0013-8000",          NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "１３８００１３８０００", NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "+86 138 0013 8000",      NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "008613800138000",        NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "8613800138000",          NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "(+86)13800138000",       NULL,  "+8613800138000", "",      PHONE_MOBILE  },
	{ "013800138000",           NULL,  "+8613800138000", "",      PHONE_MOBILE  }, /* with the long-distance 0 */
	{ "021-68901234",           NULL,  "+862168901234",  "",      PHONE_FIXED   },
	{ "(021) 6890 1234",        NULL,  "+862168901234",  "",      PHONE_FIXED   },
	{ "+86-21-6890-1234",       NULL,  "+862168901234",  "",      PHONE_FIXED   },
	{ "+86 (0)21 68901234",     NULL,  "+862168901234",  "",      PHONE_FIXED   },
	{ "862168901234",           NULL,  "+862168901234",  "",      PHONE_FIXED   },
	{ "68901234",               "021", "+862168901234",  "",      PHONE_FIXED   },
	{ "6890-1234",              "21",  "+862168901234",  "",      PHONE_FIXED   },
	{ "010-65194114",           NULL,  "+861065194114",  "",      PHONE_FIXED   },
	{ "0755-84398000",          NULL,  "+8675584398000", "",      PHONE_FIXED   },
	{ "0951-6011234",           NULL,  "+869516011234",  "",      PHONE_FIXED   }, /* seven digits */
	{ "021-68901234-801",       NULL,  "+862168901234",  "801",   PHONE_FIXED   },
	{ "021-68901234转801",      NULL,  "+862168901234",  "801",   PHONE_FIXED   },
	{ "021-68901234 转 801",    NULL,  "+862168901234",  "801",   PHONE_FIXED   },
	{ "021-68901234 ext. 801",  NULL,  "+862168901234",  "801",   PHONE_FIXED   },
	{ "021-68901234分机80123",  NULL,  "+862168901234",  "80123", PHONE_FIXED   },
	{ "021-68901234#8",         NULL,  "+862168901234",  "8",     PHONE_FIXED   },
	{ "12360",                  NULL,  "12360",          "",      PHONE_SERVICE },
	{ "021-12360",              NULL,  "12360",          "",      PHONE_SERVICE },
	{ "0755 12360",             NULL,  "12360",          "",      PHONE_SERVICE },
	{ "962116",                 NULL,  "962116",         "",      PHONE_SERVICE },
	{ "95198",                  NULL,  "95198",          "",      PHONE_SERVICE },
	{ "400-812-3456",           NULL,  "4008123456",     "",      PHONE_SERVICE },
	{ "110",                    NULL,  "110",            "",      PHONE_SERVICE },
	{ "+852 2345 6789",         NULL,  "+85223456789",   "",      PHONE_FOREIGN },
	{ "0085223456789",          NULL,  "+85223456789",   "",      PHONE_FOREIGN },
	{ "+7 (495) 123-45-67",     NULL,  "+74951234567",   "",      PHONE_FOREIGN },
	{ "68901234",               NULL,  "bad_prefix",     NULL,    -1            },
	{ "",                       NULL,  "empty",          NULL,    -1            },
	{ "+",                      NULL,  "empty",          NULL,    -1            },
	{ "1380013800",             NULL,  "bad_length",     NULL,    -1            },
	{ "138001380001",           NULL,  "bad_length",     NULL,    -1            },
	{ "12800138000",            NULL,  "bad_length",     NULL,    -1            }, /* no such mobile prefix */
	{ "021-6890123",            NULL,  "bad_length",     NULL,    -1            },
	{ "+0123456789",            NULL,  "bad_length",     NULL,    -1            },
	{ "+1234567890123456",      NULL,  "bad_length",     NULL,    -1            },
	{ "138o0138000",            NULL,  "bad_character",  NULL,    -1            },
	{ "138张00138000",          NULL,  "bad_character",  NULL,    -1            },
	{ "138+0138000",            NULL,  "bad_character",  NULL,    -1            },
	{ "021-68901234转",         NULL,  "bad_character",  NULL,    -1            },
	{ "021-68901234转前台",     NULL,  "bad_character",  NULL,    -1            },
	{ "1111111111111111111111111111111111", NULL, "bad_character", NULL, -1     },
};

static void reads_phone(void **state)
{
	const struct row *r = *state;
	struct phone p = { .number = "untouched" }, again;
	struct ident_fault fault;

	assert_int_equal(phone_parse(r->text, r->area, &p, &fault), r->kind >= 0);
	if (r->kind < 0) {
		assert_string_equal(fault.code, r->number);
		assert_true(fault.zh[0] != '\0' && fault.en[0] != '\0');
		assert_string_equal(p.number, "untouched");
		return;
	}
	assert_int_equal(p.kind, r->kind);
	assert_string_equal(p.number, r->number);
	assert_string_equal(p.extension, r->extension);
	assert_true(phone_parse(p.number, NULL, &again, NULL)); /* canonical stays canonical */
	assert_string_equal(again.number, p.number);
	assert_int_equal(again.kind, p.kind);
}

/* A switchboard may send anything: no text breaks the parser, and what it accepts is bounded and canonical. */
static void survives_noise(void **state)
{
	static const char PIECES[][8] = { "0", "1", "8", "86", "+", "-", " ", "转", "(", ")", "x", "#", "021", "138", "清", "\xff" };
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char text[200] = "";
		struct phone p, again;

		for (int i = 0; i < 16; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(text, PIECES[(seed >> 16) % QL_LEN(PIECES)]);
		}
		if (phone_parse(text, "021", &p, NULL)) {
			assert_true(strspn(p.number + 1, "0123456789") == strlen(p.number) - 1);
			assert_true(phone_parse(p.number, NULL, &again, NULL));
			assert_string_equal(again.number, p.number);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 1] = { cmocka_unit_test(survives_noise) };

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[1 + i] = (struct CMUnitTest){ ROWS[i].text, reads_phone, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/phone", tests, NULL, NULL);
}
