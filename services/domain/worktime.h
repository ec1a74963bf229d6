/* worktime.h -- working time as a pure function of a calendar: O(days walked), nothing per minute.
 *
 * A day is working when it has a slot. Date overrides open or close a day (调休); a year whose overrides are not
 * published is an answer of its own, never a silent fall-back to the week. The counting of terms follows arts. 200 to 204
 * of the Civil Code.
 */
#ifndef QL_DOMAIN_WORKTIME_H
#define QL_DOMAIN_WORKTIME_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/loop.h"

#define WORKTIME_SLOTS 6              /* in one day */
#define WORKTIME_OVERRIDES 400        /* about ten published years */
#define WORKTIME_FIRST_YEAR 2000      /* bit 0 of years */
#define WORKTIME_ALL_YEARS UINT64_MAX /* a calendar no holiday touches: around the clock */
#define WORKTIME_HORIZON 3700         /* days walked before we say there is no working time */

struct worktime_slot {
	int16_t from, to;
}; /* minutes of the local day, 0 <= from < to <= 1440, open at from, shut at to */

struct worktime_day {
	int16_t count;                              /* 0: closed */
	struct worktime_slot slots[WORKTIME_SLOTS]; /* ascending, not overlapping */
};

struct worktime_override {
	int32_t day;
	struct worktime_day hours;
};

struct calendar {
	int64_t version;
	int16_t offset; /* minutes east of UTC */
	int16_t overrides;
	uint64_t years;                                        /* published: bit (year - WORKTIME_FIRST_YEAR) */
	struct worktime_day week[7];                           /* 0 Sunday */
	struct worktime_day makeup;                            /* the hours of an opened day that names none */
	struct worktime_override override[WORKTIME_OVERRIDES]; /* ascending by day */
};

enum worktime_rc {
	WORKTIME_OK = 0,
	WORKTIME_NO_YEAR, /* the way touches a year that is not published: year names it */
	WORKTIME_NEVER    /* the calendar has no such time within the horizon */
};

struct worktime_answer {
	enum worktime_rc rc;
	int year;      /* the missing one with WORKTIME_NO_YEAR */
	ql_time value; /* an instant, or an amount of work; 0 unless WORKTIME_OK */
};

/* --- building; all answer false when a maximum or a rule of the shapes is broken, the calendar is then unchanged --- */
void calendar_init(struct calendar *cal, int offset_minutes); /* closed all week, no year published */
/* to <= from runs past midnight into the next weekday; to = 1440 is midnight itself. */
QL_MUSTCHECK bool calendar_add_week(struct calendar *cal, int weekday, int from, int to);
QL_MUSTCHECK bool calendar_add_makeup(struct calendar *cal, int from, int to);
/* Sets the day's own hours (last call wins): NULL closes it, an empty one opens it with the make-up hours. */
QL_MUSTCHECK bool calendar_override(struct calendar *cal, int32_t day, const struct worktime_day *hours);
QL_MUSTCHECK bool calendar_publish(struct calendar *cal, int year);
/* A day off of the week that somebody booked is worked, with the make-up hours ("5+2"). What the yearly notice shut stays
 * shut and what is open stays as it is: true when the day is worked afterwards. */
QL_MUSTCHECK bool calendar_book(struct calendar *cal, int32_t day);
QL_MUSTCHECK bool worktime_day_add(struct worktime_day *day, int from, int to);

/* --- asking --- */
/* The first instant t with worktime_between(from, t) == work; from itself for work 0. work >= 0. */
struct worktime_answer worktime_add(const struct calendar *cal, ql_time from, ql_time work);
/* Working microseconds from a to b; negative when b < a. */
struct worktime_answer worktime_between(const struct calendar *cal, ql_time a, ql_time b);
/* at itself when open, else the start of the next slot. */
struct worktime_answer worktime_next_open(const struct calendar *cal, ql_time at);

/* Close of business of the n-th working day after the day of from, which does not count; n = 0 is the same working
 * day: the one in which from falls, or the next when that is closed already. A day without business hours is written
 * as one slot 0-1440 and ends at 24:00. */
struct worktime_answer worktime_add_days(const struct calendar *cal, ql_time from, int n);
struct worktime_answer worktime_same_day(const struct calendar *cal, ql_time from);

/* Terms in calendar days and months (the corresponding day, else the month's end). The last day ends at close of
 * business, or 24:00 when it is no working day; with roll a day off moves to the next working day. */
struct worktime_answer worktime_add_calendar_days(const struct calendar *cal, ql_time from, int days, bool roll);
struct worktime_answer worktime_add_months(const struct calendar *cal, ql_time from, int months, bool roll);

/* The slots of a local day, none when it is closed; NULL: its year is not published. Good as long as cal is. */
const struct worktime_day *worktime_hours(const struct calendar *cal, int32_t day);

/* The end of the local day in which the instant falls (midnight belongs to the day that it ends) as the last day of a term. */
struct worktime_answer worktime_term_end(const struct calendar *cal, ql_time last, bool roll);

/* One day as an explanation shows it. */
enum worktime_look_why {
	WORKTIME_WEEK_OPEN,
	WORKTIME_WEEK_SHUT,
	WORKTIME_DATE_OPEN, /* by date: a make-up day, other hours */
	WORKTIME_DATE_SHUT, /* by date: a holiday, a storm */
	WORKTIME_UNPUBLISHED
};
struct worktime_look {
	enum worktime_look_why why;
	const struct worktime_day *hours; /* NULL: not published */
};
struct worktime_look worktime_look(const struct calendar *cal, int32_t day);

struct worktime_answer worktime_is_working_day(const struct calendar *cal, int32_t day); /* value 0 or 1 */

#endif
