/* api_keep.c -- personal data in full, with a reason; holds. Both leave a row in the case's journal. */
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "keep_store.h"
#include "stats.h"

struct reason_in { char what[QL_TEXT_SIZE(16)], reason[QL_TEXT_SIZE(2000)]; };
static const char *const WHAT[] = { "name", "phone", "channel_user", NULL };
static const struct ql_field REVEAL[] = { QL_NEED_WORD(struct reason_in, what, WHAT), QL_NEED(struct reason_in, reason) };
static const struct ql_field HOLD[] = { QL_NEED(struct reason_in, reason) };

static enum ql_rc commit(struct command *c, struct ql_err *err)
{
	enum ql_rc rc = casebook_commit(c->cb, err);

	c->call->committed = rc == QL_OK;
	return rc;
}

/* The value leaves only behind the commit of its journal row: nobody reads it unseen. */
static enum ql_rc reveal(struct command *c, const struct reason_in *in, struct ql_err *err)
{
	struct ql_buf *b = &c->call->res->body;
	char value[KEEP_VALUE_MAX] = "";
	bool there = false;
	enum ql_rc rc = store_reveal(c->call->w->pg, c->file->id, in->what, value, &there, err);

	if (rc == QL_OK && !there) {
		problem(c->call->res, PROBLEM_NOT_FOUND, "the case has no such thing, or it was erased", NULL);
		return QL_OK;
	}
	if (rc == QL_OK)
		rc = casebook_reveal(c->cb, c->file, &c->who, in->what, in->reason, err);
	if (rc != QL_OK)
		return rc;
	ql_json_open(b, NULL, '{');
	ql_json_text(b, in->what, value);
	ql_json_i64(b, "version", c->file->version);
	ql_json_close(b, '}');
	explicit_bzero(value, sizeof(value));
	rc = commit(c, err);
	ql_count(&stats.reveals, rc == QL_OK);
	return rc == QL_OK ? api_json(c->call) : rc;
}

enum ql_rc cases_reveal(struct call *call, struct ql_err *err)
{
	struct command c = { .call = call };
	struct reason_in in = {0};
	enum ql_rc rc;

	if (!api_decode(call, REVEAL, QL_LEN(REVEAL), &in))
		return QL_OK;
	rc = command_open(&c, err);
	return rc == QL_OK && c.file != NULL ? reveal(&c, &in, err) : rc;
}

static enum ql_rc hold(struct command *c, bool on, const char *reason, struct ql_err *err)
{
	bool changed = false;
	enum ql_rc rc = casebook_hold(c->cb, c->file, &c->who, on, reason, err);

	if (rc == QL_OK)
		rc = store_hold(c->call->w->pg, c->file->id, c->file->version, c->who.user, on, &changed, err);
	if (rc == QL_OK && !changed) {
		problem(c->call->res, PROBLEM_NOT_ALLOWED, on ? "the case is held already" : "the case is not held", NULL);
		return QL_OK;
	}
	c->call->res->status = 204;
	if (rc == QL_OK)
		rc = repeat_keep(c->call, err);
	return rc == QL_OK ? commit(c, err) : rc;
}

enum ql_rc cases_hold(struct call *call, struct ql_err *err)
{
	struct command c = { .call = call };
	const bool on = strstr(call->req->path, "/release_hold") == NULL;
	struct reason_in in = {0};
	enum ql_rc rc;

	if (!api_decode(call, HOLD, QL_LEN(HOLD), &in))
		return QL_OK;
	rc = command_open(&c, err);
	return rc == QL_OK && c.file != NULL ? hold(&c, on, in.reason, err) : rc;
}
