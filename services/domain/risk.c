#include "domain/risk.h"

#include <string.h>
#include "domain/fold.h"

/* Small letters of Latin and Russian; others have none or don't matter here. */
static uint32_t small(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 32;
	if (c >= 0x410 && c <= 0x42f)
		return c + 32;
	return c == 0x401 ? 0x451 : c;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 0xc0 && c < 0x2000 && c != 0xd7 && c != 0xf7);
}

/* Blanks, punctuation, symbols: what one would put between characters to hide a word. */
static bool is_between(uint32_t c)
{
	return (c < 0x80 && !is_letter(c)) || (c >= 0x80 && c < 0xc0) || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c < 0x2e80)
	    || (c >= 0x3000 && c < 0x3040) || (c >= 0xfe00 && c < 0x10000) || c >= 0xe0000;
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool risk_plain(const char *text, char *out, size_t size)
{
	size_t len = 0;
	bool whole = true, gap = false, letters = false; /* letters: what was written last is one */
	uint32_t c;

	fold_text(text, out, size, &whole); /* in place from here on: nothing below is longer than what it is made of */
	for (const char *at = out; whole; ) {
		int n = fold_char(at, &c);

		if (n == 0)
			break;
		at += n;
		c = small(c);
		if (is_between(c)) {
			gap = true;
			continue;
		}
		if (gap && letters && is_letter(c))
			out[len++] = ' ';
		letters = is_letter(c);
		len += put(out + len, c);
		gap = false;
	}
	if (size > 0)
		out[len] = '\0';
	return whole;
}

/* Whether the character that ends before at is a letter. */
static bool letter_before(const char *text, const char *at)
{
	uint32_t c;

	if (at == text)
		return false;
	do
		at--;
	while (at > text && ((unsigned char)*at & 0xc0) == 0x80);
	fold_char(at, &c);
	return is_letter(c);
}

bool risk_holds(const char *plain_text, const char *plain_word)
{
	uint32_t first;

	if (fold_char(plain_word, &first) == 0)
		return false;
	for (const char *at = strstr(plain_text, plain_word); at != NULL; at = strstr(at + 1, plain_word))
		if (!is_letter(first) || !letter_before(plain_text, at))
			return true;
	return false;
}
