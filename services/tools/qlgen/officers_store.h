/* officers_store.h -- which cases the officers of the demonstration look at. */
#ifndef QLGEN_OFFICERS_STORE_H
#define QLGEN_OFFICERS_STORE_H

#include "base/pg.h"
#include "domain/lifecycle.h"

#define OFFICERS_LOOK 400 /* cases looked at in one step */

struct ripe { int64_t id; enum case_state state; };
struct desk { struct ripe at[OFFICERS_LOOK]; size_t n; int64_t open; };
/* Cases with a coordinator that nobody has touched for some seconds, the longest first; and how many are open at all. */
QL_MUSTCHECK enum ql_rc officers_store_look(struct ql_pg *pg, struct desk *desk, struct ql_err *err);

#endif
