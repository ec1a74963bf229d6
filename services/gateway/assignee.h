/* assignee.h -- a supervisor's choice of a coordinator: may be given it, has room, and is told in the same form as dispatch
 * tells its own. Worker threads. */
#ifndef QL_GATEWAY_ASSIGNEE_H
#define QL_GATEWAY_ASSIGNEE_H

#include "command.h"

struct assignee {
	int64_t coordinator;
	int32_t weight; /* to be taken */
	int32_t unit;   /* filled by assignee_take, as the rest */
	struct assignment assignment;
	char shown[96], why[256];
};

/* Takes the capacity. *taken false with QL_OK: there is no room, and the response says so. */
QL_MUSTCHECK enum ql_rc assignee_take(struct command *c, struct assignee *to, bool *taken, struct ql_err *err);
const struct assignment *assignee_assignment(struct assignee *to, const char *reason);

#endif
