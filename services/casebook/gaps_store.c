#include <stdio.h>
#include "casebook/gaps.h"
#include "domain/timefmt.h"

static const struct ql_query DUTIES = {
	"gap_duties",
	"select d.unit_id, u.code, d.pool, d.service"
	"  from (select p.unit_id, p.pool, p.service from ql.duty_plan p"
	"        union all select distinct s.unit_id, 'office', 'office' from ql.coordinator_pools s where s.pool = 'office'"
	"           and not exists (select from ql.duty_plan p where p.unit_id = s.unit_id and p.pool = 'office')) d"
	"  join ql.units u on u.id = d.unit_id"
	" where $1 = any (u.ancestors) and (u.code collate \"C\", d.pool) > ($2, $3)"
	" order by u.code collate \"C\", d.pool limit $4",
	4, { OID_INT4, OID_TEXT, OID_TEXT, OID_INT4 },
};
static const struct ql_query SPANS = { /* per person first: who is away covers nothing; then everybody's hours together */
	"gap_spans",
	"select d.i, lower(x.r), upper(x.r)"
	"  from unnest($1, $2) with ordinality d (unit_id, pool, i)"
	"  cross join lateral (select range_agg(one.m) as m"
	"    from ql.coordinator_pools p join ql.coordinators k on k.id = p.coordinator_id"
	"    cross join lateral (select range_agg(tstzrange(s.starts_at, s.ends_at))"
	"                             - coalesce((select range_agg(tstzrange(a.starts_at, a.ends_at)) from ql.absences a"
	"                                          where a.coordinator_id = k.id and a.ends_at > $3), '{}') as m"
	"                          from ql.shifts s where s.coordinator_id = k.id and s.ends_at > $3 and s.starts_at < $4) one"
	"   where p.unit_id = d.unit_id and p.pool = d.pool and (k.valid_to is null or k.valid_to >= ($3 at time zone 'Asia/Shanghai')::date)) c"
	"  cross join lateral unnest(c.m * tstzmultirange(tstzrange($3, $4))) x (r)"
	" order by d.i, x.r limit $5",
	5, { OID_INT4_A, OID_TEXT_A, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ, OID_INT4 },
};

static enum ql_rc read_duties(struct ql_pg *pg, const struct gap_ask *ask, struct gaps *g, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, ask->under);
	ql_arg_text(&a, OID_TEXT, g->after.code);
	ql_arg_text(&a, OID_TEXT, g->after.pool);
	ql_arg_i32(&a, GAP_DUTIES);
	rc = ql_pg_run(pg, &DUTIES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	g->n = 0;
	for (int row = 0; row < PQntuples(res); row++) {
		struct gap_duty *d = &g->duty[g->n++];

		d->unit = (int32_t)ql_col_i64(res, row, 0);
		snprintf(d->code, sizeof(d->code), "%s", ql_col_text(res, row, 1));
		snprintf(d->pool, sizeof(d->pool), "%s", ql_col_text(res, row, 2));
		if (!service_parse(ql_col_text(res, row, 3), &d->service))
			d->service = SERVICE_OFFICE;
	}
	PQclear(res);
	g->more = g->n == GAP_DUTIES;
	if (g->n > 0)
		g->after = g->duty[g->n - 1];
	return QL_OK;
}

static void read_spans(const PGresult *res, struct gaps *g)
{
	size_t n = 0, next = 0;

	for (int row = 0; row < PQntuples(res); row++) {
		for (size_t i = (size_t)ql_col_i64(res, row, 0); next < i; next++)
			g->spans[next] = n;
		g->span[n++] = (struct cover_span){ ql_col_time(res, row, 1), ql_col_time(res, row, 2) };
	}
	for (; next <= g->n; next++)
		g->spans[next] = n;
}

enum ql_rc gaps_store_page(struct ql_pg *pg, const struct gap_ask *ask, struct gaps *g, struct ql_err *err)
{
	struct ql_buf units, pools;
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc = read_duties(pg, ask, g, err);

	if (rc != QL_OK || g->n == 0)
		return rc;
	ql_buf_init(&units, 16 * GAP_DUTIES);
	ql_buf_init(&pools, (WORD_MAX + 1) * GAP_DUTIES);
	for (size_t i = 0; i < g->n; i++) {
		ql_buf_fmt(&units, "%s%d", i > 0 ? "," : "{", g->duty[i].unit);
		ql_buf_fmt(&pools, "%s%s", i > 0 ? "," : "{", g->duty[i].pool);
	}
	ql_buf_str(&units, "}");
	ql_buf_str(&pools, "}");
	ql_arg_text(&a, OID_INT4_A, units.data);
	ql_arg_text(&a, OID_TEXT_A, pools.data);
	ql_arg_time(&a, civil_day_start(ask->from_day, BEIJING_OFFSET));
	ql_arg_time(&a, civil_day_start(ask->to_day, BEIJING_OFFSET));
	ql_arg_i32(&a, GAP_SPANS);
	ql_buf_free(&units);
	ql_buf_free(&pools);
	rc = ql_pg_run(pg, &SPANS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	read_spans(res, g);
	if (PQntuples(res) == GAP_SPANS) /* very many short shifts: what is cut off would look like a gap */
		rc = ql_fail(err, QL_REJECT, "more than %d spells of duty in one reading: ask for fewer days", GAP_SPANS);
	PQclear(res);
	return rc;
}
