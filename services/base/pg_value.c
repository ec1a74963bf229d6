/* pg_value.c -- values on their way to PostgreSQL (struct ql_args, struct ql_rows) and back (ql_col_*). */
#include "pg.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void push(struct ql_args *a, Oid type, const void *v, size_t len)
{
	assert(a->n < QL_PG_PARAMS);
	if (a->store.max == 0)
		ql_buf_init(&a->store, QL_PG_ARGS_MAX);
	a->types[a->n] = type;
	a->offs[a->n] = v != NULL ? a->store.len : QL_PG_NULL;
	a->lengths[a->n] = (int)len; /* past INT_MAX the store has failed */
	if (v != NULL)
		ql_buf_add(&a->store, v, len);
	ql_buf_add(&a->store, "", 1); /* libpq wants text to end in NUL */
	a->n++;
}

void ql_arg_textn(struct ql_args *a, Oid type, const char *v, size_t len)
{
	push(a, type, v, len);
}

void ql_arg_text(struct ql_args *a, Oid type, const char *v)
{
	push(a, type, v, v ? strlen(v) : 0);
}

void ql_arg_i64(struct ql_args *a, int64_t v)
{
	char text[24];

	push(a, OID_INT8, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, v));
}

void ql_arg_i32(struct ql_args *a, int32_t v)
{
	char text[16];

	push(a, OID_INT4, text, (size_t)snprintf(text, sizeof(text), "%" PRId32, v));
}

void ql_arg_bool(struct ql_args *a, bool v)
{
	push(a, OID_BOOL, v ? "t" : "f", 1);
}

void ql_arg_time(struct ql_args *a, ql_time v)
{
	struct ql_buf text;

	if (v == 0) {
		push(a, OID_TIMESTAMPTZ, NULL, 0);
		return;
	}
	ql_buf_init(&text, 64);
	ql_buf_time(&text, v);
	push(a, OID_TIMESTAMPTZ, text.data, text.len);
	a->store.failed |= text.failed;
	ql_buf_free(&text);
}

void ql_arg_bytes(struct ql_args *a, const void *v, size_t len)
{
	push(a, OID_BYTEA, v, len);
}

void ql_arg_null(struct ql_args *a, Oid type)
{
	push(a, type, NULL, 0);
}

int64_t ql_col_i64(const PGresult *res, int row, int col)
{
	return strtoll(PQgetvalue(res, row, col), NULL, 10);
}

bool ql_col_bool(const PGresult *res, int row, int col)
{
	return PQgetvalue(res, row, col)[0] == 't';
}

const char *ql_col_text(const PGresult *res, int row, int col)
{
	return PQgetvalue(res, row, col); /* "" for null */
}

/* Days from 1970-01-01 to a civil date; years begin in March so that the leap day comes last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* "2026-11-23 01:02:03.456+00", as ISO DateStyle and TimeZone UTC print it. Infinity is the end of our time. */
ql_time ql_col_time(const PGresult *res, int row, int col)
{
	const char *text = PQgetvalue(res, row, col), *p;
	int year, month, day, hour, minute, second, used = 0;
	int64_t micros = 0, unit = QL_SECOND / 10;

	if (strcmp(text, "infinity") == 0)
		return INT64_MAX;
	if (strcmp(text, "-infinity") == 0)
		return INT64_MIN;
	if (sscanf(text, "%d-%d-%d %d:%d:%d%n", &year, &month, &day, &hour, &minute, &second, &used) < 6)
		return 0;
	p = text + used;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			micros += (*p - '0') * unit;
	return ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 * QL_SECOND + second * QL_SECOND + micros;
}

void ql_rows_init(struct ql_rows *r, size_t max)
{
	ql_buf_init(&r->json, max);
	r->n = 0;
}

void ql_rows_free(struct ql_rows *r)
{
	ql_buf_free(&r->json);
	r->n = 0;
}

void ql_rows_reset(struct ql_rows *r)
{
	ql_buf_reset(&r->json);
	r->n = 0;
}

struct ql_buf *ql_rows_begin(struct ql_rows *r)
{
	if (r->n == 0)
		ql_json_open(&r->json, NULL, '[');
	ql_json_open(&r->json, NULL, '{');
	return &r->json;
}

void ql_rows_end(struct ql_rows *r)
{
	ql_json_close(&r->json, '}');
	r->n++;
}

enum ql_rc ql_rows_queue(struct ql_pg *pg, const struct ql_query *q, struct ql_rows *r, bool exact, struct ql_err *err)
{
	struct ql_args a = {0};

	if (r->n == 0)
		return QL_OK;
	ql_json_close(&r->json, ']');
	if (!ql_buf_ok(&r->json))
		return ql_fail(err, QL_REJECT, "%s: the rows need more than %zu bytes", q->name, r->json.max);
	ql_arg_textn(&a, q->types[0], r->json.data, r->json.len);
	r->json.data[--r->json.len] = '\0'; /* open again: the caller may add rows and queue once more */
	return ql_pg_queue(pg, q, &a, exact ? r->n : -1, NULL, NULL, err);
}
