/* explain_clock.c -- a deadline explained: from the facts alone, each day walked, so that anybody can count it again by hand. */
#include <stdio.h>
#include "casebook/facts.h"
#include "domain/timefmt.h"

#define DAYS_SHOWN 400

/* What the walk over the days needs. */
struct walk {
	const struct reference *ref;
	const struct clock_facts *f;
	const struct calendar *cal;
	struct clock_policy rule;
	ql_time until; /* due, or as far as it got */
};

static void write_policy(const struct policy *p, const struct clock_facts *f, struct ql_buf *b)
{
	ql_json_open(b, "policy", '{');
	ql_json_text(b, "code", p->code);
	ql_json_i64(b, "version", p->rule.version);
	ql_json_i64(b, "amount", p->rule.amount);
	ql_json_text(b, "unit", clock_unit_name(p->rule.unit));
	ql_json_bool(b, "roll", p->rule.roll);
	ql_json_i64(b, "extension", f->clock.extension);
	ql_json_i64(b, "extension_most", p->extension_most);
	ql_json_close(b, '}');
}

static void write_calendar(const struct reference *ref, int32_t id, const struct calendar *cal, struct ql_buf *b)
{
	const struct calendar_facts facts = reference_calendar_facts(ref, id);

	ql_json_open(b, "calendar", '{');
	ql_json_text(b, "code", facts.code);
	ql_json_i64(b, "version", facts.version);
	ql_json_i64(b, "utc_offset", cal->offset);
	ql_json_close(b, '}');
}

static void write_reading(const struct clock_facts *f, const struct clock_reading *r, struct ql_buf *b)
{
	const ql_time due = r->rc == WORKTIME_OK && r->due != CLOCK_NEVER ? r->due : 0;

	ql_json_time(b, "started_at", f->clock.started_at);
	ql_json_time(b, "due_at", due);
	ql_json_time(b, "if_resumed_at", r->rc == WORKTIME_OK && due == 0 ? r->if_resumed : 0);
	ql_json_time(b, "ended_at", f->clock.ended_at);
	ql_json_time(b, "breached_at", f->clock.breached_at);
	ql_json_bool(b, "running", r->running);
	if (r->rc != WORKTIME_OK) {
		ql_json_i64(b, "missing_year", r->year);
		return;
	}
	ql_json_i64(b, "budget_us", r->budget);
	ql_json_i64(b, "elapsed_us", r->elapsed);
	ql_json_i64(b, "remaining_us", r->remaining);
}

static void write_hours(const struct worktime_day *hours, struct ql_buf *b)
{
	char text[24];

	ql_json_open(b, "hours", '[');
	for (int i = 0; hours != NULL && i < hours->count; i++) {
		const struct worktime_slot *s = &hours->slots[i];

		snprintf(text, sizeof(text), "%02d:%02d-%02d:%02d", s->from / 60 % 100, s->from % 60, s->to / 60 % 100, s->to % 60);
		ql_json_text(b, NULL, text);
	}
	ql_json_close(b, ']');
}

static ql_time worked(const struct worktime_day *hours)
{
	ql_time minutes = 0;

	for (int i = 0; hours != NULL && i < hours->count; i++)
		minutes += hours->slots[i].to - hours->slots[i].from;
	return minutes * QL_MINUTE;
}

static void write_day(const struct walk *w, int32_t day, struct ql_buf *b)
{
	static const char *const WHY[] = { "week_open", "week_shut", "date_open", "date_shut", "unpublished" };
	const ql_time begins = civil_day_start(day, w->cal->offset), ends = begins + QL_DAY;
	const struct worktime_look look = worktime_look(w->cal, day);
	const struct worktime_answer counted = clock_counted(&w->rule, w->cal, w->f->clock.segment, (size_t)w->f->clock.segments, begins, ends < w->until ? ends : w->until);
	char date[RFC3339_MAX];

	date_format(day, date);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "date", date);
	ql_json_text(b, "why", WHY[look.why]);
	ql_json_text(b, "name", reference_day_name(w->ref, w->f->clock.calendar, day));
	write_hours(look.hours, b);
	ql_json_i64(b, "working_us", worked(look.hours));
	ql_json_i64(b, "counted_us", counted.rc == WORKTIME_OK ? counted.value : 0);
	ql_json_close(b, '}');
}

static void write_days(const struct walk *w, struct ql_buf *b)
{
	const int32_t first = civil_day_at(w->f->clock.started_at, w->cal->offset), last = civil_day_at(w->until - 1, w->cal->offset);

	ql_json_open(b, "days", '[');
	for (int32_t day = first; day <= last && day < first + DAYS_SHOWN; day++)
		write_day(w, day, b);
	ql_json_close(b, ']');
	ql_json_i64(b, "days_left_out", last - first >= DAYS_SHOWN ? last - first - DAYS_SHOWN + 1 : 0);
}

static void write_thresholds(const struct walk *w, const struct policy *p, ql_time now, struct ql_buf *b)
{
	const struct case_clock *k = &w->f->clock;
	const struct unit *lead = reference_unit(w->ref, w->f->unit);
	const struct clock_ladder ladder = reference_ladder(w->ref, p, lead, w->f->priority[0] == 'u', now);

	ql_json_open(b, "thresholds", '[');
	for (int i = 0; i < w->rule.thresholds; i++) {
		const struct worktime_answer at = clock_fire_at(&w->rule, w->cal, &ladder, k->segment, (size_t)k->segments, i);
		const struct unit *unit = reference_told(w->ref, p->ladder[i], lead);
		char name[CLOCK_THRESHOLD_NAME];

		clock_threshold_name(&w->rule.threshold[i], name);
		ql_json_open(b, NULL, '{');
		ql_json_text(b, "name", name);
		ql_json_text(b, "to", told_name(p->ladder[i]));
		ql_json_text(b, "to_unit", unit != NULL ? unit->code : NULL);
		ql_json_time(b, "at", at.rc == WORKTIME_OK && at.value != CLOCK_NEVER ? at.value : 0);
		ql_json_bool(b, "fired", k->fired >> i & 1);
		ql_json_close(b, '}');
	}
	ql_json_close(b, ']');
}

static void write_head(const struct clock_facts *f, struct ql_buf *b)
{
	static const char *const STATES[] = { "running", "paused", "met", "stopped" };

	ql_json_i64(b, "case", f->case_id);
	ql_json_text(b, "number", f->number);
	ql_json_i64(b, "id", f->clock.seq);
	ql_json_text(b, "kind", clock_kind_name(f->clock.kind));
	ql_json_i64(b, "cycle", f->clock.cycle);
	ql_json_text(b, "state", STATES[f->clock.state]);
}

void explain_clock(const struct reference *ref, const struct clock_facts *f, const struct clock_told *t, bool staff, ql_time now, struct ql_buf *b)
{
	struct walk w = { .ref = ref, .f = f, .cal = reference_calendar(ref, f->clock.calendar) };
	const struct policy *p = facts_policy(ref, f, &w.rule);
	const struct clock_reading r = facts_read(ref, f, f->clock.ended_at != 0 ? f->clock.ended_at : now);

	ql_json_open(b, NULL, '{');
	write_head(f, b);
	if (p != NULL && w.cal != NULL) {
		w.until = r.rc == WORKTIME_OK && r.due != CLOCK_NEVER ? r.due : now;
		write_policy(p, f, b);
		write_calendar(ref, f->clock.calendar, w.cal, b);
		write_reading(f, &r, b);
		write_days(&w, b);
		if (staff)
			write_thresholds(&w, p, now, b);
	}
	ql_json_raw(b, "segments", t->segments.data);
	ql_json_raw(b, "ledger", t->ledger.data);
	if (staff)
		ql_json_raw(b, "fires", t->fires.data);
	ql_json_close(b, '}');
}
