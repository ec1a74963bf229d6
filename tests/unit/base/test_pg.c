/* test_pg.c -- the database wrapper against a real PostgreSQL, named by QL_TEST_PG_DSN; without it only what needs none. */
#include "wait_until.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/pg.h"

static const struct ql_query PUT = { "t_put", "insert into pg_temp.t (id, word) values ($1, $2)", 2, { OID_INT8, OID_TEXT } };
static const struct ql_query MOVE = { "t_move", "update pg_temp.t set word = $2 where id = $1", 2, { OID_INT8, OID_TEXT } };
static const struct ql_query COUNT = { "t_count", "select count(*) from pg_temp.t", 0, {0} };
static const struct ql_query BROKEN = { "t_broken", "selec 1", 0, {0} };
static const struct ql_query ECHO = {
	"t_echo", "select $1, $2, $3, $4, $5, $6, $7", 7, { OID_TEXT, OID_INT8, OID_INT4, OID_BOOL, OID_TIMESTAMPTZ, OID_BYTEA, OID_TEXT },
};
static const struct ql_query LONG = { "t_long", "select repeat($1, $2)", 2, { OID_TEXT, OID_INT4 } };
static const struct ql_query NUMBER = { "t_number", "select ($1::text)::int8", 1, { OID_TEXT } };
static const struct ql_query CUT = { "t_cut", "select pg_terminate_backend(pg_backend_pid())", 0, {0} };
static const struct ql_query FAIL = { "t_fail", "do $$ begin raise exception using errcode = '40001', message = 'as asked'; end $$", 0, {0} };
static const struct ql_query FROM_JSON = {
	"t_from_json", "insert into pg_temp.t (id, word) select id, word from json_to_recordset($1) as r(id int8, word text)", 1, { OID_JSON },
};

static int setup(void **state)
{
	struct ql_pg *pg;
	struct ql_err err;

	assert_int_equal(ql_pg_open(&pg, getenv("QL_TEST_PG_DSN"), "test", &err), QL_OK);
	assert_int_equal(ql_pg_exec(pg, "create temp table t (id int8 primary key, word text)", &err), QL_OK);
	*state = pg;
	return 0;
}

static int teardown(void **state)
{
	ql_pg_close(*state);
	return 0;
}

static struct ql_args two(int64_t id, const char *word)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, word);
	return a;
}

static enum ql_rc put(struct ql_pg *pg, int64_t id, const char *word, struct ql_err *err)
{
	struct ql_args a = two(id, word);

	return ql_pg_run(pg, &PUT, &a, NULL, err);
}

static enum ql_rc queue(struct ql_pg *pg, const struct ql_query *q, int64_t id, int expect, struct ql_err *err)
{
	struct ql_args a = two(id, "word");

	return ql_pg_queue(pg, q, &a, expect, NULL, NULL, err);
}

static int64_t count(struct ql_pg *pg)
{
	PGresult *res;
	struct ql_err err;
	int64_t n;

	assert_int_equal(ql_pg_run(pg, &COUNT, NULL, &res, &err), QL_OK);
	n = ql_col_i64(res, 0, 0);
	PQclear(res);
	return n;
}

static void assert_setting(struct ql_pg *pg, const char *name, const char *value)
{
	char sql[80];
	PGresult *res;

	snprintf(sql, sizeof(sql), "show %s", name);
	res = PQexec(ql_pg_conn(pg), sql);
	assert_string_equal(PQgetvalue(res, 0, 0), value);
	PQclear(res);
}

static void sets_up_the_session(void **state)
{
	assert_setting(*state, "application_name", "test");
	assert_setting(*state, "search_path", "pg_catalog,pg_temp");
	assert_setting(*state, "timezone", "UTC");
	assert_setting(*state, "statement_timeout", "15s");
	assert_setting(*state, "idle_in_transaction_session_timeout", "30s");
	assert_setting(*state, "client_encoding", "UTF8");
}

static void carries_every_type_there_and_back(void **state)
{
	const ql_time when = INT64_C(1795395723456789); /* 2026-11-23T01:02:03.456789Z */
	const char bytes[] = { 0, 1, '\\', '\'', (char)0xFF };
	struct ql_args a = {0};
	struct ql_err err;
	PGresult *res;
	size_t len;
	unsigned char *back;

	ql_arg_text(&a, OID_TEXT, "清零 'quoted' \\ \"");
	ql_arg_i64(&a, INT64_MIN);
	ql_arg_i32(&a, -7);
	ql_arg_bool(&a, true);
	ql_arg_time(&a, when);
	ql_arg_bytes(&a, bytes, sizeof(bytes));
	ql_arg_null(&a, OID_TEXT);
	assert_int_equal(ql_pg_run(*state, &ECHO, &a, &res, &err), QL_OK);
	assert_string_equal(ql_col_text(res, 0, 0), "清零 'quoted' \\ \"");
	assert_true(ql_col_i64(res, 0, 1) == INT64_MIN);
	assert_int_equal(ql_col_i64(res, 0, 2), -7);
	assert_true(ql_col_bool(res, 0, 3));
	assert_true(ql_col_time(res, 0, 4) == when);
	back = PQunescapeBytea((const unsigned char *)ql_col_text(res, 0, 5), &len);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_true(PQgetisnull(res, 0, 6));
	assert_string_equal(ql_col_text(res, 0, 6), "");
	PQfreemem(back);
	PQclear(res);
}

static const struct instant { const char *sql; ql_time micros; } INSTANTS[] = {
	{ "select timestamptz '1970-01-01 00:00:00+00'", 0 },
	{ "select timestamptz '1969-12-31 23:59:59.5+00'", -500000 },
	{ "select timestamptz '2000-02-29 12:00:00+08'", INT64_C(951796800000000) },
	{ "select timestamptz '2026-11-23 09:02:03.4+08'", INT64_C(1795395723400000) },
	{ "select timestamptz '9999-12-31 23:59:59.999999+00'", INT64_C(253402300799999999) },
	{ "select timestamptz '0001-01-01 00:00:00+00'", INT64_C(-62135596800000000) },
	{ "select timestamptz 'infinity'", INT64_MAX },
	{ "select timestamptz '-infinity'", INT64_MIN },
	{ "select null::timestamptz", 0 },
};

static void reads_instants(void **state)
{
	for (size_t i = 0; i < QL_LEN(INSTANTS); i++) {
		PGresult *res = PQexec(ql_pg_conn(*state), INSTANTS[i].sql);

		assert_true(ql_col_time(res, 0, 0) == INSTANTS[i].micros);
		PQclear(res);
	}
}

static void tells_what_to_do_by_sqlstate(void **state)
{
	struct ql_args a = {0};
	struct ql_err err;
	PGresult *res = (PGresult *)&err;

	assert_int_equal(put(*state, 1, "a", &err), QL_OK);
	assert_int_equal(put(*state, 1, "a", &err), QL_CONFLICT);
	assert_string_equal(err.sqlstate, "23505");
	assert_non_null(strstr(err.msg, "t_put: "));
	assert_null(strstr(err.msg, "(1)")); /* the row stands in the detail */
	ql_arg_text(&a, OID_TEXT, "13800138000 secret");
	assert_int_equal(ql_pg_run(*state, &NUMBER, &a, &res, &err), QL_REJECT);
	assert_null(res);
	assert_null(strstr(err.msg, "13800138000"));
	assert_int_equal(ql_pg_run(*state, &BROKEN, NULL, NULL, &err), QL_FATAL);
	assert_string_equal(err.sqlstate, "42601");
	assert_int_equal(ql_pg_run(*state, &FAIL, NULL, NULL, &err), QL_RETRY);
	assert_string_equal(err.msg, "t_fail: as asked");
}

static void does_not_call_a_rollback_a_commit(void **state)
{
	struct ql_err err;

	assert_int_equal(ql_pg_exec(*state, "begin", &err), QL_OK);
	assert_int_equal(ql_pg_run(*state, &FAIL, NULL, NULL, &err), QL_RETRY);
	assert_int_equal(ql_pg_exec(*state, "commit", &err), QL_RETRY);
}

struct rows_seen { int calls; int64_t last; enum ql_rc answer; };

static enum ql_rc see_rows(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct rows_seen *seen = ctx;

	seen->calls++;
	seen->last = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : -1;
	return seen->answer == QL_OK ? QL_OK : ql_fail(err, seen->answer, "not these rows");
}

static void runs_a_pipeline_in_order(void **state)
{
	struct rows_seen seen = {0};
	struct ql_err err;

	assert_int_equal(ql_pg_queue(*state, &QL_PG_BEGIN, NULL, -1, NULL, NULL, &err), QL_OK);
	for (int64_t id = 1; id <= 10; id++)
		assert_int_equal(queue(*state, &PUT, id, 1, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &COUNT, NULL, -1, see_rows, &seen, &err), QL_OK);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.last, 10);
	assert_int_equal(ql_pg_exec(*state, "commit", &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK); /* nothing queued: nothing to do */
	assert_int_equal(count(*state), 10);
}

/* BROKEN fails to prepare, behind the failure: it must not matter, and must not count as prepared. */
static void keeps_the_first_verdict(void **state)
{
	struct rows_seen seen = {0};
	struct ql_err err;

	assert_int_equal(put(*state, 5, "a", &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &QL_PG_BEGIN, NULL, -1, NULL, NULL, &err), QL_OK);
	for (int64_t id = 4; id <= 6; id++)
		assert_int_equal(queue(*state, &PUT, id, 1, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &BROKEN, NULL, -1, NULL, NULL, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &COUNT, NULL, -1, see_rows, &seen, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_CONFLICT);
	assert_string_equal(err.sqlstate, "23505");
	assert_int_equal(seen.calls, 0);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(count(*state), 1);
}

static void undoes_everything_that_was_not_committed(void **state)
{
	struct ql_err err;

	assert_int_equal(queue(*state, &PUT, 1, 1, &err), QL_OK);
	assert_int_equal(queue(*state, &MOVE, 99, 1, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_CONFLICT);
	assert_string_equal(err.msg, "t_move: 0 rows, expected 1");
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(queue(*state, &PUT, 2, 1, &err), QL_OK); /* queued without begin, and abandoned */
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &QL_PG_BEGIN, NULL, -1, NULL, NULL, &err), QL_OK);
	assert_int_equal(queue(*state, &PUT, 3, 1, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(PQtransactionStatus(ql_pg_conn(*state)), PQTRANS_IDLE);
	assert_int_equal(count(*state), 1);
}

static void gives_a_callback_the_last_word(void **state)
{
	struct rows_seen no = { .answer = QL_CONFLICT }, after = {0};
	struct ql_err err;

	assert_int_equal(ql_pg_queue(*state, &COUNT, NULL, -1, see_rows, &no, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &COUNT, NULL, -1, see_rows, &after, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_CONFLICT);
	assert_string_equal(err.msg, "not these rows");
	assert_int_equal(no.calls, 1);
	assert_int_equal(after.calls, 0);
	assert_int_equal(count(*state), 0);
}

/* More in both directions than the buffers of a socket hold: whoever only writes would wait for ever. */
static void pumps_megabytes_both_ways(void **state)
{
	struct rows_seen seen = {0};
	struct ql_err err;
	char *big = malloc(1 << 20);

	memset(big, 'x', 1 << 20);
	for (int64_t i = 0; i < 40; i++) {
		struct ql_args a = {0};

		ql_arg_textn(&a, OID_TEXT, big, 1 << 20);
		ql_arg_i32(&a, 1);
		assert_int_equal(ql_pg_queue(*state, &LONG, &a, 1, see_rows, &seen, &err), QL_OK);
	}
	for (int64_t i = 0; i < 2000; i++)
		assert_int_equal(queue(*state, &PUT, i, 1, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK);
	assert_int_equal(seen.calls, 40);
	assert_int_equal(count(*state), 2000);
	free(big);
}

static void refuses_more_than_it_may_hold(void **state)
{
	struct ql_args a = two(1, NULL);
	struct ql_err err;
	char *big = malloc(QL_PG_ARGS_MAX + 1);
	enum ql_rc rc = QL_OK;
	int queued = 0;

	memset(big, 'x', QL_PG_ARGS_MAX + 1);
	a.n = 1;
	ql_arg_textn(&a, OID_TEXT, big, QL_PG_ARGS_MAX + 1);
	assert_int_equal(ql_pg_run(*state, &PUT, &a, NULL, &err), QL_REJECT);
	free(big);
	for (; rc == QL_OK; queued++)
		rc = ql_pg_queue(*state, &COUNT, NULL, -1, NULL, NULL, &err);
	assert_int_equal(rc, QL_FATAL);
	assert_in_range(queued, QL_PG_PIPELINE_MAX - 2, QL_PG_PIPELINE_MAX + 1);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(count(*state), 0);
}

static void comes_back_after_the_connection_is_cut(void **state)
{
	struct ql_err err;

	assert_int_equal(put(*state, 1, "a", &err), QL_OK);
	assert_int_equal(ql_pg_run(*state, &CUT, NULL, NULL, &err), QL_RETRY);
	assert_int_equal(ql_pg_run(*state, &CUT, NULL, NULL, &err), QL_RETRY);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_setting(*state, "search_path", "pg_catalog,pg_temp");
	assert_int_equal(ql_pg_exec(*state, "create temp table t (id int8 primary key, word text)", &err), QL_OK);
	assert_int_equal(put(*state, 1, "a", &err), QL_OK); /* prepared anew */
	assert_int_equal(queue(*state, &PUT, 2, 1, &err), QL_OK);
	assert_int_equal(ql_pg_queue(*state, &CUT, NULL, -1, NULL, NULL, &err), QL_OK);
	assert_int_equal(queue(*state, &PUT, 3, 1, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_RETRY);
	assert_int_equal(queue(*state, &PUT, 4, 1, &err), QL_RETRY);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(ql_pg_exec(*state, "create temp table t (id int8 primary key, word text)", &err), QL_OK);
	assert_int_equal(queue(*state, &PUT, 5, 1, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK);
}

static void prepares_anew_when_a_table_changed(void **state)
{
	static const struct ql_query ALL = { "t_all", "select * from pg_temp.t", 0, {0} };
	struct ql_err err;

	assert_int_equal(ql_pg_run(*state, &ALL, NULL, NULL, &err), QL_OK);
	assert_int_equal(ql_pg_exec(*state, "alter table t add column more text", &err), QL_OK);
	assert_int_equal(ql_pg_run(*state, &ALL, NULL, NULL, &err), QL_RETRY);
	assert_int_equal(ql_pg_recover(*state, &err), QL_OK);
	assert_int_equal(ql_pg_exec(*state, "create temp table t (id int8 primary key, word text)", &err), QL_OK);
	assert_int_equal(ql_pg_run(*state, &ALL, NULL, NULL, &err), QL_OK);
}

static void writes_rows_as_one_statement(void **state)
{
	struct ql_rows rows;
	struct ql_err err;

	ql_rows_init(&rows, 1 << 16);
	assert_int_equal(ql_rows_queue(*state, &FROM_JSON, &rows, true, &err), QL_OK);
	for (int64_t i = 0; i < 3; i++) {
		struct ql_buf *row = ql_rows_begin(&rows);

		ql_json_i64(row, "id", i);
		ql_json_text(row, "word", i == 1 ? NULL : "清\"零");
		ql_rows_end(&rows);
	}
	assert_int_equal(ql_rows_queue(*state, &FROM_JSON, &rows, true, &err), QL_OK);
	assert_int_equal(ql_pg_flush(*state, &err), QL_OK);
	assert_int_equal(count(*state), 3);
	ql_rows_reset(&rows);
	for (size_t i = 0; i < 5000; i++) {
		ql_json_text(ql_rows_begin(&rows), "word", "more than fits");
		ql_rows_end(&rows);
	}
	assert_int_equal(ql_rows_queue(*state, &FROM_JSON, &rows, true, &err), QL_REJECT);
	ql_rows_free(&rows);
}

static void waits_for_a_server_that_is_away(void **state)
{
	struct ql_pg *pg = (struct ql_pg *)&pg;
	struct ql_err err;

	(void)state;
	assert_int_equal(ql_pg_open(&pg, "host=127.0.0.1 port=1 user=u password=hunter2", "test", &err), QL_RETRY);
	assert_null(pg);
	assert_null(strstr(err.msg, "hunter2"));
	assert_null(strchr(err.msg, '\n'));
	assert_int_equal(ql_pg_open(&pg, "host=127.0.0.1 password=hunter2 oops", "test", &err), QL_FATAL);
	assert_null(strstr(err.msg, "hunter2"));
	ql_pg_close(NULL);
}

static void knows_every_class_of_sqlstate(void **state)
{
	static const struct { const char *sqlstate; enum ql_rc rc; } ROWS[] = {
		{ "08006", QL_RETRY }, { "40001", QL_RETRY }, { "40P01", QL_RETRY }, { "53100", QL_RETRY }, { "55P03", QL_RETRY },
		{ "57014", QL_RETRY }, { "57P01", QL_RETRY }, { "25006", QL_RETRY }, { "23505", QL_CONFLICT }, { "23514", QL_CONFLICT },
		{ "22001", QL_REJECT }, { "22P02", QL_REJECT }, { "42601", QL_FATAL }, { "42501", QL_FATAL }, { "25001", QL_FATAL }, { "", QL_FATAL },
	};

	(void)state;
	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		assert_int_equal(ql_pg_verdict(ROWS[i].sqlstate), ROWS[i].rc);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest alone[] = {
		cmocka_unit_test(knows_every_class_of_sqlstate),
		cmocka_unit_test(waits_for_a_server_that_is_away),
	};
	const struct CMUnitTest tests[] = {
		T(sets_up_the_session),
		T(carries_every_type_there_and_back),
		T(reads_instants),
		T(tells_what_to_do_by_sqlstate),
		T(does_not_call_a_rollback_a_commit),
		T(runs_a_pipeline_in_order),
		T(keeps_the_first_verdict),
		T(undoes_everything_that_was_not_committed),
		T(gives_a_callback_the_last_word),
		T(pumps_megabytes_both_ways),
		T(refuses_more_than_it_may_hold),
		T(comes_back_after_the_connection_is_cut),
		T(prepares_anew_when_a_table_changed),
		T(writes_rows_as_one_statement),
	};
	int failed;

	ql_log_open("test");
	failed = cmocka_run_group_tests_name("base/pg", alone, NULL, NULL);
	if (getenv("QL_TEST_PG_DSN") != NULL)
		return failed + cmocka_run_group_tests_name("base/pg on PostgreSQL", tests, NULL, NULL);
	printf("ok - base/pg on PostgreSQL # SKIP QL_TEST_PG_DSN is not set\n");
	return failed;
}
