/* reindex_store.c -- what cases from before are found by, made of what the database holds of them. */
#include <string.h>

#include "casebook/unit_int.h"

static const struct ql_query CASES = {
	"cb_reindex_cases",
	"select id, open from ql.cases c where id > $1 and ($3 or not exists (select from ql.search_terms t where t.case_id = c.id))"
	" order by id limit $2 for no key update",
	3, { OID_INT8, OID_INT4, OID_BOOL },
};
static const struct ql_query FORGET = { "cb_reindex_forget", "delete from ql.search_terms where case_id = any ($1)", 1, { OID_INT8_A } };
/* One row a thing to note: which case, what it is, an id, an audience, a unit, a text. */
static const struct ql_query NOTES = {
	"cb_reindex_notes",
	"select c.id, 'i', 0::int8, '', 0, c.number from ql.cases c where c.id = any ($1)"
	" union all select c.id, 'h', 0, '', 0, c.subject from ql.cases c where c.id = any ($1)"
	" union all select a.case_id, 's', a.scope, '', 0, '' from ql.case_access a where a.case_id = any ($1)"
	"  and not exists (select from ql.units u where u.id = a.scope and u.code = '0000')"
	" union all select a.case_id, 'i', 0, '', 0, a.alias from ql.case_aliases a where a.case_id = any ($1)"
	" union all select r.case_id, 'i', 0, '', 0, v from ql.case_references r, unnest(array[r.value, r.given]) v where r.case_id = any ($1) and v is not null"
	" union all select e.case_id, 'e', e.enterprise_id, '', 0, '' from ql.case_enterprises e where e.case_id = any ($1)"
	" union all select n.case_id, 't', coalesce(n.enterprise_id, 0), case when n.audience <> 'public' or ql.words_are_out(n.case_id, n.version) then n.audience else 'parties' end,"
	"  coalesce(n.unit_id, 0), n.text from ql.entries n where n.case_id = any ($1)"
	" order by 1",
	1, { OID_INT8_A },
};

struct batch { struct ql_buf ids; int64_t id[CASEBOOK_CASES]; bool open[CASEBOOK_CASES]; int n; };

static enum ql_rc read_cases(struct casebook *cb, int64_t after, int n, bool all, struct batch *b, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, after);
	ql_arg_i32(&a, n);
	ql_arg_bool(&a, all);
	rc = ql_pg_run(cb->pg, &CASES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	b->n = PQntuples(res);
	ql_buf_str(&b->ids, "{");
	for (int row = 0; row < b->n; row++) {
		b->id[row] = ql_col_i64(res, row, 0);
		b->open[row] = ql_col_bool(res, row, 1);
		ql_buf_fmt(&b->ids, "%s%lld", row > 0 ? "," : "", (long long)b->id[row]);
	}
	ql_buf_str(&b->ids, "}");
	PQclear(res);
	return QL_OK;
}

static void note(struct search *s, const PGresult *res, int row)
{
	const int64_t id = ql_col_i64(res, row, 0), other = ql_col_i64(res, row, 2);
	const char *text = ql_col_text(res, row, 5);

	switch (ql_col_text(res, row, 1)[0]) {
	case 'i': search_identify(s, id, text); break;
	case 'h': search_head(s, id, text); break;
	case 's': search_scope(s, id, other); break;
	case 'e': search_enterprise(s, id, other); break;
	default:  search_said(s, id, ql_col_text(res, row, 3), other, (int32_t)ql_col_i64(res, row, 4), text);
	}
}

static enum ql_rc read_notes(struct casebook *cb, const struct batch *b, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;
	int row = 0;

	ql_arg_text(&a, OID_INT8_A, b->ids.data);
	rc = ql_pg_run(cb->pg, &NOTES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int i = 0; i < b->n; i++) {
		search_open(&cb->search, b->id[i], b->open[i]);
		for (; row < PQntuples(res) && ql_col_i64(res, row, 0) == b->id[i]; row++)
			note(&cb->search, res, row);
		search_opened(&cb->search);
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc casebook_reindex(struct casebook *cb, int64_t after, int n, bool all, int64_t *last, int *done, struct ql_err *err)
{
	struct batch b = { .n = 0 };
	struct ql_args a = { 0 };
	enum ql_rc rc;

	ql_buf_init(&b.ids, 32 * CASEBOOK_CASES);
	rc = read_cases(cb, after, n < CASEBOOK_CASES ? n : CASEBOOK_CASES, all, &b, err);
	if (rc == QL_OK && b.n > 0 && all) {
		ql_arg_text(&a, OID_INT8_A, b.ids.data);
		rc = ql_pg_run(cb->pg, &FORGET, &a, NULL, err);
	}
	if (rc == QL_OK && b.n > 0) {
		rc = read_notes(cb, &b, err);
		*last = b.id[b.n - 1];
	}
	*done = b.n;
	ql_buf_free(&b.ids);
	return rc;
}
