/* oidc_store.c -- attempts and subjects, through functions of the database only. */
#include "oidc_store.h"

#include <stdio.h>

static const struct ql_query BEGIN = { "gw_oidc_begin", "select ql.oidc_begin($1, $2, $3)", 3, { OID_BYTEA, OID_TEXT, OID_TEXT } };
static const struct ql_query TAKE = { "gw_oidc_take", "select nonce, verifier from ql.oidc_take($1)", 1, { OID_BYTEA } };
static const struct ql_query OF_SUBJECT = { "gw_of_subject", "select user_id, role from ql.account_of_subject($1, $2)", 2, { OID_TEXT, OID_TEXT } };
static const struct ql_query WAY = { "gw_session_way", "select ql.session_way($1, $2)", 2, { OID_BYTEA, OID_TEXT } };

enum ql_rc store_oidc_begin(struct ql_pg *pg, const unsigned char state[TOKEN_HASH], const struct oidc_attempt *a, bool *begun, struct ql_err *err)
{
	struct ql_args args = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_bytes(&args, state, TOKEN_HASH);
	ql_arg_text(&args, OID_TEXT, a->nonce);
	ql_arg_text(&args, OID_TEXT, a->verifier);
	rc = ql_pg_run(pg, &BEGIN, &args, &res, err);
	if (rc != QL_OK)
		return rc;
	*begun = ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_oidc_take(struct ql_pg *pg, const unsigned char state[TOKEN_HASH], struct oidc_attempt *a, bool *known, struct ql_err *err)
{
	struct ql_args args = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_bytes(&args, state, TOKEN_HASH);
	rc = ql_pg_run(pg, &TAKE, &args, &res, err);
	if (rc != QL_OK)
		return rc;
	*known = PQntuples(res) > 0;
	if (*known) {
		snprintf(a->nonce, sizeof(a->nonce), "%s", ql_col_text(res, 0, 0));
		snprintf(a->verifier, sizeof(a->verifier), "%s", ql_col_text(res, 0, 1));
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_account_of_subject(struct ql_pg *pg, const char *issuer, const char *subject, struct account *account, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	*account = (struct account){0};
	ql_arg_text(&a, OID_TEXT, issuer);
	ql_arg_text(&a, OID_TEXT, subject);
	rc = ql_pg_run(pg, &OF_SUBJECT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0 && account_role_parse(ql_col_text(res, 0, 1), &account->role))
		account->user = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_session_way(struct ql_pg *pg, const unsigned char token[TOKEN_HASH], const char *way, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_bytes(&a, token, TOKEN_HASH);
	ql_arg_text(&a, OID_TEXT, way);
	return ql_pg_run(pg, &WAY, &a, NULL, err);
}
