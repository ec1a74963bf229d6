/* listing.h -- the filters of a list of cases, read from a request's arguments; for lists and exports. Worker threads. */
#ifndef QL_GATEWAY_LISTING_H
#define QL_GATEWAY_LISTING_H

#include "api.h"
#include "case_store.h"

#define STATES_MAX 160 /* bytes of "{received,assigned,...}" */

struct listing { struct list_filter filter; struct call *call; bool has_view; char states[STATES_MAX]; };

/* Reads all filters, and narrows the transaction to the unit that is asked for. *go false: the answer is made. */
QL_MUSTCHECK enum ql_rc listing_read(struct call *c, struct listing *l, bool *go, struct ql_err *err);

#endif
