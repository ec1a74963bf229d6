/* place.h -- from waiting cases to a batch of decisions, and what becomes of it. */
#ifndef QL_DISPATCH_PLACE_H
#define QL_DISPATCH_PLACE_H

#include "dispatch/dispatch.h"

/* Tries fresh cases, and tried ones that somebody who changed may help, most urgent first; assigns one batch of them.
 * QL_FATAL when case after case can't be worked on: then it is not the cases. */
QL_MUSTCHECK enum ql_rc place_waiting(struct dispatch *d, struct ql_err *err);

#endif
