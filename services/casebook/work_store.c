#include "casebook/work_store.h"
#include <string.h>
#include "casebook/ids.h"
#include "casebook/roster_store.h"

/* A case's officer sits with the unit that leads it; which unit that is, intake decided. */
#define WORK_FACTS(party, tried) \
	"select c.id, c.version, c.priority, c.tier, c.weight, c.opened_at, c.needed_by, c.promise_at, c.sort_at, c.first_asked_id, n.coordinator_id," \
	"       c.lead_unit_id, c.goods_unit_id, c.district_id, c.category, l.bit, s.bit, " tried ", e.ids, c.why ->> 'level', c.state, c.coordinator_id," \
	"       c.recused, " party
/* Nobody has two parts in one case. */
#define NOT_AGAIN \
	"c.tried || array(select p.coordinator_id from ql.case_parties p where p.case_id = c.id and not p.is_lead and p.coordinator_id is not null" \
	"                    and p.state in ('invited', 'working'))"
#define WORK_JOINS \
	"  left join ql.languages l on l.code = c.language" \
	"  left join ql.categories k on k.code = c.category" \
	"  left join ql.skills s on s.code = k.skill" \
	"  left join lateral (select x.coordinator_id from ql.named_coordinators x" \
	"                      where x.enterprise_id = c.principal_id and x.valid_from <= (now() at time zone 'Asia/Shanghai')::date" \
	"                        and (x.valid_to is null or x.valid_to >= (now() at time zone 'Asia/Shanghai')::date)" \
	"                      order by x.valid_from desc limit 1) n on true" \
	"  left join lateral (select array_agg(distinct y.id) as ids" \
	"                       from (select x.enterprise_id from ql.case_enterprises x where x.case_id = c.id" \
	"                             union all select c.principal_id where c.principal_id is not null) y (id)) e on true"

static const struct ql_query READ = {
	"work_read",
	WORK_FACTS("0", NOT_AGAIN) "  from ql.cases c" WORK_JOINS " where c.id = any ($1) and c.state not in ('closed', 'merged')",
	1, { OID_INT8_A },
};
static const struct ql_query SWEEP = { /* one priority at a time: that and the index give the order of draw */
	"work_sweep",
	WORK_FACTS("0", NOT_AGAIN)
	"  from (select * from ql.cases w where w.state = 'received' and w.priority = $1 and (w.sort_at, w.id) > ($2, $3)"
	"         order by w.sort_at, w.id limit $4) c" WORK_JOINS
	" order by c.sort_at, c.id",
	4, { OID_TEXT, OID_TIMESTAMPTZ, OID_INT8, OID_INT4 },
};
/* A party's officer sits with the party. Whoever leads the case can't work along as well, nor can another party's officer. */
#define PARTY \
	"select w.id, w.version, w.priority, w.tier, p.weight, p.since as opened_at, w.needed_by, w.promise_at, w.sort_at, null::int8 as first_asked_id," \
	"       w.principal_id, p.unit_id as lead_unit_id, w.goods_unit_id, u.district_id, w.category, w.language, w.recused, p.seq," \
	"       p.tried || array(select o.coordinator_id from ql.case_parties o where o.case_id = p.case_id and o.coordinator_id is not null" \
	"                           and (o.is_lead or o.state in ('invited', 'working'))) as tried," \
	"       null::json as why, w.state, null::int8 as coordinator_id" \
	"  from ql.case_parties p join ql.cases w on w.id = p.case_id join ql.units u on u.id = p.unit_id" \
	" where p.state = 'invited' and p.coordinator_id is null and p.unit_id is not null and not p.is_lead" \
	"   and w.state in ('received', 'assigned', 'working', 'waiting_enterprise')"
static const struct ql_query READ_PARTIES = {
	"work_read_parties",
	WORK_FACTS("c.seq", "c.tried") "  from (" PARTY " and p.case_id = any ($1) order by p.case_id, p.seq limit $2) c" WORK_JOINS " order by c.id, c.seq",
	2, { OID_INT8_A, OID_INT4 },
};
static const struct ql_query SWEEP_PARTIES = {
	"work_sweep_parties",
	WORK_FACTS("c.seq", "c.tried")
	"  from (" PARTY " and (p.since, p.case_id, p.seq) > ($1, $2, $3) order by p.since, p.case_id, p.seq limit $4) c" WORK_JOINS
	" order by c.opened_at, c.id, c.seq",
	4, { OID_TIMESTAMPTZ, OID_INT8, OID_INT4, OID_INT4 },
};
static const struct ql_query SWEEP_HELD = {
	"work_sweep_held",
	WORK_FACTS("0", NOT_AGAIN)
	"  from (select * from ql.cases w where w.state not in ('closed', 'merged') and (w.coordinator_id, w.sort_at, w.id) > ($1, $2, $3)"
	"         order by w.coordinator_id, w.sort_at, w.id limit $4) c" WORK_JOINS
	" order by c.coordinator_id, c.sort_at, c.id",
	4, { OID_INT8, OID_TIMESTAMPTZ, OID_INT8, OID_INT4 },
};
static const struct ql_query IMAGINE = {
	"work_imagine",
	WORK_FACTS("0", NOT_AGAIN)
	"  from (select 0::int8 as id, 1 as version, $1::text as priority, case when $2::int8 is null then 'unknown' else ql.tier_of($2, (now() at time zone 'Asia/Shanghai')::date) end as tier,"
	"               $3::int4 as weight, now() as opened_at, $4::timestamptz as needed_by, null::timestamptz as promise_at, now() as sort_at,"
	"               null::int8 as first_asked_id, $2::int8 as principal_id, u.id as lead_unit_id, $6::int4 as goods_unit_id, u.district_id, $7::text as category,"
	"               $8::text as language, '{}'::int8[] as tried, null::json as why, 'received' as state, null::int8 as coordinator_id, '{}'::int8[] as recused"
	"          from ql.units u where u.id = $5) c" WORK_JOINS,
	8, { OID_TEXT, OID_INT8, OID_INT4, OID_TIMESTAMPTZ, OID_INT4, OID_INT4, OID_TEXT, OID_TEXT },
};

static const char *const TIERS[] = { "aeo", "certified", "regular", "unknown", "dishonest" };

/* Where word stands in a list; past its end when it does not. */
static int32_t place(const char *word, const char *const *list, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(word, list[i]) != 0)
		i++;
	return (int32_t)i;
}

static int32_t urgency_of(const char *priority)
{
	enum case_priority p;

	return case_priority_parse(priority, &p) ? -(int32_t)p : -CASE_PRIORITIES; /* greater goes first */
}

static void read_preferred(struct work *w, const struct category *c)
{
	for (int i = 0; c != NULL && i < c->n_preferred && i < CHOOSE_PREFERRED; i++)
		w->preferred[w->preferred_count++] = (uint8_t)c->preferred[i];
}

/* A part is done by the unit that was asked: the enterprise's own coordinator has no claim to it. A national body has the nation's
 * pool. */
static void within_unit(struct work *w)
{
	w->named = 0;
	w->from_level = LEVEL_OFFICE;
	w->local = w->district != 0;
}

static bool read_one(const PGresult *res, int row, const struct reference *ref, struct work_row *r)
{
	struct work *w = &r->work;
	const char *level = ql_col_text(res, row, 19);

	memset(r, 0, sizeof(*r));
	w->case_id = ql_col_i64(res, row, 0);
	r->version = (int32_t)ql_col_i64(res, row, 1);
	w->priority = urgency_of(ql_col_text(res, row, 2));
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
	read_preferred(w, reference_category(ref, ql_col_text(res, row, 14)));
	w->languages = PQgetisnull(res, row, 15) ? 0 : SKILL_BIT(ql_col_i64(res, row, 15));
	w->required = PQgetisnull(res, row, 16) ? 0 : SKILL_BIT(ql_col_i64(res, row, 16));
	w->excluded_count = (int32_t)ids_read(ql_col_text(res, row, 17), w->excluded, CHOOSE_EXCLUDED);
	w->enterprise_count = (int32_t)ids_read(ql_col_text(res, row, 18), w->enterprises, CHOOSE_ENTERPRISES);
	w->shift_needed = reference_parameters(ref)->shift_rest_minutes * 60 * QL_SECOND;
	r->told = strcmp(level, choose_level_name(LEVEL_DUTY)) == 0;
	r->by_supervisor = strcmp(level, "supervisor") == 0;
	r->coordinator = ql_col_i64(res, row, 21);
	w->recused_count = (int32_t)ids_read(ql_col_text(res, row, 22), w->recused, CHOOSE_RECUSED);
	w->party = (int32_t)ql_col_i64(res, row, 23);
	if (w->party != 0)
		within_unit(w);
	return case_state_parse(ql_col_text(res, row, 20), &r->state);
}

/* A state of a newer release is nothing that this one could place. */
static void read_page(const PGresult *res, const struct reference *ref, struct work_page *page)
{
	page->n = 0;
	for (int row = 0; row < PQntuples(res) && page->n < WORK_PAGE; row++)
		page->n += read_one(res, row, ref, &page->row[page->n]);
}

static enum ql_rc read_these(struct ql_pg *pg, const struct ql_query *q, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page,
                             struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf list;
	PGresult *res;
	enum ql_rc rc;

	ql_buf_init(&list, 24 * WORK_PAGE);
	ids_write(&list, ids, n);
	ql_arg_text(&a, OID_INT8_A, list.data);
	ql_buf_free(&list);
	if (q->n > 1)
		ql_arg_i32(&a, WORK_PAGE);
	rc = ql_pg_run(pg, q, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	PQclear(res);
	return QL_OK;
}

enum ql_rc work_read(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err)
{
	return read_these(pg, &READ, ref, ids, n, page, err);
}

enum ql_rc work_read_parties(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err)
{
	return read_these(pg, &READ_PARTIES, ref, ids, n, page, err);
}

enum ql_rc work_sweep_parties(struct ql_pg *pg, const struct reference *ref, struct party_cursor *at, struct work_page *page, bool *more, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_time(&a, at->since != 0 ? at->since : 1);
	ql_arg_i64(&a, at->case_id);
	ql_arg_i32(&a, at->seq);
	ql_arg_i32(&a, WORK_PAGE);
	rc = ql_pg_run(pg, &SWEEP_PARTIES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	const int n = PQntuples(res);

	*more = n == WORK_PAGE;
	if (*more)
		*at = (struct party_cursor){ ql_col_time(res, n - 1, 5), ql_col_i64(res, n - 1, 0), (int32_t)ql_col_i64(res, n - 1, 23) };
	PQclear(res);
	return QL_OK;
}

enum ql_rc work_sweep(struct ql_pg *pg, const struct reference *ref, struct work_cursor *at, struct work_page *page, bool *more, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, case_priority_name((enum case_priority)at->priority));
	ql_arg_time(&a, at->sort_at != 0 ? at->sort_at : 1);
	ql_arg_i64(&a, at->id);
	ql_arg_i32(&a, WORK_PAGE);
	rc = ql_pg_run(pg, &SWEEP, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	if (page->n == WORK_PAGE)
		*at = (struct work_cursor){ at->priority, ql_col_time(res, WORK_PAGE - 1, 8), page->row[page->n - 1].work.case_id };
	else
		*at = (struct work_cursor){ .priority = at->priority + 1 };
	*more = at->priority < CASE_PRIORITIES;
	PQclear(res);
	return QL_OK;
}

enum ql_rc work_sweep_held(struct ql_pg *pg, const struct reference *ref, struct held_cursor *at, struct work_page *page, bool *more, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, at->coordinator);
	ql_arg_time(&a, at->sort_at != 0 ? at->sort_at : 1);
	ql_arg_i64(&a, at->id);
	ql_arg_i32(&a, WORK_PAGE);
	rc = ql_pg_run(pg, &SWEEP_HELD, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_page(res, ref, page);
	const int n = PQntuples(res);

	*more = n == WORK_PAGE;
	if (*more)
		*at = (struct held_cursor){ ql_col_i64(res, n - 1, 21), ql_col_time(res, n - 1, 8), ql_col_i64(res, n - 1, 0) };
	PQclear(res);
	return QL_OK;
}

enum ql_rc work_imagine(struct ql_pg *pg, const struct reference *ref, const struct work_facts *f, struct work_row *row, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, f->priority);
	if (f->principal != 0)
		ql_arg_i64(&a, f->principal);
	else
		ql_arg_null(&a, OID_INT8);
	ql_arg_i32(&a, f->weight);
	ql_arg_time(&a, f->needed_by);
	ql_arg_i32(&a, f->lead_unit);
	if (f->goods_unit != 0)
		ql_arg_i32(&a, f->goods_unit);
	else
		ql_arg_null(&a, OID_INT4);
	ql_arg_text(&a, OID_TEXT, f->category);
	ql_arg_text(&a, OID_TEXT, f->language);
	rc = ql_pg_run(pg, &IMAGINE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) != 1 || !read_one(res, 0, ref, row))
		rc = ql_fail(err, QL_FATAL, "unit %d is not in the database", f->lead_unit);
	PQclear(res);
	return rc;
}
