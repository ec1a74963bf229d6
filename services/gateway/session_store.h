/* session_store.h -- who is asking: sessions, accounts, and what a transaction may see. Worker threads. */
#ifndef QL_GATEWAY_SESSION_STORE_H
#define QL_GATEWAY_SESSION_STORE_H

#include "base/password.h"
#include "base/pg.h"
#include "domain/rights.h"

#define TOKEN_HASH 32 /* sha256 of the cookie */
#define CSRF_MAX   80

struct identity {
	int64_t user, coordinator, enterprise; /* 0: none */
	int32_t unit;
	int64_t scope;       /* the one scope of case_access this person reads by: the unit, or minus the enterprise */
	enum account_role account;
	enum case_role role;       /* as what it acts on cases; ROLE_NOBODY: not at all */
	unsigned duties;           /* DUTY_BITs held today, anywhere; ql.has_duty() knows for which unit */
	char login[128], name[256], language[8], unit_code[24], csrf[CSRF_MAX];
	char address[48];  /* from where the session was opened */
	ql_time expires_at;
	bool must_enrol;   /* the role needs a second factor and there is none: nothing but getting one */
};
/* Works on cases from inside. */
static inline bool identity_is_staff(const struct identity *who) { return !account_rule(who->account)->outside && who->role != ROLE_NOBODY; }

/* Whose door this gateway is. Each has a database role of its own; both needs that of the internal one. */
enum surface { SURFACE_BOTH, SURFACE_PUBLIC, SURFACE_INTERNAL };
static inline bool surface_admits(enum surface s, enum account_role account)
{
	return s == SURFACE_BOTH || account_rule(account)->outside == (s == SURFACE_PUBLIC);
}

/* begin and ql.enter() in one round trip; *known false: no such session. The transaction is open when it answers QL_OK. touch:
 * somebody uses the session, a page does not merely stand open. */
QL_MUSTCHECK enum ql_rc store_enter(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], bool touch, struct identity *who, bool *known, struct ql_err *err);
/* begin as one scope without a session: what everybody of that scope may see (counters, snapshots); user: less what that person is
 * recused from, 0: nobody's. */
QL_MUSTCHECK enum ql_rc store_enter_scope(struct ql_pg *pg, int64_t scope, int64_t user, struct ql_err *err);
/* Whether the person signed in is recused from any case. */
QL_MUSTCHECK enum ql_rc store_recuses(struct ql_pg *pg, bool *recuses, struct ql_err *err);
/* The open transaction reads as that scope from here on: for what a display may see though its own account may not. */
QL_MUSTCHECK enum ql_rc store_as_scope(struct ql_pg *pg, int64_t scope, struct ql_err *err);
/* Narrows the transaction to a unit below one's own: the caller has made sure that it is. */
QL_MUSTCHECK enum ql_rc store_narrow(struct ql_pg *pg, int32_t unit, struct ql_err *err);
/* For a whole connection: everything, as the supervisor of the root sees it; outside: what enterprises see, of all of them. */
QL_MUSTCHECK enum ql_rc store_enter_root(struct ql_pg *pg, bool outside, struct ql_err *err);

/* The account of a login; user 0: none, or disabled. Runs by itself. */
struct account { int64_t user; enum account_role role; char hash[PASSWORD_HASH_MAX]; };
QL_MUSTCHECK enum ql_rc store_account(struct ql_pg *pg, const char *login, struct account *account, struct ql_err *err);
struct session_new { int64_t user; const unsigned char *token; const char *csrf, *address, *device; ql_time until; };
QL_MUSTCHECK enum ql_rc store_session_open(struct ql_pg *pg, const struct session_new *s, struct ql_err *err);
/* For the record: why is one word. */
QL_MUSTCHECK enum ql_rc store_sign_in_refused(struct ql_pg *pg, int64_t user, const char *address, const char *why, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_session_close(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], struct ql_err *err);

/* {"unit":{...}|null,"enterprise":{...}|null}'s two members, as JSON; inside the person's transaction. */
QL_MUSTCHECK enum ql_rc store_belongs(struct ql_pg *pg, const struct identity *who, struct ql_buf *unit, struct ql_buf *enterprise, struct ql_err *err);

#endif
