#include "casebook/step_int.h"
#include <stdio.h>

static void bring_need_nearer(struct case_file *c, const struct attachment *a)
{
	if (a->needed_by == 0 || (c->needed_by != 0 && c->needed_by <= a->needed_by))
		return;
	c->needed_by = a->needed_by;
	snprintf(c->needed_reason, sizeof(c->needed_reason), "%s", a->needed_reason != NULL ? a->needed_reason : "other");
}

/* An enterprise's words are a reply (they resume a case that waits for them); anything else is evidence put to the case. */
static enum ql_rc begin_attach(struct step *s, struct ql_err *err)
{
	const bool spoken = s->who->role == ROLE_ENTERPRISE && !is_blank(s->words->text);

	if (spoken && lifecycle_next(s->c->procedure, s->c->state, ACT_REPLY, ROLE_ENTERPRISE) != NULL)
		return step_begin(s, ACT_REPLY, err);
	s->rule = lifecycle_next(s->c->procedure, s->c->state, ACT_ATTACH, ROLE_SYSTEM);
	if (s->rule == NULL)
		return ql_fail(err, QL_CONFLICT, "nothing attaches to case %s while it is %s", s->c->number, case_state_name(s->c->state));
	return QL_OK;
}

enum ql_rc casebook_attach(struct casebook *cb, struct case_file *c, const struct actor *who, const struct attachment *a, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, &a->words, a->words.audience };
	enum ql_rc rc = begin_attach(&s, err);

	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	c->repeats += a->repeat;
	if (a->spoken_at > c->last_spoken_at)
		c->last_spoken_at = a->spoken_at;
	bring_need_nearer(c, a);
	ql_json_bool(b, "repeat", a->repeat);
	if (a->data_json != NULL)
		ql_json_raw(b, "message", a->data_json);
	rc = step_finish(&s, err);
	for (size_t i = 0; i < a->n_references; i++)
		stage_reference(cb, c, &a->references[i]);
	for (size_t i = 0; i < a->n_enterprises; i++)
		stage_enterprise(cb, c, &a->enterprises[i]);
	if (a->receipt != NULL && a->receipt[0] != '\0')
		stage_alias(cb, c, a->receipt);
	return rc;
}

static enum ql_rc link_one(struct casebook *cb, struct case_file *c, const struct case_file *other, const char *kind, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	struct ql_buf *b;

	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = c->state, .action = ACT_ATTACH, .to = c->state, .event = "linked" };
	b = unit_data(cb);
	ql_json_i64(b, "other", other->id);
	ql_json_text(b, "other_number", other->number);
	ql_json_text(b, "kind", kind);
	stage_link(cb, c, other->id, kind);
	return step_finish(&s, err);
}

enum ql_rc casebook_link(struct casebook *cb, struct case_file *c, struct case_file *other, const char *kind, const struct actor *who, struct ql_err *err)
{
	enum ql_rc rc = link_one(cb, c, other, kind, who, err);

	return rc == QL_OK ? link_one(cb, other, c, kind, who, err) : rc;
}

/* The heir's side of a merge or its undoing: its journal says what came or went. */
static enum ql_rc tell_heir(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, enum case_action as, const char *stayed,
                            struct ql_err *err)
{
	struct step s = { cb, heir, who, NULL, NULL, "parties" };
	struct ql_buf *b;

	s.rule = lifecycle_next(heir->procedure, heir->state, as, who->role);
	if (s.rule == NULL)
		return ql_fail(err, QL_CONFLICT, "%s is not possible while case %s is %s", case_action_name(as), heir->number, case_state_name(heir->state));
	b = unit_data(cb);
	ql_json_i64(b, "other", c->id);
	ql_json_text(b, "other_number", c->number);
	if (stayed != NULL)
		ql_json_raw(b, "stayed", stayed);
	return step_finish(&s, err);
}

enum ql_rc casebook_merge(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = step_begin(&s, ACT_MERGE, err);

	if (rc != QL_OK)
		return rc;
	if (heir == c || !lifecycle_is_open(heir->state))
		return ql_reject(err, "/into", "case %s can't take another one in while it is %s", heir->number, case_state_name(heir->state));
	struct ql_buf *b = unit_data(cb);

	snprintf(c->merged_state, sizeof(c->merged_state), "%s", case_state_name(c->state));
	c->merged_into = heir->id;
	c->closed_at = cb->now;
	ql_json_i64(b, "into", heir->id);
	ql_json_text(b, "into_number", heir->number);
	rc = step_finish(&s, err);
	stage_alias(cb, heir, c->number);
	stage_absorb(cb, heir, c);
	return rc == QL_OK ? tell_heir(cb, c, heir, who, ACT_ABSORB, NULL, err) : rc;
}

/* As it was before; the officer who had it must have room, and one who had only been asked is asked again. */
static enum ql_rc stand_again(struct step *s, struct lifecycle_rule *room, struct ql_err *err)
{
	struct case_file *c = s->c;
	const ql_time merged_at = c->closed_at;
	unsigned ended = (1u << CLOCK_KINDS) - 1;
	enum case_state before = CASE_RECEIVED;
	enum ql_rc rc;

	if (!case_state_parse(c->merged_state, &before) || before == CASE_ASSIGNED) {
		c->first_asked = c->coordinator != 0 ? c->coordinator : c->first_asked;
		c->coordinator = 0;
		before = CASE_RECEIVED;
	}
	rc = step_restore(s, before, room, err);
	ended &= ~CLOCK_BIT(CLOCK_ACCEPT);
	if (before != CASE_RECEIVED)
		ended &= ~CLOCK_BIT(CLOCK_UNASSIGNED);
	c->merged_into = 0;
	c->merged_state[0] = '\0';
	c->closed_at = 0;
	return rc == QL_OK ? promise_restore(s->cb, c, ended, merged_at, 0, err) : rc;
}

enum ql_rc casebook_unmerge(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct lifecycle_rule room;
	char stayed[STAYED_MAX];
	enum ql_rc rc = QL_OK;

	if (c->state != CASE_MERGED || c->merged_into != heir->id)
		return ql_reject(err, "/merged", "case %s was not merged into %s", c->number, heir->number);
	rc = step_begin(&s, ACT_UNMERGE, err);
	if (rc == QL_OK)
		rc = casestore_stayed(cb, heir->id, c->closed_at, stayed, err);
	if (rc == QL_OK)
		rc = stand_again(&s, &room, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "other", heir->id);
	ql_json_text(b, "other_number", heir->number);
	ql_json_raw(b, "stayed", stayed);
	rc = step_finish(&s, err);
	party_follow_lead(cb, c);
	stage_separate(cb, heir, c);
	return rc == QL_OK ? tell_heir(cb, c, heir, who, ACT_SEPARATE, stayed, err) : rc;
}
