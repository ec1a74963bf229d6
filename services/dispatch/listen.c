#include "dispatch/listen.h"
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "dispatch/figures.h"
#include "dispatch/wake.h"

#define HEARD_EVERY (2 * QL_SECOND)
#define SETTLE      QL_SECOND /* after partitions were given to us: what came before the first fetch is found by a second sweep */

/* Old events are about what the sweep finds anyway. */
static enum ql_rc start_at_end(void *ctx, const char *cluster, const char *topic, int32_t partition, int64_t *offset, struct ql_err *err)
{
	struct dispatch *d = ctx;

	(void)cluster, (void)topic, (void)partition, (void)err;
	*offset = RD_KAFKA_OFFSET_END;
	d->sweep_at = 0;
	d->sweep_again_at = ql_monotonic() + SETTLE;
	d->staff_all = true;
	d->n_heard = 0;
	return QL_OK;
}

enum ql_rc listen_open(struct dispatch *d, const char *brokers, struct ql_err *err)
{
	static const char *const TOPICS[] = { "case.events", "roster.events", NULL };
	const struct ql_consumer_conf conf = { .brokers = brokers, .group = "dispatch", .client_id = "dispatch", .topics = TOPICS,
	                                       .start_at = start_at_end, .ctx = d };

	return ql_consumer_open(&d->consumer, &conf, err);
}

static struct wake_up *wake_case(struct dispatch *d, int64_t id)
{
	for (size_t i = 0; i < d->wakes; i++)
		if (d->wake[i].case_id == id)
			return &d->wake[i];
	if (d->wakes == WORK_PAGE) {
		d->sweep_at = 0; /* more than one reading takes: the sweep goes through all of them */
		return NULL;
	}
	d->wake[d->wakes] = (struct wake_up){ .case_id = id };
	return &d->wake[d->wakes++];
}

/* traceparent: 00-<32 hex digits>-<16 hex digits>-01 */
static void keep_trace(struct wake_up *w, const rd_kafka_message_t *msg)
{
	struct ql_header h;

	if (!ql_message_header(msg, "traceparent", &h) || h.len < 3 + TRACE_MAX || h.value[2] != '-')
		return;
	memcpy(w->trace, h.value + 3, TRACE_MAX - 1);
	w->trace[TRACE_MAX - 1] = '\0';
	if (strspn(w->trace, "0123456789abcdef") != TRACE_MAX - 1)
		w->trace[0] = '\0';
}

static void hear_case(struct dispatch *d, const rd_kafka_message_t *msg)
{
	struct ql_header type = { 0 };
	unsigned wakes = ql_message_header(msg, "ce_type", &type) ? wake_of_type(type.value, type.len) : WAKE_NOTHING;
	int64_t id = wake_case_id(msg->key, msg->key_len);

	struct wake_up *w = (wakes & WAKE_CASE) && id != 0 ? wake_case(d, id) : NULL;

	if (w != NULL) {
		keep_trace(w, msg);
		w->facts = w->facts || (wakes & WAKE_FACTS) != 0;
	}
	if (wakes & WAKE_LOAD)
		d->loads_stale = true;
}

static void hear_roster(struct dispatch *d, const rd_kafka_message_t *msg)
{
	int64_t id = wake_coordinator(msg->payload, msg->len);

	for (size_t i = 0; i < d->n_staff; i++)
		if (d->staff[i] == id)
			return;
	if (id == 0 || d->n_staff == CHANGED_MAX)
		d->staff_all = true;
	else
		d->staff[d->n_staff++] = id;
}

static void note_heard(struct dispatch *d, const rd_kafka_message_t *msg)
{
	const char *topic = rd_kafka_topic_name(msg->rkt);
	size_t i = 0;

	while (i < d->n_heard && (d->heard[i].part != msg->partition || strcmp(d->heard[i].topic, topic) != 0))
		i++;
	if (i == HEARD_MAX)
		return;
	if (i == d->n_heard) {
		d->heard[d->n_heard++].part = msg->partition;
		snprintf(d->heard[i].topic, sizeof(d->heard[i].topic), "%s", topic);
	}
	d->heard[i].next = msg->offset + 1;
}

static void tell_heard(struct dispatch *d)
{
	const ql_time now = ql_monotonic();

	if (d->n_heard == 0 || now - d->heard_at < HEARD_EVERY)
		return;
	for (size_t i = 0; i < d->n_heard; i++)
		ql_consumer_commit(d->consumer, d->heard[i].topic, d->heard[i].part, d->heard[i].next);
	d->n_heard = 0;
	d->heard_at = now;
}

static void hear(struct dispatch *d, const rd_kafka_message_t *msg)
{
	if (msg->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (strcmp(rd_kafka_topic_name(msg->rkt), "roster.events") == 0)
		hear_roster(d, msg);
	else
		hear_case(d, msg);
	note_heard(d, msg);
}

void listen_for_events(struct dispatch *d, int ms)
{
	rd_kafka_message_t *msgs[WAKE_EVENTS];
	struct ql_err err = { 0 };
	size_t got = 0;
	enum ql_rc rc = ql_consumer_poll(d->consumer, msgs, WAKE_EVENTS, ms, &got, &err);

	if (rc != QL_OK) {
		ql_log_err("events_interrupted", &err);
		d->sweep_at = 0;
	}
	for (size_t i = 0; i < got; i++) {
		hear(d, msgs[i]);
		rd_kafka_message_destroy(msgs[i]);
	}
	tell_heard(d);
	ql_count(&figure_events, (int64_t)got);
	ql_ready("broker", ql_consumer_ready(d->consumer) ? NULL : "no partitions of case.events yet: is the broker reachable? Until then waiting cases are found by looking five times a second");
}
