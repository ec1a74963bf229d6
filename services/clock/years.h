/* years.h -- the calendar alarm: a year whose holidays are not published makes no deadline silently wrong. */
#ifndef QL_CLOCK_YEARS_H
#define QL_CLOCK_YEARS_H

#include "clock/clock.h"

/* The last year that must be published at an instant: this one, from 1 December (Beijing) the next one too. Pure. */
int years_needed(ql_time at);

/* After due_read(): looks once a minute and after every change of reference data: computes deadlines that lacked their year anew, raises or
 * lifts the alarm. */
QL_MUSTCHECK enum ql_rc years_check(struct clock_service *k, struct ql_err *err);

#endif
