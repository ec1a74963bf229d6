#include "clock/watch_store.h"
#include <stdio.h>
#include <string.h>

#define ROWS_BYTES_MAX (WATCHES_MAX * 512)

static const struct ql_query DUE = {
	"watch_due",
	"select id, declaration, due_at, due_at <= now() from ql.watches where state = 'armed' order by due_at, id limit $1",
	1, { OID_INT4 },
};
static const struct ql_query KEYS = { /* the key is intake's: whoever comes second sees the first one's case */
	"watch_keys",
	"select pg_advisory_xact_lock(k.h) from (select distinct hashtextextended('r:declaration:' || r.declaration, 7) as h"
	"                                          from json_to_recordset($1) as r (declaration text) order by h) k",
	1, { OID_JSON },
};
static const struct ql_query HOLD = {
	"watch_hold",
	"with held as (select w.* from ql.watches w where w.id in (select r.id from json_to_recordset($1) as r (id int8))"
	"                 and w.state = 'armed' and w.due_at <= now() order by w.id for update skip locked)"
	" select h.id, h.rule, h.enterprise_id, h.unit_id, h.container, h.bill, h.armed_at, h.due_at, e.home_unit_id,"
	"        case when h.enterprise_id is null then 'unknown' else ql.tier_of(h.enterprise_id, (now() at time zone 'Asia/Shanghai')::date) end"
	"   from held h left join ql.enterprises e on e.id = h.enterprise_id",
	1, { OID_JSON },
};
static const struct ql_query CASES = {
	"watch_cases",
	"select distinct on (w.id) w.id, c.id"
	"  from json_to_recordset($1) as r (id int8) join ql.watches w on w.id = r.id"
	"  join ql.case_references x on x.type = 'declaration' and x.value = w.declaration"
	"  join ql.cases c on c.id = x.case_id and c.open"
	" order by w.id, (c.principal_id is not distinct from w.enterprise_id) desc, c.id",
	1, { OID_JSON },
};
static const struct ql_query SETTLE = {
	"watch_settle",
	"update ql.watches w set state = 'fired', settled_at = now(), case_id = r.case_id"
	"  from json_to_recordset($1) as r (id int8, case_id int8) where w.id = r.id and w.state = 'armed'",
	1, { OID_JSON },
};

static void copy(char *to, size_t size, const PGresult *res, int row, int col) { snprintf(to, size, "%s", ql_col_text(res, row, col)); }
#define COPY(member, col) copy(member, sizeof(member), res, row, col)

static struct due_watch *find(struct watch_page *page, int64_t id)
{
	for (size_t i = 0; i < page->n; i++)
		if (page->item[i].id == id)
			return &page->item[i];
	return NULL;
}

/* The second watch of a declaration waits for its next turn: by then the first one's case is there to attach to. */
static bool has_declaration(const struct watch_page *page, const char *declaration)
{
	for (size_t i = 0; i < page->n; i++)
		if (strcmp(page->item[i].declaration, declaration) == 0)
			return true;
	return false;
}

static void read_due(const PGresult *res, int row, const struct aside *aside, struct watch_page *page)
{
	struct due_watch *w;

	if (aside_has(aside, ql_col_i64(res, row, 0), 0))
		return;
	if (!ql_col_bool(res, row, 3)) {
		if (page->next == 0)
			page->next = ql_col_time(res, row, 2);
		return;
	}
	if (page->n == WATCHES_MAX || has_declaration(page, ql_col_text(res, row, 1))) {
		page->more = true;
		return;
	}
	w = &page->item[page->n++];
	memset(w, 0, sizeof(*w));
	w->id = ql_col_i64(res, row, 0);
	COPY(w->declaration, 1);
}

enum ql_rc watch_read_due(struct ql_pg *pg, const struct aside *aside, struct watch_page *page, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	page->n = 0;
	page->more = false;
	page->next = 0;
	ql_arg_i32(&a, WATCHES_MAX + ASIDE_MAX + 1);
	rc = ql_pg_run(pg, &DUE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		read_due(res, row, aside, page);
	PQclear(res);
	return QL_OK;
}

static enum ql_rc read_held(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	for (int row = 0; row < PQntuples(res); row++) {
		struct due_watch *w = find(ctx, ql_col_i64(res, row, 0));

		if (w == NULL)
			continue;
		w->held = true;
		COPY(w->rule, 1);
		w->enterprise = ql_col_i64(res, row, 2);
		w->unit = (int32_t)ql_col_i64(res, row, 3);
		COPY(w->container, 4);
		COPY(w->bill, 5);
		w->armed_at = ql_col_time(res, row, 6);
		w->due_at = ql_col_time(res, row, 7);
		w->home_unit = (int32_t)ql_col_i64(res, row, 8);
		COPY(w->tier, 9);
	}
	return QL_OK;
}

static enum ql_rc read_cases(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	for (int row = 0; row < PQntuples(res); row++) {
		struct due_watch *w = find(ctx, ql_col_i64(res, row, 0));

		if (w != NULL)
			w->case_id = ql_col_i64(res, row, 1);
	}
	return QL_OK;
}

static void put_rows(struct ql_rows *rows, const struct watch_page *page, bool held)
{
	for (size_t i = 0; i < page->n; i++) {
		const struct due_watch *w = &page->item[i];

		if (held && !w->held)
			continue;
		struct ql_buf *b = ql_rows_begin(rows);

		ql_json_i64(b, "id", w->id);
		ql_json_text(b, "declaration", w->declaration);
		ql_json_i64(b, "case_id", w->case_id);
		ql_rows_end(rows);
	}
}

/* Three statements, three round trips in one: each takes its snapshot when it runs, so the cases are read under the locks. */
enum ql_rc watch_claim(struct ql_pg *pg, struct watch_page *page, struct ql_err *err)
{
	static const struct { const struct ql_query *query; ql_pg_rows *read; } STEPS[] = { { &KEYS, NULL }, { &HOLD, read_held }, { &CASES, read_cases } };
	struct ql_rows rows;
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(STEPS); i++) {
		struct ql_args a = { 0 };

		ql_rows_init(&rows, ROWS_BYTES_MAX);
		put_rows(&rows, page, false);
		ql_buf_add(&rows.json, "]", 1);
		ql_arg_text(&a, OID_JSON, rows.json.data);
		rc = ql_pg_queue(pg, STEPS[i].query, &a, -1, STEPS[i].read, page, err);
		ql_rows_free(&rows);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc watch_settle(struct ql_pg *pg, const struct watch_page *page, struct ql_err *err)
{
	struct ql_rows rows;
	enum ql_rc rc;

	ql_rows_init(&rows, ROWS_BYTES_MAX);
	put_rows(&rows, page, true);
	rc = ql_rows_queue(pg, &SETTLE, &rows, true, err);
	ql_rows_free(&rows);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}
