/* commands_settle.c -- answers, closing, reopening. */
#include "command.h"

struct answer_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)], department[QL_TEXT_SIZE(24)], outcome[QL_TEXT_SIZE(24)]; bool despite_open_parties; };
static const struct ql_field ANSWER[] = { QL_MAY(struct answer_in, text), QL_MAY(struct answer_in, department), QL_MAY(struct answer_in, outcome),
                                         QL_MAY(struct answer_in, despite_open_parties) };
struct close_in { char outcome[QL_TEXT_SIZE(24)], reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field CLOSE[] = { QL_MAY(struct close_in, outcome), QL_MAY(struct close_in, reason) };
struct reopen_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REOPEN[] = { QL_MAY(struct reopen_in, reason) };

static enum ql_rc read_outcome(const char *given, const char *dflt, enum case_outcome *out, struct ql_err *err)
{
	return case_outcome_parse(given[0] != '\0' ? given : dflt, out) ? QL_OK : ql_reject(err, "/outcome", "is not an outcome");
}

static enum ql_rc answer_how(struct command *c, const struct answer_in *in, bool close, struct ql_err *err)
{
	const struct unit *unit = reference_unit_by_code(casebook_reference(c->cb), in->department);
	const struct words w = command_public(c, in->text);
	enum case_outcome how = OUTCOME_SOLVED;
	enum ql_rc rc = read_outcome(in->outcome, "solved", &how, err);

	c->file->despite_parties = in->despite_open_parties;
	return rc == QL_OK ? casebook_answer(c->cb, c->file, &c->who, &w, unit != NULL ? unit->id : 0, close, how, err) : rc;
}

static enum ql_rc answer(struct command *c, const void *body, struct ql_err *err) { return answer_how(c, body, false, err); }
static enum ql_rc answer_and_close(struct command *c, const void *body, struct ql_err *err) { return answer_how(c, body, true, err); }

static enum ql_rc close_case(struct command *c, const void *body, struct ql_err *err)
{
	const struct close_in *in = body;
	enum case_outcome how;
	enum ql_rc rc = read_outcome(in->outcome, "", &how, err);

	return rc == QL_OK ? casebook_close(c->cb, c->file, &c->who, ACT_CLOSE, how, in->reason, err) : rc;
}

static enum ql_rc reopen(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_reopen(c->cb, c->file, &c->who, ((const struct reopen_in *)body)->reason, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("answer", ACT_ANSWER, ANSWER, struct answer_in, answer),
	COMMAND("answer_and_close", ACT_ANSWER_AND_CLOSE, ANSWER, struct answer_in, answer_and_close),
	COMMAND("close", ACT_CLOSE, CLOSE, struct close_in, close_case),
	COMMAND("reopen", ACT_REOPEN, REOPEN, struct reopen_in, reopen),
};
const struct command_set COMMANDS_SETTLE = { ACTIONS, QL_LEN(ACTIONS) };
