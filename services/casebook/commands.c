#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/unit_int.h"
#include "domain/timefmt.h"

struct ql_buf *unit_data(struct casebook *cb)
{
	ql_buf_reset(&cb->data);
	ql_json_open(&cb->data, NULL, '{');
	return &cb->data;
}

/* A command in the making: the row of the lifecycle that allows it, and what it carries. */
struct step {
	struct casebook *cb;
	struct case_file *c;
	const struct actor *who;
	const struct lifecycle_rule *rule;
	const struct words *words; /* NULL: nothing written */
	const char *audience;      /* of the journal row */
};

static bool blank(const char *text) { return text == NULL || text[strspn(text, " \t\r\n")] == '\0'; }

static enum ql_rc check_needs(const struct step *s, struct ql_err *err)
{
	const bool words = s->words != NULL && !blank(s->words->text);

	if ((s->rule->needs & NEED_LEAD) && s->who->role == ROLE_COORDINATOR && s->who->id != s->c->coordinator)
		return ql_fail(err, QL_CONFLICT, "only the officer who has case %s may do that", s->c->number);
	if ((s->rule->needs & NEED_WORDS) && !words)
		return ql_reject(err, "/text", "this needs words: say what and why");
	if (words && strlen(s->words->text) > CASE_TEXT_MAX)
		return ql_reject(err, "/text", "longer than %d bytes", CASE_TEXT_MAX);
	return QL_OK;
}

static enum ql_rc begin(struct step *s, enum case_action action, struct ql_err *err)
{
	s->rule = lifecycle_next(s->c->procedure, s->c->state, action, s->who->role);
	if (s->rule == NULL)
		return ql_fail(err, QL_CONFLICT, "%s is not possible for a %s while case %s is %s", case_action_name(action), case_role_name(s->who->role),
		               s->c->number, case_state_name(s->c->state));
	return check_needs(s, err);
}

/* Weight stands on a coordinator exactly while the state holds load: it is given back by whatever leaves such a state. */
static void give_back(struct step *s)
{
	struct case_file *c = s->c;

	if (c->coordinator != 0 && lifecycle_holds_load(c->state) && !lifecycle_holds_load(s->rule->to))
		stage_load(s->cb, c->coordinator, -c->weight, 0);
}

/* Moves the case along the row: state, clocks, journal, words. cb->data holds the row's facts, still open. */
static enum ql_rc finish(struct step *s, struct ql_err *err)
{
	struct case_file *c = s->c;
	enum ql_rc rc;

	give_back(s);
	c->state = s->rule->to;
	c->version++;
	c->dirty = true;
	rc = promise_apply(s->cb, c, &s->rule->clocks, s->cb->now, err);
	if (rc != QL_OK)
		return rc;
	ql_json_close(&s->cb->data, '}');
	if (!ql_buf_ok(&s->cb->data))
		return ql_reject(err, "", "more facts than a journal row holds (%d bytes)", DATA_BYTES_MAX);
	stage_journal(s->cb, c, s->who, s->rule->event, s->audience, s->words != NULL ? s->words->enterprise : 0);
	if (s->words == NULL || blank(s->words->text))
		return QL_OK;
	c->entries++;
	stage_entry(s->cb, c, s->who, s->words);
	if ((s->rule->needs & NEED_DELIVERY) && strcmp(s->words->audience, "public") == 0)
		stage_message(s->cb, c, c->channel);
	return QL_OK;
}

enum ql_rc casebook_assign(struct casebook *cb, struct case_file *c, const struct actor *who, const struct assignment *a, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = begin(&s, ACT_ASSIGN, err);

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
	ql_json_text(b, "reason", a->reason);
	ql_json_raw(b, "why", a->why_json);
	rc = finish(&s, err);
	stage_lead(cb, c);
	stage_access(cb, c, a->coordinator_unit); /* drawn from elsewhere: whoever works it sees it */
	return rc;
}

enum ql_rc casebook_accept(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "public" };
	enum ql_rc rc = begin(&s, ACT_ACCEPT, err);

	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	rc = finish(&s, err);
	stage_lead(cb, c);
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

enum ql_rc casebook_unassign(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "unit", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = begin(&s, how, err);

	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "coordinator", c->coordinator);
	rc = finish(&s, err);
	if (c->coordinator != 0)
		remember_tried(c);
	c->coordinator = 0;
	free(c->why);
	c->why = NULL;
	stage_lead(cb, c);
	return rc;
}

static bool audience_known(const char *audience)
{
	return audience != NULL && (strcmp(audience, "public") == 0 || strcmp(audience, "parties") == 0 || strcmp(audience, "unit") == 0);
}

enum ql_rc casebook_reply(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, w->audience };

	if (!audience_known(w->audience))
		return ql_reject(err, "/audience", "must be public, parties or unit");
	enum ql_rc rc = begin(&s, strcmp(w->audience, "public") == 0 ? ACT_REPLY : ACT_NOTE, err);

	if (rc != QL_OK)
		return rc;
	if (who->role == ROLE_ENTERPRISE)
		c->last_spoken_at = cb->now;
	ql_json_text(unit_data(cb), "audience", w->audience);
	return finish(&s, err);
}

enum ql_rc casebook_ask(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	enum ql_rc rc = begin(&s, ACT_ASK, err);

	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	return finish(&s, err);
}

enum ql_rc casebook_resume(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "public" };
	enum ql_rc rc = begin(&s, ACT_RESUME, err);

	if (rc != QL_OK)
		return rc;
	ql_json_text(unit_data(cb), "why", why);
	return finish(&s, err);
}

static void set_closed(struct casebook *cb, struct case_file *c, enum case_outcome outcome, enum case_way way)
{
	snprintf(c->outcome, sizeof(c->outcome), "%s", case_outcome_name(outcome));
	snprintf(c->closed_way, sizeof(c->closed_way), "%s", case_way_name(way));
	c->closed_at = cb->now;
}

/* What an outcome asks for besides words; a second reader is a step of its own that this table can't skip. */
static enum ql_rc check_outcome(enum case_outcome outcome, const char *words, struct ql_err *err)
{
	if (outcome_needs_second_reader(outcome))
		return ql_reject(err, "/outcome", "%s needs a second reader first", case_outcome_name(outcome));
	if (outcome_needs_words(outcome) && blank(words))
		return ql_reject(err, "/reason", "%s needs words: say why", case_outcome_name(outcome));
	return QL_OK;
}

enum ql_rc casebook_answer(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, int32_t department, bool close,
                           enum case_outcome outcome, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	const struct unit *by = reference_unit(cb->ref, department);
	enum ql_rc rc = begin(&s, close ? ACT_ANSWER_AND_CLOSE : ACT_ANSWER, err);

	if (rc == QL_OK && (s.rule->needs & NEED_DEPARTMENT) && by == NULL)
		rc = ql_reject(err, "/department", "names no unit: a result says which department gave it");
	if (rc == QL_OK)
		rc = check_outcome(outcome, w->text, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "department", by != NULL ? by->code : NULL);
	ql_json_text(b, "outcome", case_outcome_name(outcome));
	c->answered_at = cb->now;
	if (close)
		set_closed(cb, c, outcome, WAY_DIRECT);
	else
		snprintf(c->outcome, sizeof(c->outcome), "%s", case_outcome_name(outcome));
	return finish(&s, err);
}

enum ql_rc casebook_close(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, enum case_outcome outcome,
                          const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	enum case_way way = WAY_DIRECT;
	enum ql_rc rc = begin(&s, how, err);

	if (rc == QL_OK && (s.rule->needs & NEED_OUTCOME))
		rc = check_outcome(outcome, reason, err);
	if (rc != QL_OK)
		return rc;
	if (!lifecycle_way(how, who->role, &way))
		return ql_fail(err, QL_FATAL, "%s does not close a case", case_action_name(how));
	struct ql_buf *b = unit_data(cb);

	set_closed(cb, c, outcome, way);
	ql_json_text(b, "outcome", c->outcome);
	ql_json_text(b, "way", c->closed_way);
	return finish(&s, err);
}

enum ql_rc casebook_reopen(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "public", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	const ql_time window = reference_parameters(cb->ref)->reopen_days * QL_DAY;
	enum ql_rc rc = begin(&s, ACT_REOPEN, err);

	if (rc == QL_OK && (s.rule->needs & NEED_WINDOW) && cb->now - c->closed_at > window)
		rc = ql_fail(err, QL_CONFLICT, "case %s closed more than %lld days ago: raise a new one, it will be linked", c->number,
		             (long long)(window / QL_DAY));
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "outcome", c->outcome);
	ql_json_time(b, "closed_at", c->closed_at);
	c->first_asked = c->coordinator != 0 ? c->coordinator : c->first_asked; /* the officer who had it is asked first */
	c->coordinator = 0;
	c->n_tried = 0;
	c->cycle++;
	c->outcome[0] = c->closed_way[0] = '\0';
	c->closed_at = c->answered_at = 0;
	rc = finish(&s, err);
	stage_lead(cb, c);
	return rc;
}

enum ql_rc casebook_call_attempt(struct casebook *cb, struct case_file *c, const struct actor *who, const char *result, const char *note, struct ql_err *err)
{
	static const char *const RESULTS[] = { "reached", "no_answer", "busy", "wrong_number" };
	const struct words w = { note, "unit", "hotline", NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = begin(&s, ACT_CALL_ATTEMPT, err);
	size_t i = 0;

	while (i < QL_LEN(RESULTS) && (result == NULL || strcmp(RESULTS[i], result) != 0))
		i++;
	if (rc == QL_OK && i == QL_LEN(RESULTS))
		rc = ql_reject(err, "/result", "must be reached, no_answer, busy or wrong_number");
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	c->call_attempts++;
	ql_json_text(b, "result", result);
	ql_json_i64(b, "attempt", c->call_attempts);
	return finish(&s, err);
}

/* --- what intake does --- */

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
	const bool spoken = s->who->role == ROLE_ENTERPRISE && !blank(s->words->text);

	if (spoken && lifecycle_next(s->c->procedure, s->c->state, ACT_REPLY, ROLE_ENTERPRISE) != NULL)
		return begin(s, ACT_REPLY, err);
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
	rc = finish(&s, err);
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
	return finish(&s, err);
}

enum ql_rc casebook_link(struct casebook *cb, struct case_file *c, struct case_file *other, const char *kind, const struct actor *who, struct ql_err *err)
{
	enum ql_rc rc = link_one(cb, c, other, kind, who, err);

	return rc == QL_OK ? link_one(cb, other, c, kind, who, err) : rc;
}

enum ql_rc casebook_merge(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = begin(&s, ACT_MERGE, err);

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
	rc = finish(&s, err);
	stage_alias(cb, heir, c->number);
	return rc;
}

/* --- what clock does --- */

static enum ql_rc record(struct casebook *cb, struct case_file *c, const char *event, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, NULL, NULL, "parties" };

	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = c->state, .action = ACT_ESCALATE, .to = c->state, .event = event };
	return finish(&s, err);
}

static struct case_clock *clock_by_seq(struct case_file *c, int seq)
{
	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].seq == seq)
			return &c->clock[i];
	return NULL;
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
	const struct clock_fire next = clock_next_fire(&p->rule, reference_calendar(cb->ref, k->calendar), k->segment, (size_t)k->segments, k->fired);

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
	ql_json_text(b, "threshold", name);
	ql_json_time(b, "due_at", k->due_at);
	*fired = true;
	*threshold = name;
	return record(cb, c, mark->mark == CLOCK_MARK_BREACH ? "breached" : mark->mark == CLOCK_MARK_AFTER ? "late" : "warned", err);
}

enum ql_rc casebook_escalate(struct casebook *cb, struct case_file *c, const char *why, struct ql_err *err)
{
	ql_json_text(unit_data(cb), "why", why);
	return record(cb, c, "escalated", err);
}

enum ql_rc casebook_waiting(struct casebook *cb, struct case_file *c, const char *why_json, const char *why_short, struct ql_err *err)
{
	free(c->why);
	c->why = why_short != NULL ? strdup(why_short) : NULL;
	ql_json_raw(unit_data(cb), "why", why_json);
	return record(cb, c, "waiting", err);
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
	return record(cb, c, "promised", err);
}
