#include "casebook/gaps.h"

static void tell(struct gaps *g, size_t i, const struct gap_ask *ask, const struct calendar *cal, gap_found *found, void *ctx, int *missing_year)
{
	const struct cover_ask cover = { cal, ask->from_day, ask->to_day, ask->since, g->span + g->spans[i], g->spans[i + 1] - g->spans[i] };
	bool more;
	int missing;
	size_t n = cover_gaps(&cover, g->gap, GAP_MOST, &more, &missing);

	for (size_t k = 0; k < n; k++)
		found(ctx, &g->duty[i], &g->gap[k]);
	if (missing != 0 && (*missing_year == 0 || missing < *missing_year))
		*missing_year = missing;
}

enum ql_rc gaps_next(struct ql_pg *pg, const struct reference *ref, const struct gap_ask *ask, struct gaps *g, gap_found *found, void *ctx,
                     int *missing_year, struct ql_err *err)
{
	enum ql_rc rc = gaps_store_page(pg, ask, g, err);

	for (size_t i = 0; rc == QL_OK && i < g->n; i++) {
		const struct unit *u = reference_unit(ref, g->duty[i].unit);
		const struct calendar *cal = u != NULL ? reference_calendar(ref, reference_calendar_at(ref, u->calendar[g->duty[i].service], ask->since)) : NULL;

		if (cal != NULL) /* a unit that came after the reference data was read has its turn later */
			tell(g, i, ask, cal, found, ctx, missing_year);
	}
	return rc;
}
