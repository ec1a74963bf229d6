#include "dispatch/work_store.h"
#include <string.h>
#include "dispatch/ids.h"
#include "dispatch/roster_store.h"

/* A case's officer sits with the unit that leads it; which unit that is, intake decided. */
#define WORK_FACTS \
	"select c.id, c.version, c.priority, c.tier, c.weight, c.opened_at, c.needed_by, c.promise_at, c.sort_at, c.first_asked_id, n.coordinator_id," \
	"       c.lead_unit_id, c.goods_unit_id, c.district_id, c.category, l.bit, s.bit, c.tried, e.ids, c.why ->> 'level' = 'duty'"
#define WORK_JOINS \
	"  left join ql.languages l on l.code = c.language" \
	"  left join ql.categories k on k.code = c.category" \
	"  left join ql.skills s on s.code = k.skill" \
	"  left join lateral (select x.coordinator_id from ql.named_coordinators x" \
	"                      where x.enterprise_id = c.principal_id and x.valid_from <= (now() at time zone 'Asia/Shanghai')::date" \
	"                        and (x.valid_to is null or x.valid_to >= (now() at time zone 'Asia/Shanghai')::date)" \
	"                      order by x.valid_from desc limit 1) n on true" \
	"  left join lateral (select array_agg(distinct x.enterprise_id) as ids from ql.case_enterprises x where x.case_id = c.id) e on true"

static const struct ql_query READ = {
	"work_read",
	WORK_FACTS "  from ql.cases c" WORK_JOINS " where c.id = any ($1) and c.state = 'received'",
	1, { OID_INT8_A },
};
static const struct ql_query SWEEP = { /* one priority at a time: that and the index give the order of draw */
	"work_sweep",
	WORK_FACTS
	"  from (select * from ql.cases w where w.state = 'received' and w.priority = $1 and (w.sort_at, w.id) > ($2, $3)"
	"         order by w.sort_at, w.id limit $4) c" WORK_JOINS
	" order by c.sort_at, c.id",
	4, { OID_TEXT, OID_TIMESTAMPTZ, OID_INT8, OID_INT4 },
};

static const char *const PRIORITIES[] = { "urgent", "high", "normal" };
static const char *const TIERS[] = { "aeo", "certified", "regular", "unknown", "dishonest" };

/* Where word stands in a list; past its end when it does not. */
static int32_t place(const char *word, const char *const *list, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(word, list[i]) != 0)
		i++;
	return (int32_t)i;
}

static void read_one(const PGresult *res, int row, const struct reference *ref, struct waiting_case *c)
{
	struct work *w = &c->work;

	memset(c, 0, sizeof(*c));
	w->case_id = ql_col_i64(res, row, 0);
	c->version = (int32_t)ql_col_i64(res, row, 1);
	w->priority = -place(ql_col_text(res, row, 2), PRIORITIES, QL_LEN(PRIORITIES)); /* greater goes first */
	w->tier = place(ql_col_text(res, row, 3), TIERS, QL_LEN(TIERS));
	w->weight = (int32_t)ql_col_i64(res, row, 4);
	w->opened_at = ql_col_time(res, row, 5);
	w->needed_by = ql_col_time(res, row, 6);
	w->promise = ql_col_time(res, row, 7);
	w->first_asked = ql_col_i64(res, row, 9);
	w->named = ql_col_i64(res, row, 10);
	w->home_unit = ql_col_i64(res, row, 11);
	w->goods_unit = ql_col_i64(res, row, 12);
	w->district = ql_col_i64(res, row, 13);
	w->root = reference_root(ref) != NULL ? reference_root(ref)->id : 0;
	w->category = roster_subject(ref, ql_col_text(res, row, 14));
	w->languages = PQgetisnull(res, row, 15) ? 0 : SKILL_BIT(ql_col_i64(res, row, 15));
	w->required = PQgetisnull(res, row, 16) ? 0 : SKILL_BIT(ql_col_i64(res, row, 16));
	w->excluded_count = (int32_t)ids_read(ql_col_text(res, row, 17), w->excluded, CHOOSE_EXCLUDED);
	w->enterprise_count = (int32_t)ids_read(ql_col_text(res, row, 18), w->enterprises, CHOOSE_ENTERPRISES);
	w->shift_needed = reference_parameters(ref)->shift_rest_minutes * 60 * QL_SECOND;
	c->told = ql_col_bool(res, row, 19);
	c->fresh = true;
}

static void read_page(const PGresult *res, const struct reference *ref, struct work_page *page)
{
	page->n = 0;
	for (int row = 0; row < PQntuples(res) && page->n < WORK_PAGE; row++)
		read_one(res, row, ref, &page->item[page->n++]);
}

enum ql_rc work_read(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf list;
	PGresult *res;
	enum ql_rc rc;

	ql_buf_init(&list, 24 * WORK_PAGE);
	ids_write(&list, ids, n);
	ql_arg_text(&a, OID_INT8_A, list.data);
	rc = ql_pg_run(pg, &READ, &a, &res, err);
	ql_buf_free(&list);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	PQclear(res);
	return QL_OK;
}

enum ql_rc work_sweep(struct ql_pg *pg, const struct reference *ref, struct work_cursor *at, struct work_page *page, bool *more, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, PRIORITIES[at->priority]);
	ql_arg_time(&a, at->sort_at != 0 ? at->sort_at : 1);
	ql_arg_i64(&a, at->id);
	ql_arg_i32(&a, WORK_PAGE);
	rc = ql_pg_run(pg, &SWEEP, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	if (page->n == WORK_PAGE)
		*at = (struct work_cursor){ at->priority, ql_col_time(res, WORK_PAGE - 1, 8), page->item[page->n - 1].work.case_id };
	else
		*at = (struct work_cursor){ .priority = at->priority + 1 };
	*more = at->priority < (int)QL_LEN(PRIORITIES);
	PQclear(res);
	return QL_OK;
}
