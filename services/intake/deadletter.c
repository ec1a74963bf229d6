#include "intake/deadletter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_MS  10000
#define VALUE_MAX (1000 * 1000) /* bytes of a record repeated here; the whole of a larger one is where it came from */

struct deadletter {
	struct ql_producer *producer;
	bool failed;
};

static void delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	(void)tag;
	(void)why;
	if (rc == QL_RETRY)
		((struct deadletter *)ctx)->failed = true;
}

enum ql_rc deadletter_open(struct deadletter **out, const char *brokers, struct ql_err *err)
{
	struct deadletter *d = calloc(1, sizeof(*d));

	*out = d;
	if (d == NULL)
		return ql_fail(err, QL_RETRY, "no memory for dead letters");
	return ql_producer_open(&d->producer, brokers, "intake-dead", delivered, d, err);
}

void deadletter_close(struct deadletter *d)
{
	if (d == NULL)
		return;
	ql_producer_close(d->producer, 0);
	free(d);
}

static struct ql_header header(const char *name, const char *value) { return (struct ql_header){ name, value, strlen(value) }; }

enum ql_rc deadletter_send(struct deadletter *d, const struct item *it, struct ql_err *err)
{
	const rd_kafka_message_t *m = it->msg;
	const struct decode_fault *f = &it->record.fault;
	char id[160];

	snprintf(id, sizeof(id), "%s/%d/%lld", rd_kafka_topic_name(m->rkt), m->partition, (long long)m->offset);
	const struct ql_header headers[] = {
		header("ce_specversion", "1.0"), header("ce_type", "qingling.message.faulty.v1"), header("ce_source", "/qingling/intake"), header("ce_id", id),
		header("content-type", "application/octet-stream"), header("ql_topic", rd_kafka_topic_name(m->rkt)), header("ql_reason", f->code),
		header("ql_field", f->field), header("ql_sentence_zh", f->zh), header("ql_sentence_en", f->en),
	};

	for (int tries = 0; tries < 100; tries++) {
		enum ql_rc rc = ql_producer_send(d->producer, "dead.letters", m->key, m->key_len, m->payload, m->len < VALUE_MAX ? m->len : VALUE_MAX, headers,
		                                 QL_LEN(headers), 0, err);
		if (rc != QL_RETRY)
			return rc;
		ql_producer_poll(d->producer, 100); /* the queue is full: let it drain */
	}
	return ql_fail(err, QL_RETRY, "dead.letters does not take records: is the broker up?");
}

enum ql_rc deadletter_flush(struct deadletter *d, struct ql_err *err)
{
	d->failed = false;
	enum ql_rc rc = ql_producer_flush(d->producer, FLUSH_MS, err);

	if (rc == QL_OK && d->failed)
		rc = ql_fail(err, QL_RETRY, "dead.letters did not take a record");
	return rc;
}
