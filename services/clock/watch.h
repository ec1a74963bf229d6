/* watch.h -- something was expected by a time and did not happen: a watch that is due opens a case, or attaches to the open
 * one about the same declaration. The watch and the case change in one transaction, so each watch fires once. */
#ifndef QL_CLOCK_WATCH_H
#define QL_CLOCK_WATCH_H

#include "clock/clock.h"
#include "clock/watch_store.h"

/* Fires the due watches; *more: there are others, *next: when the next is due (0: none known). */
QL_MUSTCHECK enum ql_rc watch_run(struct clock_service *k, bool *more, ql_time *next, struct ql_err *err);

#endif
