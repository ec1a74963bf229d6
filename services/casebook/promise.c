#include <string.h>
#include "base/log.h"
#include "casebook/unit_int.h"
#include "domain/timefmt.h"

static struct case_clock *clock_of(struct case_file *c, int party, enum clock_kind kind)
{
	for (int i = c->n_clocks - 1; i >= 0; i--)
		if (c->clock[i].kind == kind && c->clock[i].party == party)
			return &c->clock[i];
	return NULL;
}

struct case_clock *promise_clock(struct case_file *c, enum clock_kind kind) { return clock_of(c, 0, kind); }

bool promise_ticks(const struct case_clock *k) { return k->state == CLOCK_RUNNING || k->state == CLOCK_PAUSED; }

struct clock_policy promise_rule(const struct casebook *cb, const struct case_clock *k)
{
	return clock_extended(&reference_policy(cb->ref, k->policy)->rule, k->extension);
}

const struct unit *promise_unit(const struct casebook *cb, const struct case_file *c, const struct case_clock *k)
{
	const struct case_party *p = k->party != 0 ? casebook_party(c, k->party) : NULL;

	return reference_unit(cb->ref, p != NULL && p->unit != 0 ? p->unit : c->lead_unit);
}

struct clock_ladder promise_ladder(const struct casebook *cb, const struct case_file *c, const struct case_clock *k)
{
	return reference_ladder(cb->ref, reference_policy(cb->ref, k->policy), promise_unit(cb, c, k), strcmp(c->priority, "urgent") == 0, cb->now);
}

/* The step lies in a year without calendar: it is looked at when that year begins, and then until it is there. */
static ql_time look_again(const struct casebook *cb, int year)
{
	const ql_time begins = civil_day_start(civil_day(year, 1, 1), BEIJING_OFFSET);

	return begins > cb->now ? begins : cb->now + QL_HOUR;
}

void promise_time(struct casebook *cb, struct case_file *c, struct case_clock *k)
{
	const struct clock_policy rule = promise_rule(cb, k);
	const struct clock_ladder ladder = promise_ladder(cb, c, k);
	const struct calendar *cal = reference_calendar(cb->ref, k->calendar);

	k->dirty = true;
	k->due_at = k->next_fire_at = 0;
	if (k->state != CLOCK_RUNNING)
		return;
	struct clock_reading r = clock_read(&rule, cal, k->segment, (size_t)k->segments, cb->now);

	if (r.rc != WORKTIME_OK) { /* no deadline is silently wrong: it stays open until the year is imported */
		ql_log(QL_ERROR, "calendar_missing", "case=%s clock=%s year=%d", c->number, clock_kind_name(k->kind), r.year);
		return;
	}
	if (r.due == CLOCK_NEVER)
		return;
	struct clock_fire next = clock_next_fire(&rule, cal, &ladder, k->segment, (size_t)k->segments, k->fired);

	k->due_at = r.due;
	if (next.rc != WORKTIME_OK)
		k->next_fire_at = look_again(cb, next.year);
	else
		k->next_fire_at = next.threshold >= 0 && next.at != CLOCK_NEVER ? next.at : 0;
}

void promise_sort(struct case_file *c)
{
	const struct case_clock *k = promise_clock(c, CLOCK_RESOLUTION);

	if (k != NULL && k->due_at != 0)
		c->promise_at = k->due_at; /* paused: the last promise stands */
	if (!lifecycle_is_open(c->state))
		c->sort_at = c->closed_at;
	else if (c->promise_at != 0 && c->needed_by != 0)
		c->sort_at = c->promise_at < c->needed_by ? c->promise_at : c->needed_by;
	else
		c->sort_at = c->promise_at != 0 ? c->promise_at : c->needed_by != 0 ? c->needed_by : NEVER_SORT;
}

/* The segment that the journal row in the making begins. */
static void add_segment(struct casebook *cb, struct case_clock *k, ql_time from, enum clock_run run)
{
	const struct actor *who = cb->cause.who != NULL ? cb->cause.who : &ACTOR_SYSTEM;

	k->cause[k->segments] = (struct segment_cause){ cb->cause.event, cb->cause.version, who->role, who->id, false };
	k->segment[k->segments++] = (struct clock_segment){ .from = from, .run = run };
}

static enum ql_rc start_at(struct casebook *cb, struct case_file *c, int party, const struct policy *p, const struct unit *unit, ql_time from,
                           struct ql_err *err)
{
	const struct case_clock *had = p != NULL ? clock_of(c, party, p->clock) : NULL;

	if (p == NULL || unit == NULL || (had != NULL && promise_ticks(had)))
		return QL_OK; /* no such promise is given, or it runs already */
	if (c->n_clocks == CASE_CLOCKS)
		return ql_fail(err, QL_REJECT, "case %s holds %d clocks, no more fit", c->number, CASE_CLOCKS);
	struct case_clock *k = &c->clock[c->n_clocks];

	*k = (struct case_clock){ .seq = ++c->clocks_used, .party = party, .kind = p->clock, .cycle = had != NULL ? had->cycle + 1 : 1,
	                          .state = CLOCK_RUNNING, .policy = p->id, .calendar = reference_calendar_at(cb->ref, unit->calendar[p->service], from),
	                          .started_at = from, .fresh = true };
	add_segment(cb, k, from, CLOCK_RUN);
	if (reference_calendar(cb->ref, k->calendar) == NULL)
		return ql_fail(err, QL_FATAL, "unit %s has no calendar for service %s: run `qlctl import`", unit->code, service_name(p->service));
	c->n_clocks++;
	promise_time(cb, c, k);
	return QL_OK;
}

static const struct policy *policy_now(const struct casebook *cb, const struct case_file *c, enum clock_kind kind, ql_time from)
{
	const struct policy_facts facts = { c->procedure, kind, (int)c->reach, c->category, c->tier, c->priority, c->channel, from };

	return reference_policy_for(cb->ref, &facts);
}

static enum ql_rc start(struct casebook *cb, struct case_file *c, enum clock_kind kind, ql_time from, struct ql_err *err)
{
	const struct policy *p = policy_now(cb, c, kind, from);
	const struct unit *unit = reference_unit(cb->ref, c->goods_unit != 0 && p != NULL && p->service == SERVICE_PORT ? c->goods_unit : c->lead_unit);

	return start_at(cb, c, 0, p, kind == CLOCK_ARBITRATION ? reference_root(cb->ref) : unit, from, err);
}

static void close_segment(struct case_clock *k, ql_time at)
{
	struct clock_segment *last = &k->segment[k->segments - 1];

	if (last->to == 0)
		last->to = at > last->from ? at : last->from;
}

static void end(struct casebook *cb, struct case_file *c, struct case_clock *k, enum clock_state how)
{
	if (k == NULL || !promise_ticks(k))
		return;
	ql_time due = k->due_at;

	close_segment(k, cb->now);
	k->state = how;
	k->ended_at = cb->now;
	promise_time(cb, c, k);
	k->due_at = due; /* what was promised stays readable */
}

enum ql_rc promise_turn(struct casebook *cb, struct case_file *c, struct case_clock *k, enum clock_run run, ql_time at, struct ql_err *err)
{
	if (k->segments == CLOCK_SEGMENTS)
		return ql_fail(err, QL_REJECT, "clock %s of case %s has %d segments, no more fit", clock_kind_name(k->kind), c->number, CLOCK_SEGMENTS);
	close_segment(k, at); /* of an ended clock it is closed: the time in between does not run, what was used stays used */
	add_segment(cb, k, at, run);
	k->state = run == CLOCK_RUN ? CLOCK_RUNNING : CLOCK_PAUSED;
	k->ended_at = 0;
	promise_time(cb, c, k);
	return QL_OK;
}

static enum ql_rc turn(struct casebook *cb, struct case_file *c, struct case_clock *k, enum clock_run run, struct ql_err *err)
{
	if (k == NULL || (run == CLOCK_PAUSE && k->state != CLOCK_RUNNING) || (run == CLOCK_RUN && k->state == CLOCK_RUNNING))
		return QL_OK;
	return promise_turn(cb, c, k, run, cb->now, err);
}

/* Between the unit that leads and the one that is asked. */
static enum reach reach_to(const struct unit *lead, const struct unit *asked)
{
	if (asked->district == 0 || lead->district == 0)
		return REACH_NATIONAL;
	return lead->district == asked->district ? REACH_DEPARTMENT : REACH_DISTRICT;
}

enum ql_rc promise_party(struct casebook *cb, struct case_file *c, const struct case_party *p, enum clock_kind kind, ql_time from, struct ql_err *err)
{
	const struct unit *asked = reference_unit(cb->ref, p->unit), *lead = reference_unit(cb->ref, c->lead_unit);

	if (asked == NULL)
		asked = lead; /* a body without account: the lead keeps its time */
	if (asked == NULL)
		return QL_OK;
	const struct policy_facts facts = { c->procedure, kind, (int)reach_to(lead != NULL ? lead : asked, asked), c->category, c->tier, c->priority,
	                                    c->channel, from };

	return start_at(cb, c, p->seq, reference_policy_for(cb->ref, &facts), asked, from, err);
}

void promise_party_end(struct casebook *cb, struct case_file *c, int party, enum clock_kind kind, enum clock_state how)
{
	end(cb, c, clock_of(c, party, kind), how);
}

enum ql_rc promise_apply(struct casebook *cb, struct case_file *c, const struct lifecycle_clocks *how, ql_time from, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (enum clock_kind kind = 0; rc == QL_OK && kind < CLOCK_KINDS; kind++) {
		const unsigned bit = CLOCK_BIT(kind);
		struct case_clock *k = promise_clock(c, kind);

		if (how->meet & bit)
			end(cb, c, k, CLOCK_MET);
		if (how->stop & bit)
			end(cb, c, k, CLOCK_STOPPED);
		if (how->pause & bit)
			rc = turn(cb, c, k, CLOCK_PAUSE, err);
		if (rc == QL_OK && (how->resume & bit) && k != NULL && k->state != CLOCK_MET)
			rc = turn(cb, c, k, CLOCK_RUN, err);
		if (rc == QL_OK && (how->reopen & bit))
			rc = turn(cb, c, k, CLOCK_RUN, err);
		if (rc == QL_OK && (how->start & bit))
			rc = start(cb, c, kind, from, err);
	}
	promise_sort(c);
	return rc;
}

/* The clock that ended then. *next: the one that the same words began; it falls with them. */
static struct case_clock *ended_then(struct case_file *c, enum clock_kind kind, ql_time at, struct case_clock **next)
{
	*next = NULL;
	for (int i = c->n_clocks - 1; i >= 0; i--) {
		struct case_clock *k = &c->clock[i];

		if (k->kind != kind || k->party != 0)
			continue;
		if (!promise_ticks(k))
			return k->ended_at == at ? k : NULL;
		if (*next != NULL || k->started_at != at)
			return NULL;
		*next = k;
	}
	return NULL;
}

unsigned promise_met(const struct case_file *c, unsigned kinds, ql_time at)
{
	unsigned met = 0;

	for (int i = 0; i < c->n_clocks; i++) {
		const struct case_clock *k = &c->clock[i];

		if (k->party == 0 && (kinds & CLOCK_BIT(k->kind)) && k->state == CLOCK_MET && k->ended_at == at)
			met |= CLOCK_BIT(k->kind);
	}
	return met;
}

/* Ended again later than it seemed: what lay between counts. */
static void end_at(struct casebook *cb, struct case_file *c, struct case_clock *k, ql_time at)
{
	const ql_time due = k->due_at;

	k->segment[k->segments - 1].to = at;
	k->state = CLOCK_MET;
	k->ended_at = at;
	if (due != 0 && due < at && k->breached_at == 0)
		k->breached_at = due;
	promise_time(cb, c, k);
	k->due_at = due;
}

/* The new segment begins where the last one ended: nothing is forgiven, and that it had ended stays readable. */
enum ql_rc promise_restore(struct casebook *cb, struct case_file *c, unsigned kinds, ql_time ended_at, ql_time again, struct ql_err *err)
{
	for (enum clock_kind kind = 0; kind < CLOCK_KINDS; kind++) {
		struct case_clock *next = NULL, *k = (kinds & CLOCK_BIT(kind)) ? ended_then(c, kind, ended_at, &next) : NULL;

		if (k == NULL)
			continue;
		if (k->segments == CLOCK_SEGMENTS)
			return ql_fail(err, QL_REJECT, "clock %s of case %s has %d segments, no more fit", clock_kind_name(kind), c->number, CLOCK_SEGMENTS);
		const struct clock_segment last = k->segment[k->segments - 1];

		end(cb, c, next, CLOCK_STOPPED);
		add_segment(cb, k, last.to, last.run);
		k->state = last.run == CLOCK_RUN ? CLOCK_RUNNING : CLOCK_PAUSED;
		k->ended_at = 0;
		promise_time(cb, c, k);
		if (again != 0 && kind != CLOCK_RESOLUTION)
			end_at(cb, c, k, again);
	}
	promise_sort(c);
	return QL_OK;
}

void promise_since(struct casebook *cb, struct case_file *c, enum clock_kind kind, ql_time from)
{
	struct case_clock *k = promise_clock(c, kind);

	if (k == NULL || k->state != CLOCK_RUNNING || k->segments != 1 || k->started_at <= from)
		return;
	k->started_at = k->segment[0].from = from;
	promise_time(cb, c, k);
	promise_sort(c);
}

/* Thresholds that fired under the old policy don't fire again under the new one. */
static uint32_t carry_fired(const struct clock_policy *from, const struct clock_policy *to, uint32_t fired)
{
	uint32_t carried = 0;

	for (int i = 0; i < from->thresholds; i++)
		for (int n = 0; n < to->thresholds; n++)
			if ((fired >> i & 1) && from->threshold[i].mark == to->threshold[n].mark && from->threshold[i].amount == to->threshold[n].amount)
				carried |= 1u << n;
	return carried;
}

/* A clock keeps its policy for ever; the better promise is a clock of its own with the same intervals. */
static enum ql_rc promise_anew(struct casebook *cb, struct case_file *c, struct case_clock *old, const struct policy *p, struct ql_err *err)
{
	struct case_clock *k = &c->clock[c->n_clocks];

	if (c->n_clocks == CASE_CLOCKS)
		return ql_fail(err, QL_REJECT, "case %s holds %d clocks, no more fit", c->number, CASE_CLOCKS);
	*k = *old;
	k->seq = ++c->clocks_used;
	k->policy = p->id;
	k->fired = carry_fired(&reference_policy(cb->ref, old->policy)->rule, &p->rule, old->fired);
	k->stored = 0;
	k->fresh = true;
	c->n_clocks++;
	end(cb, c, old, CLOCK_STOPPED);
	promise_time(cb, c, k);
	return QL_OK;
}

enum ql_rc promise_better(struct casebook *cb, struct case_file *c, struct ql_err *err)
{
	const int n = c->n_clocks;
	enum ql_rc rc = QL_OK;

	for (int i = 0; rc == QL_OK && i < n; i++) {
		struct case_clock *k = &c->clock[i];
		const struct policy *had = reference_policy(cb->ref, k->policy), *p = policy_now(cb, c, k->kind, k->started_at);
		const struct calendar *cal = reference_calendar(cb->ref, k->calendar);

		if (k->party != 0 || !promise_ticks(k) || p == NULL || had == NULL || cal == NULL || p == had)
			continue;
		if (clock_keep(&had->rule, &p->rule, clock_gives_room(k->kind), cal, k->segment, (size_t)k->segments) == &p->rule)
			rc = promise_anew(cb, c, k, p, err);
	}
	promise_sort(c);
	return rc;
}
