/* commands_settle.c -- answers, closing, reopening. */
#include "command.h"
#include "domain/timefmt.h"

struct answer_in {
	char text[QL_TEXT_SIZE(COMMAND_TEXT)], department[QL_TEXT_SIZE(24)], outcome[QL_TEXT_SIZE(24)], to[QL_TEXT_SIZE(200)], how[QL_TEXT_SIZE(200)];
	bool despite_open_parties;
};
static const struct ql_field ANSWER[] = {
	QL_MAY(struct answer_in, text), QL_MAY(struct answer_in, department), QL_MAY(struct answer_in, outcome), QL_MAY(struct answer_in, to),
	QL_MAY(struct answer_in, how), QL_MAY(struct answer_in, despite_open_parties),
};
struct close_in { char outcome[QL_TEXT_SIZE(24)], reason[QL_TEXT_SIZE(2000)], to[QL_TEXT_SIZE(200)], how[QL_TEXT_SIZE(200)]; };
static const struct ql_field CLOSE[] = {
	QL_MAY(struct close_in, outcome), QL_MAY(struct close_in, reason), QL_MAY(struct close_in, to), QL_MAY(struct close_in, how),
};
struct reason_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REASON[] = { QL_MAY(struct reason_in, reason) };

static enum ql_rc read_outcome(const char *given, const char *dflt, enum case_outcome *out, struct ql_err *err)
{
	return case_outcome_parse(given[0] != '\0' ? given : dflt, out) ? QL_OK : ql_reject(err, "/outcome", "is not an outcome");
}

static enum ql_rc answer_how(struct command *c, const struct answer_in *in, bool close, struct ql_err *err)
{
	const struct unit *unit = reference_unit_by_code(casebook_reference(c->cb), in->department);
	const struct words w = command_public(c, in->text);
	struct result r = { .outcome = OUTCOME_SOLVED, .department = unit != NULL ? unit->id : 0, .referred_to = in->to, .referred_how = in->how, .close = close };
	enum ql_rc rc = read_outcome(in->outcome, "solved", &r.outcome, err);

	c->file->despite_parties = in->despite_open_parties;
	return rc == QL_OK ? casebook_answer_as(c->cb, c->file, &c->who, &w, &r, err) : rc;
}

static enum ql_rc answer(struct command *c, const void *body, struct ql_err *err) { return answer_how(c, body, false, err); }
static enum ql_rc answer_and_close(struct command *c, const void *body, struct ql_err *err) { return answer_how(c, body, true, err); }

static enum ql_rc close_case(struct command *c, const void *body, struct ql_err *err)
{
	const struct close_in *in = body;
	struct result r = { .referred_to = in->to, .referred_how = in->how };
	enum ql_rc rc = read_outcome(in->outcome, "", &r.outcome, err);

	return rc == QL_OK ? casebook_close_as(c->cb, c->file, &c->who, ACT_CLOSE, &r, in->reason, err) : rc;
}

/* The outcome was said with the answer. */
static enum ql_rc confirm(struct command *c, const void *body, struct ql_err *err)
{
	struct result r = { .outcome = OUTCOME_SOLVED };

	(void)body;
	if (!case_outcome_parse(c->file->outcome, &r.outcome))
		r.outcome = OUTCOME_SOLVED;
	return casebook_close_as(c->cb, c->file, &c->who, ACT_CONFIRM, &r, NULL, err);
}

static enum ql_rc withdraw(struct command *c, const void *body, struct ql_err *err)
{
	const struct result r = { .outcome = OUTCOME_WITHDRAWN };

	(void)body;
	return casebook_close_as(c->cb, c->file, &c->who, ACT_WITHDRAW, &r, NULL, err);
}

static enum ql_rc object(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_object(c->cb, c->file, &c->who, ((const struct reason_in *)body)->reason, err);
}

/* Within the window the case itself; later a new one takes it up. */
static enum ql_rc reopen(struct command *c, const void *body, struct ql_err *err)
{
	const char *reason = ((const struct reason_in *)body)->reason;
	const ql_time window = reference_parameters(casebook_reference(c->cb))->reopen_days * QL_DAY;

	if (c->file->state == CASE_CLOSED && casebook_now(c->cb) - c->file->closed_at > window
	    && lifecycle_next(c->file->procedure, CASE_CLOSED, ACT_REOPEN_LATER, c->who.role) != NULL)
		return casebook_reopen_later(c->cb, c->file, &c->who, reason, &c->fresh, err);
	return casebook_reopen(c->cb, c->file, &c->who, reason, err);
}

static enum ql_rc approve(struct command *c, const void *body, struct ql_err *err)
{
	(void)body;
	return casebook_approve(c->cb, c->file, &c->who, c->call->who.coordinator, err);
}

static enum ql_rc give_back(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_return(c->cb, c->file, &c->who, c->call->who.coordinator, ((const struct reason_in *)body)->reason, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("answer", ACT_ANSWER, ANSWER, struct answer_in, answer),
	COMMAND("answer_and_close", ACT_ANSWER_AND_CLOSE, ANSWER, struct answer_in, answer_and_close),
	COMMAND_BARE("confirm", ACT_CONFIRM, confirm),
	COMMAND("object", ACT_OBJECT, REASON, struct reason_in, object),
	COMMAND_BARE("approve", ACT_RETURN, approve), /* offered with its counterpart: either both or neither */
	COMMAND("return", ACT_RETURN, REASON, struct reason_in, give_back),
	COMMAND("close", ACT_CLOSE, CLOSE, struct close_in, close_case),
	COMMAND_BARE("withdraw", ACT_WITHDRAW, withdraw),
	COMMAND("reopen", ACT_REOPEN, REASON, struct reason_in, reopen),
};
const struct command_set COMMANDS_SETTLE = { ACTIONS, QL_LEN(ACTIONS) };
