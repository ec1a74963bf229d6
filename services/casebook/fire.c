#include "casebook/step_int.h"

static struct case_clock *clock_by_seq(struct case_file *c, int seq)
{
	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].seq == seq)
			return &c->clock[i];
	return NULL;
}

/* Whom it tells: the officer, if there is one, else the duty supervisor of the unit. */
static void write_told(const struct casebook *cb, const struct case_file *c, const struct case_clock *k, enum told_to told, struct ql_buf *b)
{
	const struct case_party *p = k->party != 0 ? casebook_party(c, k->party) : NULL;
	const int64_t officer = p != NULL ? p->coordinator : c->coordinator;
	const enum told_to to = told == TOLD_OFFICER && officer == 0 ? TOLD_DUTY : told;
	const struct unit *unit = reference_told(cb->ref, to, promise_unit(cb, c, k));

	ql_json_text(b, "to", told_name(to));
	ql_json_text(b, "to_unit", unit != NULL ? unit->code : NULL);
}

enum ql_rc casebook_fire(struct casebook *cb, struct case_file *c, int clock_seq, bool *fired, const char **threshold, struct ql_err *err)
{
	static _Thread_local char name[CLOCK_THRESHOLD_NAME];
	struct case_clock *k = clock_by_seq(c, clock_seq);

	*fired = false;
	*threshold = "";
	if (k == NULL || k->state != CLOCK_RUNNING || k->next_fire_at == 0 || k->next_fire_at > cb->now)
		return QL_OK; /* somebody fired it, or the clock was stopped or moved since it was seen due */
	const struct policy *p = reference_policy(cb->ref, k->policy);
	const struct clock_policy rule = promise_rule(cb, k);
	const struct clock_ladder ladder = promise_ladder(cb, c, k);
	const struct clock_fire next = clock_next_fire(&rule, reference_calendar(cb->ref, k->calendar), &ladder, k->segment, (size_t)k->segments, k->fired);

	if (next.rc != WORKTIME_OK || next.threshold < 0 || next.at > cb->now) { /* its calendar was corrected since: the row must stop looking due */
		promise_time(cb, c, k);
		return QL_OK;
	}
	const struct clock_threshold *mark = &p->rule.threshold[next.threshold];
	struct ql_buf *b = unit_data(cb);

	clock_threshold_name(mark, name);
	stage_fire(cb, c, k, next.threshold);
	k->fired |= 1u << next.threshold;
	if (mark->mark == CLOCK_MARK_BREACH)
		k->breached_at = k->due_at;
	promise_time(cb, c, k);
	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	if (k->party != 0)
		ql_json_i64(b, "party", k->party);
	ql_json_text(b, "threshold", name);
	ql_json_time(b, "due_at", k->due_at);
	write_told(cb, c, k, p->ladder[next.threshold], b);
	*fired = true;
	*threshold = name;
	return step_record(cb, c, mark->mark == CLOCK_MARK_BREACH ? "breached" : mark->mark == CLOCK_MARK_AFTER ? "late" : "warned", err);
}

enum ql_rc casebook_escalate(struct casebook *cb, struct case_file *c, const char *why, struct ql_err *err)
{
	ql_json_text(unit_data(cb), "why", why);
	return step_record(cb, c, "escalated", err);
}

enum ql_rc casebook_retime(struct casebook *cb, struct case_file *c, bool *changed, struct ql_err *err)
{
	*changed = false;
	for (int i = 0; i < c->n_clocks; i++) {
		struct case_clock *k = &c->clock[i];

		if (k->state != CLOCK_RUNNING || k->due_at != 0)
			continue;
		promise_time(cb, c, k);
		*changed = *changed || k->due_at != 0;
	}
	if (!*changed)
		return QL_OK;
	unit_data(cb);
	return step_record(cb, c, "promised", err);
}
