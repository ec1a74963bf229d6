/* link: services/notify/sign.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "notify/sign.h"

/* Computed with OpenSSL: printf '%s.%s.%s' id time body | openssl dgst -sha256 -mac HMAC -macopt hexkey:... -binary | base64 */
static const struct { const char *secret, *id; int64_t at; const char *body, *signature; } VECTORS[] = {
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
	{ "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_1", 1795846893, "", "v1,9dARhm5a8H7WbRNrUaQ03xBQMmjnXxxUx78tZ3Bt1Wk=" },
	{ "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_2", 1795846893, "{\"text\":\"\xE6\xB8\x85\xE9\x9B\xB6\"}", "v1,8jkhv5JaLvZQ3xzOy4sgV+MbDk9F21XfExzfzVGDL8g=" },
};

static void vectors(void **state)
{
	struct ql_err err = { 0 };
	char out[SIGN_MAX];

	(void)state;
	for (size_t i = 0; i < QL_LEN(VECTORS); i++) {
		assert_int_equal(sign_webhook(VECTORS[i].secret, VECTORS[i].id, VECTORS[i].at, VECTORS[i].body, strlen(VECTORS[i].body), out, &err), QL_OK);
		assert_string_equal(out, VECTORS[i].signature);
	}
}

static void what_is_no_secret(void **state)
{
	static const char *const BAD[] = { "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_not base64 at all, by no means!",
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct ql_err err = { 0 };
	char out[SIGN_MAX];

	(void)state;
	for (size_t i = 0; i < QL_LEN(BAD); i++)
		assert_int_equal(sign_webhook(BAD[i], "msg_1", 1, "", 0, out, &err), QL_REJECT);
	assert_null(strstr(err.msg, "AAAA")); /* a secret is not told */
}

static void waits_grow_and_end(void **state)
{
	(void)state;
	assert_int_equal(retry_after_ms(1, 5000, 0), 4000);
	assert_int_equal(retry_after_ms(1, 5000, UINT32_MAX), 6000);
	assert_int_equal(retry_after_ms(0, 5000, UINT32_MAX / 2), 4999);
	for (int n = 1; n < 200; n++) {
		assert_true(retry_after_ms(n, 5000, 0) <= retry_after_ms(n + 1, 5000, 0));
		assert_true(retry_after_ms(n, 5000, UINT32_MAX) <= 3600 * 1200);
	}
	assert_int_equal(retry_after_ms(3, 5000, 0), 16000);
	assert_int_equal(retry_after_ms(1000000, 5000, 0), 2880000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(vectors), cmocka_unit_test(what_is_no_secret), cmocka_unit_test(waits_grow_and_end) };

	return cmocka_run_group_tests_name("notify/sign", tests, NULL, NULL);
}
