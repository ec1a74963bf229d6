#include "dispatch/assign.h"
#include <stdlib.h>

void batch_clear(struct batch *b)
{
	b->n = b->takes = 0;
	ql_buf_reset(&b->text);
}

static enum ql_rc load_cases(struct casebook *cb, const struct batch *b, struct ql_err *err)
{
	int64_t ids[BATCH_MAX];

	for (size_t i = 0; i < b->n; i++)
		ids[i] = b->plan[i].case_id;
	return casebook_load(cb, ids, b->n, err);
}

static bool still_wants(const struct case_file *c, int party)
{
	const struct case_party *p = party != 0 ? casebook_party(c, party) : NULL;

	return party == 0 ? c->state == CASE_RECEIVED : p != NULL && p->state == PARTY_INVITED && p->coordinator == 0;
}

/* Under its lock a case is what it is: one that moved is read anew before anything is decided about it. */
static void check_cases(struct casebook *cb, struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct case_file *c = casebook_find(cb, b->plan[i].case_id);

		b->plan[i].outcome = c != NULL && still_wants(c, b->plan[i].party) && c->version == b->plan[i].version ? PLAN_MADE : PLAN_STALE;
	}
}

static bool wants_place(const struct plan *p) { return p->kind == PLAN_ASSIGN && p->outcome == PLAN_MADE; }

static int compare_takes(const void *a, const void *b)
{
	const int64_t x = ((const struct take *)a)->coordinator, y = ((const struct take *)b)->coordinator;

	return (x > y) - (x < y);
}

static void gather_takes(struct batch *b)
{
	size_t kept = 0;

	b->takes = 0;
	for (size_t i = 0; i < b->n; i++)
		if (wants_place(&b->plan[i]))
			b->take[b->takes++] = (struct take){ .coordinator = b->plan[i].coordinator, .weight = b->plan[i].weight };
	qsort(b->take, b->takes, sizeof(b->take[0]), compare_takes);
	for (size_t i = 0; i < b->takes; i++)
		if (kept > 0 && b->take[kept - 1].coordinator == b->take[i].coordinator)
			b->take[kept - 1].weight += b->take[i].weight;
		else
			b->take[kept++] = b->take[i];
	b->takes = kept;
}

static const struct take *take_of(const struct batch *b, int64_t coordinator)
{
	const struct take key = { .coordinator = coordinator };

	return bsearch(&key, b->take, b->takes, sizeof(b->take[0]), compare_takes);
}

static void learn_loads(const struct batch *b, struct roster *roster)
{
	for (size_t i = 0; i < b->takes; i++) {
		struct candidate *c = roster_find(roster, b->take[i].coordinator);

		if (c != NULL) {
			c->open_weight = b->take[i].load;
			c->capacity = b->take[i].capacity;
		}
	}
}

static enum ql_rc carry_out(struct casebook *cb, struct batch *b, struct plan *p, struct ql_err *err)
{
	const struct actor who = { .role = ROLE_SYSTEM, .trace = p->trace[0] != '\0' ? p->trace : NULL };
	const char *why = b->text.data + p->why, *why_short = b->text.data + p->why_short;
	const struct assignment a = { .coordinator = p->coordinator, .coordinator_unit = p->unit, .why_json = why, .why_short = why_short };
	struct case_file *c = casebook_find(cb, p->case_id);
	enum ql_rc rc;

	if (p->kind == PLAN_TELL)
		rc = casebook_waiting(cb, c, why, why_short, err);
	else if (p->party != 0)
		rc = casebook_party_assign(cb, c, p->party, &who, &a, err);
	else
		rc = casebook_assign(cb, c, &who, &a, err);
	p->version = c->version;
	return rc;
}

static enum ql_rc work_through(struct casebook *cb, struct batch *b, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < b->n; i++) {
		struct plan *p = &b->plan[i];

		if (wants_place(p) && !take_of(b, p->coordinator)->taken)
			p->outcome = PLAN_MISSED;
		if (p->outcome == PLAN_MADE)
			rc = carry_out(cb, b, p, err);
	}
	return rc;
}

enum ql_rc assign_batch(struct casebook *cb, struct batch *b, struct roster *roster, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(cb, err);

	if (rc == QL_OK)
		rc = load_cases(cb, b, err);
	if (rc == QL_OK) {
		check_cases(cb, b);
		gather_takes(b);
		if (b->takes > 0)
			rc = casebook_take(cb, b->take, b->takes, err);
	}
	if (rc == QL_OK)
		rc = work_through(cb, b, err);
	if (rc == QL_OK)
		rc = casebook_commit(cb, err);
	if (rc != QL_OK)
		casebook_rollback(cb);
	else
		learn_loads(b, roster);
	return rc;
}
