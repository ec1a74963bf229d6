/* account.h -- what dispatch knows about the people besides the cases: duties without anybody in the coming month, and how evenly
 * the load is spread. In the background, a small step at a time, while no case waits to be placed. */
#ifndef QL_DISPATCH_ACCOUNT_H
#define QL_DISPATCH_ACCOUNT_H

#include "dispatch/dispatch.h"

QL_MUSTCHECK enum ql_rc account_step(struct dispatch *d, ql_time now, struct ql_err *err);

#endif
