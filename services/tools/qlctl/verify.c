/* verify.c -- qlctl verify: recomputes every hash chain of the journal as it streams by, and compares the head of each case. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/verify_store.h"

#define FAULTS_SHOWN 10
#define HEX          (2 * CASE_HASH)

struct verify_conf { const char *pg_dsn; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct verify_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	{ 0 },
};
static const struct ql_program VERIFY = { "qlctl verify", "Recomputes the hash chains of the journal; qlctl verify 261123-00417-5 only that of one case.", OPTIONS };

/* Where the walk stands. After a fault the stored hash counts as right, so that one wrong row is one fault. */
struct walk {
	int64_t case_id, rows, faults;
	int32_t version;
	char head[HEX + 1];
};

static void fault(struct walk *w, const struct journal_row *row, const char *what)
{
	if (w->faults++ < FAULTS_SHOWN)
		printf("FAULT  case %s version %d: %s\n", row->number, row->version, what);
}

static void check_row(struct walk *w, const struct chain_row *r)
{
	static const unsigned char NOTHING[CASE_HASH];
	unsigned char prev[CASE_HASH], hash[CASE_HASH];
	char hex[HEX + 1];

	if (r->row.case_id != w->case_id) {
		w->case_id = r->row.case_id;
		w->version = 0;
		sodium_bin2hex(w->head, sizeof(w->head), NOTHING, sizeof(NOTHING));
	}
	if (r->row.version != w->version + 1)
		fault(w, &r->row, "a row before it is missing");
	else if (strcmp(r->prev_hex, w->head) != 0)
		fault(w, &r->row, "it does not continue the row before it");
	if (strlen(r->prev_hex) != HEX || sodium_hex2bin(prev, sizeof(prev), r->prev_hex, HEX, NULL, NULL, NULL) != 0)
		memset(prev, 0, sizeof(prev));
	journal_hash(&r->row, prev, hash);
	if (strcmp(sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)), r->hash_hex) != 0)
		fault(w, &r->row, "its content is not what was hashed");
	w->version = r->row.version;
	snprintf(w->head, sizeof(w->head), "%s", r->hash_hex);
	w->rows++;
}

static enum ql_rc walk_chains(struct ql_pg *pg, struct walk *w, int64_t first, int64_t last, struct ql_err *err)
{
	struct chain_rows rows;
	struct chain_row row;
	bool more = false;
	enum ql_rc rc = verify_store_open(pg, first, last, &rows, err);

	while (rc == QL_OK && (rc = verify_store_next(&rows, &row, &more, err)) == QL_OK && more)
		check_row(w, &row);
	return rc;
}

static enum ql_rc verify_clocks(struct ql_pg *pg, bool *whole, struct ql_err *err)
{
	const enum ql_rc rc = verify_store_begin(pg, err);

	return rc == QL_OK ? clocks_verify(pg, whole, err) : rc;
}

static enum ql_rc verify(struct ql_pg *pg, const char *number, bool *whole, struct ql_err *err)
{
	struct walk w = { 0 };
	int64_t first = 1, last = INT64_MAX, cases = 0, wrong = 0;
	char numbers[200];
	enum ql_rc rc = verify_store_begin(pg, err);

	if (rc == QL_OK && number != NULL) {
		rc = verify_store_find(pg, number, &first, err);
		last = first;
		if (rc == QL_OK && first == 0)
			rc = ql_fail(err, QL_REJECT, "there is no case %s", number);
	}
	if (rc == QL_OK)
		rc = walk_chains(pg, &w, first, last, err);
	if (rc == QL_OK)
		rc = verify_store_heads(pg, first, last, &cases, &wrong, numbers, err);
	if (rc != QL_OK)
		return rc;
	if (wrong > 0)
		printf("FAULT  %" PRId64 " cases are not at their journal's last row: %s\n", wrong, numbers);
	printf("%-6s %" PRId64 " cases, %" PRId64 " journal rows, %" PRId64 " faults\n", w.faults + wrong == 0 ? "ok" : "BROKEN", cases, w.rows, w.faults + wrong);
	*whole = w.faults + wrong == 0;
	return QL_OK;
}

int qlctl_verify(int argc, char **argv)
{
	struct verify_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	const char *number;
	bool whole = false;

	if (command_words(&argc, &argv, &number, 1) > 1) {
		ql_fail(&err, QL_FATAL, "one case number at most");
		return ql_die(&err);
	}
	if (ql_conf_load(&VERIFY, &conf, argc, argv, &err) || ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err) || (number != NULL && strcmp(number, "clocks") == 0 ? verify_clocks(pg, &whole, &err) : verify(pg, number, &whole, &err))) {
		ql_pg_close(pg);
		return ql_die(&err);
	}
	ql_pg_close(pg);
	return whole ? EXIT_SUCCESS : EXIT_FAILURE;
}
