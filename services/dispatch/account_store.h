/* account_store.h -- fairness as ql.duty_fairness() computes it. */
#ifndef QL_DISPATCH_ACCOUNT_STORE_H
#define QL_DISPATCH_ACCOUNT_STORE_H

#include "base/pg.h"

/* In thousandths; 0 when nobody has been there for an hour. worst: of the units with at least two people. */
struct fairness { int64_t cv_mille, peak_mille, worst_cv_mille; };
QL_MUSTCHECK enum ql_rc account_read_fairness(struct ql_pg *pg, int32_t under, int days, struct fairness *f, struct ql_err *err);

#endif
