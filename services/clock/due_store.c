#include "clock/due_store.h"

#define LEAD_KEY INT64_C(0x514c5f434c4f434b) /* "QL_CLOCK" */
#define YEARS_AHEAD 5

static const struct ql_query DUE = {
	"clock_due",
	"select case_id, seq, next_fire_at, now(), (select version from ql.reference_version)"
	"  from ql.clocks where next_fire_at is not null order by next_fire_at, case_id, seq limit $1",
	1, { OID_INT4 },
};
static const struct ql_query NOW = { "clock_now", "select now(), version from ql.reference_version", 0, { 0 } };
static const struct ql_query TIMELESS = {
	"clock_timeless",
	"select distinct case_id from ql.clocks where state = 'running' and due_at is null and case_id > $1 order by case_id limit $2",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query YEARS = {
	"clock_years",
	"select (select min(y) from generate_series($1, $1 + $2) as s (y) where not exists (select from ql.holiday_years h where h.year = s.y)),"
	"       (select count(*) from (select from ql.clocks where state = 'running' and due_at is null limit 1000) k)",
	2, { OID_INT4, OID_INT4 },
};
static const struct ql_query LEAD = { "clock_lead", "select pg_try_advisory_lock($1)", 1, { OID_INT8 } };

static enum ql_rc read_now(struct ql_pg *pg, struct due_page *page, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &NOW, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	page->now = ql_col_time(res, 0, 0);
	page->reference = ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

static void read_row(const PGresult *res, int row, const struct aside *aside, struct due_page *page)
{
	const struct due d = { ql_col_i64(res, row, 0), (int)ql_col_i64(res, row, 1), ql_col_time(res, row, 2) };

	if (aside_has(aside, d.case_id, d.seq))
		return;
	if (d.at > page->now) {
		if (page->next == 0)
			page->next = d.at;
	} else if (page->n == DUE_MAX) {
		page->more = true;
	} else {
		page->item[page->n++] = d;
	}
}

enum ql_rc due_read(struct ql_pg *pg, const struct aside *aside, struct due_page *page, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	page->n = 0;
	page->more = false;
	page->next = 0;
	ql_arg_i32(&a, DUE_MAX + ASIDE_MAX + 1);
	rc = ql_pg_run(pg, &DUE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	page->read_at = ql_monotonic();
	if (PQntuples(res) > 0) {
		page->now = ql_col_time(res, 0, 3);
		page->reference = ql_col_i64(res, 0, 4);
	}
	for (int row = 0; row < PQntuples(res); row++)
		read_row(res, row, aside, page);
	if (PQntuples(res) == 0)
		rc = read_now(pg, page, err);
	PQclear(res);
	return rc;
}

enum ql_rc due_read_timeless(struct ql_pg *pg, int64_t after, int64_t ids[DUE_MAX], size_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*n = 0;
	ql_arg_i64(&a, after);
	ql_arg_i32(&a, DUE_MAX);
	rc = ql_pg_run(pg, &TIMELESS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		ids[(*n)++] = ql_col_i64(res, row, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc due_read_years(struct ql_pg *pg, int this_year, int *first_missing, int64_t *timeless, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, this_year);
	ql_arg_i32(&a, YEARS_AHEAD);
	rc = ql_pg_run(pg, &YEARS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*first_missing = PQgetisnull(res, 0, 0) ? this_year + YEARS_AHEAD + 1 : (int)ql_col_i64(res, 0, 0);
	*timeless = ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

enum ql_rc lead_take(struct ql_pg *pg, bool *leads, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, LEAD_KEY);
	rc = ql_pg_run(pg, &LEAD, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*leads = ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
