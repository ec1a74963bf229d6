#include "assignee.h"
#include <stdio.h>
#include "board_store.h"

enum ql_rc assignee_take(struct command *c, struct assignee *to, bool *taken, struct ql_err *err)
{
	struct take take = { .coordinator = to->coordinator, .weight = to->weight };
	enum ql_rc rc = store_assignee(c->call->w->pg, &c->call->who, to->coordinator, &to->unit, err);

	*taken = false;
	if (rc == QL_OK && to->unit == 0)
		rc = ql_reject(err, "/coordinator", "is nobody you can assign to");
	if (rc == QL_OK)
		rc = casebook_take(c->cb, &take, 1, err);
	if (rc != QL_OK)
		return rc;
	*taken = take.taken;
	if (!take.taken)
		problem(c->call->res, PROBLEM_CAPACITY, "load and capacity of the coordinator leave no room", "/coordinator");
	snprintf(to->shown, sizeof(to->shown), "{\"level\":\"supervisor\",\"load\":%d,\"capacity\":%d}", take.load, take.capacity);
	snprintf(to->why, sizeof(to->why), "{\"level\":\"supervisor\",\"chosen\":%lld,\"considered\":1,\"removed\":{},\"relaxed\":[],\"candidates\":[]}",
	         (long long)to->coordinator);
	return QL_OK;
}

const struct assignment *assignee_assignment(struct assignee *to, const char *reason)
{
	to->assignment = (struct assignment){ to->coordinator, to->unit, to->why, to->shown, reason };
	return &to->assignment;
}
