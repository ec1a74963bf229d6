/* calendar.c -- building a calendar; the questions are answered in worktime.c. */
#include <string.h>
#include "domain/timefmt.h"
#include "domain/worktime.h"

#define DAY_MINUTES 1440
#define YEARS       64

void calendar_init(struct calendar *cal, int offset_minutes)
{
	memset(cal, 0, sizeof(*cal));
	cal->offset = (int16_t)offset_minutes;
}

/* Keeps the slots ascending and apart; slots that touch become one, so that a lunch break is a break. */
bool worktime_day_add(struct worktime_day *day, int from, int to)
{
	int at = 0;

	if (from < 0 || from >= to || to > DAY_MINUTES || day->count >= WORKTIME_SLOTS)
		return false;
	while (at < day->count && day->slots[at].from < from)
		at++;
	if ((at > 0 && day->slots[at - 1].to > from) || (at < day->count && day->slots[at].from < to))
		return false;
	if (at > 0 && day->slots[at - 1].to == from) {
		day->slots[at - 1].to = (int16_t)to;
		return true;
	}
	memmove(&day->slots[at + 1], &day->slots[at], (size_t)(day->count - at) * sizeof(day->slots[0]));
	day->slots[at] = (struct worktime_slot){ (int16_t)from, (int16_t)to };
	day->count++;
	return true;
}

bool calendar_add_week(struct calendar *cal, int weekday, int from, int to)
{
	struct worktime_day today, next;

	if (weekday < 0 || weekday > 6)
		return false;
	if (to > from)
		return worktime_day_add(&cal->week[weekday], from, to);
	today = cal->week[weekday];
	next = cal->week[(weekday + 1) % 7];
	if (!worktime_day_add(&today, from, DAY_MINUTES) || (to > 0 && !worktime_day_add(&next, 0, to)))
		return false;
	cal->week[weekday] = today;
	cal->week[(weekday + 1) % 7] = next;
	return true;
}

bool calendar_add_makeup(struct calendar *cal, int from, int to) { return worktime_day_add(&cal->makeup, from, to); }

static bool well_formed(const struct worktime_day *hours)
{
	struct worktime_day copy = { 0 };

	if (hours->count < 0 || hours->count > WORKTIME_SLOTS)
		return false;
	for (int i = 0; i < hours->count; i++)
		if ((i > 0 && hours->slots[i].from < hours->slots[i - 1].to) || !worktime_day_add(&copy, hours->slots[i].from, hours->slots[i].to))
			return false;
	return true;
}

bool calendar_override(struct calendar *cal, int32_t day, const struct worktime_day *hours)
{
	struct worktime_override new = { day, { 0 } };
	int at = cal->overrides;

	if (hours != NULL && !well_formed(hours))
		return false;
	if (hours != NULL)
		new.hours = hours->count > 0 ? *hours : cal->makeup;
	while (at > 0 && cal->override[at - 1].day >= day)
		at--;
	if (at < cal->overrides && cal->override[at].day == day) {
		cal->override[at] = new;
		return true;
	}
	if (cal->overrides >= WORKTIME_OVERRIDES)
		return false;
	memmove(&cal->override[at + 1], &cal->override[at], (size_t)(cal->overrides - at) * sizeof(new));
	cal->override[at] = new;
	cal->overrides++;
	return true;
}

bool calendar_publish(struct calendar *cal, int year)
{
	if (year < WORKTIME_FIRST_YEAR || year >= WORKTIME_FIRST_YEAR + YEARS)
		return false;
	cal->years |= UINT64_C(1) << (year - WORKTIME_FIRST_YEAR);
	return true;
}

bool calendar_book(struct calendar *cal, int32_t day)
{
	static const struct worktime_day MAKEUP_HOURS = { 0 };

	switch (worktime_look(cal, day).why) {
	case WORKTIME_WEEK_OPEN:
	case WORKTIME_DATE_OPEN: return true;
	case WORKTIME_WEEK_SHUT: return cal->makeup.count > 0 && calendar_override(cal, day, &MAKEUP_HOURS);
	default:                 return false;
	}
}
