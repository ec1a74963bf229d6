#include "notify/letter.h"
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/webaddr.h"
#include "domain/timefmt.h"

#define WORD_BYTES 45 /* of UTF-8 in one encoded word: 60 characters of base64, 72 with what is around them; 75 are allowed */
#define FIRST_BYTES 33 /* ... and in the first one, which stands behind the name of its header */
#define LINE_BYTES 57 /* of the body in one line: 76 characters */
#define BASE64     sodium_base64_VARIANT_ORIGINAL

static bool is_plain(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f || strchr("=?\"<>@,;:\\()", *p) != NULL)
			return false;
	return strlen(text) <= WORD_BYTES;
}

/* How many of the next bytes make whole characters within the bound. */
static size_t whole_characters(const char *text, size_t len, size_t most)
{
	size_t n = len < most ? len : most;

	while (n > 0 && n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* A text of people in a header: encoded words, folded between them. */
static void add_words(struct ql_buf *b, const char *text)
{
	char clean[LETTER_SUBJECT_MAX + 1], word[sodium_base64_ENCODED_LEN(WORD_BYTES, BASE64)];
	const size_t len = whole_characters(text, strlen(text), LETTER_SUBJECT_MAX);

	for (size_t i = 0; i < len; i++)
		clean[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
	clean[len] = '\0';
	if (is_plain(clean)) {
		ql_buf_str(b, clean);
		return;
	}
	for (size_t i = 0, n; i < len; i += n) {
		n = whole_characters(clean + i, len - i, i == 0 ? FIRST_BYTES : WORD_BYTES);
		if (n == 0)
			n = 1; /* not UTF-8: goes byte by byte */
		sodium_bin2base64(word, sizeof(word), (const unsigned char *)clean + i, n, BASE64);
		ql_buf_fmt(b, "%s=?UTF-8?B?%s?=", i > 0 ? "\r\n " : "", word);
	}
}

static void add_date(struct ql_buf *b, ql_time at)
{
	static const char *const DAYS[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const MONTHS[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct civil c = civil_at(at, BEIJING_OFFSET);

	ql_buf_fmt(b, "Date: %s, %d %s %d %02d:%02d:%02d +0800\r\n", DAYS[c.weekday], c.day, MONTHS[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* Line ends become CRLF, then base64 in lines. */
static void add_body(struct ql_buf *b, const char *body)
{
	char line[sodium_base64_ENCODED_LEN(LINE_BYTES, BASE64)];
	struct ql_buf text;

	ql_buf_init(&text, LETTER_MAX);
	for (const char *p = body; *p != '\0'; p++) {
		if (*p == '\r')
			continue;
		ql_buf_add(&text, *p == '\n' ? "\r\n" : p, *p == '\n' ? 2 : 1);
	}
	b->failed = b->failed || !ql_buf_ok(&text);
	for (size_t i = 0; i < text.len; i += LINE_BYTES) {
		const size_t n = text.len - i < LINE_BYTES ? text.len - i : LINE_BYTES;

		sodium_bin2base64(line, sizeof(line), (const unsigned char *)text.data + i, n, BASE64);
		ql_buf_fmt(b, "%s\r\n", line);
	}
	ql_buf_free(&text);
}

static void add_addresses(struct ql_buf *b, const struct letter *l)
{
	ql_buf_str(b, "From: ");
	if (l->name[0] != '\0') {
		add_words(b, l->name);
		ql_buf_str(b, "\r\n ");
	}
	ql_buf_fmt(b, "<%s>\r\nTo: <%s>\r\n", l->from, l->to);
}

enum ql_rc letter_write(const struct letter *l, struct ql_buf *out, struct ql_err *err)
{
	if (!webaddr_is_mail(l->from))
		return ql_reject(err, "/from", "is no mail address");
	if (!webaddr_is_mail(l->to))
		return ql_reject(err, "/to", "is no mail address");
	add_date(out, l->at);
	add_addresses(out, l);
	ql_buf_str(out, "Subject: ");
	add_words(out, l->subject);
	ql_buf_fmt(out, "\r\nMessage-ID: <%s>\r\n", l->id);
	if (l->thread != NULL)
		ql_buf_fmt(out, "References: <%s>\r\n", l->thread);
	/* Auto-Submitted: nobody's absence note answers us. */
	ql_buf_str(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n"
	                "Auto-Submitted: auto-generated\r\n\r\n");
	add_body(out, l->body);
	return ql_buf_ok(out) ? QL_OK : ql_reject(err, "/body", "a letter holds at most %d bytes", LETTER_MAX);
}
