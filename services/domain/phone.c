#include "domain/phone.h"

#include <stdio.h>
#include <string.h>
#include "domain/fold.h"
#include "domain/ident_fault.h"

#define TYPED_MAX 64 /* bytes a person may write around a number */
#define DIGITS_MAX 24

struct typed {
	char digits[DIGITS_MAX + 1];
	char extension[PHONE_EXT_MAX];
	size_t count, before_hyphen; /* digits before the last hyphen, 0: none */
	bool plus;
};

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* What stands between a number and its extension; longest first. */
static size_t extension_mark(const char *at)
{
	static const char *const MARKS[] = { "分机号", "分机", "内线", "转", "extension", "ext.", "ext", "Ext", "EXT", "x", "X", "#", "," };

	for (size_t i = 0; i < QL_LEN(MARKS); i++)
		if (strncmp(at, MARKS[i], strlen(MARKS[i])) == 0)
			return strlen(MARKS[i]);
	return 0;
}

static bool read_extension(const char *at, struct typed *t)
{
	size_t n = 0;

	for (; *at != '\0'; at++) {
		if (digit(*at) && n + 1 < PHONE_EXT_MAX)
			t->extension[n++] = *at;
		else if (strchr(" :.-)", *at) == NULL)
			return false;
	}
	return n > 0;
}

/* Splits what was typed; answers 0, or the position of the character that has no place in a number. */
static int read_typed(const char *text, struct typed *t)
{
	uint32_t point;
	int position = 1;

	for (int n; (n = fold_char(text, &point)) > 0; text += n, position++) {
		size_t mark = t->count >= 3 ? extension_mark(text) : 0;

		if (mark > 0)
			return read_extension(text + mark, t) ? 0 : position;
		if (digit(*text) && t->count < DIGITS_MAX)
			t->digits[t->count++] = *text;
		else if (*text == '+' && t->count == 0 && !t->plus)
			t->plus = true;
		else if (*text == '-')
			t->before_hyphen = t->count;
		else if (n > 1 || strchr(" ().", *text) == NULL)
			return position;
	}
	return 0;
}

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static bool put(struct phone *out, enum phone_kind kind, const char *prefix, const char *rest)
{
	out->kind = kind;
	snprintf(out->number, sizeof(out->number), "%s%s", prefix, rest);
	return true;
}

static bool is_service(const char *d, size_t n)
{
	if (n == 10)
		return starts(d, "400") || starts(d, "800");
	return (n == 3 && d[0] == '1') || (n >= 5 && n <= 6 && (d[0] == '1' || starts(d, "95") || starts(d, "96")));
}

/* National digits without the trunk 0: area and subscriber. Areas 10 and 2x have 8-digit subscribers. */
static bool read_fixed(const char *d, size_t n, struct phone *out)
{
	size_t area = d[0] == '1' || d[0] == '2' ? 2 : 3;
	bool known = starts(d, "10") || (d[0] >= '2' && d[0] <= '9');

	if (!known || n <= area)
		return false;
	if (n - area <= 6 && is_service(d + area, n - area)) /* 021-12360: the area only says which hotline office */
		return put(out, PHONE_SERVICE, "", d + area);
	if (n - area != 8 && !(area == 3 && n - area == 7))
		return false;
	if (d[area] < '2')
		return false;
	return put(out, PHONE_FIXED, "+86", d);
}

static bool is_mobile(const char *d, size_t n) { return n == 11 && d[0] == '1' && d[1] >= '3'; }

/* A number inside China; trunk: the 0 may be left out, as after +86. */
static bool read_national(const char *d, bool trunk_optional, struct phone *out)
{
	bool trunk = d[0] == '0';
	size_t n;

	d += trunk;
	n = strlen(d);
	if (is_mobile(d, n))
		return put(out, PHONE_MOBILE, "+86", d);
	if (!trunk && is_service(d, n))
		return put(out, PHONE_SERVICE, "", d);
	return (trunk || trunk_optional) && read_fixed(d, n, out);
}

static bool read_international(const char *d, struct phone *out)
{
	size_t n = strlen(d);

	if (starts(d, "86"))
		return read_national(d + 2, true, out);
	return n >= 7 && n <= 15 && d[0] != '0' && put(out, PHONE_FOREIGN, "+", d);
}

static bool read_local(const char *d, const char *home_area, struct phone *out)
{
	size_t n = strlen(d);
	char full[32];

	if (home_area == NULL || (n != 7 && n != 8) || d[0] < '2')
		return false;
	snprintf(full, sizeof(full), "%s%s%s", home_area[0] == '0' ? "" : "0", home_area, d);
	return read_national(full, false, out);
}

static bool classify(const char *d, bool plus, const char *home_area, struct phone *out)
{
	if (plus)
		return read_international(d, out);
	if (starts(d, "00"))
		return read_international(d + 2, out);
	if (read_national(d, false, out) || read_local(d, home_area, out))
		return true;
	return starts(d, "86") && strlen(d) >= 12 && read_international(d, out);
}

/* "021-68901234-801": when the whole makes no number, the last hyphen may stand before an extension. */
static bool classify_hyphen(struct typed *t, const char *home_area, struct phone *out)
{
	size_t tail = t->count - t->before_hyphen;

	if (t->before_hyphen == 0 || tail < 1 || tail > 6 || t->extension[0] != '\0')
		return false;
	memcpy(t->extension, t->digits + t->before_hyphen, tail);
	t->digits[t->before_hyphen] = '\0';
	return classify(t->digits, t->plus, home_area, out);
}

static bool phone_fault(const struct typed *t, struct ident_fault *fault)
{
	if (t->count == 0)
		return ident_fault(fault, "empty", 0, "未填电话号码", "no telephone number given");
	if (!t->plus && (t->count == 7 || t->count == 8) && t->digits[0] >= '2')
		return ident_fault(fault, "bad_prefix", 0, "固定电话缺少区号", "the area code is missing");
	return ident_fault(fault, "bad_length", 0, "电话号码位数或区号不对，共%zu位数字", "%zu digits make no known telephone number", t->count);
}

bool phone_parse(const char *text, const char *home_area, struct phone *out, struct ident_fault *fault)
{
	char typed[TYPED_MAX];
	struct typed t = { 0 };
	struct phone found = { 0 };
	bool whole;
	int at;

	fold_text(text, typed, sizeof(typed), &whole);
	if (!whole)
		return ident_fault(fault, "too_long", 0, "电话号码过长", "too long for a telephone number");
	at = read_typed(typed, &t);
	if (at != 0)
		return ident_fault(fault, "bad_character", at, "电话号码第%d个字符无法识别", "character %d has no place in a telephone number", at);
	if (!classify(t.digits, t.plus, home_area, &found) && !classify_hyphen(&t, home_area, &found))
		return phone_fault(&t, fault);
	memcpy(found.extension, t.extension, sizeof(found.extension));
	*out = found;
	return true;
}
