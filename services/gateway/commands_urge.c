/* commands_urge.c -- how soon and by whom: pressing on, a review of the routing, the need, the class. */
#include "command.h"
#include <string.h>
#include "domain/timefmt.h"

struct text_in { char text[QL_TEXT_SIZE(2000)]; };
static const struct ql_field TEXT[] = { QL_MAY(struct text_in, text) };
struct need_in { char needed_by[QL_TEXT_SIZE(40)], reason[QL_TEXT_SIZE(24)]; };
static const struct ql_field NEED[] = { QL_MAY(struct need_in, needed_by), QL_MAY(struct need_in, reason) };
struct class_in { char category[QL_TEXT_SIZE(39)], priority[QL_TEXT_SIZE(16)], subject[QL_TEXT_SIZE(120)]; };
static const struct ql_field CLASS[] = { QL_MAY(struct class_in, category), QL_MAY(struct class_in, priority), QL_MAY(struct class_in, subject) };

static enum ql_rc press_on(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_press_on(c->cb, c->file, &c->who, ((const struct text_in *)body)->text, err);
}

static enum ql_rc review(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_review(c->cb, c->file, &c->who, ((const struct text_in *)body)->text, err);
}

static enum ql_rc reviewed(struct command *c, const void *body, struct ql_err *err)
{
	const struct words w = command_public(c, ((const struct text_in *)body)->text);

	return casebook_reviewed(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc set_need(struct command *c, const void *body, struct ql_err *err)
{
	const struct need_in *in = body;
	ql_time by = 0;

	if (in->needed_by[0] != '\0' && !rfc3339_parse(in->needed_by, strlen(in->needed_by), &by, NULL))
		return ql_reject(err, "/needed_by", "is not a date and time with offset");
	return casebook_set_need(c->cb, c->file, &c->who, by, in->reason, err);
}

static enum ql_rc classify(struct command *c, const void *body, struct ql_err *err)
{
	const struct class_in *in = body;
	const struct classification to = { in->category, in->priority, in->subject };

	return casebook_classify(c->cb, c->file, &c->who, &to, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("press_on", ACT_PRESS_ON, TEXT, struct text_in, press_on),
	COMMAND("review", ACT_REVIEW, TEXT, struct text_in, review),
	COMMAND("reviewed", ACT_REVIEWED, TEXT, struct text_in, reviewed),
	COMMAND("set_need", ACT_SET_NEED, NEED, struct need_in, set_need),
	COMMAND("classify", ACT_CLASSIFY, CLASS, struct class_in, classify),
};
const struct command_set COMMANDS_URGE = { ACTIONS, QL_LEN(ACTIONS) };
