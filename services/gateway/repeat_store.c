/* repeat_store.c -- the kept answers. */
#include "repeat_store.h"

#include <stdio.h>

static const struct ql_query FORGET = { "gw_forget_answers", "select ql.forget_answers()", 0, {0} };
static const struct ql_query TAKE = { /* an old one that nobody cleared away yet is as good as none */
	"gw_key_take",
	"insert into ql.kept_answers as k (user_id, key, request) values ($1, $2, $3)"
	" on conflict (user_id, key) do update set request = excluded.request, at = now(), status = null, etag = null, body = null"
	"  where k.at < now() - interval '24 hours'",
	3, { OID_INT8, OID_TEXT, OID_BYTEA },
};
static const struct ql_query KEPT = {
	"gw_kept",
	"select request = $3, status, etag, body from ql.kept_answers where user_id = $1 and key = $2 and status is not null",
	3, { OID_INT8, OID_TEXT, OID_BYTEA },
};
static const struct ql_query KEEP = {
	"gw_keep",
	"update ql.kept_answers set status = $3, etag = $4, body = $5 where user_id = $1 and key = $2",
	5, { OID_INT8, OID_TEXT, OID_INT4, OID_TEXT, OID_TEXT },
};

static void key_args(struct ql_args *a, int64_t user, const char *key)
{
	ql_arg_i64(a, user);
	ql_arg_text(a, OID_TEXT, key);
}

enum ql_rc store_key_take(struct ql_pg *pg, int64_t user, const char *key, const unsigned char request[REQUEST_HASH], bool *taken, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &FORGET, NULL, NULL, err);

	if (rc != QL_OK)
		return rc;
	key_args(&a, user, key);
	ql_arg_bytes(&a, request, REQUEST_HASH);
	rc = ql_pg_run(pg, &TAKE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*taken = PQcmdTuples(res)[0] == '1';
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_kept(struct ql_pg *pg, int64_t user, const char *key, const unsigned char request[REQUEST_HASH], struct kept *kept, struct ql_buf *body,
                      struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	key_args(&a, user, key);
	ql_arg_bytes(&a, request, REQUEST_HASH);
	rc = ql_pg_run(pg, &KEPT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) == 0) {
		rc = ql_fail(err, QL_RETRY, "the answer kept under this key has just been cleared away");
	} else {
		kept->same = ql_col_bool(res, 0, 0);
		kept->status = (int)ql_col_i64(res, 0, 1);
		snprintf(kept->etag, sizeof(kept->etag), "%s", ql_col_text(res, 0, 2));
		if (kept->same)
			ql_buf_str(body, ql_col_text(res, 0, 3));
	}
	PQclear(res);
	return rc;
}

enum ql_rc store_keep(struct ql_pg *pg, int64_t user, const char *key, int status, const char *etag, const struct ql_buf *body, struct ql_err *err)
{
	struct ql_args a = {0};

	key_args(&a, user, key);
	ql_arg_i32(&a, status);
	ql_arg_text(&a, OID_TEXT, etag);
	ql_arg_text(&a, OID_TEXT, body->len > 0 ? body->data : "");
	return ql_pg_run(pg, &KEEP, &a, NULL, err);
}
