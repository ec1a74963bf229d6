/* api_commands.c -- the way of a command: read, checked against the version its author saw, done, answered with the row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case_store.h"
#include "command.h"

#define NOT_GIVEN INT64_MIN

/* The version that the author of a command saw: in the body, or in an If-Match header. */
struct seen { int64_t version; };
static const struct ql_field SEEN[] = { QL_MAY(struct seen, version) };

static const struct command_set *const SETS[] = { &COMMANDS_ASSIGN, &COMMANDS_TALK, &COMMANDS_SETTLE, &COMMANDS_PARTY, &COMMANDS_HANDOVER,
                                               &COMMANDS_TOGETHER, &COMMANDS_URGE, &COMMANDS_AMEND, &COMMANDS_JOIN, &COMMANDS_CLOCK };

struct words command_public(const struct command *c, const char *text)
{
	return (struct words){ .text = text, .audience = "public", .enterprise = c->who.role == ROLE_ENTERPRISE ? c->who.id : 0 };
}

/* --- what the bodies of several actions hold --- */

static int by_number(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

enum ql_rc command_entries(const struct command *c, const char *member, int32_t *out, size_t max, size_t *n, struct ql_err *err)
{
	const json_t *list = json_object_get(c->call->body, member), *one;
	char field[48];
	size_t i;

	*n = 0;
	snprintf(field, sizeof(field), "/%s", member);
	if (list == NULL || json_is_null(list))
		return QL_OK;
	if (!json_is_array(list) || json_array_size(list) > max)
		return ql_reject(err, field, "is a list of at most %zu entries", max);
	json_array_foreach(list, i, one) {
		if (!json_is_integer(one) || json_integer_value(one) < 1 || json_integer_value(one) > INT32_MAX)
			return ql_reject(err, field, "holds what is no entry");
		out[(*n)++] = (int32_t)json_integer_value(one);
	}
	qsort(out, *n, sizeof(*out), by_number);
	for (i = 1; i < *n; i++)
		if (out[i] == out[i - 1])
			return ql_reject(err, field, "names an entry twice");
	return QL_OK;
}

static void write_fault(const struct ident_fault *fault, char *out, size_t size)
{
	struct ql_buf b;

	ql_buf_init(&b, size - 1);
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "code", fault->code);
	ql_json_i64(&b, "position", fault->position);
	ql_json_text(&b, "zh", fault->zh);
	ql_json_text(&b, "en", fault->en);
	ql_json_close(&b, '}');
	snprintf(out, size, "%s", ql_buf_ok(&b) ? b.data : "{}");
	ql_buf_free(&b);
}

enum ql_rc command_reference(const char *type, const char *given, const char *field, struct written_reference *r, struct ql_err *err)
{
	static const char *const TYPES[] = { "declaration", "container", "bill", "hs", "case" };
	enum ident_kind kind;
	struct ident id;
	size_t i = 0;

	while (i < QL_LEN(TYPES) && strcmp(TYPES[i], type) != 0)
		i++;
	if (i == QL_LEN(TYPES) || !ident_kind_parse(type, &kind))
		return ql_reject(err, "/type", "must be declaration, container, bill, hs or case");
	ident_read(kind, given, &id);
	if (id.value[0] == '\0')
		return ql_reject(err, field, "is empty");
	snprintf(r->value, sizeof(r->value), "%s", id.value);
	r->fault[0] = '\0';
	if (!id.valid)
		write_fault(&id.fault, r->fault, sizeof(r->fault));
	r->in = (struct case_reference_in){ TYPES[i], r->value, strcmp(given, id.value) != 0 ? given : NULL, id.valid ? NULL : r->fault };
	return QL_OK;
}

/* --- what is offered --- */

unsigned place_of(const struct part *parts, size_t n, int lead_refusals, const struct identity *who)
{
	const int64_t me = who->coordinator != 0 ? who->coordinator : -1;
	unsigned place = lead_refusals >= 2 || lead_refusals < 0 ? PLACE_RULING : 0;

	for (const struct part *p = parts; p < parts + n; p++) {
		const bool mine = p->coordinator == me;

		if (mine && (p->lead || p->open))
			place |= p->lead ? PLACE_LEAD : PLACE_PARTY;
		if (mine && p->asked != 0)
			place |= PLACE_PASSING;
		if (p->asked == me)
			place |= PLACE_ASKED;
		if (p->lead_asked && (who->role == ROLE_SUPERVISOR || mine || p->unit == who->unit))
			place |= PLACE_LEAD_ASKED;
	}
	return place;
}

/* From where an action on a part is possible; of those that are not named from the part itself. */
static const struct { enum case_action action; unsigned place; bool supervisor_too; } PLACES[] = {
	{ ACT_LEAD_ACCEPT, PLACE_LEAD_ASKED, true }, { ACT_LEAD_REFUSE, PLACE_LEAD_ASKED, true }, { ACT_RULE, PLACE_RULING, true },
	{ ACT_TAKE_PART, PLACE_ASKED, false },       { ACT_KEEP, PLACE_ASKED | PLACE_PASSING, false },
};

static bool from_there(const struct lifecycle_rule *rule, const struct identity *who, unsigned place)
{
	for (size_t i = 0; i < QL_LEN(PLACES); i++)
		if (PLACES[i].action == rule->action)
			return (place & PLACES[i].place) != 0 || (who->role == ROLE_SUPERVISOR && !PLACES[i].supervisor_too);
	if (who->role != ROLE_COORDINATOR)
		return true;
	if ((rule->needs & NEED_LEAD) && (place & PLACE_LEAD) == 0)
		return rule->action == ACT_REPLY;
	if ((rule->needs & NEED_PARTY) && (place & PLACE_PARTY) == 0)
		return false;
	return !(rule->needs & NEED_PART) || (place & (PLACE_LEAD | PLACE_PARTY)) != 0;
}

/* What some actions need besides the lifecycle's row. */
static bool is_wanted(const struct offer *o, enum case_action action)
{
	const struct { enum case_action action; bool wanted; } WANTED[] = {
		{ ACT_RETURN, o->reads_second }, { ACT_UNDO, o->undoes }, { ACT_REVIEWED, o->reviewing }, { ACT_REVIEW, !o->reviewing }, { ACT_SEPARATE, o->absorbed },
	};

	for (size_t i = 0; i < QL_LEN(WANTED); i++)
		if (WANTED[i].action == action)
			return WANTED[i].wanted;
	return true;
}

/* A note to colleagues is a reply with a narrower audience: either right offers it. */
static bool offered(const struct offer *o, enum case_action action, const struct identity *who)
{
	const struct lifecycle_rule *rule = lifecycle_next(o->procedure, o->state, action, who->role);

	if (rule == NULL && action == ACT_REPLY)
		return lifecycle_next(o->procedure, o->state, ACT_NOTE, who->role) != NULL;
	return rule != NULL && is_wanted(o, action) && from_there(rule, who, o->place);
}

void commands_offered(struct ql_buf *b, const struct identity *who, const struct offer *o)
{
	if (!account_may(who->account, RIGHT_COMMAND))
		return;
	for (size_t s = 0; s < QL_LEN(SETS); s++)
		for (const struct command_action *a = SETS[s]->action; a < SETS[s]->action + SETS[s]->n; a++)
			if (offered(o, a->action, who))
				ql_json_text(b, NULL, a->name);
}

/* --- the way of a command --- */

struct actor command_actor(const struct call *c)
{
	const struct identity *who = &c->who;
	int64_t id = who->role == ROLE_COORDINATOR ? who->coordinator : who->role == ROLE_ENTERPRISE ? who->enterprise : who->user;

	return (struct actor){ .role = who->role, .id = id, .unit = who->unit, .user = who->user, .trace = c->req->trace };
}

/* 409, or 412 when the version came as a precondition of HTTP, with what its author has to know now: the row, and what happened since. */
static enum ql_rc stale(struct command *c, enum problem_code code, int64_t version, struct ql_err *err)
{
	struct ql_pg *pg = c->call->w->pg;
	struct ql_buf *b = problem_open(c->call->res, code, NULL, code == PROBLEM_STALE_VERSION ? "/version" : NULL);
	const int64_t seen = version < 0 ? 0 : version;
	enum ql_rc rc;

	ql_buf_str(b, ",\"current\":");
	rc = store_row(pg, c->file->id, b, err);
	ql_buf_str(b, ",\"changed\":");
	if (rc == QL_OK)
		rc = store_timeline(pg, c->file->id, seen < c->file->version ? (int32_t)seen : c->file->version, c->call->req->trace, b, err);
	problem_close(c->call->res);
	return rc;
}

static unsigned place_now(const struct case_file *c, const struct identity *who)
{
	struct part parts[CASE_PARTIES];

	for (int i = 0; i < c->n_parties; i++) {
		const struct case_party *p = &c->party[i];

		parts[i] = (struct part){ p->coordinator, p->asked, p->unit, p->lead, p->state == PARTY_INVITED || p->state == PARTY_WORKING, p->asked_lead };
	}
	return place_of(parts, (size_t)c->n_parties, c->lead_refusals, who);
}

static void not_allowed(struct command *c, const struct ql_err *err)
{
	const struct offer at = { .procedure = c->file->procedure, .state = c->file->state, .place = place_now(c->file, &c->call->who) };
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_NOT_ALLOWED, err->msg, NULL);

	ql_json_text(b, "state", case_state_name(c->file->state));
	ql_json_open(b, "allowed", '[');
	commands_offered(b, &c->call->who, &at);
	ql_json_close(b, ']');
	problem_close(c->call->res);
}

/* null: its author has no part in the case any more, or never will have. */
static enum ql_rc put_row(struct command *c, const char *key, int64_t case_id, struct ql_err *err)
{
	struct ql_buf *b = &c->call->res->body;
	enum ql_rc rc;

	ql_buf_str(b, key);
	rc = store_row(c->call->w->pg, case_id, b, err);
	if (rc == QL_OK && b->data[b->len - 1] == ':')
		ql_buf_str(b, "null");
	return rc;
}

/* The row is read before the commit, in the same transaction: the answer is what this command made of the case. */
static enum ql_rc conclude(struct command *c, struct ql_err *err)
{
	struct ql_buf *b = &c->call->res->body;
	const int version = c->file->version;
	enum ql_rc rc = casebook_flush(c->cb, err);

	if (rc == QL_OK)
		rc = put_row(c, "{\"case\":", c->file->id, err);
	if (rc == QL_OK && c->fresh != NULL)
		rc = put_row(c, ",\"opened\":", c->fresh->id, err);
	ql_json_close(b, '}');
	snprintf(c->call->res->etag, sizeof(c->call->res->etag), "\"%d\"", version);
	if (rc == QL_OK)
		rc = api_json(c->call);
	if (rc == QL_OK)
		rc = repeat_keep(c->call, err);
	if (rc == QL_OK)
		rc = casebook_commit(c->cb, err);
	c->call->committed = rc == QL_OK;
	return rc;
}

/* The second case of an action; *id 0: the response says what is wrong with it. */
static enum ql_rc resolve_other(struct command *c, const struct command_action *a, int64_t *id, struct ql_err *err)
{
	const json_t *named = json_object_get(c->call->body, a->other);
	char field[48], text[IDENT_MAX + 1];
	enum ql_rc rc;

	*id = 0;
	snprintf(field, sizeof(field), "/%s", a->other);
	if (json_is_integer(named))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(named));
	else
		snprintf(text, sizeof(text), "%s", json_is_string(named) ? json_string_value(named) : "");
	rc = cases_named(c->call, text, a->as_named, id, err);
	if (rc == QL_OK && *id == 0)
		problem(c->call->res, PROBLEM_INVALID, text[0] != '\0' ? "is no case that you can see" : "name a case by its number or id", field);
	return rc;
}

static enum ql_rc load(struct command *c, const int64_t *ids, size_t n, struct ql_err *err)
{
	enum ql_rc rc = worker_casebook(c->call->w, err);

	c->who = command_actor(c->call);
	c->cb = c->call->w->cb;
	if (rc == QL_OK)
		rc = casebook_join(c->cb, err);
	if (rc == QL_OK)
		rc = casebook_load(c->cb, ids, n, err); /* both at once: locks are taken in ascending order */
	if (rc != QL_OK)
		return rc;
	c->file = casebook_find(c->cb, ids[0]);
	c->other = n > 1 ? casebook_find(c->cb, ids[1]) : NULL;
	if (c->file == NULL || (n > 1 && c->other == NULL)) {
		c->file = NULL;
		problem(c->call->res, PROBLEM_NOT_FOUND, NULL, NULL);
	}
	return QL_OK;
}

static enum ql_rc open_case(struct command *c, const struct command_action *a, struct ql_err *err)
{
	int64_t ids[2] = { 0, 0 };
	enum ql_rc rc = cases_resolve(c->call, &ids[0], err);

	if (rc != QL_OK || ids[0] == 0)
		return rc;
	if (a->other != NULL) {
		rc = resolve_other(c, a, &ids[1], err);
		if (rc != QL_OK || ids[1] == 0)
			return rc;
	}
	return load(c, ids, a->other != NULL && ids[1] != ids[0] ? 2 : 1, err);
}

enum ql_rc command_open(struct command *c, struct ql_err *err)
{
	static const struct command_action ALONE = { .other = NULL };

	return open_case(c, &ALONE, err);
}

/* *current false: the case has moved on, and the response says so. */
static enum ql_rc check_seen(struct command *c, int64_t version, bool *current, struct ql_err *err)
{
	const char *match = c->call->req->if_match;
	long long newest;
	bool matches = if_match_version(match, c->file->version, &newest);

	*current = false;
	if (match[0] != '\0' && !matches)
		return stale(c, PROBLEM_PRECONDITION, newest, err);
	if (version != NOT_GIVEN && version != c->file->version)
		return stale(c, PROBLEM_STALE_VERSION, version, err);
	*current = true;
	return QL_OK;
}

static enum ql_rc apply(struct command *c, const struct command_action *a, int64_t version, const void *in, struct ql_err *err)
{
	bool current;
	enum ql_rc rc = open_case(c, a, err);

	if (rc != QL_OK || c->file == NULL)
		return rc;
	rc = check_seen(c, version, &current, err);
	if (rc != QL_OK || !current)
		return rc;
	if (a->other != NULL && c->other == NULL)
		c->other = c->file; /* itself: casebook says why not */
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

static void describe_field(struct ql_buf *b, const struct ql_field *f)
{
	static const char *const TYPES[] = { [QL_JSON_TEXT] = "string", [QL_JSON_I64] = "integer", [QL_JSON_BOOL] = "boolean" };

	ql_json_open(b, NULL, '{');
	ql_json_text(b, "name", f->name);
	ql_json_text(b, "type", TYPES[f->type]);
	ql_json_bool(b, "required", f->required);
	if (f->type == QL_JSON_TEXT)
		ql_json_i64(b, "maxLength", (int64_t)(f->size - 1) / 4);
	if (f->one_of != NULL) {
		ql_json_open(b, "enum", '[');
		for (const char *const *word = f->one_of; *word != NULL; word++)
			ql_json_text(b, NULL, *word);
		ql_json_close(b, ']');
	}
	ql_json_close(b, '}');
}

static void describe_action(struct ql_buf *b, const struct command_action *a)
{
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "name", a->name);
	ql_json_text(b, "action", case_action_name(a->action));
	ql_json_text(b, "other", a->other);
	ql_json_open(b, "fields", '[');
	for (const struct ql_field *f = a->fields; f < a->fields + a->n_fields; f++)
		describe_field(b, f);
	ql_json_close(b, ']');
	ql_json_close(b, '}');
}

void commands_describe(struct ql_buf *b)
{
	for (size_t s = 0; s < QL_LEN(SETS); s++)
		for (const struct command_action *a = SETS[s]->action; a < SETS[s]->action + SETS[s]->n; a++)
			describe_action(b, a);
}

bool command_exists(const char *name) { return find(name) != NULL; }

/* Nothing is done to a case by someone who has not seen it: "*" is no version. */
static bool read_seen(struct call *call, struct seen *seen)
{
	long long newest;

	if (!api_decode(call, SEEN, QL_LEN(SEEN), seen))
		return false;
	(void)!if_match_version(call->req->if_match, 0, &newest);
	if (seen->version != NOT_GIVEN || newest >= 0)
		return true;
	problem(call->res, PROBLEM_INVALID, "/version: missing: the version you saw, here or in If-Match", "/version");
	return false;
}

enum ql_rc cases_command(struct call *call, struct ql_err *err)
{
	const struct command_action *a = find(call->params.at[1]);
	struct command c = { .call = call };
	struct seen seen = { NOT_GIVEN };
	enum ql_rc rc = QL_OK;

	if (a == NULL) {
		problem(call->res, PROBLEM_NOT_FOUND, "there is no such action", NULL);
		return QL_OK;
	}
	void *in = calloc(1, a->size + 1); /* + 1: an action without fields has none */

	if (in == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	if (read_seen(call, &seen) && api_decode(call, a->fields, a->n_fields, in))
		rc = apply(&c, a, seen.version, in, err);
	free(in);
	return rc;
}
