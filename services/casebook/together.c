/* together.c -- what several do on one case: meetings and their minutes, tasks, visits of two officers. They change nothing but
 * themselves; each step is a row of the journal like everything else. */
#include "casebook/party_int.h"

/* The lead or a party that works, by its officer or by a supervisor above it. */
static enum ql_rc has_part(const struct casebook *cb, const struct case_file *c, const struct actor *who, struct ql_err *err)
{
	bool part = party_leads(cb, c, who);

	for (int i = 0; i < c->n_parties && !part; i++) {
		const struct case_party *p = &c->party[i];

		if (p->lead || p->unit == 0 || (p->state != PARTY_WORKING && p->state != PARTY_INVITED))
			continue;
		part = who->role == ROLE_COORDINATOR ? p->coordinator == who->id : party_over(cb, who, p->unit);
	}
	return part ? QL_OK : ql_fail(err, QL_CONFLICT, "only whoever has a part in case %s may do that", c->number);
}

static enum ql_rc begin(struct step *s, enum case_action action, struct ql_err *err)
{
	enum ql_rc rc = step_begin(s, action, err);

	return rc == QL_OK ? has_part(s->cb, s->c, s->who, err) : rc;
}

/* --- meetings --- */

static enum ql_rc check_units(struct case_file *c, const struct meeting *m, struct ql_err *err)
{
	for (size_t i = 0; i < m->n_units; i++)
		if (party_of_unit(c, m->units[i]) == NULL)
			return ql_reject(err, "/units", "names a unit that has no part in case %s: invite it first", c->number);
	return QL_OK;
}

enum ql_rc casebook_call_meeting(struct casebook *cb, struct case_file *c, const struct actor *who, const struct meeting *m, struct ql_err *err)
{
	const char *audience = m->with_enterprise ? "public" : "parties";
	const struct words w = { m->text, audience, NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, audience };
	enum ql_rc rc = begin(&s, ACT_MEET, err);

	if (rc == QL_OK)
		rc = check_units(c, m, err);
	if (rc == QL_OK && is_blank(m->place))
		rc = ql_reject(err, "/place", "is missing: a room, a number, an address of a conference");
	if (rc == QL_OK && m->at <= cb->now)
		rc = ql_reject(err, "/at", "is past");
	if (rc == QL_OK && m->with_enterprise && is_blank(m->text))
		rc = ql_reject(err, "/text", "this needs words: the enterprise reads them");
	if (rc != QL_OK)
		return rc;
	ql_json_time(unit_data(cb), "meeting_at", m->at);
	rc = step_finish(&s, err);
	stage_meeting(cb, c, m);
	return rc;
}

static enum ql_rc check_tasks(const struct casebook *cb, const struct case_file *c, const struct task *tasks, size_t n, struct ql_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (is_blank(tasks[i].text))
			return ql_reject(err, "/text", "is missing: say what is to be done");
		if (reference_unit(cb->ref, tasks[i].unit) == NULL)
			return ql_reject(err, "/unit", "is no unit: a task is somebody's");
		if (tasks[i].owner != 0 && party_recused(c, tasks[i].owner))
			return ql_reject(err, "/owner", "is recused from case %s", c->number);
		if (tasks[i].due_at <= cb->now)
			return ql_reject(err, "/due_at", "is past");
	}
	return QL_OK;
}

enum ql_rc casebook_minutes(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t meeting, const struct words *w,
                            const struct task *tasks, size_t n, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, w->audience };
	enum ql_rc rc = begin(&s, ACT_MINUTES, err);

	if (rc == QL_OK && !words_audience_known(w->audience))
		rc = ql_reject(err, "/audience", "must be public, parties or unit");
	if (rc == QL_OK)
		rc = check_tasks(cb, c, tasks, n, err);
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "meeting", meeting);
	ql_json_i64(&cb->data, "tasks", (int64_t)n);
	rc = step_finish(&s, err);
	stage_minutes(cb, c, meeting);
	for (size_t i = 0; i < n; i++)
		stage_task(cb, c, (int)i + 1, meeting, &tasks[i]);
	return rc;
}

/* --- tasks --- */

enum ql_rc casebook_task_add(struct casebook *cb, struct case_file *c, const struct actor *who, const struct task *task, struct ql_err *err)
{
	const struct words w = { task->text, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = begin(&s, ACT_TASK_ADD, err);

	if (rc == QL_OK)
		rc = check_tasks(cb, c, task, 1, err);
	if (rc != QL_OK)
		return rc;
	ql_json_time(unit_data(cb), "due_at", task->due_at);
	rc = step_finish(&s, err);
	stage_task(cb, c, 1, 0, task);
	return rc;
}

enum ql_rc casebook_task_done(struct casebook *cb, struct case_file *c, const struct actor *who, const struct task_id *id, bool done, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = step_begin(&s, done ? ACT_TASK_DONE : ACT_TASK_UNDO, err);

	if (rc == QL_OK && (id->owner == 0 || who->role != ROLE_COORDINATOR || id->owner != who->id)) /* one's own task needs no part */
		rc = has_part(cb, c, who, err);
	if (rc == QL_OK && id->done == done)
		rc = ql_fail(err, QL_CONFLICT, "that task is %s already", done ? "done" : "open");
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "added", id->version);
	ql_json_i64(&cb->data, "item", id->seq);
	rc = step_finish(&s, err);
	stage_task_done(cb, c, id, done ? cb->now : 0, who->user);
	return rc;
}

/* --- visits --- */

enum ql_rc casebook_plan_visit(struct casebook *cb, struct case_file *c, const struct actor *who, const struct visit *v, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = begin(&s, ACT_VISIT, err);

	if (rc == QL_OK && (v->first == 0 || party_recused(c, v->first)))
		rc = ql_reject(err, "/first", "is nobody who may go, or is recused from case %s", c->number);
	if (rc == QL_OK && (v->second == 0 || party_recused(c, v->second)))
		rc = ql_reject(err, "/second", "is nobody who may go, or is recused from case %s", c->number);
	if (rc == QL_OK && v->first == v->second)
		rc = ql_reject(err, "/second", "is the first one: on-site work takes two officers");
	if (rc == QL_OK && is_blank(v->place))
		rc = ql_reject(err, "/place", "is missing");
	if (rc == QL_OK && v->at <= cb->now)
		rc = ql_reject(err, "/at", "is past");
	if (rc != QL_OK)
		return rc;
	ql_json_time(unit_data(cb), "visit_at", v->at);
	ql_json_i64(&cb->data, "first", v->first);
	ql_json_i64(&cb->data, "second", v->second);
	rc = step_finish(&s, err);
	stage_visit(cb, c, v);
	return rc;
}

enum ql_rc casebook_visit_result(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t visit, const char *text, struct ql_err *err)
{
	const struct words w = { text, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = begin(&s, ACT_VISIT_RESULT, err);

	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "visit", visit);
	rc = step_finish(&s, err);
	stage_visit_result(cb, c, visit);
	return rc;
}
