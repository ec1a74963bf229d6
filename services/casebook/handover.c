/* handover.c -- the lead passes to another unit, or one's part to a colleague. Whoever has it keeps it until somebody takes it: at no
 * instant is a case nobody's, and no clock of the case stops for it. */
#include <stdlib.h>
#include "casebook/party_int.h"

#define REFUSALS_MOST 2  /* then the arbitration duty rules */
#define LEAD_RULED    -1 /* it has; that is final */

static struct case_party *asked_to_lead(struct case_file *c)
{
	for (int i = 0; i < c->n_parties; i++)
		if (c->party[i].asked_lead)
			return &c->party[i];
	return NULL;
}

static const char *code_of(const struct casebook *cb, int32_t unit)
{
	const struct unit *u = reference_unit(cb->ref, unit);

	return u != NULL ? u->code : NULL;
}

static void put_lead(struct casebook *cb, struct ql_buf *b, const struct case_file *c, const struct case_party *p)
{
	ql_json_text(b, "from", code_of(cb, c->lead_unit));
	ql_json_text(b, "unit", code_of(cb, p->unit));
	ql_json_i64(b, "party", p->seq);
}

/* --- to another unit --- */

static enum ql_rc check_hand_over(const struct casebook *cb, struct case_file *c, const struct actor *who, int32_t unit, struct ql_err *err)
{
	if (!party_leads(cb, c, who))
		return ql_fail(err, QL_CONFLICT, "only whoever leads case %s may hand it over", c->number);
	if (c->lead_refusals == LEAD_RULED)
		return ql_fail(err, QL_CONFLICT, "who leads case %s was ruled: only the arbitration duty changes it", c->number);
	if (c->lead_refusals >= REFUSALS_MOST)
		return ql_fail(err, QL_CONFLICT, "case %s waits for the ruling who leads it", c->number);
	if (asked_to_lead(c) != NULL)
		return ql_fail(err, QL_CONFLICT, "unit %s is asked to take case %s already", code_of(cb, asked_to_lead(c)->unit), c->number);
	if (reference_unit(cb->ref, unit) == NULL)
		return ql_reject(err, "/unit", "is no unit");
	if (unit == c->lead_unit)
		return ql_reject(err, "/unit", "leads case %s", c->number);
	return QL_OK;
}

static const char *capacity_of(const struct case_file *c, int32_t unit)
{
	return unit == c->home_unit ? "home" : unit == c->goods_unit ? "port" : "business";
}

enum ql_rc casebook_hand_over(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t unit, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = step_begin(&s, ACT_HAND_OVER, err);

	if (rc == QL_OK)
		rc = check_hand_over(cb, c, who, unit, err);
	if (rc == QL_OK)
		rc = party_ask(cb, c, unit, capacity_of(c, unit), &p, err); /* sees it at once; has its accept limit */
	if (rc == QL_OK)
		rc = promise_party(cb, c, p, CLOCK_JOINT_ACCEPT, cb->now, err);
	if (rc != QL_OK)
		return rc;
	p->asked_lead = p->dirty = true;
	p->wanted = p->wanted == 0 ? c->version + 1 : p->wanted;
	as.party = p->seq;
	put_lead(cb, unit_data(cb), c, p);
	return step_finish(&s, err);
}

/* Whoever was asked: an officer of that unit, or whom it has found; a supervisor above it. */
static bool may_answer(const struct casebook *cb, const struct case_party *p, const struct actor *who)
{
	return who->role == ROLE_COORDINATOR ? who->unit == p->unit || who->id == p->coordinator : party_over(cb, who, p->unit);
}

static enum ql_rc begin_answer(struct step *s, enum case_action action, struct case_party **out, struct ql_err *err)
{
	struct case_party *p = asked_to_lead(s->c);
	enum ql_rc rc = QL_OK;

	*out = p;
	if (p == NULL)
		rc = ql_fail(err, QL_CONFLICT, "no unit is asked to take case %s over", s->c->number);
	else if (!may_answer(s->cb, p, s->who))
		rc = ql_fail(err, QL_CONFLICT, "only unit %s may answer for itself", code_of(s->cb, p->unit));
	return rc == QL_OK ? step_begin(s, action, err) : rc;
}

int32_t casebook_lead_room(const struct case_file *c, int64_t coordinator)
{
	const struct case_party *p = asked_to_lead((struct case_file *)c);
	int32_t room = c->weight;

	if (p != NULL && coordinator != 0 && p->coordinator == coordinator)
		room -= p->weight; /* its part in it is part of the lead from then on */
	return room > 0 ? room : 0;
}

/* officer 0: the unit must find one. What the party's officer held goes into the lead, or back. */
static void move_lead(struct casebook *cb, struct case_file *c, struct case_party *p, int64_t officer)
{
	struct case_party *old = party_lead(c);

	if (old != NULL) {
		old->lead = old->asked_lead = false;
		old->asked = 0;
		old->state = PARTY_DONE;
		old->ended_at = cb->now;
		old->dirty = true;
		stage_lead_left(cb, c, old->seq);
	}
	if (p->coordinator != officer)
		party_free_officer(cb, p);
	else if (officer != 0 && p->weight > c->weight)
		stage_load(cb, officer, c->weight - p->weight, 0);
	promise_party_end(cb, c, p->seq, CLOCK_JOINT_ACCEPT, CLOCK_MET);
	promise_party_end(cb, c, p->seq, CLOCK_JOINT_RESULT, CLOCK_STOPPED);
	p->lead = p->dirty = true;
	p->asked_lead = false;
	p->asked = 0;
	p->state = PARTY_WORKING;
	p->ended_at = 0;
	c->lead_unit = p->unit;
	c->district = reference_unit(cb->ref, p->unit)->district;
	c->n_tried = 0;
	free(c->why);
	c->why = NULL;
}

/* Behind the journal row, which gives back what the officer held if the state holds load no more. */
static void set_officer(struct casebook *cb, struct case_file *c, int64_t officer)
{
	c->coordinator = officer;
	party_follow_lead(cb, c);
	stage_leave(cb, c);
}

enum ql_rc casebook_lead_accept(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	const int64_t officer = who->role == ROLE_COORDINATOR ? who->id : 0;
	struct case_party *p;
	enum ql_rc rc = begin_answer(&s, ACT_LEAD_ACCEPT, &p, err);

	if (rc == QL_OK && party_recused(c, officer))
		rc = ql_reject(err, "/coordinator", "is recused from case %s", c->number);
	if (rc != QL_OK)
		return rc;
	put_lead(cb, unit_data(cb), c, p);
	if (officer != 0) {
		ql_json_i64(&cb->data, "coordinator", officer);
		if (c->coordinator != 0)
			stage_load(cb, c->coordinator, -c->weight, 0);
	}
	move_lead(cb, c, p, officer);
	c->lead_refusals = 0;
	rc = step_finish(&s, err);
	set_officer(cb, c, officer);
	return rc;
}

enum ql_rc casebook_lead_refuse(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	static const struct lifecycle_clocks ARBITRATE = { .start = CLOCK_BIT(CLOCK_ARBITRATION) };
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	struct lifecycle_rule rule;
	struct case_party *p;
	enum ql_rc rc = begin_answer(&s, ACT_LEAD_REFUSE, &p, err);

	if (rc != QL_OK)
		return rc;
	as.party = p->seq;
	put_lead(cb, unit_data(cb), c, p);
	ql_json_i64(&cb->data, "refusals", ++c->lead_refusals);
	p->asked_lead = false;
	p->dirty = true;
	if (p->state == PARTY_INVITED) /* it was asked for nothing else */
		party_end(cb, c, p, PARTY_REFUSED);
	else
		promise_party_end(cb, c, p->seq, CLOCK_JOINT_ACCEPT, CLOCK_MET);
	if (c->lead_refusals >= REFUSALS_MOST) {
		rule = *s.rule;
		rule.event = "arbitration_asked";
		rule.clocks = ARBITRATE;
		s.rule = &rule;
	}
	rc = step_finish(&s, err);
	stage_leave(cb, c);
	return rc;
}

enum ql_rc casebook_rule(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t unit, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	const bool keeps = unit == c->lead_unit;
	struct case_party *p = party_lead(c);
	enum ql_rc rc = step_begin(&s, keeps ? ACT_RULE_KEEP : ACT_RULE, err);

	if (rc == QL_OK && c->lead_refusals < REFUSALS_MOST && c->lead_refusals != LEAD_RULED)
		rc = ql_fail(err, QL_CONFLICT, "case %s is not in arbitration: that takes %d refusals", c->number, REFUSALS_MOST);
	if (rc == QL_OK && reference_unit(cb->ref, unit) == NULL)
		rc = ql_reject(err, "/unit", "is no unit");
	if (rc == QL_OK && !keeps)
		rc = party_ask(cb, c, unit, capacity_of(c, unit), &p, err);
	if (rc != QL_OK)
		return rc;
	put_lead(cb, unit_data(cb), c, p);
	if (!keeps)
		move_lead(cb, c, p, 0);
	c->lead_refusals = LEAD_RULED;
	rc = step_finish(&s, err);
	if (!keeps)
		set_officer(cb, c, 0);
	return rc;
}

/* --- to a colleague --- */

static bool holds(const struct casebook *cb, const struct case_party *p, const struct actor *who)
{
	return who->role == ROLE_COORDINATOR ? p->coordinator == who->id : party_over(cb, who, p->unit);
}

static enum ql_rc find_part(struct case_file *c, int party, struct case_party **out, struct ql_err *err)
{
	struct case_party *p = party == 0 ? party_lead(c) : party_at(c, party);

	*out = p;
	if (p == NULL || p->coordinator == 0 || (p->state != PARTY_WORKING && p->state != PARTY_INVITED))
		return ql_reject(err, "/party", "is no part of case %s that somebody has", c->number);
	return QL_OK;
}

enum ql_rc casebook_pass_on(struct casebook *cb, struct case_file *c, int party, const struct actor *who, int64_t colleague, const char *reason,
                            struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct actor as = *who;
	struct step s = { cb, c, &as, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = step_begin(&s, ACT_PASS_ON, err);

	if (rc == QL_OK)
		rc = find_part(c, party, &p, err);
	if (rc == QL_OK && !holds(cb, p, who))
		rc = ql_fail(err, QL_CONFLICT, "only whoever has that part of case %s may pass it on", c->number);
	if (rc == QL_OK && (colleague == 0 || colleague == p->coordinator || party_recused(c, colleague)))
		rc = ql_reject(err, "/coordinator", "is not who can take it over");
	if (rc != QL_OK)
		return rc;
	p->asked = colleague;
	p->dirty = true;
	as.party = p->lead ? 0 : p->seq;
	ql_json_i64(unit_data(cb), "party", p->seq);
	ql_json_i64(&cb->data, "coordinator", colleague);
	return step_finish(&s, err);
}

int32_t casebook_part_room(const struct case_file *c, int party)
{
	const struct case_party *p = party == 0 ? party_lead((struct case_file *)c) : casebook_party(c, party);

	if (p == NULL || (p->lead && !lifecycle_holds_load(c->state)))
		return 0;
	return p->lead ? c->weight : p->weight;
}

static enum ql_rc take_lead(struct step *s, struct ql_err *err)
{
	struct case_file *c = s->c;

	if (lifecycle_holds_load(c->state))
		stage_load(s->cb, c->coordinator, -c->weight, 0);
	c->coordinator = s->who->id;
	free(c->why);
	c->why = NULL;
	enum ql_rc rc = step_finish(s, err);

	party_follow_lead(s->cb, c);
	return rc;
}

static enum ql_rc take_part(struct step *s, struct case_party *p, struct ql_err *err)
{
	party_free_officer(s->cb, p);
	p->coordinator = s->who->id;
	if (p->state == PARTY_INVITED) { /* taking it over is accepting it */
		p->state = PARTY_WORKING;
		p->accepted_at = s->cb->now;
		promise_party_end(s->cb, s->c, p->seq, CLOCK_JOINT_ACCEPT, CLOCK_MET);
		enum ql_rc rc = promise_party(s->cb, s->c, p, CLOCK_JOINT_RESULT, p->since, err);

		if (rc != QL_OK)
			return rc;
	}
	return step_finish(s, err);
}

enum ql_rc casebook_take_over(struct casebook *cb, struct case_file *c, int party, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	struct case_party *p;
	enum ql_rc rc = find_part(c, party, &p, err);

	if (rc == QL_OK && (p->asked == 0 || p->asked != who->id))
		rc = ql_fail(err, QL_CONFLICT, "nobody asked you to take case %s over", c->number);
	if (rc == QL_OK && party_recused(c, who->id))
		rc = ql_fail(err, QL_CONFLICT, "you are recused from case %s", c->number);
	if (rc == QL_OK)
		rc = step_begin(&s, p->lead ? ACT_TAKE_OVER : ACT_TAKE_PART, err);
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "party", p->seq);
	ql_json_i64(&cb->data, "coordinator", who->id);
	ql_json_i64(&cb->data, "from_coordinator", p->coordinator);
	p->asked = 0;
	rc = p->lead ? take_lead(&s, err) : take_part(&s, p, err);
	stage_access(cb, c, who->unit);
	stage_leave(cb, c);
	return rc;
}

enum ql_rc casebook_keep(struct casebook *cb, struct case_file *c, int party, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct case_party *p;
	enum ql_rc rc = step_begin(&s, ACT_KEEP, err);

	if (rc == QL_OK)
		rc = find_part(c, party, &p, err);
	if (rc == QL_OK && (p->asked == 0 || (p->asked != who->id && !holds(cb, p, who))))
		rc = ql_fail(err, QL_CONFLICT, "nobody is asked to take that part of case %s over, or not by you", c->number);
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "party", p->seq);
	ql_json_i64(&cb->data, "coordinator", p->asked);
	p->asked = 0;
	p->dirty = true;
	rc = step_finish(&s, err);
	stage_leave(cb, c);
	return rc;
}
