#include "dispatch/recheck.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/log.h"
#include "dispatch/figures.h"
#include "dispatch/turn_store.h"

#define PASS_EVERY  (300 * QL_SECOND)
#define TURNS_EVERY (10 * QL_SECOND)
#define UNFIT_MAX   100 /* of one page in one transaction; more are found by the next pass */
#define ELSEWHERE   FILTER_BIT(CHOOSE_FILTERS) /* besides the filters: no pool of the draw has him any more */

struct unfit { int64_t case_id; int32_t version; unsigned reasons; int64_t owner; };

/* --- judging -------------------------------------------------------------------------------------------------------------- */

static unsigned judge(const struct dispatch *d, struct work_row *r, bool place_too)
{
	const struct candidate *c = roster_get(&d->roster->roster, r->coordinator);
	unsigned reasons;

	r->work.now = ql_now();
	if (c == NULL) /* gone from the roster; or left out of it, which says nothing about him */
		return d->roster->cut ? 0 : FILTER_BIT(FILTER_VALIDITY);
	reasons = choose_filters(&r->work, &d->roster->roster, c) & FILTERS_FACTS;
	if (place_too && !choose_reaches(&r->work, &d->roster->roster, c))
		reasons |= ELSEWHERE;
	return reasons;
}

static int64_t duty_owner(const struct dispatch *d, struct work *w)
{
	struct choice choice;

	w->from_level = LEVEL_DUTY;
	choose(w, &d->roster->roster, &choice);
	return choice.ranked_count > 0 ? choice.ranked[0].id : 0;
}

/* Given by hand with a reason: the supervisor saw what we see. */
static bool is_ours(const struct work_row *r) { return r->coordinator != 0 && lifecycle_holds_load(r->state) && !r->by_supervisor; }

static const char *reasons_json(unsigned reasons, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "[");

	for (int f = FILTER_NONE + 1; f <= CHOOSE_FILTERS; f++)
		if (reasons & FILTER_BIT(f))
			len += (size_t)snprintf(out + len, size - len, "%s\"%s\"", len > 1 ? "," : "",
			                        f < CHOOSE_FILTERS ? choose_filter_name((enum choose_filter)f) : "elsewhere");
	snprintf(out + len, size - len, "]");
	return out;
}

/* --- acting --------------------------------------------------------------------------------------------------------------- */

static enum ql_rc reroute_one(struct dispatch *d, const struct unfit *u, struct ql_err *err)
{
	struct case_file *c = casebook_find(d->cb, u->case_id);
	char reasons[256];
	const struct reroute r = { reasons_json(u->reasons, reasons, sizeof(reasons)), u->owner };
	bool done = false;
	enum ql_rc rc;

	if (c == NULL || c->version != u->version) /* it moved: whoever moved it woke us again */
		return QL_OK;
	rc = casebook_reroute(d->cb, c, &r, &done, err);
	ql_count(&figure_rerouted, done);
	if (done)
		ql_log(QL_INFO, "rerouted", "case=%" PRId64 " state=%s reasons=%s", u->case_id, case_state_name(c->state), reasons);
	return rc;
}

static enum ql_rc reroute(struct dispatch *d, const struct unfit *list, size_t n, struct ql_err *err)
{
	int64_t ids[UNFIT_MAX];
	enum ql_rc rc = casebook_begin(d->cb, err);

	for (size_t i = 0; i < n; i++)
		ids[i] = list[i].case_id;
	if (rc == QL_OK)
		rc = casebook_load(d->cb, ids, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = reroute_one(d, &list[i], err);
	if (rc == QL_OK)
		rc = casebook_commit(d->cb, err);
	if (rc != QL_OK)
		casebook_rollback(d->cb);
	return rc;
}

/* One that can't be worked on must not keep the others: each alone, and the culprit is named. */
static enum ql_rc reroute_each(struct dispatch *d, const struct unfit *list, size_t n, struct ql_err *err)
{
	enum ql_rc rc = n > 0 ? reroute(d, list, n, err) : QL_OK;

	if (rc == QL_OK || rc == QL_RETRY)
		return rc;
	for (size_t i = 0; rc != QL_RETRY && i < n; i++) {
		rc = reroute(d, &list[i], 1, err);
		if (rc != QL_OK && rc != QL_RETRY)
			ql_log(QL_ERROR, "reroute_refused", "case=%" PRId64 " rc=%s msg=\"%s\"", list[i].case_id, ql_rc_name(rc), err->msg);
	}
	return rc == QL_RETRY ? rc : QL_OK;
}

static bool facts_changed(const struct dispatch *d, int64_t id)
{
	for (size_t i = 0; i < d->wakes; i++)
		if (d->wake[i].case_id == id)
			return d->wake[i].facts;
	return false;
}

static enum ql_rc recheck_page(struct dispatch *d, bool woken, struct ql_err *err)
{
	struct unfit list[UNFIT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < d->page->n && n < UNFIT_MAX; i++) {
		struct work_row *r = &d->page->row[i];

		if (!is_ours(r) || (woken && !facts_changed(d, r->work.case_id)))
			continue;
		unsigned reasons = judge(d, r, woken);

		if (reasons != 0)
			list[n++] = (struct unfit){ r->work.case_id, r->version, reasons, duty_owner(d, &r->work) };
	}
	return reroute_each(d, list, n, err);
}

enum ql_rc recheck_woken(struct dispatch *d, struct ql_err *err) { return recheck_page(d, true, err); }

static enum ql_rc pass(struct dispatch *d, ql_time now, struct ql_err *err)
{
	bool more = false;
	enum ql_rc rc;

	if (!d->rechecking) {
		d->rechecking = true;
		d->held = (struct held_cursor){ 0 };
	}
	rc = work_sweep_held(d->pg, casebook_reference(d->cb), &d->held, d->page, &more, err);
	if (rc == QL_OK)
		rc = recheck_page(d, false, err);
	if (rc == QL_OK && !more) {
		d->rechecking = false;
		d->recheck_at = now + PASS_EVERY;
	}
	return rc;
}

/* --- classes that turned ---------------------------------------------------------------------------------------------------- */

static enum ql_rc retier(struct dispatch *d, const struct turned *t, struct ql_err *err)
{
	int64_t ids[TURNS_CASES];
	enum ql_rc rc;

	for (size_t i = 0; i < t->n; i++)
		ids[i] = t->at[i].case_id;
	rc = casebook_load(d->cb, ids, t->n, err);
	for (size_t i = 0; rc == QL_OK && i < t->n; i++) {
		struct case_file *c = casebook_find(d->cb, ids[i]);

		if (c == NULL || !lifecycle_is_open(c->state) || strcmp(c->tier, t->at[i].tier) == 0)
			continue;
		rc = casebook_retier(d->cb, c, t->at[i].tier, err);
		ql_count(&figure_retiered, 1);
	}
	return rc;
}

/* The rows of the turns are held until the commit: another dispatcher takes others. */
static enum ql_rc turn(struct dispatch *d, bool *more, struct ql_err *err)
{
	static struct turned t;
	enum ql_rc rc = casebook_begin(d->cb, err);

	if (rc == QL_OK)
		rc = turn_hold(d->pg, &t, err);
	if (rc == QL_OK && t.n > 0)
		rc = retier(d, &t, err);
	if (rc == QL_OK && t.turns > 0 && t.n < TURNS_CASES)
		rc = turn_done(d->pg, &t, err);
	if (rc == QL_OK)
		rc = casebook_commit(d->cb, err);
	if (rc != QL_OK)
		casebook_rollback(d->cb);
	*more = t.turns > 0;
	return rc;
}

enum ql_rc recheck_step(struct dispatch *d, ql_time now, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;
	bool more = false;

	if (d->roster_at == 0)
		return QL_OK;
	if (now >= d->turns_at) {
		rc = turn(d, &more, err);
		if (rc == QL_OK && !more)
			d->turns_at = now + TURNS_EVERY;
	}
	if (rc == QL_OK && now >= d->recheck_at)
		rc = pass(d, now, err);
	return rc;
}
