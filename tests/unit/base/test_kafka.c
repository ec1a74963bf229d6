/* test_kafka.c -- consumer and producer against librdkafka's mock cluster, which speaks the real protocol on real sockets. */
#include "wait_until.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kafka.h"
#include "base/log.h"

#define POLL_MS 20
#define BATCH 64

/* --- the broker --- */

static in_port_t wished_port; /* network order; 0: any */

/* The mock cluster takes any port. A test that replaces one cluster by another under the same address decides here: a
 * program's own symbol comes before libc's. */
int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	struct sockaddr_in in;
	const int on = 1;

	memcpy(&in, addr.__sockaddr__, sizeof(in));
	in.sin_port = in.sin_port ? in.sin_port : wished_port;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return (int)syscall(SYS_bind, fd, &in, len);
}

struct broker {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *cluster;
	const char *address;
};

static void broker_start(struct broker *b)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[200];

	assert_int_equal(rd_kafka_conf_set(conf, "log_level", "3", why, sizeof(why)), 0);
	b->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	assert_non_null(b->rk);
	b->cluster = rd_kafka_mock_cluster_new(b->rk, 1);
	assert_non_null(b->cluster);
	b->address = rd_kafka_mock_cluster_bootstraps(b->cluster);
}

static void broker_stop(struct broker *b)
{
	rd_kafka_mock_cluster_destroy(b->cluster);
	rd_kafka_destroy(b->rk);
}

static int setup(void **state)
{
	static struct broker b;

	broker_start(&b);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	broker_stop(*state);
	return 0;
}

static void create(struct broker *b, const char *topic, int partitions)
{
	assert_int_equal(rd_kafka_mock_topic_create(b->cluster, topic, partitions, 1), 0);
}

/* --- producing --- */

struct reports { int ok, failed; uint64_t sum; };

static void on_report(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	struct reports *r = ctx;

	(void)why;
	r->sum += tag;
	if (rc == QL_OK)
		r->ok++;
	else
		r->failed++;
}

/* Sends n records "0", "1" ... with the key, and waits until all are acknowledged. */
static void produce_from(const char *brokers, const char *topic, const char *key, int first, int n)
{
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;
	char text[16];

	assert_int_equal(ql_producer_open(&p, brokers, "feeder", on_report, &r, &err), QL_OK);
	for (int i = first; i < first + n; i++) {
		enum ql_rc rc;

		snprintf(text, sizeof(text), "%d", i);
		while ((rc = ql_producer_send(p, topic, key, strlen(key), text, strlen(text), NULL, 0, 1, &err)) == QL_RETRY)
			ql_producer_poll(p, POLL_MS);
		assert_int_equal(rc, QL_OK);
	}
	assert_int_equal(ql_producer_flush(p, 20000, &err), QL_OK);
	assert_int_equal(r.ok, n);
	ql_producer_close(p, 0);
}

static void produce(struct broker *b, const char *topic, const char *key, int n)
{
	produce_from(b->address, topic, key, 0, n);
}

/* --- consuming --- */

#define PARTS 4

struct reader {
	struct ql_consumer *c;
	struct ql_consumer_conf conf;
	int64_t start[PARTS];     /* what start_at answers */
	int64_t next[PARTS];      /* offset after the last one seen */
	int asked, refuse, revoked, messages, gaps;
	char cluster[64];
	int values[PARTS];        /* the last value seen, as a number */
};

static enum ql_rc start_at(void *ctx, const char *cluster, const char *topic, int32_t partition, int64_t *offset, struct ql_err *err)
{
	struct reader *r = ctx;

	assert_true(partition >= 0 && partition < PARTS);
	assert_string_not_equal(cluster, "");
	assert_string_not_equal(topic, "");
	r->asked++;
	if (r->refuse > 0) {
		r->refuse--;
		return ql_fail(err, QL_RETRY, "the store is away");
	}
	if (strcmp(r->cluster, cluster) != 0)
		for (int i = 0; i < PARTS && r->cluster[0] != '\0'; i++)
			r->start[i] = RD_KAFKA_OFFSET_BEGINNING;
	snprintf(r->cluster, sizeof(r->cluster), "%s", cluster);
	*offset = r->start[partition];
	r->next[partition] = -1;
	return QL_OK;
}

static void on_revoked(void *ctx)
{
	((struct reader *)ctx)->revoked++;
}

static const char *const TOPIC[] = { "calls", NULL };

static void reader_open(struct reader *r, const char *brokers, const char *group, bool broadcast)
{
	struct ql_err err;

	memset(r, 0, sizeof(*r));
	for (int i = 0; i < PARTS; i++)
		r->start[i] = RD_KAFKA_OFFSET_BEGINNING;
	r->conf = (struct ql_consumer_conf){
		.brokers = brokers, .group = group, .client_id = group, .topics = TOPIC,
		.start_at = start_at, .revoked = on_revoked, .ctx = r, .broadcast = broadcast,
	};
	assert_int_equal(ql_consumer_open(&r->c, &r->conf, &err), QL_OK);
}

static void see(struct reader *r, const rd_kafka_message_t *msg)
{
	char text[16] = "";

	if (r->next[msg->partition] >= 0 && msg->offset != r->next[msg->partition])
		r->gaps++;
	r->next[msg->partition] = msg->offset + 1;
	memcpy(text, msg->payload, msg->len < 15 ? msg->len : 15);
	r->values[msg->partition] = atoi(text);
	r->messages++;
}

static enum ql_rc step(struct reader *r)
{
	rd_kafka_message_t *msgs[BATCH];
	struct ql_err err = {0};
	size_t got = 0;
	enum ql_rc rc = ql_consumer_poll(r->c, msgs, BATCH, POLL_MS, &got, &err);

	assert_true(rc == QL_OK || (rc == QL_RETRY && got == 0));
	for (size_t i = 0; i < got; i++) {
		see(r, msgs[i]);
		rd_kafka_message_destroy(msgs[i]);
	}
	return rc;
}

/* --- tests --- */

/* What the broker holds for partition 0 of a group. */
static int64_t committed(struct broker *b, const char *group, const char *topic)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	char why[256];
	rd_kafka_t *rk;
	int64_t offset;

	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", b->address, why, sizeof(why)), RD_KAFKA_CONF_OK);
	assert_int_equal(rd_kafka_conf_set(conf, "group.id", group, why, sizeof(why)), RD_KAFKA_CONF_OK);
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	assert_non_null(rk);
	rd_kafka_topic_partition_list_add(list, topic, 0);
	assert_int_equal(rd_kafka_committed(rk, list, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
	offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
	return offset;
}

static void reads_from_where_it_is_told(void **state)
{
	struct broker *b = *state;
	struct reader r;

	create(b, "calls", 1);
	produce(b, "calls", "k", 100);
	reader_open(&r, b->address, "g-start", false);
	assert_int_equal(ql_consumer_lag(r.c), -1);
	r.start[0] = 40;
	wait_until((step(&r), r.messages == 60));
	assert_int_equal(r.next[0], 100);
	assert_int_equal(r.gaps, 0);
	assert_int_equal(r.values[0], 99);
	assert_true(ql_consumer_ready(r.c));
	assert_string_equal(ql_consumer_cluster(r.c), r.cluster);
	wait_until((step(&r), ql_consumer_lag(r.c) == 0));
	ql_consumer_commit(r.c, "calls", 0, 60);
	ql_consumer_commit(r.c, "calls", 0, 100);
	ql_consumer_close(r.c);
	assert_int_equal(committed(b, "g-start", "calls"), 100);
}

static void starts_at_the_end_when_asked(void **state)
{
	struct broker *b = *state;
	struct reader r;

	create(b, "calls", 1);
	produce(b, "calls", "k", 10);
	reader_open(&r, b->address, "g-end", true);
	r.start[0] = RD_KAFKA_OFFSET_END;
	wait_until((step(&r), ql_consumer_ready(r.c)));
	produce_from(b->address, "calls", "k", 10, 5);
	wait_until((step(&r), r.messages >= 5));
	assert_int_equal(r.messages, 5);
	assert_int_equal(r.values[0], 14);
	ql_consumer_close(r.c);
}

static void polls_again_until_the_start_is_known(void **state)
{
	struct broker *b = *state;
	struct reader r;
	int refused = 0;

	create(b, "calls", 1);
	produce(b, "calls", "k", 10);
	reader_open(&r, b->address, "g-refuse", true);
	r.refuse = 3;
	wait_until((refused += step(&r) == QL_RETRY, r.messages == 10));
	assert_int_equal(refused, 3);
	assert_int_equal(r.asked, 4);
	ql_consumer_close(r.c);
}

/* The old assignment goes on fetching meanwhile: poll must neither spin on it nor hand any of it out. */
static void hands_out_nothing_while_the_start_is_unknown(void **state)
{
	struct broker *b = *state;
	struct reader r;
	struct ql_err err;
	int before;

	create(b, "calls", 1);
	produce(b, "calls", "k", 2000);
	reader_open(&r, b->address, "g-unknown", true);
	wait_until((step(&r), r.messages >= 200));
	before = r.messages;
	r.start[0] = r.next[0];
	r.refuse = 50;
	assert_int_equal(ql_consumer_rewind(r.c, &err), QL_RETRY);
	while (r.refuse > 0) {
		assert_int_equal(step(&r), QL_RETRY);
		assert_int_equal(r.messages, before);
	}
	r.next[0] = r.start[0];
	wait_until((step(&r), r.messages == 2000));
	assert_int_equal(r.gaps, 0);
	ql_consumer_close(r.c);
}

/* Many times at random places, because a message left over from before the rewind would show as a gap. */
static void rewinds_without_a_gap(void **state)
{
	struct broker *b = *state;
	struct reader r;
	struct ql_err err;

	create(b, "calls", 3);
	for (int i = 0; i < 30; i++)
		produce_from(b->address, "calls", (char[]){ 'a' + (char)i, 0 }, 0, 40);
	reader_open(&r, b->address, "g-rewind", true);
	for (int round = 0; round < 40; round++) {
		int before = r.messages;

		wait_until((step(&r), r.messages > before + round));
		for (int i = 0; i < 3; i++)
			r.start[i] = r.next[i] > 0 ? r.next[i] * ((round + i) % 4) / 4 : 0;
		assert_int_equal(ql_consumer_rewind(r.c, &err), QL_OK);
	}
	wait_until((step(&r), r.next[0] + r.next[1] + r.next[2] == 1200));
	assert_int_equal(r.gaps, 0);
	ql_consumer_close(r.c);
}

static void shares_the_partitions_of_a_group(void **state)
{
	struct broker *b = *state;
	struct reader one, two;
	struct ql_err err;
	int before;

	create(b, "calls", PARTS);
	for (int i = 0; i < 20; i++)
		produce_from(b->address, "calls", (char[]){ 'a' + (char)i, 0 }, 0, 5);
	reader_open(&one, b->address, "g-share", false);
	wait_until((step(&one), one.messages == 100));
	assert_int_equal(ql_consumer_rewind(one.c, &err), QL_OK);
	wait_until((step(&one), one.messages == 200));
	assert_int_equal(one.gaps, 0);
	reader_open(&two, b->address, "g-share", false);
	wait_until((step(&one), step(&two), one.revoked > 0 && ql_consumer_ready(one.c) && ql_consumer_ready(two.c)));
	assert_true(two.asked >= 2);
	before = one.asked;
	ql_consumer_close(two.c);
	wait_until((step(&one), one.asked >= before + PARTS && ql_consumer_ready(one.c)));
	ql_consumer_close(one.c);
}

static void outlives_a_broker_that_is_away(void **state)
{
	struct broker *b = *state;
	struct reader r;

	create(b, "calls", 1);
	produce(b, "calls", "k", 10);
	reader_open(&r, b->address, "g-away", true);
	wait_until((step(&r), r.messages == 10));
	rd_kafka_mock_broker_set_down(b->cluster, -1);
	wait_until((step(&r), !ql_consumer_ready(r.c)));
	assert_int_equal(r.messages, 10);
	rd_kafka_mock_broker_set_up(b->cluster, -1);
	wait_until((step(&r), ql_consumer_ready(r.c)));
	produce_from(b->address, "calls", "k", 10, 10);
	wait_until((step(&r), r.messages == 20));
	assert_int_equal(r.gaps, 0);
	ql_consumer_close(r.c);
}

/* The new log already holds more than our position in the old one, so that position alone would not give it away. */
static void starts_anew_on_another_cluster(struct broker *b, bool broadcast)
{
	struct broker other;
	struct reader r;
	int told = 0;

	create(b, "calls", 1);
	produce(b, "calls", "old", 50);
	reader_open(&r, b->address, "g-other", broadcast);
	wait_until((step(&r), r.messages == 50));
	rd_kafka_mock_broker_set_down(b->cluster, -1);
	wait_until((step(&r), !ql_consumer_ready(r.c)));
	wished_port = htons((in_port_t)atoi(strchr(b->address, ':') + 1));
	broker_start(&other);
	assert_string_equal(other.address, b->address);
	create(&other, "calls", 1);
	produce(&other, "calls", "new", 200);
	wait_until((told += step(&r) == QL_RETRY, r.messages == 250));
	assert_int_equal(told, 1);
	assert_int_equal(r.gaps, 0);
	assert_int_equal(r.values[0], 199);
	assert_string_equal(ql_consumer_cluster(r.c), r.cluster);
	ql_consumer_close(r.c);
	broker_stop(&other);
	wished_port = 0;
}

static void a_group_starts_anew_on_another_cluster(void **state)
{
	starts_anew_on_another_cluster(*state, false);
}

static void a_broadcast_starts_anew_on_another_cluster(void **state)
{
	starts_anew_on_another_cluster(*state, true);
}

static void waits_for_a_broker_that_never_came(void **state)
{
	struct reader r;
	rd_kafka_message_t *msgs[1];
	struct ql_err err;
	size_t got;

	(void)state;
	reader_open(&r, "127.0.0.1:1", "g-never", true);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ql_consumer_poll(r.c, msgs, 1, POLL_MS, &got, &err), QL_OK);
	assert_false(ql_consumer_ready(r.c));
	assert_string_equal(ql_consumer_cluster(r.c), "");
	ql_consumer_close(r.c);
}

static void reads_every_partition_in_broadcast(void **state)
{
	struct broker *b = *state;
	struct reader one, two;

	create(b, "calls", PARTS);
	rd_kafka_mock_topic_set_error(b->cluster, "calls", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	reader_open(&one, b->address, "gw-1", true);
	reader_open(&two, b->address, "gw-2", true);
	wait_until((step(&one), ql_consumer_cluster(one.c)[0] != '\0'));
	assert_false(ql_consumer_ready(one.c)); /* the topic does not exist yet */
	rd_kafka_mock_topic_set_error(b->cluster, "calls", RD_KAFKA_RESP_ERR_NO_ERROR);
	wait_until((step(&one), step(&two), ql_consumer_ready(one.c) && ql_consumer_ready(two.c)));
	for (int i = 0; i < 20; i++)
		produce_from(b->address, "calls", (char[]){ 'a' + (char)i, 0 }, 0, 5);
	wait_until((step(&one), step(&two), one.messages == 100 && two.messages == 100));
	assert_int_equal(one.gaps + two.gaps, 0);
	ql_consumer_close(one.c);
	ql_consumer_close(two.c);
}

static void reports_each_delivery_with_its_tag(void **state)
{
	struct broker *b = *state;
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;

	create(b, "calls", 2);
	assert_int_equal(ql_producer_open(&p, b->address, "teller", on_report, &r, &err), QL_OK);
	for (uint64_t tag = 1; tag <= 100; tag++)
		assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, tag, &err), QL_OK);
	assert_true(ql_producer_pending(p) > 0);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 100));
	assert_int_equal(r.sum, 5050);
	assert_int_equal(ql_producer_pending(p), 0);
	wait_until((ql_producer_poll(p, POLL_MS), ql_producer_ready(p)));
	ql_producer_close(p, 1000);
}

static void says_so_when_its_queue_is_full(void **state)
{
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;
	enum ql_rc rc = QL_OK;
	int sent = 0;

	(void)state;
	assert_int_equal(ql_producer_open(&p, "127.0.0.1:1", "stuffer", on_report, &r, &err), QL_OK);
	for (; rc == QL_OK && sent < 1000000; sent++)
		rc = ql_producer_send(p, "calls", NULL, 0, "v", 1, NULL, 0, 1, &err);
	assert_int_equal(rc, QL_RETRY);
	assert_int_equal(ql_producer_pending(p), sent - 1);
	assert_int_equal(ql_producer_flush(p, 10, &err), QL_RETRY);
	assert_false(ql_producer_ready(p));
	ql_producer_close(p, 0);
	assert_int_equal(r.failed, sent - 1); /* none is forgotten */
}

static void refuses_what_no_broker_takes(void **state)
{
	struct broker *b = *state;
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;
	char *big = calloc(1, 13 << 20);

	create(b, "calls", 1);
	assert_int_equal(ql_producer_open(&p, b->address, "big", on_report, &r, &err), QL_OK);
	assert_int_equal(ql_producer_send(p, "calls", "k", 1, big, 13 << 20, NULL, 0, 1, &err), QL_REJECT);
	assert_int_equal(ql_producer_send(p, "calls", "k", 1, big, 10 << 20, NULL, 0, 1, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok + r.failed == 1));
	assert_int_equal(r.ok, 1);
	ql_producer_close(p, 0);
	free(big);
}

static void carries_ten_megabytes_and_headers(void **state)
{
	struct broker *b = *state;
	struct ql_producer *p;
	struct reader rd;
	struct reports r = {0};
	struct ql_err err;
	size_t len = 10 << 20, got = 0;
	char *big = calloc(1, len);
	struct ql_header out, headers[] = { { "ce_id", "a", 1 }, { "ce_id", "bc", 2 }, { "empty", "", 0 } };
	rd_kafka_message_t *msg = NULL;

	create(b, "calls", 1);
	assert_int_equal(ql_producer_open(&p, b->address, "big", on_report, &r, &err), QL_OK);
	assert_int_equal(ql_producer_send(p, "calls", "key", 3, big, len, headers, QL_LEN(headers), 1, &err), QL_OK);
	assert_int_equal(ql_producer_flush(p, 20000, &err), QL_OK);
	reader_open(&rd, b->address, "g-big", true);
	wait_until(ql_consumer_poll(rd.c, &msg, 1, POLL_MS, &got, &err) == QL_OK && got == 1);
	assert_int_equal(msg->len, len);
	assert_memory_equal(msg->key, "key", 3);
	assert_true(ql_message_header(msg, "ce_id", &out));
	assert_int_equal(out.len, 2);
	assert_memory_equal(out.value, "bc", 2);
	assert_true(ql_message_header(msg, "empty", &out));
	assert_int_equal(out.len, 0);
	assert_false(ql_message_header(msg, "absent", &out));
	rd_kafka_message_destroy(msg);
	ql_consumer_close(rd.c);
	ql_producer_close(p, 0);
	free(big);
}

static void producer_outlives_a_broker_that_is_away(void **state)
{
	struct broker *b = *state;
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;

	create(b, "calls", 1);
	assert_int_equal(ql_producer_open(&p, b->address, "stayer", on_report, &r, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), ql_producer_ready(p)));
	rd_kafka_mock_broker_set_down(b->cluster, -1);
	wait_until((ql_producer_poll(p, POLL_MS), !ql_producer_ready(p)));
	for (int i = 0; i < 10; i++)
		assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err), QL_OK);
	ql_producer_poll(p, POLL_MS);
	assert_int_equal(r.ok + r.failed, 0);
	rd_kafka_mock_broker_set_up(b->cluster, -1);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 10));
	wait_until((ql_producer_poll(p, POLL_MS), ql_producer_ready(p)));
	ql_producer_close(p, 0);
}

static void producer_goes_on_with_another_cluster(void **state)
{
	struct broker *b = *state, other;
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;

	create(b, "calls", 1);
	assert_int_equal(ql_producer_open(&p, b->address, "mover", on_report, &r, &err), QL_OK);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 10));
	rd_kafka_mock_broker_set_down(b->cluster, -1);
	wait_until((ql_producer_poll(p, POLL_MS), !ql_producer_ready(p)));
	wished_port = htons((in_port_t)atoi(strchr(b->address, ':') + 1));
	broker_start(&other);
	create(&other, "calls", 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 20));
	assert_int_equal(r.failed, 0);
	ql_producer_close(p, 0);
	broker_stop(&other);
	wished_port = 0;
}

static void renews_itself_after_a_fatal_error(void **state)
{
	struct broker *b = *state;
	struct ql_producer *p;
	struct reports r = {0};
	struct ql_err err;

	create(b, "calls", 1);
	assert_int_equal(ql_producer_open(&p, b->address, "phoenix", on_report, &r, &err), QL_OK);
	assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 1));
	rd_kafka_mock_push_request_errors(b->cluster, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
	assert_int_equal(ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err), QL_OK);
	wait_until((ql_producer_poll(p, POLL_MS), r.failed == 1));
	wait_until((ql_producer_poll(p, POLL_MS), ql_producer_send(p, "calls", "k", 1, "v", 1, NULL, 0, 1, &err) == QL_OK));
	wait_until((ql_producer_poll(p, POLL_MS), r.ok == 2));
	ql_producer_close(p, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_from_where_it_is_told),
		T(starts_at_the_end_when_asked),
		T(polls_again_until_the_start_is_known),
		T(hands_out_nothing_while_the_start_is_unknown),
		T(rewinds_without_a_gap),
		T(shares_the_partitions_of_a_group),
		T(outlives_a_broker_that_is_away),
		T(a_group_starts_anew_on_another_cluster),
		T(a_broadcast_starts_anew_on_another_cluster),
		T(waits_for_a_broker_that_never_came),
		T(reads_every_partition_in_broadcast),
		T(reports_each_delivery_with_its_tag),
		T(says_so_when_its_queue_is_full),
		T(refuses_what_no_broker_takes),
		T(carries_ten_megabytes_and_headers),
		T(producer_outlives_a_broker_that_is_away),
		T(producer_goes_on_with_another_cluster),
		T(renews_itself_after_a_fatal_error),
	};

	ql_log_open("test");
	return cmocka_run_group_tests_name("base/kafka", tests, NULL, NULL);
}
