/* follow.h -- what a fired threshold leads to: one table of (clock, mark) -> action. The case's own table (lifecycle)
 * still decides whether that is possible in its state; what is not possible is simply not done. */
#ifndef QL_CLOCK_FOLLOW_H
#define QL_CLOCK_FOLLOW_H

#include "casebook/casebook.h"

enum follow { FOLLOW_NOTHING, FOLLOW_NEXT_ONE /* not accepted: another coordinator */, FOLLOW_ESCALATE, FOLLOW_ANNOUNCE /* that silence will close */,
              FOLLOW_CLOSE_SILENT,
              FOLLOW_PARTY_NEXT /* a party's officer did not accept: another of the unit */, FOLLOWS };

enum follow follow_up(enum clock_kind kind, enum clock_mark mark);

/* Does it, in the unit of work that fired the threshold; seq is the clock's. *done: what was done, FOLLOW_NOTHING when the case did not allow it. */
QL_MUSTCHECK enum ql_rc follow_do(struct casebook *cb, struct case_file *c, enum clock_kind kind, int seq, const char *threshold, enum follow *done,
                                struct ql_err *err);

#endif
