/* search_store.c -- what somebody finds. ql.search() says which cases, best first; their rows are read as any other's. */
#include "case_store.h"
#include "row_store.h"

#define QUERIES_MAX ((size_t)4 * QUESTION_QUERY + 64)
#define IDS_MAX     ((size_t)LIST_MAX * 24)

static const struct ql_query SEARCH = {
	"gw_search",
	"select case_id, rank, open, hit from ql.search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	13, { OID_TEXT_A, OID_BOOL, OID_TEXT_A, OID_TEXT, OID_TEXT, OID_INT8, OID_INT8, OID_INT4, OID_BOOL, OID_INT4, OID_BOOL, OID_INT8, OID_INT4 },
};
static const struct ql_query FOUND = {
	"gw_found",
	"select " QL_ROW_JSON(QL_AS_STAFF, QL_AS_OWN, "") "::text"
	"  from unnest($1) with ordinality as f (id, place) join ql.cases c on c.id = f.id" QL_ROW_JOINS " order by f.place",
	1, { OID_INT8_A },
};

/* Terms hold neither quotation marks nor backslashes, so an array of queries needs no escapes. */
static void put_queries(struct ql_buf *b, const struct question *q)
{
	const char *const queries[] = { q->exact, q->begun, q->heading, q->anywhere };

	for (size_t i = 0; i < QL_LEN(queries); i++)
		ql_buf_fmt(b, "%c\"%s\"", i == 0 ? '{' : ',', queries[i]);
	ql_buf_str(b, "}");
}

static void search_args(struct ql_args *a, const struct list_search *s, const struct list_filter *f)
{
	struct ql_buf queries;

	ql_buf_init(&queries, QUERIES_MAX);
	put_queries(&queries, s->question);
	ql_arg_text(a, OID_TEXT_A, queries.data);
	ql_buf_free(&queries);
	if (s->any_view)
		ql_arg_null(a, OID_BOOL);
	else
		ql_arg_bool(a, f->open);
	ql_arg_text(a, OID_TEXT_A, f->states);
	ql_arg_text(a, OID_TEXT, f->category);
	ql_arg_text(a, OID_TEXT, f->priority);
	ql_arg_i64(a, f->coordinator);
	ql_arg_i64(a, f->enterprise);
	ql_arg_i32(a, f->unit);
	ql_arg_bool(a, f->overdue);
	ql_arg_i32(a, (int32_t)((f->has_after ? f->after_at : SEARCH_FIRST) / 2));
	ql_arg_bool(a, f->has_after && f->after_at % 2 != 0);
	ql_arg_i64(a, f->after_id);
	ql_arg_i32(a, f->limit);
}

/* The ids found as "{1,2,3}", and where the next page begins. */
static void read_found(const PGresult *res, struct ql_buf *ids, struct list_page *page)
{
	const int n = PQntuples(res);

	ql_buf_str(ids, "{");
	for (int row = 0; row < n; row++) {
		page->last_id = ql_col_i64(res, row, 0);
		page->last_at = SEARCH_PLACE(ql_col_i64(res, row, 1), ql_col_bool(res, row, 2));
		if (!ql_col_bool(res, row, 3))
			page->more = true;
		else
			ql_buf_fmt(ids, "%s%lld", page->rows++ > 0 ? "," : "", (long long)page->last_id);
	}
	ql_buf_str(ids, "}");
}

static enum ql_rc add_rows(struct ql_pg *pg, const char *ids, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_INT8_A, ids);
	rc = ql_pg_run(pg, &FOUND, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_search(struct ql_pg *pg, const struct list_search *s, const struct list_filter *f, struct ql_buf *out, struct list_page *page, struct ql_err *err)
{
	struct ql_args a = {0};
	struct ql_buf ids;
	PGresult *res;
	enum ql_rc rc;

	search_args(&a, s, f);
	rc = ql_pg_run(pg, &SEARCH, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	ql_buf_init(&ids, IDS_MAX);
	read_found(res, &ids, page);
	PQclear(res);
	if (page->rows > 0)
		rc = add_rows(pg, ids.data, out, err);
	ql_buf_free(&ids);
	return rc;
}
