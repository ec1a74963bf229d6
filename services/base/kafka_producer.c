/* kafka_producer.c -- sending, with every delivery reported. */
#include "kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka_link.h"
#include "log.h"
#include "loop.h"

#define LINGER_MS "1"           /* how long a record may wait for company */
#define QUEUE_MESSAGES "10000"  /* sent and not yet reported */
#define QUEUE_KBYTES "13312"    /* the same; above MESSAGE_BYTES, else the largest record would never fit */
#define MESSAGE_BYTES "12582912"
#define VERIFY_MS 50            /* longest that a poll waits for a cluster to say who it is */
#define VERIFY_EVERY (QL_SECOND / 2)
#define LAST_WORDS_MS 1000      /* for the reports of what was purged */

struct ql_producer {
	struct ql_link link;
	ql_delivered *done;
	void *ctx;
	char *brokers;
	int served;
	size_t pending; /* librdkafka's own count takes in events that are no records */
	ql_time verify_at;
};

static enum ql_rc verdict(rd_kafka_resp_err_t failed)
{
	switch (failed) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:           return QL_OK;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:        return QL_REJECT;
	default:                                   return QL_RETRY;
	}
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	struct ql_producer *p = opaque;

	(void)rk;
	p->served++;
	p->pending--;
	p->done(p->ctx, (uint64_t)(uintptr_t)msg->_private, verdict(msg->err), msg->err ? rd_kafka_err2str(msg->err) : "");
}

/* murmur2_random: the partition that every Java client would choose for the same key. */
static enum ql_rc open_handle(struct ql_producer *p, struct ql_err *err)
{
	const struct ql_setting settings[] = {
		{ "bootstrap.servers", p->brokers },
		{ "client.id", p->link.client },
		{ "enable.idempotence", "true" },
		{ "acks", "all" },
		{ "partitioner", "murmur2_random" }, /* as Java clients choose, so that a key keeps its partition whoever sends */
		{ "linger.ms", LINGER_MS },
		{ "queue.buffering.max.messages", QUEUE_MESSAGES },
		{ "queue.buffering.max.kbytes", QUEUE_KBYTES },
		{ "message.max.bytes", MESSAGE_BYTES },
		{ "message.timeout.ms", "120000" },
		{ "topic.metadata.propagation.max.ms", "10000" },
		{ NULL, NULL },
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	return ql_link_open(&p->link, RD_KAFKA_PRODUCER, conf, settings, err);
}

enum ql_rc ql_producer_open(struct ql_producer **out, const char *brokers, const char *client_id, ql_delivered *done, void *ctx, struct ql_err *err)
{
	struct ql_producer *p = calloc(1, sizeof(*p));
	enum ql_rc rc;

	*out = NULL;
	if (p == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	p->done = done;
	p->ctx = ctx;
	p->brokers = strdup(brokers);
	snprintf(p->link.client, sizeof(p->link.client), "%s", client_id);
	rc = p->brokers ? open_handle(p, err) : ql_fail(err, QL_RETRY, "out of memory");
	if (rc != QL_OK) {
		ql_producer_close(p, 0);
		return rc;
	}
	*out = p;
	return QL_OK;
}

/* What is still waiting is reported as not delivered. */
static void close_handle(struct ql_producer *p)
{
	rd_kafka_purge(p->link.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_flush(p->link.rk, LAST_WORDS_MS);
	rd_kafka_destroy(p->link.rk);
	p->link.rk = NULL;
}

void ql_producer_close(struct ql_producer *p, int flush_ms)
{
	if (p == NULL)
		return;
	if (p->link.rk != NULL) {
		rd_kafka_flush(p->link.rk, flush_ms);
		close_handle(p);
	}
	free(p->brokers);
	free(p);
}

/* An idempotent producer that lost its sequence refuses everything from then on: only a new one helps. Not from inside
 * a delivery report, where the handle is in use. */
static enum ql_rc renew_if_fatal(struct ql_producer *p, struct ql_err *err)
{
	char why[160];

	if (p->link.rk != NULL) {
		if (rd_kafka_fatal_error(p->link.rk, why, sizeof(why)) == RD_KAFKA_RESP_ERR_NO_ERROR)
			return QL_OK;
		ql_log(QL_WARN, "producer_renewed", "client=%s msg=\"%s\"", p->link.client, why);
		close_handle(p);
	}
	p->link.known = false;
	return open_handle(p, err);
}

static rd_kafka_headers_t *copy_headers(const struct ql_header *headers, size_t n)
{
	rd_kafka_headers_t *list = rd_kafka_headers_new(n);

	for (size_t i = 0; i < n; i++)
		rd_kafka_header_add(list, headers[i].name, -1, headers[i].value, (ssize_t)headers[i].len);
	return list;
}

enum ql_rc ql_producer_send(struct ql_producer *p, const char *topic, const char *key, size_t key_len, const void *value, size_t len,
                            const struct ql_header *headers, size_t n_headers, uint64_t tag, struct ql_err *err)
{
	rd_kafka_headers_t *list;
	rd_kafka_resp_err_t failed;

	if (p->link.rk == NULL)
		return ql_fail(err, QL_RETRY, "producer %s is being renewed", p->link.client);
	list = copy_headers(headers, n_headers);
	failed = rd_kafka_producev(p->link.rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, key_len),
	                           RD_KAFKA_V_VALUE((void *)(uintptr_t)value, len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	                           RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)tag), RD_KAFKA_V_END);
	if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) {
		p->pending++;
		return QL_OK;
	}
	rd_kafka_headers_destroy(list);
	return ql_fail(err, verdict(failed), "cannot send to %s: %s", topic, rd_kafka_err2str(failed));
}

int ql_producer_poll(struct ql_producer *p, int ms)
{
	struct ql_err err;
	int before = p->served;

	if (renew_if_fatal(p, &err) != QL_OK)
		return 0;
	rd_kafka_poll(p->link.rk, ms);
	if (!ql_link_verified(&p->link) && ql_monotonic() >= p->verify_at) {
		ql_link_verify(&p->link, VERIFY_MS);
		p->verify_at = ql_monotonic() + VERIFY_EVERY;
	}
	return p->served - before;
}

enum ql_rc ql_producer_flush(struct ql_producer *p, int ms, struct ql_err *err)
{
	rd_kafka_resp_err_t failed = p->link.rk != NULL ? rd_kafka_flush(p->link.rk, ms) : RD_KAFKA_RESP_ERR_NO_ERROR;

	return failed ? ql_fail(err, QL_RETRY, "%zu records are not acknowledged yet: %s", p->pending, rd_kafka_err2str(failed)) : QL_OK;
}

size_t ql_producer_pending(const struct ql_producer *p)
{
	return p->pending;
}

bool ql_producer_ready(const struct ql_producer *p)
{
	return p->link.known && !p->link.away;
}
