/* joint.h -- the fixture of the tests of several units on one case: a home office, a port, people; all in a transaction that is
 * rolled back, on a real PostgreSQL (QL_TEST_PG_DSN, migrated, with reference data). */
#ifndef QL_TEST_JOINT_H
#define QL_TEST_JOINT_H

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
	int64_t lead, port, other; /* coordinators: of the home office, of the port, of the same port */
	int32_t home, goods, beside, far; /* beside: another office of the goods' district; far: of a third district */
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

static inline int64_t number(struct bench *b, const char *sql, int64_t id)
{
	char text[400];

	snprintf(text, sizeof(text), sql, (long long)id);
	return value(b, text);
}

static inline void ok(struct bench *b, enum ql_rc rc)
{
	if (rc != QL_OK)
		fail_msg("%s: %s", ql_rc_name(rc), b->err.msg);
}

static inline int32_t unit(struct bench *b, const char *code)
{
	return reference_unit_by_code(casebook_reference(b->cb), code)->id;
}

static inline int64_t officer(struct bench *b, const char *staff_no, int32_t at, int capacity)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "insert into ql.coordinators (staff_no, name, unit_id, capacity) values ('%s', '%s', %d, %d) returning id", staff_no, staff_no,
	         at, capacity);
	return value(b, sql);
}

static inline int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	ok(b, ql_pg_open(&b->pg, getenv("QL_TEST_PG_DSN"), "test", &b->err));
	ok(b, casebook_new(&b->cb, b->pg, &b->err));
	ok(b, casebook_begin(b->cb, &b->err));
	b->home = unit(b, "4218");
	b->goods = unit(b, "2248");
	b->beside = unit(b, "2222");
	b->far = unit(b, "5304");
	b->lead = officer(b, "lead", b->home, 9);
	b->port = officer(b, "port", b->goods, 3);
	b->other = officer(b, "other", b->goods, 3);
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

static inline struct case_file *open_at(struct bench *b, int32_t goods, enum procedure procedure, bool solved)
{
	const struct case_spec s = {
		.procedure = procedure, .kind = "enquiry", .subject = "s", .text = "箱子进不了港", .priority = "normal", .channel = "portal", .language = "zh",
		.tier = "aeo", .lead_unit = b->home, .home_unit = b->home, .goods_unit = goods, .weight = 2, .received_at = casebook_now(b->cb),
		.occurred_at = casebook_now(b->cb), .clocks_from = casebook_now(b->cb), .solved = solved, .actor = { .role = ROLE_SYSTEM },
	};
	struct case_file *c = NULL;

	ok(b, casebook_open(b->cb, &s, &c, &b->err));
	return c;
}

static inline struct actor at_home(const struct bench *b) { return (struct actor){ .role = ROLE_COORDINATOR, .id = b->lead, .unit = b->home }; }
static inline struct actor at_port(const struct bench *b) { return (struct actor){ .role = ROLE_COORDINATOR, .id = b->port, .unit = b->goods }; }
static inline struct actor chief(int32_t unit) { return (struct actor){ .role = ROLE_SUPERVISOR, .id = 1, .user = 1, .unit = unit }; }

static inline struct assignment choice(int64_t coordinator, int32_t unit)
{
	return (struct assignment){ .coordinator = coordinator, .coordinator_unit = unit, .why_json = "{\"level\":\"office\"}", .why_short = "{\"level\":\"office\"}" };
}

static inline void take(struct bench *b, int64_t coordinator, int32_t weight)
{
	struct take t = { .coordinator = coordinator, .weight = weight };

	ok(b, casebook_take(b->cb, &t, 1, &b->err));
	assert_true(t.taken);
}

/* Led and worked by the home office's officer. */
static inline struct case_file *working(struct bench *b, int32_t goods)
{
	struct case_file *c = open_at(b, goods, PROCEDURE_COORDINATION, false);
	const struct assignment a = choice(b->lead, b->home);
	const struct actor me = at_home(b);

	take(b, b->lead, c->weight);
	ok(b, casebook_assign(b->cb, c, &ACTOR_SYSTEM, &a, &b->err));
	ok(b, casebook_accept(b->cb, c, &me, &b->err));
	return c;
}

static inline void give(struct bench *b, struct case_file *c, int seq, int64_t coordinator)
{
	const struct assignment a = choice(coordinator, b->goods);

	take(b, coordinator, casebook_party(c, seq)->weight);
	ok(b, casebook_party_assign(b->cb, c, seq, &ACTOR_SYSTEM, &a, &b->err));
}

/* The goods' unit has taken up its part. */
static inline struct case_file *joint(struct bench *b)
{
	struct case_file *c = working(b, b->goods);
	const struct actor port = at_port(b);

	give(b, c, 2, b->port);
	ok(b, casebook_party_accept(b->cb, c, 2, &port, &b->err));
	return c;
}

static inline enum ql_rc invite(struct bench *b, struct case_file *c, const struct actor *who, int32_t unit, const char *text, int *seq)
{
	const struct invitation i = { .unit = unit, .capacity = "business", .wanted = { .text = text } };

	return casebook_invite(b->cb, c, who, &i, seq, &b->err);
}

static inline const struct case_clock *clock_of(const struct case_file *c, int party, enum clock_kind kind)
{
	const struct case_clock *found = NULL;

	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].kind == kind && c->clock[i].party == party)
			found = &c->clock[i];
	return found;
}

static inline int64_t load_of(struct bench *b, int64_t id)
{
	ok(b, casebook_flush(b->cb, &b->err));
	return number(b, "select open_weight from ql.coordinators where id = %lld", id);
}

static inline bool finds(struct bench *b, const struct case_file *c, int32_t unit)
{
	char sql[160];

	ok(b, casebook_flush(b->cb, &b->err));
	snprintf(sql, sizeof(sql), "select count(*) from ql.case_access where case_id = %lld and scope = %d", (long long)c->id, unit);
	return value(b, sql) == 1;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
