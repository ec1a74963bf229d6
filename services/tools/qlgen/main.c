/* main.c -- qlgen: believable traffic on the inbound topics, at a wanted rate, the same for the same seed. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "domain/timefmt.h"
#include "tools/qlgen/gen.h"
#include "tools/qlgen/officers.h"
#include "tools/qlgen/sender.h"

#define POLL_MS      50
#define FINISH_MS    30000
#define BEHIND_MOST  (60 * QL_SECOND) /* more than that is not made up for */
#define TALKS_EVERY  (10 * QL_SECOND)

struct conf {
	const char *pg_dsn, *pg_dsn_work, *brokers, *start, *topics, *ledger;
	int rate, count, seed, haste, bad, duplicates, open;
	bool shape, work, replies;
};

#define T struct conf
static const struct ql_opt OPTIONS[] = {
	QL_TEXT(T, brokers, "kafka.brokers", "localhost:9092", "Kafka bootstrap servers"),
	QL_SECRET(T, pg_dsn, "pg.dsn", "", "PostgreSQL connection string of role ql_operator, to read who writes; empty: the six enterprises of the source documents"),
	QL_INT(T, rate, "qlgen.rate", "5", 0, 100000, "records a second; 0: as fast as the broker takes them"),
	QL_INT(T, count, "qlgen.count", "0", 0, INT_MAX, "stop after so many records; 0: never"),
	QL_INT(T, seed, "qlgen.seed", "1", 0, INT_MAX, "the same seed, start and people give the same records byte for byte (replies excepted)"),
	QL_TEXT(T, start, "qlgen.start", "", "when the traffic begins, RFC 3339; empty: now. Times in records count from here"),
	QL_BOOL(T, shape, "qlgen.shape", "false", "follow the day and the week: qlgen.rate is then the rate of the busiest hour"),
	QL_INT(T, haste, "qlgen.haste", "10", 1, 1000, "how many times faster than life calls and declarations run"),
	QL_INT(T, bad, "qlgen.bad", "5", 0, 1000, "faulty records per thousand; they belong into quarantine"),
	QL_INT(T, duplicates, "qlgen.duplicates", "20", 0, 1000, "records per thousand that are sent twice"),
	QL_BOOL(T, replies, "qlgen.replies", "true", "with a database: people write again about open cases"),
	QL_TEXT(T, topics, "qlgen.topics", "enterprise.enquiries,clearance.incidents,hotline.calls", "topics to write to"),
	QL_TEXT(T, ledger, "qlgen.ledger", "", "file to which a line is added for each acknowledged record: topic, source, id, what may become of it"),
	QL_BOOL(T, work, "qlgen.work", "false", "play the officers too: accept, answer, close, so that cases move"),
	QL_SECRET(T, pg_dsn_work, "pg.dsn.work", "", "PostgreSQL connection string for qlgen.work: a role that may change cases, such as ql_clock"),
	QL_INT(T, open, "qlgen.open", "450", 1, 100000, "with qlgen.work: about so many cases stay open"),
	{ 0 },
};
#undef T
static const struct ql_program PROGRAM = { "qlgen", "Believable traffic: calls, messages, notices, and what goes wrong with them.", OPTIONS };

struct run {
	struct conf conf;
	struct world world;
	struct gen *gen;
	struct sender *sender;
	struct officers *officers;
	struct ql_pg *pg; /* for replies; NULL: none */
	struct record record;
	ql_time lead;     /* wall clock minus the time of the traffic */
	ql_time talks_at;
};

static enum ql_rc choose_topics(const char *topics, struct gen_conf *g, struct ql_err *err)
{
	bool any = false;

	for (int k = 0; k < STORY_KINDS; k++) {
		const char *at = STORY_TOPICS[k] != NULL ? strstr(topics, STORY_TOPICS[k]) : NULL;

		g->kinds[k] = at != NULL;
		any |= at != NULL;
	}
	if (!g->kinds[STORY_LETTER] || !g->kinds[STORY_CALL] || !g->kinds[STORY_DECLARATION])
		g->bad = 0; /* faulty ones go anywhere */
	return any ? QL_OK : ql_fail(err, QL_FATAL, "qlgen.topics names none of enterprise.enquiries, clearance.incidents, hotline.calls");
}

static enum ql_rc load_people(struct run *r, struct ql_err *err)
{
	enum ql_rc rc;

	if (r->conf.pg_dsn[0] == '\0')
		return people_known(&r->world.people, err);
	rc = ql_pg_open(&r->pg, r->conf.pg_dsn, "qlgen", err);
	return rc == QL_OK ? people_store_load(&r->world.people, r->pg, err) : rc;
}

static enum ql_rc prepare(struct run *r, struct ql_err *err)
{
	struct gen_conf g = { .rate = r->conf.rate, .bad = r->conf.bad, .duplicates = r->conf.duplicates, .shape = r->conf.shape };
	enum ql_rc rc;

	r->world.seed = (uint64_t)(unsigned)r->conf.seed;
	r->world.haste = r->conf.haste;
	r->world.start = ql_now();
	if (r->conf.start[0] != '\0' && !rfc3339_parse(r->conf.start, strlen(r->conf.start), &r->world.start, NULL))
		return ql_fail(err, QL_FATAL, "qlgen.start must look like 2026-11-23T09:00:00+08:00, not \"%.40s\"", r->conf.start);
	r->world.key = r->world.seed ^ (uint64_t)r->world.start * 0x9E3779B97F4A7C15u;
	ql_buf_init(&r->record.value, RECORD_BYTES_MAX);
	rc = choose_topics(r->conf.topics, &g, err);
	if (rc == QL_OK)
		rc = load_people(r, err);
	if (rc == QL_OK)
		rc = gen_new(&r->gen, &r->world, &g, err);
	if (rc == QL_OK)
		rc = sender_open(&r->sender, r->conf.brokers, r->conf.ledger, err);
	if (rc == QL_OK && r->conf.work)
		rc = officers_open(&r->officers, r->conf.pg_dsn_work[0] != '\0' ? r->conf.pg_dsn_work : r->conf.pg_dsn, r->conf.open, err);
	r->lead = ql_now() - r->world.start;
	return rc;
}

/* Who may be written again is looked up now and then; without the database nobody writes again. */
static void refresh_talks(struct run *r)
{
	struct ql_err err = { 0 };

	if (r->pg == NULL || !r->conf.replies || ql_monotonic() < r->talks_at)
		return;
	r->talks_at = ql_monotonic() + TALKS_EVERY;
	if (talks_store_load(&r->world.talks, r->pg, &err) != QL_OK && ql_pg_recover(r->pg, &err) != QL_OK)
		ql_log_err("talks_not_read", &err);
}

/* Waits for the next slot; the officers work meanwhile. */
static void wait_for_slot(struct run *r)
{
	if (r->conf.rate == 0) {
		sender_poll(r->sender, 0);
		return;
	}
	if (ql_now() - r->lead - gen_due(r->gen) > BEHIND_MOST)
		r->lead = ql_now() - gen_due(r->gen);
	do {
		const ql_time left = gen_due(r->gen) + r->lead - ql_now();

		officers_step(r->officers);
		sender_poll(r->sender, left <= 0 ? 0 : left / 1000 < POLL_MS ? (int)(left / 1000) + 1 : POLL_MS);
	} while (!ql_stopping() && gen_due(r->gen) + r->lead > ql_now());
}

static enum ql_rc generate(struct run *r, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int n = 0; rc == QL_OK && !ql_stopping() && (r->conf.count == 0 || n < r->conf.count); n++) {
		refresh_talks(r);
		wait_for_slot(r);
		if (ql_stopping())
			break;
		gen_next(r->gen, &r->record);
		rc = sender_send(r->sender, &r->record, err);
	}
	return rc == QL_RETRY && ql_stopping() ? QL_OK : rc;
}

static void finish(struct run *r)
{
	officers_close(r->officers);
	sender_close(r->sender);
	gen_free(r->gen);
	ql_pg_close(r->pg);
	people_free(&r->world.people);
	ql_buf_free(&r->record.value);
}

int main(int argc, char **argv)
{
	static struct run r;
	struct ql_err err = { 0 };
	enum ql_rc rc;

	ql_log_open("qlgen");
	if (ql_conf_load(&PROGRAM, &r.conf, argc, argv, &err) || ql_stop_on_signals(&err) || prepare(&r, &err)) {
		finish(&r);
		return ql_die(&err);
	}
	ql_log(QL_INFO, "ready", "seed=%d start=%" PRId64 " rate=%d enterprises=%zu", r.conf.seed, r.world.start, r.conf.rate, r.world.people.n);
	rc = generate(&r, &err);
	if (rc == QL_OK)
		rc = sender_finish(r.sender, FINISH_MS, &err);
	const struct sender_account account = sender_account(r.sender);

	ql_log(QL_INFO, "done", "sent=%" PRIu64 " acknowledged=%" PRIu64 " lost=%" PRIu64, account.sent, account.acknowledged, account.lost);
	finish(&r);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
