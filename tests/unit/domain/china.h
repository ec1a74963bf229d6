/* china.h -- the calendars the domain tests share: the published holidays of 2024 to 2026, office hours with a lunch
 * break, round the clock; and a repeatable source of numbers.
 */
#ifndef QL_TESTS_DOMAIN_CHINA_H
#define QL_TESTS_DOMAIN_CHINA_H

#include <stdlib.h>
#include "base/err.h"
#include "domain/timefmt.h"
#include "domain/worktime.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

struct date_range {
	int year, month, first, last;
};

static const struct date_range REST[] = {
	{ 2024, 1,  1,  1  }, { 2024, 2,  10, 17 }, { 2024, 4, 4, 6 }, { 2024, 5, 1,  5  }, { 2024, 6, 10, 10 }, { 2024, 9, 15, 17 }, { 2024, 10, 1, 7 },
	{ 2025, 1,  1,  1  }, { 2025, 1,  28, 31 }, { 2025, 2, 1, 4 }, { 2025, 4, 4,  6  }, { 2025, 5, 1,  5  }, { 2025, 5, 31, 31 }, { 2025, 6,  1, 2 },
	{ 2025, 10, 1,  8  }, { 2026, 1,  1,  3  }, { 2026, 2, 15, 23 }, { 2026, 4, 4, 6 }, { 2026, 5, 1, 5 }, { 2026, 6, 19, 21 }, { 2026, 9, 25, 27 },
	{ 2026, 10, 1,  7  },
};
static const struct date_range WORK[] = {
	{ 2024, 2, 4,  4  }, { 2024, 2, 18, 18 }, { 2024, 4, 7,  7  }, { 2024, 4, 28, 28 }, { 2024, 5,  11, 11 }, { 2024, 9, 14, 14 }, { 2024, 9, 29, 29 },
	{ 2024, 10, 12, 12 }, { 2025, 1, 26, 26 }, { 2025, 2, 8,  8  }, { 2025, 4, 27, 27 }, { 2025, 9,  28, 28 }, { 2025, 10, 11, 11 },
	{ 2026, 1, 4,  4  }, { 2026, 2, 14, 14 }, { 2026, 2, 28, 28 }, { 2026, 5, 9,  9  }, { 2026, 9,  20, 20 }, { 2026, 10, 10, 10 },
};

static inline void override_ranges(struct calendar *cal, const struct date_range *r, size_t n, const struct worktime_day *hours)
{
	for (size_t i = 0; i < n; i++)
		for (int day = r[i].first; day <= r[i].last; day++)
			CHECK(calendar_override(cal, civil_day(r[i].year, r[i].month, day), hours));
}

/* Monday to Friday, these slots, the published holidays. */
static inline void china_calendar(struct calendar *cal, const int (*slots)[2], size_t n)
{
	static const struct worktime_day MAKEUP = { 0 };

	calendar_init(cal, BEIJING_OFFSET);
	for (size_t i = 0; i < n; i++) {
		CHECK(calendar_add_makeup(cal, slots[i][0], slots[i][1]));
		for (int weekday = 1; weekday <= 5; weekday++)
			CHECK(calendar_add_week(cal, weekday, slots[i][0], slots[i][1]));
	}
	override_ranges(cal, REST, QL_LEN(REST), NULL);
	override_ranges(cal, WORK, QL_LEN(WORK), &MAKEUP);
	for (int year = 2024; year <= 2026; year++)
		CHECK(calendar_publish(cal, year));
}

static inline void office_calendar(struct calendar *cal)
{
	static const int SLOTS[][2] = { { 510, 1020 } }; /* 08:30-17:00 */

	china_calendar(cal, SLOTS, QL_LEN(SLOTS));
}

static inline void lunch_calendar(struct calendar *cal)
{
	static const int SLOTS[][2] = { { 510, 690 }, { 810, 1020 } }; /* 08:30-11:30, 13:30-17:00 */

	china_calendar(cal, SLOTS, QL_LEN(SLOTS));
}

/* Working days without business hours: they end at 24:00. */
static inline void day_calendar(struct calendar *cal)
{
	static const int SLOTS[][2] = { { 0, 1440 } };

	china_calendar(cal, SLOTS, QL_LEN(SLOTS));
}

static inline void round_the_clock(struct calendar *cal)
{
	calendar_init(cal, BEIJING_OFFSET);
	for (int weekday = 0; weekday < 7; weekday++)
		CHECK(calendar_add_week(cal, weekday, 0, 1440));
	cal->years = WORKTIME_ALL_YEARS;
}

/* Beijing time as an instant. */
static inline ql_time bj(int year, int month, int day, int hour, int minute)
{
	struct civil c = { .year = year, .month = month, .day = day, .hour = hour, .minute = minute };

	return civil_time(&c, BEIJING_OFFSET);
}

/* xorshift: the same numbers on every machine. */
static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline int64_t below(uint64_t *seed, int64_t limit) { return (int64_t)(next_random(seed) % (uint64_t)limit); }

#endif
