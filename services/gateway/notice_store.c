/* notice_store.c -- the statements of notice settings. */
#include "notice_store.h"

#include <stdio.h>

static const struct ql_query READ = {
	"gw_notice_settings",
	"select mail, digest_hour, quiet, ways::text from ql.notice_settings where user_id = $1",
	1, { OID_INT8 },
};
static const struct ql_query CHOOSE = {
	"gw_notice_choose",
	"insert into ql.notice_settings (user_id, mail, digest_hour, quiet, ways) values ($1, $2, $3, $4, $5)"
	" on conflict (user_id) do update set mail = excluded.mail, digest_hour = excluded.digest_hour, quiet = excluded.quiet, ways = excluded.ways,"
	"   updated_at = now()",
	5, { OID_INT8, OID_TEXT, OID_INT4, OID_BOOL, OID_JSONB },
};

enum ql_rc store_notice_settings(struct ql_pg *pg, int64_t user, struct notice_settings *s, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, user);
	rc = ql_pg_run(pg, &READ, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0) {
		snprintf(s->mail, sizeof(s->mail), "%s", ql_col_text(res, 0, 0));
		s->digest_hour = (int)ql_col_i64(res, 0, 1);
		s->quiet = ql_col_bool(res, 0, 2);
		ql_buf_reset(&s->ways);
		ql_buf_str(&s->ways, ql_col_text(res, 0, 3));
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_notice_choose(struct ql_pg *pg, int64_t user, const struct notice_settings *s, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, user);
	ql_arg_text(&a, OID_TEXT, s->mail[0] != '\0' ? s->mail : NULL);
	ql_arg_i32(&a, s->digest_hour);
	ql_arg_bool(&a, s->quiet);
	ql_arg_textn(&a, OID_JSONB, s->ways.data, s->ways.len);
	return ql_pg_run(pg, &CHOOSE, &a, NULL, err);
}
