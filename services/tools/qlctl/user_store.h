/* user_store.h -- accounts. Needs the schema's owner: no service may write them. */
#ifndef QLCTL_USER_STORE_H
#define QLCTL_USER_STORE_H

#include "base/pg.h"

struct user_new { const char *login, *hash, *name, *role, *language, *unit, *staff_no, *uscc, *person; }; /* unit, staff_no, uscc: "" for none */
/* QL_REJECT names what does not exist or does not fit together; QL_CONFLICT: the login is taken. */
QL_MUSTCHECK enum ql_rc user_store_add(struct ql_pg *pg, const struct user_new *u, struct ql_err *err);
/* These three end the account's sessions too. QL_REJECT: there is no such login. */
QL_MUSTCHECK enum ql_rc user_store_password(struct ql_pg *pg, const char *login, const char *hash, struct ql_err *err);
QL_MUSTCHECK enum ql_rc user_store_disable(struct ql_pg *pg, const char *login, struct ql_err *err);
QL_MUSTCHECK enum ql_rc user_store_enable(struct ql_pg *pg, const char *login, struct ql_err *err);

/* QL_CONFLICT: that subject is somebody else's. */
QL_MUSTCHECK enum ql_rc user_store_link(struct ql_pg *pg, const char *login, const char *issuer, const char *subject, struct ql_err *err);

typedef void user_row(void *to, const char *login, const char *role, const char *name, const char *where, const char *state);
QL_MUSTCHECK enum ql_rc user_store_list(struct ql_pg *pg, user_row *row, void *to, struct ql_err *err);

#endif
