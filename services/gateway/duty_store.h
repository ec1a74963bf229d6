/* duty_store.h -- what the roster's own pages ask: an enterprise as a preview needs it, fairness by unit. Worker threads, inside a
 * transaction that knows its reader. */
#ifndef QL_GATEWAY_DUTY_STORE_H
#define QL_GATEWAY_DUTY_STORE_H

#include "base/pg.h"

/* By id, or by credit code when id is 0. *found_id 0: none that the reader may know. */
QL_MUSTCHECK enum ql_rc store_duty_enterprise(struct ql_pg *pg, int64_t id, const char *uscc, int64_t *found_id, int32_t *home_unit, struct ql_err *err);

struct fairness_ask { int32_t under; int days, limit; const char *after; /* unit's code, "" */ };
/* "overall" and "units" as members, and "next". */
QL_MUSTCHECK enum ql_rc store_fairness(struct ql_pg *pg, const struct fairness_ask *ask, struct ql_buf *out, struct ql_err *err);

#endif
