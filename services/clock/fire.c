#include "clock/fire.h"
#include <inttypes.h>
#include "base/log.h"
#include "clock/figures.h"
#include "clock/follow.h"

#define ASIDE_UNFIRED QL_SECOND /* a row that looks due and is not must not keep us spinning */

/* What one unit of work did; counted only when it was committed. */
struct tally { int64_t fired, moved, follow[FOLLOWS]; bool unfired[DUE_MAX]; };

static enum clock_kind kind_of(const struct case_file *c, int seq)
{
	int i = 0;

	while (i < c->n_clocks && c->clock[i].seq != seq)
		i++;
	return i < c->n_clocks ? c->clock[i].kind : CLOCK_KINDS;
}

/* After an outage several thresholds of one clock may have come: all are fired, in order. */
static enum ql_rc fire_one(struct casebook *cb, const struct due *d, struct tally *t, bool *any, struct ql_err *err)
{
	struct case_file *c = casebook_find(cb, d->case_id);
	enum ql_rc rc = QL_OK;
	bool fired = c != NULL;

	*any = false;
	for (int i = 0; rc == QL_OK && fired && i < CLOCK_THRESHOLDS; i++) {
		const enum clock_kind kind = kind_of(c, d->seq);
		const char *threshold;
		enum follow done;

		rc = casebook_fire(cb, c, d->seq, &fired, &threshold, err);
		if (rc != QL_OK || !fired)
			break;
		*any = true;
		t->fired++;
		rc = follow_do(cb, c, kind, d->seq, threshold, &done, err);
		t->follow[done]++;
	}
	return rc;
}

static enum ql_rc fire_page(struct clock_service *k, size_t n, struct tally *t, struct ql_err *err)
{
	int64_t ids[DUE_MAX];
	enum ql_rc rc = casebook_begin(k->cb, err);

	for (size_t i = 0; i < n; i++)
		ids[i] = k->page.item[i].case_id;
	if (rc == QL_OK)
		rc = casebook_load(k->cb, ids, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		bool any;

		rc = fire_one(k->cb, &k->page.item[i], t, &any, err);
		t->unfired[i] = !any;
		t->moved += !any;
	}
	if (rc == QL_OK)
		rc = casebook_commit(k->cb, err);
	if (rc != QL_OK)
		casebook_rollback(k->cb);
	return rc;
}

static void count(struct clock_service *k, size_t n, const struct tally *t)
{
	const ql_time now = ql_monotonic(), base = k->page.now + (now - k->page.read_at); /* committed by now */

	ql_count(&figure_fired, t->fired);
	ql_count(&figure_moved, t->moved);
	ql_count(&figure_next_one, t->follow[FOLLOW_NEXT_ONE] + t->follow[FOLLOW_PARTY_NEXT]);
	ql_count(&figure_escalated, t->follow[FOLLOW_ESCALATE]);
	ql_count(&figure_closed, t->follow[FOLLOW_CLOSE_SILENT]);
	for (size_t i = 0; i < n; i++) {
		const struct due *d = &k->page.item[i];

		if (t->unfired[i]) {
			aside_put(&k->aside_clocks, d->case_id, d->seq, now + ASIDE_UNFIRED);
			continue;
		}
		ql_observe(&figure_late, base - d->at);
		lateness_add(&k->lateness, now, base - d->at);
	}
}

static enum ql_rc refused(struct clock_service *k, size_t n, enum ql_rc rc, struct ql_err *err)
{
	const struct due *d = &k->page.item[0];

	if (n > 1) {
		ql_log_err("unit_refused", err);
		k->careful_clocks = (unsigned)n;
		return QL_OK;
	}
	ql_log(QL_ERROR, "clock_set_aside", "case=%" PRId64 " clock=%d rc=%s sqlstate=%s msg=\"%s\"", d->case_id, d->seq, ql_rc_name(rc), err->sqlstate, err->msg);
	ql_count(&figure_set_aside, 1);
	aside_put(&k->aside_clocks, d->case_id, d->seq, ql_monotonic() + (rc == QL_CONFLICT ? ASIDE_CONFLICT : ASIDE_REFUSED));
	return rc == QL_FATAL && ++k->failed >= FAILED_MOST ? rc : QL_OK;
}

enum ql_rc fire_due(struct clock_service *k, struct ql_err *err)
{
	const size_t n = k->careful_clocks > 0 && k->page.n > 1 ? 1 : k->page.n;
	struct tally t = { 0 };
	enum ql_rc rc;

	if (n == 0)
		return QL_OK;
	rc = fire_page(k, n, &t, err);
	if (rc == QL_RETRY)
		return rc;
	if (n < k->page.n)
		k->page.more = true;
	if (rc != QL_OK) {
		k->page.more = true;
		k->careful_clocks -= n == 1 && k->careful_clocks > 0;
		return refused(k, n, rc, err);
	}
	k->careful_clocks -= k->careful_clocks > 0;
	k->failed = 0;
	count(k, n, &t);
	return QL_OK;
}
