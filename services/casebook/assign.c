#include "casebook/party_int.h"
#include <stdlib.h>
#include <string.h>

enum ql_rc casebook_assign(struct casebook *cb, struct case_file *c, const struct actor *who, const struct assignment *a, struct ql_err *err)
{
	const struct words w = { a->reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = step_begin(&s, ACT_ASSIGN, err);

	if (rc == QL_OK && party_recused(c, a->coordinator))
		rc = ql_reject(err, "/coordinator", "is recused from case %s", c->number);
	if (rc != QL_OK)
		return rc;
	if (c->coordinator != 0 && lifecycle_holds_load(c->state)) /* a supervisor takes it from someone */
		stage_load(cb, c->coordinator, -c->weight, 0);
	c->coordinator = a->coordinator;
	if (c->first_asked == 0)
		c->first_asked = a->coordinator;
	free(c->why);
	c->why = a->why_short != NULL ? strdup(a->why_short) : NULL;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "coordinator", a->coordinator);
	ql_json_raw(b, "why", a->why_json);
	rc = step_finish(&s, err);
	party_follow_lead(cb, c);
	stage_access(cb, c, a->coordinator_unit); /* drawn from elsewhere: whoever works it sees it */
	return rc;
}

enum ql_rc casebook_accept(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "public" };
	enum ql_rc rc = step_begin(&s, ACT_ACCEPT, err);

	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	rc = step_finish(&s, err);
	party_follow_lead(cb, c);
	return rc;
}

static void remember_tried(struct case_file *c)
{
	if (c->n_tried == CASE_TRIED) { /* all have been asked: begin again with the one who was asked longest ago */
		memmove(c->tried, c->tried + 1, sizeof(c->tried) - sizeof(c->tried[0]));
		c->n_tried--;
	}
	c->tried[c->n_tried++] = c->coordinator;
}

enum ql_rc unit_take_back(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason,
                          const char *removed_json, struct ql_err *err)
{
	const struct words w = { reason, "unit", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = step_begin(&s, how, err);

	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "coordinator", c->coordinator);
	if (removed_json != NULL)
		ql_json_raw(b, "removed_by", removed_json);
	rc = step_finish(&s, err);
	if (c->coordinator != 0)
		remember_tried(c);
	c->coordinator = 0;
	free(c->why);
	c->why = NULL;
	party_follow_lead(cb, c);
	return rc;
}

enum ql_rc casebook_unassign(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason, struct ql_err *err)
{
	return unit_take_back(cb, c, who, how, reason, NULL, err);
}

enum ql_rc casebook_waiting(struct casebook *cb, struct case_file *c, const char *why_json, const char *why_short, struct ql_err *err)
{
	free(c->why);
	c->why = why_short != NULL ? strdup(why_short) : NULL;
	ql_json_raw(unit_data(cb), "why", why_json);
	return step_record(cb, c, "waiting", err);
}
