/* fire.h -- fires due clocks and does what follows, one transaction for many. */
#ifndef QL_CLOCK_FIRE_H
#define QL_CLOCK_FIRE_H

#include "clock/clock.h"

/* Fires k->page, or its first one alone while being careful. A case that can't be worked on is set aside; QL_FATAL
 * when FAILED_MOST in a row can't: then it is not the cases. */
QL_MUSTCHECK enum ql_rc fire_due(struct clock_service *k, struct ql_err *err);

#endif
