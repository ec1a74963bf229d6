#include "domain/worktime.h"

#include <assert.h>
#include "domain/timefmt.h"

/* Where the walk stands: one local day, its hours, its midnight. */
struct walk {
	const struct calendar *cal;
	int32_t day;
	ql_time midnight;
	const struct worktime_day *hours; /* NULL: the year is not published */
	int year, last_year_day;          /* of day; the year is worked out again only past its last day */
	int override;                     /* first override at or after day */
	int weekday;
};

static struct worktime_answer found(ql_time value) { return (struct worktime_answer){ WORKTIME_OK, 0, value }; }
static struct worktime_answer no_year(int year) { return (struct worktime_answer){ WORKTIME_NO_YEAR, year, 0 }; }
static struct worktime_answer never(void) { return (struct worktime_answer){ WORKTIME_NEVER, 0, 0 }; }

static bool published(const struct calendar *cal, int year)
{
	int bit = year - WORKTIME_FIRST_YEAR;

	return cal->years == WORKTIME_ALL_YEARS || (bit >= 0 && bit < 64 && cal->years >> bit & 1);
}

static int first_override(const struct calendar *cal, int32_t day)
{
	int low = 0, high = cal->overrides;

	while (low < high) {
		int middle = (low + high) / 2;

		if (cal->override[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void look(struct walk *w)
{
	const struct calendar *cal = w->cal;

	if (w->day > w->last_year_day) {
		w->year = civil_from_day(w->day).year;
		w->last_year_day = civil_day(w->year, 12, 31);
	}
	if (!published(cal, w->year))
		w->hours = NULL;
	else if (w->override < cal->overrides && cal->override[w->override].day == w->day)
		w->hours = &cal->override[w->override].hours;
	else
		w->hours = &cal->week[w->weekday];
}

static struct walk walk_from(const struct calendar *cal, int32_t day)
{
	struct civil c = civil_from_day(day);
	struct walk w = {
		.cal = cal,
		.day = day,
		.midnight = civil_day_start(day, cal->offset),
		.year = c.year,
		.last_year_day = civil_day(c.year, 12, 31),
		.override = first_override(cal, day),
		.weekday = c.weekday,
	};

	look(&w);
	return w;
}

static void walk_on(struct walk *w)
{
	if (w->override < w->cal->overrides && w->cal->override[w->override].day == w->day)
		w->override++;
	w->day++;
	w->midnight += QL_DAY;
	w->weekday = (w->weekday + 1) % 7;
	look(w);
}

static ql_time opens(const struct walk *w, int slot) { return w->midnight + w->hours->slots[slot].from * QL_MINUTE; }
static ql_time shuts(const struct walk *w, int slot) { return w->midnight + w->hours->slots[slot].to * QL_MINUTE; }

static ql_time later(ql_time a, ql_time b) { return a > b ? a : b; }
static ql_time sooner(ql_time a, ql_time b) { return a < b ? a : b; }

/* Close of business; 24:00 of a day off. */
static ql_time day_end(const struct walk *w)
{
	return w->hours->count > 0 ? shuts(w, w->hours->count - 1) : w->midnight + QL_DAY;
}

struct worktime_answer worktime_add(const struct calendar *cal, ql_time from, ql_time work)
{
	struct walk w = walk_from(cal, civil_day_at(from, cal->offset));

	assert(work >= 0);
	if (work == 0)
		return found(from);
	for (int days = 0; days < WORKTIME_HORIZON; days++, walk_on(&w)) {
		if (w.hours == NULL)
			return no_year(w.year);
		for (int i = 0; i < w.hours->count; i++) {
			ql_time start = later(from, opens(&w, i));
			ql_time room = shuts(&w, i) - start;

			if (room >= work)
				return found(start + work);
			if (room > 0)
				work -= room;
		}
	}
	return never();
}

static ql_time open_within(const struct walk *w, ql_time a, ql_time b)
{
	ql_time sum = 0;

	for (int i = 0; i < w->hours->count; i++)
		sum += later(0, sooner(b, shuts(w, i)) - later(a, opens(w, i)));
	return sum;
}

struct worktime_answer worktime_between(const struct calendar *cal, ql_time a, ql_time b)
{
	ql_time from = sooner(a, b), to = later(a, b), sum = 0;
	struct walk w = walk_from(cal, civil_day_at(from, cal->offset));

	for (; w.midnight < to; walk_on(&w)) {
		if (w.hours == NULL)
			return no_year(w.year);
		sum += open_within(&w, from, to);
	}
	return found(a <= b ? sum : -sum);
}

struct worktime_answer worktime_next_open(const struct calendar *cal, ql_time at)
{
	struct walk w = walk_from(cal, civil_day_at(at, cal->offset));

	for (int days = 0; days < WORKTIME_HORIZON; days++, walk_on(&w)) {
		if (w.hours == NULL)
			return no_year(w.year);
		for (int i = 0; i < w.hours->count; i++)
			if (at < shuts(&w, i))
				return found(later(at, opens(&w, i)));
	}
	return never();
}

/* Close of business of the n-th working day from w on, w's own day being the first. */
static struct worktime_answer nth_working_day(struct walk w, int n)
{
	for (int days = 0; days < WORKTIME_HORIZON; days++, walk_on(&w)) {
		if (w.hours == NULL)
			return no_year(w.year);
		if (w.hours->count > 0 && --n == 0)
			return found(day_end(&w));
	}
	return never();
}

struct worktime_answer worktime_add_days(const struct calendar *cal, ql_time from, int n)
{
	assert(n >= 0);
	if (n == 0)
		return worktime_same_day(cal, from);
	return nth_working_day(walk_from(cal, civil_day_at(from, cal->offset) + 1), n);
}

struct worktime_answer worktime_same_day(const struct calendar *cal, ql_time from)
{
	struct walk w = walk_from(cal, civil_day_at(from, cal->offset));

	if (w.hours == NULL)
		return no_year(w.year);
	if (from >= day_end(&w))
		walk_on(&w);
	return nth_working_day(w, 1);
}

static struct worktime_answer end_of_term(const struct calendar *cal, int32_t last, bool roll)
{
	struct walk w = walk_from(cal, last);

	if (roll)
		return nth_working_day(w, 1);
	return w.hours == NULL ? no_year(w.year) : found(day_end(&w));
}

struct worktime_answer worktime_add_calendar_days(const struct calendar *cal, ql_time from, int days, bool roll)
{
	assert(days >= 0);
	return end_of_term(cal, civil_day_at(from, cal->offset) + days, roll);
}

struct worktime_answer worktime_add_months(const struct calendar *cal, ql_time from, int months, bool roll)
{
	struct civil c = civil_at(from, cal->offset);
	int month = c.year * 12 + c.month - 1 + months;
	int year = month / 12;
	int last = civil_month_days(year, month % 12 + 1);

	assert(months >= 0);
	return end_of_term(cal, civil_day(year, month % 12 + 1, c.day < last ? c.day : last), roll);
}

const struct worktime_day *worktime_hours(const struct calendar *cal, int32_t day) { return walk_from(cal, day).hours; }

struct worktime_answer worktime_term_end(const struct calendar *cal, ql_time last, bool roll)
{
	return end_of_term(cal, civil_day_at(last - 1, cal->offset), roll);
}

struct worktime_look worktime_look(const struct calendar *cal, int32_t day)
{
	const struct walk w = walk_from(cal, day);
	const bool dated = w.override < cal->overrides && cal->override[w.override].day == day;

	if (w.hours == NULL)
		return (struct worktime_look){ WORKTIME_UNPUBLISHED, NULL };
	if (w.hours->count > 0)
		return (struct worktime_look){ dated ? WORKTIME_DATE_OPEN : WORKTIME_WEEK_OPEN, w.hours };
	return (struct worktime_look){ dated ? WORKTIME_DATE_SHUT : WORKTIME_WEEK_SHUT, w.hours };
}

struct worktime_answer worktime_is_working_day(const struct calendar *cal, int32_t day)
{
	struct walk w = walk_from(cal, day);

	return w.hours == NULL ? no_year(w.year) : found(w.hours->count > 0);
}
