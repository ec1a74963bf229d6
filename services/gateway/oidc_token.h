/* oidc_token.h -- is an id_token what it should be? Pure: keys, expectations and time come in as arguments. */
#ifndef QL_GATEWAY_OIDC_TOKEN_H
#define QL_GATEWAY_OIDC_TOKEN_H

#include <jansson.h>
#include <stdint.h>
#include "base/err.h"

#define OIDC_SUBJECT 256 /* with NUL; OpenID Connect allows 255 characters */

struct oidc_expect { const char *issuer, *client, *nonce; int64_t now; }; /* now in seconds */

enum oidc_verdict {
	OIDC_GOOD,
	OIDC_NO_KEY, /* signed by a key that is not in the set: it may be newer than the set */
	OIDC_BAD
};
/* keys: a JWKS. On OIDC_BAD and OIDC_NO_KEY err says why, without quoting the token. */
enum oidc_verdict oidc_token_check(const char *token, const json_t *keys, const struct oidc_expect *e, char subject[OIDC_SUBJECT], struct ql_err *err);

#endif
