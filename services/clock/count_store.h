/* count_store.h -- folding what changed in the numbers of cases into their sums. */
#ifndef QL_CLOCK_COUNT_STORE_H
#define QL_CLOCK_COUNT_STORE_H

#include "base/pg.h"

#define FOLD_MOST 20000 /* changes folded in one transaction */

/* *n: how many there were, FOLD_MOST when more may wait. */
QL_MUSTCHECK enum ql_rc counts_fold(struct ql_pg *pg, int *n, struct ql_err *err);

#endif
