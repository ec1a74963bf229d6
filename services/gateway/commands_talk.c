/* commands_talk.c -- what is said: replies, questions, call-backs, and taking words back. */
#include "command.h"
#include <string.h>
#include "follow_store.h"

struct reply_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)], audience[QL_TEXT_SIZE(16)]; };
static const struct ql_field REPLY[] = { QL_MAY(struct reply_in, text), QL_MAY(struct reply_in, audience) };
struct ask_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field ASK[] = { QL_MAY(struct ask_in, text) };
struct resume_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field RESUME[] = { QL_MAY(struct resume_in, reason) };
struct call_in { char result[QL_TEXT_SIZE(24)], note[QL_TEXT_SIZE(2000)]; };
static const struct ql_field CALL[] = { QL_MAY(struct call_in, result), QL_MAY(struct call_in, note) };

struct undo_in { int64_t entry; };
static const struct ql_field UNDO[] = { QL_MAY(struct undo_in, entry) };

/* Sealed words name their readers by login. */
static enum ql_rc seal(struct command *c, const struct words *w, struct ql_err *err)
{
	const json_t *list = json_object_get(c->call->body, "readers"), *one;
	const char *logins[SEAL_READERS];
	int64_t ids[SEAL_READERS];
	size_t i, n = 0, known = 0;
	enum ql_rc rc = QL_OK;

	if (!json_is_array(list) || json_array_size(list) > SEAL_READERS)
		return ql_reject(err, "/readers", "is a list of 1 to %d logins", SEAL_READERS);
	json_array_foreach(list, i, one)
		logins[n++] = json_is_string(one) ? json_string_value(one) : "";
	rc = store_staff(c->call->w->pg, logins, n, ids, &known, err);
	if (rc == QL_OK && known != n)
		rc = ql_reject(err, "/readers", "names somebody who is no colleague");
	return rc == QL_OK ? casebook_seal(c->cb, c->file, &c->who, w, ids, n, err) : rc;
}

/* Which words: those named, or the newest of one's own that can still be taken back. */
static enum ql_rc undo(struct command *c, const void *body, struct ql_err *err)
{
	const struct undo_in *in = body;
	int64_t version = in->entry;
	enum ql_rc rc = version != 0 ? QL_OK : store_undoable(c->call->w->pg, c->file->id, c->who.id, &version, err);

	if (rc == QL_OK && (version < 1 || version > c->file->version))
		rc = ql_fail(err, QL_CONFLICT, "there are no words of yours that can still be taken back");
	return rc == QL_OK ? casebook_undo(c->cb, c->file, &c->who, (int32_t)version, err) : rc;
}

static enum ql_rc reply(struct command *c, const void *body, struct ql_err *err)
{
	const struct reply_in *in = body;
	const json_t *readers = json_object_get(c->call->body, "readers");
	struct words w = command_public(c, in->text);

	if (in->audience[0] != '\0' || c->who.role != ROLE_ENTERPRISE)
		w.audience = in->audience;
	if (strcmp(w.audience, "sealed") == 0)
		return seal(c, &w, err);
	if (readers != NULL && !json_is_null(readers))
		return ql_reject(err, "/readers", "belongs to sealed words only");
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
	COMMAND("undo", ACT_UNDO, UNDO, struct undo_in, undo),
	COMMAND("ask", ACT_ASK, ASK, struct ask_in, ask),
	COMMAND("resume", ACT_RESUME, RESUME, struct resume_in, resume),
	COMMAND("call_attempt", ACT_CALL_ATTEMPT, CALL, struct call_in, call_attempt),
};
const struct command_set COMMANDS_TALK = { ACTIONS, QL_LEN(ACTIONS) };
