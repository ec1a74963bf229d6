#include "notify/sign.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PREFIX   "whsec_"
#define WAIT_MAX (3600 * INT64_C(1000))

enum ql_rc sign_webhook(const char *secret, const char *id, int64_t timestamp, const char *body, size_t len, char out[SIGN_MAX], struct ql_err *err)
{
	unsigned char key[SIGN_KEY_MAX], mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state st;
	size_t key_len = 0;
	char head[160];

	if (strncmp(secret, PREFIX, strlen(PREFIX)) != 0
	    || sodium_base642bin(key, sizeof(key), secret + strlen(PREFIX), strlen(secret) - strlen(PREFIX), NULL, &key_len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0
	    || key_len < SIGN_KEY_MIN)
		return ql_fail(err, QL_REJECT, "a secret is whsec_ and base64 of %d to %d bytes", SIGN_KEY_MIN, SIGN_KEY_MAX);
	snprintf(head, sizeof(head), "%s.%" PRId64 ".", id, timestamp);
	crypto_auth_hmacsha256_init(&st, key, key_len);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)head, strlen(head));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)body, len);
	crypto_auth_hmacsha256_final(&st, mac);
	memcpy(out, "v1,", 3);
	sodium_bin2base64(out + 3, SIGN_MAX - 3, mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(key, sizeof(key));
	return QL_OK;
}

int64_t retry_after_ms(int failures, int64_t base_ms, uint32_t chance)
{
	int64_t wait = base_ms;

	for (int i = 1; i < failures && wait < WAIT_MAX; i++)
		wait *= 2;
	if (wait > WAIT_MAX)
		wait = WAIT_MAX;
	return wait - wait / 5 + (int64_t)((uint64_t)(2 * (wait / 5)) * chance / UINT32_MAX);
}
