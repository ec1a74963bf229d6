/* link: services/relay/ledger.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/err.h"
#include "relay/ledger.h"

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct ledger));
	return *state == NULL;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* A transaction of n records that ends at lsn; its tag. */
static uint64_t add(struct ledger *l, int n, uint64_t lsn)
{
	uint64_t tag;

	ledger_begin(l);
	tag = ledger_newest(l);
	for (int i = 0; i < n; i++)
		ledger_sent(l);
	ledger_end(l, lsn);
	return tag;
}

static void holds_until_every_record_has_arrived(void **state)
{
	struct ledger *l = *state;
	uint64_t tag = add(l, 2, 100);

	assert_int_equal(l->confirmed, 0);
	ledger_delivered(l, tag, true);
	assert_int_equal(l->confirmed, 0);
	assert_int_equal(l->pending, 1);
	ledger_delivered(l, tag, true);
	assert_int_equal(l->confirmed, 100);
	assert_true(ledger_idle(l));
}

static void holds_behind_an_earlier_transaction(void **state)
{
	struct ledger *l = *state;
	uint64_t first = add(l, 1, 100), second = add(l, 1, 200);

	ledger_delivered(l, second, true);
	assert_int_equal(l->confirmed, 0);
	ledger_delivered(l, first, true);
	assert_int_equal(l->confirmed, 200);
}

static void holds_while_the_transaction_is_still_read(void **state)
{
	struct ledger *l = *state;

	ledger_begin(l);
	ledger_sent(l);
	ledger_delivered(l, ledger_newest(l), true);
	assert_int_equal(l->confirmed, 0);
	ledger_seen(l, 500);
	assert_int_equal(l->confirmed, 0);
	assert_true(ledger_inside(l));
	ledger_end(l, 100);
	assert_int_equal(l->confirmed, 100);
}

static void an_empty_transaction_is_done_at_its_end(void **state)
{
	struct ledger *l = *state;

	add(l, 0, 70);
	assert_int_equal(l->confirmed, 70);
}

static void a_refusal_stops_all_movement(void **state)
{
	struct ledger *l = *state;
	uint64_t first = add(l, 1, 100), second = add(l, 1, 200);

	ledger_delivered(l, first, false);
	ledger_delivered(l, second, true);
	ledger_seen(l, 900);
	assert_true(l->failed);
	assert_int_equal(l->confirmed, 0);
}

static void late_reports_of_a_stream_given_up_change_nothing(void **state)
{
	struct ledger *l = *state;
	uint64_t old = add(l, 1, 100), fresh;

	ledger_restart(l, 50);
	fresh = add(l, 1, 100);
	ledger_delivered(l, old, false);
	assert_false(l->failed);
	assert_int_equal(l->confirmed, 50);
	assert_int_equal(l->pending, 1);
	ledger_delivered(l, fresh, true);
	assert_int_equal(l->confirmed, 100);
}

static void an_idle_stream_follows_the_server_and_never_goes_back(void **state)
{
	struct ledger *l = *state;
	uint64_t tag;

	ledger_restart(l, 300);
	ledger_seen(l, 200);
	assert_int_equal(l->confirmed, 300);
	ledger_seen(l, 400);
	assert_int_equal(l->confirmed, 400);
	tag = add(l, 1, 500);
	ledger_seen(l, 600);
	assert_int_equal(l->confirmed, 400);
	ledger_delivered(l, tag, true);
	assert_int_equal(l->confirmed, 500);
}

static void is_full_at_its_bound_and_reuses_its_places(void **state)
{
	struct ledger *l = *state;
	uint64_t tags[LEDGER_TXS];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < LEDGER_TXS; i++) {
			assert_false(ledger_full(l));
			tags[i] = add(l, 1, 1000 * (uint64_t)round * LEDGER_TXS + i + 1);
		}
		assert_true(ledger_full(l));
		for (size_t i = LEDGER_TXS; i-- > 0;) /* the oldest arrives last */
			ledger_delivered(l, tags[i], true);
		assert_true(ledger_idle(l));
		assert_int_equal(l->confirmed, 1000 * (uint64_t)round * LEDGER_TXS + LEDGER_TXS);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(holds_until_every_record_has_arrived),
		TEST(holds_behind_an_earlier_transaction),
		TEST(holds_while_the_transaction_is_still_read),
		TEST(an_empty_transaction_is_done_at_its_end),
		TEST(a_refusal_stops_all_movement),
		TEST(late_reports_of_a_stream_given_up_change_nothing),
		TEST(an_idle_stream_follows_the_server_and_never_goes_back),
		TEST(is_full_at_its_bound_and_reuses_its_places),
	};

	return cmocka_run_group_tests_name("relay/ledger", tests, NULL, NULL);
}
