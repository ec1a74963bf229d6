/* factor_store.c -- second factors, through functions of the database only. */
#include "factor_store.h"

#include <sodium.h>
#include <string.h>

static const struct ql_query FACTOR_OF = {
	"gw_factor_of",
	"select true, true, 0, encode(secret, 'hex'), last_step from ql.factor_of($1)",
	1, { OID_INT8 },
};
static const struct ql_query MINE = {
	"gw_factor_mine",
	"select confirmed, required, recovery_left, encode(secret, 'hex'), last_step from ql.factor_state()",
	0, {0},
};
static const struct ql_query USE = { "gw_factor_use", "select ql.factor_use($1, $2)", 2, { OID_INT8, OID_INT8 } };
static const struct ql_query RECOVERY = { "gw_recovery_use", "select ql.recovery_use($1, $2)", 2, { OID_INT8, OID_BYTEA } };
static const struct ql_query BEGIN = { "gw_factor_begin", "select ql.factor_begin($1)", 1, { OID_BYTEA } };
static const struct ql_query CONFIRM = { "gw_factor_confirm", "select ql.factor_confirm($1, $2)", 2, { OID_INT8, OID_TEXT_A } };
static const struct ql_query REMOVE = { "gw_factor_remove", "select ql.factor_remove()", 0, {0} };

static enum ql_rc run_factor(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct factor *f, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	*f = (struct factor){0};
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0) {
		const char *hex = ql_col_text(res, 0, 3);

		f->confirmed = ql_col_bool(res, 0, 0);
		f->required = ql_col_bool(res, 0, 1);
		f->recovery_left = (int)ql_col_i64(res, 0, 2);
		f->last_step = ql_col_i64(res, 0, 4);
		f->there = sodium_hex2bin(f->secret, sizeof(f->secret), hex, strlen(hex), NULL, NULL, NULL) == 0 && hex[0] != '\0';
	}
	PQclear(res);
	return QL_OK;
}

static enum ql_rc run_bool(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, bool *answer, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	*answer = false;
	if (rc != QL_OK)
		return rc;
	*answer = ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_factor_of(struct ql_pg *pg, int64_t user, struct factor *f, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, user);
	return run_factor(pg, &FACTOR_OF, &a, f, err);
}

enum ql_rc store_factor_mine(struct ql_pg *pg, struct factor *f, struct ql_err *err)
{
	return run_factor(pg, &MINE, NULL, f, err);
}

enum ql_rc store_factor_use(struct ql_pg *pg, int64_t user, int64_t step, bool *used, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, user);
	ql_arg_i64(&a, step);
	return run_bool(pg, &USE, &a, used, err);
}

enum ql_rc store_recovery_use(struct ql_pg *pg, int64_t user, const unsigned char hash[RECOVERY_HASH], bool *used, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, user);
	ql_arg_bytes(&a, hash, RECOVERY_HASH);
	return run_bool(pg, &RECOVERY, &a, used, err);
}

enum ql_rc store_factor_begin(struct ql_pg *pg, const unsigned char secret[FACTOR_SECRET], bool *begun, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_bytes(&a, secret, FACTOR_SECRET);
	return run_bool(pg, &BEGIN, &a, begun, err);
}

enum ql_rc store_factor_confirm(struct ql_pg *pg, int64_t step, const char *hashes, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, step);
	ql_arg_text(&a, OID_TEXT_A, hashes);
	return ql_pg_run(pg, &CONFIRM, &a, NULL, err);
}

enum ql_rc store_factor_remove(struct ql_pg *pg, struct ql_err *err)
{
	return ql_pg_run(pg, &REMOVE, NULL, NULL, err);
}
