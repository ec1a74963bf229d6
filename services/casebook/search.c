#include "casebook/search_int.h"

#include <string.h>

#include "domain/terms.h"

#define NOTES_MAX ((size_t)CASEBOOK_CASES * 64)

/* Terms for some of a case's readers: a stretch of s->terms. */
struct note { int64_t case_id, reader; enum search_who who; bool fresh, open, named; size_t at, len; };
struct name { int64_t enterprise; size_t at, len; };

static struct note *notes(const struct search *s) { return (struct note *)s->notes.data; }
static size_t n_notes(const struct search *s) { return s->notes.len / sizeof(struct note); }

void search_init(struct search *s, struct ql_rows *fresh, struct ql_rows *more)
{
	*s = (struct search){ .fresh = fresh, .more = more };
	ql_buf_init(&s->terms, SEARCH_BYTES_MAX);
	ql_buf_init(&s->notes, NOTES_MAX * sizeof(struct note));
	ql_buf_init(&s->names, NOTES_MAX * sizeof(struct name));
}

void search_free(struct search *s)
{
	ql_buf_free(&s->terms);
	ql_buf_free(&s->notes);
	ql_buf_free(&s->names);
}

void search_reset(struct search *s)
{
	ql_buf_reset(&s->terms);
	ql_buf_reset(&s->notes);
	ql_buf_reset(&s->names);
	s->opening = false;
}

/* --- notes --- */

/* The note that further terms for these readers go to: the last one when it is theirs. */
static struct note *note_for(struct search *s, int64_t case_id, enum search_who who, int64_t reader)
{
	const size_t n = n_notes(s);
	struct note fresh = { .case_id = case_id, .reader = reader, .who = who, .fresh = s->opening, .at = s->terms.len };

	if (n > 0) {
		const struct note *last = &notes(s)[n - 1];

		if (last->case_id == case_id && last->who == who && last->reader == reader && last->fresh == s->opening)
			return &notes(s)[n - 1];
		fresh.open = last->open;
	}
	ql_buf_add(&s->notes, &fresh, sizeof(fresh));
	return ql_buf_ok(&s->notes) ? &notes(s)[n] : NULL;
}

struct gathering { struct ql_buf *to; char mark; size_t end; };

static void gather(void *ctx, const char *term, size_t size)
{
	struct gathering *g = ctx;

	if (g->to->len + size + 2 > g->end)
		return;
	ql_buf_add(g->to, &g->mark, g->mark != '\0');
	ql_buf_add(g->to, term, size);
	ql_buf_add(g->to, " ", 1);
}

static void note_text(struct search *s, int64_t case_id, enum search_who who, int64_t reader, char mark, const char *text)
{
	struct note *n = text != NULL && text[0] != '\0' ? note_for(s, case_id, who, reader) : NULL;
	struct gathering g = { &s->terms, mark, s->terms.len + SEARCH_TEXT_MAX };

	if (n == NULL)
		return;
	terms_of(text, gather, &g);
	n->len = s->terms.len - n->at;
}

/* One term as it is. */
static void note_term(struct search *s, int64_t case_id, const char *fmt, long long value)
{
	struct note *n = note_for(s, case_id, SEARCH_ALL, 0);

	if (n == NULL)
		return;
	ql_buf_fmt(&s->terms, fmt, value);
	n->len = s->terms.len - n->at;
}

void search_open(struct search *s, int64_t case_id, bool open)
{
	s->opening = true;
	struct note *n = note_for(s, case_id, SEARCH_ALL, 0);

	if (n != NULL)
		n->open = open;
	note_term(s, case_id, "@%lld ", (long long)(case_id / 1000000000)); /* the day that its number begins with */
}

void search_opened(struct search *s) { s->opening = false; }

void search_identify(struct search *s, int64_t case_id, const char *value)
{
	char term[TERM_MAX + 1];
	struct note *n;

	terms_squeeze(value != NULL ? value : "", term);
	n = term[0] != '\0' ? note_for(s, case_id, SEARCH_ALL, 0) : NULL;
	if (n == NULL)
		return;
	ql_buf_fmt(&s->terms, "%c%s ", TERM_IDENTIFIES, term);
	n->len = s->terms.len - n->at;
}

void search_head(struct search *s, int64_t case_id, const char *subject) { note_text(s, case_id, SEARCH_ALL, 0, TERM_HEADS, subject); }

void search_scope(struct search *s, int64_t case_id, int64_t scope) { note_term(s, case_id, "#%lld ", (long long)scope); }

void search_enterprise(struct search *s, int64_t case_id, int64_t enterprise)
{
	struct note *n = note_for(s, case_id, SEARCH_TALK, -enterprise);

	if (n != NULL)
		n->named = true;
}

void search_said(struct search *s, int64_t case_id, const char *audience, int64_t enterprise, int32_t unit, const char *text)
{
	if (strcmp(audience, "public") == 0)
		note_text(s, case_id, enterprise != 0 ? SEARCH_TALK : SEARCH_ALL, -enterprise, '\0', text);
	else if (strcmp(audience, "parties") == 0)
		note_text(s, case_id, SEARCH_STAFF, 0, '\0', text);
	else if (strcmp(audience, "unit") == 0 && unit != 0)
		note_text(s, case_id, SEARCH_UNIT, unit, '\0', text);
}

/* --- names of enterprises --- */

bool search_wants_names(const struct search *s, struct ql_buf *ids)
{
	ql_buf_str(ids, "{");
	for (const struct note *n = notes(s); n < notes(s) + n_notes(s); n++)
		if (n->named)
			ql_buf_fmt(ids, "%s%lld", ids->len > 1 ? "," : "", (long long)-n->reader);
	ql_buf_str(ids, "}");
	return ids->len > 2;
}

void search_name(struct search *s, int64_t enterprise, const char *const values[4])
{
	struct name name = { .enterprise = enterprise, .at = s->terms.len };
	struct gathering g = { &s->terms, TERM_HEADS, s->terms.len + SEARCH_TEXT_MAX };
	char code[TERM_MAX + 1];

	terms_of(values[0], gather, &g);
	for (int i = 1; i < 4; i++) {
		terms_squeeze(values[i], code);
		if (code[0] != '\0')
			ql_buf_fmt(&s->terms, "%c%s ", TERM_IDENTIFIES, code);
	}
	name.len = s->terms.len - name.at;
	ql_buf_add(&s->names, &name, sizeof(name));
}

static void put_name(const struct search *s, int64_t enterprise, struct ql_buf *text)
{
	const struct name *names = (const struct name *)s->names.data;
	size_t low = 0, high = s->names.len / sizeof(struct name);

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (names[middle].enterprise < enterprise)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < s->names.len / sizeof(struct name) && names[low].enterprise == enterprise)
		ql_buf_add(text, s->terms.data + names[low].at, names[low].len);
}

/* --- rows --- */

/* Terms are letters and digits with blanks between: nothing to escape. The blank behind the last one goes. */
static void put_terms(struct ql_buf *b, const char *key, const struct ql_buf *text)
{
	ql_json_textn(b, key, text->data, text->len > 0 ? text->len - 1 : 0);
}

static void add_notes(const struct search *s, const struct note *from, const struct note *to, enum search_who who, int64_t reader, struct ql_buf *text)
{
	for (const struct note *n = from; n < to; n++) {
		if (n->who != who || n->reader != reader)
			continue;
		ql_buf_add(text, s->terms.data + n->at, n->len);
		if (n->named)
			put_name(s, -reader, text);
	}
}

/* A row of a case that has none: what all readers may know, and what this one may besides. */
static void put_fresh(struct search *s, const struct note *from, const struct note *to, int64_t reader, struct ql_buf *text)
{
	struct ql_buf *b = ql_rows_begin(s->fresh);

	ql_json_i64(b, "case_id", from->case_id);
	ql_json_i64(b, "reader", reader);
	ql_json_bool(b, "open", from->open);
	ql_buf_reset(text);
	add_notes(s, from, to, SEARCH_ALL, 0, text);
	put_terms(b, "shared", text);
	ql_buf_reset(text);
	if (reader != 0)
		add_notes(s, from, to, SEARCH_TALK, reader, text);
	put_terms(b, "own", text);
	ql_rows_end(s->fresh);
}

static bool seen_before(const struct note *from, const struct note *n)
{
	while (from < n && (from->who != n->who || from->reader != n->reader))
		from++;
	return from < n;
}

/* One row an enterprise; a case without any has one for staff. */
static void stage_fresh(struct search *s, const struct note *from, const struct note *to, struct ql_buf *text)
{
	bool any = false;

	for (const struct note *n = from; n < to; n++) {
		if (n->who != SEARCH_TALK || seen_before(from, n))
			continue;
		put_fresh(s, from, to, n->reader, text);
		any = true;
	}
	if (!any)
		put_fresh(s, from, to, 0, text);
}

static void stage_more(struct search *s, const struct note *n, struct ql_buf *text)
{
	static const char *const WHO[] = { "all", "talk", "staff", "unit" };
	struct ql_buf *b = ql_rows_begin(s->more);

	ql_json_i64(b, "case_id", n->case_id);
	ql_json_text(b, "who", WHO[n->who]);
	ql_json_i64(b, "reader", n->reader);
	ql_buf_reset(text);
	ql_buf_add(text, s->terms.data + n->at, n->len);
	if (n->named)
		put_name(s, -n->reader, text);
	put_terms(b, "terms", text);
	ql_rows_end(s->more);
}

enum ql_rc search_stage(struct search *s, struct ql_err *err)
{
	const struct note *end = notes(s) + n_notes(s);
	struct ql_buf text;

	ql_buf_init(&text, SEARCH_BYTES_MAX);
	for (const struct note *n = notes(s), *to; n < end; n = to) {
		for (to = n + 1; n->fresh && to < end && to->fresh && to->case_id == n->case_id;)
			to++;
		if (n->fresh)
			stage_fresh(s, n, to, &text);
	}
	for (const struct note *n = notes(s); n < end; n++)
		if (n->case_id != 0 && (!n->fresh || n->who == SEARCH_STAFF || n->who == SEARCH_UNIT))
			stage_more(s, n, &text);
	const bool fits = ql_buf_ok(&text) && ql_buf_ok(&s->terms) && ql_buf_ok(&s->notes) && ql_buf_ok(&s->names);

	ql_buf_free(&text);
	search_reset(s);
	return fits ? QL_OK : ql_fail(err, QL_REJECT, "the words of one unit of work need more than %d bytes", SEARCH_BYTES_MAX);
}
