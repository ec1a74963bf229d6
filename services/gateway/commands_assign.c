/* commands_assign.c -- who has the case. */
#include "assignee.h"

struct assign_in { int64_t coordinator; bool override; char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field ASSIGN[] = {
	QL_MAY(struct assign_in, coordinator), QL_MAY(struct assign_in, override), QL_MAY(struct assign_in, reason),
};

static enum ql_rc assign(struct command *c, const void *body, struct ql_err *err)
{
	const struct assign_in *in = body;
	struct assignee to = { .coordinator = in->coordinator, .weight = c->file->weight, .override = in->override, .reason = in->reason };
	bool taken;
	enum ql_rc rc;

	if (lifecycle_next(c->file->procedure, c->file->state, ACT_ASSIGN, c->who.role) == NULL)
		return casebook_assign(c->cb, c->file, &c->who, &(struct assignment){0}, err); /* says why not */
	rc = assignee_take(c, &to, &taken, err);
	return rc == QL_OK && taken ? casebook_assign(c->cb, c->file, &c->who, &to.assignment, err) : rc;
}

static enum ql_rc accept(struct command *c, const void *body, struct ql_err *err)
{
	(void)body;
	return casebook_accept(c->cb, c->file, &c->who, err);
}

struct reason_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REASON[] = { QL_MAY(struct reason_in, reason) };

static enum ql_rc decline(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_unassign(c->cb, c->file, &c->who, ACT_DECLINE, ((const struct reason_in *)body)->reason, err);
}

static enum ql_rc release(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_unassign(c->cb, c->file, &c->who, ACT_RELEASE, ((const struct reason_in *)body)->reason, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("assign", ACT_ASSIGN, ASSIGN, struct assign_in, assign),
	COMMAND_BARE("accept", ACT_ACCEPT, accept),
	COMMAND("decline", ACT_DECLINE, REASON, struct reason_in, decline),
	COMMAND("release", ACT_RELEASE, REASON, struct reason_in, release),
};
const struct command_set COMMANDS_ASSIGN = { ACTIONS, QL_LEN(ACTIONS) };
