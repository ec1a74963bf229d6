#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/password.h"

static void a_password_fits_its_hash_and_no_other(void **state)
{
	char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];
	struct ql_err err;

	(void)state;
	assert_int_equal(password_hash("清零 clear-to-zero", hash, &err), QL_OK);
	assert_memory_equal(hash, "$argon2id$", 10);
	assert_true(password_verify(hash, "清零 clear-to-zero"));
	assert_false(password_verify(hash, "清零 clear-to-zer0"));
	assert_false(password_verify(hash, ""));
	assert_int_equal(password_hash("清零 clear-to-zero", again, &err), QL_OK);
	assert_string_not_equal(hash, again); /* salted */
}

static void nobody_has_any_password(void **state)
{
	(void)state;
	assert_false(password_verify(NULL, "x"));
	assert_false(password_verify("", "x"));
	assert_false(password_verify("$argon2id$v=19$m=9216,t=4,p=1$", "x"));
}

static void a_password_is_neither_empty_nor_endless(void **state)
{
	char hash[PASSWORD_HASH_MAX], longest[PASSWORD_MAX + 2];
	struct ql_err err = {0};

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(password_hash("", hash, &err), QL_REJECT);
	assert_int_equal(password_hash(longest, hash, &err), QL_REJECT);
	assert_string_equal(err.field, "/password");
	longest[PASSWORD_MAX] = '\0';
	assert_int_equal(password_hash(longest, hash, &err), QL_OK);
	assert_true(password_verify(hash, longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_fits_its_hash_and_no_other), cmocka_unit_test(nobody_has_any_password),
		cmocka_unit_test(a_password_is_neither_empty_nor_endless),
	};

	return cmocka_run_group_tests_name("base/password", tests, NULL, NULL);
}
