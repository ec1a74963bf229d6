/* link: services/gateway/factor.c */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/factor.h"

/* The secret and the moments of RFC 6238, appendix B, of whose eight digits six are used here. */
static const unsigned char SECRET[] = "12345678901234567890";

static const struct row { const char *name; int64_t now; const char *code; int64_t step; } ROWS[] = {
	{ "1970", 59, "287082", 1 },
	{ "2005", 1111111109, "081804", 37037036 },
	{ "two seconds later", 1111111111, "050471", 37037037 },
	{ "2009", 1234567890, "005924", 41152263 },
	{ "2033", 2000000000, "279037", 66666666 },
	{ "2603", 20000000000, "353130", 666666666 },
	{ "one step late", 1234567890 + 30, "005924", 41152263 },
	{ "one step early", 1234567890 - 30, "005924", 41152263 },
	{ "two steps late", 1234567890 + 60, "005924", -1 },
	{ "two steps early", 1234567890 - 60, "005924", -1 },
	{ "another code", 1234567890, "005925", -1 },
	{ "eight digits", 1234567890, "89005924", -1 },
	{ "five digits", 1234567890, "05924", -1 },
	{ "letters", 1234567890, "00592a", -1 },
	{ "a sign", 1234567890, "+05924", -1 },
	{ "nothing", 1234567890, "", -1 },
};

static void matches_when_it_should(void **state)
{
	const struct row *r = *state;
	int64_t step = -1;

	assert_int_equal(factor_matches(SECRET, r->code, r->now, &step), r->step >= 0);
	if (r->step >= 0)
		assert_int_equal(step, r->step);
}

static void the_uri_is_what_authenticators_read(void **state)
{
	char base32[FACTOR_BASE32], uri[FACTOR_URI], login[65];
	struct ql_err err;

	(void)state;
	assert_int_equal(factor_base32(SECRET, base32, &err), QL_OK);
	assert_string_equal(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	factor_uri("li n&x=1", base32, uri);
	assert_string_equal(uri, "otpauth://totp/Qingling:li%20n%26x%3D1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Qingling&algorithm=SHA1&digits=6&period=30");
	memset(login, '&', 64);
	login[64] = '\0';
	factor_uri(login, base32, uri); /* the longest, all of it encoded: the secret is whole */
	assert_non_null(strstr(uri, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Qingling&algorithm=SHA1&digits=6&period=30"));
}

static void a_recovery_code_is_read_however_it_is_typed(void **state)
{
	static const char *const SPELLINGS[] = { "abcd-efgh-jkmn", "ABCD EFGH JKMN", "abcdefghjkmn", " abcd-efgh-jkmn " };
	unsigned char first[RECOVERY_HASH], hash[RECOVERY_HASH];

	(void)state;
	recovery_hash(SPELLINGS[0], first);
	for (size_t i = 1; i < QL_LEN(SPELLINGS); i++) {
		recovery_hash(SPELLINGS[i], hash);
		assert_memory_equal(hash, first, RECOVERY_HASH);
	}
	recovery_hash("abcd-efgh-jkmp", hash);
	assert_memory_not_equal(hash, first, RECOVERY_HASH);
	recovery_hash("abcdefghjkmnabcdefghjkmnabcdefghjkmnabcdefghjkmn", hash); /* longer than any: cut, not overrun */
}

static void recovery_codes_are_unlike(void **state)
{
	char a[RECOVERY_CODE], b[RECOVERY_CODE];

	(void)state;
	recovery_code_new(a);
	recovery_code_new(b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), RECOVERY_CODE - 1);
	assert_int_equal(strspn(a, "abcdefghjkmnpqrstuvwxyz23456789-"), RECOVERY_CODE - 1);
}

int main(void)
{
	static const struct CMUnitTest WHOLE[] = {
		cmocka_unit_test(the_uri_is_what_authenticators_read), cmocka_unit_test(a_recovery_code_is_read_however_it_is_typed),
		cmocka_unit_test(recovery_codes_are_unlike),
	};
	struct CMUnitTest tests[QL_LEN(WHOLE) + QL_LEN(ROWS)];

	for (size_t i = 0; i < QL_LEN(WHOLE); i++)
		tests[i] = WHOLE[i];
	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[QL_LEN(WHOLE) + i] = (struct CMUnitTest){ ROWS[i].name, matches_when_it_should, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("gateway/factor", tests, NULL, NULL);
}
