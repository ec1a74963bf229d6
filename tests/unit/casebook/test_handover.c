/* test_handover.c -- who has a case passes it on: to another unit, to a colleague, away from whoever may have no part in it. */
#include "joint.h"

static struct actor second_at_port(const struct bench *b) { return (struct actor){ .role = ROLE_COORDINATOR, .id = b->other, .unit = b->goods }; }

/* The port's officer takes the lead, with the room for it. */
static enum ql_rc take_lead(struct bench *b, struct case_file *c, const struct actor *who)
{
	const int32_t room = casebook_lead_room(c, who->id);

	if (room > 0)
		take(b, who->id, room);
	return casebook_lead_accept(b->cb, c, who, &b->err);
}

static void one_leads(struct bench *b, const struct case_file *c)
{
	ok(b, casebook_flush(b->cb, &b->err));
	assert_int_equal(number(b, "select count(*) from ql.case_parties p join ql.cases c on c.id = p.case_id where p.is_lead and c.id = %lld"
	                           " and p.unit_id = c.lead_unit_id and p.coordinator_id is not distinct from c.coordinator_id", c->id), 1);
}

static void the_lead_passes_only_to_who_takes_it(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b, b->home);
	const struct actor me = at_home(b), port = at_port(b), stranger = { .role = ROLE_COORDINATOR, .id = 1, .unit = b->far };
	const ql_time promised = c->promise_at;

	assert_int_equal(casebook_hand_over(b->cb, c, &port, b->goods, "x", &b->err), QL_CONFLICT);
	assert_int_equal(casebook_hand_over(b->cb, c, &me, b->home, "x", &b->err), QL_REJECT);
	assert_int_equal(casebook_hand_over(b->cb, c, &me, b->goods, "", &b->err), QL_REJECT);
	ok(b, casebook_hand_over(b->cb, c, &me, b->goods, "货在贵关", &b->err));
	assert_int_equal(c->coordinator, b->lead); /* keeps it until it is taken */
	assert_true(finds(b, c, b->goods));
	assert_int_equal(casebook_hand_over(b->cb, c, &me, b->far, "x", &b->err), QL_CONFLICT); /* one at a time */
	assert_int_equal(casebook_lead_accept(b->cb, c, &stranger, &b->err), QL_CONFLICT);
	ok(b, take_lead(b, c, &port));
	assert_int_equal(c->coordinator, b->port);
	assert_int_equal(c->lead_unit, b->goods);
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->promise_at, promised); /* the clock never stopped */
	assert_int_equal(clock_of(c, 0, CLOCK_RESOLUTION)->segments, 1);
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(load_of(b, b->port), 2);
	assert_int_equal(c->first_asked, b->lead); /* follows it to the end */
	assert_true(finds(b, c, b->home));
	one_leads(b, c);
}

static void a_party_that_takes_the_lead_gives_its_part_into_it(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b), port = at_port(b);

	ok(b, casebook_hand_over(b->cb, c, &me, b->goods, "货在贵关", &b->err));
	assert_int_equal(casebook_lead_room(c, b->port), 1); /* 2 for the case, 1 of it is held */
	ok(b, take_lead(b, c, &port));
	assert_int_equal(load_of(b, b->port), 2);
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(casebook_parties_open(c), 0);
	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].party != 0)
			assert_true(c->clock[i].state == CLOCK_MET || c->clock[i].state == CLOCK_STOPPED);
	one_leads(b, c);
}

static void a_colleague_of_the_party_may_take_the_lead_too(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b), second = second_at_port(b);

	ok(b, casebook_hand_over(b->cb, c, &me, b->goods, "货在贵关", &b->err));
	ok(b, take_lead(b, c, &second));
	assert_int_equal(load_of(b, b->port), 0); /* its part went into the lead */
	assert_int_equal(load_of(b, b->other), 2);
	one_leads(b, c);
}

static void a_supervisor_accepts_for_the_unit_which_finds_an_officer(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b), boss = chief(b->goods);

	ok(b, casebook_hand_over(b->cb, c, &me, b->goods, "货在贵关", &b->err));
	ok(b, casebook_lead_accept(b->cb, c, &boss, &b->err));
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->coordinator, 0);
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(clock_of(c, 0, CLOCK_UNASSIGNED)->state, CLOCK_RUNNING);
	one_leads(b, c);
}

/* Two units in turn say that it is not theirs. */
static struct case_file *disputed(struct bench *b)
{
	struct case_file *c = working(b, b->home);
	const struct actor me = at_home(b), goods = chief(b->goods), far = chief(b->far);

	ok(b, casebook_hand_over(b->cb, c, &me, b->goods, "货在贵关", &b->err));
	assert_int_equal(casebook_lead_refuse(b->cb, c, &goods, " ", &b->err), QL_REJECT);
	ok(b, casebook_lead_refuse(b->cb, c, &goods, "属企业管理", &b->err));
	assert_false(finds(b, c, b->goods));
	assert_null(clock_of(c, 0, CLOCK_ARBITRATION));
	ok(b, casebook_hand_over(b->cb, c, &me, b->far, "产地在贵关", &b->err));
	ok(b, casebook_lead_refuse(b->cb, c, &far, "不属本关", &b->err));
	return c;
}

static void after_two_refusals_it_is_ruled_and_that_is_final(void **state)
{
	struct bench *b = *state;
	struct case_file *c = disputed(b);
	const struct actor me = at_home(b), duty = chief(reference_root(casebook_reference(b->cb))->id), goods = chief(b->goods);

	assert_int_equal(clock_of(c, 0, CLOCK_ARBITRATION)->state, CLOCK_RUNNING);
	assert_int_equal(casebook_hand_over(b->cb, c, &me, b->beside, "x", &b->err), QL_CONFLICT); /* waits for the ruling */
	assert_int_equal(c->coordinator, b->lead);                                                 /* and works on meanwhile */
	ok(b, casebook_rule(b->cb, c, &duty, b->goods, "货物在口岸, 由口岸主办", &b->err));
	assert_int_equal(c->lead_unit, b->goods);
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(clock_of(c, 0, CLOCK_ARBITRATION)->state, CLOCK_MET);
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(casebook_lead_refuse(b->cb, c, &goods, "x", &b->err), QL_CONFLICT);
	assert_int_equal(casebook_hand_over(b->cb, c, &goods, b->far, "x", &b->err), QL_CONFLICT);
	one_leads(b, c);
}

static void a_ruling_may_leave_it_where_it_is(void **state)
{
	struct bench *b = *state;
	struct case_file *c = disputed(b);
	const struct actor duty = chief(reference_root(casebook_reference(b->cb))->id);

	ok(b, casebook_rule(b->cb, c, &duty, b->home, "属地主办", &b->err));
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->coordinator, b->lead);
	assert_int_equal(clock_of(c, 0, CLOCK_ARBITRATION)->state, CLOCK_MET);
	assert_int_equal(casebook_rule(b->cb, working(b, b->home), &duty, b->far, "x", &b->err), QL_CONFLICT); /* nobody refused that one */
}

static void a_part_passes_to_the_colleague_who_takes_it(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor port = at_port(b), second = second_at_port(b);

	assert_int_equal(casebook_pass_on(b->cb, c, 0, &port, b->other, "x", &b->err), QL_CONFLICT); /* leads nothing */
	assert_int_equal(casebook_pass_on(b->cb, c, 2, &port, b->port, "x", &b->err), QL_REJECT);
	ok(b, casebook_pass_on(b->cb, c, 2, &port, b->other, "船期在明早, 舱单已催", &b->err));
	assert_int_equal(c->party[1].coordinator, b->port);
	assert_int_equal(casebook_take_over(b->cb, c, 2, &port, &b->err), QL_CONFLICT);
	take(b, b->other, casebook_part_room(c, 2));
	ok(b, casebook_take_over(b->cb, c, 2, &second, &b->err));
	assert_int_equal(c->party[1].coordinator, b->other);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(load_of(b, b->other), 1);
}

static void so_does_the_lead_and_a_refusal_leaves_it(void **state)
{
	struct bench *b = *state;
	const int64_t mate = officer(b, "mate", b->home, 9);
	struct case_file *c = open_at(b, b->home, PROCEDURE_COORDINATION, false);
	const struct assignment a = choice(b->lead, b->home);
	const struct actor me = at_home(b), other = { .role = ROLE_COORDINATOR, .id = mate, .unit = b->home };

	take(b, b->lead, c->weight);
	ok(b, casebook_assign(b->cb, c, &ACTOR_SYSTEM, &a, &b->err));
	ok(b, casebook_pass_on(b->cb, c, 0, &me, mate, "下班", &b->err));
	ok(b, casebook_keep(b->cb, c, 0, &other, "我也下班", &b->err));
	assert_int_equal(casebook_take_over(b->cb, c, 0, &other, &b->err), QL_CONFLICT);
	ok(b, casebook_pass_on(b->cb, c, 0, &me, mate, "明早十点前到期", &b->err));
	take(b, mate, casebook_part_room(c, 0));
	ok(b, casebook_take_over(b->cb, c, 0, &other, &b->err));
	assert_int_equal(c->coordinator, mate);
	assert_int_equal(c->state, CASE_WORKING); /* taking is accepting */
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(load_of(b, mate), 2);
	one_leads(b, c);
}

static void who_is_recused_has_no_part_and_gets_none(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor me = at_home(b), port = at_port(b);
	const struct leaver lead = { b->lead, b->home, "与当事企业负责人为亲属" }, party = { b->port, b->goods, "曾在该企业任职" }, other = { b->other, b->goods, "x" };
	const struct assignment a = choice(b->lead, b->home), p = choice(b->port, b->goods);

	assert_int_equal(casebook_recuse(b->cb, c, &me, &other, &b->err), QL_CONFLICT); /* for others a supervisor decides */
	assert_int_equal(casebook_recuse(b->cb, c, &me, &(struct leaver){ b->lead, b->home, "" }, &b->err), QL_REJECT);
	ok(b, casebook_recuse(b->cb, c, &me, &lead, &b->err));
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->first_asked, 0);
	assert_int_equal(load_of(b, b->lead), 0);
	assert_int_equal(casebook_assign(b->cb, c, &ACTOR_SYSTEM, &a, &b->err), QL_REJECT);
	ok(b, casebook_recuse(b->cb, c, &port, &party, &b->err));
	assert_int_equal(c->party[1].state, PARTY_INVITED);
	assert_int_equal(load_of(b, b->port), 0);
	assert_int_equal(casebook_party_assign(b->cb, c, 2, &ACTOR_SYSTEM, &p, &b->err), QL_REJECT);
	assert_int_equal(casebook_recuse(b->cb, c, &port, &party, &b->err), QL_CONFLICT);
	one_leads(b, c);
	/* The reason is the unit's, the fact is everybody's who works on it; the enterprise hears neither. */
	assert_int_equal(number(b, "select count(*) from ql.entries where audience = 'unit' and case_id = %lld", c->id), 2);
	assert_int_equal(number(b, "select count(*) from ql.journal where event = 'recused' and audience = 'parties' and data::text not like '%%亲属%%' and case_id = %lld", c->id), 2);
	assert_int_equal(number(b, "select cardinality(recused) from ql.cases where id = %lld", c->id), 2);
}

static void a_supervisor_recuses_whom_he_is_above(void **state)
{
	struct bench *b = *state;
	struct case_file *c = joint(b);
	const struct actor far = chief(b->far), goods = chief(b->goods);
	const struct leaver party = { b->port, b->goods, "x" };

	assert_int_equal(casebook_recuse(b->cb, c, &far, &party, &b->err), QL_CONFLICT);
	ok(b, casebook_recuse(b->cb, c, &goods, &party, &b->err));
	assert_int_equal(c->coordinator, b->lead); /* the lead stays where it is */
	assert_int_equal(c->state, CASE_WORKING);
	ok(b, casebook_flush(b->cb, &b->err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lead_passes_only_to_who_takes_it), TEST(a_party_that_takes_the_lead_gives_its_part_into_it),
		TEST(a_colleague_of_the_party_may_take_the_lead_too), TEST(a_supervisor_accepts_for_the_unit_which_finds_an_officer),
		TEST(after_two_refusals_it_is_ruled_and_that_is_final), TEST(a_ruling_may_leave_it_where_it_is), TEST(a_part_passes_to_the_colleague_who_takes_it),
		TEST(so_does_the_lead_and_a_refusal_leaves_it), TEST(who_is_recused_has_no_part_and_gets_none), TEST(a_supervisor_recuses_whom_he_is_above),
	};

	ql_log_open("test");
	if (getenv("QL_TEST_PG_DSN") == NULL) {
		printf("skipped: hand-over on PostgreSQL (QL_TEST_PG_DSN is not set)\n");
		return 0;
	}
	return cmocka_run_group_tests_name("hand-over on PostgreSQL", tests, NULL, NULL);
}
