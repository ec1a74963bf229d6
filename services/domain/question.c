/* question.c -- what somebody typed into the search field, as queries. */
#include "domain/terms_int.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ubrk.h>

#include "domain/fold.h"

#define SIGNS_MAX (QUESTION_MAX / 3) /* three bytes each at least */

/* A lone sign and a word stand for what begins with them; a pair and a code for themselves. */
enum term_kind { TERM_PAIR, TERM_LONE, TERM_WORD, TERM_CODE };
struct term { enum term_kind kind; char text[TERM_MAX + 1]; size_t chars; };
struct asked { struct term term[QUESTION_TERMS]; int n; bool signs; char squeezed[TERM_MAX + 1]; };

static void add(struct asked *a, enum term_kind kind, const char *text, size_t size, size_t chars)
{
	for (int i = 0; i < a->n; i++)
		if (a->term[i].kind == kind && strlen(a->term[i].text) == size && memcmp(a->term[i].text, text, size) == 0)
			return;
	if (a->n == QUESTION_TERMS || size > TERM_MAX)
		return;
	struct term *t = &a->term[a->n++];

	t->kind = kind;
	t->chars = chars;
	memcpy(t->text, text, size);
	t->text[size] = '\0';
}

/* --- signs: the words that ICU sees in them, each by its pairs --- */

struct signs { struct letter at[SIGNS_MAX]; int n, held; }; /* held: up to where a lone one stands in a pair */

static void add_pair(struct asked *a, const struct signs *s, int first)
{
	char pair[10];
	const size_t size = s->at[first].size;

	memcpy(pair, s->at[first].text, size);
	memcpy(pair + size, s->at[first + 1].text, s->at[first + 1].size);
	add(a, TERM_PAIR, pair, size + s->at[first + 1].size, 2);
}

/* A word of one sign is held by its neighbour, so that it counts without standing anywhere it likes. */
static void add_word(struct asked *a, struct signs *s, int from, int to)
{
	for (int i = from; i + 1 < to; i++)
		add_pair(a, s, i);
	if (to - from == 1 && from >= s->held) {
		add_pair(a, s, to < s->n ? from : from - 1);
		s->held = to + 1;
	}
}

static void end_signs(struct asked *a, struct signs *s)
{
	UChar units[2 * SIGNS_MAX];
	int32_t at[2 * SIGNS_MAX + 1] = { 0 }, len = 0; /* at: which sign begins at a unit */
	UErrorCode status = U_ZERO_ERROR;
	int from = 0;

	if (s->n == 1)
		add(a, TERM_LONE, s->at[0].text, s->at[0].size, 1);
	for (int i = 0; i < s->n; i++) {
		at[len] = i;
		U16_APPEND_UNSAFE(units, len, (UChar32)s->at[i].point);
	}
	at[len] = s->n;
	UBreakIterator *words = s->n > 1 ? ubrk_open(UBRK_WORD, "zh", units, len, &status) : NULL;

	for (int32_t end; words != NULL && U_SUCCESS(status) && (end = ubrk_next(words)) != UBRK_DONE; from = at[end])
		add_word(a, s, from, at[end]);
	if (s->n > 1 && from < s->n)
		add_word(a, s, from, s->n);
	ubrk_close(words);
	s->n = s->held = 0;
}

/* --- letters and digits --- */

struct word { char text[2 * QUESTION_MAX]; size_t size; bool digits; }; /* folding may make three bytes of two */

static void add_part(void *ctx, const char *term, size_t size)
{
	size_t chars = 0;

	for (size_t i = 0; i < size; i++)
		chars += (term[i] & 0xc0) != 0x80;
	add(ctx, TERM_WORD, term, size, chars);
}

/* With a digit in it the joints say nothing: it is one code. Without, they part words. */
static void end_word(struct asked *a, struct word *w)
{
	char code[TERM_MAX + 1];

	w->text[w->size] = '\0';
	if (w->digits) {
		terms_squeeze(w->text, code);
		add(a, TERM_CODE, code, strlen(code), strlen(code));
	} else if (w->size > 0) {
		terms_of(w->text, add_part, a);
	}
	*w = (struct word){ .size = 0 };
}

static void cut(const char *text, struct asked *a)
{
	struct signs signs = { .n = 0 };
	struct word word = { .size = 0 };
	struct letter l;

	terms_squeeze(text, a->squeezed);
	while (letter_next(&text, &l)) {
		if (l.kind != LETTER_SIGN && signs.n > 0)
			end_signs(a, &signs);
		if (l.kind == LETTER_GAP || l.kind == LETTER_SIGN)
			end_word(a, &word);
		if (l.kind == LETTER_SIGN) {
			signs.at[signs.n++] = l;
			a->signs = true;
		} else if (l.kind != LETTER_GAP) {
			memcpy(word.text + word.size, l.text, l.size);
			word.size += l.size;
			word.digits = word.digits || l.kind == LETTER_DIGIT;
		}
	}
	if (signs.n > 0)
		end_signs(a, &signs);
	end_word(a, &word);
}

/* --- queries --- */

static void put(char query[QUESTION_QUERY], const char *fmt, ...)
{
	const size_t used = strlen(query);
	va_list list;

	va_start(list, fmt);
	const int n = vsnprintf(query + used, QUESTION_QUERY - used, fmt, list);

	va_end(list);
	assert(n >= 0 && (size_t)n < QUESTION_QUERY - used);
}

static const char *more(const struct term *t)
{
	return t->kind == TERM_LONE || (t->kind == TERM_WORD && t->chars >= 4) ? ":*" : "";
}

static void put_anywhere(char *query, const struct term *t)
{
	put(query, "('%s'%s | '^%s'%s", t->text, more(t), t->text, more(t));
	put(query, t->kind == TERM_CODE ? " | '=%s')" : ")", t->text);
}

static void put_heading(char *query, const struct term *t)
{
	if (t->kind == TERM_CODE)
		put(query, "('^%s' | '=%s')", t->text, t->text);
	else
		put(query, "'^%s'%s", t->text, more(t));
}

static void put_exact(char *query, const struct term *t)
{
	if (t->kind == TERM_CODE)
		put(query, "'=%s'", t->text);
	else
		put_anywhere(query, t);
}

/* Fewer characters begin too much: an office's number is the beginning of all its declarations. */
static bool begins_enough(const char *code) { return strlen(code) >= (strspn(code, "0123456789") == strlen(code) ? 6 : 4); }

#define BEGUN "('=%s':* | '^%s':* | '%s':*)"

static void put_begun(char *query, const struct term *t)
{
	if (t->kind == TERM_CODE && begins_enough(t->text))
		put(query, BEGUN, t->text, t->text, t->text);
	else
		put_exact(query, t);
}

static void put_all(char *query, const struct asked *a, void (*one)(char *query, const struct term *t))
{
	for (int i = 0; i < a->n; i++) {
		put(query, "%s", i > 0 ? " & " : "");
		one(query, &a->term[i]);
	}
}

bool question_read(const char *text, struct question *out)
{
	char some[QUESTION_MAX + 1];
	struct asked a = { .n = 0 };
	bool codes = false, begun = false, whole;
	bool fits;

	fold_text(text, some, sizeof(some), &fits);
	cut(some, &a);
	*out = (struct question){ .exact = "" };
	for (int i = 0; i < a.n; i++) {
		codes = codes || a.term[i].kind == TERM_CODE;
		begun = begun || (a.term[i].kind == TERM_CODE && begins_enough(a.term[i].text));
	}
	/* All of it may be one value written with blanks: "2222 2026 0000 345678". */
	whole = !a.signs && strlen(a.squeezed) >= 4 && !(a.n == 1 && codes);
	if (whole)
		put(out->exact, "'=%s'%s", a.squeezed, codes ? " | " : "");
	if (codes)
		put_all(out->exact, &a, put_exact);
	whole = whole && codes && begins_enough(a.squeezed);
	if (whole)
		put(out->begun, BEGUN "%s", a.squeezed, a.squeezed, a.squeezed, begun ? " | " : "");
	if (begun)
		put_all(out->begun, &a, put_begun);
	put_all(out->heading, &a, put_heading);
	put_all(out->anywhere, &a, put_anywhere);
	return a.n > 0;
}
