#include "tools/qlgen/gen.h"
#include <stdlib.h>
#include <string.h>
#include "domain/timefmt.h"
#include "tools/qlgen/facts.h"

#define FREE_RUN    1000 /* records a second of traffic time when nothing paces them */
#define AGAIN_LATEST 120 /* seconds until a producer has sent something twice */

struct ahead { ql_time due; struct story story; int step; bool again; };

struct gen {
	const struct world *w;
	struct gen_conf conf;
	struct ahead *heap; /* earliest first */
	size_t n;
	ql_time slot;
	uint64_t slots, stories;
};

static const struct { enum story_kind kind; int weight; } MIX[] = { /* of stories; receipts are most of the records, as in life */
	{ STORY_CALL, 32 }, { STORY_DECLARATION, 30 }, { STORY_LETTER, 18 }, { STORY_FRAGMENTS, 12 }, { STORY_GREETING, 3 }, { STORY_TWINS, 2 }, { STORY_REPLY, 3 },
};

enum ql_rc gen_new(struct gen **out, const struct world *w, const struct gen_conf *conf, struct ql_err *err)
{
	struct gen *g = calloc(1, sizeof(*g));

	*out = g;
	if (g == NULL || (g->heap = malloc((GEN_UNDER_WAY + STORY_STEPS) * sizeof(*g->heap))) == NULL)
		return ql_fail(err, QL_FATAL, "no memory for %d records under way", GEN_UNDER_WAY);
	g->w = w;
	g->conf = *conf;
	g->slot = w->start;
	return QL_OK;
}

void gen_free(struct gen *g)
{
	if (g == NULL)
		return;
	free(g->heap);
	free(g);
}

/* --- the heap --- */

/* A full order, so that the way in which the heap is built decides nothing. */
static bool earlier(const struct ahead *a, const struct ahead *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	if (a->story.no != b->story.no)
		return a->story.no < b->story.no;
	return a->step != b->step ? a->step < b->step : a->again < b->again;
}

static void swap(struct ahead *a, struct ahead *b)
{
	const struct ahead kept = *a;

	*a = *b;
	*b = kept;
}

static void push(struct gen *g, struct ahead one)
{
	size_t i = g->n;

	if (g->n == GEN_UNDER_WAY + STORY_STEPS)
		return;
	g->heap[g->n++] = one;
	for (; i > 0 && earlier(&g->heap[i], &g->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&g->heap[i], &g->heap[(i - 1) / 2]);
}

static struct ahead pop(struct gen *g)
{
	const struct ahead first = g->heap[0];

	g->heap[0] = g->heap[--g->n];
	for (size_t i = 0, child; (child = 2 * i + 1) < g->n; i = child) {
		if (child + 1 < g->n && earlier(&g->heap[child + 1], &g->heap[child]))
			child++;
		if (!earlier(&g->heap[child], &g->heap[i]))
			break;
		swap(&g->heap[child], &g->heap[i]);
	}
	return first;
}

/* --- slots --- */

int gen_shape(ql_time at)
{
	static const int HOURS[24] = { 20, 15, 15, 15, 15, 20, 60, 250, 800, 1000, 1000, 700, 350, 800, 1000, 950, 850, 350, 200, 150, 120, 80, 50, 30 };
	static const int DAYS[7] = { 120, 1000, 770, 770, 770, 770, 150 }; /* Monday is the busiest */
	const struct civil c = civil_at(at, BEIJING_OFFSET);

	return HOURS[c.hour] * DAYS[c.weekday] / 1000 + 1;
}

static ql_time interval(const struct gen *g, struct draw *d)
{
	const int64_t rate = g->conf.rate > 0 ? g->conf.rate : FREE_RUN;
	const int64_t even = QL_SECOND * 1000 / (rate * (g->conf.shape ? gen_shape(g->slot) : 1000));

	return even / 2 + (int64_t)(draw_next(d) % (uint64_t)(even + 1)); /* half to one and a half */
}

/* A reply takes the place of a letter when there is something to reply to: what else happens does not depend on it. */
static enum story_kind draw_kind(const struct gen *g, struct draw *d)
{
	int weight[QL_LEN(MIX)];
	enum story_kind kind;

	for (size_t i = 0; i < QL_LEN(MIX); i++)
		weight[i] = g->conf.kinds[MIX[i].kind] ? MIX[i].weight : 0;
	kind = MIX[draw_weighted(d, weight, (int)sizeof(weight[0]), (int)QL_LEN(MIX))].kind;
	return kind == STORY_REPLY && g->w->talks.n == 0 ? STORY_LETTER : kind;
}

static struct ahead begin(struct gen *g, struct draw *d)
{
	const bool bad = draw_mille(d, g->conf.bad);
	const struct story s = { g->stories++, bad ? STORY_FAULTY : draw_kind(g, d), g->slot };
	struct step steps[STORY_STEPS];
	const int n = story_plan(g->w, &s, steps);

	for (int i = 0; i < n; i++)
		push(g, (struct ahead){ s.at + steps[i].offset + steps[i].delay, s, i, false });
	return pop(g);
}

ql_time gen_due(const struct gen *g) { return g->slot; }

void gen_next(struct gen *g, struct record *out)
{
	struct draw d = draw_keyed(g->w->key, KEY_SLOT, g->slots++);
	const bool due = g->n > 0 && (g->heap[0].due <= g->slot || g->n >= GEN_UNDER_WAY);
	struct ahead one = due ? pop(g) : begin(g, &d);

	story_write(g->w, &one.story, one.step, out);
	if (!one.again && one.story.kind != STORY_REPLY && out->mode != MODE_BARE && draw_mille(&d, g->conf.duplicates)) {
		one.again = true; /* a reply can't be made again: what may be replied to changes */
		one.due = g->slot + draw_between(&d, 1, AGAIN_LATEST) * QL_SECOND / g->w->haste;
		push(g, one);
	}
	g->slot += interval(g, &d);
}
