#include "domain/fold.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of the character that begins with c, 0 when none does. */
static int width(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc0 || c >= 0xf8)
		return 0;
	return c >= 0xf0 ? 4 : 2 + (c >= 0xe0);
}

int fold_char(const char *text, uint32_t *point)
{
	static const uint32_t LEAST[] = { 0, 0, 0x80, 0x800, 0x10000 }; /* shortest form only */
	const unsigned char *p = (const unsigned char *)text;
	int n = width(p[0]);
	uint32_t value;

	*point = p[0];
	if (n == 1)
		return p[0] != 0;
	*point = UINT32_MAX;
	if (n == 0)
		return 1;
	value = p[0] & (0xffu >> (n + 1));
	for (int i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (p[i] & 0x3f);
	}
	if (value < LEAST[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 1;
	*point = value;
	return n;
}

/* Inclusive ranges of characters that stand for one ASCII character; to 0: they stand for nothing. */
static const struct {
	uint32_t first, last;
	char to;
} FOLDS[] = {
	{ 0x00a0,     0x00a0,     ' ' }, /* no-break space */
	{ 0x00ad,     0x00ad,     0   }, /* soft hyphen */
	{ 0x2000,     0x200a,     ' ' }, /* the typographic blanks */
	{ 0x200b,     0x200f,     0   }, /* zero width, direction marks */
	{ 0x2010,     0x2015,     '-' }, /* hyphens and dashes */
	{ 0x202a,     0x202e,     0   }, /* direction embedding */
	{ 0x202f,     0x202f,     ' ' }, /* narrow no-break space */
	{ 0x2060,     0x2064,     0   }, /* word joiner and its kind */
	{ 0x2212,     0x2212,     '-' }, /* minus */
	{ 0x3000,     0x3000,     ' ' }, /* the blank of East Asia */
	{ 0xfe58,     0xfe58,     '-' },
	{ 0xfe63,     0xfe63,     '-' },
	{ 0xfeff,     0xfeff,     0   }, /* byte order mark */
	{ UINT32_MAX, UINT32_MAX, '?' }, /* no UTF-8 */
};

bool fold_point(uint32_t point, char *to)
{
	if (point < 0x80 || (point >= 0xff01 && point <= 0xff5e)) {
		*to = (char)(point < 0x80 ? point : point - 0xff01 + '!');
		return true;
	}
	for (size_t i = 0; i < sizeof(FOLDS) / sizeof(FOLDS[0]); i++)
		if (point >= FOLDS[i].first && point <= FOLDS[i].last) {
			*to = FOLDS[i].to;
			return true;
		}
	return false;
}

size_t fold_text(const char *text, char *out, size_t size, bool *whole)
{
	size_t len = 0;
	uint32_t point;
	bool fits = size > 0;
	char plain;

	for (int n; fits && (n = fold_char(text, &point)) > 0; text += n) {
		if (!fold_point(point, &plain)) {
			fits = len + (size_t)n < size;
			if (fits)
				memmove(out + len, text, (size_t)n), len += (size_t)n;
		} else if (plain != 0) {
			fits = len + 1 < size;
			if (fits)
				out[len++] = plain;
		}
	}
	if (size > 0)
		out[len] = '\0';
	if (whole != NULL)
		*whole = fits;
	return len;
}
