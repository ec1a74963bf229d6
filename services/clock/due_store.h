/* due_store.h -- what clock reads: clocks that are due, clocks without a due time, published years. */
#ifndef QL_CLOCK_DUE_STORE_H
#define QL_CLOCK_DUE_STORE_H

#include "base/pg.h"
#include "clock/aside.h"

#define DUE_MAX 500 /* clocks fired in one transaction */

struct due { int64_t case_id; int seq; ql_time at; };

struct due_page {
	size_t n;
	struct due item[DUE_MAX]; /* ascending by at: due at or before now */
	bool more;                /* there are further due ones */
	ql_time now, read_at;     /* of the database; the same instant by our monotonic clock */
	int64_t reference;        /* version of the reference data */
	ql_time next;             /* when the next one is due; 0: none known */
};

/* Reads the clocks that are due, but for those set aside. Takes no lock. */
QL_MUSTCHECK enum ql_rc due_read(struct ql_pg *pg, const struct aside *aside, struct due_page *page, struct ql_err *err);

/* Cases after this one with a running clock that has no due time, ascending; *n 0: no more. */
QL_MUSTCHECK enum ql_rc due_read_timeless(struct ql_pg *pg, int64_t after, int64_t ids[DUE_MAX], size_t *n, struct ql_err *err);

/* *first_missing: the first year from this_year on without holidays; *timeless: running clocks without a due time, at most
 * 1000. */
QL_MUSTCHECK enum ql_rc due_read_years(struct ql_pg *pg, int this_year, int *first_missing, int64_t *timeless, struct ql_err *err);

/* One clock works, the others stand by: true when this connection leads. */
QL_MUSTCHECK enum ql_rc lead_take(struct ql_pg *pg, bool *leads, struct ql_err *err);

#endif
