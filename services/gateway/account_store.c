/* account_store.c -- sessions, accounts, duties and their record. */
#include "account_store.h"

#include <stdio.h>

#include "row_store.h"

static const struct ql_query SESSIONS = {
	"gw_sessions",
	"select item::text, id from ql.sessions_list($1, $2, $3)",
	3, { OID_INT8, OID_INT8, OID_INT4 },
};
static const struct ql_query ACCOUNTS = {
	"gw_accounts",
	"select item::text, id from ql.accounts_list($1, $2)",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query AUDIT = { /* the newest first: after is the id of the last one seen */
	"gw_audit",
	"select json_build_object('id', a.id, 'at', " QL_AT("a.at") ", 'event', a.event, 'by', case when b.id is not null then json_build_object('id', b.id, 'name', b.name) end,"
	"  'about', case when u.id is not null then json_build_object('id', u.id, 'name', u.name) end, 'address', a.address, 'data', a.data)::text, a.id"
	"  from ql.audit a left join ql.users b on b.id = a.user_id left join ql.users u on u.id = a.about_id"
	" where ($1 = 0 or a.id < $1) and ($2 = 0 or $2 in (a.user_id, a.about_id)) order by a.id desc limit $3",
	3, { OID_INT8, OID_INT8, OID_INT4 },
};
static const struct ql_query END = {
	"gw_sessions_end",
	"select encode(h, 'hex') from ql.sessions_end($1, $2, $3) h",
	3, { OID_INT8, OID_INT8, OID_BOOL },
};
static const struct ql_query SWITCH = {
	"gw_account_switch",
	"select encode(h, 'hex') from ql.account_switch($1, $2) h",
	2, { OID_INT8, OID_BOOL },
};
static const struct ql_query RESET = { "gw_factor_reset", "select encode(h, 'hex') from ql.factor_reset($1) h", 1, { OID_INT8 } };
static const struct ql_query DUTY = {
	"gw_duty_give",
	"select ql.duty_give($1, $2, $3, $4, $5)",
	5, { OID_INT8, OID_TEXT, OID_TEXT, OID_DATE, OID_DATE },
};
static const struct ql_query PASSWORD = { "gw_password_of_mine", "select ql.password_of_mine()", 0, {0} };
static const struct ql_query CHANGE = { "gw_password_change", "select ql.password_change($1)", 1, { OID_TEXT } };

static enum ql_rc run_list(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct ql_buf *out, struct account_page *page, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	page->rows = PQntuples(res);
	for (int row = 0; row < page->rows; row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
	page->last = page->rows > 0 ? ql_col_i64(res, page->rows - 1, 1) : 0;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_sessions(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, f->user);
	ql_arg_i64(&a, f->after);
	ql_arg_i32(&a, f->limit);
	return run_list(pg, &SESSIONS, &a, out, page, err);
}

enum ql_rc store_accounts(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, f->after);
	ql_arg_i32(&a, f->limit);
	return run_list(pg, &ACCOUNTS, &a, out, page, err);
}

enum ql_rc store_audit(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, f->after);
	ql_arg_i64(&a, f->user);
	ql_arg_i32(&a, f->limit);
	return run_list(pg, &AUDIT, &a, out, page, err);
}

/* Rows that are hashes of sessions; an empty one only says that the account was found. */
static enum ql_rc run_gone(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, session_gone *gone, void *to, bool *found, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*found = PQntuples(res) > 0;
	for (int row = 0; row < PQntuples(res); row++)
		if (PQgetlength(res, row, 0) > 0)
			gone(to, ql_col_text(res, row, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_sessions_end(struct ql_pg *pg, int64_t session, int64_t user, bool keep, session_gone *gone, void *to, struct ql_err *err)
{
	struct ql_args a = {0};
	bool found;

	ql_arg_i64(&a, session);
	ql_arg_i64(&a, user);
	ql_arg_bool(&a, keep);
	return run_gone(pg, &END, &a, gone, to, &found, err);
}

enum ql_rc store_account_switch(struct ql_pg *pg, int64_t account, bool enable, bool *found, session_gone *gone, void *to, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, account);
	ql_arg_bool(&a, enable);
	return run_gone(pg, &SWITCH, &a, gone, to, found, err);
}

enum ql_rc store_factor_reset(struct ql_pg *pg, int64_t account, bool *found, session_gone *gone, void *to, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, account);
	return run_gone(pg, &RESET, &a, gone, to, found, err);
}

enum ql_rc store_duty_give(struct ql_pg *pg, const struct duty_new *d, bool *given, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, d->account);
	ql_arg_text(&a, OID_TEXT, d->duty);
	ql_arg_text(&a, OID_TEXT, d->unit);
	ql_arg_text(&a, OID_DATE, d->from);
	ql_arg_text(&a, OID_DATE, d->to[0] != '\0' ? d->to : NULL);
	rc = ql_pg_run(pg, &DUTY, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*given = ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_password_of_mine(struct ql_pg *pg, char hash[PASSWORD_HASH_MAX], struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &PASSWORD, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	snprintf(hash, PASSWORD_HASH_MAX, "%s", ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_password_change(struct ql_pg *pg, const char *hash, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_text(&a, OID_TEXT, hash);
	return ql_pg_run(pg, &CHANGE, &a, NULL, err);
}
