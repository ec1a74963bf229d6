/* recheck.h -- cases that somebody has: is he still one who may have them?
 *
 * Category, place and class of a case change, and so do skills, subjects, recusals and appointments of people. An event about a
 * case asks at once; a slow pass over all held cases finds what no event told. What is done about it is casebook_reroute()'s.
 */
#ifndef QL_DISPATCH_RECHECK_H
#define QL_DISPATCH_RECHECK_H

#include "dispatch/dispatch.h"

/* Those in d->page of which an event (d->wake) said that facts changed. */
QL_MUSTCHECK enum ql_rc recheck_woken(struct dispatch *d, struct ql_err *err);
/* One page of the slow pass, and one of classes that turned, when their time has come. */
QL_MUSTCHECK enum ql_rc recheck_step(struct dispatch *d, ql_time now, struct ql_err *err);

#endif
