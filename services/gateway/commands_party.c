/* commands_party.c -- who works along: units asked to take part, and what they do in their own part. */
#include "command.h"
#include "assignee.h"

struct invite_in {
	char unit[QL_TEXT_SIZE(24)], capacity[QL_TEXT_SIZE(16)], body_name[QL_TEXT_SIZE(120)], body_mail[QL_TEXT_SIZE(120)], text[QL_TEXT_SIZE(COMMAND_TEXT)];
};
static const struct ql_field INVITE[] = {
	QL_MAY(struct invite_in, unit), QL_NEED(struct invite_in, capacity), QL_MAY(struct invite_in, body_name), QL_MAY(struct invite_in, body_mail),
	QL_MAY(struct invite_in, text),
};
struct assign_in { int64_t party, coordinator; bool override; char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field ASSIGN[] = {
	QL_NEED(struct assign_in, party), QL_NEED(struct assign_in, coordinator), QL_MAY(struct assign_in, override), QL_MAY(struct assign_in, reason),
};
struct party_in { int64_t party; };
static const struct ql_field PARTY[] = { QL_MAY(struct party_in, party) };
struct words_in { int64_t party; char text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field WORDS[] = { QL_MAY(struct words_in, party), QL_MAY(struct words_in, text) };

/* The party named, or the one whose officer it is that asks. */
static int seq_of(const struct command *c, int64_t party)
{
	if (party != 0)
		return party > 0 && party <= INT16_MAX ? (int)party : -1;
	for (int i = 0; c->who.role == ROLE_COORDINATOR && i < c->file->n_parties; i++) {
		const struct case_party *p = &c->file->party[i];

		if (!p->lead && p->coordinator == c->who.id && (p->state == PARTY_INVITED || p->state == PARTY_WORKING))
			return p->seq;
	}
	return -1;
}

static enum ql_rc invite(struct command *c, const void *body, struct ql_err *err)
{
	const struct invite_in *in = body;
	const struct unit *unit = reference_unit_by_code(casebook_reference(c->cb), in->unit);
	const struct invitation i = { .unit = unit != NULL ? unit->id : 0, .capacity = in->capacity, .body_name = in->body_name, .body_mail = in->body_mail,
	                              .wanted = { .text = in->text } };
	int seq;

	if (unit == NULL && in->unit[0] != '\0')
		return ql_reject(err, "/unit", "is no unit");
	return casebook_invite(c->cb, c->file, &c->who, &i, &seq, err);
}

static enum ql_rc assign_party(struct command *c, const void *body, struct ql_err *err)
{
	const struct assign_in *in = body;
	const struct case_party *p = casebook_party(c->file, seq_of(c, in->party));
	struct assignee to = { .coordinator = in->coordinator, .weight = p != NULL ? p->weight : 0, .party = p != NULL ? p->seq : 0,
	                       .override = in->override, .reason = in->reason };
	bool taken = false;
	enum ql_rc rc;

	if (p == NULL || p->lead)
		return ql_reject(err, "/party", "is no joint party of this case");
	rc = assignee_take(c, &to, &taken, err);
	return rc == QL_OK && taken ? casebook_party_assign(c->cb, c->file, p->seq, &c->who, &to.assignment, err) : rc;
}

static enum ql_rc accept_party(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_party_accept(c->cb, c->file, seq_of(c, ((const struct party_in *)body)->party), &c->who, err);
}

static enum ql_rc refuse_party(struct command *c, const void *body, struct ql_err *err)
{
	const struct words_in *in = body;

	return casebook_party_refuse(c->cb, c->file, seq_of(c, in->party), &c->who, in->text, err);
}

static enum ql_rc contribute(struct command *c, const void *body, struct ql_err *err)
{
	const struct words_in *in = body;

	return casebook_party_contribute(c->cb, c->file, seq_of(c, in->party), &c->who, in->text, err);
}

static enum ql_rc finish_party(struct command *c, const void *body, struct ql_err *err)
{
	const struct words_in *in = body;

	return casebook_party_done(c->cb, c->file, seq_of(c, in->party), &c->who, in->text, err);
}

static enum ql_rc withdraw_party(struct command *c, const void *body, struct ql_err *err)
{
	const struct words_in *in = body;

	return casebook_party_withdraw(c->cb, c->file, seq_of(c, in->party), &c->who, in->text, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("invite", ACT_INVITE, INVITE, struct invite_in, invite),
	COMMAND("assign_party", ACT_PARTY_ASSIGN, ASSIGN, struct assign_in, assign_party),
	COMMAND("accept_party", ACT_PARTY_ACCEPT, PARTY, struct party_in, accept_party),
	COMMAND("refuse_party", ACT_PARTY_REFUSE, WORDS, struct words_in, refuse_party),
	COMMAND("contribute", ACT_CONTRIBUTE, WORDS, struct words_in, contribute),
	COMMAND("finish_party", ACT_PARTY_DONE, WORDS, struct words_in, finish_party),
	COMMAND("withdraw_party", ACT_PARTY_WITHDRAW, WORDS, struct words_in, withdraw_party),
};
const struct command_set COMMANDS_PARTY = { ACTIONS, QL_LEN(ACTIONS) };
