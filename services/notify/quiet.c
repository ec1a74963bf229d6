#include "notify/quiet.h"
#include "domain/timefmt.h"

#define DAYS_AHEAD  40 /* longer than any holiday */
#define PLAIN_FROM  (8 * QL_HOUR + 30 * QL_MINUTE)
#define PLAIN_UNTIL (17 * QL_HOUR)

static bool is_weekday(int32_t day)
{
	const int weekday = civil_from_day(day).weekday;

	return weekday >= 1 && weekday <= 5;
}

static bool is_working_day(const struct calendar *cal, int32_t day)
{
	const struct worktime_answer a = cal != NULL ? worktime_is_working_day(cal, day) : (struct worktime_answer){ .rc = WORKTIME_NEVER };

	return a.rc == WORKTIME_OK ? a.value != 0 : is_weekday(day);
}

static ql_time plain_week(ql_time now)
{
	int32_t day = beijing_day(now);
	ql_time midnight = civil_day_start(day, BEIJING_OFFSET);

	if (is_weekday(day) && now >= midnight + PLAIN_FROM && now < midnight + PLAIN_UNTIL)
		return now;
	if (!is_weekday(day) || now >= midnight + PLAIN_UNTIL)
		day++;
	while (!is_weekday(day))
		day++;
	return civil_day_start(day, BEIJING_OFFSET) + PLAIN_FROM;
}

ql_time quiet_until(const struct calendar *cal, ql_time now)
{
	const struct worktime_answer a = cal != NULL ? worktime_next_open(cal, now) : (struct worktime_answer){ .rc = WORKTIME_NEVER };

	return a.rc == WORKTIME_OK ? a.value : plain_week(now);
}

ql_time quiet_digest_at(const struct calendar *cal, ql_time now, int hour)
{
	const int32_t today = beijing_day(now);

	for (int32_t day = today; day < today + DAYS_AHEAD; day++) {
		const ql_time at = civil_day_start(day, BEIJING_OFFSET) + hour * QL_HOUR;

		if (at > now && is_working_day(cal, day))
			return at;
	}
	return now + QL_DAY;
}
