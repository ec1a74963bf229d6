/* ledger_store.c -- what waits for a decision about a clock; read only by the commands that decide. */
#include "casebook/unit_int.h"

static const struct ql_query ASKED = {
	"cb_asked",
	"select clock_seq, version, user_id, amount, segment, words from ql.clock_ledger"
	" where case_id = $1 and kind = $2 and state = 'asked' order by at, clock_seq limit 1",
	2, { OID_INT8, OID_TEXT },
};

enum ql_rc casestore_asked(struct casebook *cb, int64_t case_id, enum ledger_kind kind, struct ledger_entry *e, struct ql_buf *text, bool *found, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_i64(&a, case_id);
	ql_arg_text(&a, OID_TEXT, kind == LEDGER_EXTENSION ? "extension" : "contest");
	enum ql_rc rc = ql_pg_run(cb->pg, &ASKED, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*found = PQntuples(res) > 0;
	*e = (struct ledger_entry){ .kind = kind };
	if (*found) {
		e->clock = (int)ql_col_i64(res, 0, 0);
		e->version = (int32_t)ql_col_i64(res, 0, 1);
		e->user = ql_col_i64(res, 0, 2);
		e->amount = (int32_t)ql_col_i64(res, 0, 3);
		e->segment = (int)ql_col_i64(res, 0, 4);
		ql_buf_str(text, ql_col_text(res, 0, 5));
	}
	PQclear(res);
	return QL_OK;
}
