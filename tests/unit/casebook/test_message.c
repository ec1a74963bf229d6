/* test_message.c -- words that travel: held, taken back, delivered, lost; and what hangs on each. */
#include "bench.h"

#define SECONDS 10
static const struct words PUBLIC = { "请补箱单", "public", NULL, "zh", 0 };

/* A case at work whose officer's words can be taken back for some seconds. */
static struct case_file *held(struct bench *b)
{
	struct case_file *c = working(b);

	undo_within(b, SECONDS);
	return c;
}

static int32_t reply(struct bench *b, struct case_file *c)
{
	const struct actor me = officer(b);

	ok(b, casebook_reply(b->cb, c, &me, &PUBLIC, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	return c->version;
}

static int32_t ask(struct bench *b, struct case_file *c)
{
	const struct actor me = officer(b);

	ok(b, casebook_ask(b->cb, c, &me, &PUBLIC, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	return c->version;
}

static int32_t answer(struct bench *b, struct case_file *c, bool close)
{
	const struct actor me = officer(b);

	ok(b, casebook_answer(b->cb, c, &me, &PUBLIC, b->unit, close, OUTCOME_SOLVED, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	return c->version;
}

/* As if the time to take words back were over. */
static void let_go(struct bench *b)
{
	value(b, "with u as (update ql.messages set held_until = now() - interval '1 s', due_at = now() - interval '1 s' where state = 'queued' returning 1)"
	         " select count(*) from u");
}

static enum ql_rc report(struct bench *b, struct case_file *c, int32_t version, enum delivery what)
{
	enum ql_rc rc = casebook_delivery(b->cb, c, version, 1, what, what == DELIVERY_FAILED ? "user_refused" : NULL, &b->err);

	if (rc == QL_OK)
		ok(b, casebook_flush(b->cb, &b->err));
	return rc;
}

static int64_t in_state(struct bench *b, const char *state)
{
	char sql[120];

	snprintf(sql, sizeof(sql), "select count(*) from ql.messages where state = '%s'", state);
	return value(b, sql);
}

static const char *last_event(struct bench *b)
{
	static char event[64];
	PGresult *res = PQexec(ql_pg_conn(b->pg), "select event from ql.journal where case_id = (select max(id) from ql.cases) order by version desc limit 1");

	snprintf(event, sizeof(event), "%s", ql_col_text(res, 0, 0));
	PQclear(res);
	return event;
}

static void words_wait_before_they_go_out(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	int32_t said = reply(b, c);

	assert_int_equal(in_state(b, "queued"), 1);
	assert_int_equal(report(b, c, said, DELIVERY_DELIVERED), QL_CONFLICT);
	assert_int_equal(report(b, c, said + 1, DELIVERY_DELIVERED), QL_REJECT);
	assert_int_equal(c->version, said);
}

static void a_delivery_is_one_row_however_often_it_is_told(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	int32_t said = reply(b, c);

	let_go(b);
	ok(b, report(b, c, said, DELIVERY_SENT));
	assert_int_equal(c->version, said); /* sending is no change of the case */
	ok(b, report(b, c, said, DELIVERY_DELIVERED));
	assert_int_equal(c->version, said + 1);
	assert_string_equal(last_event(b), "delivered");
	for (enum delivery again = DELIVERY_SENT; again <= DELIVERY_WINDOW_CLOSED; again++)
		ok(b, report(b, c, said, again));
	assert_int_equal(c->version, said + 1);
	assert_int_equal(in_state(b, "delivered"), 1);
}

static void the_pause_begins_when_the_question_has_arrived(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	int32_t asked = ask(b, c);

	assert_int_equal(c->state, CASE_WAITING_ENTERPRISE);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	let_go(b);
	ok(b, report(b, c, asked, DELIVERY_DELIVERED));
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_PAUSED);
}

static void a_question_that_does_not_arrive_comes_back(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	int32_t asked = ask(b, c);

	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_MET);
	let_go(b);
	ok(b, report(b, c, asked, DELIVERY_WINDOW_CLOSED));
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->coordinator, b->officer);
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_RUNNING); /* nobody was answered */
	assert_string_equal(last_event(b), "undelivered");
}

static void an_older_question_pauses_nothing(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	const struct actor me = officer(b);
	int32_t first = ask(b, c), second;

	ok(b, casebook_resume(b->cb, c, &me, "已电话说明", &b->err));
	second = ask(b, c);
	let_go(b);
	ok(b, report(b, c, first, DELIVERY_DELIVERED));
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	ok(b, report(b, c, second, DELIVERY_DELIVERED));
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_PAUSED);
}

static void the_time_for_objections_begins_when_the_answer_has_arrived(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	int32_t said = answer(b, c, false);

	assert_int_equal(c->state, CASE_ANSWERED);
	assert_null(clock_of(c, CLOCK_CONFIRMATION));
	let_go(b);
	ok(b, report(b, c, said, DELIVERY_DELIVERED));
	assert_int_equal(clock_of(c, CLOCK_CONFIRMATION)->state, CLOCK_RUNNING);
}

static void an_answer_that_does_not_arrive_goes_back(void **state)
{
	struct bench *b = *state;

	for (int close = 0; close <= 1; close++) {
		struct case_file *c = held(b);
		const ql_time promised = c->promise_at;
		int32_t said = answer(b, c, close);

		let_go(b);
		ok(b, report(b, c, said, DELIVERY_FAILED));
		assert_int_equal(c->state, CASE_RECEIVED);
		assert_int_equal(c->coordinator, 0);
		assert_int_equal(c->first_asked, b->officer);
		assert_int_equal(c->cycle, 2);
		assert_string_equal(c->outcome, "");
		assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
		assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->due_at, promised);
	}
}

static void taken_back_nothing_was_kept_and_nothing_is_forgiven(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	const struct actor me = officer(b), other = { .role = ROLE_COORDINATOR, .id = b->second };
	const ql_time due = clock_of(c, CLOCK_FIRST_RESPONSE)->due_at;
	int32_t said = reply(b, c);

	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_MET);
	assert_int_equal(casebook_undo(b->cb, c, &other, said, &b->err), QL_CONFLICT);
	ok(b, casebook_undo(b->cb, c, &me, said, &b->err));
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_RUNNING);
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->due_at, due);
	assert_int_equal(casebook_undo(b->cb, c, &me, said, &b->err), QL_CONFLICT);
	ok(b, casebook_flush(b->cb, &b->err));
	assert_string_equal(last_event(b), "withdrawn");
	let_go(b);
	ok(b, report(b, c, said, DELIVERY_DELIVERED)); /* whatever is learned later */
	assert_int_equal(in_state(b, "withdrawn"), 1);
}

static void the_words_behind_them_kept_the_promise(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	const struct actor me = officer(b);
	int32_t first = reply(b, c);

	reply(b, c);
	ok(b, casebook_undo(b->cb, c, &me, first, &b->err));
	assert_int_equal(clock_of(c, CLOCK_FIRST_RESPONSE)->state, CLOCK_MET);
}

static void a_question_taken_back_is_the_officers_turn(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	const struct actor me = officer(b);
	int32_t asked = ask(b, c);

	assert_int_equal(c->held_state, CASE_WORKING); /* outsiders are not shown that anything happened */
	ok(b, casebook_undo(b->cb, c, &me, asked, &b->err));
	assert_int_equal(c->state, CASE_WORKING);
	assert_int_equal(c->held_state, CASE_NONE);
}

static void an_answer_taken_back_is_at_work_again_if_there_is_room(void **state)
{
	struct bench *b = *state;
	const struct actor me = officer(b);
	struct case_file *c = held(b);
	struct take other = { .coordinator = b->officer, .weight = 1 };
	int32_t said = answer(b, c, true);

	assert_int_equal(load_of(b, b->officer), 0);
	ok(b, casebook_undo(b->cb, c, &me, said, &b->err));
	assert_int_equal(c->state, CASE_WORKING);
	assert_string_equal(c->outcome, "");
	assert_int_equal(clock_of(c, CLOCK_RESOLUTION)->state, CLOCK_RUNNING);
	assert_int_equal(load_of(b, b->officer), 2);

	said = answer(b, c, false);
	ok(b, casebook_take(b->cb, &other, 1, &b->err)); /* somebody else's case came in between */
	ok(b, casebook_undo(b->cb, c, &me, said, &b->err));
	assert_int_equal(c->state, CASE_RECEIVED);
	assert_int_equal(c->coordinator, 0);
	assert_int_equal(c->first_asked, b->officer);
	assert_int_equal(load_of(b, b->officer), 1);
}

/* As if the clock had come to its end long ago. */
static void run_out(struct bench *b, struct case_file *c, enum clock_kind kind)
{
	struct case_clock *k = (struct case_clock *)(uintptr_t)clock_of(c, kind);

	k->started_at = k->segment[0].from -= 400LL * 24 * 3600 * QL_SECOND;
	k->due_at = casebook_now(b->cb) - 1;
}

static void silence_closes_only_what_was_announced_and_arrived(void **state)
{
	struct bench *b = *state;
	struct case_file *c = held(b);
	bool closed;
	int32_t said;

	snprintf(c->channel, sizeof(c->channel), "wechat");
	said = answer(b, c, false);
	let_go(b);
	ok(b, report(b, c, said, DELIVERY_DELIVERED));
	ok(b, casebook_close_silent(b->cb, c, &closed, &b->err));
	assert_false(closed);
	ok(b, casebook_flush(b->cb, &b->err));
	assert_string_equal(last_event(b), "announced");
	said = c->announced;
	ok(b, casebook_close_silent(b->cb, c, &closed, &b->err)); /* said, and still under way */
	assert_false(closed);
	ok(b, casebook_flush(b->cb, &b->err));
	assert_string_equal(last_event(b), "escalated");
	run_out(b, c, CLOCK_CONFIRMATION);
	ok(b, report(b, c, said, DELIVERY_DELIVERED)); /* too late to close by it: the time begins anew */
	assert_int_equal(clock_of(c, CLOCK_CONFIRMATION)->cycle, 2);
	assert_int_equal(clock_of(c, CLOCK_CONFIRMATION)->state, CLOCK_RUNNING);
	ok(b, casebook_close_silent(b->cb, c, &closed, &b->err));
	assert_true(closed);
	assert_string_equal(c->closed_way, "silent");
}

static void an_announcement_that_arrives_in_time_moves_no_clock(void **state)
{
	struct bench *b = *state;
	struct case_file *c = working(b);

	answer(b, c, false);
	ok(b, casebook_announce(b->cb, c, &b->err));
	assert_true(c->announced_at != 0);
	assert_int_equal(clock_of(c, CLOCK_CONFIRMATION)->cycle, 1);
	const int32_t version = c->version;

	ok(b, casebook_announce(b->cb, c, &b->err)); /* once is enough */
	assert_int_equal(c->version, version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(words_wait_before_they_go_out), BENCH_TEST(a_delivery_is_one_row_however_often_it_is_told),
		BENCH_TEST(the_pause_begins_when_the_question_has_arrived), BENCH_TEST(a_question_that_does_not_arrive_comes_back),
		BENCH_TEST(an_older_question_pauses_nothing), BENCH_TEST(the_time_for_objections_begins_when_the_answer_has_arrived),
		BENCH_TEST(an_answer_that_does_not_arrive_goes_back), BENCH_TEST(taken_back_nothing_was_kept_and_nothing_is_forgiven),
		BENCH_TEST(the_words_behind_them_kept_the_promise), BENCH_TEST(a_question_taken_back_is_the_officers_turn),
		BENCH_TEST(an_answer_taken_back_is_at_work_again_if_there_is_room), BENCH_TEST(silence_closes_only_what_was_announced_and_arrived),
		BENCH_TEST(an_announcement_that_arrives_in_time_moves_no_clock),
	};

	return bench_is_there() ? cmocka_run_group_tests_name("casebook: outgoing messages", tests, NULL, NULL) : 0;
}
