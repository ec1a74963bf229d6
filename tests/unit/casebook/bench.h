/* bench.h -- casebook on a real PostgreSQL (QL_TEST_PG_DSN, migrated, with reference data), for the tests of this folder: two officers, an
 * enterprise, a case in the making. Every test works in a transaction that is rolled back. */
#ifndef QL_TESTS_CASEBOOK_BENCH_H
#define QL_TESTS_CASEBOOK_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "casebook/casebook.h"

struct bench {
	struct ql_pg *pg;
	struct casebook *cb;
	struct ql_err err;
	int64_t officer, second, enterprise;
	int32_t unit;
};

static inline int64_t value(struct bench *b, const char *sql)
{
	PGresult *res = PQexec(ql_pg_conn(b->pg), sql);
	int64_t v;

	if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != 1)
		fail_msg("%s: %s", sql, PQresultErrorMessage(res));
	v = ql_col_i64(res, 0, 0);
	PQclear(res);
	return v;
}

static inline void ok(struct bench *b, enum ql_rc rc)
{
	if (rc != QL_OK)
		fail_msg("%s: %s", ql_rc_name(rc), b->err.msg);
}

/* For how long public words can be taken back. */
static inline void undo_within(struct bench *b, int seconds)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "with u as (update ql.parameters set value = '%d' where key = 'message.undo_seconds' returning 1) select count(*) from u", seconds);
	assert_int_equal(value(b, sql), 1);
	ok(b, casebook_join(b->cb, &b->err));
}

static inline int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	ok(b, ql_pg_open(&b->pg, getenv("QL_TEST_PG_DSN"), "test", &b->err));
	ok(b, casebook_new(&b->cb, b->pg, &b->err));
	ok(b, casebook_begin(b->cb, &b->err));
	b->unit = (int32_t)value(b, "select id from ql.units where code = '2222'");
	b->officer = value(b, "insert into ql.coordinators (staff_no, name, unit_id, capacity) select 'T1', 'one', id, 2 from ql.units where code = '2222' returning id");
	b->second = value(b, "insert into ql.coordinators (staff_no, name, unit_id, capacity) select 'T2', 'two', id, 9 from ql.units where code = '2248' returning id");
	b->enterprise = value(b, "insert into ql.enterprises (name, home_unit_id) select 'e', id from ql.units where code = '2222' returning id");
	undo_within(b, 0);
	*state = b;
	return 0;
}

static inline int teardown(void **state)
{
	struct bench *b = *state;

	casebook_rollback(b->cb);
	casebook_free(b->cb);
	ql_pg_close(b->pg);
	free(b);
	return 0;
}

static inline struct case_file *open_case(struct bench *b, enum procedure procedure)
{
	const struct case_enterprise_in on[] = { { b->enterprise, "principal" } };
	const struct case_reference_in refs[] = { { "container", "CSQU3054383", NULL, NULL } };
	const struct case_spec s = {
		.procedure = procedure, .kind = "enquiry", .subject = "s", .text = "箱子进不了港", .priority = "normal", .channel = "portal", .language = "zh",
		.tier = "aeo", .lead_unit = b->unit, .home_unit = b->unit, .principal = b->enterprise, .weight = 2, .received_at = casebook_now(b->cb),
		.occurred_at = casebook_now(b->cb), .clocks_from = casebook_now(b->cb), .enterprises = on, .n_enterprises = 1, .references = refs, .n_references = 1,
		.actor = { .role = ROLE_ENTERPRISE, .id = b->enterprise },
	};
	struct case_file *c = NULL;

	ok(b, casebook_open(b->cb, &s, &c, &b->err));
	return c;
}

static inline const struct case_clock *clock_of(const struct case_file *c, enum clock_kind kind)
{
	const struct case_clock *found = NULL;

	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].kind == kind)
			found = &c->clock[i];
	return found;
}

static inline struct actor officer(const struct bench *b) { return (struct actor){ .role = ROLE_COORDINATOR, .id = b->officer, .unit = b->unit }; }

static inline void assign(struct bench *b, struct case_file *c, int64_t to)
{
	struct take take = { .coordinator = to, .weight = c->weight };
	const struct assignment a = { .coordinator = to, .coordinator_unit = b->unit, .why_json = "{\"level\":\"office\"}", .why_short = "{\"level\":\"office\"}" };

	ok(b, casebook_take(b->cb, &take, 1, &b->err));
	assert_true(take.taken);
	ok(b, casebook_assign(b->cb, c, &ACTOR_SYSTEM, &a, &b->err));
}

static inline int64_t load_of(struct bench *b, int64_t id)
{
	char sql[120];

	ok(b, casebook_flush(b->cb, &b->err));
	snprintf(sql, sizeof(sql), "select open_weight from ql.coordinators where id = %lld", (long long)id);
	return value(b, sql);
}

static inline struct case_file *working(struct bench *b)
{
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);
	const struct actor me = officer(b);

	assign(b, c, b->officer);
	ok(b, casebook_accept(b->cb, c, &me, &b->err));
	return c;
}


/* Runs the tests, or says why not. */
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
static inline bool bench_is_there(void)
{
	ql_log_open("test");
	if (getenv("QL_TEST_PG_DSN") == NULL)
		printf("skipped: casebook on PostgreSQL (QL_TEST_PG_DSN is not set)\n");
	return getenv("QL_TEST_PG_DSN") != NULL;
}

#endif
