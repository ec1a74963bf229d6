#include "dispatch/place.h"
#include <inttypes.h>
#include <string.h>
#include "base/log.h"
#include "casebook/explain.h"
#include "dispatch/figures.h"

#define SWEEP_LEFT_OUT QL_SECOND
#define FAILED_MOST    8 /* single cases refused in a row before we stop: then the fault is ours */

/* --- planning ------------------------------------------------------------------------------------------------------------ */

static size_t put_text(struct ql_buf *text, size_t *end)
{
	size_t from = *end;

	ql_buf_add(text, "", 1); /* NUL between texts */
	*end = text->len;
	return from;
}

static struct plan *plan_add(struct dispatch *d, const struct waiting_case *w, const struct choice *choice, enum plan_kind kind)
{
	struct batch *b = d->batch;
	size_t end = b->text.len;
	struct plan p = { .kind = kind, .case_id = w->work.case_id, .key = work_key(&w->work), .party = w->work.party, .version = w->version, .weight = w->work.weight,
	                  .opened_at = w->work.opened_at, .trace = w->trace };

	explain_choice(&b->text, &w->work, choice, d->roster);
	p.why = put_text(&b->text, &end);
	explain_short(&b->text, choice, d->roster);
	p.why_short = put_text(&b->text, &end);
	if (!ql_buf_ok(&b->text))
		return NULL;
	b->plan[b->n] = p;
	return &b->plan[b->n++];
}

/* The place counts as taken from here on, so that the next case of the batch sees it. */
static void reserve(struct dispatch *d, struct plan *p, int64_t coordinator, ql_time now)
{
	struct candidate *c = roster_find(&d->roster->roster, coordinator);

	p->coordinator = coordinator;
	p->unit = (int32_t)c->unit;
	c->open_weight += p->weight;
	c->last_assigned = now + (ql_time)d->batch->n; /* one after the other, also within a batch */
}

/* false: no room in the batch. */
static bool try_one(struct dispatch *d, struct waiting_case *w, ql_time now)
{
	struct choice choice;
	struct plan *p;

	w->work.now = now;
	choose(&w->work, &d->roster->roster, &choice);
	ql_count(&figure_decisions, 1);
	if (choice_found(&choice)) {
		p = plan_add(d, w, &choice, PLAN_ASSIGN);
		if (p != NULL)
			reserve(d, p, choice.ranked[0].id, now);
		return p != NULL;
	}
	if (!w->told && w->work.party == 0) /* a party's own clock presses its unit */
		return plan_add(d, w, &choice, PLAN_TELL) != NULL;
	w->fresh = false;
	return true;
}

/* Returns false when the batch ended before the list did. */
static bool plan_batch(struct dispatch *d)
{
	const size_t most = d->careful > 0 ? 1 : d->batch_max;
	const ql_time now = ql_now();

	batch_clear(d->batch);
	for (size_t i = 0; i < d->waiting->count; i++) {
		struct waiting_case *w = waiting_at(d->waiting, i);

		w->work.now = now;
		if (!w->fresh && !changed_may_help(&d->changed, &d->roster->roster, &w->work))
			continue;
		if (batch_full(d->batch, most) || !try_one(d, w, now))
			return false;
	}
	return true;
}

/* --- afterwards ----------------------------------------------------------------------------------------------------------- */

/* A case that moved: read it again; the sweep does so when the list is full. */
static void read_again(struct dispatch *d, const struct plan *p)
{
	if (d->wakes < WORK_PAGE)
		d->wake[d->wakes++] = (struct wake_up){ .case_id = p->case_id };
	else
		d->sweep_at = 0;
	waiting_drop(d->waiting, p->key);
}

static void after_assign(struct dispatch *d, const struct plan *p)
{
	const struct waiting_case *w = waiting_find(d->waiting, p->key);

	if (w != NULL && p->party == 0 && w->fresh && !w->told)
		ql_observe(&figure_delay, ql_now() - p->opened_at);
	ql_count(&figure_assigned, 1);
	ql_log_trace(p->trace[0] != '\0' ? p->trace : NULL);
	ql_log(QL_DEBUG, "assigned", "case=%" PRId64 " coordinator=%" PRId64, p->case_id, p->coordinator);
	ql_log_trace(NULL);
	waiting_drop(d->waiting, p->key); /* p->trace is gone with it */
}

static void after_tell(struct dispatch *d, const struct plan *p)
{
	struct waiting_case *w = waiting_find(d->waiting, p->key);

	ql_count(&figure_told, 1);
	if (w == NULL)
		return;
	w->version = p->version;
	w->told = true;
	w->fresh = false;
}

static void learn(struct dispatch *d)
{
	for (size_t i = 0; i < d->batch->n; i++) {
		const struct plan *p = &d->batch->plan[i];
		struct waiting_case *w;

		if (p->outcome == PLAN_STALE) {
			ql_count(&figure_stale, 1);
			d->loads_stale = true; /* a place was reserved in memory for nothing */
			read_again(d, p);
		} else if (p->outcome == PLAN_MISSED) {
			ql_count(&figure_misses, 1);
			w = waiting_find(d->waiting, p->key);
			if (w != NULL)
				w->fresh = true;
		} else if (p->kind == PLAN_ASSIGN) {
			after_assign(d, p);
		} else {
			after_tell(d, p);
		}
	}
}

/* One case that can't be worked on must not stop the others: after a refusal each is tried alone, and the culprit set aside
 * until it or the roster changes. */
static enum ql_rc refused(struct dispatch *d, enum ql_rc rc, struct ql_err *err)
{
	struct waiting_case *w;

	d->loads_stale = true;
	if (d->batch->n > 1) {
		if (rc != QL_CONFLICT)
			ql_log_err("batch_refused", err);
		d->careful = (unsigned)d->batch->n;
		for (size_t i = 0; i < d->batch->n; i++)
			read_again(d, &d->batch->plan[i]);
		return QL_OK;
	}
	ql_log(QL_ERROR, "case_set_aside", "case=%" PRId64 " rc=%s sqlstate=%s msg=\"%s\"", d->batch->plan[0].case_id, ql_rc_name(rc), err->sqlstate, err->msg);
	ql_count(&figure_set_aside, 1);
	d->careful -= d->careful > 0;
	if (++d->failed >= FAILED_MOST && rc == QL_FATAL)
		return rc;
	w = waiting_find(d->waiting, d->batch->plan[0].key);
	if (w != NULL)
		w->fresh = false;
	return QL_OK;
}

/* Everyone in memory had a chance with who changed; those left out of it get theirs by a sweep, one a second at most. */
static void use_up_changes(struct dispatch *d)
{
	if (changed_any(&d->changed) && d->waiting->overflowed && d->sweep_again_at == 0)
		d->sweep_again_at = ql_monotonic() + SWEEP_LEFT_OUT;
	d->changed = (struct changed){ 0 };
}

enum ql_rc place_waiting(struct dispatch *d, struct ql_err *err)
{
	const bool all = plan_batch(d);
	enum ql_rc rc = QL_OK;

	if (d->batch->n > 0)
		rc = assign_batch(d->cb, d->batch, &d->roster->roster, err);
	if (rc == QL_RETRY)
		return rc;
	if (rc != QL_OK)
		return refused(d, rc, err);
	learn(d);
	if (d->batch->n > 0) {
		d->failed = 0;
		d->careful -= d->careful > 0;
	}
	if (all)
		use_up_changes(d);
	return QL_OK;
}
