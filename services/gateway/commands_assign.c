/* commands_assign.c -- who has the case. */
#include "command.h"
#include <stdio.h>
#include "board_store.h"

struct assign_in { int64_t coordinator; char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field ASSIGN[] = { QL_MAY(struct assign_in, coordinator), QL_MAY(struct assign_in, reason) };

/* A supervisor's choice, told in the same form as dispatch tells its own. */
static enum ql_rc assign_taken(struct command *c, int32_t unit, const struct take *take, const char *reason, struct ql_err *err)
{
	char shown[96], why[256];
	const struct assignment a = { take->coordinator, unit, why, shown, reason };

	snprintf(shown, sizeof(shown), "{\"level\":\"supervisor\",\"load\":%d,\"capacity\":%d}", take->load, take->capacity);
	snprintf(why, sizeof(why), "{\"level\":\"supervisor\",\"chosen\":%lld,\"considered\":1,\"removed\":{},\"relaxed\":[],\"candidates\":[]}",
	         (long long)take->coordinator);
	return casebook_assign(c->cb, c->file, &c->who, &a, err);
}

static enum ql_rc assign(struct command *c, const void *body, struct ql_err *err)
{
	const struct assign_in *in = body;
	struct take take = { .coordinator = in->coordinator, .weight = c->file->weight };
	int32_t unit;
	enum ql_rc rc;

	if (lifecycle_next(c->file->procedure, c->file->state, ACT_ASSIGN, c->who.role) == NULL)
		return casebook_assign(c->cb, c->file, &c->who, &(struct assignment){0}, err); /* says why not */
	rc = store_assignee(c->call->w->pg, &c->call->who, in->coordinator, &unit, err);
	if (rc == QL_OK && unit == 0)
		rc = ql_reject(err, "/coordinator", "is nobody you can assign to");
	if (rc == QL_OK)
		rc = casebook_take(c->cb, &take, 1, err);
	if (rc == QL_OK && !take.taken) {
		problem(c->call->res, PROBLEM_CAPACITY, "load and capacity of the coordinator leave no room", "/coordinator");
		return QL_OK;
	}
	return rc == QL_OK ? assign_taken(c, unit, &take, in->reason, err) : rc;
}

static enum ql_rc accept(struct command *c, const void *body, struct ql_err *err)
{
	(void)body;
	return casebook_accept(c->cb, c->file, &c->who, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("assign", ACT_ASSIGN, ASSIGN, struct assign_in, assign),
	COMMAND_BARE("accept", ACT_ACCEPT, accept),
};
const struct command_set COMMANDS_ASSIGN = { ACTIONS, QL_LEN(ACTIONS) };
