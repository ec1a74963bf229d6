#include "tools/qlctl/quarantine_store.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"

#define COLUMNS \
	"select q.id, q.part, q.off, q.size, q.topic, q.reason, coalesce(q.field, ''), q.sentence_zh, q.sentence_en, coalesce(q.source, '')," \
	" coalesce(q.message_id, ''), to_char(q.received_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), q.state," \
	" coalesce(to_char(q.settled_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') || ' by ' || q.settled_by || ': ' || q.settled_why, '')," \
	" q.key, q.value, q.headers from ql.quarantine q where q.id = $1"
enum { COL_KEY = 14, COL_VALUE, COL_HEADERS };

static const struct ql_query GET = { "quarantine_get", COLUMNS, 1, { OID_INT8 } };
static const struct ql_query LOCK = { "quarantine_lock", COLUMNS " for update", 1, { OID_INT8 } };
static const struct ql_query LIST = {
	"quarantine_list",
	"select id, to_char(received_at at time zone 'Asia/Shanghai', 'MM-DD HH24:MI:SS'), topic, reason, coalesce(field, ''), sentence_zh from ql.quarantine"
	" where $1 = '' or state = $1 order by received_at desc, id desc limit $2",
	2, { OID_TEXT, OID_INT4 },
};
static const struct ql_query SETTLE = {
	"quarantine_settle",
	"update ql.quarantine set state = $2, settled_at = now(), settled_by = coalesce(nullif($3, ''), session_user), settled_why = $4"
	" where id = $1 and state = 'open' returning id",
	4, { OID_INT8, OID_TEXT, OID_TEXT, OID_TEXT },
};

static unsigned char *bytes(const PGresult *res, int col, size_t *len)
{
	*len = 0;
	return PQgetisnull(res, 0, col) ? NULL : PQunescapeBytea((const unsigned char *)PQgetvalue(res, 0, col), len);
}

/* A header's value is stored as text in bytea's hex form: any bytes may stand in one. */
static enum ql_rc take_headers(struct faulty *f, struct ql_err *err)
{
	json_t *all, *one;
	size_t i;
	enum ql_rc rc = ql_json_parse(PQgetvalue(f->res, 0, COL_HEADERS), (size_t)PQgetlength(f->res, 0, COL_HEADERS), &all, err);

	if (rc != QL_OK)
		return rc;
	json_array_foreach(all, i, one) {
		const char *name = json_string_value(json_object_get(one, "name")), *hex = json_string_value(json_object_get(one, "value"));
		struct faulty_header *h = &f->header[f->n_headers];

		if (name == NULL || f->n_headers == QUARANTINE_HEADERS)
			continue;
		h->name = strdup(name);
		h->value = hex != NULL ? (char *)PQunescapeBytea((const unsigned char *)hex, &h->len) : NULL;
		f->n_headers++;
	}
	json_decref(all);
	return QL_OK;
}

enum ql_rc quarantine_store_get(struct ql_pg *pg, int64_t id, bool lock, struct faulty *f, struct ql_err *err)
{
	struct ql_args a = { 0 };
	enum ql_rc rc;

	*f = (struct faulty){ 0 };
	ql_arg_i64(&a, id);
	rc = ql_pg_run(pg, lock ? &LOCK : &GET, &a, &f->res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(f->res) == 0)
		return ql_fail(err, QL_REJECT, "there is no faulty message %" PRId64, id);
	const char **const texts[] = { &f->topic, &f->reason, &f->field, &f->zh, &f->en, &f->source, &f->message_id, &f->received_at, &f->state, &f->settled };
	int64_t *const numbers[] = { &f->id, &f->part, &f->off, &f->size };

	for (size_t i = 0; i < QL_LEN(numbers); i++)
		*numbers[i] = ql_col_i64(f->res, 0, (int)i);
	for (size_t i = 0; i < QL_LEN(texts); i++)
		*texts[i] = ql_col_text(f->res, 0, (int)(i + QL_LEN(numbers)));
	f->key = bytes(f->res, COL_KEY, &f->key_len);
	f->value = bytes(f->res, COL_VALUE, &f->len);
	return take_headers(f, err);
}

void faulty_free(struct faulty *f)
{
	for (size_t i = 0; i < f->n_headers; i++) {
		free(f->header[i].name);
		PQfreemem(f->header[i].value);
	}
	PQfreemem(f->key);
	PQfreemem(f->value);
	PQclear(f->res);
	*f = (struct faulty){ 0 };
}

enum ql_rc quarantine_store_list(struct ql_pg *pg, const char *state, int limit, quarantine_row *row, void *to, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, state);
	ql_arg_i32(&a, limit);
	rc = ql_pg_run(pg, &LIST, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int i = 0; i < PQntuples(res); i++)
		row(to, ql_col_i64(res, i, 0), ql_col_text(res, i, 1), ql_col_text(res, i, 2), ql_col_text(res, i, 3), ql_col_text(res, i, 4), ql_col_text(res, i, 5));
	PQclear(res);
	return QL_OK;
}

enum ql_rc quarantine_store_settle(struct ql_pg *pg, int64_t id, const char *state, const char *by, const char *why, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, state);
	ql_arg_text(&a, OID_TEXT, by);
	ql_arg_text(&a, OID_TEXT, why);
	rc = ql_pg_run(pg, &SETTLE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) == 0)
		rc = ql_fail(err, QL_CONFLICT, "message %" PRId64 " is not open: somebody has settled it, or it is not there", id);
	PQclear(res);
	return rc;
}
