#include "clock/rebase.h"
#include <inttypes.h>
#include <stdlib.h>
#include "base/log.h"
#include "casebook/facts.h"
#include "clock/figures.h"
#include "clock/rebase_store.h"

#define REBASE_EVERY  (60 * QL_SECOND) /* a policy or calendar begins to hold without any row changing */
#define REBASE_CLOCKS 500              /* looked at in one turn, without a lock */
#define REBASE_CASES  100              /* changed in one turn */

/* What one page is: clocks up to the last whole case of it, and the cases of those that change. */
struct page {
	struct clock_facts facts[REBASE_CLOCKS];
	size_t n, cases;
	int64_t changes[REBASE_CASES], after; /* after: the walk's place behind this page */
	bool ends;
	struct rebase_tally t;
};

/* A case's clocks beyond the page are looked at with the next one: the place is that of the last case that was seen whole. */
static void cut(struct page *p, int64_t place)
{
	p->ends = p->n < REBASE_CLOCKS;
	p->after = p->n > 0 ? p->facts[p->n - 1].case_id : place;
	if (p->ends)
		return;
	while (p->n > 0 && p->facts[p->n - 1].case_id == p->after)
		p->n--;
	p->after = p->n > 0 ? p->facts[p->n - 1].case_id : p->after;
}

static void judge(struct page *p, const struct reference *ref, ql_time now)
{
	for (size_t i = 0; i < p->n; i++) {
		const int64_t id = p->facts[i].case_id;

		if (p->cases > 0 && p->changes[p->cases - 1] == id)
			continue;
		if (!facts_rebase(ref, &p->facts[i], now, now).changes)
			continue;
		if (p->cases == REBASE_CASES) { /* the rest is the next page's */
			p->after = id - 1;
			p->ends = false;
			p->n = i;
			return;
		}
		p->changes[p->cases++] = id;
	}
}

static enum ql_rc change(struct clock_service *k, struct page *p, size_t from, size_t n, struct ql_err *err)
{
	enum ql_rc rc = casebook_load(k->cb, p->changes + from, n, err);

	for (size_t i = from; rc == QL_OK && i < from + n; i++) {
		struct case_file *c = casebook_find(k->cb, p->changes[i]);
		struct rebased did = { 0 };

		if (c != NULL)
			rc = casebook_rebase(k->cb, c, &did, err);
		p->t.changed += did.changed;
		p->t.earlier += did.earlier;
		p->t.later += did.later;
	}
	return rc;
}

static enum ql_rc finish(struct clock_service *k, const struct rebase_walk *walk, const struct page *p, enum ql_rc rc, struct ql_err *err)
{
	if (rc == QL_OK)
		rc = casebook_flush(k->cb, err);
	if (rc == QL_OK)
		rc = rebase_store_move(k->pg, walk, p->after, p->ends, &p->t, err);
	if (rc == QL_OK)
		rc = casebook_commit(k->cb, err);
	if (rc != QL_OK)
		casebook_rollback(k->cb);
	return rc;
}

/* One case that can't be worked on must not hold up the others: each by itself, and those that fail stay as they are. */
static enum ql_rc change_each(struct clock_service *k, struct page *p, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < p->cases; i++) {
		const struct rebase_tally before = p->t;

		rc = casebook_begin(k->cb, err);
		if (rc == QL_OK)
			rc = change(k, p, i, 1, err);
		if (rc == QL_OK)
			rc = casebook_commit(k->cb, err);
		if (rc == QL_OK)
			continue;
		casebook_rollback(k->cb);
		p->t = before;
		if (rc == QL_RETRY)
			return rc;
		ql_log(QL_ERROR, "rebase_refused", "case=%" PRId64 " rc=%s msg=\"%s\"", p->changes[i], ql_rc_name(rc), err->msg);
		ql_count(&figure_set_aside, 1);
		rc = QL_OK;
	}
	return rc;
}

static enum ql_rc walk_page(struct clock_service *k, const struct rebase_walk *walk, struct page *p, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(k->cb, err);

	if (rc == QL_OK)
		rc = facts_open(k->pg, walk->after, INT16_MAX, p->facts, REBASE_CLOCKS, &p->n, err);
	if (rc == QL_OK) {
		cut(p, walk->after);
		judge(p, casebook_reference(k->cb), casebook_now(k->cb));
		p->t.seen = (int32_t)p->n;
		rc = change(k, p, 0, p->cases, err);
	}
	rc = finish(k, walk, p, rc, err);
	if (rc == QL_OK || rc == QL_RETRY || p->cases == 0)
		return rc;
	p->t = (struct rebase_tally){ .seen = (int32_t)p->n };
	rc = change_each(k, p, err);
	if (rc == QL_OK)
		rc = casebook_begin(k->cb, err);
	return rc == QL_OK ? finish(k, walk, p, rc, err) : rc;
}

enum ql_rc rebase_step(struct clock_service *k, bool *more, struct ql_err *err)
{
	const ql_time now = ql_monotonic();
	struct rebase_walk walk;
	struct page *p;
	enum ql_rc rc;

	if (!k->rebasing && k->rebase_at != 0 && now - k->rebase_at < REBASE_EVERY && k->rebase_reference == k->page.reference)
		return QL_OK;
	rc = rebase_store_look(k->pg, &walk, err);
	if (rc != QL_OK)
		return rc;
	k->rebase_at = now;
	k->rebase_reference = k->page.reference;
	if (walk.id != 0 && !k->rebasing)
		ql_log(QL_INFO, "rebase_begun", "walk=%d after=%" PRId64, walk.id, walk.after);
	k->rebasing = walk.id != 0;
	if (!k->rebasing)
		return QL_OK;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a page of clocks");
	rc = walk_page(k, &walk, p, err);
	*more = rc == QL_OK || rc == QL_CONFLICT;
	if (rc == QL_CONFLICT) /* another clock led for a moment and moved the walk */
		rc = QL_OK;
	else if (rc == QL_OK) {
		ql_count(&figure_rebased, p->t.changed);
		if (p->ends)
			ql_log(QL_INFO, "rebase_ended", "walk=%d", walk.id); /* what changed meanwhile begins the next one: looked at in the next turn */
	}
	free(p);
	return rc;
}
