/* keep_store.h -- personal data of a case in full, and its holds. Worker threads, inside the person's transaction. */
#ifndef QL_GATEWAY_KEEP_STORE_H
#define QL_GATEWAY_KEEP_STORE_H

#include "base/pg.h"

#define KEEP_VALUE_MAX 512

/* what: name, phone or channel_user of whoever raised it. *there false: there is none. */
QL_MUSTCHECK enum ql_rc store_reveal(struct ql_pg *pg, int64_t case_id, const char *what, char value[KEEP_VALUE_MAX], bool *there, struct ql_err *err);
/* Holds, or releases; version: of the journal row that says so. *changed false: it is (not) held already. */
QL_MUSTCHECK enum ql_rc store_hold(struct ql_pg *pg, int64_t case_id, int32_t version, int64_t user, bool on, bool *changed, struct ql_err *err);

#endif
