/* arrive.h -- words that nothing carries (spoken, on the portal's own page) are delivered as soon as nobody can take them back. */
#ifndef QL_CLOCK_ARRIVE_H
#define QL_CLOCK_ARRIVE_H

#include "clock/clock.h"

/* Delivers what is due. *next: when the next of them is, 0: none is waiting; *more: there was more than one unit's work. */
QL_MUSTCHECK enum ql_rc arrive_run(struct clock_service *k, bool *more, ql_time *next, struct ql_err *err);

#endif
