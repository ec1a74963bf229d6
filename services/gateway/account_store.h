/* account_store.h -- sessions, accounts, duties and their record. Functions of the database decide who may; worker threads,
 * inside a transaction that ql.enter() opened.
 */
#ifndef QL_GATEWAY_ACCOUNT_STORE_H
#define QL_GATEWAY_ACCOUNT_STORE_H

#include "base/password.h"
#include "base/pg.h"

/* A page of a list: rows are appended as elements of a JSON array. */
struct account_page { int rows; int64_t last; };
struct account_filter { int64_t after, user; int limit; }; /* user 0: everybody whom the reader has charge of */
QL_MUSTCHECK enum ql_rc store_sessions(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_accounts(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_audit(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err);

/* Each is called with the hash of a session that is gone. */
typedef void session_gone(void *to, const char *hex);
QL_MUSTCHECK enum ql_rc store_sessions_end(struct ql_pg *pg, int64_t session, int64_t user, bool keep, session_gone *gone, void *to, struct ql_err *err);
/* *found false: no such account, or not to be switched by the caller. */
QL_MUSTCHECK enum ql_rc store_account_switch(struct ql_pg *pg, int64_t account, bool enable, bool *found, session_gone *gone, void *to, struct ql_err *err);

/* The same of a second factor that was lost. */
QL_MUSTCHECK enum ql_rc store_factor_reset(struct ql_pg *pg, int64_t account, bool *found, session_gone *gone, void *to, struct ql_err *err);

struct duty_new { int64_t account; const char *duty, *unit, *from, *to; }; /* dates as yyyy-mm-dd; to "": until further notice */
QL_MUSTCHECK enum ql_rc store_duty_give(struct ql_pg *pg, const struct duty_new *d, bool *given, struct ql_err *err);

QL_MUSTCHECK enum ql_rc store_password_of_mine(struct ql_pg *pg, char hash[PASSWORD_HASH_MAX], struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_password_change(struct ql_pg *pg, const char *hash, struct ql_err *err);

#endif
