/* canary.c -- a record that goes the whole way: broker, intake, database, relay, broker, here. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "river_int.h"
#include "stats.h"

#define OVERDUE (15 * QL_SECOND) /* without a return the river counts as broken */

static void delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	(void)ctx, (void)tag, (void)rc, (void)why; /* what counts is whether it comes back */
}

void canary_open(struct canary *c, const char *brokers, int every)
{
	struct ql_err err = {0};
	unsigned char id[6];
	char hex[2 * sizeof(id) + 1];

	*c = (struct canary){ .every = every, .returned_at = ql_monotonic(), .round_trip = -1 };
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(hex, sizeof(hex), id, sizeof(id));
	snprintf(c->source, sizeof(c->source), "/qingling/gateway/%s", hex);
	if (every > 0 && ql_producer_open(&c->producer, brokers, "gateway-canary", delivered, NULL, &err) != QL_OK)
		ql_log_err("no_canary", &err);
	if (every > 0)
		ql_ready("canary", NULL);
}

void canary_close(struct canary *c)
{
	if (c->producer != NULL)
		ql_producer_close(c->producer, 0);
}

static void send_one(struct canary *c, ql_time now)
{
	char id[24], at[48], data[64];
	struct ql_err err;
	struct ql_buf time;
	struct ql_header headers[] = {
		{ "ce_specversion", "1.0", 3 },
		{ "ce_type", "qingling.canary.v1", strlen("qingling.canary.v1") },
		{ "ce_source", c->source, strlen(c->source) },
		{ "ce_id", id, 0 },
		{ "ce_time", at, 0 },
		{ "content-type", "application/json", strlen("application/json") },
	};

	ql_buf_init(&time, sizeof(at) - 1);
	ql_buf_time(&time, ql_now());
	snprintf(at, sizeof(at), "%s", time.data != NULL ? time.data : "");
	ql_buf_free(&time);
	headers[3].len = (size_t)snprintf(id, sizeof(id), "%" PRId64, ++c->no);
	headers[4].len = strlen(at);
	snprintf(data, sizeof(data), "{\"sent\":\"%" PRId64 "\"}", ql_now());
	c->sent_at = now;
	if (ql_producer_send(c->producer, "enterprise.enquiries", c->source, strlen(c->source), data, strlen(data), headers, QL_LEN(headers), 0, &err) != QL_OK)
		ql_log_err("canary_not_sent", &err);
}

static void judge(struct canary *c, ql_time now)
{
	if (canary_ok(c)) {
		ql_ready("canary", NULL);
		return;
	}
	ql_ready("canary", "no canary came back for 15 s: look at intake and relay");
	if (now - c->late_at < OVERDUE)
		return;
	c->late_at = now;
	ql_count(&stats.canaries_lost, 1);
	ql_log(QL_WARN, "canary_lost", "sent=%" PRId64, c->no);
}

void canary_tick(struct canary *c)
{
	ql_time now = ql_monotonic();

	if (c->every == 0 || c->producer == NULL)
		return;
	ql_producer_poll(c->producer, 0);
	if (now - c->sent_at >= c->every * QL_SECOND)
		send_one(c, now);
	judge(c, now);
}

static bool header_is(const rd_kafka_message_t *msg, const char *name, const char *value)
{
	struct ql_header h;

	return ql_message_header(msg, name, &h) && h.len == strlen(value) && memcmp(h.value, value, h.len) == 0;
}

void canary_returned(struct canary *c, const rd_kafka_message_t *msg)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64, c->no);
	if (!header_is(msg, "ce_source", c->source))
		return;
	c->returned_at = ql_monotonic();
	if (!header_is(msg, "ce_id", id))
		return; /* an older one, late: it came back, but tells nothing of now */
	c->round_trip = c->returned_at - c->sent_at;
	ql_observe(&stats.canary_seconds, c->round_trip);
}

bool canary_ok(const struct canary *c)
{
	return c->every == 0 || ql_monotonic() - c->returned_at < OVERDUE;
}
