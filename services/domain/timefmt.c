#include "domain/timefmt.h"

#include <assert.h>
#include <stdio.h>

static bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int64_t div_floor(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int civil_month_days(int year, int month)
{
	static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && leap(year) ? 29 : DAYS[month - 1];
}

bool civil_valid_date(int year, int month, int day)
{
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= civil_month_days(year, month);
}

/* Counting years from March puts the leap day last, so that the day of the year is linear in the month; 400 years are
 * 146097 days, and 1970-01-01 is day 719468 after 0000-03-01. */
int32_t civil_day(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = div_floor(y, 400);
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

struct civil civil_from_day(int32_t day)
{
	int64_t since = (int64_t)day + 719468;
	int64_t era = div_floor(since, 146097);
	int64_t of_era = since - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t march = (5 * of_year + 2) / 153;
	struct civil c = { 0 };

	c.day = (int)(of_year - (153 * march + 2) / 5 + 1);
	c.month = (int)(march < 10 ? march + 3 : march - 9);
	c.year = (int)(year + era * 400 + (c.month <= 2));
	c.weekday = (int)(((int64_t)day % 7 + 11) % 7); /* day 0 was a Thursday */
	return c;
}

int32_t civil_day_at(ql_time at, int offset_minutes)
{
	return (int32_t)div_floor(at + offset_minutes * QL_MINUTE, QL_DAY);
}

ql_time civil_day_start(int32_t day, int offset_minutes)
{
	return day * QL_DAY - offset_minutes * QL_MINUTE;
}

struct civil civil_at(ql_time at, int offset_minutes)
{
	int32_t day = civil_day_at(at, offset_minutes);
	ql_time rest = at - civil_day_start(day, offset_minutes);
	struct civil c = civil_from_day(day);

	c.hour = (int)(rest / QL_HOUR);
	c.minute = (int)(rest / QL_MINUTE % 60);
	c.second = (int)(rest / QL_SECOND % 60);
	c.micro = (int)(rest % QL_SECOND);
	return c;
}

ql_time civil_time(const struct civil *local, int offset_minutes)
{
	assert(civil_valid_date(local->year, local->month, local->day));
	return civil_day_start(civil_day(local->year, local->month, local->day), offset_minutes) +
	       local->hour * QL_HOUR + local->minute * QL_MINUTE + local->second * QL_SECOND + local->micro;
}

/* A cursor whose error sticks, so that a pattern reads as a list. */
struct scan {
	const char *at, *end;
	bool bad;
};

static int scan_number(struct scan *s, int digits)
{
	int value = 0;

	for (int i = 0; i < digits; i++, s->at++) {
		if (s->bad || s->at >= s->end || *s->at < '0' || *s->at > '9') {
			s->bad = true;
			return 0;
		}
		value = value * 10 + (*s->at - '0');
	}
	return value;
}

static char scan_one_of(struct scan *s, const char *set)
{
	for (; !s->bad && s->at < s->end && *set != '\0'; set++)
		if (*s->at == *set)
			return *s->at++;
	s->bad = true;
	return 0;
}

static int scan_fraction(struct scan *s)
{
	int micro = 0, digits = 0;

	if (s->bad || s->at >= s->end || *s->at != '.')
		return 0;
	for (s->at++; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++, digits++)
		if (digits < 6)
			micro = micro * 10 + (*s->at - '0');
	for (int i = digits; i < 6; i++)
		micro *= 10;
	s->bad = digits < 1 || digits > 9;
	return micro;
}

static void scan_date(struct scan *s, struct civil *c)
{
	c->year = scan_number(s, 4);
	scan_one_of(s, "-");
	c->month = scan_number(s, 2);
	scan_one_of(s, "-");
	c->day = scan_number(s, 2);
	if (!civil_valid_date(c->year, c->month, c->day) || c->year < 1900 || c->year > 2099)
		s->bad = true;
}

static void scan_clock(struct scan *s, struct civil *c)
{
	c->hour = scan_number(s, 2);
	scan_one_of(s, ":");
	c->minute = scan_number(s, 2);
	scan_one_of(s, ":");
	c->second = scan_number(s, 2);
	c->micro = scan_fraction(s);
	if (c->hour > 23 || c->minute > 59 || c->second > 59)
		s->bad = true;
}

static int scan_offset(struct scan *s)
{
	char sign = scan_one_of(s, "Z+-");
	int hours, minutes;

	if (s->bad || sign == 'Z')
		return 0;
	hours = scan_number(s, 2);
	scan_one_of(s, ":");
	minutes = scan_number(s, 2);
	if (hours > 23 || minutes > 59)
		s->bad = true;
	return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

bool rfc3339_parse(const char *text, size_t len, ql_time *at, int *offset_minutes)
{
	struct scan s = { text, text + len, false };
	struct civil c = { 0 };
	int offset;

	scan_date(&s, &c);
	scan_one_of(&s, "T");
	scan_clock(&s, &c);
	offset = scan_offset(&s);
	if (s.bad || s.at != s.end)
		return false;
	*at = civil_time(&c, offset);
	if (offset_minutes != NULL)
		*offset_minutes = offset;
	return true;
}

bool date_parse(const char *text, size_t len, int32_t *day)
{
	struct scan s = { text, text + len, false };
	struct civil c = { 0 };

	scan_date(&s, &c);
	if (s.bad || s.at != s.end)
		return false;
	*day = civil_day(c.year, c.month, c.day);
	return true;
}

static int put_offset(char *out, size_t size, int offset_minutes)
{
	int minutes = offset_minutes < 0 ? -offset_minutes : offset_minutes;

	if (offset_minutes == 0)
		return snprintf(out, size, "Z");
	return snprintf(out, size, "%c%02d:%02d", offset_minutes < 0 ? '-' : '+', minutes / 60 % 24, minutes % 60);
}

int rfc3339_format(ql_time at, int offset_minutes, char out[RFC3339_MAX])
{
	struct civil c = civil_at(at, offset_minutes);
	int n = snprintf(out, RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", c.year % 10000, c.month, c.day, c.hour, c.minute, c.second);

	if (c.micro % 1000 != 0)
		n += snprintf(out + n, RFC3339_MAX - (size_t)n, ".%06d", c.micro);
	else if (c.micro != 0)
		n += snprintf(out + n, RFC3339_MAX - (size_t)n, ".%03d", c.micro / 1000);
	return n + put_offset(out + n, RFC3339_MAX - (size_t)n, offset_minutes);
}

int date_format(int32_t day, char out[RFC3339_MAX])
{
	struct civil c = civil_from_day(day);

	return snprintf(out, RFC3339_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
}
