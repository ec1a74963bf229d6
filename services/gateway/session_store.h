/* session_store.h -- who is asking: sessions, accounts, and what a transaction may see. Worker threads. */
#ifndef QL_GATEWAY_SESSION_STORE_H
#define QL_GATEWAY_SESSION_STORE_H

#include "base/password.h"
#include "base/pg.h"
#include "domain/lifecycle.h"

#define TOKEN_HASH 32 /* sha256 of the cookie */
#define CSRF_MAX   80

struct identity {
	int64_t user, coordinator, enterprise; /* 0: none */
	int32_t unit;
	int64_t scope;       /* the one scope of case_access this person reads by: the unit, or minus the enterprise */
	enum case_role role;
	char login[128], name[256], language[8], unit_code[24], csrf[CSRF_MAX];
	ql_time expires_at;
};
static inline bool identity_is_staff(const struct identity *who) { return who->role == ROLE_COORDINATOR || who->role == ROLE_SUPERVISOR; }

/* begin and ql.enter() in one round trip; *known false: no such session. The transaction is open when it answers QL_OK. */
QL_MUSTCHECK enum ql_rc store_enter(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], struct identity *who, bool *known, struct ql_err *err);
/* begin as one scope without a session: what everybody of that scope may see (counters, snapshots); user: less what that person is
 * recused from, 0: nobody's. */
QL_MUSTCHECK enum ql_rc store_enter_scope(struct ql_pg *pg, int64_t scope, int64_t user, struct ql_err *err);
/* Whether the person signed in is recused from any case. */
QL_MUSTCHECK enum ql_rc store_recuses(struct ql_pg *pg, bool *recuses, struct ql_err *err);
/* Narrows the transaction to a unit below one's own: the caller has made sure that it is. */
QL_MUSTCHECK enum ql_rc store_narrow(struct ql_pg *pg, int32_t unit, struct ql_err *err);
/* For a whole connection: everything, as the supervisor of the root sees it. */
QL_MUSTCHECK enum ql_rc store_enter_root(struct ql_pg *pg, struct ql_err *err);

/* The account of a login; *user 0: none, or disabled. Runs by itself. */
QL_MUSTCHECK enum ql_rc store_account(struct ql_pg *pg, const char *login, int64_t *user, char hash[PASSWORD_HASH_MAX], struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_session_open(struct ql_pg *pg, int64_t user, const unsigned char token[TOKEN_HASH], const char *csrf, ql_time until, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_session_close(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], struct ql_err *err);

/* {"unit":{...}|null,"enterprise":{...}|null}'s two members, as JSON; inside the person's transaction. */
QL_MUSTCHECK enum ql_rc store_belongs(struct ql_pg *pg, const struct identity *who, struct ql_buf *unit, struct ql_buf *enterprise, struct ql_err *err);

#endif
