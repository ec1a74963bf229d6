/* clocks.h -- a promise of time: due, elapsed, remaining and what fires when, as a pure function of
 * (policy, calendar, segments).
 *
 * Nothing edits a timestamp: a pause, a reopening, a resumption is a segment. Only RUN segments use up the promise;
 * they do so in the policy's own measure (working time or wall time), so a pause over a week-end gives nothing.
 */
#ifndef QL_DOMAIN_CLOCKS_H
#define QL_DOMAIN_CLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "domain/worktime.h"

#define CLOCK_NEVER INT64_MAX /* paused or stopped: no instant as things stand */
#define CLOCK_THRESHOLDS 8    /* of one policy */
#define CLOCK_THRESHOLD_NAME 24

enum clock_kind {
	CLOCK_UNASSIGNED,
	CLOCK_ACCEPT,
	CLOCK_FIRST_RESPONSE,
	CLOCK_NEXT_RESPONSE,
	CLOCK_NEXT_UPDATE,
	CLOCK_RESOLUTION,
	CLOCK_CONFIRMATION,
	CLOCK_CALL_BACK,
	CLOCK_JOINT_ACCEPT, /* of a party: its unit, then its officer, must take it up */
	CLOCK_JOINT_RESULT, /* of a party: its part of the work */
	CLOCK_ARBITRATION,  /* who leads must be ruled */
	CLOCK_REVIEW, /* of the routing, asked for by the enterprise */
	CLOCK_KINDS
};
#define CLOCK_BIT(kind) (1u << (kind))

/* Calendar days and months are terms of the law: the start day is out, a pause moves the end by its length on the wall, and
 * the last day counts to its end (close of business, 24:00 on a day off), or, with roll, to that of the next working day. */
enum clock_unit {
	CLOCK_WORK_MINUTES,
	CLOCK_WORK_DAYS,
	CLOCK_WALL_MINUTES,
	CLOCK_CALENDAR_DAYS,
	CLOCK_CALENDAR_MONTHS,
	CLOCK_UNITS
};

/* PERCENT of the promise used and BEFORE due in minutes of the policy's measure; AFTER it (the escalation ladder) in minutes
 * that whoever is told works, see struct clock_ladder. */
enum clock_mark {
	CLOCK_MARK_PERCENT,
	CLOCK_MARK_BEFORE,
	CLOCK_MARK_BREACH,
	CLOCK_MARK_AFTER,
	CLOCK_MARKS
};
struct clock_threshold {
	enum clock_mark mark;
	int32_t amount;
};

struct clock_policy {
	int64_t version;
	enum clock_unit unit;
	int32_t amount; /* of unit; work days count the start day out and end at close of business, 0 = same working day */
	bool roll;      /* calendar days and months: a last day off moves to the next working day */
	int32_t thresholds;
	struct clock_threshold threshold[CLOCK_THRESHOLDS]; /* index = identity in (clock, cycle, threshold) */
};

/* The calendar of whoever a threshold tells; NULL: at any hour. */
struct clock_ladder {
	const struct calendar *hours[CLOCK_THRESHOLDS];
};

enum clock_run {
	CLOCK_RUN,
	CLOCK_PAUSE
};
struct clock_segment {
	ql_time from, to;
	enum clock_run run;
}; /* to 0: still open; ascending, not overlapping; gaps do not run */

struct clock_reading {
	enum worktime_rc rc;
	int year;                           /* the unpublished one with WORKTIME_NO_YEAR; nothing else is filled then */
	bool running;                       /* the last segment is an open RUN */
	bool breached;                      /* at or past due at the instant of reading */
	ql_time due;                        /* CLOCK_NEVER while it does not run and is not used up */
	ql_time if_resumed;                 /* due when it ran on from the instant of reading; = due while running */
	ql_time budget, elapsed, remaining; /* in the policy's measure; remaining < 0 when overdue (a term may end a little later) */
};

const char *clock_kind_name(enum clock_kind kind); /* "first_response" */
bool clock_kind_parse(const char *name, enum clock_kind *kind);
const char *clock_unit_name(enum clock_unit unit); /* "work_minutes" */
bool clock_unit_parse(const char *name, enum clock_unit *unit);
/* "warn_75pct", "warn_30min", "breach", "late_60min" */
void clock_threshold_name(const struct clock_threshold *threshold, char out[CLOCK_THRESHOLD_NAME]);
bool clock_threshold_parse(const char *name, struct clock_threshold *threshold);

/* The usual ladder: warnings at these percentages, the breach last; so the first k have fired = fired (1u << k) - 1.
 * false: too many, or not ascending within 1..100; nothing is changed then. */
QL_MUSTCHECK bool clock_policy_warn(struct clock_policy *policy, const int16_t *percents, size_t n);

/* segments: n >= 1, the first one a RUN. */
struct clock_reading clock_read(const struct clock_policy *policy, const struct calendar *cal,
                                const struct clock_segment *segments, size_t n, ql_time now);

/* How much of the promise its running segments use up from a to b, in the policy's measure. */
struct worktime_answer clock_counted(const struct clock_policy *policy, const struct calendar *cal, const struct clock_segment *segments, size_t n,
                                     ql_time a, ql_time b);

/* The promise with an extension agreed to: so many more of its unit. */
struct clock_policy clock_extended(const struct clock_policy *policy, int32_t by);

/* What fires next: the earliest threshold whose bit in fired is not set. threshold -1 and at CLOCK_NEVER: none, as
 * things stand. Of two at one instant the lower index is first. ladder NULL: AFTER counts in the policy's own measure. */
struct clock_fire {
	enum worktime_rc rc;
	int year;
	int threshold;
	ql_time at;
};
struct clock_fire clock_next_fire(const struct clock_policy *policy, const struct calendar *cal, const struct clock_ladder *ladder,
                                  const struct clock_segment *segments, size_t n, uint32_t fired);
/* When that threshold comes, whatever has fired; CLOCK_NEVER as things stand. A step of the ladder never overtakes the one
 * below it, however the hours of those who are told differ. */
struct worktime_answer clock_fire_at(const struct clock_policy *policy, const struct calendar *cal, const struct clock_ladder *ladder,
                                     const struct clock_segment *segments, size_t n, int threshold);
/* The bits of thresholds of the other policy whose like has fired under this one. */
uint32_t clock_carry_fired(const struct clock_policy *from, uint32_t fired, const struct clock_policy *to);

/* Is the time given to the enterprise (to object), so that longer is better? Of all others, sooner. */
bool clock_gives_room(enum clock_kind kind);
/* A promise once given is never worsened: the one of the two policies that is due first under these segments (last, when it
 * gives room); the old one when equal or when the new one can't be computed. */
const struct clock_policy *clock_keep(const struct clock_policy *old, const struct clock_policy *new_policy, bool gives_room,
                                      const struct calendar *cal, const struct clock_segment *segments, size_t n);
/* The same of two calendars under one policy. */
const struct calendar *clock_keep_calendar(const struct calendar *old, const struct calendar *new_calendar, bool gives_room,
                                           const struct clock_policy *policy, const struct clock_segment *segments, size_t n);

#endif
