/* assignee.h -- a supervisor's choice of a coordinator: judged by the same function that dispatch chooses with, has room, and is
 * told in the same form as dispatch tells its own. Worker threads.
 *
 * What the roster has against it can be overruled with a reason as far as it is about the moment (FILTERS_SOFT); appointment,
 * recusal, subject, required skills and capacity can't. What was overruled is kept in the journal.
 */
#ifndef QL_GATEWAY_ASSIGNEE_H
#define QL_GATEWAY_ASSIGNEE_H

#include "command.h"

struct assignee {
	int64_t coordinator;
	int32_t weight; /* to be taken */
	int party;      /* 0: the lead */
	bool override;
	const char *reason;
	int32_t unit;   /* filled by assignee_take, as the rest */
	struct assignment assignment;
	char shown[96], why[512];
};

/* Takes the capacity and fills the assignment. *taken false with QL_OK: refused, and the response says by what. */
QL_MUSTCHECK enum ql_rc assignee_take(struct command *c, struct assignee *to, bool *taken, struct ql_err *err);

#endif
