/* preview.c -- what new policies and calendars would do to all that is open, added up by unit. */
#include <stdlib.h>
#include "casebook/facts.h"

#define PREVIEW_PAGE 500

static struct preview_unit *unit_of(struct preview *p, int32_t unit)
{
	size_t i = 0;

	while (i < p->n && p->unit[i].unit != unit)
		i++;
	if (i == PREVIEW_UNITS)
		return NULL;
	if (i == p->n)
		p->unit[p->n++] = (struct preview_unit){ .unit = unit };
	return &p->unit[i];
}

static bool add(struct preview *p, const struct clock_facts *f, const struct rebase *to)
{
	struct preview_unit *u = unit_of(p, f->unit);

	if (u == NULL)
		return false;
	p->seen++;
	u->open++;
	u->earlier += to->changes && to->due_was != 0 && to->due < to->due_was;
	u->later += to->changes && to->due_was != 0 && to->due > to->due_was;
	u->breaks += to->breaks;
	return true;
}

enum ql_rc preview_run(struct ql_pg *pg, const struct reference *ref, ql_time at, ql_time now, int64_t most, struct preview *out, struct ql_err *err)
{
	struct clock_facts *page = calloc(PREVIEW_PAGE, sizeof(*page));
	int64_t after = 0;
	int after_seq = 0;
	size_t n = PREVIEW_PAGE;
	enum ql_rc rc = page != NULL ? QL_OK : ql_fail(err, QL_RETRY, "no memory for a page of clocks");

	*out = (struct preview){ .complete = true };
	while (rc == QL_OK && n == PREVIEW_PAGE && out->complete) {
		rc = facts_open(pg, after, after_seq, page, PREVIEW_PAGE, &n, err);
		for (size_t i = 0; rc == QL_OK && i < n && out->complete; i++) {
			const struct rebase to = facts_rebase(ref, &page[i], at, now);

			out->complete = (most == 0 || out->seen < most) && add(out, &page[i], &to);
			after = page[i].case_id;
			after_seq = page[i].clock.seq;
		}
	}
	free(page);
	return rc;
}

void preview_write(const struct reference *ref, const struct preview *p, struct ql_buf *b)
{
	struct preview_unit sum = { 0 };

	ql_json_open(b, "units", '[');
	for (const struct preview_unit *u = p->unit; u < p->unit + p->n; u++) {
		const struct unit *unit = reference_unit(ref, u->unit);

		ql_json_open(b, NULL, '{');
		ql_json_text(b, "unit", unit != NULL ? unit->code : NULL);
		ql_json_i64(b, "open", u->open);
		ql_json_i64(b, "earlier", u->earlier);
		ql_json_i64(b, "later", u->later);
		ql_json_i64(b, "breached", u->breaks);
		ql_json_close(b, '}');
		sum.earlier += u->earlier;
		sum.later += u->later;
		sum.breaks += u->breaks;
	}
	ql_json_close(b, ']');
	ql_json_i64(b, "open", p->seen);
	ql_json_i64(b, "earlier", sum.earlier);
	ql_json_i64(b, "later", sum.later);
	ql_json_i64(b, "breached", sum.breaks);
	ql_json_bool(b, "complete", p->complete);
}
