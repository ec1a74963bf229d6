/* oidc.h -- an OpenID provider: where to send a browser, and who came back. Authorization Code with PKCE, state and nonce.
 *
 * What the provider publishes (endpoints, keys) is read when first needed; keys are read again when a token names one that is
 * not there, at most every ten seconds. Used by the sign-in thread only: its requests to the provider hold up nobody else.
 */
#ifndef QL_GATEWAY_OIDC_H
#define QL_GATEWAY_OIDC_H

#include <stdbool.h>
#include "base/buf.h"
#include "oidc_token.h"

#define OIDC_SECRET   44 /* 32 random bytes as base64url, with NUL */
#define OIDC_URL_MAX  1536

struct oidc_conf { const char *issuer, *client_id, *client_secret, *redirect, *name; }; /* issuer "": no provider */
struct oidc_attempt { char state[OIDC_SECRET], nonce[OIDC_SECRET], verifier[OIDC_SECRET]; };

struct oidc;
QL_MUSTCHECK enum ql_rc oidc_open(struct oidc **o, const struct oidc_conf *conf, struct ql_err *err); /* *o NULL: no provider */
void oidc_close(struct oidc *o);

void oidc_attempt_new(struct oidc_attempt *a);
/* Where the browser goes. QL_RETRY: the provider does not answer. */
QL_MUSTCHECK enum ql_rc oidc_url(struct oidc *o, const struct oidc_attempt *a, char url[OIDC_URL_MAX], struct ql_err *err);
/* The code against a token, and the token's subject. QL_REJECT: the provider or the token says no. */
QL_MUSTCHECK enum ql_rc oidc_finish(struct oidc *o, const char *code, const struct oidc_attempt *a, char subject[OIDC_SUBJECT], struct ql_err *err);

#endif
