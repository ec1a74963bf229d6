/* account.h -- what the handlers of sessions and accounts share. Worker threads. */
#ifndef QL_GATEWAY_ACCOUNT_H
#define QL_GATEWAY_ACCOUNT_H

#include "api.h"

/* Ends one session, or with session 0 all of an account (keep: but the caller's own), as far as the caller may; their streams
 * end with the answer. n may be NULL. */
QL_MUSTCHECK enum ql_rc account_end(struct call *c, int64_t session, int64_t user, bool keep, int *n, struct ql_err *err);


/* A session for that account: its cookie is in the response, its transaction open, c->who known. way: password or oidc. */
QL_MUSTCHECK enum ql_rc session_begin(struct call *c, int64_t user, const char *way, struct ql_err *err);

/* --- guesses: whoever fails too often waits. api_session.c --- */
struct guess { uint64_t login, address; };
struct guess guess_of(const struct call *c, int64_t user, const char *login); /* login: what was typed, when user is 0 */
/* true: still to wait, and the response says for how long. */
bool guess_must_wait(struct call *c, const struct guess *g);
void guess_failed(struct call *c, const struct guess *g);
void guess_right(struct call *c, const struct guess *g);
/* Is it the password of whoever is signed in? A wrong one counts as a guess. */
QL_MUSTCHECK enum ql_rc guess_password(struct call *c, const char *password, bool *right, struct ql_err *err);

/* --- api_factor.c: is it a code of that account, used never before? --- */
QL_MUSTCHECK enum ql_rc factor_check(struct call *c, int64_t user, const unsigned char *secret, const char *code, bool *right, struct ql_err *err);

#endif
