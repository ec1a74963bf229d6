#include "casebook/step_int.h"
#include <stdio.h>
#include "domain/timefmt.h"

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
	if (outcome_needs_words(outcome) && is_blank(words))
		return ql_reject(err, "/reason", "%s needs words: say why", case_outcome_name(outcome));
	return QL_OK;
}

/* What is solved is solved for all: an officer who answers while others still work on it says so. */
static enum ql_rc check_parties(const struct case_file *c, enum case_outcome outcome, struct ql_err *err)
{
	const int open = casebook_parties_open(c);

	if (outcome != OUTCOME_SOLVED || open == 0 || c->despite_parties)
		return QL_OK;
	return ql_reject(err, "/despite_open_parties", "%d %s given no result yet: wait, or answer with despite_open_parties", open,
	                 open == 1 ? "party has" : "parties have");
}

enum ql_rc casebook_answer(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, int32_t department, bool close,
                           enum case_outcome outcome, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	const struct unit *by = reference_unit(cb->ref, department);
	enum ql_rc rc = step_begin(&s, close ? ACT_ANSWER_AND_CLOSE : ACT_ANSWER, err);

	if (rc == QL_OK && (s.rule->needs & NEED_DEPARTMENT) && by == NULL)
		rc = ql_reject(err, "/department", "names no unit: a result says which department gave it");
	if (rc == QL_OK)
		rc = check_outcome(outcome, w->text, err);
	if (rc == QL_OK)
		rc = check_parties(c, outcome, err);
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
	return step_finish(&s, err);
}

enum ql_rc casebook_close(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, enum case_outcome outcome,
                          const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	enum case_way way = WAY_DIRECT;
	enum ql_rc rc = step_begin(&s, how, err);

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
	return step_finish(&s, err);
}

enum ql_rc casebook_reopen(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "public", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	const ql_time window = reference_parameters(cb->ref)->reopen_days * QL_DAY;
	enum ql_rc rc = step_begin(&s, ACT_REOPEN, err);

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
	rc = step_finish(&s, err);
	party_follow_lead(cb, c);
	return rc;
}
