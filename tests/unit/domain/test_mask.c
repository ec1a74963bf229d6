#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/mask.h"

typedef void masker(const char *text, char *out, size_t size);

static const struct row {
	masker *mask;
	const char *text, *shown;
} ROWS[] = {
	{ mask_phone,   "13812341234",                  "138****1234"  },
	{ mask_phone,   "+8613812341234",               "138****1234"  },
	{ mask_phone,   "021-68901234",                 "021-****1234" },
	{ mask_phone,   "+862168901234",                "021-****1234" },
	{ mask_phone,   "0755-84398000转12",            "0755-****8000" },
	{ mask_phone,   "+852 2345 6789",               "****6789"     },
	{ mask_phone,   "12360",                        "12360"        },
	{ mask_phone,   "68901234",                     "****"         },
	{ mask_phone,   "call me",                      "****"         },
	{ mask_phone,   "",                             ""             },
	{ mask_name,    "张三",                         "张*"          },
	{ mask_name,    "欧阳修文",                     "欧*"          },
	{ mask_name,    "Ivan Petrov",                  "I*"           },
	{ mask_name,    "张",                           "张*"          },
	{ mask_name,    "\xff\xfe",                     "*"            },
	{ mask_name,    "",                             ""             },
	{ mask_open_id, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF****eS6o" },
	{ mask_open_id, "short",                        "****"         },
	{ mask_open_id, "12345678901",                  "****"         },
	{ mask_open_id, "123456789012",                 "1234****9012" },
	{ mask_open_id, "微信号微信号微信号",           "****"         },
	{ mask_open_id, "",                             "****"         },
};

static void masks(void **state)
{
	const struct row *r = *state;
	char out[64];

	r->mask(r->text, out, sizeof(out));
	assert_string_equal(out, r->shown);
	for (size_t size = 1; size < sizeof(out); size++) { /* never past its place */
		memset(out, 'X', sizeof(out));
		r->mask(r->text, out, size);
		assert_true(strlen(out) < size);
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], 'X');
	}
}

int main(void)
{
	static char names[QL_LEN(ROWS)][96];
	struct CMUnitTest tests[QL_LEN(ROWS)];

	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		snprintf(names[i], sizeof(names[i]), "\"%s\" -> \"%s\"", ROWS[i].text, ROWS[i].shown);
		tests[i] = (struct CMUnitTest){ names[i], masks, NULL, NULL, (void *)&ROWS[i] };
	}
	return cmocka_run_group_tests_name("domain/mask", tests, NULL, NULL);
}
