/* quarantine.c -- qlctl quarantine: faulty messages (异常报文) looked at, corrected and sent again, or discarded with a reason. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/kafka.h"
#include "base/log.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/quarantine_store.h"

#define SHOWN_BYTES 4000
#define FILE_MAX    (12 * 1024 * 1024) /* the largest record a topic takes */
#define DELIVERY_MS 15000

struct quarantine_conf { const char *pg_dsn, *brokers, *edit, *header, *why, *by, *state; int limit; };

#define T struct quarantine_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	QL_TEXT(T, brokers, "kafka.brokers", "localhost:9092", "replay: Kafka bootstrap servers"),
	QL_TEXT(T, edit, "edit", "", "replay: file with the corrected value; empty: the bytes as they came"),
	QL_TEXT(T, header, "header", "", "replay: name=value, a header to add or to replace"),
	QL_TEXT(T, why, "why", "", "discard: the reason (required); replay: what was corrected"),
	QL_TEXT(T, by, "by", "", "who settles it; empty: the database role"),
	QL_TEXT(T, state, "state", "open", "list: open, replayed, discarded; empty: all"),
	QL_INT(T, limit, "limit", "50", 1, 10000, "list: at most so many, the newest first"),
	{ 0 },
};
#undef T
static const struct ql_program QUARANTINE = {
	"qlctl quarantine", "Faulty messages: quarantine list, show N, replay N [--edit=FILE], discard N --why=\"...\". A message sent again keeps its identity.", OPTIONS
};

/* --- looking --- */

static void print_row(void *to, int64_t id, const char *received_at, const char *topic, const char *reason, const char *field, const char *sentence)
{
	++*(int *)to;
	printf("%6" PRId64 "  %s  %-20s %-16s %-16s %s\n", id, received_at, topic, reason, field, sentence);
}

static enum ql_rc list(struct ql_pg *pg, const struct quarantine_conf *c, int64_t id, struct ql_err *err)
{
	int n = 0;
	enum ql_rc rc = quarantine_store_list(pg, c->state, c->limit, print_row, &n, err);

	(void)id;
	if (rc == QL_OK)
		printf("%d faulty messages%s%s\n", n, c->state[0] != '\0' ? ", state " : "", c->state);
	return rc;
}

/* Bytes for a terminal: text stays, everything that could steer one is shown as its code. */
static void print_bytes(const void *data, size_t len)
{
	const unsigned char *at = data;
	const bool text = ql_utf8_valid(data, len) == len;

	for (size_t i = 0; i < len && i < SHOWN_BYTES; i++)
		if ((at[i] < 0x20 && at[i] != '\n') || at[i] == 0x7F || (at[i] >= 0x80 && !text))
			printf("\\x%02X", at[i]);
		else
			putchar(at[i]);
	if (len > SHOWN_BYTES)
		printf("\n... %zu bytes more", len - SHOWN_BYTES);
	putchar('\n');
}

static enum ql_rc show(struct ql_pg *pg, const struct quarantine_conf *c, int64_t id, struct ql_err *err)
{
	struct faulty f;
	enum ql_rc rc = quarantine_store_get(pg, id, false, &f, err);

	(void)c;
	if (rc == QL_OK) {
		printf("message   %" PRId64 ", %s%s%s\n", f.id, f.state, f.settled[0] != '\0' ? " " : "", f.settled);
		printf("from      %s partition %" PRId64 " offset %" PRId64 ", %" PRId64 " bytes, received %s Beijing time\n", f.topic, f.part, f.off, f.size, f.received_at);
		printf("identity  %s %s\n", f.source, f.message_id);
		printf("reason    %s%s%s\n          %s\n          %s\n", f.reason, f.field[0] != '\0' ? " at " : "", f.field, f.zh, f.en);
		for (size_t i = 0; i < f.n_headers; i++) {
			printf("header    %s = ", f.header[i].name);
			print_bytes(f.header[i].value, f.header[i].len);
		}
		printf("key       ");
		print_bytes(f.key, f.key_len);
		print_bytes(f.value, f.len);
	}
	faulty_free(&f);
	return rc;
}

/* --- sending again --- */

struct letter { struct ql_header header[QUARANTINE_HEADERS + 2]; size_t n; char *value, replay_of[24]; size_t len; };
struct delivery { bool told; enum ql_rc rc; char why[120]; };

static void delivered(void *ctx, uint64_t tag, enum ql_rc rc, const char *why)
{
	struct delivery *d = ctx;

	(void)tag;
	d->told = true;
	d->rc = rc;
	snprintf(d->why, sizeof(d->why), "%s", why);
}

static enum ql_rc read_file(const char *path, char **data, size_t *len, struct ql_err *err)
{
	FILE *from = fopen(path, "rb");

	*data = NULL;
	if (from == NULL)
		return ql_fail(err, QL_FATAL, "edit: %.100s: %s", path, strerror(errno));
	*data = malloc(FILE_MAX + 1);
	*len = *data != NULL ? fread(*data, 1, FILE_MAX + 1, from) : 0;
	const bool bad = *data == NULL || ferror(from);

	fclose(from);
	if (bad)
		return ql_fail(err, QL_FATAL, "edit: %.100s can't be read", path);
	return *len <= FILE_MAX ? QL_OK : ql_fail(err, QL_REJECT, "edit: %.100s is larger than a topic takes", path);
}

static void set_header(struct letter *l, const char *name, size_t name_len, const char *value, size_t len)
{
	size_t i = 0;

	while (i < l->n && (strlen(l->header[i].name) != name_len || strncmp(l->header[i].name, name, name_len) != 0))
		i++;
	if (i == l->n)
		l->header[l->n++].name = name;
	l->header[i].value = value;
	l->header[i].len = len;
}

static enum ql_rc write_letter(struct letter *l, const struct faulty *f, const struct quarantine_conf *c, struct ql_err *err)
{
	static char name[64]; /* of the header that --header names; outlives the letter */
	const char *equals = strchr(c->header, '=');

	*l = (struct letter){ .value = (char *)f->value, .len = f->len };
	for (size_t i = 0; i < f->n_headers; i++)
		l->header[l->n++] = (struct ql_header){ f->header[i].name, f->header[i].value, f->header[i].len };
	if (c->header[0] != '\0' && (equals == NULL || equals == c->header || equals - c->header >= (long)sizeof(name)))
		return ql_reject(err, "header", "--header must look like name=value");
	if (equals != NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(equals - c->header), c->header);
		set_header(l, name, strlen(name), equals + 1, strlen(equals + 1));
	}
	snprintf(l->replay_of, sizeof(l->replay_of), "%" PRId64, f->id);
	set_header(l, "ql_replay_of", strlen("ql_replay_of"), l->replay_of, strlen(l->replay_of));
	if (c->edit[0] != '\0')
		return read_file(c->edit, &l->value, &l->len, err);
	if ((int64_t)f->len < f->size)
		return ql_fail(err, QL_REJECT, "only its first %zu of %" PRId64 " bytes are kept; the whole is at %s/%" PRId64 "/%" PRId64 ": give it with --edit", f->len, f->size,
		               f->topic, f->part, f->off);
	return QL_OK;
}

static enum ql_rc deliver(const char *brokers, const struct faulty *f, const struct letter *l, struct ql_err *err)
{
	struct delivery d = { .rc = QL_RETRY };
	struct ql_producer *p = NULL;
	enum ql_rc rc = ql_producer_open(&p, brokers, "qlctl", delivered, &d, err);

	if (rc == QL_OK)
		rc = ql_producer_send(p, f->topic, (const char *)f->key, f->key_len, l->value, l->len, l->header, l->n, 0, err);
	if (rc == QL_OK)
		rc = ql_producer_flush(p, DELIVERY_MS, err);
	if (rc == QL_OK && (!d.told || d.rc != QL_OK))
		rc = ql_fail(err, d.rc, "%s did not take it: %s", f->topic, d.why);
	ql_producer_close(p, 0);
	return rc;
}

/* The row stays locked until the broker has acknowledged: two operators don't send it twice. If we die in between, it stays
 * open, and sent again it is still one message. */
static enum ql_rc replay(struct ql_pg *pg, const struct quarantine_conf *c, int64_t id, struct ql_err *err)
{
	struct letter l = { .n = 0 };
	struct faulty f = { 0 };
	enum ql_rc rc = ql_pg_exec(pg, "begin", err);

	if (rc == QL_OK)
		rc = quarantine_store_get(pg, id, true, &f, err);
	if (rc == QL_OK && strcmp(f.state, "open") != 0)
		rc = ql_fail(err, QL_CONFLICT, "message %" PRId64 " is %s already", id, f.state);
	if (rc == QL_OK)
		rc = write_letter(&l, &f, c, err);
	if (rc == QL_OK)
		rc = deliver(c->brokers, &f, &l, err);
	if (rc == QL_OK)
		rc = quarantine_store_settle(pg, id, "replayed", c->by, c->why[0] != '\0' ? c->why : c->edit[0] != '\0' ? "corrected" : "sent again unchanged", err);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, "commit", err);
	if (rc == QL_OK)
		printf("message %" PRId64 " went to %s again; `qlctl quarantine list` shows whether it is good now\n", id, f.topic);
	if (l.value != (char *)f.value)
		free(l.value);
	faulty_free(&f);
	return rc;
}

static enum ql_rc discard(struct ql_pg *pg, const struct quarantine_conf *c, int64_t id, struct ql_err *err)
{
	if (c->why[strspn(c->why, " \t")] == '\0')
		return ql_reject(err, "why", "say why with --why: nothing is thrown away without a reason");
	return quarantine_store_settle(pg, id, "discarded", c->by, c->why, err);
}

static const struct { const char *verb; int words; enum ql_rc (*run)(struct ql_pg *pg, const struct quarantine_conf *c, int64_t id, struct ql_err *err); } VERBS[] = {
	{ "list", 1, list }, { "show", 2, show }, { "replay", 2, replay }, { "discard", 2, discard },
};

int qlctl_quarantine(int argc, char **argv)
{
	struct quarantine_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	const char *words[2];
	const int n = command_words(&argc, &argv, words, 2);
	char *end = NULL;
	const int64_t id = words[1] != NULL ? strtoll(words[1], &end, 10) : 0;
	size_t v = 0;
	enum ql_rc rc = ql_conf_load(&QUARANTINE, &conf, argc, argv, &err);

	while (v < QL_LEN(VERBS) && (n != VERBS[v].words || strcmp(words[0], VERBS[v].verb) != 0))
		v++;
	if (rc == QL_OK && (v == QL_LEN(VERBS) || (n == 2 && *end != '\0')))
		rc = ql_fail(&err, QL_FATAL, "qlctl quarantine list, show N, replay N or discard N");
	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = VERBS[v].run(pg, &conf, id, &err);
	ql_pg_close(pg);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
