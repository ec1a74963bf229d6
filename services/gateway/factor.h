/* factor.h -- the second factor: codes by time (RFC 6238: SHA-1, six digits, thirty seconds) and recovery codes.
 *
 * Time comes in as an argument. Any thread.
 */
#ifndef QL_GATEWAY_FACTOR_H
#define QL_GATEWAY_FACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define FACTOR_SECRET   20 /* bytes */
#define FACTOR_BASE32   40 /* of them as text, with NUL */
#define FACTOR_URI      320
#define FACTOR_CODE     24 /* characters of what a person types */
#define FACTOR_STEP     30 /* seconds */
#define RECOVERY_CODES  10
#define RECOVERY_CODE   15 /* "abcd-efgh-jkmn", with NUL */
#define RECOVERY_HASH   32

void factor_secret_new(unsigned char secret[FACTOR_SECRET]);
QL_MUSTCHECK enum ql_rc factor_base32(const unsigned char secret[FACTOR_SECRET], char out[FACTOR_BASE32], struct ql_err *err);
/* What an authenticator reads from a QR code. */
void factor_uri(const char *login, const char *base32, char out[FACTOR_URI]);

/* Is it the code of now, or of the step before or after? *step: which; the caller refuses one that was used. */
bool factor_matches(const unsigned char secret[FACTOR_SECRET], const char *code, int64_t unix_seconds, int64_t *step);

/* Sixty random bits in letters and digits that nobody confuses. */
void recovery_code_new(char out[RECOVERY_CODE]);
/* However it is typed: capitals, blanks and hyphens do not count. */
void recovery_hash(const char *code, unsigned char out[RECOVERY_HASH]);

#endif
