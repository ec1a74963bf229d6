#include "domain/terms_int.h"

#include <string.h>
#include <unicode/uchar.h>

#include "domain/fold.h"

static size_t write_point(uint32_t c, char out[5])
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

static bool is_sign(UChar32 c)
{
	return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || (c >= 0x3040 && c <= 0x30ff) || (c >= 0xac00 && c <= 0xd7a3);
}

static enum letter_kind kind_of(uint32_t c)
{
	if (c == '-' || c == '.' || c == '/' || c == '_')
		return LETTER_JOINT;
	if (c < 0x80)
		return c >= '0' && c <= '9' ? LETTER_DIGIT : c >= 'a' && c <= 'z' ? LETTER_ALPHA : LETTER_GAP;
	if (is_sign((UChar32)c))
		return LETTER_SIGN;
	return u_isdigit((UChar32)c) ? LETTER_DIGIT : u_isalpha((UChar32)c) || (U_GET_GC_MASK((UChar32)c) & U_GC_M_MASK) ? LETTER_ALPHA : LETTER_GAP;
}

bool letter_next(const char **text, struct letter *l)
{
	uint32_t point;
	char plain = 0;
	int n;

	do {
		n = fold_char(*text, &point);
		*text += n;
	} while (n > 0 && fold_point(point, &plain) && plain == '\0');
	if (n == 0)
		return false;
	if (fold_point(point, &plain))
		point = (unsigned char)plain;
	if (point < 0x80)
		point = point >= 'A' && point <= 'Z' ? point + 0x20 : point;
	else
		point = terms_simplified((uint32_t)u_foldCase((UChar32)point, U_FOLD_CASE_DEFAULT));
	l->kind = kind_of(point);
	l->point = point;
	l->size = write_point(point, l->text);
	return true;
}

/* A word of letters and digits with its joints: "261123-00417-5". */
struct run {
	char whole[TERM_MAX + 1], part[TERM_MAX + 1];
	size_t whole_size, part_size;
	bool digits, joined;
};

static void append(char *to, size_t *size, const struct letter *l)
{
	if (*size + l->size <= TERM_MAX) {
		memcpy(to + *size, l->text, l->size);
		*size += l->size;
	}
}

static void give(const char *term, size_t size, terms_sink *sink, void *ctx)
{
	if (size > 1 || (size == 1 && term[0] >= '0' && term[0] <= '9'))
		sink(ctx, term, size);
}

static void end_part(struct run *r, terms_sink *sink, void *ctx)
{
	give(r->part, r->part_size, sink, ctx);
	r->part_size = 0;
}

static void end_run(struct run *r, terms_sink *sink, void *ctx)
{
	end_part(r, sink, ctx);
	if (r->joined && r->digits)
		give(r->whole, r->whole_size, sink, ctx);
	*r = (struct run){ .whole_size = 0 };
}

static void add_to_run(struct run *r, const struct letter *l)
{
	r->joined = r->joined || (r->whole_size > 0 && r->part_size == 0);
	r->digits = r->digits || l->kind == LETTER_DIGIT;
	append(r->whole, &r->whole_size, l);
	append(r->part, &r->part_size, l);
}

static void give_pair(const struct letter *a, const struct letter *b, terms_sink *sink, void *ctx)
{
	char pair[10];

	memcpy(pair, a->text, a->size);
	memcpy(pair + a->size, b->text, b->size);
	sink(ctx, pair, a->size + b->size);
}

void terms_of(const char *text, terms_sink *sink, void *ctx)
{
	struct letter last = { .kind = LETTER_GAP }, l;
	struct run run = { .whole_size = 0 };

	while (letter_next(&text, &l)) {
		if (last.kind == LETTER_SIGN) {
			if (l.kind == LETTER_SIGN)
				give_pair(&last, &l, sink, ctx);
			else
				sink(ctx, last.text, last.size);
		}
		if (l.kind == LETTER_ALPHA || l.kind == LETTER_DIGIT)
			add_to_run(&run, &l);
		else if (l.kind == LETTER_JOINT && run.part_size > 0)
			end_part(&run, sink, ctx);
		else
			end_run(&run, sink, ctx);
		last = l;
	}
	if (last.kind == LETTER_SIGN)
		sink(ctx, last.text, last.size);
	end_run(&run, sink, ctx);
}

void terms_squeeze(const char *value, char term[TERM_MAX + 1])
{
	struct letter l;
	size_t size = 0;

	while (letter_next(&value, &l))
		if (l.kind == LETTER_ALPHA || l.kind == LETTER_DIGIT || l.kind == LETTER_SIGN)
			append(term, &size, &l);
	term[size] = '\0';
}
