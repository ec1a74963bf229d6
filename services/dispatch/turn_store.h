/* turn_store.h -- enterprises whose credit class turned, and their open cases that do not know it yet. Inside a transaction. */
#ifndef QL_DISPATCH_TURN_STORE_H
#define QL_DISPATCH_TURN_STORE_H

#include "base/pg.h"
#include "casebook/reference.h"

#define TURNS_MOST  200 /* enterprises in one transaction */
#define TURNS_CASES 300 /* their cases; when there are more, the same turns come again */

struct turned {
	size_t turns, n;
	int64_t enterprise[TURNS_MOST];
	struct { int64_t case_id; char tier[WORD_MAX]; } at[TURNS_CASES]; /* ascending by case */
};

/* Holds the turns that are due and that nobody else holds. */
QL_MUSTCHECK enum ql_rc turn_hold(struct ql_pg *pg, struct turned *t, struct ql_err *err);
QL_MUSTCHECK enum ql_rc turn_done(struct ql_pg *pg, const struct turned *t, struct ql_err *err);

#endif
