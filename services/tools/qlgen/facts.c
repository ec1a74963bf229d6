#include "tools/qlgen/facts.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "domain/ident.h"
#include "domain/timefmt.h"

#define STRANGERS    50 /* per thousand of people nobody knows */
#define MISTYPED     10 /* per thousand of identifiers with a wrong character */
#define OUTSIDE_ZH   80 /* per thousand who write in another language */

/* The check character is found by asking the judge. */
static void draw_box(struct draw *d, char out[12])
{
	static const char *const OWNERS[] = { "CSQU", "COSU", "CBHU", "TESU", "MSKU", "OOLU", "TGHU", "SEGU" };
	const char *owner = OWNERS[draw_below(d, (int)QL_LEN(OWNERS))];
	const int body = draw_below(d, 1000000);

	for (char c = '0'; c <= '9'; c++) {
		snprintf(out, 12, "%s%06d%c", owner, body, c);
		if (ident_check(IDENT_CONTAINER, out, NULL))
			return;
	}
}

static void mistype(struct draw *d, char *text)
{
	const size_t len = strlen(text);
	char *at = text + (len > 3 ? len - 1 - (size_t)draw_below(d, 3) : 0);

	if (draw_mille(d, MISTYPED) && len > 0)
		*at = *at == '7' ? '1' : '7';
}

static void draw_numbers(const struct world *w, struct draw *d, struct facts *f)
{
	static const char *const HS[] = { "8542310000", "9026809000", "3002150090", "8708999990", "6109100021", "0203290020", "9018909919", "2905110000" };
	static const char *const LINES[] = { "COSU", "EGLV", "MAEU", "ONEY", "SITG" };
	const struct civil day = civil_at(w->start, BEIJING_OFFSET);

	draw_box(d, f->box);
	snprintf(f->decl, sizeof(f->decl), "%.4s%04d%c%09d", f->place->code, day.year % 10000, draw_below(d, 2) ? '1' : '0', draw_below(d, 1000000000));
	snprintf(f->bill, sizeof(f->bill), "%s62%08d", LINES[draw_below(d, (int)QL_LEN(LINES))], draw_below(d, 100000000));
	snprintf(f->hs, sizeof(f->hs), "%s", HS[draw_below(d, (int)QL_LEN(HS))]);
	mistype(d, f->box);
	mistype(d, f->decl);
}

static void draw_problem(struct draw *d, struct facts *f)
{
	size_t n;
	const struct problem *all;
	int variants = 0;

	f->tongue = draw_mille(d, OUTSIDE_ZH) ? draw_mille(d, 600) ? TONGUE_EN : TONGUE_RU : TONGUE_ZH;
	all = texts_problems(f->tongue, &n);
	f->problem = &all[draw_weighted(d, &all->weight, (int)sizeof(*all), (int)n)];
	while (variants < TEXT_VARIANTS && f->problem->subject[variants] != NULL && f->problem->text[variants] != NULL)
		variants++;
	f->variant = draw_below(d, variants);
}

void facts_draw(const struct world *w, const struct story *s, struct facts *f)
{
	struct draw d = draw_keyed(w->key, KEY_FACTS, s->no);

	*f = (struct facts){ .who = people_pick(&w->people, &d, draw_mille(&d, 300)), .is_stranger = draw_mille(&d, STRANGERS) };
	f->place = people_place(&w->people, &d, f->who->home);
	draw_numbers(w, &d, f);
	draw_problem(&d, f);
	snprintf(f->uscc, sizeof(f->uscc), "%s", f->is_stranger ? "" : f->who->uscc);
	mistype(&d, f->uscc);
	snprintf(f->stranger, sizeof(f->stranger), "oGuest%08d", draw_below(&d, 100000000));
	f->fillings = (struct fillings){ f->box, f->decl, f->bill, f->hs, f->place->name, f->who->name, draw_between(&d, 2, 5) };
}

struct draw facts_step(const struct world *w, const struct story *s, int step)
{
	return draw_keyed(w->key, KEY_STEP, s->no * STORY_STEPS + (uint64_t)step);
}

void facts_address(const struct world *w, const struct story *s, int step, ql_time at, struct record *out)
{
	struct draw d = draw_keyed(w->key, KEY_TRACE, s->no);
	const uint64_t high = draw_next(&d) | 1, low = draw_next(&d);

	for (int i = 0; i < step; i++)
		draw_next(&d);
	snprintf(out->traceparent, sizeof(out->traceparent), "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01", high, low, draw_next(&d) | 1);
	snprintf(out->id, sizeof(out->id), "g%" PRIx64 "-%" PRIx64 "-%" PRIu64 "-%d", w->seed, (uint64_t)w->start, s->no, step);
	out->time = at;
	out->mode = MODE_BINARY;
	out->content_type = "application/json";
	ql_buf_reset(&out->value);
}

void facts_time(struct ql_buf *b, const char *key, ql_time at)
{
	char text[RFC3339_MAX];

	rfc3339_format(at - at % 1000, BEIJING_OFFSET, text);
	ql_json_text(b, key, text);
}

void facts_text(struct ql_buf *b, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		ql_json_raw(b, key, "\"\"");
	else
		ql_json_text(b, key, text);
}

void facts_fill(struct ql_buf *b, const char *key, const char *text, const struct facts *f)
{
	struct ql_buf filled;

	ql_buf_init(&filled, RECORD_BYTES_MAX);
	texts_fill(&filled, text, &f->fillings);
	facts_text(b, key, filled.data);
	ql_buf_free(&filled);
}

static void reference(struct ql_buf *b, const char *type, const char *value)
{
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "type", type);
	ql_json_text(b, "value", value);
	ql_json_close(b, '}');
}

void facts_references(struct ql_buf *b, const struct facts *f, bool decl, bool box, bool bill)
{
	ql_json_open(b, "references", '[');
	if (decl)
		reference(b, "declaration", f->decl);
	if (box)
		reference(b, "container", f->box);
	if (bill)
		reference(b, "bill", f->bill);
	ql_json_close(b, ']');
}
