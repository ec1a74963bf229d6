#include "domain/clocks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/timefmt.h"

static const char *const KIND_NAMES[CLOCK_KINDS] = {
	[CLOCK_UNASSIGNED] = "unassigned",
	[CLOCK_ACCEPT] = "accept",
	[CLOCK_FIRST_RESPONSE] = "first_response",
	[CLOCK_NEXT_RESPONSE] = "next_response",
	[CLOCK_NEXT_UPDATE] = "next_update",
	[CLOCK_RESOLUTION] = "resolution",
	[CLOCK_CONFIRMATION] = "confirmation",
	[CLOCK_CALL_BACK] = "call_back",
	[CLOCK_JOINT_ACCEPT] = "joint_accept",
	[CLOCK_JOINT_RESULT] = "joint_result",
	[CLOCK_ARBITRATION] = "arbitration",
	[CLOCK_REVIEW] = "review",
};
static const char *const UNIT_NAMES[CLOCK_UNITS] = {
	[CLOCK_WORK_MINUTES] = "work_minutes",
	[CLOCK_WORK_DAYS] = "work_days",
	[CLOCK_WALL_MINUTES] = "wall_minutes",
	[CLOCK_CALENDAR_DAYS] = "calendar_days",
	[CLOCK_CALENDAR_MONTHS] = "calendar_months",
};

const char *clock_kind_name(enum clock_kind kind) { return KIND_NAMES[kind]; }
const char *clock_unit_name(enum clock_unit unit) { return UNIT_NAMES[unit]; }

static int find_name(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

bool clock_kind_parse(const char *name, enum clock_kind *kind)
{
	int i = find_name(KIND_NAMES, CLOCK_KINDS, name);

	if (i >= 0)
		*kind = (enum clock_kind)i;
	return i >= 0;
}

bool clock_unit_parse(const char *name, enum clock_unit *unit)
{
	int i = find_name(UNIT_NAMES, CLOCK_UNITS, name);

	if (i >= 0)
		*unit = (enum clock_unit)i;
	return i >= 0;
}

static const struct {
	const char *head, *tail;
} MARK_NAMES[CLOCK_MARKS] = {
	[CLOCK_MARK_PERCENT] = { "warn_", "pct" },
	[CLOCK_MARK_BEFORE] = { "warn_", "min" },
	[CLOCK_MARK_BREACH] = { "breach", NULL },
	[CLOCK_MARK_AFTER] = { "late_", "min" },
};

void clock_threshold_name(const struct clock_threshold *threshold, char out[CLOCK_THRESHOLD_NAME])
{
	const char *tail = MARK_NAMES[threshold->mark].tail;

	if (tail == NULL)
		snprintf(out, CLOCK_THRESHOLD_NAME, "%s", MARK_NAMES[threshold->mark].head);
	else
		snprintf(out, CLOCK_THRESHOLD_NAME, "%s%d%s", MARK_NAMES[threshold->mark].head, (int)threshold->amount, tail);
}

/* What it parses, it writes back the same. */
bool clock_threshold_parse(const char *name, struct clock_threshold *threshold)
{
	char again[CLOCK_THRESHOLD_NAME];

	for (int mark = 0; mark < CLOCK_MARKS; mark++) {
		size_t head = strlen(MARK_NAMES[mark].head);
		struct clock_threshold t = { (enum clock_mark)mark, 0 };

		if (strncmp(name, MARK_NAMES[mark].head, head) != 0)
			continue;
		if (MARK_NAMES[mark].tail != NULL && strlen(name + head) < 12)
			t.amount = (int32_t)strtol(name + head, NULL, 10);
		clock_threshold_name(&t, again);
		if (t.amount >= 0 && strcmp(again, name) == 0) {
			*threshold = t;
			return true;
		}
	}
	return false;
}

bool clock_policy_warn(struct clock_policy *policy, const int16_t *percents, size_t n)
{
	if (n + 1 > CLOCK_THRESHOLDS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (percents[i] < 1 || percents[i] > 100 || (i > 0 && percents[i] <= percents[i - 1]))
			return false;
	for (size_t i = 0; i < n; i++)
		policy->threshold[i] = (struct clock_threshold){ CLOCK_MARK_PERCENT, percents[i] };
	policy->threshold[n] = (struct clock_threshold){ CLOCK_MARK_BREACH, 0 };
	policy->thresholds = (int32_t)n + 1;
	return true;
}

/* --- the measure: a calendar's working time, or the clock on the wall (NULL) ------------------------------------------- */

static struct worktime_answer instant(ql_time value) { return (struct worktime_answer){ WORKTIME_OK, 0, value }; }

static bool is_term(const struct clock_policy *p) { return p->unit == CLOCK_CALENDAR_DAYS || p->unit == CLOCK_CALENDAR_MONTHS; }

static const struct calendar *measure_of(const struct clock_policy *p, const struct calendar *cal)
{
	return p->unit == CLOCK_WALL_MINUTES || is_term(p) ? NULL : cal;
}

static struct worktime_answer measure_add(const struct calendar *measure, ql_time from, ql_time amount)
{
	return measure == NULL ? instant(from + amount) : worktime_add(measure, from, amount);
}

static struct worktime_answer measure_between(const struct calendar *measure, ql_time a, ql_time b)
{
	return measure == NULL ? instant(b - a) : worktime_between(measure, a, b);
}

/* --- what was promised, and how far it is ------------------------------------------------------------------------------ */

/* The whole promise in the measure. Working days become the working time from the start to their close of business, so
 * that a pause of two working hours moves that end by two working hours; terms become the time on the wall to their end. */
static struct worktime_answer budget_of(const struct clock_policy *p, const struct calendar *cal, ql_time start)
{
	struct worktime_answer end;

	switch (p->unit) {
	case CLOCK_WORK_DAYS:       end = worktime_add_days(cal, start, p->amount); break;
	case CLOCK_CALENDAR_DAYS:   end = worktime_add_calendar_days(cal, start, p->amount, false); break;
	case CLOCK_CALENDAR_MONTHS: end = worktime_add_months(cal, start, p->amount, false); break;
	default:                    return instant(p->amount * QL_MINUTE);
	}
	return end.rc == WORKTIME_OK ? measure_between(measure_of(p, cal), start, end.value) : end;
}

/* The instant, not before since, at which the running segments have used up amount of the measure from since on; CLOCK_NEVER
 * when they do not get that far. */
static struct worktime_answer reach(const struct calendar *measure, const struct clock_segment *s, size_t n, ql_time since, ql_time amount)
{
	struct worktime_answer used;

	for (const struct clock_segment *end = s + n; s < end; s++) {
		const ql_time from = s->from > since ? s->from : since;

		if (s->run != CLOCK_RUN || (s->to != 0 && s->to < from))
			continue;
		if (s->to == 0)
			return measure_add(measure, from, amount);
		used = measure_between(measure, from, s->to);
		if (used.rc != WORKTIME_OK)
			return used;
		if (used.value >= amount)
			return measure_add(measure, from, amount);
		amount -= used.value;
	}
	return instant(CLOCK_NEVER);
}

static struct worktime_answer due_of(const struct clock_policy *p, const struct calendar *cal, const struct clock_segment *s, size_t n, ql_time budget)
{
	const struct worktime_answer due = reach(measure_of(p, cal), s, n, s[0].from, budget);

	return due.rc == WORKTIME_OK && due.value != CLOCK_NEVER && is_term(p) ? worktime_term_end(cal, due.value, p->roll) : due;
}

struct worktime_answer clock_counted(const struct clock_policy *policy, const struct calendar *cal, const struct clock_segment *segments, size_t n, ql_time a, ql_time b)
{
	struct worktime_answer used, sum = { WORKTIME_OK, 0, 0 };

	for (const struct clock_segment *s = segments; s < segments + n && s->from < b; s++) {
		const ql_time from = s->from > a ? s->from : a, to = s->to != 0 && s->to < b ? s->to : b;

		if (s->run != CLOCK_RUN || to <= from)
			continue;
		used = measure_between(measure_of(policy, cal), from, to);
		if (used.rc != WORKTIME_OK)
			return used;
		sum.value += used.value;
	}
	return sum;
}

static struct clock_reading unreadable(struct worktime_answer why)
{
	return (struct clock_reading){ .rc = why.rc, .year = why.year };
}

/* A paused clock would run on from now, after its last segment at the earliest. */
static struct worktime_answer resumed_at(const struct clock_policy *p, const struct calendar *cal, const struct clock_segment *last, ql_time remaining, ql_time now)
{
	const struct worktime_answer end = measure_add(measure_of(p, cal), now > last->to ? now : last->to, remaining > 0 ? remaining : 0);

	return end.rc == WORKTIME_OK && is_term(p) ? worktime_term_end(cal, end.value, p->roll) : end;
}

struct clock_reading clock_read(const struct clock_policy *policy, const struct calendar *cal, const struct clock_segment *segments, size_t n, ql_time now)
{
	struct clock_reading r = { .rc = WORKTIME_OK };
	struct worktime_answer budget, due, elapsed, resumed;

	assert(n >= 1 && segments[0].run == CLOCK_RUN);
	budget = budget_of(policy, cal, segments[0].from);
	if (budget.rc != WORKTIME_OK)
		return unreadable(budget);
	due = due_of(policy, cal, segments, n, budget.value);
	if (due.rc != WORKTIME_OK)
		return unreadable(due);
	elapsed = clock_counted(policy, cal, segments, n, segments[0].from, now);
	if (elapsed.rc != WORKTIME_OK)
		return unreadable(elapsed);
	r.running = segments[n - 1].run == CLOCK_RUN && segments[n - 1].to == 0;
	r.due = r.if_resumed = due.value;
	r.budget = budget.value;
	r.elapsed = elapsed.value;
	r.remaining = r.budget - r.elapsed;
	r.breached = r.due <= now;
	if (r.due == CLOCK_NEVER) {
		resumed = resumed_at(policy, cal, &segments[n - 1], r.remaining, now);
		if (resumed.rc != WORKTIME_OK)
			return unreadable(resumed);
		r.if_resumed = resumed.value;
	}
	return r;
}

struct clock_policy clock_extended(const struct clock_policy *policy, int32_t by)
{
	struct clock_policy extended = *policy;

	extended.amount = by > INT32_MAX - policy->amount ? INT32_MAX : policy->amount + by;
	return extended;
}

/* --- thresholds --------------------------------------------------------------------------------------------------------- */

/* How much of the promise is used when the threshold fires; for the ladder its order behind the breach. */
static ql_time threshold_amount(const struct clock_threshold *t, ql_time budget)
{
	ql_time before = budget - t->amount * QL_MINUTE;

	switch (t->mark) {
	case CLOCK_MARK_PERCENT: return budget / 100 * t->amount + budget % 100 * t->amount / 100;
	case CLOCK_MARK_BEFORE:  return before > 0 ? before : 0;
	case CLOCK_MARK_AFTER:   return budget + t->amount * QL_MINUTE;
	default:                 return budget;
	}
}

/* Counted while the clock runs, in the hours of whoever is told, from due on. */
static struct worktime_answer ladder_step(const struct clock_policy *p, const struct calendar *cal, const struct clock_ladder *ladder,
                                          const struct clock_segment *s, size_t n, ql_time due, int i)
{
	return reach(ladder != NULL ? ladder->hours[i] : measure_of(p, cal), s, n, due, p->threshold[i].amount * QL_MINUTE);
}

static struct worktime_answer ladder_at(const struct clock_policy *p, const struct calendar *cal, const struct clock_ladder *ladder,
                                        const struct clock_segment *s, size_t n, ql_time due, int i)
{
	struct worktime_answer last = ladder_step(p, cal, ladder, s, n, due, i), step;

	for (int below = 0; ladder != NULL && last.rc == WORKTIME_OK && below < p->thresholds; below++) {
		if (p->threshold[below].mark != CLOCK_MARK_AFTER || p->threshold[below].amount >= p->threshold[i].amount)
			continue;
		step = ladder_step(p, cal, ladder, s, n, due, below);
		if (step.rc != WORKTIME_OK || step.value > last.value)
			last = step;
	}
	return last;
}

struct worktime_answer clock_fire_at(const struct clock_policy *policy, const struct calendar *cal, const struct clock_ladder *ladder, const struct clock_segment *segments, size_t n, int threshold)
{
	const struct clock_threshold *t = &policy->threshold[threshold];
	const struct worktime_answer budget = budget_of(policy, cal, segments[0].from);
	struct worktime_answer due;

	if (budget.rc != WORKTIME_OK)
		return budget;
	if (t->mark == CLOCK_MARK_PERCENT || t->mark == CLOCK_MARK_BEFORE)
		return reach(measure_of(policy, cal), segments, n, segments[0].from, threshold_amount(t, budget.value));
	due = due_of(policy, cal, segments, n, budget.value);
	if (due.rc != WORKTIME_OK || due.value == CLOCK_NEVER || t->mark == CLOCK_MARK_BREACH)
		return due;
	return ladder_at(policy, cal, ladder, segments, n, due.value, threshold);
}

struct clock_fire clock_next_fire(const struct clock_policy *policy, const struct calendar *cal, const struct clock_ladder *ladder, const struct clock_segment *segments, size_t n, uint32_t fired)
{
	struct clock_fire next = { WORKTIME_OK, 0, -1, CLOCK_NEVER };
	struct worktime_answer budget, at;
	ql_time amount, least = INT64_MAX;

	assert(n >= 1 && segments[0].run == CLOCK_RUN && policy->thresholds <= CLOCK_THRESHOLDS);
	budget = budget_of(policy, cal, segments[0].from);
	if (budget.rc != WORKTIME_OK)
		return (struct clock_fire){ budget.rc, budget.year, -1, CLOCK_NEVER };
	for (int i = 0; i < policy->thresholds; i++) {
		amount = threshold_amount(&policy->threshold[i], budget.value);
		if ((fired >> i & 1) == 0 && amount < least) {
			least = amount;
			next.threshold = i;
		}
	}
	if (next.threshold < 0)
		return next;
	at = clock_fire_at(policy, cal, ladder, segments, n, next.threshold);
	if (at.rc != WORKTIME_OK)
		return (struct clock_fire){ at.rc, at.year, -1, CLOCK_NEVER };
	next.at = at.value;
	if (next.at == CLOCK_NEVER)
		next.threshold = -1;
	return next;
}

uint32_t clock_carry_fired(const struct clock_policy *from, uint32_t fired, const struct clock_policy *to)
{
	uint32_t carried = 0;

	for (int i = 0; i < to->thresholds; i++)
		for (int was = 0; was < from->thresholds; was++)
			if ((fired >> was & 1) != 0 && from->threshold[was].mark == to->threshold[i].mark && from->threshold[was].amount == to->threshold[i].amount)
				carried |= UINT32_C(1) << i;
	return carried;
}

/* --- of two promises the better ------------------------------------------------------------------------------------------ */

bool clock_gives_room(enum clock_kind kind) { return kind == CLOCK_CONFIRMATION; }

/* Both are read at the last instant that the segments tell of; a paused clock by when it would be due if it went on then. */
static bool is_better(struct clock_reading had, struct clock_reading gets, bool gives_room)
{
	if (gets.rc != WORKTIME_OK)
		return false;
	if (had.rc != WORKTIME_OK)
		return true;
	return gives_room ? gets.if_resumed > had.if_resumed : gets.if_resumed < had.if_resumed;
}

static ql_time told_until(const struct clock_segment *s, size_t n) { return s[n - 1].to != 0 ? s[n - 1].to : s[n - 1].from; }

const struct clock_policy *clock_keep(const struct clock_policy *old, const struct clock_policy *new_policy, bool gives_room, const struct calendar *cal, const struct clock_segment *segments, size_t n)
{
	const ql_time now = told_until(segments, n);

	return is_better(clock_read(old, cal, segments, n, now), clock_read(new_policy, cal, segments, n, now), gives_room) ? new_policy : old;
}

const struct calendar *clock_keep_calendar(const struct calendar *old, const struct calendar *new_calendar, bool gives_room, const struct clock_policy *policy, const struct clock_segment *segments, size_t n)
{
	const ql_time now = told_until(segments, n);

	return is_better(clock_read(policy, old, segments, n, now), clock_read(policy, new_calendar, segments, n, now), gives_room) ? new_calendar : old;
}
