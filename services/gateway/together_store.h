/* together_store.h -- meetings, tasks and visits read; what one has to hand over. Worker threads, in a person's transaction. */
#ifndef QL_GATEWAY_TOGETHER_STORE_H
#define QL_GATEWAY_TOGETHER_STORE_H

#include "base/pg.h"
#include "casebook/casebook.h"

/* Is there, and has no minutes (no result, and both officers) yet. */
QL_MUSTCHECK enum ql_rc store_meeting_open(struct ql_pg *pg, int64_t case_id, int32_t version, bool *open, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_visit_open(struct ql_pg *pg, int64_t case_id, int32_t version, bool *open, struct ql_err *err);
/* Fills owner and done of the task that id names. */
QL_MUSTCHECK enum ql_rc store_task(struct ql_pg *pg, int64_t case_id, struct task_id *id, bool *found, struct ql_err *err);

#define TASKS_PAGE 200
struct task_key { ql_time due_at; int64_t case_id; int32_t version, seq; };
struct task_filter { int64_t owner; int32_t unit; bool done, overdue, has_after; struct task_key after; int limit; }; /* owner 0: of the unit and below */
/* Appends elements of a JSON array in the order of their due times; last: the key of the last. */
QL_MUSTCHECK enum ql_rc store_tasks(struct ql_pg *pg, const struct task_filter *f, struct ql_buf *out, int *rows, struct task_key *last, struct ql_err *err);

/* The parts of a coordinator that fall due before an instant, most urgent first, and the parts that colleagues ask it to take;
 * each as a JSON array, at most TASKS_PAGE. */
QL_MUSTCHECK enum ql_rc store_shift(struct ql_pg *pg, int64_t coordinator, ql_time before, struct ql_buf *mine, struct ql_buf *asked, struct ql_err *err);

#endif
