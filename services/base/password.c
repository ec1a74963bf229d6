/* password.c -- argon2id through libsodium. */
#include "password.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#define PASSES 4
#define MEMORY ((size_t)9216 << 10)

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "the string form fits");

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static char nobody[PASSWORD_HASH_MAX]; /* of a random password: what an unknown account is checked against */

static bool compute(const char *password, size_t len, char *out)
{
	int rc;

	pthread_mutex_lock(&one_at_a_time);
	rc = crypto_pwhash_str_alg(out, password, len, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
	pthread_mutex_unlock(&one_at_a_time);
	return rc == 0;
}

static void prepare(void)
{
	char random[32];

	if (sodium_init() < 0)
		return;
	randombytes_buf(random, sizeof(random));
	if (!compute(random, sizeof(random), nobody))
		nobody[0] = '\0';
}

enum ql_rc password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct ql_err *err)
{
	size_t len = strlen(password);

	if (len == 0 || len > PASSWORD_MAX)
		return ql_reject(err, "/password", "a password has 1 to %d bytes", PASSWORD_MAX);
	pthread_once(&prepared, prepare);
	return compute(password, len, out) ? QL_OK : ql_fail(err, QL_RETRY, "no memory to hash a password");
}

bool password_verify(const char *hash, const char *password)
{
	size_t len = strlen(password);
	bool same;

	pthread_once(&prepared, prepare);
	pthread_mutex_lock(&one_at_a_time);
	same = len <= PASSWORD_MAX && crypto_pwhash_str_verify(hash != NULL ? hash : nobody, password, len) == 0;
	pthread_mutex_unlock(&one_at_a_time);
	return same && hash != NULL;
}
