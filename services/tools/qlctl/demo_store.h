/* demo_store.h -- writes the demonstration's people; each function may be repeated: what is there already stays as it is. */
#ifndef QLCTL_DEMO_STORE_H
#define QLCTL_DEMO_STORE_H

#include "base/password.h"
#include "base/pg.h"
#include "tools/qlctl/demo_data.h"

#define DEMO_OFFICES_MAX 200

struct demo_offices { char code[DEMO_OFFICES_MAX][8]; const char *list[DEMO_OFFICES_MAX]; size_t n; };
/* Offices, and districts that have none listed. */
QL_MUSTCHECK enum ql_rc demo_store_offices(struct ql_pg *pg, struct demo_offices *out, struct ql_err *err);
QL_MUSTCHECK enum ql_rc demo_store_enterprises(struct ql_pg *pg, const struct demo_offices *offices, struct ql_err *err);
QL_MUSTCHECK enum ql_rc demo_store_coordinators(struct ql_pg *pg, const struct demo_offices *offices, struct ql_err *err);
/* The accounts' password as stored, "" unless all are there with the same. */
QL_MUSTCHECK enum ql_rc demo_store_hash(struct ql_pg *pg, char hash[PASSWORD_HASH_MAX], struct ql_err *err);
QL_MUSTCHECK enum ql_rc demo_store_users(struct ql_pg *pg, const char *password_hash, struct ql_err *err);

#endif
