/* follow_store.h -- people and a case, besides working on it: following, reading what is sealed, one's own words. Worker threads, inside the
 * person's transaction. */
#ifndef QL_GATEWAY_FOLLOW_STORE_H
#define QL_GATEWAY_FOLLOW_STORE_H

#include "base/pg.h"

/* Said twice it is so once. */
QL_MUSTCHECK enum ql_rc store_follow(struct ql_pg *pg, int64_t case_id, bool follows, struct ql_err *err);

/* Users of staff by login; *known: how many of them there are, in ids. */
QL_MUSTCHECK enum ql_rc store_staff(struct ql_pg *pg, const char *const *logins, size_t n, int64_t *ids, size_t *known, struct ql_err *err);
/* The newest words of that author (as the reader's role) that can still be taken back; 0: none. */
QL_MUSTCHECK enum ql_rc store_undoable(struct ql_pg *pg, int64_t case_id, int64_t author, int64_t *version, struct ql_err *err);
/* By normalised code; 0: none. */
QL_MUSTCHECK enum ql_rc store_enterprise(struct ql_pg *pg, const char *uscc, int64_t *id, struct ql_err *err);

#endif
