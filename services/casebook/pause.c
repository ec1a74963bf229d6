/* pause.c -- pauses that people argue about: agreed on afterwards, contested by the enterprise, decided by a supervisor. */
#include <string.h>
#include "casebook/step_int.h"
#include "domain/timefmt.h"

static enum ql_rc check_since(const struct casebook *cb, const struct case_clock *k, ql_time since, struct ql_err *err)
{
	const ql_time began = k->segment[k->segments - 1].from;
	char text[RFC3339_MAX];

	if (since >= cb->now)
		return ql_reject(err, "/since", "must be past: from now on one asks the enterprise");
	if (since < began) {
		rfc3339_format(began, BEIJING_OFFSET, text);
		return ql_reject(err, "/since", "must not be before %s, when the clock was last set going", text);
	}
	if (k->breached_at != 0 && since < k->breached_at)
		return ql_reject(err, "/since", "must not be before the time limit passed: a broken promise is not mended by a pause");
	return QL_OK;
}

/* The promise of the next word stands still with the long one; it may have begun later. */
static enum ql_rc pause_since(struct casebook *cb, struct case_file *c, ql_time since, struct ql_err *err)
{
	static const enum clock_kind KINDS[] = { CLOCK_RESOLUTION, CLOCK_NEXT_UPDATE };
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(KINDS); i++) {
		struct case_clock *k = promise_clock(c, KINDS[i]);

		if (k == NULL || k->state != CLOCK_RUNNING)
			continue;
		const ql_time began = k->segment[k->segments - 1].from;
		const ql_time broken = k->breached_at > began ? k->breached_at : began;

		rc = promise_turn(cb, c, k, CLOCK_PAUSE, since > broken ? since : broken, err);
	}
	return rc;
}

enum ql_rc casebook_agree_pause(struct casebook *cb, struct case_file *c, const struct actor *who, ql_time since, const char *agreed_by, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	struct case_clock *k = promise_clock(c, CLOCK_RESOLUTION);
	enum ql_rc rc = step_begin(&s, ACT_AGREE_PAUSE, err);

	if (rc == QL_OK && is_blank(agreed_by))
		rc = ql_reject(err, "/agreed_by", "missing: say who agreed on the enterprise's side");
	if (rc == QL_OK && (k == NULL || k->state != CLOCK_RUNNING))
		rc = ql_fail(err, QL_CONFLICT, "the time limit of case %s does not run: there is nothing to pause", c->number);
	if (rc == QL_OK)
		rc = check_since(cb, k, since, err);
	if (rc != QL_OK)
		return rc;
	rc = pause_since(cb, c, since, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	ql_json_i64(b, "segment", k->segments);
	ql_json_time(b, "since", since);
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_ledger(cb, c, k, &(struct ledger_entry){ .kind = LEDGER_AGREEMENT, .who = who, .segment = k->segments, .agreed_by = agreed_by, .words = w->text });
	return rc;
}

static int latest_pause(const struct case_clock *k)
{
	int i = k != NULL ? k->segments : 0;

	while (i > 0 && k->segment[i - 1].run != CLOCK_PAUSE)
		i--;
	return i;
}

static enum ql_rc asked(struct casebook *cb, const struct case_file *c, struct ledger_entry *e, bool *found, struct ql_err *err)
{
	struct ql_buf text;

	ql_buf_init(&text, 4 * CASE_TEXT_MAX);
	enum ql_rc rc = casestore_asked(cb, c->id, LEDGER_CONTEST, e, &text, found, err);

	ql_buf_free(&text);
	return rc;
}

enum ql_rc casebook_contest_pause(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	struct case_clock *k = promise_clock(c, CLOCK_RESOLUTION);
	const int pause = latest_pause(k);
	struct ledger_entry e;
	bool found = false;
	enum ql_rc rc = step_begin(&s, ACT_CONTEST_PAUSE, err);

	if (rc == QL_OK && pause == 0)
		rc = ql_fail(err, QL_CONFLICT, "the time limit of case %s has never stood still: there is no pause to contest", c->number);
	if (rc == QL_OK)
		rc = asked(cb, c, &e, &found, err);
	if (rc == QL_OK && found)
		rc = ql_fail(err, QL_CONFLICT, "a pause of case %s is contested already: a supervisor decides", c->number);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	ql_json_i64(b, "segment", pause);
	ql_json_text(b, "to", told_name(TOLD_DUTY));
	rc = step_finish(&s, err);
	if (rc == QL_OK)
		stage_ledger(cb, c, k, &(struct ledger_entry){ .kind = LEDGER_CONTEST, .asked = true, .who = who, .segment = pause });
	return rc;
}

/* Of a clock that has ended only what was promised and whether it was kept is told anew. */
static void retell(struct casebook *cb, struct case_file *c, struct case_clock *k)
{
	const struct clock_policy rule = promise_rule(cb, k);

	if (promise_ticks(k)) {
		promise_time(cb, c, k);
		return;
	}
	const struct clock_reading r = clock_read(&rule, reference_calendar(cb->ref, k->calendar), k->segment, (size_t)k->segments, k->ended_at);

	k->dirty = true;
	if (r.rc != WORKTIME_OK || r.due == CLOCK_NEVER)
		return;
	k->due_at = r.due;
	if (k->breached_at == 0 && r.due < k->ended_at)
		k->breached_at = r.due;
}

/* Its time counts: the segment runs. A pause that still goes on is ended by the lifecycle's row. */
static enum ql_rc void_segment(struct casebook *cb, struct case_file *c, struct ledger_entry *e, struct ql_err *err)
{
	struct case_clock *k = promise_clock(c, CLOCK_RESOLUTION);

	if (k == NULL || k->seq != e->clock || e->segment > k->segments || k->segment[e->segment - 1].run != CLOCK_PAUSE)
		return ql_fail(err, QL_CONFLICT, "the contested pause of case %s is no longer there", c->number);
	if (c->state == CASE_WAITING_ENTERPRISE && e->segment != k->segments)
		return ql_fail(err, QL_CONFLICT, "case %s waits for the enterprise once more: decide on the earlier pause when that has ended", c->number);
	e->due_was = k->due_at;
	k->segment[e->segment - 1].run = CLOCK_RUN;
	k->cause[e->segment - 1].voided = true;
	retell(cb, c, k);
	return QL_OK;
}

enum ql_rc casebook_settle_pause(struct casebook *cb, struct case_file *c, const struct actor *who, bool stands, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	struct ledger_entry e;
	bool found = false;
	enum ql_rc rc = step_begin(&s, stands ? ACT_UPHOLD_PAUSE : ACT_VOID_PAUSE, err);

	if (rc == QL_OK)
		rc = asked(cb, c, &e, &found, err);
	if (rc == QL_OK && !found)
		rc = ql_fail(err, QL_CONFLICT, "no pause of case %s is contested", c->number);
	if (rc == QL_OK && !stands)
		rc = void_segment(cb, c, &e, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "contested", e.version);
	ql_json_i64(b, "segment", e.segment);
	rc = step_finish(&s, err);
	if (rc != QL_OK)
		return rc;
	e.due = promise_clock(c, CLOCK_RESOLUTION)->due_at;
	stage_ledger_settled(cb, c, &e, who, !stands);
	return QL_OK;
}
