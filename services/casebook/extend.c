/* extend.c -- more time for a promise: asked by the officer, granted by somebody else, told to the enterprise. */
#include <string.h>
#include "casebook/step_int.h"

/* What an officer may ask more time for; the other clocks are the administration's own, or the enterprise's. */
static struct case_clock *extensible(struct case_file *c, const char *name)
{
	static const enum clock_kind KINDS[] = { CLOCK_RESOLUTION, CLOCK_NEXT_UPDATE };

	for (size_t i = 0; i < QL_LEN(KINDS); i++)
		if (strcmp(name, clock_kind_name(KINDS[i])) == 0)
			return promise_clock(c, KINDS[i]);
	return NULL;
}

static struct case_clock *clock_by_seq(struct case_file *c, int seq)
{
	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].seq == seq)
			return &c->clock[i];
	return NULL;
}

/* A promise that was broken stays broken: then the enterprise is told the truth, not another date. */
static enum ql_rc still_whole(const struct casebook *cb, const struct case_file *c, const struct case_clock *k, struct ql_err *err)
{
	if (k == NULL || !promise_ticks(k))
		return ql_fail(err, QL_CONFLICT, "this clock of case %s does not run: there is nothing to extend", c->number);
	if (k->breached_at != 0 || (k->due_at != 0 && k->due_at <= cb->now))
		return ql_fail(err, QL_CONFLICT, "the time limit of case %s has passed: write to the enterprise instead", c->number);
	return QL_OK;
}

static enum ql_rc none_asked(struct casebook *cb, struct case_file *c, enum ledger_kind kind, const char *what, struct ql_err *err)
{
	struct ledger_entry e;
	struct ql_buf text;
	bool found;

	ql_buf_init(&text, 4 * CASE_TEXT_MAX);
	enum ql_rc rc = casestore_asked(cb, c->id, kind, &e, &text, &found, err);

	ql_buf_free(&text);
	return rc == QL_OK && found ? ql_fail(err, QL_CONFLICT, "%s of case %s waits for a decision already", what, c->number) : rc;
}

static enum ql_rc check_ask(const struct casebook *cb, const struct case_clock *k, int32_t amount, const char *words, struct ql_err *err)
{
	const struct policy *p = reference_policy(cb->ref, k->policy);
	const int32_t left = p->extension_most - k->extension;

	if (is_blank(words) || strlen(words) > CASE_TEXT_MAX)
		return ql_reject(err, "/words", "say in words for the enterprise why the promise moves");
	if (amount < 1 || amount > left)
		return ql_reject(err, "/amount", "must be 1 to %d %s: policy %s allows %d in all", left, clock_unit_name(p->rule.unit), p->code, p->extension_most);
	return QL_OK;
}

enum ql_rc casebook_ask_extension(struct casebook *cb, struct case_file *c, const struct actor *who, const char *clock, int32_t amount, const char *reason, const char *words, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct case_clock *k = extensible(c, clock);
	enum ql_rc rc = step_begin(&s, ACT_ASK_EXTENSION, err);

	if (rc == QL_OK && k == NULL)
		rc = ql_reject(err, "/clock", "is none of this case's that can be extended: resolution, next_update");
	if (rc == QL_OK)
		rc = still_whole(cb, c, k, err);
	if (rc == QL_OK)
		rc = check_ask(cb, k, amount, words, err);
	if (rc == QL_OK)
		rc = none_asked(cb, c, LEDGER_EXTENSION, "an extension", err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	ql_json_i64(b, "amount", amount);
	ql_json_text(b, "unit", clock_unit_name(reference_policy(cb->ref, k->policy)->rule.unit));
	ql_json_time(b, "due_at", k->due_at);
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_ledger(cb, c, k, &(struct ledger_entry){ .kind = LEDGER_EXTENSION, .asked = true, .who = who, .amount = amount, .words = words });
	return rc;
}

/* Warnings whose time is to come again come anew, under keys of a new round; nothing else was said that must be said again. */
static void rearm(struct casebook *cb, const struct case_file *c, struct case_clock *k)
{
	const struct clock_policy rule = promise_rule(cb, k);
	const struct clock_ladder ladder = promise_ladder(cb, c, k);

	for (int i = 0; i < rule.thresholds; i++) {
		const struct worktime_answer at = clock_fire_at(&rule, reference_calendar(cb->ref, k->calendar), &ladder, k->segment, (size_t)k->segments, i);

		if ((k->fired >> i & 1) != 0 && at.rc == WORKTIME_OK && at.value > cb->now)
			k->fired &= ~(UINT32_C(1) << i);
	}
	k->round++;
}

/* The officer's words, as they were asked for, go to the enterprise. */
static enum ql_rc grant(struct casebook *cb, struct case_file *c, const struct actor *who, struct ledger_entry *e, const char *text, struct ql_err *err)
{
	const struct words w = { text, "public", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	struct case_clock *k = clock_by_seq(c, e->clock);
	enum ql_rc rc = step_begin(&s, ACT_GRANT_EXTENSION, err);

	if (rc == QL_OK && who->user != 0 && who->user == e->user)
		rc = ql_fail(err, QL_CONFLICT, "who asked for an extension does not grant it: another supervisor decides");
	if (rc == QL_OK)
		rc = still_whole(cb, c, k, err);
	if (rc != QL_OK)
		return rc;
	e->due_was = k->due_at;
	k->extension += e->amount;
	rearm(cb, c, k);
	promise_time(cb, c, k);
	e->due = k->due_at;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	ql_json_i64(b, "amount", e->amount);
	ql_json_text(b, "unit", clock_unit_name(reference_policy(cb->ref, k->policy)->rule.unit));
	ql_json_i64(b, "asked", e->version);
	ql_json_time(b, "due_was", e->due_was);
	ql_json_time(b, "due_at", e->due);
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_ledger_settled(cb, c, e, who, true);
	return rc;
}

static enum ql_rc refuse(struct casebook *cb, struct case_file *c, const struct actor *who, const struct ledger_entry *e, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = step_begin(&s, ACT_REFUSE_EXTENSION, err);

	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "asked", e->version);
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_ledger_settled(cb, c, e, who, false);
	return rc;
}

static enum ql_rc decide(struct casebook *cb, struct case_file *c, const struct actor *who, bool granted, const char *reason, struct ql_err *err)
{
	const enum case_action action = granted ? ACT_GRANT_EXTENSION : ACT_REFUSE_EXTENSION;
	struct ledger_entry e;
	struct ql_buf text;
	bool found = false;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&text, 4 * CASE_TEXT_MAX);
	if (lifecycle_next(c->procedure, c->state, action, who->role) != NULL) /* else the step says why not */
		rc = casestore_asked(cb, c->id, LEDGER_EXTENSION, &e, &text, &found, err);
	if (rc == QL_OK && !found)
		rc = ql_fail(err, QL_CONFLICT, "no extension was asked for case %s, or you may not decide it", c->number);
	if (rc == QL_OK)
		rc = granted ? grant(cb, c, who, &e, text.data, err) : refuse(cb, c, who, &e, reason, err);
	ql_buf_free(&text);
	return rc;
}

enum ql_rc casebook_grant_extension(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err) { return decide(cb, c, who, true, NULL, err); }

enum ql_rc casebook_refuse_extension(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	return decide(cb, c, who, false, reason, err);
}
