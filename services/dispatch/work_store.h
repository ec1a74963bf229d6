/* work_store.h -- the waiting cases as PostgreSQL has them, with everything a choice needs, in one statement. */
#ifndef QL_DISPATCH_WORK_STORE_H
#define QL_DISPATCH_WORK_STORE_H

#include "base/pg.h"
#include "casebook/reference.h"
#include "dispatch/waiting.h"

#define WORK_PAGE 500 /* cases in one reading */

/* Where a sweep stands; zeroed it is at the beginning. It passes all waiting cases in the order of draw. */
struct work_cursor { int priority; ql_time sort_at; int64_t id; };

struct work_page { size_t n; struct waiting_case item[WORK_PAGE]; };

/* Those of the named cases that wait. n <= WORK_PAGE. */
QL_MUSTCHECK enum ql_rc work_read(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err);
/* The next page of a sweep; *more is false when it has seen all. A page may be empty with more to come. */
QL_MUSTCHECK enum ql_rc work_sweep(struct ql_pg *pg, const struct reference *ref, struct work_cursor *at, struct work_page *page, bool *more, struct ql_err *err);

#endif
