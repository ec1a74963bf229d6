/* factor.c -- codes by time through liboath; recovery codes through libsodium. */
#include "factor.h"

#include <ctype.h>
#include <oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 6
#define WINDOW 1 /* steps before and after: clocks of telephones differ */
#define ISSUER "Qingling"

static const char LETTERS[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* no i, l, o, 0, 1 */

void factor_secret_new(unsigned char secret[FACTOR_SECRET])
{
	randombytes_buf(secret, FACTOR_SECRET);
}

enum ql_rc factor_base32(const unsigned char secret[FACTOR_SECRET], char out[FACTOR_BASE32], struct ql_err *err)
{
	char *text = NULL;
	size_t len = 0;

	if (oath_base32_encode((const char *)secret, FACTOR_SECRET, &text, &len) != OATH_OK || len >= FACTOR_BASE32) {
		free(text);
		return ql_fail(err, QL_RETRY, "no memory for a second factor");
	}
	snprintf(out, FACTOR_BASE32, "%s", text);
	free(text);
	return QL_OK;
}

/* Letters and digits as they are, all else by its bytes. */
static size_t put_encoded(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 4 <= size; text++)
		n += (size_t)snprintf(out + n, size - n, isalnum((unsigned char)*text) ? "%c" : "%%%02X", (unsigned char)*text);
	return n;
}

void factor_uri(const char *login, const char *base32, char out[FACTOR_URI])
{
	size_t n = (size_t)snprintf(out, FACTOR_URI, "otpauth://totp/" ISSUER ":");

	n += put_encoded(out + n, 192, login);
	snprintf(out + n, FACTOR_URI - n, "?secret=%s&issuer=" ISSUER "&algorithm=SHA1&digits=%d&period=%d", base32, DIGITS, FACTOR_STEP);
}

bool factor_matches(const unsigned char secret[FACTOR_SECRET], const char *code, int64_t unix_seconds, int64_t *step)
{
	uint64_t counter = 0;
	int at = 0;

	if (strlen(code) != DIGITS || strspn(code, "0123456789") != DIGITS)
		return false;
	if (oath_totp_validate3((const char *)secret, FACTOR_SECRET, (time_t)unix_seconds, FACTOR_STEP, 0, WINDOW, &at, &counter, code) < 0)
		return false;
	*step = (int64_t)counter;
	return true;
}

void recovery_code_new(char out[RECOVERY_CODE])
{
	for (int i = 0; i < RECOVERY_CODE - 1; i++)
		out[i] = i % 5 == 4 ? '-' : LETTERS[randombytes_uniform(sizeof(LETTERS) - 1)];
	out[RECOVERY_CODE - 1] = '\0';
}

/* The codes are random: one plain hash keeps them, where a password would need a slow one. */
void recovery_hash(const char *code, unsigned char out[RECOVERY_HASH])
{
	char plain[FACTOR_CODE];
	size_t n = 0;

	for (; *code != '\0' && n < sizeof(plain); code++)
		if (isalnum((unsigned char)*code))
			plain[n++] = (char)tolower((unsigned char)*code);
	crypto_hash_sha256(out, (const unsigned char *)plain, n);
}
