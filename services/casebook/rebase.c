/* rebase.c -- what policies and calendars that came in force make of clocks that run already. */
#include <string.h>
#include "casebook/facts.h"
#include "casebook/step_int.h"

const struct policy *facts_policy(const struct reference *ref, const struct clock_facts *f, struct clock_policy *rule)
{
	const struct policy *p = reference_policy(ref, f->clock.policy);

	if (p != NULL)
		*rule = clock_extended(&p->rule, f->clock.extension);
	return p;
}

struct clock_reading facts_read(const struct reference *ref, const struct clock_facts *f, ql_time now)
{
	const struct calendar *cal = reference_calendar(ref, f->clock.calendar);
	struct clock_policy rule;

	if (cal == NULL || f->clock.segments == 0 || facts_policy(ref, f, &rule) == NULL)
		return (struct clock_reading){ .rc = WORKTIME_NEVER };
	return clock_read(&rule, cal, f->clock.segment, (size_t)f->clock.segments, now);
}

/* The policy that would be chosen today. A party's clock keeps its own kind of promise: the latest version of it. */
static const struct policy *policy_now(const struct reference *ref, const struct clock_facts *f, const struct policy *own, ql_time at)
{
	const struct policy_facts facts = { f->procedure, f->clock.kind, (int)f->reach, f->category, f->tier, f->priority, f->channel, at };
	const struct policy *latest = reference_policy_by_code(ref, own->code, 0);

	if (f->clock.party == 0)
		return reference_policy_for(ref, &facts);
	return latest->valid_from <= at && (latest->valid_to == 0 || at < latest->valid_to) ? latest : own;
}

static const struct calendar *choose_calendar(const struct reference *ref, const struct clock_facts *f, const struct clock_policy *rule, ql_time at, struct rebase *to)
{
	const struct case_clock *k = &f->clock;
	const struct calendar *own = reference_calendar(ref, k->calendar), *next;
	const int32_t id = reference_calendar_at(ref, k->calendar, at);

	if (id == k->calendar)
		return own;
	next = reference_calendar(ref, id);
	if (!reference_calendar_facts(ref, id).worsens)
		next = clock_keep_calendar(own, next, clock_gives_room(k->kind), rule, k->segment, (size_t)k->segments);
	to->calendar = next == own ? k->calendar : id;
	return next;
}

/* An extension counts in the unit of its policy: one in another unit can't carry it. */
static void choose_policy(const struct reference *ref, const struct clock_facts *f, const struct policy *own, const struct clock_policy *rule, const struct calendar *cal, ql_time at, struct rebase *to)
{
	const struct case_clock *k = &f->clock;
	const struct policy *next = policy_now(ref, f, own, at);
	struct clock_policy changed;

	if (next == NULL || next->id == own->id || (k->extension != 0 && next->rule.unit != own->rule.unit))
		return;
	changed = clock_extended(&next->rule, k->extension);
	if (clock_keep(rule, &changed, clock_gives_room(k->kind), cal, k->segment, (size_t)k->segments) == &changed)
		to->policy = next->id;
}

static ql_time due_under(const struct reference *ref, const struct clock_facts *f, int32_t policy, int32_t calendar, ql_time now)
{
	const struct clock_policy rule = clock_extended(&reference_policy(ref, policy)->rule, f->clock.extension);
	const struct clock_reading r = clock_read(&rule, reference_calendar(ref, calendar), f->clock.segment, (size_t)f->clock.segments, now);

	return r.rc == WORKTIME_OK ? r.if_resumed : 0;
}

struct rebase facts_rebase(const struct reference *ref, const struct clock_facts *f, ql_time at, ql_time now)
{
	struct rebase to = { .policy = f->clock.policy, .calendar = f->clock.calendar };
	const struct calendar *cal = reference_calendar(ref, f->clock.calendar);
	struct clock_policy rule;
	const struct policy *own = facts_policy(ref, f, &rule);

	if (own == NULL || cal == NULL || f->clock.segments == 0 || f->clock.breached_at != 0) /* what is broken is not mended by another rule */
		return to;
	cal = choose_calendar(ref, f, &rule, at, &to);
	choose_policy(ref, f, own, &rule, cal, at, &to);
	to.due_was = f->clock.due_at != 0 ? f->clock.due_at : due_under(ref, f, f->clock.policy, f->clock.calendar, now);
	to.due = due_under(ref, f, to.policy, to.calendar, now);
	to.changes = to.policy != f->clock.policy || to.calendar != f->clock.calendar
	          || (f->clock.state == CLOCK_RUNNING && f->clock.due_at != 0 && to.due != 0 && to.due != f->clock.due_at); /* a day of its calendar was corrected */
	to.breaks = to.changes && to.due != 0 && to.due <= now && (to.due_was == 0 || to.due_was > now);
	return to;
}

ql_time facts_due(const struct reference *ref, const struct clock_facts *f, int *year)
{
	struct clock_facts as_it_ran = *f;
	struct clock_reading r;

	*year = 0;
	if (f->clock.segments == 0 || f->clock.state == CLOCK_PAUSED)
		return 0;
	if (f->clock.segment[f->clock.segments - 1].run != CLOCK_RUN) /* ended while it stood still */
		return 0;
	as_it_ran.clock.segment[f->clock.segments - 1].to = 0;
	r = facts_read(ref, &as_it_ran, f->clock.ended_at);
	*year = r.rc == WORKTIME_NO_YEAR ? r.year : 0;
	return r.rc == WORKTIME_OK ? r.due : 0;
}

/* --- the same to a case that is held --- */

static struct clock_facts facts_of(const struct casebook *cb, const struct case_file *c, const struct case_clock *k)
{
	const struct unit *unit = promise_unit(cb, c, k);
	struct clock_facts f = { .case_id = c->id, .procedure = c->procedure, .reach = c->reach, .unit = unit != NULL ? unit->id : 0, .clock = *k };

	memcpy(f.category, c->category, sizeof(f.category));
	memcpy(f.tier, c->tier, sizeof(f.tier));
	memcpy(f.priority, c->priority, sizeof(f.priority));
	memcpy(f.channel, c->channel, sizeof(f.channel));
	return f;
}

static void write_version(struct ql_buf *b, const char *key, const char *code, int64_t version)
{
	ql_json_open(b, key, '{');
	ql_json_text(b, "code", code);
	ql_json_i64(b, "version", version);
	ql_json_close(b, '}');
}

static void write_rebased(struct casebook *cb, const struct case_clock *k, int32_t policy_was, int32_t calendar_was, ql_time due_was)
{
	const struct policy *was = reference_policy(cb->ref, policy_was), *is = reference_policy(cb->ref, k->policy);
	const struct calendar_facts had = reference_calendar_facts(cb->ref, calendar_was), has = reference_calendar_facts(cb->ref, k->calendar);
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "clock", clock_kind_name(k->kind));
	ql_json_i64(b, "seq", k->seq);
	write_version(b, "policy_was", was->code, was->rule.version);
	write_version(b, "policy", is->code, is->rule.version);
	write_version(b, "calendar_was", had.code, had.version);
	write_version(b, "calendar", has.code, has.version);
	ql_json_time(b, "due_was", due_was);
	ql_json_time(b, "due_at", k->due_at);
}

static enum ql_rc rebase_clock(struct casebook *cb, struct case_file *c, struct case_clock *k, const struct rebase *to, struct ql_err *err)
{
	struct ledger_entry e = { .kind = LEDGER_REBASE, .who = &ACTOR_SYSTEM, .policy_was = k->policy, .policy = to->policy,
	                          .calendar_was = k->calendar, .calendar = to->calendar, .due_was = k->due_at };
	const struct clock_policy *was = &reference_policy(cb->ref, k->policy)->rule, *is = &reference_policy(cb->ref, to->policy)->rule;
	enum ql_rc rc;

	if (to->policy != k->policy) {
		k->fired = clock_carry_fired(was, k->fired, is);
		k->round++;
	}
	k->policy = to->policy;
	k->calendar = to->calendar;
	promise_time(cb, c, k);
	e.due = k->due_at;
	write_rebased(cb, k, e.policy_was, e.calendar_was, e.due_was);
	rc = step_record(cb, c, "rebased", err);
	if (rc == QL_OK)
		stage_ledger(cb, c, k, &e);
	return rc;
}

enum ql_rc casebook_rebase(struct casebook *cb, struct case_file *c, struct rebased *did, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int i = 0; rc == QL_OK && i < c->n_clocks; i++) {
		struct case_clock *k = &c->clock[i];

		if (!promise_ticks(k))
			continue;
		const struct clock_facts f = facts_of(cb, c, k);
		const struct rebase to = facts_rebase(cb->ref, &f, cb->now, cb->now);

		if (!to.changes)
			continue;
		did->changed++;
		did->earlier += to.due_was != 0 && to.due < to.due_was;
		did->later += to.due_was != 0 && to.due > to.due_was;
		rc = rebase_clock(cb, c, k, &to, err);
	}
	return rc;
}
