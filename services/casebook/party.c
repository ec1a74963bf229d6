#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/party_int.h"

/* --- who is on it --- */

static bool is_open(const struct case_party *p) { return p->state == PARTY_INVITED || p->state == PARTY_WORKING; }

static int count_open(const struct case_file *c)
{
	int n = 0;

	for (int i = 0; i < c->n_parties; i++)
		n += !c->party[i].lead && is_open(&c->party[i]);
	return n;
}

struct case_party *party_at(struct case_file *c, int seq)
{
	for (int i = 0; i < c->n_parties; i++)
		if (c->party[i].seq == seq)
			return &c->party[i];
	return NULL;
}

const struct case_party *casebook_party(const struct case_file *c, int seq) { return party_at((struct case_file *)c, seq); }

struct case_party *party_lead(struct case_file *c)
{
	for (int i = 0; i < c->n_parties; i++)
		if (c->party[i].lead)
			return &c->party[i];
	return NULL;
}

struct case_party *party_of_unit(struct case_file *c, int32_t unit)
{
	for (int i = 0; i < c->n_parties; i++)
		if (c->party[i].unit == unit && unit != 0)
			return &c->party[i];
	return NULL;
}

int casebook_parties_open(const struct case_file *c)
{
	int n = 0;

	for (int i = 0; i < c->n_parties; i++) {
		const struct case_party *p = &c->party[i];

		n += !p->lead && (p->state == PARTY_WORKING || (p->state == PARTY_INVITED && p->wanted != 0));
	}
	return n;
}

bool party_recused(const struct case_file *c, int64_t coordinator)
{
	for (int i = 0; i < c->n_recused; i++)
		if (c->recused[i] == coordinator)
			return true;
	return false;
}

/* --- who may --- */

bool party_over(const struct casebook *cb, const struct actor *who, int32_t unit)
{
	const struct unit *u = reference_unit(cb->ref, unit);

	for (int i = 0; u != NULL && i < UNIT_DEPTH && u->ancestors[i] != 0; i++)
		if (u->ancestors[i] == who->unit)
			return true;
	return false;
}

bool party_leads(const struct casebook *cb, const struct case_file *c, const struct actor *who)
{
	if (who->role == ROLE_COORDINATOR)
		return c->coordinator == who->id;
	return who->role == ROLE_SYSTEM || (who->role == ROLE_SUPERVISOR && party_over(cb, who, c->lead_unit));
}

/* For a body without account whoever leads the case writes down what it said. */
static bool acts_for(const struct casebook *cb, const struct case_file *c, const struct case_party *p, const struct actor *who)
{
	if (p->unit == 0)
		return party_leads(cb, c, who);
	return who->role == ROLE_COORDINATOR ? p->coordinator == who->id : party_over(cb, who, p->unit);
}

/* --- what happens to one --- */

struct case_party *party_new(struct casebook *cb, struct case_file *c, int32_t unit, const char *capacity, int32_t weight)
{
	struct case_party *p;

	if (c->n_parties == CASE_PARTIES)
		return NULL;
	p = &c->party[c->n_parties++];
	*p = (struct case_party){ .seq = ++c->parties_used, .unit = unit, .weight = weight, .since = cb->now, .fresh = true };
	snprintf(p->capacity, sizeof(p->capacity), "%s", capacity);
	stage_access_of(cb, c, unit);
	return p;
}

void party_free_officer(struct casebook *cb, struct case_party *p)
{
	if (p->coordinator != 0 && is_open(p) && !p->lead)
		stage_load(cb, p->coordinator, -p->weight, 0);
	p->coordinator = p->asked = 0;
	p->dirty = true;
}

void party_end(struct casebook *cb, struct case_file *c, struct case_party *p, enum party_state state)
{
	const int64_t officer = p->coordinator;

	party_free_officer(cb, p);
	if (state == PARTY_DONE)
		p->coordinator = officer; /* stays readable: whose result it is */
	p->state = state;
	p->asked_lead = false;
	p->ended_at = cb->now;
	promise_party_end(cb, c, p->seq, CLOCK_JOINT_ACCEPT, state == PARTY_DONE ? CLOCK_MET : CLOCK_STOPPED);
	promise_party_end(cb, c, p->seq, CLOCK_JOINT_RESULT, state == PARTY_DONE ? CLOCK_MET : CLOCK_STOPPED);
}

static void remember_tried(struct case_party *p)
{
	if (p->n_tried == PARTY_TRIED) {
		memmove(p->tried, p->tried + 1, sizeof(p->tried) - sizeof(p->tried[0]));
		p->n_tried--;
	}
	p->tried[p->n_tried++] = p->coordinator;
}

/* Whoever is asked next has the whole accept limit. */
static enum ql_rc accept_anew(struct casebook *cb, struct case_file *c, struct case_party *p, enum clock_state before, struct ql_err *err)
{
	promise_party_end(cb, c, p->seq, CLOCK_JOINT_ACCEPT, before);
	return promise_party(cb, c, p, CLOCK_JOINT_ACCEPT, cb->now, err);
}

enum ql_rc party_wait_again(struct casebook *cb, struct case_file *c, struct case_party *p, bool tried, struct ql_err *err)
{
	if (tried && p->coordinator != 0)
		remember_tried(p);
	party_free_officer(cb, p);
	p->state = PARTY_INVITED;
	p->accepted_at = 0;
	return accept_anew(cb, c, p, CLOCK_STOPPED, err);
}

static enum ql_rc ask_again(struct casebook *cb, struct case_file *c, struct case_party *p, struct ql_err *err)
{
	p->state = PARTY_INVITED;
	p->coordinator = p->asked = 0;
	p->n_tried = 0;
	p->wanted = p->contribution = p->result = 0;
	p->since = cb->now;
	p->accepted_at = p->ended_at = 0;
	p->dirty = true;
	stage_access_of(cb, c, p->unit);
	return promise_party(cb, c, p, CLOCK_JOINT_ACCEPT, cb->now, err);
}

enum ql_rc party_ask(struct casebook *cb, struct case_file *c, int32_t unit, const char *capacity, struct case_party **out, struct ql_err *err)
{
	struct case_party *p = party_of_unit(c, unit);

	*out = p;
	if (p != NULL && (p->lead || is_open(p)))
		return QL_OK;
	if (count_open(c) == PARTIES_OPEN)
		return ql_reject(err, "/unit", "%d parties work on case %s, that is the most: wait for one, or withdraw one", PARTIES_OPEN, c->number);
	if (p == NULL)
		p = party_new(cb, c, unit, capacity, (int32_t)reference_parameters(cb->ref)->joint_weight);
	if (p == NULL)
		return ql_reject(err, "/unit", "%d parties have been on case %s, that is the most", CASE_PARTIES, c->number);
	*out = p;
	return ask_again(cb, c, p, err);
}

/* --- parties follow the case --- */

void party_follow_lead(struct casebook *cb, struct case_file *c)
{
	struct case_party *p = party_lead(c);

	if (p == NULL)
		return;
	if (p->coordinator != c->coordinator)
		p->asked = 0;
	p->coordinator = c->coordinator;
	p->weight = c->weight;
	if (c->coordinator == 0)
		p->accepted_at = 0;
	else if (c->state == CASE_WORKING && p->accepted_at == 0)
		p->accepted_at = cb->now;
	p->dirty = true;
}

enum ql_rc party_of_goods(struct casebook *cb, struct case_file *c, struct ql_err *err)
{
	const struct unit *lead = reference_unit(cb->ref, c->lead_unit);
	struct case_party *p;

	if (c->procedure != PROCEDURE_COORDINATION || !lifecycle_is_open(c->state) || reference_unit(cb->ref, c->goods_unit) == NULL || lead == NULL)
		return QL_OK;
	for (int i = 0; i < UNIT_DEPTH && lead->ancestors[i] != 0; i++)
		if (lead->ancestors[i] == c->goods_unit)
			return QL_OK; /* the lead itself, or its district named in place of an office */
	if (count_open(c) == PARTIES_OPEN || (party_of_unit(c, c->goods_unit) == NULL && c->n_parties == CASE_PARTIES))
		return QL_OK; /* full of those that people asked: the goods' unit can still be invited in place of one */
	return party_ask(cb, c, c->goods_unit, "port", &p, err);
}

static void end_all(struct casebook *cb, struct case_file *c)
{
	for (int i = 0; i < c->n_parties; i++) {
		struct case_party *p = &c->party[i];

		if (!p->lead && is_open(p))
			party_end(cb, c, p, p->state == PARTY_WORKING ? PARTY_DONE : PARTY_WITHDRAWN);
		if (p->asked != 0)
			p->asked = 0, p->dirty = true;
	}
	promise_party_end(cb, c, 0, CLOCK_ARBITRATION, CLOCK_STOPPED);
	c->lead_refusals = 0;
}

static void end_unasked(struct casebook *cb, struct case_file *c)
{
	for (int i = 0; i < c->n_parties; i++)
		if (!c->party[i].lead && c->party[i].state == PARTY_INVITED && c->party[i].wanted == 0)
			party_end(cb, c, &c->party[i], PARTY_WITHDRAWN);
}

enum ql_rc party_follow_state(struct casebook *cb, struct case_file *c, enum case_state from, struct ql_err *err)
{
	if (c->state == from)
		return QL_OK;
	if (!lifecycle_is_open(c->state))
		end_all(cb, c);
	else if (c->state == CASE_ANSWERED)
		end_unasked(cb, c);
	else if (from == CASE_ANSWERED || !lifecycle_is_open(from))
		return party_of_goods(cb, c, err);
	return QL_OK;
}

/* --- commands --- */

/* Begins a command about one party: it is there, the table allows it, and the actor may act for it. */
static enum ql_rc begin(struct step *s, int seq, enum case_action action, struct case_party **out, struct ql_err *err)
{
	struct case_party *p = party_at(s->c, seq);
	enum ql_rc rc = step_begin(s, action, err);

	if (rc == QL_OK && (p == NULL || p->lead))
		rc = ql_reject(err, "/party", "is no joint party of case %s", s->c->number);
	if (rc == QL_OK && !is_open(p))
		rc = ql_fail(err, QL_CONFLICT, "that party has ended its part in case %s", s->c->number);
	if (rc == QL_OK && (s->rule->needs & NEED_PARTY) && s->who->role != ROLE_SYSTEM && !acts_for(s->cb, s->c, p, s->who))
		rc = ql_fail(err, QL_CONFLICT, "only the officer of that party, or a supervisor of its unit, may do that");
	if (rc == QL_OK && action == ACT_PARTY_WITHDRAW && !party_leads(s->cb, s->c, s->who))
		rc = ql_fail(err, QL_CONFLICT, "only whoever leads case %s may do that", s->c->number);
	*out = p;
	return rc;
}

static void put_party(struct casebook *cb, struct ql_buf *b, const struct case_party *p)
{
	const struct unit *u = reference_unit(cb->ref, p->unit);

	ql_json_i64(b, "party", p->seq);
	if (u != NULL)
		ql_json_text(b, "unit", u->code);
	else
		ql_json_text(b, "body", p->body_name);
	ql_json_text(b, "capacity", p->capacity);
}

/* The party in whose name somebody invites who does not lead: 0 none. */
static const struct case_party *own_party(const struct casebook *cb, const struct case_file *c, const struct actor *who)
{
	for (int i = 0; i < c->n_parties; i++) {
		const struct case_party *p = &c->party[i];

		if (!p->lead && p->unit != 0 && p->state == PARTY_WORKING && acts_for(cb, c, p, who))
			return p;
	}
	return NULL;
}

static enum ql_rc check_inviter(const struct casebook *cb, const struct case_file *c, const struct actor *who, const struct invitation *i,
                                const struct case_party **in_name_of, struct ql_err *err)
{
	const struct unit *asked = reference_unit(cb->ref, i->unit), *own;

	*in_name_of = NULL;
	if (party_leads(cb, c, who))
		return QL_OK;
	*in_name_of = own_party(cb, c, who);
	if (*in_name_of == NULL)
		return ql_fail(err, QL_CONFLICT, "only whoever leads case %s, or works on it as a party, may ask others", c->number);
	own = reference_unit(cb->ref, (*in_name_of)->unit);
	if (asked == NULL || own->district == 0 || own->district != asked->district)
		return ql_reject(err, "/unit", "is outside of your district: ask whoever leads the case to invite it");
	return QL_OK;
}

static enum ql_rc check_invited(const struct casebook *cb, struct case_file *c, const struct invitation *i, struct ql_err *err)
{
	static const char *const CAPACITIES[] = { "home", "declaring", "port", "origin", "business", "national", "outside" };
	const struct case_party *p = party_of_unit(c, i->unit);
	size_t k = 0;

	while (k < QL_LEN(CAPACITIES) && (i->capacity == NULL || strcmp(CAPACITIES[k], i->capacity) != 0))
		k++;
	if (k == QL_LEN(CAPACITIES))
		return ql_reject(err, "/capacity", "must be home, declaring, port, origin, business, national or outside");
	if (i->unit != 0 && reference_unit(cb->ref, i->unit) == NULL)
		return ql_reject(err, "/unit", "is no unit");
	if (i->unit == 0 && strcmp(i->capacity, "outside") != 0)
		return ql_reject(err, "/unit", "is missing: only a body outside of customs is asked by name");
	if (i->unit == 0 && is_blank(i->body_name))
		return ql_reject(err, "/body_name", "is missing: say who is asked");
	if (i->unit == 0 && (is_blank(i->body_mail) || strchr(i->body_mail, '@') == NULL))
		return ql_reject(err, "/body_mail", "must be a mail address: the body has no account");
	if (p != NULL && p->lead)
		return ql_reject(err, "/unit", "leads case %s", c->number);
	if (p != NULL && is_open(p) && p->wanted != 0)
		return ql_reject(err, "/unit", "is on case %s already, as party %d", c->number, p->seq);
	return QL_OK;
}

/* It works without having accepted: nobody there can. */
static enum ql_rc ask_body(struct casebook *cb, struct case_file *c, const struct invitation *i, struct case_party **out, struct ql_err *err)
{
	enum ql_rc rc = party_ask(cb, c, 0, i->capacity, out, err);

	if (rc != QL_OK)
		return rc;
	(*out)->body_name = strdup(i->body_name);
	(*out)->body_mail = strdup(i->body_mail);
	(*out)->weight = 0;
	(*out)->state = PARTY_WORKING;
	promise_party_end(cb, c, (*out)->seq, CLOCK_JOINT_ACCEPT, CLOCK_STOPPED);
	if ((*out)->body_name == NULL || (*out)->body_mail == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a party");
	return promise_party(cb, c, *out, CLOCK_JOINT_RESULT, cb->now, err);
}

enum ql_rc casebook_invite(struct casebook *cb, struct case_file *c, const struct actor *who, const struct invitation *i, int *seq, struct ql_err *err)
{
	const struct words w = { i->wanted.text, "parties", NULL, i->wanted.language, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	const struct case_party *by = NULL;
	struct case_party *p = NULL;
	enum ql_rc rc = step_begin(&s, ACT_INVITE, err);

	if (rc == QL_OK)
		rc = check_inviter(cb, c, who, i, &by, err);
	if (rc == QL_OK)
		rc = check_invited(cb, c, i, err);
	if (rc == QL_OK)
		rc = i->unit != 0 ? party_ask(cb, c, i->unit, i->capacity, &p, err) : ask_body(cb, c, i, &p, err);
	if (rc != QL_OK)
		return rc;
	snprintf(p->capacity, sizeof(p->capacity), "%s", i->capacity);
	p->invited_by = by != NULL ? by->seq : 0;
	p->wanted = c->version + 1;
	p->dirty = true;
	as.party = *seq = p->seq;
	put_party(cb, unit_data(cb), p);
	rc = step_finish(&s, err);
	if (rc == QL_OK && p->unit == 0)
		stage_message(cb, c, "mail", &(struct message_made){ .action = ACT_INVITE, .recipient = p->body_mail });
	return rc;
}

enum ql_rc casebook_party_assign(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const struct assignment *a, struct ql_err *err)
{
	const struct words w = { a->reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = begin(&s, seq, ACT_PARTY_ASSIGN, &p, err);

	if (rc == QL_OK && p->unit == 0)
		rc = ql_reject(err, "/party", "has no account: nobody there can be given it");
	if (rc == QL_OK && party_recused(c, a->coordinator))
		rc = ql_reject(err, "/coordinator", "is recused from case %s", c->number);
	if (rc == QL_OK && (a->coordinator == c->coordinator || a->coordinator == p->coordinator))
		rc = ql_reject(err, "/coordinator", "has a part in case %s already", c->number);
	if (rc != QL_OK)
		return rc;
	party_free_officer(cb, p);
	p->state = PARTY_INVITED;
	p->coordinator = a->coordinator;
	p->accepted_at = 0;
	rc = accept_anew(cb, c, p, CLOCK_MET, err); /* the unit has found somebody: now that officer must accept */
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	put_party(cb, b, p);
	ql_json_i64(b, "coordinator", a->coordinator);
	ql_json_raw(b, "why", a->why_json);
	rc = step_finish(&s, err);
	stage_access(cb, c, a->coordinator_unit);
	return rc;
}

enum ql_rc casebook_party_accept(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	struct case_party *p;
	enum ql_rc rc = begin(&s, seq, ACT_PARTY_ACCEPT, &p, err);

	if (rc == QL_OK && p->state != PARTY_INVITED)
		rc = ql_fail(err, QL_CONFLICT, "that part is accepted already");
	if (rc != QL_OK)
		return rc;
	p->state = PARTY_WORKING;
	p->accepted_at = cb->now;
	p->dirty = true;
	promise_party_end(cb, c, seq, CLOCK_JOINT_ACCEPT, CLOCK_MET);
	rc = promise_party(cb, c, p, CLOCK_JOINT_RESULT, p->since, err); /* counted from when it was asked: accepting late gains nothing */
	if (rc != QL_OK)
		return rc;
	put_party(cb, unit_data(cb), p);
	return step_finish(&s, err);
}

enum ql_rc casebook_party_refuse(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = begin(&s, seq, ACT_PARTY_REFUSE, &p, err);
	const bool officer = who->role == ROLE_COORDINATOR;

	if (rc != QL_OK)
		return rc;
	as.party = seq;
	struct ql_buf *b = unit_data(cb);

	put_party(cb, b, p);
	ql_json_text(b, "by", officer ? "officer" : "unit");
	if (officer)
		rc = party_wait_again(cb, c, p, true, err);
	else
		party_end(cb, c, p, PARTY_REFUSED);
	if (rc == QL_OK)
		rc = step_finish(&s, err);
	if (!officer)
		stage_leave(cb, c);
	return rc;
}

/* What a party writes in its own part. */
static enum ql_rc write_part(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, enum case_action action, const char *text,
                             struct ql_err *err)
{
	const struct words w = { text, "parties", NULL, NULL, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = begin(&s, seq, action, &p, err);

	if (rc == QL_OK && p->state != PARTY_WORKING)
		rc = ql_fail(err, QL_CONFLICT, "accept the part first");
	if (rc != QL_OK)
		return rc;
	as.party = seq;
	p->dirty = true;
	if (action == ACT_CONTRIBUTE) {
		p->contribution = c->version + 1;
	} else {
		p->result = c->version + 1;
		party_end(cb, c, p, PARTY_DONE);
	}
	put_party(cb, unit_data(cb), p);
	return step_finish(&s, err);
}

enum ql_rc casebook_party_contribute(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *text, struct ql_err *err)
{
	return write_part(cb, c, seq, who, ACT_CONTRIBUTE, text, err);
}

enum ql_rc casebook_party_done(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *result, struct ql_err *err)
{
	return write_part(cb, c, seq, who, ACT_PARTY_DONE, result, err);
}

enum ql_rc casebook_party_withdraw(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = begin(&s, seq, ACT_PARTY_WITHDRAW, &p, err);

	if (rc != QL_OK)
		return rc;
	put_party(cb, unit_data(cb), p);
	party_end(cb, c, p, PARTY_WITHDRAWN);
	rc = step_finish(&s, err);
	stage_leave(cb, c);
	return rc;
}

enum ql_rc casebook_party_overdue(struct casebook *cb, struct case_file *c, int clock_seq, const char *why, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, NULL, NULL, "parties" };
	struct case_party *p = NULL;
	int seq = 0;

	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].seq == clock_seq)
			seq = c->clock[i].party;
	p = party_at(c, seq);
	if (p == NULL || p->state != PARTY_INVITED || p->coordinator == 0)
		return casebook_escalate(cb, c, why, err);
	enum ql_rc rc = begin(&s, seq, ACT_PARTY_NOT_ACCEPTED, &p, err);

	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	put_party(cb, b, p);
	ql_json_i64(b, "coordinator", p->coordinator);
	rc = party_wait_again(cb, c, p, true, err);
	return rc == QL_OK ? step_finish(&s, err) : rc;
}
