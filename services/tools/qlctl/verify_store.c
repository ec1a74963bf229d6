#include "tools/qlctl/verify_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ql_query FIND = {
	"verify_find",
	"select id from ql.cases where number = $1 union all select case_id from ql.case_aliases where alias = $1 limit 1",
	1, { OID_TEXT },
};
/* Everything as text in COPY's binary framing: a length before each field, nothing to unescape. */
#define STREAM \
	"copy (select case_id::text, version::text, number, event, state, (extract(epoch from at) * 1000000)::int8::text, actor_kind, actor_id::text," \
	" unit_id::text, audience, enterprise_id::text, data::text, encode(prev_hash, 'hex'), encode(hash, 'hex')" \
	" from ql.journal j where j.case_id between %lld and %lld order by j.case_id, j.version) to stdout (format binary)"
#define FIELDS       14
#define COPY_HEADER  19 /* bytes before the first row: signature, flags, length of nothing more */

static const struct ql_query HEADS = {
	"verify_heads",
	"with bad as ("
	"  select c.number from ql.cases c"
	"    left join lateral (select j.version, j.hash from ql.journal j where j.case_id = c.id order by j.version desc limit 1) j on true"
	"   where c.id between $1 and $2 and (c.version, c.head_hash) is distinct from (j.version, j.hash))"
	" select (select count(*) from ql.cases where id between $1 and $2), (select count(*) from bad),"
	"        (select string_agg(number, ' ') from (select number from bad order by number limit 5) x)",
	2, { OID_INT8, OID_INT8 },
};

enum ql_rc verify_store_begin(struct ql_pg *pg, struct ql_err *err)
{
	enum ql_rc rc = ql_pg_exec(pg, "begin isolation level repeatable read read only", err);

	return rc == QL_OK ? ql_pg_exec(pg, "set local statement_timeout = 0", err) : rc;
}

enum ql_rc verify_store_find(struct ql_pg *pg, const char *number, int64_t *id, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, number);
	rc = ql_pg_run(pg, &FIND, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*id = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : 0;
	PQclear(res);
	return QL_OK;
}

static enum ql_rc broken(PGconn *conn, struct ql_err *err)
{
	const char *text = PQerrorMessage(conn);

	return ql_fail(err, QL_RETRY, "the journal's stream broke: %.*s", (int)strcspn(text, "\n"), text);
}

enum ql_rc verify_store_open(struct ql_pg *pg, int64_t first, int64_t last, struct chain_rows *rows, struct ql_err *err)
{
	char sql[sizeof(STREAM) + 48];
	PGresult *res;
	bool ok;

	*rows = (struct chain_rows){ .conn = ql_pg_conn(pg) };
	snprintf(sql, sizeof(sql), STREAM, (long long)first, (long long)last);
	res = PQexec(rows->conn, sql);
	ok = PQresultStatus(res) == PGRES_COPY_OUT;
	PQclear(res);
	return ok ? QL_OK : broken(rows->conn, err);
}

static enum ql_rc finish(struct chain_rows *rows, struct ql_err *err)
{
	PGresult *res = PQgetResult(rows->conn);
	const bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

	while (res != NULL) {
		PQclear(res);
		res = PQgetResult(rows->conn);
	}
	return ok ? QL_OK : broken(rows->conn, err);
}

static int32_t number_at(const char *at, int bytes)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)at[i];
	return bytes == 2 ? (int16_t)v : (int32_t)v;
}

/* Cuts a row into texts in place: the NUL behind a field goes where the next one's length stood, read before. */
static bool cut(char *at, const char *end, const char *field[FIELDS])
{
	if (end - at < 2 || number_at(at, 2) != FIELDS)
		return false;
	at += 2;
	for (int i = 0; i < FIELDS; i++) {
		const int32_t len = end - at < 4 ? -2 : number_at(at, 4);

		if (len < -1 || end - at - 4 < len)
			return false;
		*at = '\0'; /* of the field before; its own length is known */
		at += 4;
		field[i] = len < 0 ? "" : at;
		at += len < 0 ? 0 : len;
	}
	*(char *)at = '\0'; /* libpq keeps a byte there */
	return true;
}

static void fill(const char *const f[FIELDS], struct chain_row *out)
{
	out->row = (struct journal_row){
		.case_id = atoll(f[0]), .version = (int32_t)atoll(f[1]), .number = f[2], .event = f[3], .state = f[4], .at = atoll(f[5]), .actor_kind = f[6],
		.actor_id = atoll(f[7]), .unit = (int32_t)atoll(f[8]), .audience = f[9], .enterprise = atoll(f[10]), .data = f[11],
	};
	out->prev_hex = f[12];
	out->hash_hex = f[13];
}

enum ql_rc verify_store_next(struct chain_rows *rows, struct chain_row *out, bool *more, struct ql_err *err)
{
	const char *field[FIELDS];
	const bool first = rows->copied == NULL;
	int len, skip;

	PQfreemem(rows->copied);
	rows->copied = NULL;
	*more = false;
	len = PQgetCopyData(rows->conn, &rows->copied, 0);
	if (len == -2)
		return broken(rows->conn, err);
	if (len == -1)
		return finish(rows, err);
	skip = first && len >= COPY_HEADER ? COPY_HEADER : 0; /* alone or in one piece with the first row */
	if (len == skip || (len - skip == 2 && number_at(rows->copied + skip, 2) == -1)) /* the stream's own end mark */
		return verify_store_next(rows, out, more, err);
	if (len < skip || !cut(rows->copied + skip, rows->copied + len, field))
		return ql_fail(err, QL_FATAL, "the journal's stream can't be read");
	fill(field, out);
	*more = true;
	return QL_OK;
}

enum ql_rc verify_store_heads(struct ql_pg *pg, int64_t from, int64_t last, int64_t *cases, int64_t *wrong, char first[200], struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, from);
	ql_arg_i64(&a, last);
	rc = ql_pg_run(pg, &HEADS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*cases = ql_col_i64(res, 0, 0);
	*wrong = ql_col_i64(res, 0, 1);
	snprintf(first, 200, "%s", ql_col_text(res, 0, 2));
	PQclear(res);
	return QL_OK;
}
