/* recuse.c -- a person may have no part in a case: out of every place in it, at once and for good. The reason stays with the unit. */
#include <stdlib.h>
#include "casebook/party_int.h"

static enum ql_rc check(const struct casebook *cb, const struct case_file *c, const struct actor *who, const struct leaver *r, struct ql_err *err)
{
	if (r->coordinator == 0)
		return ql_reject(err, "/coordinator", "is nobody");
	if (who->role == ROLE_COORDINATOR && r->coordinator != who->id)
		return ql_fail(err, QL_CONFLICT, "a coordinator withdraws himself; for others a supervisor decides");
	if (who->role == ROLE_SUPERVISOR && !party_over(cb, who, r->unit) && !party_over(cb, who, c->lead_unit))
		return ql_fail(err, QL_CONFLICT, "only a supervisor above that person, or above the lead, may do that");
	if (party_recused(c, r->coordinator))
		return ql_fail(err, QL_CONFLICT, "that person is recused from case %s already", c->number);
	if (c->n_recused == CASE_RECUSED)
		return ql_reject(err, "/coordinator", "%d persons are recused from case %s, no more fit", CASE_RECUSED, c->number);
	if (is_blank(r->reason))
		return ql_reject(err, "/reason", "is missing: say why; it stays with the unit");
	return QL_OK;
}

static enum ql_rc leave_parts(struct casebook *cb, struct case_file *c, int64_t person, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int i = 0; rc == QL_OK && i < c->n_parties; i++) {
		struct case_party *p = &c->party[i];

		if (p->asked == person)
			p->asked = 0, p->dirty = true;
		if (!p->lead && p->coordinator == person && (p->state == PARTY_INVITED || p->state == PARTY_WORKING))
			rc = party_wait_again(cb, c, p, false, err);
	}
	return rc;
}

enum ql_rc casebook_recuse(struct casebook *cb, struct case_file *c, const struct actor *who, const struct leaver *r, struct ql_err *err)
{
	const bool leads = c->coordinator == r->coordinator;
	const struct words w = { r->reason, "unit", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = check(cb, c, who, r, err);

	if (rc == QL_OK)
		rc = step_begin(&s, leads && lifecycle_is_open(c->state) ? ACT_RECUSE_LEAD : ACT_RECUSE, err);
	if (rc == QL_OK)
		rc = leave_parts(cb, c, r->coordinator, err);
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "coordinator", r->coordinator);
	rc = step_finish(&s, err);
	if (leads) {
		c->coordinator = 0;
		free(c->why);
		c->why = NULL;
		party_follow_lead(cb, c);
	}
	if (c->first_asked == r->coordinator)
		c->first_asked = 0;
	c->recused[c->n_recused++] = r->coordinator;
	stage_recused(cb, c, r->coordinator);
	stage_leave(cb, c);
	return rc;
}
