/* session_store.c -- sessions and scopes. */
#include "session_store.h"

#include <stdio.h>
#include <string.h>

static const struct ql_query ENTER = {
	"gw_enter",
	"select user_id, login, name, role, language, unit_id, unit_code, coordinator_id, enterprise_id, csrf, expires_at, duties, address"
	" from ql.enter($1, $2)",
	2, { OID_BYTEA, OID_BOOL },
};
static const struct ql_query MUST_ENROL = { "gw_must_enrol", "select ql.must_enrol()", 0, {0} };
static const struct ql_query ENTER_SCOPE = { /* local to the transaction */
	"gw_enter_scope",
	"select set_config('ql.scopes', format('{%s}', $1), true), set_config('ql.role', case when $1 < 0 then 'enterprise' else 'supervisor' end, true),"
	" set_config('ql.enterprise_id', case when $1 < 0 then (-$1)::text else '' end, true), set_config('ql.user_id', case when $2 > 0 then $2::text else '' end, true)",
	2, { OID_INT8, OID_INT8 },
};
static const struct ql_query RECUSES = { "gw_recuses", "select ql.my_recused() <> '{}'", 0, {0} };
static const struct ql_query NARROW = {
	"gw_narrow",
	"select set_config('ql.scopes', format('{%s}', $1), true)",
	1, { OID_INT4 },
};
static const struct ql_query ENTER_ROOT = {
	"gw_enter_root",
	"select set_config('ql.scopes', format('{%s}', (select u.id from ql.units u where u.parent_id is null and u.kind = 'hq')), false),"
	" set_config('ql.role', 'supervisor', false)",
	0, {0},
};
static const struct ql_query ENTER_STREAM = {
	"gw_enter_stream",
	"select set_config('ql.scopes', '{}', false), set_config('ql.role', 'stream', false)",
	0, {0},
};
static const struct ql_query ACCOUNT = { "gw_account", "select user_id, password_hash, role from ql.account($1)", 1, { OID_TEXT } };
static const struct ql_query OPEN = {
	"gw_session_open",
	"select ql.session_open($1, $2, $3, $4, $5, $6)",
	6, { OID_INT8, OID_BYTEA, OID_TEXT, OID_TIMESTAMPTZ, OID_TEXT, OID_TEXT },
};
static const struct ql_query REFUSED = { "gw_sign_in_refused", "select ql.sign_in_refused($1, $2, $3)", 3, { OID_INT8, OID_TEXT, OID_TEXT } };
static const struct ql_query CLOSE = { "gw_session_close", "select ql.session_close($1)", 1, { OID_BYTEA } };
static const struct ql_query BELONGS = {
	"gw_belongs",
	"select (select json_build_object('code', u.code, 'name_zh', u.name_zh, 'name_en', u.name_en) from ql.units u where u.id = $1),"
	"       (select json_build_object('id', e.id, 'uscc', e.uscc, 'name', e.name) from ql.enterprises e where e.id = $2)",
	2, { OID_INT4, OID_INT8 },
};

struct entering { struct identity *who; bool *known; };

#define COPY(member, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, 0, col))
static enum ql_rc read_identity(const PGresult *res, void *ctx, struct ql_err *err)
{
	const struct entering *to = ctx;
	struct identity *who = to->who;

	*to->known = PQntuples(res) > 0;
	if (!*to->known)
		return QL_OK;
	who->user = ql_col_i64(res, 0, 0);
	COPY(who->login, 1);
	COPY(who->name, 2);
	if (!account_role_parse(ql_col_text(res, 0, 3), &who->account))
		return ql_fail(err, QL_FATAL, "user %lld has a role this release does not know", (long long)who->user);
	who->role = account_rule(who->account)->acts;
	COPY(who->language, 4);
	who->unit = (int32_t)ql_col_i64(res, 0, 5);
	COPY(who->unit_code, 6);
	who->coordinator = ql_col_i64(res, 0, 7);
	who->enterprise = ql_col_i64(res, 0, 8);
	COPY(who->csrf, 9);
	who->expires_at = ql_col_time(res, 0, 10);
	who->duties = duties_parse(ql_col_text(res, 0, 11));
	COPY(who->address, 12);
	who->scope = who->role == ROLE_ENTERPRISE ? -who->enterprise : who->unit;
	return QL_OK;
}

static enum ql_rc read_must_enrol(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct identity *who = ctx;

	(void)err;
	who->must_enrol = ql_col_bool(res, 0, 0);
	return QL_OK;
}

enum ql_rc store_enter(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], bool touch, struct identity *who, bool *known, struct ql_err *err)
{
	struct entering to = { who, known };
	struct ql_args a = {0};
	enum ql_rc rc = ql_pg_queue(pg, &QL_PG_BEGIN, NULL, -1, NULL, NULL, err);

	*who = (struct identity){0};
	ql_arg_bytes(&a, token, TOKEN_HASH);
	ql_arg_bool(&a, touch);
	if (rc == QL_OK)
		rc = ql_pg_queue(pg, &ENTER, &a, -1, read_identity, &to, err);
	else
		ql_buf_free(&a.store);
	if (rc == QL_OK)
		rc = ql_pg_queue(pg, &MUST_ENROL, &(struct ql_args){0}, -1, read_must_enrol, who, err);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_enter_scope(struct ql_pg *pg, int64_t scope, int64_t user, struct ql_err *err)
{
	struct ql_args a = {0};
	enum ql_rc rc = ql_pg_queue(pg, &QL_PG_BEGIN, NULL, -1, NULL, NULL, err);

	ql_arg_i64(&a, scope);
	ql_arg_i64(&a, user);
	if (rc == QL_OK)
		rc = ql_pg_queue(pg, &ENTER_SCOPE, &a, 1, NULL, NULL, err);
	else
		ql_buf_free(&a.store);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_recuses(struct ql_pg *pg, bool *recuses, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &RECUSES, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	*recuses = ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_as_scope(struct ql_pg *pg, int64_t scope, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, scope);
	ql_arg_i64(&a, 0);
	return ql_pg_run(pg, &ENTER_SCOPE, &a, NULL, err);
}

enum ql_rc store_narrow(struct ql_pg *pg, int32_t unit, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i32(&a, unit);
	return ql_pg_run(pg, &NARROW, &a, NULL, err);
}

enum ql_rc store_enter_root(struct ql_pg *pg, bool outside, struct ql_err *err)
{
	return ql_pg_run(pg, outside ? &ENTER_STREAM : &ENTER_ROOT, NULL, NULL, err);
}

enum ql_rc store_account(struct ql_pg *pg, const char *login, struct account *account, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*account = (struct account){0};
	ql_arg_text(&a, OID_TEXT, login);
	rc = ql_pg_run(pg, &ACCOUNT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0 && account_role_parse(ql_col_text(res, 0, 2), &account->role)) {
		account->user = ql_col_i64(res, 0, 0);
		snprintf(account->hash, sizeof(account->hash), "%s", ql_col_text(res, 0, 1));
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_session_open(struct ql_pg *pg, const struct session_new *s, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, s->user);
	ql_arg_bytes(&a, s->token, TOKEN_HASH);
	ql_arg_text(&a, OID_TEXT, s->csrf);
	ql_arg_time(&a, s->until);
	ql_arg_text(&a, OID_TEXT, s->address);
	ql_arg_text(&a, OID_TEXT, s->device);
	return ql_pg_run(pg, &OPEN, &a, NULL, err);
}

enum ql_rc store_sign_in_refused(struct ql_pg *pg, int64_t user, const char *address, const char *why, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, user);
	ql_arg_text(&a, OID_TEXT, address);
	ql_arg_text(&a, OID_TEXT, why);
	return ql_pg_run(pg, &REFUSED, &a, NULL, err);
}

enum ql_rc store_session_close(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_bytes(&a, token, TOKEN_HASH);
	return ql_pg_run(pg, &CLOSE, &a, NULL, err);
}

enum ql_rc store_belongs(struct ql_pg *pg, const struct identity *who, struct ql_buf *unit, struct ql_buf *enterprise, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, who->unit);
	ql_arg_i64(&a, who->enterprise);
	rc = ql_pg_run(pg, &BELONGS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	ql_buf_str(unit, ql_col_text(res, 0, 0));
	ql_buf_str(enterprise, ql_col_text(res, 0, 1));
	PQclear(res);
	return QL_OK;
}
