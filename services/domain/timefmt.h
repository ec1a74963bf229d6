/* timefmt.h -- civil dates and the written forms of an instant; proleptic Gregorian, pure.
 *
 * An instant is ql_time (microseconds, UTC). A local date is a day number: days since 1970-01-01 in the
 * offset the caller names. Beijing is UTC+8 without summer time, Urumqi included.
 */
#ifndef QL_DOMAIN_TIMEFMT_H
#define QL_DOMAIN_TIMEFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/loop.h"

#define BEIJING_OFFSET 480 /* minutes east of UTC */
#define QL_MINUTE (60 * QL_SECOND)
#define QL_HOUR (60 * QL_MINUTE)
#define QL_DAY (24 * QL_HOUR)
#define RFC3339_MAX 40 /* bytes with the NUL */

struct civil {
	int year, month, day; /* month 1-12, day 1-31 */
	int hour, minute, second, micro;
	int weekday; /* 0 Sunday .. 6 Saturday */
};

bool civil_valid_date(int year, int month, int day);
int civil_month_days(int year, int month);
int32_t civil_day(int year, int month, int day);                   /* day number of a valid date */
struct civil civil_from_day(int32_t day);                          /* time fields 0 */
struct civil civil_at(ql_time at, int offset_minutes);             /* the clock on the wall there */
ql_time civil_time(const struct civil *local, int offset_minutes); /* weekday is ignored */
int32_t civil_day_at(ql_time at, int offset_minutes);              /* local day number of an instant */
ql_time civil_day_start(int32_t day, int offset_minutes);          /* local midnight as an instant */
static inline int32_t beijing_day(ql_time at) { return civil_day_at(at, BEIJING_OFFSET); }

/* Accepts exactly  ^(19|20)\d{2}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$  with a real
 * date, hour <= 23, minute and second <= 59 (no leap second), offset <= 23:59. Digits past the sixth of the
 * fraction are cut. len bytes, no NUL needed; offset_minutes may be NULL; *at untouched on false. */
bool rfc3339_parse(const char *text, size_t len, ql_time *at, int *offset_minutes);

/* "2026-11-23T09:15:03Z" or with "+08:00"; fraction only when there is one (3 or 6 digits). Returns the length. */
int rfc3339_format(ql_time at, int offset_minutes, char out[RFC3339_MAX]);

/* "2026-11-23" */
bool date_parse(const char *text, size_t len, int32_t *day);
int date_format(int32_t day, char out[RFC3339_MAX]);

#endif
