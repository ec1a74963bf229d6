#include "clock/follow.h"
#include <stdio.h>

static const enum follow TABLE[CLOCK_KINDS][CLOCK_MARKS] = { /* warnings are told by their journal row alone */
	[CLOCK_UNASSIGNED]     = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_ACCEPT]         = { [CLOCK_MARK_BREACH] = FOLLOW_NEXT_ONE },
	[CLOCK_FIRST_RESPONSE] = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_NEXT_RESPONSE]  = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_NEXT_UPDATE]    = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_RESOLUTION]     = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_CALL_BACK]      = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_JOINT_ACCEPT]   = { [CLOCK_MARK_BREACH] = FOLLOW_PARTY_NEXT, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_JOINT_RESULT]   = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_ARBITRATION]    = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_REVIEW]         = { [CLOCK_MARK_BREACH] = FOLLOW_ESCALATE, [CLOCK_MARK_AFTER] = FOLLOW_ESCALATE },
	[CLOCK_CONFIRMATION]   = { [CLOCK_MARK_PERCENT] = FOLLOW_ANNOUNCE, [CLOCK_MARK_BEFORE] = FOLLOW_ANNOUNCE, [CLOCK_MARK_BREACH] = FOLLOW_CLOSE_SILENT },
};

enum follow follow_up(enum clock_kind kind, enum clock_mark mark) { return TABLE[kind][mark]; }

static enum ql_rc next_one(struct casebook *cb, struct case_file *c, int seq, const char *why, struct ql_err *err)
{
	(void)seq, (void)why;
	return casebook_unassign(cb, c, &ACTOR_SYSTEM, ACT_NOT_ACCEPTED, NULL, err);
}

static enum ql_rc announce(struct casebook *cb, struct case_file *c, int seq, const char *why, struct ql_err *err)
{
	(void)seq, (void)why;
	return casebook_announce(cb, c, err);
}

/* Nobody objected: silence is the way of closing, if it was announced. */
static enum ql_rc close_silent(struct casebook *cb, struct case_file *c, int seq, const char *why, struct ql_err *err)
{
	bool closed;

	(void)seq, (void)why;
	return casebook_close_silent(cb, c, &closed, err);
}

static enum ql_rc escalate(struct casebook *cb, struct case_file *c, int seq, const char *why, struct ql_err *err)
{
	(void)seq;
	return casebook_escalate(cb, c, why, err);
}

static const struct {
	enum case_action needs;
	enum ql_rc (*act)(struct casebook *cb, struct case_file *c, int seq, const char *why, struct ql_err *err);
} ACTIONS[] = {
	[FOLLOW_NEXT_ONE] = { ACT_NOT_ACCEPTED, next_one },
	[FOLLOW_ESCALATE] = { ACT_ESCALATE, escalate },
	[FOLLOW_ANNOUNCE] = { ACT_ANNOUNCE, announce },
	[FOLLOW_CLOSE_SILENT] = { ACT_CLOSE_SILENT, close_silent },
	[FOLLOW_PARTY_NEXT] = { ACT_PARTY_NOT_ACCEPTED, casebook_party_overdue },
};

enum ql_rc follow_do(struct casebook *cb, struct case_file *c, enum clock_kind kind, int seq, const char *threshold, enum follow *done, struct ql_err *err)
{
	struct clock_threshold mark;
	char why[2 * CLOCK_THRESHOLD_NAME + 8];
	enum follow what = clock_threshold_parse(threshold, &mark) ? follow_up(kind, mark.mark) : FOLLOW_NOTHING;

	*done = FOLLOW_NOTHING;
	if (what == FOLLOW_NOTHING || lifecycle_next(c->procedure, c->state, ACTIONS[what].needs, ROLE_SYSTEM) == NULL)
		return QL_OK;
	snprintf(why, sizeof(why), "%s:%s", clock_kind_name(kind), threshold);
	*done = what;
	enum ql_rc rc = ACTIONS[what].act(cb, c, seq, why, err);

	if (what == FOLLOW_CLOSE_SILENT && c->state != CASE_CLOSED)
		*done = FOLLOW_ANNOUNCE;
	return rc;
}
