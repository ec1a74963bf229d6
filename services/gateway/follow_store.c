#include "follow_store.h"

#include "base/json.h"
#include "base/buf.h"

static const struct ql_query FOLLOW = { "gw_follow", "select ql.case_follow($1, $2)", 2, { OID_INT8, OID_BOOL } };
static const struct ql_query STAFF = {
	"gw_staff_ids",
	"select user_id from ql.staff_ids(array(select json_array_elements_text($1)))",
	1, { OID_JSON },
};
static const struct ql_query UNDOABLE = {
	"gw_undoable",
	"select max(m.version) from ql.messages m join ql.entries n on n.case_id = m.case_id and n.version = m.version"
	" where m.case_id = $1 and m.state = 'queued' and m.held_until > now() and n.author_kind = ql.my_role() and n.author_id = $2",
	2, { OID_INT8, OID_INT8 },
};

static const struct ql_query ENTERPRISE = { "gw_enterprise_of", "select id from ql.enterprises where uscc = $1", 1, { OID_TEXT } };

enum ql_rc store_follow(struct ql_pg *pg, int64_t case_id, bool follows, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_bool(&a, follows);
	rc = ql_pg_run(pg, &FOLLOW, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_staff(struct ql_pg *pg, const char *const *logins, size_t n, int64_t *ids, size_t *known, struct ql_err *err)
{
	struct ql_args a = {0};
	struct ql_buf list;
	PGresult *res;
	enum ql_rc rc;

	*known = 0;
	ql_buf_init(&list, 64 << 10);
	ql_json_open(&list, NULL, '[');
	for (size_t i = 0; i < n; i++)
		ql_json_text(&list, NULL, logins[i]);
	ql_json_close(&list, ']');
	ql_arg_text(&a, OID_JSON, ql_buf_ok(&list) ? list.data : "[]");
	rc = ql_pg_run(pg, &STAFF, &a, &res, err);
	ql_buf_free(&list);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res) && *known < n; row++)
		ids[(*known)++] = ql_col_i64(res, row, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_undoable(struct ql_pg *pg, int64_t case_id, int64_t author, int64_t *version, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*version = 0;
	ql_arg_i64(&a, case_id);
	ql_arg_i64(&a, author);
	rc = ql_pg_run(pg, &UNDOABLE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*version = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_enterprise(struct ql_pg *pg, const char *uscc, int64_t *id, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*id = 0;
	ql_arg_text(&a, OID_TEXT, uscc);
	rc = ql_pg_run(pg, &ENTERPRISE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		*id = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
