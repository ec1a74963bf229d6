#include "domain/caseno.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "domain/fold.h"
#include "domain/ident_fault.h"
#include "domain/timefmt.h"

#define DATE_DIGITS  6
#define LEAST_DIGITS 12 /* date, five of the serial, check */
#define MOST_DIGITS  16

char caseno_check(const char *digits, int n)
{
	int product = 10;

	for (int i = 0; i < n; i++) {
		int sum = (product + digits[i] - '0') % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (char)('0' + (11 - product) % 10);
}

int caseno_format(int32_t day, int32_t serial, char out[CASENO_MAX])
{
	struct civil c = civil_from_day(day);
	char digits[MOST_DIGITS + 1];
	int n;

	assert(c.year >= 2000 && c.year <= 2099 && serial >= 1 && serial <= CASENO_SERIAL_MAX);
	n = snprintf(digits, sizeof(digits), "%02d%02d%02d%05d", (c.year - 2000) % 100, c.month % 100, c.day % 100, (int)serial);
	return snprintf(out, CASENO_MAX, "%.6s-%s-%c", digits, digits + DATE_DIGITS, caseno_check(digits, n));
}

/* The digits of what was typed; answers 0, or the position of a character that is neither digit nor separator. */
static int read_digits(const char *text, char digits[MOST_DIGITS + 2], int *count)
{
	uint32_t point;
	int position = 1;

	*count = 0;
	for (int n; (n = fold_char(text, &point)) > 0; text += n, position++) {
		if (point >= '0' && point <= '9') {
			if (*count <= MOST_DIGITS)
				digits[(*count)++] = (char)point;
		} else if (n > 1 || strchr(" -./_", *text) == NULL) {
			return position;
		}
	}
	digits[*count] = '\0';
	return 0;
}

static int two(const char *digits) { return (digits[0] - '0') * 10 + digits[1] - '0'; }

/* A serial longer than five digits has no leading zero, so that each case has one number. */
static bool judge(const char *digits, int n, struct caseno *out, struct ident_fault *fault)
{
	int year = 2000 + two(digits), month = two(digits + 2), day = two(digits + 4);
	int32_t serial = 0;

	if (digits[n - 1] != caseno_check(digits, n - 1))
		return ident_fault(fault, "bad_check", n, "事项编号校验位不符，请核对", "the check digit does not fit: a digit is wrong");
	if (!civil_valid_date(year, month, day))
		return ident_fault(fault, "bad_date", 1, "事项编号前6位不是日期", "the first six digits are no date");
	for (int i = DATE_DIGITS; i < n - 1; i++)
		serial = serial * 10 + (digits[i] - '0');
	if (serial == 0 || (n > LEAST_DIGITS && digits[DATE_DIGITS] == '0'))
		return ident_fault(fault, "bad_number", DATE_DIGITS + 1, "事项编号序号不对", "no case has that serial number");
	*out = (struct caseno){ civil_day(year, month, day), serial };
	return true;
}

bool caseno_parse(const char *text, struct caseno *out, char canonical[CASENO_MAX], struct ident_fault *fault)
{
	char typed[64], digits[MOST_DIGITS + 2];
	struct caseno found;
	bool whole;
	int n, at;

	fold_text(text, typed, sizeof(typed), &whole);
	if (!whole)
		return ident_fault(fault, "too_long", 0, "事项编号过长", "too long for a case number");
	at = read_digits(typed, digits, &n);
	if (at != 0)
		return ident_fault(fault, "bad_character", at, "事项编号第%d个字符应为数字", "character %d of the case number is no digit", at);
	if (n == 0)
		return ident_fault(fault, "empty", 0, "未填事项编号", "no case number given");
	if (n < LEAST_DIGITS || n > MOST_DIGITS)
		return ident_fault(fault, "bad_length", 0, "事项编号至少12位数字，收到%d位", "a case number has 12 digits or more, this has %d", n);
	if (!judge(digits, n, &found, fault))
		return false;
	*out = found;
	if (canonical != NULL)
		caseno_format(found.day, found.serial, canonical);
	return true;
}
