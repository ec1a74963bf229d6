#include "casebook/step_int.h"
#include <stdio.h>
#include <string.h>
#include "domain/timefmt.h"

static void set_closed(struct casebook *cb, struct case_file *c, enum case_outcome outcome, enum case_way way)
{
	snprintf(c->outcome, sizeof(c->outcome), "%s", case_outcome_name(outcome));
	snprintf(c->closed_way, sizeof(c->closed_way), "%s", case_way_name(way));
	c->closed_at = cb->now;
}

/* What an outcome asks for besides words; a second reader is a step of its own that this table can't skip. */
enum ql_rc settle_check(const struct casebook *cb, const struct case_file *c, const struct result *r, const char *words, const char *field, struct ql_err *err)
{
	const int attempts = (int)reference_parameters(cb->ref)->call_back_attempts;

	if (outcome_needs_words(r->outcome) && is_blank(words))
		return ql_reject(err, field, "%s needs words: say why", case_outcome_name(r->outcome));
	if (r->outcome == OUTCOME_REFERRED && is_blank(r->referred_to))
		return ql_reject(err, "/to", "referred says to whom");
	if (r->outcome == OUTCOME_REFERRED && is_blank(r->referred_how))
		return ql_reject(err, "/how", "referred says how they are reached: a telephone number, an address");
	if (r->outcome == OUTCOME_UNREACHABLE && c->call_attempts < attempts)
		return ql_reject(err, "/outcome", "unreachable needs %d attempts to call, there were %d", attempts, c->call_attempts);
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

static void write_result(struct ql_buf *b, const struct result *r, const struct unit *by)
{
	if (by != NULL)
		ql_json_text(b, "department", by->code);
	ql_json_text(b, "outcome", case_outcome_name(r->outcome));
	if (r->outcome == OUTCOME_REFERRED) {
		ql_json_text(b, "referred_to", r->referred_to);
		ql_json_text(b, "referred_how", r->referred_how);
	}
}

enum ql_rc settle_answer(struct step *s, const struct result *r, struct ql_err *err)
{
	const struct unit *by = reference_unit(s->cb->ref, r->department);
	struct case_file *c = s->c;

	write_result(unit_data(s->cb), r, by);
	c->answered_at = s->cb->now;
	c->announced = 0;
	c->announced_at = 0;
	if (r->close)
		set_closed(s->cb, c, r->outcome, WAY_DIRECT);
	else
		snprintf(c->outcome, sizeof(c->outcome), "%s", case_outcome_name(r->outcome));
	return step_finish(s, err);
}

enum ql_rc casebook_answer_as(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const struct result *r, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	enum ql_rc rc;

	if (outcome_needs_second_reader(r->outcome) && lifecycle_next(c->procedure, c->state, ACT_PROPOSE, who->role) != NULL)
		return second_propose(cb, c, who, w, r, err);
	rc = step_begin(&s, r->close ? ACT_ANSWER_AND_CLOSE : ACT_ANSWER, err);
	if (rc == QL_OK && (s.rule->needs & NEED_DEPARTMENT) && reference_unit(cb->ref, r->department) == NULL)
		rc = ql_reject(err, "/department", "names no unit: a result says which department gave it");
	if (rc == QL_OK && outcome_needs_second_reader(r->outcome))
		rc = ql_reject(err, "/outcome", "%s needs a second reader, which this case has none of", case_outcome_name(r->outcome));
	if (rc == QL_OK)
		rc = settle_check(cb, c, r, w->text, "/text", err);
	if (rc == QL_OK)
		rc = check_parties(c, r->outcome, err);
	return rc == QL_OK ? settle_answer(&s, r, err) : rc;
}

enum ql_rc casebook_answer(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, int32_t department, bool close,
                           enum case_outcome outcome, struct ql_err *err)
{
	const struct result r = { .outcome = outcome, .department = department, .close = close };

	return casebook_answer_as(cb, c, who, w, &r, err);
}

enum ql_rc casebook_close_as(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const struct result *r,
                             const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	enum case_way way = WAY_DIRECT;
	enum ql_rc rc = step_begin(&s, how, err);

	if (rc == QL_OK && (s.rule->needs & NEED_OUTCOME)) {
		if (outcome_needs_second_reader(r->outcome))
			rc = ql_reject(err, "/outcome", "%s is an answer that a second person reads first: answer with it", case_outcome_name(r->outcome));
		else
			rc = settle_check(cb, c, r, reason, "/reason", err);
	}
	if (rc != QL_OK)
		return rc;
	if (!lifecycle_way(how, who->role, &way))
		return ql_fail(err, QL_FATAL, "%s does not close a case", case_action_name(how));
	struct ql_buf *b = unit_data(cb);

	set_closed(cb, c, r->outcome, way);
	write_result(b, r, NULL);
	ql_json_text(b, "way", c->closed_way);
	return step_finish(&s, err);
}

enum ql_rc casebook_close(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, enum case_outcome outcome,
                          const char *reason, struct ql_err *err)
{
	const struct result r = { .outcome = outcome };

	return casebook_close_as(cb, c, who, how, &r, reason, err);
}

/* The officer who had it is asked first; what was promised in the last round is written elsewhere. */
void settle_take_up(struct case_file *c)
{
	c->first_asked = c->coordinator != 0 ? c->coordinator : c->first_asked;
	c->coordinator = 0;
	c->n_tried = 0;
	c->cycle++;
	c->outcome[0] = c->closed_way[0] = '\0';
	c->closed_at = c->answered_at = c->announced_at = 0;
	c->announced = 0;
}

static enum ql_rc take_up(struct step *s, struct ql_err *err)
{
	struct ql_buf *b = unit_data(s->cb);
	enum ql_rc rc;

	ql_json_text(b, "outcome", s->c->outcome);
	ql_json_time(b, "closed_at", s->c->closed_at);
	settle_take_up(s->c);
	rc = step_finish(s, err);
	party_follow_lead(s->cb, s->c);
	return rc;
}

enum ql_rc casebook_object(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "public", NULL, NULL, who->id };
	struct step s = { cb, c, who, NULL, &w, "public" };
	enum ql_rc rc = step_begin(&s, ACT_OBJECT, err);

	if (rc != QL_OK)
		return rc;
	c->last_spoken_at = cb->now;
	return take_up(&s, err);
}

enum ql_rc casebook_reopen(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "public", NULL, NULL, who->role == ROLE_ENTERPRISE ? who->id : 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	const ql_time window = reference_parameters(cb->ref)->reopen_days * QL_DAY;
	enum case_outcome outcome;
	const bool anew = c->state == CASE_CLOSED && case_outcome_parse(c->outcome, &outcome) && outcome_begins_anew(outcome)
	               && lifecycle_next(c->procedure, c->state, ACT_REOPEN_ANEW, who->role) != NULL;
	enum ql_rc rc = step_begin(&s, anew ? ACT_REOPEN_ANEW : ACT_REOPEN, err);

	if (rc == QL_OK && (s.rule->needs & NEED_WINDOW) && cb->now - c->closed_at > window)
		rc = ql_fail(err, QL_CONFLICT, "case %s closed more than %lld days ago: raise a new one, it will be linked", c->number,
		             (long long)(window / QL_DAY));
	return rc == QL_OK ? take_up(&s, err) : rc;
}

/* --- closing by silence --- */

static const char *announcement(const struct case_file *c, ql_time until, char *text, size_t size)
{
	static const struct { const char *language, *words; } WORDS[] = {
		{ "zh", "协调事项 %s 已经答复。如到 %s 没有异议，将作为无异议办结；有异议请直接回复。" },
		{ "en", "Case %s has been answered. If we hear no objection by %s it will be closed; to object, just reply." },
		{ "ru", "По обращению %s дан ответ. Если до %s возражений не будет, оно будет закрыто; чтобы возразить, просто ответьте." },
	};
	char day[RFC3339_MAX];
	size_t i = QL_LEN(WORDS) - 1;

	while (i > 0 && strncmp(WORDS[i].language, c->language, 2) != 0)
		i--;
	date_format(beijing_day(until), day);
	snprintf(text, size, WORDS[i].words, c->number, day);
	return text;
}

enum ql_rc casebook_announce(struct casebook *cb, struct case_file *c, struct ql_err *err)
{
	const struct case_clock *k = promise_clock(c, CLOCK_CONFIRMATION);
	const bool late = k != NULL && k->due_at != 0 && k->due_at <= cb->now;
	char text[512];
	const struct words w = { announcement(c, k != NULL && !late ? k->due_at : cb->now + 3 * QL_DAY, text, sizeof(text)), "public", NULL, c->language, 0 };
	struct step s = { cb, c, &ACTOR_SYSTEM, NULL, &w, "public" };
	enum ql_rc rc;

	if (c->announced != 0)
		return QL_OK;
	rc = step_begin(&s, ACT_ANNOUNCE, err);
	if (rc != QL_OK)
		return rc;
	c->announced = c->version + 1;
	c->announced_at = stage_arrives(c->channel) ? cb->now : 0;
	unit_data(cb);
	rc = step_finish(&s, err);
	if (rc == QL_OK && late && c->announced_at != 0) /* told too late to close by it now: the time begins anew */
		rc = promise_apply(cb, c, &lifecycle_next(c->procedure, c->state, ACT_ANNOUNCED_LATE, ROLE_SYSTEM)->clocks, cb->now, err);
	return rc;
}

enum ql_rc casebook_close_silent(struct casebook *cb, struct case_file *c, bool *closed, struct ql_err *err)
{
	enum case_outcome outcome = OUTCOME_SOLVED;

	*closed = c->announced_at != 0;
	if (!case_outcome_parse(c->outcome, &outcome))
		outcome = OUTCOME_SOLVED;
	if (*closed)
		return casebook_close(cb, c, &ACTOR_SYSTEM, ACT_CLOSE_SILENT, outcome, NULL, err);
	if (c->announced == 0)
		return casebook_announce(cb, c, err);
	return casebook_escalate(cb, c, "confirmation:not_announced", err); /* it was said and has not arrived: somebody must call */
}
