/* amend.c -- what the case is about: enterprises and their roles, references. */
#include <stdio.h>
#include <string.h>
#include "casebook/step_int.h"

static bool is_role(const char *role)
{
	static const char *const ROLES[] = { "principal", "declarant", "raiser", "affected" };

	for (size_t i = 0; i < QL_LEN(ROLES); i++)
		if (strcmp(ROLES[i], role) == 0)
			return true;
	return false;
}

static enum ql_rc check_enterprise(const struct case_file *c, const struct enterprise_on *e, const char *role, struct ql_err *err)
{
	if (role != NULL && !is_role(role))
		return ql_reject(err, "/role", "must be principal, declarant, raiser or affected");
	if (!e->known)
		return ql_reject(err, "/enterprise", "is no enterprise we know");
	if (role == NULL && !e->on_case)
		return ql_reject(err, "/enterprise", "is not on case %s", c->number);
	if (e->id == c->principal && (role == NULL || strcmp(role, "principal") != 0))
		return ql_reject(err, "/enterprise", "is the principal: name another principal first");
	if (e->id == c->principal || (role != NULL && e->on_case && strcmp(e->role, role) == 0))
		return ql_reject(err, "/role", "it has that role already");
	if (role != NULL && !e->on_case && e->others >= CASE_ENTERPRISES)
		return ql_reject(err, "/enterprise", "case %s has %d enterprises, no more fit", c->number, CASE_ENTERPRISES);
	return QL_OK;
}

/* Its class of credit decides what is promised: the promise of a better one holds from the beginning, of a worse one nothing is taken. */
static enum ql_rc new_principal(struct casebook *cb, struct case_file *c, const struct enterprise_on *e, struct ql_err *err)
{
	if (c->principal != 0)
		stage_enterprise_role(cb, c, c->principal, "affected");
	c->principal = e->id;
	c->home_unit = e->home_unit != 0 ? e->home_unit : c->home_unit;
	snprintf(c->tier, sizeof(c->tier), "%s", e->tier);
	return promise_better(cb, c, err);
}

static void stage_change(struct casebook *cb, const struct case_file *c, const struct enterprise_on *e, const char *role)
{
	if (role == NULL)
		stage_enterprise_gone(cb, c, e->id);
	else if (e->on_case)
		stage_enterprise_role(cb, c, e->id, role);
	else
		stage_enterprise(cb, c, &(struct case_enterprise_in){ e->id, role });
}

enum ql_rc casebook_set_enterprise(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t enterprise, const char *role, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	struct enterprise_on e = { .id = enterprise };
	enum ql_rc rc = step_begin(&s, ACT_ENTERPRISES, err);

	if (rc == QL_OK)
		rc = casestore_enterprise(cb, c->id, &e, err);
	if (rc == QL_OK)
		rc = check_enterprise(c, &e, role, err);
	if (rc == QL_OK && role != NULL && strcmp(role, "principal") == 0)
		rc = new_principal(cb, c, &e, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "enterprise", e.id);
	ql_json_text(b, "was", e.on_case ? e.role : NULL);
	ql_json_text(b, "role", role);
	rc = step_finish(&s, err);
	stage_change(cb, c, &e, role);
	return rc;
}

enum ql_rc casebook_set_reference(struct casebook *cb, struct case_file *c, const struct actor *who, const struct case_reference_in *r, bool add, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	int on_case = 0;
	bool there = false;
	enum ql_rc rc = step_begin(&s, ACT_REFERENCES, err);

	if (rc == QL_OK)
		rc = casestore_reference(cb, c->id, r->type, r->value, &there, &on_case, err);
	if (rc == QL_OK && there == add)
		rc = ql_reject(err, "/value", add ? "is on case %s already" : "is not on case %s", c->number);
	if (rc == QL_OK && add && on_case >= CASE_REFERENCES)
		rc = ql_reject(err, "/value", "case %s has %d references, no more fit", c->number, CASE_REFERENCES);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, add ? "added" : "removed", r->value);
	ql_json_text(b, "type", r->type);
	ql_json_text(b, "given", r->given);
	ql_json_raw(b, "fault", r->fault_json);
	rc = step_finish(&s, err);
	if (add)
		stage_reference(cb, c, r);
	else
		stage_reference_gone(cb, c, r);
	return rc;
}
