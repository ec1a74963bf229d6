/* commands_handover.c -- who has it passes on: to another unit, to a colleague, away from whoever may have no part in it. */
#include "command.h"
#include "handover_store.h"

struct unit_in { char unit[QL_TEXT_SIZE(24)], reason[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field UNIT[] = { QL_NEED(struct unit_in, unit), QL_MAY(struct unit_in, reason) };
struct reason_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REASON[] = { QL_MAY(struct reason_in, reason) };
struct pass_in { int64_t party, coordinator; char text[QL_TEXT_SIZE(2000)]; };
static const struct ql_field PASS[] = { QL_MAY(struct pass_in, party), QL_NEED(struct pass_in, coordinator), QL_MAY(struct pass_in, text) };
struct take_in { int64_t party; char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field TAKE[] = { QL_MAY(struct take_in, party), QL_MAY(struct take_in, reason) };
struct recuse_in { int64_t coordinator; bool principal; char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field RECUSE[] = { QL_MAY(struct recuse_in, coordinator), QL_MAY(struct recuse_in, principal), QL_MAY(struct recuse_in, reason) };

static int seq_of(int64_t party) { return party >= 0 && party <= INT16_MAX ? (int)party : -1; }

static enum ql_rc unit_of(const struct command *c, const char *code, int32_t *id, struct ql_err *err)
{
	const struct unit *u = reference_unit_by_code(casebook_reference(c->cb), code);

	*id = u != NULL ? u->id : 0;
	return u != NULL ? QL_OK : ql_reject(err, "/unit", "is no unit");
}

static enum ql_rc hand_over(struct command *c, const void *body, struct ql_err *err)
{
	const struct unit_in *in = body;
	int32_t unit;
	enum ql_rc rc = unit_of(c, in->unit, &unit, err);

	return rc == QL_OK ? casebook_hand_over(c->cb, c->file, &c->who, unit, in->reason, err) : rc;
}

/* *taken false with QL_OK: no room, and the response says so. */
static enum ql_rc take_room(struct command *c, int32_t weight, bool *taken, struct ql_err *err)
{
	struct take take = { .coordinator = c->who.id, .weight = weight };
	enum ql_rc rc = QL_OK;

	*taken = true;
	if (c->who.role != ROLE_COORDINATOR || weight == 0)
		return QL_OK;
	rc = casebook_take(c->cb, &take, 1, err);
	*taken = take.taken;
	if (rc == QL_OK && !take.taken)
		problem(c->call->res, PROBLEM_CAPACITY, "your load and capacity leave no room for it", NULL);
	return rc;
}

static enum ql_rc accept_lead(struct command *c, const void *body, struct ql_err *err)
{
	bool taken;
	enum ql_rc rc = take_room(c, casebook_lead_room(c->file, c->who.id), &taken, err);

	(void)body;
	return rc == QL_OK && taken ? casebook_lead_accept(c->cb, c->file, &c->who, err) : rc;
}

static enum ql_rc refuse_lead(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_lead_refuse(c->cb, c->file, &c->who, ((const struct reason_in *)body)->reason, err);
}

static enum ql_rc rule(struct command *c, const void *body, struct ql_err *err)
{
	const struct unit_in *in = body;
	const struct unit *root = reference_root(casebook_reference(c->cb));
	bool may = false;
	int32_t unit;
	enum ql_rc rc = store_has_duty(c->call->w->pg, "arbitration", root != NULL ? root->id : 0, &may, err);

	if (rc == QL_OK && !may) {
		problem(c->call->res, PROBLEM_FORBIDDEN, "only the arbitration duty rules who leads", NULL);
		return QL_OK;
	}
	if (rc == QL_OK)
		rc = unit_of(c, in->unit, &unit, err);
	return rc == QL_OK ? casebook_rule(c->cb, c->file, &c->who, unit, in->reason, err) : rc;
}

static enum ql_rc pass_on(struct command *c, const void *body, struct ql_err *err)
{
	const struct pass_in *in = body;
	bool may = false;
	enum ql_rc rc = store_colleague(c->call->w->pg, in->coordinator, c->who.unit, &may, err);

	if (rc == QL_OK && !may)
		rc = ql_reject(err, "/coordinator", "is no colleague of your unit, or of one below it");
	return rc == QL_OK ? casebook_pass_on(c->cb, c->file, seq_of(in->party), &c->who, in->coordinator, in->text, err) : rc;
}

static enum ql_rc take_over(struct command *c, const void *body, struct ql_err *err)
{
	const int party = seq_of(((const struct take_in *)body)->party);
	bool taken;
	enum ql_rc rc = take_room(c, casebook_part_room(c->file, party), &taken, err);

	return rc == QL_OK && taken ? casebook_take_over(c->cb, c->file, party, &c->who, err) : rc;
}

static enum ql_rc keep(struct command *c, const void *body, struct ql_err *err)
{
	const struct take_in *in = body;

	return casebook_keep(c->cb, c->file, seq_of(in->party), &c->who, in->reason, err);
}

/* Oneself, or by a supervisor somebody; on demand from everything of that enterprise. */
static enum ql_rc recuse(struct command *c, const void *body, struct ql_err *err)
{
	const struct recuse_in *in = body;
	struct leaver who = { .coordinator = in->coordinator != 0 ? in->coordinator : c->who.role == ROLE_COORDINATOR ? c->who.id : 0, .unit = c->who.unit,
	                      .reason = in->reason };
	enum ql_rc rc = QL_OK;

	if (c->who.role == ROLE_SUPERVISOR && who.coordinator != 0)
		rc = store_unit_of_coordinator(c->call->w->pg, who.coordinator, &who.unit, err);
	if (rc == QL_OK && who.unit == 0)
		rc = ql_reject(err, "/coordinator", "is nobody");
	if (rc == QL_OK)
		rc = casebook_recuse(c->cb, c->file, &c->who, &who, err);
	if (rc == QL_OK && in->principal && c->file->principal != 0)
		rc = store_recusal(c->call->w->pg, &c->call->who, who.coordinator, c->file->principal, in->reason, c->who.trace, err);
	return rc;
}

static const struct command_action ACTIONS[] = {
	COMMAND("hand_over", ACT_HAND_OVER, UNIT, struct unit_in, hand_over),
	COMMAND_BARE("accept_lead", ACT_LEAD_ACCEPT, accept_lead),
	COMMAND("refuse_lead", ACT_LEAD_REFUSE, REASON, struct reason_in, refuse_lead),
	COMMAND("rule", ACT_RULE, UNIT, struct unit_in, rule),
	COMMAND("pass_on", ACT_PASS_ON, PASS, struct pass_in, pass_on),
	COMMAND("take_over", ACT_TAKE_PART, TAKE, struct take_in, take_over),
	COMMAND("keep", ACT_KEEP, TAKE, struct take_in, keep),
	COMMAND("recuse", ACT_RECUSE, RECUSE, struct recuse_in, recuse),
};
const struct command_set COMMANDS_HANDOVER = { ACTIONS, QL_LEN(ACTIONS) };
