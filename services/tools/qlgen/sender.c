#include "tools/qlgen/sender.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/kafka.h"
#include "base/log.h"
#include "domain/timefmt.h"

#define HEADERS   8
#define LEDGER_LINE 320
#define BUFFER_MAX (2 * RECORD_BYTES_MAX)

struct sender {
	struct ql_producer *producer;
	FILE *ledger;
	char (*line)[LEDGER_LINE]; /* by tag */
	struct sender_account account;
};

static void delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	struct sender *s = ctx;

	if (rc != QL_OK) {
		s->account.lost++;
		ql_log(QL_WARN, "not_delivered", "msg=\"%s\"", why);
		return;
	}
	s->account.acknowledged++;
	if (s->ledger != NULL)
		fputs(s->line[tag % SENDER_UNDER_WAY], s->ledger);
}

enum ql_rc sender_open(struct sender **out, const char *brokers, const char *ledger, struct ql_err *err)
{
	struct sender *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL || (s->line = calloc(SENDER_UNDER_WAY, sizeof(*s->line))) == NULL)
		return ql_fail(err, QL_FATAL, "no memory for %d records under way", SENDER_UNDER_WAY);
	if (ledger != NULL && ledger[0] != '\0') {
		s->ledger = fopen(ledger, "a");
		if (s->ledger == NULL)
			return ql_fail(err, QL_FATAL, "qlgen.ledger: %s: %s", ledger, strerror(errno));
	}
	return ql_producer_open(&s->producer, brokers, "qlgen", delivered, s, err);
}

void sender_close(struct sender *s)
{
	if (s == NULL)
		return;
	ql_producer_close(s->producer, 0);
	if (s->ledger != NULL)
		fclose(s->ledger);
	free(s->line);
	free(s);
}

static size_t put_headers(const struct record *r, const char *time, struct ql_header out[HEADERS])
{
	const struct ql_header all[] = {
		{ "content-type", r->mode == MODE_STRUCTURED ? "application/cloudevents+json" : r->content_type, 0 },
		{ "traceparent", r->traceparent, 0 },
		{ "ce_specversion", "1.0", 0 }, { "ce_type", r->type, 0 }, { "ce_source", r->source, 0 }, { "ce_id", r->id, 0 }, { "ce_time", time, 0 },
	};
	const size_t n = r->mode == MODE_BINARY ? QL_LEN(all) : 2;

	for (size_t i = 0; i < n; i++) {
		out[i] = all[i];
		out[i].len = strlen(all[i].value);
	}
	return n;
}

static void wrap(struct ql_buf *b, const struct record *r, const char *time)
{
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "specversion", "1.0");
	ql_json_text(b, "type", r->type);
	ql_json_text(b, "source", r->source);
	ql_json_text(b, "id", r->id);
	ql_json_text(b, "time", time);
	ql_json_text(b, "datacontenttype", r->content_type);
	ql_json_raw(b, "data", r->value.data);
	ql_json_close(b, '}');
}

enum ql_rc sender_send(struct sender *s, const struct record *r, struct ql_err *err)
{
	const uint64_t tag = s->account.sent % SENDER_UNDER_WAY;
	struct ql_header headers[HEADERS];
	char time[RFC3339_MAX];
	struct ql_buf whole;
	const struct ql_buf *value = &r->value;
	enum ql_rc rc;

	rfc3339_format(r->time - r->time % 1000, BEIJING_OFFSET, time);
	snprintf(s->line[tag], LEDGER_LINE, "%s\t%s\t%s\t%s\n", r->topic, r->mode == MODE_BARE ? "dec-result" : r->source, r->mode == MODE_BARE ? "-" : r->id, r->fate);
	ql_buf_init(&whole, BUFFER_MAX);
	if (r->mode == MODE_STRUCTURED) {
		wrap(&whole, r, time);
		value = &whole;
	}
	const size_t n = put_headers(r, time, headers);

	while ((rc = ql_producer_send(s->producer, r->topic, r->key, strlen(r->key), value->data, value->len, headers, n, tag, err)) == QL_RETRY && !ql_stopping())
		ql_producer_poll(s->producer, 100);
	ql_buf_free(&whole);
	s->account.sent += rc == QL_OK;
	return rc;
}

void sender_poll(struct sender *s, int ms)
{
	if (ql_producer_poll(s->producer, ms) > 0 && s->ledger != NULL)
		fflush(s->ledger);
}

enum ql_rc sender_finish(struct sender *s, int ms, struct ql_err *err)
{
	enum ql_rc rc = ql_producer_flush(s->producer, ms, err);

	if (s->ledger != NULL && fflush(s->ledger) != 0)
		rc = ql_fail(err, QL_FATAL, "qlgen.ledger: %s", strerror(errno));
	if (rc == QL_OK && s->account.lost > 0)
		rc = ql_fail(err, QL_FATAL, "%llu records were not taken by the broker", (unsigned long long)s->account.lost);
	return rc;
}

struct sender_account sender_account(const struct sender *s) { return s->account; }
