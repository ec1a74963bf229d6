/* second.c -- what can't be solved is explained, when a second person has read it: proposals, agreed to or given back. */
#include <string.h>
#include "casebook/step_int.h"

enum ql_rc second_propose(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const struct result *r, struct ql_err *err)
{
	const struct words proposed = { w->text, "parties", w->channel, w->language, 0 }; /* nothing is said to the enterprise yet */
	struct step s = { cb, c, who, NULL, &proposed, "parties" };
	const struct unit *by = reference_unit(cb->ref, r->department);
	enum ql_rc rc = step_begin(&s, ACT_PROPOSE, err);

	if (rc == QL_OK && by == NULL)
		rc = ql_reject(err, "/department", "names no unit: a result says which department gave it");
	if (rc == QL_OK)
		rc = settle_check(cb, c, r, w->text, "/text", err);
	if (rc == QL_OK)
		rc = step_check_public(cb, w->text, "/text", err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "outcome", case_outcome_name(r->outcome));
	ql_json_text(b, "department", by->code);
	ql_json_bool(b, "close", r->close);
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_proposal(cb, c, who, r, w->enterprise);
	return rc;
}

/* --- reading it --- */

static bool has_written(const struct actor *who, int64_t coordinator, const struct proposal *p)
{
	return (p->author_user != 0 && p->author_user == who->user) || (p->author.role == who->role && p->author.id == who->id)
	    || (p->author.role == ROLE_COORDINATOR && coordinator != 0 && p->author.id == coordinator);
}

/* Only while the case still stands where it was proposed: with the same officer, in the same round. */
static bool still_stands(const struct case_file *c, const struct proposal *p)
{
	return p->version != 0 && p->cycle == c->cycle && (p->author.role != ROLE_COORDINATOR || p->author.id == c->coordinator);
}

static enum ql_rc read_second(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t coordinator, struct proposal *p, struct ql_err *err)
{
	bool duty = false, recused = false;
	enum ql_rc rc = casestore_proposal(cb, c->id, p, err);

	if (rc == QL_OK)
		rc = casestore_second_reader(cb, c, coordinator, &duty, &recused, err);
	if (rc != QL_OK)
		return rc;
	if (!still_stands(c, p))
		return ql_fail(err, QL_CONFLICT, "case %s has no proposal to read", c->number);
	if (has_written(who, coordinator, p))
		return ql_fail(err, QL_CONFLICT, "whoever wrote it can't be its second reader");
	if (!duty)
		return ql_fail(err, QL_CONFLICT, "only a second reader of the unit of case %s may do that", c->number);
	if (recused)
		return ql_fail(err, QL_CONFLICT, "recused from an enterprise of case %s", c->number);
	return QL_OK;
}

enum ql_rc casebook_approve(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t coordinator, struct ql_err *err)
{
	struct proposal p = { 0 };
	enum ql_rc rc = read_second(cb, c, who, coordinator, &p, err);
	const struct words w = { p.text, "public", NULL, c->language, p.enterprise };
	const struct result r = { .outcome = OUTCOME_EXPLAINED, .department = p.department, .close = p.closes };
	struct step s = { cb, c, who, NULL, &w, "public" };

	if (rc == QL_OK)
		rc = step_begin(&s, p.closes ? ACT_APPROVE_AND_CLOSE : ACT_APPROVE, err);
	if (rc == QL_OK) {
		cb->origin.who = &p.author; /* the words stay those of who wrote them */
		rc = settle_answer(&s, &r, err);
	}
	if (rc == QL_OK)
		stage_proposal_settled(cb, c, p.version, "approved");
	proposal_free(&p);
	return rc;
}

enum ql_rc casebook_return(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t coordinator, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct proposal p = { 0 };
	enum ql_rc rc = read_second(cb, c, who, coordinator, &p, err);

	if (rc == QL_OK)
		rc = step_begin(&s, ACT_RETURN, err);
	if (rc == QL_OK) {
		ql_json_i64(unit_data(cb), "proposal", p.version);
		rc = step_finish(&s, err);
	}
	if (rc == QL_OK)
		stage_proposal_settled(cb, c, p.version, "returned");
	proposal_free(&p);
	return rc;
}
