#include "domain/cover.h"

#include "domain/timefmt.h"

struct writer {
	const struct cover_ask *ask;
	struct cover_gap *gaps;
	size_t n, max, span; /* span: the first that may still matter */
	bool more;
};

static void put(struct writer *w, struct cover_gap gap)
{
	if (w->n < w->max)
		w->gaps[w->n++] = gap;
	else
		w->more = true;
}

/* What of one slot has nobody; returns how much of it that is. */
static ql_time uncovered(struct writer *w, int32_t day, ql_time from, ql_time to)
{
	ql_time at = from, left = 0;

	while (w->span < w->ask->n && w->ask->spans[w->span].to <= from)
		w->span++;
	for (size_t i = w->span; at < to; i++) {
		const ql_time until = i < w->ask->n && w->ask->spans[i].from < to ? w->ask->spans[i].from : to;

		if (until > at) {
			put(w, (struct cover_gap){ .day = day, .from = at, .to = until });
			left += until - at;
		}
		if (until == to)
			break;
		at = w->ask->spans[i].to > at ? w->ask->spans[i].to : at;
	}
	return left;
}

/* A day without anybody is said once, not slot by slot. */
static void one_day(struct writer *w, int32_t day, const struct worktime_day *hours)
{
	const ql_time midnight = civil_day_start(day, w->ask->cal->offset);
	const size_t before = w->n;
	const bool more = w->more;
	ql_time open = 0, left = 0, first = 0, last = 0;

	for (int i = 0; i < hours->count; i++) {
		ql_time from = midnight + hours->slots[i].from * QL_MINUTE;
		const ql_time to = midnight + hours->slots[i].to * QL_MINUTE;

		from = from < w->ask->since ? w->ask->since : from;
		if (from >= to)
			continue;
		first = first == 0 ? from : first;
		last = to;
		open += to - from;
		left += uncovered(w, day, from, to);
	}
	if (open == 0 || left < open)
		return;
	w->n = before;
	w->more = more;
	put(w, (struct cover_gap){ .day = day, .whole = true, .from = first, .to = last });
}

size_t cover_gaps(const struct cover_ask *ask, struct cover_gap *gaps, size_t max, bool *more, int *missing_year)
{
	struct writer w = { .ask = ask, .gaps = gaps, .max = max };

	*missing_year = 0;
	for (int32_t day = ask->from_day; day < ask->to_day; day++) {
		const struct worktime_day *hours = worktime_hours(ask->cal, day);

		if (hours != NULL)
			one_day(&w, day, hours);
		else if (*missing_year == 0)
			*missing_year = civil_from_day(day).year;
	}
	*more = w.more;
	return w.n;
}
