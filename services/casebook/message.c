/* message.c -- what became of words that were sent, and taking them back. */
#include <stdlib.h>
#include <string.h>
#include "casebook/step_int.h"

static const char *const STATE_NAMES[MESSAGE_STATES] = {
	[MESSAGE_QUEUED] = "queued", [MESSAGE_SENT] = "sent", [MESSAGE_DELIVERED] = "delivered", [MESSAGE_FAILED] = "failed",
	[MESSAGE_WINDOW_CLOSED] = "window_closed", [MESSAGE_WITHDRAWN] = "withdrawn",
};

const char *message_state_name(enum message_state state) { return STATE_NAMES[state]; }

bool message_state_parse(const char *name, enum message_state *state)
{
	for (int i = 0; i < MESSAGE_STATES; i++)
		if (strcmp(STATE_NAMES[i], name) == 0) {
			*state = (enum message_state)i;
			return true;
		}
	return false;
}

/* What hangs on the words of an action: their arrival, their loss, their taking back. CASE_ACTIONS: nothing of its own. */
static const struct hangs { enum case_action made_by, arrived, lost, undone; bool awaited; } HANGS[] = {
	{ ACT_ASK, ACT_ASK_ARRIVED, ACT_ASK_LOST, ACT_UNDO_ASK, true },
	{ ACT_ANSWER, ACT_ANSWER_ARRIVED, ACT_UNDELIVERED, ACT_UNDO_ANSWER, true },
	{ ACT_ANSWER_AND_CLOSE, CASE_ACTIONS, ACT_UNDELIVERED, ACT_UNDO_ANSWER, true },
	{ ACT_APPROVE, ACT_ANSWER_ARRIVED, ACT_UNDELIVERED, ACT_UNDO_ANSWER, true },
	{ ACT_APPROVE_AND_CLOSE, CASE_ACTIONS, ACT_UNDELIVERED, ACT_UNDO_ANSWER, true },
	{ ACT_ANNOUNCE, ACT_ANNOUNCED_LATE, CASE_ACTIONS, CASE_ACTIONS, false },
};

static const struct hangs *hangs_on(enum case_action made_by)
{
	static const struct hangs NOTHING = { CASE_ACTIONS, CASE_ACTIONS, CASE_ACTIONS, CASE_ACTIONS, false };

	for (size_t i = 0; i < QL_LEN(HANGS); i++)
		if (HANGS[i].made_by == made_by)
			return &HANGS[i];
	return &NOTHING;
}

bool message_is_awaited(enum case_action made_by) { return hangs_on(made_by)->awaited; }

static const struct lifecycle_rule *rule_of(const struct case_file *c, enum case_action action, enum case_role role)
{
	return action != CASE_ACTIONS ? lifecycle_next(c->procedure, c->state, action, role) : NULL;
}

const struct lifecycle_rule *message_arrival(const struct case_file *c, enum case_action made_by)
{
	return message_is_awaited(made_by) ? rule_of(c, hangs_on(made_by)->arrived, ROLE_SYSTEM) : NULL;
}

/* --- finding it --- */

static struct case_message *find(struct casebook *cb, const struct case_file *c, int32_t version, int seq)
{
	for (size_t i = 0; i < cb->n_messages; i++) {
		struct case_message *m = &cb->message[i];

		if (m->key.case_id == c->id && m->key.version == version && m->key.seq == seq)
			return m;
	}
	return NULL;
}

enum ql_rc casebook_load_messages(struct casebook *cb, const struct message_key *keys, size_t n, struct ql_err *err)
{
	return n > 0 ? casestore_messages(cb, keys, n, err) : QL_OK;
}

static enum ql_rc get(struct casebook *cb, const struct case_file *c, int32_t version, int seq, struct case_message **m, struct ql_err *err)
{
	const struct message_key key = { c->id, version, seq };
	enum ql_rc rc = QL_OK;

	*m = find(cb, c, version, seq);
	if (*m == NULL)
		rc = casestore_messages(cb, &key, 1, err);
	if (rc == QL_OK && *m == NULL)
		*m = find(cb, c, version, seq);
	if (rc == QL_OK && *m == NULL)
		rc = ql_reject(err, "/version", "case %s has no outgoing message %d.%d", c->number, version, seq);
	return rc;
}

/* --- delivery --- */

/* From which states a report moves a message, one bit a state: what is known already, or is a step back, moves nothing. */
#define FROM(state) (1u << (state))
static const struct { enum message_state to; unsigned from; } REPORTS[] = {
	[DELIVERY_SENT] = { MESSAGE_SENT, FROM(MESSAGE_QUEUED) },
	[DELIVERY_DELIVERED] = { MESSAGE_DELIVERED, FROM(MESSAGE_QUEUED) | FROM(MESSAGE_SENT) | FROM(MESSAGE_FAILED) | FROM(MESSAGE_WINDOW_CLOSED) },
	[DELIVERY_FAILED] = { MESSAGE_FAILED, FROM(MESSAGE_QUEUED) | FROM(MESSAGE_SENT) },
	[DELIVERY_WINDOW_CLOSED] = { MESSAGE_WINDOW_CLOSED, FROM(MESSAGE_QUEUED) | FROM(MESSAGE_SENT) },
};

static bool is_answer(enum case_action made_by) { return hangs_on(made_by)->undone == ACT_UNDO_ANSWER; }

static const struct lifecycle_rule *arrival_rule(const struct casebook *cb, struct case_file *c, const struct case_message *m)
{
	const struct hangs *h = hangs_on(m->action);
	const struct case_clock *k = promise_clock(c, CLOCK_CONFIRMATION);
	const bool late = m->action == ACT_ANNOUNCE && c->announced == m->key.version && k != NULL && k->due_at != 0 && k->due_at <= cb->now;
	const struct lifecycle_rule *rule = NULL;

	if (h->awaited ? c->awaited == m->key.version : late)
		rule = rule_of(c, h->arrived, ROLE_SYSTEM);
	return rule != NULL ? rule : rule_of(c, ACT_ARRIVED, ROLE_SYSTEM);
}

static const struct lifecycle_rule *loss_rule(const struct case_file *c, const struct case_message *m)
{
	const struct hangs *h = hangs_on(m->action);
	const struct lifecycle_rule *rule = h->awaited && c->awaited == m->key.version && m->others == 0 ? rule_of(c, h->lost, ROLE_SYSTEM) : NULL;

	return rule != NULL ? rule : rule_of(c, ACT_LOST, ROLE_SYSTEM);
}

static void write_facts(struct casebook *cb, const struct case_message *m, const char *failure)
{
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "entry", m->key.version);
	ql_json_i64(b, "seq", m->key.seq);
	ql_json_text(b, "delivery", message_state_name(m->state));
	if (failure != NULL)
		ql_json_text(b, "failure", failure);
}

static enum ql_rc arrived(struct casebook *cb, struct case_file *c, const struct case_message *m, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, arrival_rule(cb, c, m), NULL, "parties" };

	write_facts(cb, m, NULL);
	if (m->action == ACT_ANNOUNCE && c->announced == m->key.version)
		c->announced_at = cb->now;
	return step_finish(&s, err);
}

/* A result that did not arrive is none: the case finds an officer anew, the one who had it first. Promises to the enterprise that only these words kept were not kept. */
static enum ql_rc lost(struct casebook *cb, struct case_file *c, const struct case_message *m, const char *failure, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, loss_rule(c, m), NULL, "parties" };
	const bool again = s.rule->to == CASE_RECEIVED && !lifecycle_holds_load(c->state) && c->state != CASE_RECEIVED;
	enum ql_rc rc = QL_OK;

	write_facts(cb, m, failure);
	step_cause(&s);
	if (again)
		settle_take_up(c);
	if (m->others == 0 && lifecycle_is_open(s.rule->to))
		rc = promise_restore(cb, c, m->met, m->made_at, m->again, err);
	if (rc == QL_OK)
		rc = step_finish(&s, err);
	if (rc == QL_OK && again)
		party_follow_lead(cb, c);
	return rc;
}

/* Words that nobody can take back any more find the case for those outside too. */
static enum ql_rc found_by(struct casebook *cb, const struct case_file *c, const struct case_message *m, struct ql_err *err)
{
	struct entry_file e = { 0 };
	enum ql_rc rc = casestore_entries(cb, c->id, &m->key.version, 1, &e, err);

	if (rc == QL_OK && e.version != 0 && !e.moved)
		search_said(&cb->search, c->id, e.words.audience, e.words.enterprise, e.author.unit, e.text);
	free(e.text);
	return rc;
}

enum ql_rc casebook_delivery(struct casebook *cb, struct case_file *c, int32_t version, int seq, enum delivery what, const char *failure, struct ql_err *err)
{
	struct case_message *m;
	enum ql_rc rc = get(cb, c, version, seq, &m, err);

	if (rc != QL_OK || !(REPORTS[what].from & FROM(m->state)))
		return rc;
	if (m->state == MESSAGE_QUEUED && m->held_until > cb->now)
		return ql_fail(err, QL_CONFLICT, "message %d of case %s can still be taken back", version, c->number);
	if (m->state == MESSAGE_QUEUED && m->held_until != 0)
		rc = found_by(cb, c, m, err);
	if (rc != QL_OK)
		return rc;
	m->state = REPORTS[what].to;
	stage_message_changed(cb, m, failure);
	if (what == DELIVERY_SENT)
		return QL_OK;
	return what == DELIVERY_DELIVERED ? arrived(cb, c, m, err) : lost(cb, c, m, failure, err);
}

/* --- taking back --- */

enum ql_rc step_restore(struct step *s, enum case_state before, struct lifecycle_rule *room, struct ql_err *err)
{
	struct case_file *c = s->c;
	struct take take = { .coordinator = c->coordinator, .weight = c->weight, .taken = !lifecycle_holds_load(before) };
	enum ql_rc rc = QL_OK;

	*room = *s->rule;
	if (lifecycle_holds_load(before) && !lifecycle_holds_load(c->state) && c->coordinator != 0)
		rc = casebook_take(s->cb, &take, 1, err);
	if (rc != QL_OK)
		return rc;
	if (take.taken) {
		room->to = before == CASE_ASSIGNED ? CASE_WORKING : before; /* whoever acted has accepted */
		if (before != CASE_RECEIVED)
			room->clocks.start &= ~CLOCK_BIT(CLOCK_UNASSIGNED);
	} else {
		c->first_asked = c->coordinator != 0 ? c->coordinator : c->first_asked;
		c->coordinator = 0;
	}
	if (room->to != CASE_WAITING_ENTERPRISE) /* nobody looks for an officer on the enterprise's time */
		room->clocks.resume |= CLOCK_BIT(CLOCK_RESOLUTION) | CLOCK_BIT(CLOCK_NEXT_UPDATE);
	s->rule = room;
	return QL_OK;
}

static enum ql_rc may_undo(const struct casebook *cb, const struct case_file *c, const struct actor *who, const struct case_message *m, struct ql_err *err)
{
	if (m->author_role != who->role || m->author != who->id)
		return ql_fail(err, QL_CONFLICT, "only who wrote it can take it back");
	if (m->state == MESSAGE_WITHDRAWN)
		return ql_fail(err, QL_CONFLICT, "it was taken back already");
	if (m->state != MESSAGE_QUEUED || m->held_until <= cb->now)
		return ql_fail(err, QL_CONFLICT, "it has gone out: write again to correct it (case %s)", c->number);
	return QL_OK;
}

/* The row of the undoing: that of the question or answer while the case still stands where these words led it. */
static const struct lifecycle_rule *undo_rule(const struct case_file *c, const struct actor *who, const struct case_message *m)
{
	const struct lifecycle_rule *rule = c->awaited == m->key.version ? rule_of(c, hangs_on(m->action)->undone, who->role) : NULL;

	return rule != NULL ? rule : rule_of(c, ACT_UNDO, who->role);
}

static enum ql_rc undo_state(struct step *s, const struct case_message *m, struct lifecycle_rule *room, struct ql_err *err)
{
	struct case_file *c = s->c;

	if (!(s->rule->needs & NEED_RESTORE) || !is_answer(m->action))
		return QL_OK;
	c->outcome[0] = c->closed_way[0] = '\0';
	c->closed_at = c->answered_at = c->announced_at = 0;
	c->announced = 0;
	return step_restore(s, m->before, room, err);
}

enum ql_rc casebook_undo(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t version, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, NULL, "parties" };
	struct lifecycle_rule room;
	struct case_message *m;
	enum ql_rc rc = get(cb, c, version, 1, &m, err);

	if (rc == QL_OK)
		rc = may_undo(cb, c, who, m, err);
	if (rc != QL_OK)
		return rc;
	s.rule = undo_rule(c, who, m);
	if (s.rule == NULL)
		return ql_fail(err, QL_CONFLICT, "nothing is taken back in case %s while it is %s", c->number, case_state_name(c->state));
	step_cause(&s);
	rc = undo_state(&s, m, &room, err);
	if (rc == QL_OK && lifecycle_is_open(s.rule->to))
		rc = promise_restore(cb, c, m->met, m->made_at, m->again, err);
	if (rc != QL_OK)
		return rc;
	m->state = MESSAGE_WITHDRAWN;
	write_facts(cb, m, NULL);
	rc = step_finish(&s, err);
	stage_message_changed(cb, m, NULL);
	party_follow_lead(cb, c);
	return rc;
}
