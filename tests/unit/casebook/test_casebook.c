/* test_casebook.c -- the one door, on a real PostgreSQL (QL_TEST_PG_DSN, migrated, with reference data): what each command
 * does to the case, its clocks, its coordinator's load and its journal. Every test works in a transaction that is rolled back. */
#include "bench.h"
#include "casebook/placement.h"

static void opening_starts_the_promises(void **state)
{
	struct case_file *c = open_case(*state, PROCEDURE_COORDINATION);

	assert_int_equal(c->state, CASE_RECEIVED);
	assert_non_null(clock_of(c, CLOCK_UNASSIGNED));
	assert_non_null(clock_of(c, CLOCK_FIRST_RESPONSE));
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->due_at, c->promise_at);
	assert_int_equal(c->sort_at, c->promise_at);
}

static void capacity_is_taken_once_and_given_back_on_closing(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);
	struct take more = { .coordinator = b->officer, .weight = 1 };
	const struct words w = { "已核, 可进港", "public", NULL, "zh", 0 };
	const struct actor me = officer(b);

	assert_int_equal(load_of(b, b->officer), 2);
	ok(b, casebook_take(b->cb, &more, 1, &b->err));
	assert_false(more.taken); /* capacity 2 is used up */
	assert_int_equal(more.load, 2);
	ok(b, casebook_answer(b->cb, c, &me, &w, b->unit, true, OUTCOME_SOLVED, &b->err));
	assert_int_equal(c->state, CASE_CLOSED);
	assert_string_equal(c->outcome, "solved");
	assert_int_equal(load_of(b, b->officer), 0);
	for (int i = 0; i < c->n_clocks; i++)
		assert_true(c->clock[i].state == CLOCK_MET || c->clock[i].state == CLOCK_STOPPED);
	assert_int_equal(value(b, "select count(*) from ql.case_access where open and case_id = (select max(id) from ql.cases)"), 0);
}

static void asking_pauses_the_resolution_and_the_answer_resumes_it(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);
	const struct actor me = officer(b), them = { .role = ROLE_ENTERPRISE, .id = b->enterprise };
	const struct words ask = { "请补箱单", "public", NULL, "zh", 0 }, reply = { "已补", "public", "portal", "zh", b->enterprise };

	ok(b, casebook_ask(b->cb, c, &me, &ask, &b->err));
	assert_int_equal(c->state, CASE_WAITING_ENTERPRISE);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_PAUSED);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->next_fire_at, 0);
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_MET);
	const struct attachment a = { .words = reply, .spoken_at = casebook_now(b->cb) };

	ok(b, casebook_attach(b->cb, c, &them, &a, &b->err));
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->segments, 3);
}

static void reopening_restores_the_old_clock_and_finds_an_officer_anew(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);
	const struct words w = { "可进港", "public", NULL, "zh", 0 };
	const struct actor me = officer(b), them = { .role = ROLE_ENTERPRISE, .id = b->enterprise };
	const ql_time promised = c->promise_at;

	ok(b, casebook_answer(b->cb, c, &me, &w, b->unit, false, OUTCOME_SOLVED, &b->err));
	assert_int_equal(c->state, CASE_ANSWERED);
	assert_non_null(clock_of(c, CLOCK_CONFIRMATION));
	ok(b, casebook_reopen(b->cb, c, &them, "码头仍不放行", &b->err));
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->coordinator, 0);
	assert_int_equal(c->first_asked, b->officer);
	assert_int_equal(c->cycle, 2);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->due_at, promised);
	assert_int_equal(clock_of(c, CLOCK_CONFIRMATION)->state, CLOCK_STOPPED);
	assert_int_equal(load_of(b, b->officer), 0);
}

static void who_did_not_accept_is_remembered(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);

	assign(b, c, b->officer);
	ok(b, casebook_unassign(b->cb, c, &ACTOR_SYSTEM, ACT_NOT_ACCEPTED, NULL, &b->err));
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->n_tried, 1);
	assert_int_equal(c->tried[0], b->officer);
	assert_int_equal(load_of(b, b->officer), 0);
	assign(b, c, b->second);
	assert_int_equal(load_of(b, b->second), 2);
	assert_int_equal(c->first_asked, b->officer);
}

static void what_the_lifecycle_forbids_is_refused_and_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);
	const struct actor stranger = { .role = ROLE_COORDINATOR, .id = b->second }, me = officer(b);
	const struct words none = { " ", "public", NULL, NULL, 0 };
	const int32_t version = c->version;

	assert_int_equal(casebook_accept(b->cb, c, &me, &b->err), QL_CONFLICT);
	assert_int_equal(casebook_ask(b->cb, c, &stranger, &(struct words){ "x", "public", NULL, NULL, 0 }, &b->err), QL_CONFLICT);
	assert_int_equal(casebook_ask(b->cb, c, &me, &none, &b->err), QL_REJECT);
	assert_string_equal(b->err.field, "/text");
	assert_int_equal(casebook_reply(b->cb, c, &me, &(struct words){ "x", "everyone", NULL, NULL, 0 }, &b->err), QL_REJECT);
	assert_int_equal(casebook_close(b->cb, c, &me, ACT_CLOSE, OUTCOME_EXPLAINED, "x", &b->err), QL_REJECT); /* needs a second reader */
	assert_int_equal(casebook_expect(c, version - 1, &b->err), QL_CONFLICT);
	assert_int_equal(c->version, version);
}

static void a_version_that_moved_makes_the_unit_roll_back(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);

	ok(b, casebook_flush(b->cb, &b->err));
	value(b, "with u as (update ql.cases set version = version + 7 where id = (select max(id) from ql.cases) returning 1) select count(*) from u");
	ok(b, casebook_escalate(b->cb, c, "test", &b->err));
	assert_int_equal(casebook_flush(b->cb, &b->err), QL_CONFLICT);
}

static void merging_leaves_an_alias_and_ends_every_clock(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION), *heir = open_case(b, PROCEDURE_COORDINATION);
	char sql[160];

	ok(b, casebook_merge(b->cb, c, heir, &ACTOR_SYSTEM, &b->err));
	assert_int_equal(c->state, CASE_MERGED);
	assert_int_equal(casebook_merge(b->cb, heir, c, &ACTOR_SYSTEM, &b->err), QL_REJECT);
	ok(b, casebook_flush(b->cb, &b->err));
	snprintf(sql, sizeof(sql), "select case_id from ql.case_aliases where alias = '%s'", c->number);
	assert_int_equal(value(b, sql), heir->id);
	for (int i = 0; i < c->n_clocks; i++)
		assert_int_equal(c->clock[i].state, CLOCK_STOPPED);
}

static void a_call_back_counts_its_attempts(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_CALLBACK);
	const struct actor me = officer(b);

	assert_non_null(clock_of(c, CLOCK_CALL_BACK));
	assign(b, c, b->officer);
	assert_int_equal(casebook_call_attempt(b->cb, c, &me, "shouting", NULL, &b->err), QL_REJECT);
	ok(b, casebook_call_attempt(b->cb, c, &me, "no_answer", NULL, &b->err));
	ok(b, casebook_call_attempt(b->cb, c, &me, "reached", "已说明", &b->err));
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->call_attempts, 2);
	assert_int_equal(clock_of(c, CLOCK_CALL_BACK)->state, CLOCK_MET);
}

static void a_threshold_fires_once(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);
	struct case_clock *k = NULL;
	const char *threshold;
	bool fired;

	for (int i = 0; i < c->n_clocks; i++)
		if (c->clock[i].kind == CLOCK_RESOLUTION)
			k = &c->clock[i];
	ok(b, casebook_fire(b->cb, c, k->seq, &fired, &threshold, &b->err));
	assert_false(fired); /* not due yet */
	k->started_at = k->segment[0].from -= 400LL * 24 * 3600 * QL_SECOND; /* as if a year had gone by */
	k->next_fire_at = casebook_now(b->cb) - 1;
	ok(b, casebook_fire(b->cb, c, k->seq, &fired, &threshold, &b->err));
	assert_true(fired);
	assert_string_equal(threshold, "warn_75pct");
	ok(b, casebook_fire(b->cb, c, k->seq, &fired, &threshold, &b->err));
	assert_string_equal(threshold, "breach");
	assert_true(k->breached_at != 0);
	ok(b, casebook_fire(b->cb, c, k->seq, &fired, &threshold, &b->err)); /* the ladder's step */
	ok(b, casebook_fire(b->cb, c, k->seq, &fired, &threshold, &b->err));
	assert_false(fired);
	ok(b, casebook_flush(b->cb, &b->err));
}

/* The chain is recomputed from what the database gives back: the very columns, nothing of ours. */
static void the_chain_holds_over_a_whole_life(void **state)
{
	static const char SQL[] = "select case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data,"
	                          " encode(prev_hash, 'hex'), encode(hash, 'hex') from ql.journal where case_id = (select max(id) from ql.cases) order by version";
	struct bench *b = *state;
	struct case_file *c = working(b);
	const struct words w = { "进度: \"等待\"\n\t换行", "public", NULL, "zh", 0 };
	const struct actor me = officer(b);
	unsigned char prev[CASE_HASH] = { 0 };
	PGresult *res;

	ok(b, casebook_reply(b->cb, c, &me, &w, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	res = PQexec(ql_pg_conn(b->pg), SQL);
	assert_int_equal(PQntuples(res), c->version);
	for (int i = 0; i < PQntuples(res); i++) {
		const struct journal_row row = { ql_col_i64(res, i, 0), (int32_t)ql_col_i64(res, i, 1), ql_col_text(res, i, 2), ql_col_text(res, i, 3), ql_col_text(res, i, 4),
		                                 ql_col_time(res, i, 5), ql_col_text(res, i, 6), ql_col_i64(res, i, 7), (int32_t)ql_col_i64(res, i, 8), ql_col_text(res, i, 9),
		                                 ql_col_i64(res, i, 10), ql_col_text(res, i, 11) };
		char hex[2 * CASE_HASH + 1];

		journal_hash(&row, prev, prev);
		for (int k = 0; k < CASE_HASH; k++)
			snprintf(hex + 2 * k, 3, "%02x", prev[k]);
		assert_string_equal(hex, ql_col_text(res, i, 13));
	}
	PQclear(res);
	assert_memory_equal(prev, c->head, CASE_HASH);
}

static void the_journal_can_only_grow(void **state)
{
	struct bench *b = *state;
	PGresult *res;

	open_case(b, PROCEDURE_COORDINATION);
	ok(b, casebook_flush(b->cb, &b->err));
	res = PQexec(ql_pg_conn(b->pg), "update ql.journal set event = 'x'"); /* even for the owner */
	assert_int_equal(PQresultStatus(res), PGRES_FATAL_ERROR);
	PQclear(res);
}

/* --- placement: pure over reference data --- */

static void cases_begin_where_their_coordinator_is(void **state)
{
	struct bench *b = *state;
	const struct reference *ref = casebook_reference(b->cb);
	const struct { const char *home, *goods, *declaration, *lead; enum reach reach; } ROWS[] = {
		{ "2222", "2222", "", "2222", REACH_OFFICE },     { "2222", "2248", "", "2222", REACH_DEPARTMENT }, { "2222", "5304", "", "2222", REACH_DISTRICT },
		{ "", "2248", "", "2248", REACH_OFFICE },         { "", "", "530420260000000001", "5304", REACH_OFFICE }, { "", "", "", "0000", REACH_OFFICE },
		{ "2222", "", "530420260000000001", "2222", REACH_DISTRICT }, { "", "9999", "", "0000", REACH_OFFICE },
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++) {
		const struct unit *home = reference_unit_by_code(ref, ROWS[i].home);
		const struct place_facts f = { .home_unit = home != NULL ? home->id : 0, .goods_unit = ROWS[i].goods, .declaration = ROWS[i].declaration };
		struct place at;

		casebook_place(ref, &f, &at);
		assert_string_equal(reference_unit(ref, at.lead_unit)->code, ROWS[i].lead);
		assert_int_equal(at.reach, ROWS[i].reach);
	}
}

static void the_most_specific_policy_decides(void **state)
{
	struct bench *b = *state;
	const struct reference *ref = casebook_reference(b->cb);
	struct policy_facts f = { PROCEDURE_COORDINATION, CLOCK_FIRST_RESPONSE, REACH_OFFICE, NULL, "aeo", "normal", "portal", casebook_now(b->cb) };

	assert_string_equal(reference_policy_for(ref, &f)->code, "first_response_aeo");
	f.tier = "regular";
	assert_string_equal(reference_policy_for(ref, &f)->code, "first_response");
	f.clock = CLOCK_RESOLUTION;
	f.reach = REACH_DISTRICT;
	assert_string_equal(reference_policy_for(ref, &f)->code, "resolution_district");
	f.clock = CLOCK_CALL_BACK;
	assert_null(reference_policy_for(ref, &f)); /* a coordination promises no call-back */
}

static void greetings_are_told_from_problems(void **state)
{
	const struct reference *ref = casebook_reference(((struct bench *)*state)->cb);

	assert_true(reference_is_greeting(ref, "您好！"));
	assert_true(reference_is_greeting(ref, "  Hello... "));
	assert_true(reference_is_greeting(ref, "。。。"));
	assert_false(reference_is_greeting(ref, "您好, 箱子进不了港"));
}

static void who_may_not_have_it_any_more_loses_what_he_did_not_accept(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);
	const struct reroute r = { "[\"skill\"]", 0 };
	bool done;

	ok(b, casebook_reroute(b->cb, c, &r, &done, &b->err));
	assert_false(done); /* nobody has it */
	assign(b, c, b->officer);
	ok(b, casebook_reroute(b->cb, c, &r, &done, &b->err));
	assert_true(done);
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->coordinator, 0);
	assert_int_equal(c->tried[0], b->officer);
	assert_int_equal(load_of(b, b->officer), 0);
	assert_int_equal(clock_of(c, CLOCK_ACCEPT)->state, CLOCK_STOPPED);
	assert_int_equal(value(b, "select count(*) from ql.journal where event = 'released' and data ->> 'removed_by' = '[\"skill\"]'"), 1);
	assert_int_equal(value(b, "select max(weight) from ql.duty_loads"), 2); /* given is given, though it came back */
}

static void who_works_on_it_keeps_it_and_the_proposal_is_made_once(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);
	const struct reroute skill = { "[\"skill\"]", b->second }, language = { "[\"skill\",\"language\"]", 0 };
	const int32_t version = c->version;
	bool done;

	ok(b, casebook_reroute(b->cb, c, &skill, &done, &b->err));
	assert_true(done);
	ok(b, casebook_reroute(b->cb, c, &skill, &done, &b->err));
	assert_false(done);
	ok(b, casebook_reroute(b->cb, c, &language, &done, &b->err));
	assert_true(done);
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->coordinator, b->officer);
	assert_int_equal(c->version, version + 2);
	assert_int_equal(load_of(b, b->officer), 2);
	assert_int_equal(value(b, "select count(*) from ql.journal where event = 'reroute_proposed'"), 2);
	assert_int_equal(value(b, "select (data ->> 'owner')::int8 from ql.journal where event = 'reroute_proposed' order by version limit 1"), b->second);
	assert_int_equal(value(b, "select count(*) from ql.cases where why ->> 'level' = 'office' and json_array_length(why -> 'reroute') = 2"), 1);
}

static void a_class_that_turned_moves_the_tier_and_no_promise(void **state)
{
	struct bench *b = *state;
	struct case_file *c = open_case(b, PROCEDURE_COORDINATION);
	const ql_time promised = c->promise_at, first = clock_of(c, CLOCK_FIRST_RESPONSE)->due_at;

	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_retier(b->cb, c, "regular", &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	assert_int_equal(c->promise_at, promised);
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->due_at, first); /* that of an advanced certified enterprise */
	assert_int_equal(value(b, "select count(*) from ql.cases where tier = 'regular' and version = 2"), 1);
	assert_int_equal(value(b, "select count(*) from ql.journal where event = 'tier_changed' and data ->> 'from' = 'aeo' and data ->> 'to' = 'regular'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(opening_starts_the_promises), BENCH_TEST(capacity_is_taken_once_and_given_back_on_closing), BENCH_TEST(asking_pauses_the_resolution_and_the_answer_resumes_it),
		BENCH_TEST(reopening_restores_the_old_clock_and_finds_an_officer_anew), BENCH_TEST(who_did_not_accept_is_remembered),
		BENCH_TEST(what_the_lifecycle_forbids_is_refused_and_changes_nothing), BENCH_TEST(a_version_that_moved_makes_the_unit_roll_back),
		BENCH_TEST(merging_leaves_an_alias_and_ends_every_clock), BENCH_TEST(a_call_back_counts_its_attempts), BENCH_TEST(a_threshold_fires_once),
		BENCH_TEST(the_chain_holds_over_a_whole_life), BENCH_TEST(the_journal_can_only_grow), BENCH_TEST(cases_begin_where_their_coordinator_is),
		BENCH_TEST(the_most_specific_policy_decides), BENCH_TEST(greetings_are_told_from_problems),
		BENCH_TEST(who_may_not_have_it_any_more_loses_what_he_did_not_accept), BENCH_TEST(who_works_on_it_keeps_it_and_the_proposal_is_made_once),
		BENCH_TEST(a_class_that_turned_moves_the_tier_and_no_promise),
	};

	return bench_is_there() ? cmocka_run_group_tests_name("casebook on PostgreSQL", tests, NULL, NULL) : 0;
}
