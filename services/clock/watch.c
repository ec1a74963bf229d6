#include "clock/watch.h"
#include <inttypes.h>
#include <stdio.h>
#include "base/log.h"
#include "casebook/placement.h"
#include "clock/figures.h"

#define SUBJECT_MAX   256
#define FACTS_MAX     4096

/* What a watch says of itself, in the journal of its case. */
static void put_facts(struct ql_buf *b, const struct due_watch *w, const struct watch_rule *rule)
{
	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "watch", w->id);
	ql_json_text(b, "rule", w->rule);
	ql_json_text(b, "rule_zh", rule->name_zh);
	ql_json_text(b, "declaration", w->declaration);
	ql_json_time(b, "armed_at", w->armed_at);
	ql_json_time(b, "due_at", w->due_at);
	ql_json_close(b, '}');
}

/* The references of a watch with what is wrong with them; texts live in the struct. */
struct references { size_t n; struct case_reference_in in[3]; struct ql_buf fault[3]; };

static void add_reference(struct references *r, const char *type, enum ident_kind kind, const char *value)
{
	struct ql_buf *b = &r->fault[r->n];
	struct ident_fault fault;

	ql_buf_init(b, FACTS_MAX);
	if (value[0] == '\0')
		return;
	r->in[r->n] = (struct case_reference_in){ .type = type, .value = value };
	if (!ident_check(kind, value, &fault)) {
		ql_json_open(b, NULL, '{');
		ql_json_text(b, "code", fault.code);
		ql_json_i64(b, "position", fault.position);
		ql_json_text(b, "zh", fault.zh);
		ql_json_text(b, "en", fault.en);
		ql_json_close(b, '}');
		r->in[r->n].fault_json = b->data;
	}
	r->n++;
}

static void gather_references(struct references *r, const struct due_watch *w)
{
	*r = (struct references){ 0 };
	add_reference(r, "declaration", IDENT_DECLARATION, w->declaration);
	add_reference(r, "container", IDENT_CONTAINER, w->container);
	add_reference(r, "bill", IDENT_BILL, w->bill);
}

static void free_references(struct references *r)
{
	for (size_t i = 0; i < QL_LEN(r->fault); i++)
		ql_buf_free(&r->fault[i]);
}

static enum ql_rc attach(struct casebook *cb, struct case_file *c, const struct references *refs, const char *facts, struct ql_err *err)
{
	const struct attachment a = { .words = { .audience = "parties" }, .references = refs->in, .n_references = refs->n, .data_json = facts };

	return casebook_attach(cb, c, &ACTOR_SYSTEM, &a, err);
}

static enum ql_rc open_case(struct casebook *cb, struct due_watch *w, const struct watch_rule *rule, const struct references *refs, const char *facts,
                            struct ql_err *err)
{
	const struct reference *ref = casebook_reference(cb);
	const struct unit *goods = reference_unit(ref, w->unit);
	const struct case_enterprise_in principal = { w->enterprise, "principal" };
	const struct place_facts at = { .home_unit = w->home_unit, .goods_unit = goods != NULL ? goods->code : NULL, .declaration = w->declaration,
	                                .category = rule->category, .kind = "watch", .now = casebook_now(cb) };
	char subject[SUBJECT_MAX];
	struct place place;
	struct case_file *c;
	enum ql_rc rc;

	casebook_place(ref, &at, &place);
	snprintf(subject, sizeof(subject), "%s（报关单 %s）", rule->name_zh, w->declaration);
	const struct case_spec spec = {
		.procedure = PROCEDURE_COORDINATION, .kind = "watch", .subject = subject, .category = place.category, .priority = place.priority,
		.channel = "notice", .language = "zh", .tier = w->tier, .reach = place.reach, .lead_unit = place.lead_unit, .home_unit = place.home_unit,
		.goods_unit = place.goods_unit, .principal = w->enterprise, .received_at = at.now, .occurred_at = w->due_at, .clocks_from = at.now,
		.weight = place.weight, .enterprises = &principal, .n_enterprises = w->enterprise != 0, .references = refs->in, .n_references = refs->n,
		.data_json = facts, .actor = { .role = ROLE_SYSTEM },
	};

	rc = casebook_open(cb, &spec, &c, err);
	if (rc == QL_OK)
		w->case_id = c->id;
	return rc;
}

static enum ql_rc fire_one(struct casebook *cb, struct due_watch *w, struct ql_err *err)
{
	const struct watch_rule *rule = reference_watch(casebook_reference(cb), w->rule);
	struct case_file *c = w->case_id != 0 ? casebook_find(cb, w->case_id) : NULL;
	struct references refs;
	struct ql_buf facts;
	enum ql_rc rc;

	if (rule == NULL)
		return ql_fail(err, QL_REJECT, "watch %" PRId64 " names rule %s, which is not in force", w->id, w->rule);
	ql_buf_init(&facts, FACTS_MAX);
	put_facts(&facts, w, rule);
	gather_references(&refs, w);
	if (c != NULL && lifecycle_next(c->procedure, c->state, ACT_ATTACH, ROLE_SYSTEM) != NULL && lifecycle_is_open(c->state))
		rc = attach(cb, c, &refs, facts.data, err);
	else
		rc = open_case(cb, w, rule, &refs, facts.data, err);
	free_references(&refs);
	ql_buf_free(&facts);
	return rc;
}

static enum ql_rc load_cases(struct casebook *cb, const struct watch_page *page, struct ql_err *err)
{
	int64_t ids[WATCHES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < page->n; i++)
		if (page->item[i].held && page->item[i].case_id != 0)
			ids[n++] = page->item[i].case_id;
	return casebook_load(cb, ids, n, err);
}

static enum ql_rc fire_page(struct casebook *cb, struct watch_page *page, struct ql_err *err)
{
	enum ql_rc rc = casebook_reserve(cb, (int)page->n, err);

	if (rc == QL_OK)
		rc = casebook_begin(cb, err);
	if (rc == QL_OK)
		rc = watch_claim(casebook_pg(cb), page, err);
	if (rc == QL_OK)
		rc = load_cases(cb, page, err);
	for (size_t i = 0; rc == QL_OK && i < page->n; i++)
		if (page->item[i].held)
			rc = fire_one(cb, &page->item[i], err);
	if (rc == QL_OK)
		rc = casebook_flush(cb, err); /* the cases first: the watches refer to them */
	if (rc == QL_OK)
		rc = watch_settle(casebook_pg(cb), page, err);
	if (rc == QL_OK)
		rc = casebook_commit(cb, err);
	if (rc != QL_OK)
		casebook_rollback(cb);
	return rc;
}

static enum ql_rc refused(struct clock_service *k, const struct watch_page *page, enum ql_rc rc, struct ql_err *err)
{
	if (page->n > 1) {
		ql_log_err("watches_refused", err);
		k->careful_watches = (unsigned)page->n;
		return QL_OK;
	}
	ql_log(QL_ERROR, "watch_set_aside", "watch=%" PRId64 " rc=%s sqlstate=%s msg=\"%s\"", page->item[0].id, ql_rc_name(rc), err->sqlstate, err->msg);
	ql_count(&figure_set_aside, 1);
	aside_put(&k->aside_watches, page->item[0].id, 0, ql_monotonic() + (rc == QL_CONFLICT ? ASIDE_CONFLICT : ASIDE_REFUSED));
	return rc == QL_FATAL && ++k->failed >= FAILED_MOST ? rc : QL_OK;
}

enum ql_rc watch_run(struct clock_service *k, bool *more, ql_time *next, struct ql_err *err)
{
	struct watch_page page;
	enum ql_rc rc = watch_read_due(k->pg, &k->aside_watches, &page, err);

	if (rc != QL_OK)
		return rc;
	*more = page.more;
	*next = page.next;
	if (page.n == 0)
		return QL_OK;
	if (k->careful_watches > 0) {
		*more = *more || page.n > 1;
		page.n = 1;
		k->careful_watches--;
	}
	rc = fire_page(k->cb, &page, err);
	for (size_t i = 0; rc == QL_OK && i < page.n; i++)
		ql_count(&figure_watches, page.item[i].held);
	if (rc == QL_OK || rc == QL_RETRY)
		return rc;
	*more = true;
	return refused(k, &page, rc, err);
}
