/* buf.c -- the growable buffer and the JSON writer on top of it. */
#include "buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256 /* bytes of the first allocation */

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

void ql_buf_init(struct ql_buf *b, size_t max)
{
	*b = (struct ql_buf){ .max = max };
}

void ql_buf_free(struct ql_buf *b)
{
	free(b->data);
	ql_buf_init(b, b->max);
}

void ql_buf_reset(struct ql_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Room for len more bytes and the NUL; doubling, but never past the cap. */
static bool reserve(struct ql_buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	char *data;

	if (b->failed || len > b->max || b->len > b->max - len) {
		b->failed = true;
		return false;
	}
	if (b->len + len < b->cap)
		return true;
	while (cap <= b->len + len)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void ql_buf_add(struct ql_buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void ql_buf_str(struct ql_buf *b, const char *text)
{
	ql_buf_add(b, text, strlen(text));
}

void ql_buf_fmt(struct ql_buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || !reserve(b, (size_t)len)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

/* Bytes of the character at s and its code point; 0 when it is not UTF-8 (overlong, surrogate, cut off, above U+10FFFF). */
static size_t character(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t LEAST[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	*cp = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3F);
	}
	if (*cp < LEAST[n] || *cp > 0x10FFFF || (*cp >= 0xD800 && *cp <= 0xDFFF))
		return 0;
	return n;
}

size_t ql_utf8_valid(const char *s, size_t len)
{
	size_t at = 0, n;
	uint32_t cp;

	for (; at < len; at += n) {
		n = character((const unsigned char *)s + at, len - at, &cp);
		if (n == 0)
			break;
	}
	return at;
}

/* Besides what JSON demands, everything that moves a terminal's cursor or ends a line: the escaper serves logs too. */
static bool needs_code(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || cp == 0x2028 || cp == 0x2029;
}

static void escape_one(struct ql_buf *b, const char *s, size_t n, uint32_t cp)
{
	static const char SHORT[] = "\"\"\\\\\nn\rr\tt\bb\ff"; /* character, letter */

	for (const char *p = SHORT; *p != '\0'; p += 2) {
		if ((uint32_t)*p == cp) {
			ql_buf_add(b, (char[]){ '\\', p[1] }, 2);
			return;
		}
	}
	if (needs_code(cp))
		ql_buf_fmt(b, "\\u%04" PRIx32, cp);
	else
		ql_buf_add(b, s, n);
}

static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void ql_json_escape(struct ql_buf *b, const char *utf8, size_t len)
{
	const char *s = utf8, *end = utf8 + len;

	while (s < end) {
		const char *run = s;
		uint32_t cp;
		size_t n;

		while (s < end && plain((unsigned char)*s))
			s++;
		if (s > run)
			ql_buf_add(b, run, (size_t)(s - run));
		if (s == end)
			break;
		n = character((const unsigned char *)s, (size_t)(end - s), &cp);
		if (n == 0 || cp == 0) /* PostgreSQL keeps neither */
			ql_buf_str(b, REPLACEMENT);
		else
			escape_one(b, s, n, cp);
		s += n ? n : 1;
	}
}

/* A value always ends in a quote, bracket, digit or letter, so the last byte tells whether one stands before. */
static void begin_value(struct ql_buf *b, const char *key)
{
	if (b->len > 0 && strchr("{[:,\n", b->data[b->len - 1]) == NULL)
		ql_buf_add(b, ",", 1);
	if (key == NULL)
		return;
	ql_buf_add(b, "\"", 1);
	ql_json_escape(b, key, strlen(key));
	ql_buf_add(b, "\":", 2);
}

void ql_json_open(struct ql_buf *b, const char *key, char bracket)
{
	begin_value(b, key);
	ql_buf_add(b, &bracket, 1);
}

void ql_json_close(struct ql_buf *b, char bracket)
{
	ql_buf_add(b, &bracket, 1);
}

void ql_json_textn(struct ql_buf *b, const char *key, const char *utf8, size_t len)
{
	if (utf8 == NULL || len == 0) {
		ql_json_raw(b, key, NULL);
		return;
	}
	begin_value(b, key);
	ql_buf_add(b, "\"", 1);
	ql_json_escape(b, utf8, len);
	ql_buf_add(b, "\"", 1);
}

void ql_json_text(struct ql_buf *b, const char *key, const char *utf8)
{
	ql_json_textn(b, key, utf8, utf8 ? strlen(utf8) : 0);
}

void ql_json_i64(struct ql_buf *b, const char *key, int64_t v)
{
	begin_value(b, key);
	ql_buf_fmt(b, "%" PRId64, v);
}

void ql_json_bool(struct ql_buf *b, const char *key, bool v)
{
	ql_json_raw(b, key, v ? "true" : "false");
}

/* Days since 1970-01-01 to a civil date, proleptic Gregorian; years begin in March so that the leap day comes last. */
static void civil(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t m = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

void ql_buf_time(struct ql_buf *b, int64_t micros)
{
	const int64_t per_day = INT64_C(86400000000);
	int64_t days = micros / per_day - (micros % per_day < 0);
	int64_t rest = micros - days * per_day, year;
	int64_t s = rest / 1000000;
	int month, day;

	civil(days, &year, &month, &day);
	ql_buf_fmt(b, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day, (int)(s / 3600), (int)(s / 60 % 60),
	           (int)(s % 60), (int)(rest % 1000000));
}

void ql_json_time(struct ql_buf *b, const char *key, int64_t micros)
{
	if (micros == 0) {
		ql_json_raw(b, key, NULL);
		return;
	}
	begin_value(b, key);
	ql_buf_add(b, "\"", 1);
	ql_buf_time(b, micros);
	ql_buf_add(b, "\"", 1);
}

void ql_json_raw(struct ql_buf *b, const char *key, const char *json)
{
	size_t len = json ? strlen(json) : 0;

	while (len > 0 && strchr(" \t\r\n", json[len - 1]) != NULL)
		len--;
	begin_value(b, key);
	if (len > 0)
		ql_buf_add(b, json, len);
	else
		ql_buf_str(b, "null");
}
