/* test_parties.c -- several units on one case, on a real PostgreSQL (QL_TEST_PG_DSN, migrated, with reference data): who may
 * ask whom, what each party holds, and that nothing stays held. Every test works in a transaction that is rolled back. */
#include "joint.h"

static void goods_elsewhere_bring_their_unit_along_from_the_first_minute(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_at(b, b->goods, PROCEDURE_COORDINATION, false);

	assert_int_equal(c->n_parties, 2);
	assert_int_equal(c->party[1].unit, b->goods);
	assert_string_equal(c->party[1].capacity, "port");
	assert_int_equal(c->party[1].state, PARTY_INVITED);
	assert_non_null(clock_of(c, 2, CLOCK_JOINT_ACCEPT));
	assert_true(finds(b, c, b->goods));
	assert_int_equal(open_at(b, b->home, PROCEDURE_COORDINATION, false)->n_parties, 1);
	assert_int_equal(open_at(b, unit(b, "4200"), PROCEDURE_COORDINATION, false)->n_parties, 1); /* its own district, no office named */
	assert_int_equal(open_at(b, b->goods, PROCEDURE_CALLBACK, false)->n_parties, 1);
	assert_int_equal(open_at(b, b->goods, PROCEDURE_COORDINATION, true)->n_parties, 1); /* solved at once */
}

static void a_party_has_its_own_officer_weight_and_time(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);

	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(load_of(b, b->lead), 2);
	assert_int_equal(load_of(b, b->port), 1);
	assert_int_equal(clock_of(c, 2, CLOCK_JOINT_ACCEPT)->state, CLOCK_MET);
	assert_int_equal(clock_of(c, 2, CLOCK_JOINT_RESULT)->state, CLOCK_RUNNING);
	assert_int_equal(clock_of(c, 2, CLOCK_JOINT_RESULT)->started_at, c->party[1].since); /* accepting late gains nothing */
	const struct actor port = at_port(b);

	ok(b, casebook_party_contribute(b->cb, c, 2, &port, "舱单已核对", &b->err));
	assert_int_equal(c->party[1].contribution, c->version);
	ok(b, casebook_party_done(b->cb, c, 2, &port, "放行障碍已消除", &b->err));
	assert_int_equal(c->party[1].state, PARTY_DONE);
	assert_int_equal(c->party[1].coordinator, b->port);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(clock_of(c, 2, CLOCK_JOINT_RESULT)->state, CLOCK_MET);
	assert_true(finds(b, c, b->goods)); /* what it did stays before its eyes */
	assert_int_equal(number(b, "select count(*) from ql.entries where party_seq = 2 and audience = 'parties' and case_id = %lld", c->id), 2);
}

static void an_officer_who_refuses_makes_room_for_the_next_one(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->goods);
	const struct actor port = at_port(b);

	give(b, c, 2, b->port);
	assert_int_equal(casebook_party_refuse(b->cb, c, 2, &port, " ", &b->err), QL_REJECT);
	ok(b, casebook_party_refuse(b->cb, c, 2, &port, "不熟悉", &b->err));
	assert_int_equal(c->party[1].state, PARTY_INVITED);
	assert_int_equal(c->party[1].coordinator, 0);
	assert_int_equal(c->party[1].tried[0], b->port);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(clock_of(c, 2, CLOCK_JOINT_ACCEPT)->state, CLOCK_RUNNING);
	give(b, c, 2, b->other);
	assert_int_equal(load_of(b, b->other), 1);
}

static void a_unit_that_refuses_sees_the_case_no_more(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->goods);
	const struct actor chief_of_port = chief(b->goods), chief_of_far = chief(b->far), me = at_home(b);
	int seq;

	assert_true(finds(b, c, b->goods));
	assert_int_equal(casebook_party_refuse(b->cb, c, 2, &chief_of_far, "x", &b->err), QL_CONFLICT);
	ok(b, casebook_party_refuse(b->cb, c, 2, &chief_of_port, "不属本关", &b->err));
	assert_int_equal(c->party[1].state, PARTY_REFUSED);
	assert_false(finds(b, c, b->goods));
	assert_true(finds(b, c, b->home));
	ok(b, invite(b, c, &me, b->goods, "请再核一次", &seq)); /* asked again, in the same row */
	assert_int_equal(seq, 2);
	assert_true(finds(b, c, b->goods));
}

static void an_officer_who_does_not_accept_in_time_is_asked_no_longer(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->goods);
	const int first = clock_of(c, 2, CLOCK_JOINT_ACCEPT)->seq;

	ok(b, casebook_party_overdue(b->cb, c, first, "joint_accept:breach", &b->err)); /* nobody had it: the supervisor is told */
	assert_int_equal(number(b, "select count(*) from ql.journal where event = 'escalated' and case_id = %lld", (ok(b, casebook_flush(b->cb, &b->err)), c->id)), 1);
	give(b, c, 2, b->port);
	ok(b, casebook_party_overdue(b->cb, c, clock_of(c, 2, CLOCK_JOINT_ACCEPT)->seq, "joint_accept:breach", &b->err));
	assert_int_equal(c->party[1].coordinator, 0);
	assert_int_equal(c->party[1].n_tried, 1);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(c->state, CASE_WORKING);
}

static void the_lead_asks_anyone_a_party_its_own_district(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b), port = at_port(b), stranger = { .role = ROLE_COORDINATOR, .id = b->other, .unit = b->goods };
	int seq;

	assert_int_equal(invite(b, c, &stranger, b->beside, "x", &seq), QL_CONFLICT);
	assert_int_equal(invite(b, c, &port, b->far, "x", &seq), QL_REJECT);
	assert_string_equal(b->err.field, "/unit");
	ok(b, invite(b, c, &port, b->beside, "请核归类", &seq)); /* two units of one district are two parties */
	assert_int_equal(c->party[2].invited_by, 2);
	ok(b, invite(b, c, &me, b->far, "请核原产地", &seq));
	assert_int_equal(c->party[3].invited_by, 0);
	assert_int_equal(invite(b, c, &me, b->far, "x", &seq), QL_REJECT); /* on it already */
	assert_int_equal(invite(b, c, &me, b->home, "x", &seq), QL_REJECT); /* leads */
	assert_int_equal(invite(b, c, &me, unit(b, "0100"), " ", &seq), QL_REJECT); /* says nothing */
	assert_string_equal(b->err.field, "/text");
}

static void a_body_without_account_is_written_to(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->home);
	const struct actor me = at_home(b);
	struct invitation i = { .capacity = "outside", .body_name = "港务集团", .body_mail = "none", .wanted = { .text = "请说明堆存情况" } };
	int seq;

	assert_int_equal(casebook_invite(b->cb, c, &me, &i, &seq, &b->err), QL_REJECT);
	assert_string_equal(b->err.field, "/body_mail");
	i.body_mail = "desk@port.example";
	ok(b, casebook_invite(b->cb, c, &me, &i, &seq, &b->err));
	assert_int_equal(c->party[1].state, PARTY_WORKING);
	ok(b, casebook_flush(b->cb, &b->err));
	assert_int_equal(number(b, "select count(*) from ql.messages where channel = 'mail' and recipient = 'desk@port.example' and state = 'queued' and case_id = %lld",
	                        c->id), 1);
	ok(b, casebook_party_done(b->cb, c, seq, &me, "已答复", &b->err)); /* the lead writes down what it said */
	assert_int_equal(load_of(b, b->lead), 2);
}

static void more_parties_than_fit_are_refused(void **state)
{
	static const char *const UNITS[] = { "0100", "0200", "0400", "0500", "0600", "0700", "0800", "0900", "1500", "1900", "2300", "2900" };
	struct bench *b = *state;
	struct case_file *c = working(b, b->home);
	const struct actor me = at_home(b);
	int seq, next = 0;

	_Static_assert(QL_LEN(UNITS) == CASE_PARTIES, "with the lead one more than fit");
	while (next < PARTIES_OPEN)
		ok(b, invite(b, c, &me, unit(b, UNITS[next++]), "x", &seq));
	assert_int_equal(invite(b, c, &me, unit(b, UNITS[next]), "x", &seq), QL_REJECT);
	while (next < CASE_PARTIES - 1) {
		ok(b, casebook_party_withdraw(b->cb, c, seq, &me, "x", &b->err));
		ok(b, invite(b, c, &me, unit(b, UNITS[next++]), "x", &seq));
	}
	ok(b, casebook_party_withdraw(b->cb, c, seq, &me, "x", &b->err));
	assert_int_equal(invite(b, c, &me, unit(b, UNITS[next]), "x", &seq), QL_REJECT);
	ok(b, invite(b, c, &me, unit(b, UNITS[next - 1]), "x", &seq)); /* who was on it before has its row */
	ok(b, casebook_flush(b->cb, &b->err));
}

static void a_result_does_not_go_out_over_their_heads(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct words w = { "可进港", "public", NULL, "zh", 0 };
	const struct actor me = at_home(b);

	assert_int_equal(casebook_answer(b->cb, c, &me, &w, b->home, false, OUTCOME_SOLVED, &b->err), QL_REJECT);
	assert_string_equal(b->err.field, "/despite_open_parties");
	c->despite_parties = true;
	ok(b, casebook_answer(b->cb, c, &me, &w, b->home, false, OUTCOME_SOLVED, &b->err));
	assert_int_equal(c->party[1].state, PARTY_WORKING); /* it may still say what it found */
	assert_int_equal(load_of(b, b->port), 1);
}

static void who_was_asked_for_nothing_holds_nobody_up(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->goods);
	const struct words w = { "可进港", "public", NULL, "zh", 0 };
	const struct actor me = at_home(b);

	give(b, c, 2, b->port);
	ok(b, casebook_answer(b->cb, c, &me, &w, b->home, false, OUTCOME_SOLVED, &b->err));
	assert_int_equal(c->party[1].state, PARTY_WITHDRAWN);
	assert_int_equal(load_of(b, b->port), 0);
	ok(b, casebook_reopen(b->cb, c, &ACTOR_SYSTEM, "仍不放行", &b->err));
	assert_int_equal(c->party[1].state, PARTY_INVITED); /* the goods stand there still */
}

static void the_end_of_the_case_ends_every_part(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct words w = { "可进港", "public", NULL, "zh", 0 };
	const struct actor me = at_home(b);
	int seq;

	ok(b, invite(b, c, &me, b->far, "请核原产地", &seq));
	c->despite_parties = true;
	ok(b, casebook_answer(b->cb, c, &me, &w, b->home, true, OUTCOME_SOLVED, &b->err));
	assert_int_equal(c->party[1].state, PARTY_DONE);
	assert_int_equal(c->party[2].state, PARTY_WITHDRAWN);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(load_of(b, b->lead), 0);
	for (int i = 0; i < c->n_clocks; i++)
		assert_true(c->clock[i].state == CLOCK_MET || c->clock[i].state == CLOCK_STOPPED);
	const struct actor port = at_port(b);

	assert_int_equal(casebook_party_contribute(b->cb, c, 2, &port, "x", &b->err), QL_CONFLICT);
}

static void a_merge_ends_them_too(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b), *heir = open_at(b, b->home, PROCEDURE_COORDINATION, false);

	ok(b, casebook_merge(b->cb, c, heir, &ACTOR_SYSTEM, &b->err));
	assert_int_equal(load_of(b, b->port), 0);
}

static void what_was_written_is_what_is_read_again(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b);
	const int64_t id = c->id;
	int seq;

	ok(b, invite(b, c, &me, b->far, "请核原产地", &seq));
	ok(b, casebook_flush(b->cb, &b->err));
	const struct case_party before = c->party[1], asked = c->party[2];
	struct casebook *again; /* on the same connection: inside the same transaction */

	ok(b, casebook_new(&again, b->pg, &b->err));
	ok(b, casebook_join(again, &b->err));
	ok(b, casebook_load(again, &id, 1, &b->err));
	struct case_file *read = casebook_find(again, id);

	assert_non_null(read);
	assert_int_equal(read->n_parties, 3);
	assert_true(read->party[0].lead);
	assert_memory_equal(&read->party[1], &before, sizeof(before));
	assert_memory_equal(&read->party[2], &asked, sizeof(asked));
	casebook_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goods_elsewhere_bring_their_unit_along_from_the_first_minute), TEST(a_party_has_its_own_officer_weight_and_time),
		TEST(an_officer_who_refuses_makes_room_for_the_next_one), TEST(a_unit_that_refuses_sees_the_case_no_more),
		TEST(an_officer_who_does_not_accept_in_time_is_asked_no_longer), TEST(the_lead_asks_anyone_a_party_its_own_district),
		TEST(a_body_without_account_is_written_to), TEST(more_parties_than_fit_are_refused), TEST(a_result_does_not_go_out_over_their_heads),
		TEST(who_was_asked_for_nothing_holds_nobody_up), TEST(the_end_of_the_case_ends_every_part), TEST(a_merge_ends_them_too),
		TEST(what_was_written_is_what_is_read_again),
	};

	ql_log_open("test");
	if (getenv("QL_TEST_PG_DSN") == NULL) {
		printf("skipped: parties on PostgreSQL (QL_TEST_PG_DSN is not set)\n");
		return 0;
	}
	return cmocka_run_group_tests_name("parties on PostgreSQL", tests, NULL, NULL);
}
