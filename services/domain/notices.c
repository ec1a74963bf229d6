#include "domain/notices.h"

#include <string.h>
#include "domain/timefmt.h"

/* The track of a declaration: received 100, sent back 200, reviewed 300, duties and checks 400, before release 600,
 * released 700, completed 800, gone 900. */
static const struct {
	const char *code;
	int rank;
} RANKS[] = {
	{ "Y",   100 }, { "7",   110 }, { "L",   120 },                                                 /* failed, declared, received */
	{ "Z",   200 }, { "E",   210 }, { "N",   220 }, { "U",   230 },                                 /* sent back, sent again */
	{ "M",   300 }, { "J",   310 }, { "W",   310 }, { "SpL", 120 }, { "SpJ", 310 },                 /* reviewed */
	{ "X",   400 }, { "T",   410 }, { "C",   420 }, { "SpC", 420 }, { "H",   430 }, { "SpE", 210 }, /* duties, examination, hold */
	{ "a",   440 }, { "b",   450 }, { "c",   460 }, { "d",   470 },                                 /* steps of the examination */
	{ "F",   600 }, { "B",   650 }, { "K",   660 }, { "SpK", 660 },                                 /* under guarantee */
	{ "I",   690 }, { "P",   700 }, { "Sp1", 700 }, { "R",   800 },                                 /* released, completed */
	{ "A",   900 },                                                                                 /* deleted before release */
};

int notice_rank(const char *code)
{
	for (size_t i = 0; i < QL_LEN(RANKS); i++)
		if (strcmp(RANKS[i].code, code) == 0)
			return RANKS[i].rank;
	return NOTICE_RANK_UNKNOWN;
}

static int order(int64_t a, int64_t b) { return (a > b) - (a < b); }

int notice_compare(const struct notice_fact *a, const struct notice_fact *b)
{
	if (a->rank != b->rank)
		return order(a->rank, b->rank);
	if (a->at != b->at)
		return order(a->at, b->at);
	return a->received != b->received ? order(a->received, b->received) : (a->tag > b->tag) - (a->tag < b->tag);
}

void notice_order(struct notice_fact *track, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct notice_fact fact = track[i];
		size_t at = i;

		for (; at > 0 && notice_compare(&fact, &track[at - 1]) < 0; at--)
			track[at] = track[at - 1];
		track[at] = fact;
	}
}

/* --- dates ------------------------------------------------------------------------------------------------------------- */

#define FIELDS 7 /* year month day hour minute second fraction */

/* The runs of digits in a date, and whether only blanks and the usual separators stand between them. */
struct runs {
	int64_t value[FIELDS];
	int digits[FIELDS];
	int n;
};

static bool read_runs(const char *text, struct runs *r)
{
	bool inside = false;

	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9') {
			if (strchr("-/_. T:", *text) == NULL)
				return false;
			inside = false;
			continue;
		}
		if (!inside && r->n == FIELDS)
			return false;
		r->n += !inside;
		inside = true;
		if (++r->digits[r->n - 1] > 17)
			return false;
		r->value[r->n - 1] = r->value[r->n - 1] * 10 + (*text - '0');
	}
	return r->n > 0;
}

static int cut(int64_t *rest, int64_t unit)
{
	int64_t part = *rest / unit;

	*rest %= unit;
	return (int)part;
}

/* 20240417, 20240417091503, 20240417091503123 */
static bool from_compact(const struct runs *r, struct civil *c, bool *timed)
{
	int64_t rest = r->value[0];

	if (r->n != 1 || (r->digits[0] != 8 && r->digits[0] != 14 && r->digits[0] != 17))
		return false;
	*timed = r->digits[0] > 8;
	if (r->digits[0] < 17)
		rest *= r->digits[0] == 8 ? INT64_C(1000000000) : 1000;
	c->year = cut(&rest, INT64_C(10000000000000));
	c->month = cut(&rest, INT64_C(100000000000));
	c->day = cut(&rest, 1000000000);
	c->hour = cut(&rest, 10000000);
	c->minute = cut(&rest, 100000);
	c->second = cut(&rest, 1000);
	c->micro = (int)rest * 1000;
	return true;
}

static int micro_of(int64_t value, int digits)
{
	for (; digits < 6; digits++)
		value *= 10;
	for (; digits > 6; digits--)
		value /= 10;
	return (int)value;
}

static bool from_parts(const struct runs *r, struct civil *c, bool *timed)
{
	if (r->n != 3 && (r->n < 5 || r->n > 7))
		return false;
	for (int i = 1; i < r->n && i < 6; i++)
		if (r->digits[i] > 2)
			return false;
	if (r->digits[0] != 4 || r->digits[6] > 9)
		return false;
	*timed = r->n > 3;
	*c = (struct civil){ .year = (int)r->value[0], .month = (int)r->value[1], .day = (int)r->value[2], .hour = (int)r->value[3], .minute = (int)r->value[4], .second = (int)r->value[5], .micro = micro_of(r->value[6], r->digits[6]) };
	return true;
}

static const char *skip_blanks(const char *text, size_t *len)
{
	while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
		text++;
	*len = strlen(text);
	while (*len > 0 && strchr(" \t\n\r", text[*len - 1]) != NULL)
		--*len;
	return text;
}

#define DATE_MAX 40

bool notice_date_parse(const char *text, ql_time *at, bool *timed)
{
	struct runs runs = { 0 };
	struct civil c = { 0 };
	char plain[DATE_MAX];
	bool has_time = true;
	size_t len;

	text = skip_blanks(text, &len);
	if (len >= sizeof(plain))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (!rfc3339_parse(plain, len, at, NULL)) {
		if (!read_runs(plain, &runs) || (!from_compact(&runs, &c, &has_time) && !from_parts(&runs, &c, &has_time)))
			return false;
		if (!civil_valid_date(c.year, c.month, c.day) || c.year < 1900 || c.year > 2099 || c.hour > 23 || c.minute > 59 || c.second > 59)
			return false;
		*at = civil_time(&c, BEIJING_OFFSET);
	}
	if (timed != NULL)
		*timed = has_time;
	return true;
}
