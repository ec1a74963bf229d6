/* commands_amend.c -- who is on the case and what it is about. */
#include "command.h"
#include "follow_store.h"

struct enterprise_in { char uscc[QL_TEXT_SIZE(40)], role[QL_TEXT_SIZE(16)]; };
static const struct ql_field ENTERPRISE[] = { QL_NEED(struct enterprise_in, uscc), QL_NEED(struct enterprise_in, role) };
static const struct ql_field NO_MORE[] = { QL_NEED(struct enterprise_in, uscc) };
struct reference_in { char type[QL_TEXT_SIZE(16)], value[QL_TEXT_SIZE(60)]; };
static const struct ql_field REFERENCE[] = { QL_NEED(struct reference_in, type), QL_NEED(struct reference_in, value) };

/* By its unified social credit code, as written on any document. */
static enum ql_rc enterprise_of(struct command *c, const char *uscc, int64_t *id, struct ql_err *err)
{
	struct ident code;
	enum ql_rc rc;

	*id = 0;
	if (!ident_read(IDENT_USCC, uscc, &code))
		return ql_reject(err, "/uscc", "%s", code.fault.en);
	rc = store_enterprise(c->call->w->pg, code.value, id, err);
	if (rc == QL_OK && *id == 0)
		rc = ql_reject(err, "/uscc", "belongs to no enterprise we know");
	return rc;
}

static enum ql_rc add_enterprise(struct command *c, const void *body, struct ql_err *err)
{
	const struct enterprise_in *in = body;
	int64_t id;
	enum ql_rc rc = enterprise_of(c, in->uscc, &id, err);

	return rc == QL_OK ? casebook_set_enterprise(c->cb, c->file, &c->who, id, in->role, err) : rc;
}

static enum ql_rc remove_enterprise(struct command *c, const void *body, struct ql_err *err)
{
	int64_t id;
	enum ql_rc rc = enterprise_of(c, ((const struct enterprise_in *)body)->uscc, &id, err);

	return rc == QL_OK ? casebook_set_enterprise(c->cb, c->file, &c->who, id, NULL, err) : rc;
}

static enum ql_rc set_reference(struct command *c, const struct reference_in *in, bool add, struct ql_err *err)
{
	struct written_reference r;
	enum ql_rc rc = command_reference(in->type, in->value, "/value", &r, err);

	return rc == QL_OK ? casebook_set_reference(c->cb, c->file, &c->who, &r.in, add, err) : rc;
}

static enum ql_rc add_reference(struct command *c, const void *body, struct ql_err *err) { return set_reference(c, body, true, err); }
static enum ql_rc remove_reference(struct command *c, const void *body, struct ql_err *err) { return set_reference(c, body, false, err); }

static const struct command_action ACTIONS[] = {
	COMMAND("add_enterprise", ACT_ENTERPRISES, ENTERPRISE, struct enterprise_in, add_enterprise),
	COMMAND("remove_enterprise", ACT_ENTERPRISES, NO_MORE, struct enterprise_in, remove_enterprise),
	COMMAND("add_reference", ACT_REFERENCES, REFERENCE, struct reference_in, add_reference),
	COMMAND("remove_reference", ACT_REFERENCES, REFERENCE, struct reference_in, remove_reference),
};
const struct command_set COMMANDS_AMEND = { ACTIONS, QL_LEN(ACTIONS) };
