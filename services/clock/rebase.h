/* rebase.h -- the walk over open clocks after policies or calendars in force have changed.
 *
 * It goes on in the background, a page a turn of the loop, and its place is a row that moves in the same transaction as the
 * clocks: whoever leads next goes on behind it.
 */
#ifndef QL_CLOCK_REBASE_H
#define QL_CLOCK_REBASE_H

#include "clock/clock.h"

/* Does one page of a walk, or sees whether one must begin. *more: there is work left for the next turn. */
QL_MUSTCHECK enum ql_rc rebase_step(struct clock_service *k, bool *more, struct ql_err *err);

#endif
