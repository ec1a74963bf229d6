#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/step_int.h"
#include "domain/timefmt.h"

#define SERIALS_AT_ONCE 32     /* numbers reserved at a time; a process that dies leaves that many unused at most */
#define SERIALS_PER_DAY 1000000000LL

const struct actor ACTOR_SYSTEM = { .role = ROLE_SYSTEM };

/* yymmdd * 10^9 + serial: the case number without its check digit, unique because the number is. */
static int64_t case_id(int32_t day, int32_t serial)
{
	const struct civil d = civil_from_day(day);

	return (int64_t)((d.year % 100) * 10000 + d.month * 100 + d.day) * SERIALS_PER_DAY + serial;
}

enum ql_rc casebook_reserve(struct casebook *cb, int n, struct ql_err *err)
{
	const int32_t day = beijing_day(ql_now());
	enum ql_rc rc = QL_OK;

	if (cb->broken) {
		rc = ql_pg_recover(cb->pg, err);
		cb->broken = rc != QL_OK;
	}
	if (rc != QL_OK || (cb->serials.day == day && cb->serials.end - cb->serials.next >= n))
		return rc;
	int32_t want = n > SERIALS_AT_ONCE ? n : SERIALS_AT_ONCE, first;

	rc = casestore_serials(cb->pg, day, want, &first, err);
	if (rc != QL_OK)
		return rc;
	cb->serials.day = day;
	cb->serials.next = first;
	cb->serials.end = first + want;
	return QL_OK;
}

static enum ql_rc number_case(struct casebook *cb, struct case_file *c, struct ql_err *err)
{
	const int32_t day = beijing_day(cb->now);

	if (cb->serials.day != day || cb->serials.next == cb->serials.end) {
		/* Not reserved before the transaction: taken inside it, which is right but makes others wait for our commit. */
		int32_t first;
		enum ql_rc rc = casestore_serials(cb->pg, day, 1, &first, err);

		if (rc != QL_OK)
			return rc;
		c->id = case_id(day, first);
		caseno_format(day, first, c->number);
		return QL_OK;
	}
	c->id = case_id(day, cb->serials.next);
	caseno_format(day, cb->serials.next++, c->number);
	return QL_OK;
}

#define COPY(member, text) snprintf(c->member, sizeof(c->member), "%s", (text) != NULL ? (text) : "")

static void fill(struct case_file *c, const struct case_spec *s, const struct unit *lead)
{
	c->procedure = s->procedure;
	COPY(kind, s->kind);
	COPY(category, s->category);
	COPY(priority, s->priority);
	COPY(channel, s->channel);
	COPY(language, s->language);
	COPY(tier, s->tier);
	COPY(needed_reason, s->needed_reason);
	c->reach = s->reach;
	c->principal = s->principal;
	c->first_asked = s->first_asked;
	c->home_unit = s->home_unit;
	c->goods_unit = s->goods_unit;
	c->lead_unit = s->lead_unit;
	c->district = lead->district;
	c->weight = s->weight;
	c->needed_by = s->needed_by;
	c->received_at = s->received_at;
	c->occurred_at = s->occurred_at;
	c->last_spoken_at = s->occurred_at;
	c->cycle = 1;
	c->version = 1;
}

static void write_opened(struct casebook *cb, const struct case_file *c, const struct case_spec *s)
{
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "kind", c->kind);
	ql_json_text(b, "channel", c->channel);
	ql_json_text(b, "category", c->category);
	ql_json_text(b, "tier", c->tier);
	ql_json_i64(b, "lead_unit", c->lead_unit);
	ql_json_i64(b, "goods_unit", c->goods_unit);
	ql_json_time(b, "promise_at", c->promise_at);
	ql_json_time(b, "needed_by", c->needed_by);
	if (c->n_parties > 1)
		ql_json_i64(b, "joint_unit", c->party[1].unit);
	if (s->solved)
		ql_json_text(b, "outcome", c->outcome);
	if (s->data_json != NULL)
		ql_json_raw(b, "message", s->data_json);
	ql_json_close(b, '}');
}

static void stage_opened(struct casebook *cb, struct case_file *c, const struct case_spec *s, const char *event)
{
	const struct words said = { s->text, "public", s->channel, s->language, s->principal };
	const bool spoken = s->text != NULL && s->text[0] != '\0';

	c->entries = spoken ? 1 : 0;
	write_opened(cb, c, s);
	stage_journal(cb, c, &s->actor, event, "public", 0);
	stage_case_new(cb, c, s); /* after the journal row: it holds the chain's head */
	if (spoken)
		stage_entry(cb, c, &s->actor, &said, false);
	for (size_t i = 0; i < s->n_enterprises && i < CASE_ENTERPRISES; i++)
		stage_enterprise(cb, c, &s->enterprises[i]);
	for (size_t i = 0; i < s->n_references && i < CASE_REFERENCES; i++)
		stage_reference(cb, c, &s->references[i]);
	if (s->person != NULL)
		stage_person(cb, c, s->person);
	if (s->receipt != NULL && s->receipt[0] != '\0')
		stage_alias(cb, c, s->receipt);
	search_opened(&cb->search);
}

static void close_at_once(struct casebook *cb, struct case_file *c, const struct case_spec *s)
{
	COPY(outcome, s->outcome != NULL ? s->outcome : case_outcome_name(OUTCOME_SOLVED));
	COPY(closed_way, case_way_name(WAY_DIRECT));
	c->answered_at = c->closed_at = cb->now;
}

static void add_lead(struct casebook *cb, struct case_file *c)
{
	const char *capacity = c->lead_unit == c->home_unit ? "home" : c->lead_unit == c->goods_unit ? "port" : "national";
	struct case_party *p = party_new(cb, c, c->lead_unit, capacity, c->weight);

	p->lead = true; /* the first of a case: there is room */
	p->state = PARTY_WORKING;
}

enum ql_rc casebook_open(struct casebook *cb, const struct case_spec *s, struct case_file **out, struct ql_err *err)
{
	const enum case_action action = s->solved ? ACT_OPEN_SOLVED : ACT_OPEN;
	const struct lifecycle_rule *rule = lifecycle_next(s->procedure, CASE_NONE, action, ROLE_SYSTEM);
	const struct unit *lead = reference_unit(cb->ref, s->lead_unit);
	struct case_file *c;
	enum ql_rc rc;

	if (rule == NULL || lead == NULL)
		return ql_fail(err, QL_FATAL, "a %s case can't be opened at unit %d", procedure_name(s->procedure), s->lead_unit);
	if (cb->n_cases == CASEBOOK_CASES)
		return ql_fail(err, QL_FATAL, "a unit of work holds at most %d cases", CASEBOOK_CASES);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a case");
	cb->cases[cb->n_cases++] = c;
	rc = number_case(cb, c, err);
	if (rc != QL_OK)
		return rc;
	fill(c, s, lead);
	c->opened_at = cb->now;
	c->state = rule->to;
	if (s->solved)
		close_at_once(cb, c, s);
	cb->cause.event = rule->event;
	cb->cause.who = &s->actor;
	cb->cause.version = c->version;
	rc = promise_apply(cb, c, &rule->clocks, s->clocks_from, err);
	if (rc != QL_OK)
		return rc;
	c->found_open = lifecycle_is_open(c->state);
	c->found_lead = c->lead_unit;
	search_open(&cb->search, c->id, c->found_open);
	add_lead(cb, c); /* whoever is on it finds it in the order that the promise gives */
	rc = party_of_goods(cb, c, err);
	if (rc != QL_OK)
		return rc;
	stage_opened(cb, c, s, s->solved ? rule->event : "opened");
	c->loaded_version = c->version;
	*out = c;
	return QL_OK;
}
