/* kafka_consumer.c -- reading from positions that our own store keeps.
 *
 * parts holds the partitions we have; the offset of each is the next one to read, or RD_KAFKA_OFFSET_INVALID: start_at must
 * be asked. Nothing is fetched before all were asked (place). */
#include "kafka.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka_link.h"
#include "log.h"
#include "loop.h"

#define VERIFY_MS 500          /* longest wait for a cluster to say who it is */
#define TOPICS_MAX 8
#define FETCH_WAIT_MS "250"
#define TELL_EVERY QL_SECOND   /* how often the group is told how far we are: each time is a request and a record at the broker */
#define LOOK_AGAIN (30 * QL_SECOND) /* broadcast: how often added partitions are looked for */
#define LOOK_SOON QL_SECOND         /* the same while a topic does not exist yet */

struct ql_consumer {
	struct ql_link link;
	struct ql_consumer_conf conf;
	rd_kafka_topic_partition_list_t *parts; /* NULL: nothing assigned (yet) */
	rd_kafka_topic_partition_list_t *done;  /* what the group was not told yet; NULL: nothing */
	ql_time told_at;
	bool placed, closing;
	unsigned revocations;
	char placed_in[LINK_CLUSTER_MAX]; /* the cluster that the positions belong to */
	rd_kafka_resp_err_t last_error;
	rd_kafka_topic_t *topics[TOPICS_MAX]; /* broadcast only */
	size_t n_topics;
	ql_time look_at;
};

static void forget_done(struct ql_consumer *c)
{
	if (c->done != NULL)
		rd_kafka_topic_partition_list_destroy(c->done);
	c->done = NULL;
}

static void forget_parts(struct ql_consumer *c)
{
	if (c->parts != NULL)
		rd_kafka_topic_partition_list_destroy(c->parts);
	c->parts = NULL;
	c->placed = false;
	forget_done(c); /* whoever has them now is further */
}

static void tell_group(struct ql_consumer *c)
{
	if (c->done == NULL)
		return;
	rd_kafka_commit(c->link.rk, c->done, 1);
	forget_done(c);
	c->told_at = ql_monotonic();
}

/* Inside poll. Only notes what came: places are asked for in poll itself, where failing is possible. */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *parts, void *opaque)
{
	struct ql_consumer *c = opaque;

	forget_parts(c);
	if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		c->parts = rd_kafka_topic_partition_list_copy(parts);
		for (int i = 0; i < parts->cnt; i++)
			c->parts->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
	} else {
		c->revocations++;
		rd_kafka_assign(rk, NULL);
		if (c->conf.revoked != NULL && !c->closing)
			c->conf.revoked(c->conf.ctx);
	}
	if (!c->closing)
		ql_log(QL_INFO, c->parts ? "partitions_assigned" : "partitions_revoked", "client=%s count=%d", c->link.client, parts->cnt);
	rd_kafka_yield(rk);
}

/* fetch.wait.max.ms: see kafka.h.
 * queued.max.messages.kbytes: over it librdkafka looks again only after a second, so this is also the most that can be
 * read in a second (2 MB: some 9,500 records of 300 bytes). The byte limits keep a service small; a record larger than
 * fetch.message.max.bytes still comes, alone, up to receive.message.max.bytes. */
static enum ql_rc open_handle(struct ql_consumer *c, struct ql_err *err)
{
	const char *wait = getenv("QL_KAFKA_FETCH_WAIT_MS");
	const struct ql_setting settings[] = {
		{ "bootstrap.servers", c->conf.brokers },
		{ "client.id", c->conf.client_id },
		{ "group.id", c->conf.broadcast ? c->conf.client_id : c->conf.group },
		{ "session.timeout.ms", "6000" },
		{ "heartbeat.interval.ms", "1000" },
		{ "partition.assignment.strategy", "range" },
		{ "enable.auto.commit", "false" },
		{ "enable.auto.offset.store", "false" },
		{ "auto.offset.reset", "earliest" },
		{ "fetch.wait.max.ms", wait != NULL && wait[0] != '\0' ? wait : FETCH_WAIT_MS },
		{ "fetch.error.backoff.ms", "100" },
		{ "queued.max.messages.kbytes", "2048" },
		{ "fetch.message.max.bytes", "524288" },
		{ "fetch.max.bytes", "2097152" },
		{ "receive.message.max.bytes", "16777216" },
		{ NULL, NULL },
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	enum ql_rc rc;

	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rc = ql_link_open(&c->link, RD_KAFKA_CONSUMER, conf, settings, err);
	if (rc == QL_OK)
		rd_kafka_poll_set_consumer(c->link.rk);
	return rc;
}

static enum ql_rc subscribe(struct ql_consumer *c, struct ql_err *err)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(TOPICS_MAX);
	rd_kafka_resp_err_t failed;

	for (const char *const *t = c->conf.topics; *t != NULL; t++)
		rd_kafka_topic_partition_list_add(list, *t, RD_KAFKA_PARTITION_UA);
	failed = rd_kafka_subscribe(c->link.rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return failed ? ql_fail(err, QL_FATAL, "cannot subscribe: %s", rd_kafka_err2str(failed)) : QL_OK;
}

static enum ql_rc name_topics(struct ql_consumer *c, struct ql_err *err)
{
	for (const char *const *t = c->conf.topics; *t != NULL; t++) {
		assert(c->n_topics < TOPICS_MAX);
		c->topics[c->n_topics] = rd_kafka_topic_new(c->link.rk, *t, NULL);
		if (c->topics[c->n_topics++] == NULL)
			return ql_fail(err, QL_FATAL, "topic %s: %s", *t, rd_kafka_err2str(rd_kafka_last_error()));
	}
	return QL_OK;
}

enum ql_rc ql_consumer_open(struct ql_consumer **out, const struct ql_consumer_conf *conf, struct ql_err *err)
{
	struct ql_consumer *c = calloc(1, sizeof(*c));
	enum ql_rc rc;

	*out = NULL;
	if (c == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	c->conf = *conf;
	snprintf(c->link.client, sizeof(c->link.client), "%s", conf->client_id);
	rc = open_handle(c, err);
	if (rc == QL_OK)
		rc = conf->broadcast ? name_topics(c, err) : subscribe(c, err);
	if (rc != QL_OK) {
		ql_consumer_close(c);
		return rc;
	}
	*out = c;
	return QL_OK;
}

void ql_consumer_close(struct ql_consumer *c)
{
	if (c == NULL)
		return;
	c->closing = true;
	for (size_t i = 0; i < c->n_topics; i++)
		if (c->topics[i] != NULL)
			rd_kafka_topic_destroy(c->topics[i]);
	if (c->link.rk != NULL) {
		tell_group(c);
		rd_kafka_consumer_close(c->link.rk);
		rd_kafka_destroy(c->link.rk);
	}
	forget_parts(c);
	free(c);
}

/* --- broadcast: all partitions of all topics, added ones too --- */

/* Adds the partitions of one topic with the offsets already known for them; false when it cannot be seen (yet). */
static bool list_topic(struct ql_consumer *c, rd_kafka_topic_t *topic, rd_kafka_topic_partition_list_t *list)
{
	const struct rd_kafka_metadata *md = NULL;
	const char *name = rd_kafka_topic_name(topic);
	bool found;

	if (rd_kafka_metadata(c->link.rk, 0, topic, &md, VERIFY_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	found = md->topic_cnt == 1 && md->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR && md->topics[0].partition_cnt > 0;
	for (int i = 0; found && i < md->topics[0].partition_cnt; i++) {
		int32_t id = md->topics[0].partitions[i].id;
		const rd_kafka_topic_partition_t *old = c->parts ? rd_kafka_topic_partition_list_find(c->parts, name, id) : NULL;

		rd_kafka_topic_partition_list_add(list, name, id)->offset = old ? old->offset : RD_KAFKA_OFFSET_INVALID;
	}
	rd_kafka_metadata_destroy(md);
	return found;
}

/* Partitions never go away, so a longer list is the only change. */
static void look_for_partitions(struct ql_consumer *c)
{
	rd_kafka_topic_partition_list_t *list;
	bool complete = true;

	if (ql_monotonic() < c->look_at)
		return;
	list = rd_kafka_topic_partition_list_new(TOPICS_MAX);
	for (size_t i = 0; complete && i < c->n_topics; i++)
		complete = list_topic(c, c->topics[i], list);
	c->look_at = ql_monotonic() + (complete ? LOOK_AGAIN : LOOK_SOON);
	if (!complete || (c->parts != NULL && c->parts->cnt == list->cnt)) {
		rd_kafka_topic_partition_list_destroy(list);
		return;
	}
	forget_parts(c);
	c->parts = list;
	ql_log(QL_INFO, "partitions_assigned", "client=%s count=%d", c->link.client, list->cnt);
}

/* --- placing --- */

enum ql_rc ql_consumer_bounds(struct ql_consumer *c, const char *topic, int32_t partition, int64_t *low, int64_t *high, struct ql_err *err)
{
	rd_kafka_resp_err_t failed = rd_kafka_query_watermark_offsets(c->link.rk, topic, partition, low, high, VERIFY_MS);

	if (!failed)
		return QL_OK;
	c->link.suspect = true;
	return ql_fail(err, QL_RETRY, "the end of %s[%d] is not known: %s", topic, partition, rd_kafka_err2str(failed));
}

/* END is made a number at once: a partition in which nothing has come yet must not be read from a later end when it is
 * placed again. */
static enum ql_rc resolve_end(struct ql_consumer *c, rd_kafka_topic_partition_t *p, struct ql_err *err)
{
	int64_t low;

	return ql_consumer_bounds(c, p->topic, p->partition, &low, &p->offset, err);
}

static enum ql_rc ask_start(struct ql_consumer *c, rd_kafka_topic_partition_t *p, bool added, struct ql_err *err)
{
	int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
	enum ql_rc rc = c->conf.start_at(c->conf.ctx, c->link.cluster, p->topic, p->partition, &offset, err);

	if (rc != QL_OK)
		return rc;
	if (offset == RD_KAFKA_OFFSET_END && added)
		offset = RD_KAFKA_OFFSET_BEGINNING; /* whatever is in a partition younger than we is news */
	if (offset == RD_KAFKA_OFFSET_END)
		return resolve_end(c, p, err);
	p->offset = offset;
	return QL_OK;
}

static enum ql_rc place(struct ql_consumer *c, struct ql_err *err)
{
	bool added = false;
	rd_kafka_resp_err_t failed;

	for (int i = 0; i < c->parts->cnt; i++)
		added |= c->parts->elems[i].offset != RD_KAFKA_OFFSET_INVALID;
	for (int i = 0; i < c->parts->cnt; i++) {
		rd_kafka_topic_partition_t *p = &c->parts->elems[i];
		enum ql_rc rc = p->offset == RD_KAFKA_OFFSET_INVALID ? ask_start(c, p, added, err) : QL_OK;

		if (rc != QL_OK)
			return rc;
	}
	failed = rd_kafka_assign(c->link.rk, c->parts);
	if (failed)
		return ql_fail(err, QL_RETRY, "cannot take the partitions: %s", rd_kafka_err2str(failed));
	snprintf(c->placed_in, sizeof(c->placed_in), "%s", c->link.cluster);
	c->placed = true;
	return QL_OK;
}

static void forget_places(struct ql_consumer *c)
{
	c->placed = false;
	for (int i = 0; c->parts != NULL && i < c->parts->cnt; i++)
		c->parts->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
}

/* Brings the consumer to where it may fetch, as far as that is possible; doing nothing is the usual case. */
static enum ql_rc prepare(struct ql_consumer *c, struct ql_err *err)
{
	char was[LINK_CLUSTER_MAX];
	bool another;
	enum ql_rc rc;

	if (!ql_link_verified(&c->link) && !ql_link_verify(&c->link, VERIFY_MS))
		return QL_OK;
	memcpy(was, c->placed_in, sizeof(was));
	another = was[0] != '\0' && strcmp(was, c->link.cluster) != 0;
	if (another)
		forget_places(c);
	if (c->conf.broadcast)
		look_for_partitions(c);
	if (c->placed || c->parts == NULL)
		return QL_OK;
	rc = place(c, err);
	if (rc == QL_OK && another)
		return ql_fail(err, QL_RETRY, "the broker is another cluster: %s, before %s", c->link.cluster, was);
	return rc;
}

enum ql_rc ql_consumer_rewind(struct ql_consumer *c, struct ql_err *err)
{
	forget_places(c);
	if (c->parts == NULL || !ql_link_verified(&c->link))
		return QL_OK; /* poll places it when it can */
	return place(c, err);
}

/* --- polling --- */

static void discard(rd_kafka_message_t **msgs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rd_kafka_message_destroy(msgs[i]);
}

/* An error in place of a message. They repeat with every attempt, so each kind is logged when it begins. */
static enum ql_rc note_error(struct ql_consumer *c, const rd_kafka_message_t *msg, struct ql_err *err)
{
	char why[160];

	if (rd_kafka_fatal_error(c->link.rk, why, sizeof(why)) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return ql_fail(err, QL_FATAL, "consumer %s: %s", c->link.client, why);
	if (msg->err != c->last_error)
		ql_log(QL_WARN, "consume_failed", "client=%s error=%s msg=\"%s\"", c->link.client, rd_kafka_err2name(msg->err),
		       rd_kafka_message_errstr(msg));
	c->last_error = msg->err;
	c->link.suspect = true;
	return QL_OK;
}

/* Whether msg belongs to a partition we have; moves its position. A jump means that the broker no longer had the records. */
static bool take(struct ql_consumer *c, const rd_kafka_message_t *msg)
{
	const char *topic = rd_kafka_topic_name(msg->rkt);
	rd_kafka_topic_partition_t *p = c->placed ? rd_kafka_topic_partition_list_find(c->parts, topic, msg->partition) : NULL;

	if (p == NULL)
		return false;
	if (p->offset >= 0 && p->offset != msg->offset)
		ql_log(QL_WARN, "position_jumped", "topic=%s partition=%d expected=%lld got=%lld", topic, msg->partition,
		       (long long)p->offset, (long long)msg->offset);
	p->offset = msg->offset + 1;
	c->last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
	return true;
}

/* Message by message, not by rd_kafka_consume_batch_queue(): that one goes on filling its array with the old assignment's
 * messages across a rebalance. */
static enum ql_rc gather(struct ql_consumer *c, rd_kafka_message_t **msgs, size_t n, int ms, size_t *got, struct ql_err *err)
{
	unsigned revocations = c->revocations;
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; i < n && rc == QL_OK; i++) {
		rd_kafka_message_t *msg = rd_kafka_consumer_poll(c->link.rk, *got > 0 ? 0 : ms);

		if (c->revocations != revocations) { /* the new owner reads these again */
			discard(msgs, *got);
			*got = 0;
			revocations = c->revocations;
		}
		if (msg == NULL)
			break;
		if (msg->err)
			rc = note_error(c, msg, err);
		else if (take(c, msg))
			msgs[(*got)++] = msg;
		if (*got == 0 || msgs[*got - 1] != msg)
			rd_kafka_message_destroy(msg);
	}
	return rc;
}

/* A rebalance must be answered also while our store cannot say where to start: the others of the group wait for it. */
static void serve_events(struct ql_consumer *c)
{
	rd_kafka_message_t *msg = c->placed ? NULL : rd_kafka_consumer_poll(c->link.rk, 0);

	if (msg != NULL)
		rd_kafka_message_destroy(msg); /* will be read again once placed */
}

enum ql_rc ql_consumer_poll(struct ql_consumer *c, rd_kafka_message_t **msgs, size_t n, int ms, size_t *got, struct ql_err *err)
{
	enum ql_rc rc = prepare(c, err);

	*got = 0;
	if (ql_monotonic() - c->told_at >= TELL_EVERY)
		tell_group(c);
	if (rc != QL_OK) {
		serve_events(c);
		return rc;
	}
	rc = gather(c, msgs, n, ms, got, err);
	if (rc == QL_OK && (!c->placed || !ql_link_verified(&c->link)))
		rc = prepare(c, err);
	if (rc == QL_OK && ql_link_verified(&c->link))
		return QL_OK;
	if (*got > 0) { /* from whom they came could not be made sure */
		discard(msgs, *got);
		*got = 0;
		forget_places(c);
	}
	return rc;
}

/* --- the rest --- */

void ql_consumer_commit(struct ql_consumer *c, const char *topic, int32_t partition, int64_t offset)
{
	rd_kafka_topic_partition_t *part;

	if (c->conf.broadcast)
		return;
	if (c->done == NULL)
		c->done = rd_kafka_topic_partition_list_new(1);
	part = rd_kafka_topic_partition_list_find(c->done, topic, partition);
	if (part == NULL)
		part = rd_kafka_topic_partition_list_add(c->done, topic, partition);
	part->offset = offset;
}

bool ql_consumer_ready(const struct ql_consumer *c)
{
	return c->link.known && !c->link.away && c->placed;
}

const char *ql_consumer_cluster(const struct ql_consumer *c)
{
	return c->link.cluster;
}

int64_t ql_consumer_lag(const struct ql_consumer *c)
{
	int64_t lag = 0;

	if (!c->placed)
		return -1;
	for (int i = 0; i < c->parts->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &c->parts->elems[i];
		int64_t low, high, next;

		if (rd_kafka_get_watermark_offsets(c->link.rk, p->topic, p->partition, &low, &high) || high < 0)
			return -1;
		next = p->offset >= 0 ? p->offset : low >= 0 ? low : 0;
		lag += high > next ? high - next : 0;
	}
	return lag;
}

bool ql_message_header(const rd_kafka_message_t *msg, const char *name, struct ql_header *out)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	if (rd_kafka_message_headers(msg, &headers) || rd_kafka_header_get_last(headers, name, &value, &len))
		return false;
	*out = (struct ql_header){ name, value, len };
	return true;
}
