/* commands_talk.c -- what is said: replies, questions, call-backs. */
#include "command.h"

struct reply_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)], audience[QL_TEXT_SIZE(16)]; };
static const struct ql_field REPLY[] = { QL_MAY(struct reply_in, text), QL_MAY(struct reply_in, audience) };
struct ask_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field ASK[] = { QL_MAY(struct ask_in, text) };
struct resume_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field RESUME[] = { QL_MAY(struct resume_in, reason) };
struct call_in { char result[QL_TEXT_SIZE(24)], note[QL_TEXT_SIZE(2000)]; };
static const struct ql_field CALL[] = { QL_MAY(struct call_in, result), QL_MAY(struct call_in, note) };

static enum ql_rc reply(struct command *c, const void *body, struct ql_err *err)
{
	const struct reply_in *in = body;
	struct words w = command_public(c, in->text);

	if (in->audience[0] != '\0' || c->who.role != ROLE_ENTERPRISE)
		w.audience = in->audience;
	return casebook_reply(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc ask(struct command *c, const void *body, struct ql_err *err)
{
	const struct words w = command_public(c, ((const struct ask_in *)body)->text);

	return casebook_ask(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc resume(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_resume(c->cb, c->file, &c->who, ((const struct resume_in *)body)->reason, err);
}

static enum ql_rc call_attempt(struct command *c, const void *body, struct ql_err *err)
{
	const struct call_in *in = body;

	return casebook_call_attempt(c->cb, c->file, &c->who, in->result, in->note, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("reply", ACT_REPLY, REPLY, struct reply_in, reply),
	COMMAND("ask", ACT_ASK, ASK, struct ask_in, ask),
	COMMAND("resume", ACT_RESUME, RESUME, struct resume_in, resume),
	COMMAND("call_attempt", ACT_CALL_ATTEMPT, CALL, struct call_in, call_attempt),
};
const struct command_set COMMANDS_TALK = { ACTIONS, QL_LEN(ACTIONS) };
