/* link: services/gateway/event.c services/gateway/position.c services/gateway/token.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "gateway/event.h"
#include "gateway/token.h"

#define CLUSTER 77

static struct position start_at(int64_t first, int64_t second)
{
	return (struct position){ .cluster = CLUSTER, .next = { first, second } };
}

static struct event *make(int slot, int64_t offset)
{
	static const int64_t scopes[] = { 5, 1, -17, -18 };
	static const char *const texts[READERS] = { [READ_STAFF] = "staff", [READ_OTHER_UNIT] = "other", [READ_PRINCIPAL] = "principal", [READ_ENTERPRISE] = "enterprise" };
	struct event *e = event_new(slot, offset, scopes, 4, texts);

	assert_non_null(e);
	e->principal = 17;
	return e;
}

static void reads(const struct event *e, int64_t scope, const char *wanted)
{
	size_t len = 0;
	const unsigned char *text = event_text(e, scope, &len);

	if (wanted == NULL) {
		assert_null(text);
		return;
	}
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(text, wanted, len);
}

static void each_reader_reads_its_own_text(void **state)
{
	struct event *e = make(0, 0);

	(void)state;
	reads(e, 5, "staff");
	reads(e, 1, "staff");
	reads(e, 6, NULL);
	reads(e, -17, "principal");
	reads(e, -18, "enterprise");
	reads(e, -5, NULL);
	reads(e, 17, NULL);
	event_free(e);
}

static void what_stays_in_a_unit_is_another_row_to_the_others(void **state)
{
	struct event *e = make(0, 0);

	(void)state;
	e->unit = 5;
	reads(e, 5, "staff");
	reads(e, 1, "other");
	reads(e, 6, NULL);
	reads(e, -17, "principal");
	e->unit = EVENT_SEALED;
	reads(e, 5, "other");
	event_free(e);
}

static void a_text_that_is_not_there_is_nobodys(void **state)
{
	static const int64_t scopes[] = { 5, -17 };
	static const char *const texts[READERS] = { [READ_STAFF] = "staff" };
	struct event *e = event_new(0, 0, scopes, 2, texts);

	(void)state;
	reads(e, 5, "staff");
	reads(e, -17, NULL);
	event_free(e);
}

static void open_ring(struct ring *r, size_t capacity, size_t bytes)
{
	struct position at = start_at(100, 0);

	assert_true(ring_open(r, capacity, bytes));
	ring_restart(r, &at);
}

static void resumes(const struct ring *r, struct position from, int64_t sequence)
{
	uint64_t got;

	if (sequence < 0) {
		assert_false(ring_resume(r, &from, &got));
		return;
	}
	assert_true(ring_resume(r, &from, &got));
	assert_int_equal(got, sequence);
}

static void one_resumes_at_the_first_event_not_seen(void **state)
{
	struct ring r;
	struct position other = start_at(103, 0);

	(void)state;
	open_ring(&r, 8, 1 << 20);
	for (int i = 0; i < 4; i++)
		ring_push(&r, make(0, 100 + i));
	resumes(&r, start_at(100, 0), 0);
	resumes(&r, start_at(102, 0), 2);
	resumes(&r, start_at(104, 0), 4);
	resumes(&r, start_at(110, 3), 4); /* ahead of us: another gateway was faster */
	resumes(&r, start_at(99, 0), -1);
	other.cluster = 78;
	resumes(&r, other, -1);
	other.cluster = 0;
	resumes(&r, other, -1);
	ring_close(&r);
}

static void partitions_may_come_in_any_order(void **state)
{
	struct ring r;

	(void)state;
	open_ring(&r, 8, 1 << 20);
	ring_push(&r, make(1, 0)); /* 0 */
	ring_push(&r, make(0, 100));
	ring_push(&r, make(0, 101));
	ring_push(&r, make(1, 1)); /* 3 */
	resumes(&r, start_at(100, 1), 1);
	resumes(&r, start_at(102, 0), 0); /* told twice of some: versions make that harmless */
	resumes(&r, start_at(102, 1), 3);
	assert_int_equal(r.at.next[0], 102);
	assert_int_equal(r.at.next[1], 2);
	ring_close(&r);
}

static void what_fell_out_cannot_be_resumed(void **state)
{
	struct ring r;

	(void)state;
	open_ring(&r, 3, 1 << 20);
	for (int i = 0; i < 5; i++)
		ring_push(&r, make(0, 100 + i));
	assert_int_equal(r.tail, 2);
	resumes(&r, start_at(101, 0), -1);
	resumes(&r, start_at(102, 0), 2);
	resumes(&r, start_at(104, 0), 4);
	ring_close(&r);
}

static void records_without_events_do_not_count_as_missed(void **state)
{
	struct ring r;
	struct position at = start_at(106, 0);

	(void)state;
	open_ring(&r, 2, 1 << 20);
	ring_push(&r, make(0, 100));
	ring_push(&r, make(0, 103)); /* 101 and 102 were nobody's business */
	ring_advance(&r, &at);
	ring_push(&r, make(0, 106)); /* 100 falls out */
	resumes(&r, start_at(101, 0), 1);
	resumes(&r, start_at(102, 0), 1);
	resumes(&r, start_at(100, 0), -1);
	ring_close(&r);
}

static void the_ring_keeps_to_its_bytes(void **state)
{
	struct event *e = make(0, 99);
	size_t one = e->bytes;
	struct ring r;

	(void)state;
	event_free(e);
	open_ring(&r, 100, 3 * one + one / 2);
	for (int i = 0; i < 10; i++) {
		ring_push(&r, make(0, 100 + i));
		assert_true(r.bytes <= r.max_bytes);
	}
	assert_int_equal(r.head - r.tail, 3);
	assert_int_equal(ring_at(&r, r.tail)->offset, 107);
	ring_close(&r);
}

static void another_cluster_empties_it(void **state)
{
	struct ring r;
	struct position at = { .cluster = 99, .next = { 5 } };

	(void)state;
	open_ring(&r, 8, 1 << 20);
	ring_push(&r, make(0, 100));
	ring_restart(&r, &at);
	assert_int_equal(r.head, r.tail);
	resumes(&r, start_at(101, 0), -1);
	resumes(&r, at, 1);
	ring_close(&r);
}

/* --- tokens --- */

static void a_position_survives_its_token(void **state)
{
	struct position at = { .cluster = UINT64_MAX }, back;
	char token[POSITION_TOKEN];

	(void)state;
	for (int i = 0; i < POSITION_SLOTS; i++)
		at.next[i] = INT64_MAX - i; /* the longest there is */
	position_encode(&at, token);
	assert_true(position_decode(token, &back));
	assert_memory_equal(&at, &back, sizeof(at));
	at = (struct position){ .cluster = 1, .next = { [0] = 127, [7] = 128, [POSITION_CASES] = 1 } };
	position_encode(&at, token);
	assert_true(strlen(token) < 32);
	assert_true(position_decode(token, &back));
	assert_memory_equal(&at, &back, sizeof(at));
}

static void a_token_that_is_none_is_refused(void **state)
{
	static const char *const NOT[] = {
		"", "A", "AQ", "nonsense", "AQAAAAAAAAA", "AgAAAAAAAAAA" /* version 2 */, "AQAAAAAAAAAAAA" /* a slot without its number */,
		"AQAAAAAAAAAAAAA" /* next 0 */, "AQAAAAAAAAAAAQUABQ" /* a slot twice */, "AQAAAAAAAAAAQAE" /* slot 64 */, "AQAAAAAAAAAAAP__________8" /* endless */,
		"AQAAAAAAAAAA=", "AQAAAAAAAAAA AQE", "AQAAAAAAAAAA+/+/",
	};
	struct position at;

	(void)state;
	assert_true(position_decode("AQAAAAAAAAAA", &at)); /* nothing read yet */
	for (size_t i = 0; i < QL_LEN(NOT); i++)
		if (position_decode(NOT[i], &at))
			fail_msg("%s", NOT[i]);
}

static void a_cluster_has_a_number_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(position_cluster(""), 0);
	assert_true(position_cluster("a") != 0);
	assert_true(position_cluster("a") != position_cluster("b"));
	assert_int_equal(position_slot(false, 0), 0);
	assert_int_equal(position_slot(false, POSITION_CASES - 1), POSITION_CASES - 1);
	assert_int_equal(position_slot(false, POSITION_CASES), -1);
	assert_int_equal(position_slot(true, 0), POSITION_CASES);
	assert_int_equal(position_slot(true, POSITION_ROSTER), -1);
	assert_int_equal(position_slot(true, -1), -1);
}

static void a_page_survives_its_token(void **state)
{
	static const char *const NOT[] = { "", "x", "MQ", "MS4", "LjE", "MS4xLjE", "MS4xeA", "eC4x" };
	char token[PAGE_TOKEN];
	ql_time at;
	int64_t id;

	(void)state;
	page_token(253402214400000000 / 10, 261122000000001, token);
	assert_true(page_token_parse(token, &at, &id));
	assert_int_equal(at, 253402214400000000 / 10);
	assert_int_equal(id, 261122000000001);
	page_token(253402214400000000, 261122000000001, token); /* no promise and no need */
	assert_true(page_token_parse(token, &at, &id));
	assert_int_equal(at, 253402214400000000);
	for (size_t i = 0; i < QL_LEN(NOT); i++)
		if (page_token_parse(NOT[i], &at, &id))
			fail_msg("%s", NOT[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reader_reads_its_own_text),
		cmocka_unit_test(what_stays_in_a_unit_is_another_row_to_the_others), cmocka_unit_test(a_text_that_is_not_there_is_nobodys),
		cmocka_unit_test(one_resumes_at_the_first_event_not_seen), cmocka_unit_test(partitions_may_come_in_any_order),
		cmocka_unit_test(what_fell_out_cannot_be_resumed), cmocka_unit_test(records_without_events_do_not_count_as_missed),
		cmocka_unit_test(the_ring_keeps_to_its_bytes), cmocka_unit_test(another_cluster_empties_it), cmocka_unit_test(a_position_survives_its_token),
		cmocka_unit_test(a_token_that_is_none_is_refused), cmocka_unit_test(a_cluster_has_a_number_of_its_own), cmocka_unit_test(a_page_survives_its_token),
	};

	return cmocka_run_group_tests_name("gateway/ring", tests, NULL, NULL);
}
