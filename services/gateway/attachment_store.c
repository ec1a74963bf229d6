/* attachment_store.c -- the reads of files on a case. */
#include "attachment_store.h"

#include <stdio.h>

#include "row_store.h"

static const struct ql_query SO_FAR = {
	"gw_attachments_so_far",
	"select files, bytes_today from ql.attachments_so_far($1, $2)",
	2, { OID_INT8, OID_INT8 },
};
static const struct ql_query LIST = {
	"gw_attachments",
	"select coalesce(json_agg(json_build_object('id', a.version, 'name', a.name, 'media_type', a.media_type, 'size', a.size, 'sha256', a.sha256,"
	"  'audience', a.audience, 'author', a.author_kind, 'at', " QL_AT("a.at") ") order by a.version), '[]')::text"
	"  from ql.attachments a where a.case_id = $1 and ($2 = 0 or a.version = $2)",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query ONE = {
	"gw_attachment",
	"select name, media_type, sha256 from ql.attachments where case_id = $1 and version = $2",
	2, { OID_INT8, OID_INT4 },
};

static enum ql_rc run(struct ql_pg *pg, const struct ql_query *q, int64_t case_id, int32_t version, PGresult **res, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, version);
	return ql_pg_run(pg, q, &a, res, err);
}

enum ql_rc store_attachments_so_far(struct ql_pg *pg, int64_t case_id, int64_t user, int64_t *files, int64_t *bytes, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_i64(&a, user);
	rc = ql_pg_run(pg, &SO_FAR, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*files = ql_col_i64(res, 0, 0);
	*bytes = ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_attachments(struct ql_pg *pg, int64_t case_id, int32_t version, struct ql_buf *out, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = run(pg, &LIST, case_id, version, &res, err);

	if (rc != QL_OK)
		return rc;
	ql_buf_str(out, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_attachment(struct ql_pg *pg, int64_t case_id, int32_t version, struct attachment_row *row, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = run(pg, &ONE, case_id, version, &res, err);

	if (rc != QL_OK)
		return rc;
	row->found = PQntuples(res) > 0;
	if (row->found) {
		snprintf(row->name, sizeof(row->name), "%s", ql_col_text(res, 0, 0));
		snprintf(row->type, sizeof(row->type), "%s", ql_col_text(res, 0, 1));
		snprintf(row->hash, sizeof(row->hash), "%s", ql_col_text(res, 0, 2));
	}
	PQclear(res);
	return QL_OK;
}
