/* api_commands.c -- the way of a command: read, checked against the version its author saw, done, answered with the row. */
#include <stdlib.h>
#include <string.h>

#include "case_store.h"
#include "command.h"

struct seen { int64_t version; };
static const struct ql_field SEEN[] = { QL_NEED(struct seen, version) };

static const struct command_set *const SETS[] = { &COMMANDS_ASSIGN, &COMMANDS_TALK, &COMMANDS_SETTLE, &COMMANDS_PARTY, &COMMANDS_CLOCK };

struct words command_public(const struct command *c, const char *text)
{
	return (struct words){ .text = text, .audience = "public", .enterprise = c->who.role == ROLE_ENTERPRISE ? c->who.id : 0 };
}

/* A note to colleagues is a reply with a narrower audience: either right offers it. */
static bool offered(enum procedure procedure, enum case_state state, enum case_action action, const struct identity *who, const struct place_on *at)
{
	const struct lifecycle_rule *rule = lifecycle_next(procedure, state, action, who->role);

	if (rule == NULL && action == ACT_REPLY)
		return lifecycle_next(procedure, state, ACT_NOTE, who->role) != NULL;
	if (rule == NULL)
		return false;
	if ((rule->needs & NEED_LEAD) && who->role == ROLE_COORDINATOR && !at->leads)
		return action == ACT_REPLY;
	if ((rule->needs & NEED_PARTY) && who->role == ROLE_COORDINATOR)
		return at->joint || (action == ACT_INVITE && at->leads);
	return true;
}

void commands_offered(struct ql_buf *b, const struct identity *who, enum procedure procedure, enum case_state state, const struct place_on *at)
{
	for (size_t s = 0; s < QL_LEN(SETS); s++)
		for (const struct command_action *a = SETS[s]->action; a < SETS[s]->action + SETS[s]->n; a++)
			if (offered(procedure, state, a->action, who, at))
				ql_json_text(b, NULL, a->name);
}

/* --- the way of a command --- */

static struct actor actor_of(const struct call *c)
{
	const struct identity *who = &c->who;
	int64_t id = who->role == ROLE_COORDINATOR ? who->coordinator : who->role == ROLE_ENTERPRISE ? who->enterprise : who->user;

	return (struct actor){ .role = who->role, .id = id, .unit = who->unit, .user = who->user, .trace = c->req->trace };
}

/* 409 with what its author has to know now: the row, and what happened since. */
static enum ql_rc stale(struct command *c, int64_t version, struct ql_err *err)
{
	struct ql_pg *pg = c->call->w->pg;
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_STALE_VERSION, NULL, "/version");
	const int64_t seen = version < 0 ? 0 : version;
	enum ql_rc rc;

	ql_buf_str(b, ",\"current\":");
	rc = store_row(pg, c->file->id, b, err);
	ql_buf_str(b, ",\"changed\":");
	if (rc == QL_OK)
		rc = store_timeline(pg, c->file->id, seen < c->file->version ? (int32_t)seen : c->file->version, b, err);
	problem_close(c->call->res);
	return rc;
}

static struct place_on place_of(const struct case_file *c, int64_t coordinator)
{
	struct place_on at = { .leads = coordinator != 0 && c->coordinator == coordinator };

	for (int i = 0; i < c->n_parties; i++)
		at.joint |= !c->party[i].lead && coordinator != 0 && c->party[i].coordinator == coordinator
		         && (c->party[i].state == PARTY_INVITED || c->party[i].state == PARTY_WORKING);
	return at;
}

static void not_allowed(struct command *c, const struct ql_err *err)
{
	const struct place_on at = place_of(c->file, c->call->who.coordinator);
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_NOT_ALLOWED, err->msg, NULL);

	ql_json_text(b, "state", case_state_name(c->file->state));
	ql_json_open(b, "allowed", '[');
	commands_offered(b, &c->call->who, c->file->procedure, c->file->state, &at);
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
	if (rc == QL_OK && b->data[b->len - 1] == ':')
		ql_buf_str(b, "null"); /* its author has no part in the case any more */
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

static enum ql_rc apply(struct command *c, const struct command_action *a, int64_t version, const void *in, struct ql_err *err)
{
	enum ql_rc rc = open_case(c, err);

	if (rc != QL_OK || c->file == NULL)
		return rc;
	if (c->file->version != version)
		return stale(c, version, err);
	rc = a->run(c, in, err);
	if (rc == QL_CONFLICT) {
		not_allowed(c, err);
		return QL_OK;
	}
	if (rc != QL_OK || c->call->res->status >= 400)
		return rc;
	return conclude(c, err);
}

static const struct command_action *find(const char *name)
{
	for (size_t s = 0; s < QL_LEN(SETS); s++)
		for (const struct command_action *a = SETS[s]->action; a < SETS[s]->action + SETS[s]->n; a++)
			if (strcmp(a->name, name) == 0)
				return a;
	return NULL;
}

enum ql_rc cases_command(struct call *call, struct ql_err *err)
{
	const struct command_action *a = find(call->params.at[1]);
	struct command c = { .call = call, .who = actor_of(call) };
	struct seen seen = { 0 };
	enum ql_rc rc = QL_OK;

	if (a == NULL) {
		problem(call->res, PROBLEM_NOT_FOUND, "there is no such action", NULL);
		return QL_OK;
	}
	void *in = calloc(1, a->size + 1); /* + 1: an action without fields has none */

	if (in == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	if (api_decode(call, SEEN, QL_LEN(SEEN), &seen) && api_decode(call, a->fields, a->n_fields, in))
		rc = apply(&c, a, seen.version, in, err);
	free(in);
	return rc;
}
