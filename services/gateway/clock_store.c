/* clock_store.c -- extensions and contested pauses that wait for a supervisor. */
#include "clock_store.h"

#include "row_store.h"

static const struct ql_query ASKED = {
	"gw_asked",
	"select json_build_object('case', c.id, 'number', c.number, 'version', c.version, 'subject', c.subject, 'unit', u.code, 'kind', l.kind, 'clock', k.kind,"
	" 'clock_id', k.seq, 'at', " QL_AT("l.at") ", 'asked', l.version, 'amount', l.amount, 'amount_unit', p.amount_unit, 'words', l.words, 'due_at', " QL_AT("k.due_at") ","
	" 'text', (select n.text from ql.entries n where n.case_id = l.case_id and n.version = l.version),"
	" 'actor', json_build_object('kind', l.actor_kind, 'id', l.actor_id, 'name', coalesce(o.name, e.name)))::text, l.at, c.id"
	"  from ql.clock_ledger l join ql.cases c on c.id = l.case_id join ql.units u on u.id = c.lead_unit_id"
	"  join ql.clocks k on k.case_id = l.case_id and k.seq = l.clock_seq join ql.policies p on p.id = k.policy_id"
	"  left join ql.coordinators o on l.actor_kind = 'coordinator' and o.id = l.actor_id"
	"  left join ql.enterprises e on l.actor_kind = 'enterprise' and e.id = l.actor_id"
	" where l.state = 'asked' and (l.at, l.case_id) > ($1, $2) order by l.at, l.case_id, l.version limit $3",
	3, { OID_TIMESTAMPTZ, OID_INT8, OID_INT4 },
};

enum ql_rc store_asked(struct ql_pg *pg, const struct asked_filter *f, struct ql_buf *out, struct list_page *page, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	if (f->has_after)
		ql_arg_time(&a, f->after_at);
	else
		ql_arg_text(&a, OID_TIMESTAMPTZ, "-infinity");
	ql_arg_i64(&a, f->after_id);
	ql_arg_i32(&a, f->limit);
	rc = ql_pg_run(pg, &ASKED, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	page->rows = PQntuples(res);
	for (int row = 0; row < page->rows; row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
	if (page->rows > 0) {
		page->last_at = ql_col_time(res, page->rows - 1, 1);
		page->last_id = ql_col_i64(res, page->rows - 1, 2);
	}
	PQclear(res);
	return QL_OK;
}
