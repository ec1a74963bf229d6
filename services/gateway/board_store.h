/* board_store.h -- what stands beside the cases: counters, the roster, the names of codes. Worker threads, inside a
 * transaction that knows its reader. */
#ifndef QL_GATEWAY_BOARD_STORE_H
#define QL_GATEWAY_BOARD_STORE_H

#include "session_store.h"

/* One JSON object, without "position"; *open: how many cases are open. recuses: the reader is recused from some case, which the unit's sums hold. */
QL_MUSTCHECK enum ql_rc store_counters(struct ql_pg *pg, int64_t scope, bool recuses, struct ql_buf *out, int *open, struct ql_err *err);

/* Elements of a JSON array. under: a unit, whose people and those below it are meant. */
QL_MUSTCHECK enum ql_rc store_roster(struct ql_pg *pg, int32_t under, struct ql_buf *out, struct ql_err *err);
/* The rows of some coordinators, "{1,2}"; array elements with their number. */
QL_MUSTCHECK enum ql_rc store_roster_of(struct ql_pg *pg, const char *ids, struct ql_buf *out, int *n, struct ql_err *err);

/* Declares availability and writes the roster's journal. *changed false: no such coordinator within reach of who. */
QL_MUSTCHECK enum ql_rc store_availability(struct ql_pg *pg, const struct identity *who, int64_t coordinator, bool available, ql_time until,
                                           const char *trace, bool *changed, struct ql_err *err);

/* A coordinator as someone to assign to, within reach of who. *unit 0: none. */
QL_MUSTCHECK enum ql_rc store_assignee(struct ql_pg *pg, const struct identity *who, int64_t coordinator, int32_t *unit, struct ql_err *err);

QL_MUSTCHECK enum ql_rc store_reference_version(struct ql_pg *pg, int64_t *version, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_reference(struct ql_pg *pg, struct ql_buf *out, struct ql_err *err);

#endif
