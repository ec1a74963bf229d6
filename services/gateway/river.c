/* river.c -- the river thread: read, encode, hand over. The database or the broker may be away: then it waits, with what it
 * has read in hand, and goes on where it was. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "river_int.h"
#include "river_store.h"
#include "session_store.h"
#include "stats.h"

#define POLL_MS       50             /* longest wait for a record */
#define TELL_EVERY    QL_SECOND      /* health and position, when nothing happens */
#define LATENESS_EVERY (5 * QL_SECOND)
#define LATENESS_BAD  (5 * QL_SECOND) /* clocks this late, or a lag this long, are no healthy river */
#define LAG_BAD       5000

static const char *const TOPICS[] = { "case.events", "roster.events", NULL };

struct river {
	struct river_conf conf;
	pthread_t thread;
	struct ql_consumer *consumer;
	struct ql_pg *pg;
	bool suspect;                /* the last use of pg failed */
	uint64_t cluster;            /* of the broker we read from */
	unsigned wiped;              /* how often its log began anew under the same name */
	struct position start, read; /* where this log was entered; behind what has been read */
	bool placed[POSITION_SLOTS];
	bool restart;                /* the loop does not know start yet */
	struct canary canary;
	ql_time told_at, lateness_at;
	int64_t late;                /* microseconds */
	bool out_of_slots;
	struct encoder encoder;
};

/* --- places --- */

static int slot_of(const char *topic, int32_t partition)
{
	return position_slot(strcmp(topic, "roster.events") == 0, partition);
}

/* Positions of another log must never be taken for those of this one, so their cluster differs. */
static void enter_log(struct river *r)
{
	memset(r->placed, 0, sizeof(r->placed));
	r->start = r->read = r->encoder.at = (struct position){ .cluster = r->cluster + 2 * r->wiped };
	r->encoder.n = 0;
	r->restart = true;
}

/* A little before the end when the log is new to us; where we are when the connection was lost; from its beginning when the
 * partition was added later. */
static enum ql_rc start_at(void *ctx, const char *cluster, const char *topic, int32_t partition, int64_t *offset, struct ql_err *err)
{
	struct river *r = ctx;
	int slot = slot_of(topic, partition);
	int64_t low, high;
	enum ql_rc rc;

	if (position_cluster(cluster) != r->cluster) {
		r->cluster = position_cluster(cluster);
		enter_log(r);
	}
	*offset = RD_KAFKA_OFFSET_END;
	if (slot < 0) {
		r->out_of_slots = true; /* said by health: its events can't be sent */
		return QL_OK;
	}
	if (!r->placed[slot]) {
		rc = ql_consumer_bounds(r->consumer, topic, partition, &low, &high, err);
		if (rc != QL_OK)
			return rc;
		r->read.next[slot] = !r->restart || high - low < RIVER_BEHIND ? low : high - RIVER_BEHIND;
		r->start.next[slot] = r->read.next[slot];
		r->placed[slot] = true;
	}
	*offset = r->read.next[slot];
	return QL_OK;
}

static enum ql_rc open_consumer(struct river *r, struct ql_err *err)
{
	const struct ql_consumer_conf conf = { .brokers = r->conf.brokers, .group = "gateway", .client_id = "gateway", .topics = TOPICS,
	                                       .start_at = start_at, .ctx = r, .broadcast = true };

	return r->consumer != NULL ? QL_OK : ql_consumer_open(&r->consumer, &conf, err);
}

/* --- reading --- */

static void take(struct river *r, const rd_kafka_message_t *msg)
{
	const char *topic = rd_kafka_topic_name(msg->rkt);
	int slot = slot_of(topic, msg->partition);
	struct happening *h;
	struct ql_header type;

	if (slot < 0)
		return;
	if (msg->offset < r->read.next[slot]) { /* the broker lost its log, but not its name */
		r->wiped++;
		enter_log(r);
	}
	h = &r->encoder.what[r->encoder.n];
	r->read.next[slot] = msg->offset + 1;
	if (ql_message_header(msg, "ce_type", &type) && type.len == strlen("qingling.canary.v1") && memcmp(type.value, "qingling.canary.v1", type.len) == 0) {
		canary_returned(&r->canary, msg);
		return;
	}
	if (!happening_decode(msg->payload, msg->len, slot >= POSITION_CASES, h))
		return;
	h->slot = slot;
	h->offset = msg->offset;
	r->encoder.n++;
	ql_count(&stats.events, 1);
}

static enum ql_rc read_some(struct river *r, struct ql_err *err)
{
	rd_kafka_message_t *msgs[RIVER_BATCH];
	size_t got = 0;
	enum ql_rc rc = open_consumer(r, err);

	r->encoder.at = r->read;
	if (rc == QL_OK)
		rc = ql_consumer_poll(r->consumer, msgs, RIVER_BATCH, POLL_MS, &got, err);
	if (got == 0)
		r->encoder.at = r->read; /* a poll that placed us moved it */
	for (size_t i = 0; i < got; i++) {
		if (i == 0 && r->encoder.n == 0)
			r->encoder.at = r->read;
		take(r, msgs[i]);
		rd_kafka_message_destroy(msgs[i]);
	}
	ql_ready("broker", r->out_of_slots ? "a topic has more partitions than the gateway can follow (48 and 16)" :
	         r->consumer != NULL && ql_consumer_ready(r->consumer) ? NULL : "no broker answers, or its topics are missing: waiting");
	return rc;
}

/* --- database --- */

static enum ql_rc ready_database(struct river *r, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;
	bool fresh = r->pg == NULL;

	if (fresh)
		rc = ql_pg_open(&r->pg, r->conf.pg_dsn, "gateway-river", err);
	else if (r->suspect)
		rc = ql_pg_recover(r->pg, err);
	if (rc == QL_OK && (fresh || r->suspect))
		rc = store_enter_root(r->pg, r->conf.outside, err); /* a session that was replaced knows nothing of it */
	r->suspect = rc != QL_OK;
	ql_ready("database", rc == QL_OK ? NULL : err->msg);
	return rc;
}

static enum ql_rc encode(struct river *r, struct ql_err *err)
{
	bool due = ql_monotonic() - r->lateness_at > LATENESS_EVERY;
	enum ql_rc rc = QL_OK;

	if (r->encoder.n == 0 && r->encoder.n_roster == 0 && !due)
		return QL_OK;
	rc = ready_database(r, err);
	if (rc == QL_OK)
		rc = encoder_run(&r->encoder, r->pg, err);
	if (rc == QL_OK && due) {
		rc = store_timer_lateness(r->pg, &r->late, err);
		r->lateness_at = ql_monotonic();
	}
	r->suspect |= rc != QL_OK;
	return rc;
}

/* --- handing over --- */

static struct river_health health(const struct river *r)
{
	int64_t lag = r->consumer != NULL ? ql_consumer_lag(r->consumer) : -1;
	int64_t late = r->late > 0 ? r->late : 0;

	ql_gauge(&stats.lag, lag);
	return (struct river_health){
		.canary_ms = r->canary.round_trip < 0 ? -1 : r->canary.round_trip / 1000, .lag = lag < 0 ? 0 : lag, .timer_late_ms = late / 1000,
		.ok = lag >= 0 && lag < LAG_BAD && late < LATENESS_BAD && canary_ok(&r->canary),
	};
}

static bool post(struct river *r, const struct position *at, bool restart)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return false;
	b->at = *at;
	b->restart = restart;
	b->health = health(r);
	if (!restart) {
		b->events = r->encoder.events;
		r->encoder.events = NULL;
	}
	r->told_at = ql_monotonic();
	inbox_post_batch(r->conf.inbox, b);
	return true;
}

static enum ql_rc hand_over(struct river *r, struct ql_err *err)
{
	if (r->restart && (r->encoder.n > 0 || ql_consumer_ready(r->consumer))) {
		if (!post(r, &r->start, true))
			return ql_fail(err, QL_RETRY, "out of memory");
		r->restart = false;
	}
	if (r->restart || (r->encoder.events == NULL && ql_monotonic() - r->told_at < TELL_EVERY))
		return QL_OK;
	if (!post(r, &r->read, false))
		return ql_fail(err, QL_RETRY, "out of memory");
	return QL_OK;
}

/* What was read stays in encoder.what until it is handed over: a failure behind the reading loses nothing. */
static enum ql_rc step(struct river *r, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	canary_tick(&r->canary);
	if (r->encoder.n == 0)
		rc = read_some(r, err);
	if (rc == QL_OK)
		rc = encode(r, err);
	if (rc == QL_OK)
		rc = hand_over(r, err);
	if (rc == QL_OK && !r->restart)
		r->encoder.n = 0;
	return rc;
}

static void *run(void *arg)
{
	struct river *r = arg;
	struct ql_backoff wait = {0};
	struct ql_err err;

	while (!ql_stopping()) {
		err = (struct ql_err){0};
		switch (step(r, &err)) {
		case QL_OK: ql_backoff_reset(&wait); break;
		default:    ql_backoff_wait(&wait, &err); break; /* also our bug, if it is one: the API goes on without live events */
		}
	}
	return NULL;
}

enum ql_rc river_open(struct river **out, const struct river_conf *conf, struct ql_err *err)
{
	struct river *r = calloc(1, sizeof(*r));

	*out = r;
	if (r == NULL)
		return ql_fail(err, QL_FATAL, "no memory for the river");
	r->conf = *conf;
	encoder_open(&r->encoder);
	r->encoder.outside = conf->outside;
	canary_open(&r->canary, conf->brokers, conf->canary);
	if (pthread_create(&r->thread, NULL, run, r) != 0)
		return ql_fail(err, QL_FATAL, "cannot start the river thread");
	return QL_OK;
}

void river_close(struct river *r)
{
	if (r == NULL)
		return;
	if (r->thread != 0)
		pthread_join(r->thread, NULL);
	canary_close(&r->canary);
	ql_consumer_close(r->consumer);
	ql_pg_close(r->pg);
	encoder_close(&r->encoder);
	free(r);
}
