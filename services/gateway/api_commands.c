/* api_commands.c -- what people do to a case: one table of actions, all through casebook. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "board_store.h"
#include "case_store.h"

#define TEXT_CHARS (CASE_TEXT_MAX / 4)

struct command_in {
	int64_t version, coordinator;
	char text[QL_TEXT_SIZE(TEXT_CHARS)], reason[QL_TEXT_SIZE(2000)], note[QL_TEXT_SIZE(2000)];
	char audience[QL_TEXT_SIZE(16)], department[QL_TEXT_SIZE(24)], outcome[QL_TEXT_SIZE(24)], result[QL_TEXT_SIZE(24)];
};
static const struct ql_field COMMAND_IN[] = { /* what an action needs beyond the version is casebook's to say */
	QL_NEED(struct command_in, version), QL_MAY(struct command_in, coordinator), QL_MAY(struct command_in, text),
	QL_MAY(struct command_in, reason), QL_MAY(struct command_in, note), QL_MAY(struct command_in, audience),
	QL_MAY(struct command_in, department), QL_MAY(struct command_in, outcome), QL_MAY(struct command_in, result),
};

struct command {
	struct call *call;
	struct casebook *cb;
	struct case_file *file;
	const struct command_in *in;
	struct actor who;
};

/* --- the actions --- */

static struct words public_words(const struct command *c)
{
	return (struct words){ .text = c->in->text, .audience = "public", .enterprise = c->who.role == ROLE_ENTERPRISE ? c->who.id : 0 };
}

static int32_t department(const struct command *c)
{
	const struct unit *unit = reference_unit_by_code(casebook_reference(c->cb), c->in->department);

	return unit != NULL ? unit->id : 0;
}

static enum ql_rc outcome(const struct command *c, const char *dflt, enum case_outcome *out, struct ql_err *err)
{
	const char *name = c->in->outcome[0] != '\0' ? c->in->outcome : dflt;

	return case_outcome_parse(name, out) ? QL_OK : ql_reject(err, "/outcome", "is not an outcome");
}

/* A supervisor's choice, told in the same form as dispatch tells its own. */
static enum ql_rc assign_taken(struct command *c, int32_t unit, const struct take *take, struct ql_err *err)
{
	char shown[96], why[256];
	const struct assignment a = { take->coordinator, unit, why, shown, c->in->reason };

	snprintf(shown, sizeof(shown), "{\"level\":\"supervisor\",\"load\":%d,\"capacity\":%d}", take->load, take->capacity);
	snprintf(why, sizeof(why), "{\"level\":\"supervisor\",\"chosen\":%lld,\"considered\":1,\"removed\":{},\"relaxed\":[],\"candidates\":[]}",
	         (long long)take->coordinator);
	return casebook_assign(c->cb, c->file, &c->who, &a, err);
}

static enum ql_rc do_assign(struct command *c, struct ql_err *err)
{
	struct take take = { .coordinator = c->in->coordinator, .weight = c->file->weight };
	int32_t unit;
	enum ql_rc rc;

	if (lifecycle_next(c->file->procedure, c->file->state, ACT_ASSIGN, c->who.role) == NULL)
		return casebook_assign(c->cb, c->file, &c->who, &(struct assignment){0}, err); /* says why not */
	rc = store_assignee(c->call->w->pg, &c->call->who, c->in->coordinator, &unit, err);
	if (rc == QL_OK && unit == 0)
		rc = ql_reject(err, "/coordinator", "is nobody you can assign to");
	if (rc == QL_OK)
		rc = casebook_take(c->cb, &take, 1, err);
	if (rc == QL_OK && !take.taken) {
		problem(c->call->res, PROBLEM_CAPACITY, "load and capacity of the coordinator leave no room", "/coordinator");
		return QL_OK;
	}
	return rc == QL_OK ? assign_taken(c, unit, &take, err) : rc;
}

static enum ql_rc do_accept(struct command *c, struct ql_err *err)
{
	return casebook_accept(c->cb, c->file, &c->who, err);
}

static enum ql_rc do_reply(struct command *c, struct ql_err *err)
{
	struct words w = public_words(c);

	if (c->in->audience[0] != '\0' || c->who.role != ROLE_ENTERPRISE)
		w.audience = c->in->audience;
	return casebook_reply(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc do_ask(struct command *c, struct ql_err *err)
{
	const struct words w = public_words(c);

	return casebook_ask(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc do_resume(struct command *c, struct ql_err *err)
{
	return casebook_resume(c->cb, c->file, &c->who, c->in->reason, err);
}

static enum ql_rc answer(struct command *c, bool close, struct ql_err *err)
{
	const struct words w = public_words(c);
	enum case_outcome how = OUTCOME_SOLVED;
	enum ql_rc rc = outcome(c, "solved", &how, err);

	return rc == QL_OK ? casebook_answer(c->cb, c->file, &c->who, &w, department(c), close, how, err) : rc;
}

static enum ql_rc do_answer(struct command *c, struct ql_err *err)
{
	return answer(c, false, err);
}

static enum ql_rc do_answer_and_close(struct command *c, struct ql_err *err)
{
	return answer(c, true, err);
}

static enum ql_rc do_close(struct command *c, struct ql_err *err)
{
	enum case_outcome how;
	enum ql_rc rc = outcome(c, "", &how, err);

	return rc == QL_OK ? casebook_close(c->cb, c->file, &c->who, ACT_CLOSE, how, c->in->reason, err) : rc;
}

static enum ql_rc do_reopen(struct command *c, struct ql_err *err)
{
	return casebook_reopen(c->cb, c->file, &c->who, c->in->reason, err);
}

static enum ql_rc do_call_attempt(struct command *c, struct ql_err *err)
{
	return casebook_call_attempt(c->cb, c->file, &c->who, c->in->result, c->in->note, err);
}

static const struct { const char *name; enum case_action action; enum ql_rc (*run)(struct command *c, struct ql_err *err); } ACTIONS[] = {
	{ "assign", ACT_ASSIGN, do_assign },
	{ "accept", ACT_ACCEPT, do_accept },
	{ "reply", ACT_REPLY, do_reply },
	{ "ask", ACT_ASK, do_ask },
	{ "resume", ACT_RESUME, do_resume },
	{ "answer", ACT_ANSWER, do_answer },
	{ "answer_and_close", ACT_ANSWER_AND_CLOSE, do_answer_and_close },
	{ "close", ACT_CLOSE, do_close },
	{ "reopen", ACT_REOPEN, do_reopen },
	{ "call_attempt", ACT_CALL_ATTEMPT, do_call_attempt },
};

/* A note to colleagues is a reply with a narrower audience: either right offers it. */
static bool offered(enum procedure procedure, enum case_state state, enum case_action action, const struct identity *who, int64_t coordinator)
{
	const struct lifecycle_rule *rule = lifecycle_next(procedure, state, action, who->role);

	if (rule == NULL && action == ACT_REPLY)
		return lifecycle_next(procedure, state, ACT_NOTE, who->role) != NULL;
	if (rule == NULL)
		return false;
	if ((rule->needs & NEED_LEAD) && who->role == ROLE_COORDINATOR && who->coordinator != coordinator)
		return action == ACT_REPLY;
	return true;
}

void commands_offered(struct ql_buf *b, const struct identity *who, enum procedure procedure, enum case_state state, int64_t coordinator)
{
	for (size_t i = 0; i < QL_LEN(ACTIONS); i++)
		if (offered(procedure, state, ACTIONS[i].action, who, coordinator))
			ql_json_text(b, NULL, ACTIONS[i].name);
}

/* --- the way of a command --- */

static struct actor actor_of(const struct call *c)
{
	const struct identity *who = &c->who;
	int64_t id = who->role == ROLE_COORDINATOR ? who->coordinator : who->role == ROLE_ENTERPRISE ? who->enterprise : who->user;

	return (struct actor){ .role = who->role, .id = id, .unit = who->unit, .user = who->user, .trace = c->req->trace };
}

/* 409 with what its author has to know now: the row, and what happened since. */
static enum ql_rc stale(struct command *c, struct ql_err *err)
{
	struct ql_pg *pg = c->call->w->pg;
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_STALE_VERSION, NULL, "/version");
	int64_t seen = c->in->version < 0 ? 0 : c->in->version;
	enum ql_rc rc;

	ql_buf_str(b, ",\"current\":");
	rc = store_row(pg, c->file->id, b, err);
	ql_buf_str(b, ",\"changed\":");
	if (rc == QL_OK)
		rc = store_timeline(pg, c->file->id, seen < c->file->version ? (int32_t)seen : c->file->version, b, err);
	problem_close(c->call->res);
	return rc;
}

static void not_allowed(struct command *c, const struct ql_err *err)
{
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_NOT_ALLOWED, err->msg, NULL);

	ql_json_text(b, "state", case_state_name(c->file->state));
	ql_json_open(b, "allowed", '[');
	commands_offered(b, &c->call->who, c->file->procedure, c->file->state, c->file->coordinator);
	ql_json_close(b, ']');
	problem_close(c->call->res);
}

/* The row is read before the commit, in the same transaction: the answer is what this command made of the case. */
static enum ql_rc conclude(struct command *c, struct ql_err *err)
{
	struct ql_buf *b = &c->call->res->body;
	enum ql_rc rc = casebook_flush(c->cb, err);

	ql_buf_str(b, "{\"case\":");
	if (rc == QL_OK)
		rc = store_row(c->call->w->pg, c->file->id, b, err);
	ql_json_close(b, '}');
	if (rc == QL_OK)
		rc = casebook_commit(c->cb, err);
	c->call->committed = rc == QL_OK;
	return rc == QL_OK ? api_json(c->call) : rc;
}

static enum ql_rc open_case(struct command *c, struct ql_err *err)
{
	int64_t id;
	enum ql_rc rc = cases_resolve(c->call, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	rc = worker_casebook(c->call->w, err);
	c->cb = c->call->w->cb;
	if (rc == QL_OK)
		rc = casebook_join(c->cb, err);
	if (rc == QL_OK)
		rc = casebook_load(c->cb, &id, 1, err);
	c->file = rc == QL_OK ? casebook_find(c->cb, id) : NULL;
	if (rc == QL_OK && c->file == NULL)
		problem(c->call->res, PROBLEM_NOT_FOUND, NULL, NULL);
	return rc;
}

static enum ql_rc apply(struct command *c, enum ql_rc (*run)(struct command *c, struct ql_err *err), struct ql_err *err)
{
	enum ql_rc rc = open_case(c, err);

	if (rc != QL_OK || c->file == NULL)
		return rc;
	if (c->file->version != c->in->version)
		return stale(c, err);
	rc = run(c, err);
	if (rc == QL_CONFLICT) {
		not_allowed(c, err);
		return QL_OK;
	}
	if (rc != QL_OK || c->call->res->status >= 400)
		return rc;
	return conclude(c, err);
}

enum ql_rc cases_command(struct call *call, struct ql_err *err)
{
	struct command_in *in;
	struct command c = { .call = call, .who = actor_of(call) };
	size_t i = 0;
	enum ql_rc rc = QL_OK;

	while (i < QL_LEN(ACTIONS) && strcmp(ACTIONS[i].name, call->params.at[1]) != 0)
		i++;
	if (i == QL_LEN(ACTIONS)) {
		problem(call->res, PROBLEM_NOT_FOUND, "there is no such action", NULL);
		return QL_OK;
	}
	in = calloc(1, sizeof(*in));
	if (in == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	c.in = in;
	if (api_decode(call, COMMAND_IN, QL_LEN(COMMAND_IN), in))
		rc = apply(&c, ACTIONS[i].run, err);
	free(in);
	return rc;
}
