#include "casebook/step_int.h"
#include <string.h>

struct ql_buf *unit_data(struct casebook *cb)
{
	ql_buf_reset(&cb->data);
	ql_json_open(&cb->data, NULL, '{');
	return &cb->data;
}

bool is_blank(const char *text) { return text == NULL || text[strspn(text, " \t\r\n")] == '\0'; }

static enum ql_rc check_needs(const struct step *s, struct ql_err *err)
{
	const bool words = s->words != NULL && !is_blank(s->words->text);

	if ((s->rule->needs & NEED_LEAD) && s->who->role == ROLE_COORDINATOR && s->who->id != s->c->coordinator)
		return ql_fail(err, QL_CONFLICT, "only the officer who has case %s may do that", s->c->number);
	if ((s->rule->needs & NEED_WORDS) && !words)
		return ql_reject(err, "/text", "this needs words: say what and why");
	if (words && strlen(s->words->text) > CASE_TEXT_MAX)
		return ql_reject(err, "/text", "longer than %d bytes", CASE_TEXT_MAX);
	return QL_OK;
}

/* What clocks do from here on is because of the row that is being made. */
static void set_cause(struct step *s, int32_t version)
{
	s->cb->cause.event = s->rule->event;
	s->cb->cause.who = s->who;
	s->cb->cause.version = version;
}

enum ql_rc step_begin(struct step *s, enum case_action action, struct ql_err *err)
{
	s->rule = lifecycle_next(s->c->procedure, s->c->state, action, s->who->role);
	if (s->rule == NULL)
		return ql_fail(err, QL_CONFLICT, "%s is not possible for a %s while case %s is %s", case_action_name(action), case_role_name(s->who->role),
		               s->c->number, case_state_name(s->c->state));
	set_cause(s, s->c->version + 1);
	return check_needs(s, err);
}

/* Weight stands on a coordinator exactly while the state holds load: it is given back by whatever leaves such a state. */
static void give_back(struct step *s)
{
	struct case_file *c = s->c;

	if (c->coordinator != 0 && lifecycle_holds_load(c->state) && !lifecycle_holds_load(s->rule->to))
		stage_load(s->cb, c->coordinator, -c->weight, 0);
}

enum ql_rc step_finish(struct step *s, struct ql_err *err)
{
	struct case_file *c = s->c;
	const enum case_state from = c->state;
	enum ql_rc rc;

	give_back(s);
	c->state = s->rule->to;
	c->version++;
	c->dirty = true;
	set_cause(s, c->version);
	rc = promise_apply(s->cb, c, &s->rule->clocks, s->cb->now, err);
	if (rc == QL_OK)
		rc = party_follow_state(s->cb, c, from, err);
	if (rc != QL_OK)
		return rc;
	ql_json_close(&s->cb->data, '}');
	if (!ql_buf_ok(&s->cb->data))
		return ql_reject(err, "", "more facts than a journal row holds (%d bytes)", DATA_BYTES_MAX);
	stage_journal(s->cb, c, s->who, s->rule->event, s->audience, s->words != NULL ? s->words->enterprise : 0);
	if (s->words == NULL || is_blank(s->words->text))
		return QL_OK;
	c->entries++;
	stage_entry(s->cb, c, s->who, s->words);
	if ((s->rule->needs & NEED_DELIVERY) && strcmp(s->words->audience, "public") == 0)
		stage_message(s->cb, c, c->channel);
	return QL_OK;
}

enum ql_rc step_record(struct casebook *cb, struct case_file *c, const char *event, struct ql_err *err)
{
	struct step s = { cb, c, &ACTOR_SYSTEM, NULL, NULL, "parties" };

	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = c->state, .action = ACT_ESCALATE, .to = c->state, .event = event };
	return step_finish(&s, err);
}
