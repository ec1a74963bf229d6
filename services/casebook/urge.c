/* urge.c -- how soon, and by whom: pressing on, a review of the routing, what the enterprise needs, the class of the case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/step_int.h"
#include "domain/timefmt.h"

enum ql_rc casebook_press_on(struct casebook *cb, struct case_file *c, const struct actor *who, const char *text, struct ql_err *err)
{
	const struct words w = { text, "public", NULL, NULL, who->id };
	struct step s = { cb, c, who, NULL, &w, "public" };
	const ql_time again = c->pressed_at + reference_parameters(cb->ref)->press_on_minutes * QL_MINUTE;
	enum ql_rc rc = step_begin(&s, ACT_PRESS_ON, err);
	char at[RFC3339_MAX];

	if (rc == QL_OK && c->pressed_at != 0 && cb->now < again) {
		rfc3339_format(again, BEIJING_OFFSET, at);
		rc = ql_fail(err, QL_CONFLICT, "its officer and the supervisor have been told; press on again from %s", at);
	}
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	c->pressed_at = cb->now;
	ql_json_i64(b, "coordinator", c->coordinator);
	ql_json_i64(b, "lead_unit", c->lead_unit); /* whose duty supervisor is told */
	return step_finish(&s, err);
}

enum ql_rc casebook_review(struct casebook *cb, struct case_file *c, const struct actor *who, const char *text, struct ql_err *err)
{
	const struct words w = { text, "public", NULL, NULL, who->id };
	struct step s = { cb, c, who, NULL, &w, "public" };
	const struct case_clock *k = promise_clock(c, CLOCK_REVIEW);
	enum ql_rc rc = step_begin(&s, ACT_REVIEW, err);

	if (rc == QL_OK && k != NULL && (k->state == CLOCK_RUNNING || k->state == CLOCK_PAUSED))
		rc = ql_fail(err, QL_CONFLICT, "a review of case %s is asked for already, the supervisor has it", c->number);
	if (rc != QL_OK)
		return rc;
	ql_json_i64(unit_data(cb), "lead_unit", c->lead_unit);
	return step_finish(&s, err);
}

enum ql_rc casebook_reviewed(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	const struct case_clock *k = promise_clock(c, CLOCK_REVIEW);
	enum ql_rc rc = step_begin(&s, ACT_REVIEWED, err);

	if (rc == QL_OK && (k == NULL || k->state != CLOCK_RUNNING))
		rc = ql_fail(err, QL_CONFLICT, "nobody asked for a review of case %s", c->number);
	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	return step_finish(&s, err);
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

enum ql_rc casebook_set_need(struct casebook *cb, struct case_file *c, const struct actor *who, ql_time by, const char *reason, struct ql_err *err)
{
	static const char *const REASONS[] = { "storage_free_end", "cut_off", "sailing", "line_stop", "other" };
	struct step s = { cb, c, who, NULL, NULL, "public" };
	enum ql_rc rc = step_begin(&s, ACT_SET_NEED, err);

	if (rc == QL_OK && by != 0 && (reason == NULL || !is_one_of(reason, REASONS, QL_LEN(REASONS))))
		rc = ql_reject(err, "/reason", "must be storage_free_end, cut_off, sailing, line_stop or other");
	if (rc == QL_OK && by != 0 && by <= cb->now)
		rc = ql_reject(err, "/needed_by", "lies in the past");
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_time(b, "was", c->needed_by);
	c->needed_by = by;
	snprintf(c->needed_reason, sizeof(c->needed_reason), "%s", by != 0 ? reason : "");
	ql_json_time(b, "needed_by", by);
	ql_json_text(b, "needed_reason", c->needed_reason);
	return step_finish(&s, err);
}

/* --- the class --- */

static enum ql_rc check_class(const struct casebook *cb, const struct classification *to, struct ql_err *err)
{
	static const char *const PRIORITIES[] = { "urgent", "high", "normal" };

	if (is_blank(to->category) && is_blank(to->priority) && is_blank(to->subject))
		return ql_reject(err, "/category", "say what changes: category, priority or subject");
	if (!is_blank(to->category) && reference_category(cb->ref, to->category) == NULL)
		return ql_reject(err, "/category", "is not a category");
	if (!is_blank(to->priority) && !is_one_of(to->priority, PRIORITIES, QL_LEN(PRIORITIES)))
		return ql_reject(err, "/priority", "must be urgent, high or normal");
	return is_blank(to->subject) ? QL_OK : step_check_public(cb, to->subject, "/subject", err);
}

static void put_change(struct ql_buf *b, const char *key, const char *was, const char *is)
{
	ql_json_open(b, key, '{');
	ql_json_text(b, "was", was);
	ql_json_text(b, "is", is);
	ql_json_close(b, '}');
}

static void change_word(struct ql_buf *b, const char *key, char *word, size_t size, const char *to)
{
	if (is_blank(to) || strcmp(word, to) == 0)
		return;
	put_change(b, key, word, to);
	snprintf(word, size, "%s", to);
}

enum ql_rc casebook_classify(struct casebook *cb, struct case_file *c, const struct actor *who, const struct classification *to, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = step_begin(&s, ACT_CLASSIFY, err);

	if (rc == QL_OK)
		rc = check_class(cb, to, err);
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	change_word(b, "category", c->category, sizeof(c->category), to->category);
	change_word(b, "priority", c->priority, sizeof(c->priority), to->priority);
	if (!is_blank(to->subject)) {
		free(c->subject);
		c->subject = strdup(to->subject);
		ql_json_text(b, "subject", to->subject);
	}
	rc = promise_better(cb, c, err);
	return rc == QL_OK ? step_finish(&s, err) : rc;
}
