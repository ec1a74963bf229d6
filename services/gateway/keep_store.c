/* keep_store.c -- what is masked elsewhere, and holds. */
#include "keep_store.h"

#include <stdio.h>

static const struct ql_query REVEAL = {
	"gw_reveal",
	"select case $2 when 'name' then p.name when 'phone' then p.phone else p.channel_user end from ql.case_people p where p.case_id = $1 order by p.seq limit 1",
	2, { OID_INT8, OID_TEXT },
};
static const struct ql_query PLACE = {
	"gw_hold_place",
	"insert into ql.case_holds (case_id, placed_version, placed_by) values ($1, $2, $3) on conflict do nothing",
	3, { OID_INT8, OID_INT4, OID_INT8 },
};
static const struct ql_query RELEASE = {
	"gw_hold_release",
	"update ql.case_holds set released_version = $2, released_by = $3, released_at = now() where case_id = $1 and released_at is null",
	3, { OID_INT8, OID_INT4, OID_INT8 },
};

enum ql_rc store_reveal(struct ql_pg *pg, int64_t case_id, const char *what, char value[KEEP_VALUE_MAX], bool *there, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_text(&a, OID_TEXT, what);
	rc = ql_pg_run(pg, &REVEAL, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*there = PQntuples(res) > 0 && !PQgetisnull(res, 0, 0);
	snprintf(value, KEEP_VALUE_MAX, "%s", *there ? ql_col_text(res, 0, 0) : "");
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_hold(struct ql_pg *pg, int64_t case_id, int32_t version, int64_t user, bool on, bool *changed, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, version);
	ql_arg_i64(&a, user);
	rc = ql_pg_run(pg, on ? &PLACE : &RELEASE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*changed = PQcmdTuples(res)[0] == '1';
	PQclear(res);
	return QL_OK;
}
