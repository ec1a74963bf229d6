#include "casebook/step_int.h"
#include <string.h>

struct ql_buf *unit_data(struct casebook *cb)
{
	ql_buf_reset(&cb->data);
	ql_json_open(&cb->data, NULL, '{');
	return &cb->data;
}

bool is_blank(const char *text) { return text == NULL || text[strspn(text, " \t\r\n")] == '\0'; }

/* Where the words of an action stand in what was sent. */
static const char *field_of(enum case_action action)
{
	static const struct { enum case_action action; const char *field; } FIELDS[] = {
		{ ACT_DECLINE, "/reason" },     { ACT_RELEASE, "/reason" },      { ACT_CLOSE, "/reason" },   { ACT_REOPEN, "/reason" },
		{ ACT_REOPEN_ANEW, "/reason" }, { ACT_REOPEN_LATER, "/reason" }, { ACT_UNMERGE, "/reason" }, { ACT_OBJECT, "/reason" },
		{ ACT_RETURN, "/reason" },      { ACT_CALL_ATTEMPT, "/note" },
	};

	for (size_t i = 0; i < QL_LEN(FIELDS); i++)
		if (FIELDS[i].action == action)
			return FIELDS[i].field;
	return "/text";
}

enum ql_rc step_check_public(const struct casebook *cb, const char *text, const char *field, struct ql_err *err)
{
	const char *class = reference_risk(cb->ref, text);

	if (class == NULL)
		return QL_OK;
	return ql_reject(err, field, "holds a word of class %s: that is a work secret and does not go to an enterprise; say it neutrally (口岸海关正在办理)", class);
}

static bool is_officer(const struct actor *who) { return who->role == ROLE_COORDINATOR || who->role == ROLE_SUPERVISOR; }

static enum ql_rc check_needs(const struct step *s, struct ql_err *err)
{
	const bool words = s->words != NULL && !is_blank(s->words->text);

	if ((s->rule->needs & NEED_LEAD) && s->who->role == ROLE_COORDINATOR && s->who->id != s->c->coordinator)
		return ql_fail(err, QL_CONFLICT, "only the officer who has case %s may do that", s->c->number);
	if ((s->rule->needs & NEED_WORDS) && !words)
		return ql_reject(err, field_of(s->rule->action), "this needs words: say what and why");
	if (words && strlen(s->words->text) > CASE_TEXT_MAX)
		return ql_reject(err, field_of(s->rule->action), "longer than %d bytes", CASE_TEXT_MAX);
	if (words && is_officer(s->who) && strcmp(s->words->audience, "public") == 0)
		return step_check_public(s->cb, s->words->text, field_of(s->rule->action), err);
	return QL_OK;
}

void step_cause(struct step *s)
{
	s->cb->cause.event = s->rule->event;
	s->cb->cause.who = s->who;
	s->cb->cause.version = s->c->version + 1;
}

enum ql_rc step_begin(struct step *s, enum case_action action, struct ql_err *err)
{
	s->rule = lifecycle_next(s->c->procedure, s->c->state, action, s->who->role);
	if (s->rule == NULL)
		return ql_fail(err, QL_CONFLICT, "%s is not possible for a %s while case %s is %s", case_action_name(action), case_role_name(s->who->role),
		               s->c->number, case_state_name(s->c->state));
	step_cause(s);
	return check_needs(s, err);
}

/* Weight stands on a coordinator exactly while the state holds load: it is given back by whatever leaves such a state. */
static void give_back(struct step *s)
{
	struct case_file *c = s->c;

	if (c->coordinator != 0 && lifecycle_holds_load(c->state) && !lifecycle_holds_load(s->rule->to))
		stage_load(s->cb, c->coordinator, -c->weight, 0);
}

/* What the step sends out; the words of officers can be taken back for a while. */
static bool sends(const struct step *s)
{
	return (s->rule->needs & NEED_DELIVERY) && s->words != NULL && !is_blank(s->words->text) && strcmp(s->words->audience, "public") == 0;
}

static ql_time hold_of(const struct step *s)
{
	return sends(s) && is_officer(s->who) ? reference_parameters(s->cb->ref)->undo_seconds * QL_SECOND : 0;
}

/* While words are held the state they led to is not told outside either; several that are held together are one change. */
static void hold_state(struct step *s, enum case_state before, ql_time hold)
{
	struct case_file *c = s->c;
	const bool held = c->held_until > s->cb->now;

	if (hold != 0 && (held || c->state != before)) {
		c->held_state = held && c->held_state != CASE_NONE ? c->held_state : before;
		c->held_until = s->cb->now + hold;
	} else if (c->state != before) {
		c->held_state = CASE_NONE;
		c->held_until = 0;
	}
}

/* Words that nothing carries and nobody holds are there at once, with what hangs on their arrival. */
static enum ql_rc arrive_at_once(struct step *s, enum case_action made_by, struct ql_err *err)
{
	const struct lifecycle_rule *rule = message_arrival(s->c, made_by);

	return rule != NULL ? promise_apply(s->cb, s->c, &rule->clocks, s->cb->now, err) : QL_OK;
}

static void stage_words(struct step *s, enum case_state before, unsigned met, ql_time hold)
{
	const struct message_made made = { s->rule->action, s->c->state != before ? before : CASE_NONE, met, hold, NULL };

	if (strcmp(s->words->audience, "sealed") != 0)
		s->c->entries++; /* the count is shown to everyone: it keeps silent about what is sealed */
	stage_entry(s->cb, s->c, s->cb->origin.who != NULL ? s->cb->origin.who : s->who, s->words, hold != 0);
	if (sends(s))
		stage_message(s->cb, s->c, s->c->channel, &made);
}

static enum ql_rc finish(struct step *s, struct ql_err *err)
{
	struct case_file *c = s->c;
	const enum case_state before = c->state;
	const ql_time hold = hold_of(s);
	enum ql_rc rc;

	give_back(s);
	step_cause(s);
	c->state = s->rule->to;
	c->version++;
	c->dirty = true;
	if (c->state != before)
		c->awaited = 0;
	rc = promise_apply(s->cb, c, &s->rule->clocks, s->cb->now, err);
	if (rc == QL_OK)
		rc = party_follow_state(s->cb, c, before, err);
	const unsigned met = promise_met(c, s->rule->clocks.meet & PROMISES_TO_ENTERPRISE, s->cb->now);

	if (rc == QL_OK && sends(s)) {
		if (message_is_awaited(s->rule->action))
			c->awaited = c->version;
		if (hold == 0 && stage_arrives(c->channel))
			rc = arrive_at_once(s, s->rule->action, err);
	}
	if (rc != QL_OK)
		return rc;
	hold_state(s, before, hold);
	if (hold != 0)
		ql_json_time(&s->cb->data, "held_until", s->cb->now + hold);
	ql_json_close(&s->cb->data, '}');
	if (!ql_buf_ok(&s->cb->data))
		return ql_reject(err, "", "more facts than a journal row holds (%d bytes)", DATA_BYTES_MAX);
	stage_journal(s->cb, c, s->who, s->rule->event, s->audience, s->words != NULL ? s->words->enterprise : 0);
	if (s->words != NULL && !is_blank(s->words->text))
		stage_words(s, before, met, hold);
	return QL_OK;
}

enum ql_rc step_finish(struct step *s, struct ql_err *err)
{
	enum ql_rc rc = finish(s, err);

	s->cb->origin.who = NULL;
	s->cb->origin.at = 0;
	return rc;
}

enum ql_rc step_record(struct casebook *cb, struct case_file *c, const char *event, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, NULL, NULL, "parties" };

	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = c->state, .action = ACT_ESCALATE, .to = c->state, .event = event };
	return step_finish(&s, err);
}
