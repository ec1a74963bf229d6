/* kafka.h -- Kafka consumer and producer, the way Qingling uses them.
 *
 * Consumer: a group; the place to read from comes from our own store (PostgreSQL), never from the group's committed
 * offsets, which are written after the work for lag monitoring only. Producer: idempotent, acks=all, bounded queue,
 * every delivery reported. QL_KAFKA_FETCH_WAIT_MS (250, read from the environment here, as by the log) is how long a broker may
 * hold an empty fetch: Apache Kafka answers at once when a record comes, so longer is cheaper; the embedded broker answers only
 * then, so whoever starts that one sets 5. Each belongs to the thread that opened it; callbacks run inside poll on that thread.
 */
#ifndef QL_BASE_KAFKA_H
#define QL_BASE_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include "err.h"

struct ql_consumer;
struct ql_producer;

struct ql_consumer_conf {
	const char *brokers, *group, *client_id;
	const char *const *topics; /* NULL ends */
	/* Called with each partition as it is assigned, before the first fetch: returns the offset to start at, or
	 * RD_KAFKA_OFFSET_BEGINNING / RD_KAFKA_OFFSET_END. QL_RETRY makes the consumer poll fail with it and try again. */
	enum ql_rc (*start_at)(void *ctx, const char *cluster, const char *topic, int32_t partition, int64_t *offset, struct ql_err *err);
	void (*revoked)(void *ctx); /* partitions were taken away: throw away what is undecided. May be NULL. */
	void *ctx;
	bool broadcast; /* no group: assign every partition of the topics (the gateway: each instance sees all) */
};

QL_MUSTCHECK enum ql_rc ql_consumer_open(struct ql_consumer **c, const struct ql_consumer_conf *conf, struct ql_err *err);
void ql_consumer_close(struct ql_consumer *c);

/* Up to n messages, waiting at most ms for the first. *got may be 0 with QL_OK. The caller destroys the messages
 * (rd_kafka_message_destroy), all of them before closing: close waits for the last. A broker that is away gives QL_OK with nothing, and ql_consumer_ready() is false.
 * When the broker behind the address became another cluster (its log started anew), returns QL_RETRY after having
 * re-asked start_at for every partition. */
QL_MUSTCHECK enum ql_rc ql_consumer_poll(struct ql_consumer *c, rd_kafka_message_t **msgs, size_t n, int ms, size_t *got, struct ql_err *err);

/* Forget what was fetched and start again where start_at says (after a rolled-back batch). */
QL_MUSTCHECK enum ql_rc ql_consumer_rewind(struct ql_consumer *c, struct ql_err *err);

/* Tell the group how far we are (offset: the next to read); asynchronous, best effort, at most once a second. */
void ql_consumer_commit(struct ql_consumer *c, const char *topic, int32_t partition, int64_t offset);

bool ql_consumer_ready(const struct ql_consumer *c);        /* connected and assigned */
const char *ql_consumer_cluster(const struct ql_consumer *c); /* cluster id, "" before it is known */
/* Asks the broker for the first offset of a partition and the one behind its last; may be used inside start_at. */
QL_MUSTCHECK enum ql_rc ql_consumer_bounds(struct ql_consumer *c, const char *topic, int32_t partition, int64_t *low, int64_t *high, struct ql_err *err);
int64_t ql_consumer_lag(const struct ql_consumer *c);       /* records behind, over assigned partitions; -1 unknown */

struct ql_header { const char *name; const char *value; size_t len; };

/* Reads a record header; false when absent. The last one of a name counts. */
bool ql_message_header(const rd_kafka_message_t *msg, const char *name, struct ql_header *out);

/* done: called in ql_producer_poll / flush / close for each message, with QL_OK, QL_RETRY, or QL_REJECT (the broker will
 * never take it: too large). tag is the caller's. It may send, but not poll, flush or close. */
typedef void ql_delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why);
QL_MUSTCHECK enum ql_rc ql_producer_open(struct ql_producer **p, const char *brokers, const char *client_id, ql_delivered *done, void *ctx, struct ql_err *err);
void ql_producer_close(struct ql_producer *p, int flush_ms);
/* Copies key and value. QL_RETRY when the local queue is full: poll and come again. */
QL_MUSTCHECK enum ql_rc ql_producer_send(struct ql_producer *p, const char *topic, const char *key, size_t key_len, const void *value, size_t len,
                                         const struct ql_header *headers, size_t n_headers, uint64_t tag, struct ql_err *err);
int  ql_producer_poll(struct ql_producer *p, int ms); /* serves delivery reports; number served */
QL_MUSTCHECK enum ql_rc ql_producer_flush(struct ql_producer *p, int ms, struct ql_err *err);
size_t ql_producer_pending(const struct ql_producer *p);
bool ql_producer_ready(const struct ql_producer *p);

#endif
