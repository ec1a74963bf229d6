/* oidc_store.h -- attempts at a provider that are under way, and whose subject is whose account. Worker threads. */
#ifndef QL_GATEWAY_OIDC_STORE_H
#define QL_GATEWAY_OIDC_STORE_H

#include "oidc.h"
#include "session_store.h"

/* *begun false: too many are under way. */
QL_MUSTCHECK enum ql_rc store_oidc_begin(struct ql_pg *pg, const unsigned char state[TOKEN_HASH], const struct oidc_attempt *a, bool *begun, struct ql_err *err);
/* Once: a second time it is not known. */
QL_MUSTCHECK enum ql_rc store_oidc_take(struct ql_pg *pg, const unsigned char state[TOKEN_HASH], struct oidc_attempt *a, bool *known, struct ql_err *err);
/* account->user 0: nobody's, or disabled. */
QL_MUSTCHECK enum ql_rc store_account_of_subject(struct ql_pg *pg, const char *issuer, const char *subject, struct account *account, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_session_way(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], const char *way, struct ql_err *err);

#endif
