/* rebase_store.h -- the rows of ql.clock_rebases: what holds, and how far a walk has come. */
#ifndef QL_CLOCK_REBASE_STORE_H
#define QL_CLOCK_REBASE_STORE_H

#include "base/pg.h"

struct rebase_walk { int32_t id; int64_t after; }; /* id 0: none is going on */

/* Begins a walk when the policies and calendars in force are others than at the last one; the first time there is nothing to walk
 * for. The walk that is going on, or none. */
QL_MUSTCHECK enum ql_rc rebase_store_look(struct ql_pg *pg, struct rebase_walk *walk, struct ql_err *err);
struct rebase_tally { int32_t seen, changed, earlier, later; };
/* Moves its place within the caller's transaction; QL_CONFLICT when somebody else has moved it. ends: nothing is left. */
QL_MUSTCHECK enum ql_rc rebase_store_move(struct ql_pg *pg, const struct rebase_walk *walk, int64_t after, bool ends, const struct rebase_tally *t, struct ql_err *err);

#endif
