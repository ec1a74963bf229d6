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

/* --- the measure: working time, or the clock on the wall ------------------------------------------------------------- */

static struct worktime_answer measure_add(const struct clock_policy *p, const struct calendar *cal, ql_time from, ql_time amount)
{
	if (p->unit == CLOCK_WALL_MINUTES)
		return (struct worktime_answer){ WORKTIME_OK, 0, from + amount };
	return worktime_add(cal, from, amount);
}

static struct worktime_answer measure_between(const struct clock_policy *p, const struct calendar *cal, ql_time a, ql_time b)
{
	if (p->unit == CLOCK_WALL_MINUTES)
		return (struct worktime_answer){ WORKTIME_OK, 0, b - a };
	return worktime_between(cal, a, b);
}

/* The whole promise in the measure. Working days become the working time from the start to their close of business, so
 * that a pause of two working hours moves that end by two working hours. */
static struct worktime_answer budget_of(const struct clock_policy *p, const struct calendar *cal, ql_time start)
{
	struct worktime_answer end;

	if (p->unit != CLOCK_WORK_DAYS)
		return (struct worktime_answer){ WORKTIME_OK, 0, p->amount * QL_MINUTE };
	end = worktime_add_days(cal, start, p->amount);
	return end.rc == WORKTIME_OK ? worktime_between(cal, start, end.value) : end;
}

/* The instant at which the running segments have used up amount, CLOCK_NEVER when they do not get that far. */
static struct worktime_answer reach(const struct clock_policy *p, const struct calendar *cal, const struct clock_segment *s, size_t n, ql_time amount)
{
	struct worktime_answer used;

	for (const struct clock_segment *end = s + n; s < end; s++) {
		if (s->run != CLOCK_RUN)
			continue;
		if (s->to == 0)
			return measure_add(p, cal, s->from, amount);
		used = measure_between(p, cal, s->from, s->to);
		if (used.rc != WORKTIME_OK)
			return used;
		if (used.value >= amount)
			return measure_add(p, cal, s->from, amount);
		amount -= used.value;
	}
	return (struct worktime_answer){ WORKTIME_OK, 0, CLOCK_NEVER };
}

static struct worktime_answer elapsed_at(const struct clock_policy *p, const struct calendar *cal, const struct clock_segment *s, size_t n, ql_time now)
{
	struct worktime_answer used, sum = { WORKTIME_OK, 0, 0 };

	for (const struct clock_segment *end = s + n; s < end && s->from < now; s++) {
		if (s->run != CLOCK_RUN)
			continue;
		used = measure_between(p, cal, s->from, s->to != 0 && s->to < now ? s->to : now);
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

struct clock_reading clock_read(const struct clock_policy *policy, const struct calendar *cal, const struct clock_segment *segments, size_t n, ql_time now)
{
	struct clock_reading r = { .rc = WORKTIME_OK };
	struct worktime_answer budget, due, elapsed, resumed;

	assert(n >= 1 && segments[0].run == CLOCK_RUN);
	budget = budget_of(policy, cal, segments[0].from);
	if (budget.rc != WORKTIME_OK)
		return unreadable(budget);
	due = reach(policy, cal, segments, n, budget.value);
	if (due.rc != WORKTIME_OK)
		return unreadable(due);
	elapsed = elapsed_at(policy, cal, segments, n, now);
	if (elapsed.rc != WORKTIME_OK)
		return unreadable(elapsed);
	r.running = segments[n - 1].run == CLOCK_RUN && segments[n - 1].to == 0;
	r.due = r.if_resumed = due.value;
	r.budget = budget.value;
	r.elapsed = elapsed.value;
	r.remaining = r.budget - r.elapsed;
	r.breached = r.due <= now;
	if (r.due == CLOCK_NEVER) { /* it would resume after its last segment at the earliest */
		resumed = measure_add(policy, cal, now > segments[n - 1].to ? now : segments[n - 1].to, r.remaining > 0 ? r.remaining : 0);
		if (resumed.rc != WORKTIME_OK)
			return unreadable(resumed);
		r.if_resumed = resumed.value;
	}
	return r;
}

/* How much of the promise is used when the threshold fires. */
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

struct clock_fire clock_next_fire(const struct clock_policy *policy, const struct calendar *cal, const struct clock_segment *segments, size_t n, uint32_t fired)
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
	at = reach(policy, cal, segments, n, least);
	if (at.rc != WORKTIME_OK)
		return (struct clock_fire){ at.rc, at.year, -1, CLOCK_NEVER };
	next.at = at.value;
	if (next.at == CLOCK_NEVER)
		next.threshold = -1;
	return next;
}

const struct clock_policy *clock_keep(const struct clock_policy *old, const struct clock_policy *new_policy, const struct calendar *cal, const struct clock_segment *segments, size_t n)
{
	ql_time now = segments[n - 1].to != 0 ? segments[n - 1].to : segments[n - 1].from;
	struct clock_reading had = clock_read(old, cal, segments, n, now);
	struct clock_reading gets = clock_read(new_policy, cal, segments, n, now);

	if (gets.rc != WORKTIME_OK)
		return old;
	return had.rc != WORKTIME_OK || gets.if_resumed < had.if_resumed ? new_policy : old;
}
