/* password.h -- passwords as argon2id strings, and the check of one.
 *
 * Costs are fixed here for everyone: 9 MiB and four passes, one of the equal-strength settings that OWASP lists, chosen
 * because a service has 32 MB for everything. One computation runs at a time in a process; its memory is given back.
 * Both functions may be called from any thread; each takes some tens of milliseconds.
 */
#ifndef QL_BASE_PASSWORD_H
#define QL_BASE_PASSWORD_H

#include <stdbool.h>
#include "err.h"

#define PASSWORD_HASH_MAX 128 /* bytes of the string form, with NUL */
#define PASSWORD_MAX      200 /* bytes of a password */

QL_MUSTCHECK enum ql_rc password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct ql_err *err);

/* hash NULL: no such account; does the same work and answers false, so that time tells nothing. */
bool password_verify(const char *hash, const char *password);

#endif
