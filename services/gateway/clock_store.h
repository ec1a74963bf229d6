/* clock_store.h -- what waits for a decision about a clock's time. Worker threads, as the person signed in may see it. */
#ifndef QL_GATEWAY_CLOCK_STORE_H
#define QL_GATEWAY_CLOCK_STORE_H

#include "case_store.h"

struct asked_filter { bool has_after; ql_time after_at; int64_t after_id; int limit; };
/* Elements of a JSON array, the oldest first. */
QL_MUSTCHECK enum ql_rc store_asked(struct ql_pg *pg, const struct asked_filter *f, struct ql_buf *out, struct list_page *page, struct ql_err *err);

#endif
