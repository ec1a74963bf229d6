/* check.c -- qlctl check: the accounts of the river balance, and so does a ledger of what was sent into it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "tools/qlctl/check_store.h"
#include "tools/qlctl/command.h"

#define LINE_BYTES   1024
#define CHUNK_BYTES  (LEDGER_CHUNK * 2 * LINE_BYTES)

struct check_conf { const char *pg_dsn, *ledger; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct check_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	QL_TEXT(struct check_conf, ledger, "check.ledger", "", "a ledger of qlgen: each of its messages must have come to one of its fates, once"),
	{ 0 },
};
static const struct ql_program CHECK = { "qlctl check", "Balances the accounts: messages, loads, rights, clocks. Run it when nothing is under way.", OPTIONS };

static bool tell(const char *what, const struct finding *f)
{
	printf("%-6s %s\n", f->n == 0 ? "ok" : "FAULT", what);
	for (int i = 0; i < CHECK_SHOWN && i < f->n; i++)
		printf("         %s\n", f->first[i]);
	if (f->n > CHECK_SHOWN)
		printf("         and %" PRId64 " more\n", f->n - CHECK_SHOWN);
	return f->n == 0;
}

static enum ql_rc check_all(struct ql_pg *pg, bool *balanced, struct ql_err *err)
{
	for (size_t i = 0; i < CHECKS_N; i++) {
		struct finding f;
		enum ql_rc rc = check_store_run(pg, &CHECKS[i], &f, err);

		if (rc != QL_OK)
			return rc;
		*balanced &= tell(CHECKS[i].what, &f);
	}
	return QL_OK;
}

/* A line is topic, source, id, fate between tabs; - as id: it has no envelope and can only be counted. */
static enum ql_rc add_line(char *line, struct ql_rows *rows, int64_t *bare, int number, struct ql_err *err)
{
	char *save = NULL, *part[4];

	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < 4; i++)
		if ((part[i] = strtok_r(i == 0 ? line : NULL, "\t", &save)) == NULL)
			return ql_fail(err, QL_FATAL, "line %d of the ledger is not topic, source, id and fate between tabs", number);
	if (strcmp(part[2], "-") == 0) {
		++*bare;
		return QL_OK;
	}
	struct ql_buf *b = ql_rows_begin(rows);

	ql_json_text(b, "source", part[1]);
	ql_json_text(b, "id", part[2]);
	ql_json_text(b, "fate", part[3]);
	ql_rows_end(rows);
	return QL_OK;
}

static enum ql_rc read_ledger(struct ql_pg *pg, FILE *from, struct finding *f, int64_t *bare, int *lines, struct ql_err *err)
{
	char line[LINE_BYTES];
	struct ql_rows rows;
	enum ql_rc rc = QL_OK;

	ql_rows_init(&rows, CHUNK_BYTES);
	while (rc == QL_OK && fgets(line, sizeof(line), from) != NULL) {
		rc = add_line(line, &rows, bare, ++*lines, err);
		if (rc == QL_OK && rows.n == LEDGER_CHUNK)
			rc = check_store_ledger(pg, &rows, f, err);
	}
	if (rc == QL_OK)
		rc = check_store_ledger(pg, &rows, f, err);
	ql_rows_free(&rows);
	return rc;
}

static enum ql_rc check_ledger(struct ql_pg *pg, const char *path, bool *balanced, struct ql_err *err)
{
	struct finding f = { 0 };
	int64_t bare = 0, arrived = 0;
	char what[CHECK_TEXT];
	int lines = 0;
	FILE *from = fopen(path, "r");
	enum ql_rc rc;

	if (from == NULL)
		return ql_fail(err, QL_FATAL, "check.ledger: %s: %s", path, strerror(errno));
	rc = read_ledger(pg, from, &f, &bare, &lines, err);
	fclose(from);
	if (rc == QL_OK)
		rc = check_store_bare(pg, &arrived, err);
	if (rc != QL_OK)
		return rc;
	if (arrived < bare) {
		if (f.n < CHECK_SHOWN)
			snprintf(f.first[f.n], CHECK_TEXT, "%" PRId64 " of %" PRId64 " notices without envelope arrived", arrived, bare);
		f.n++;
	}
	snprintf(what, sizeof(what), "each of the %d records of the ledger came to one of its fates, once", lines);
	*balanced &= tell(what, &f);
	return QL_OK;
}

int qlctl_check(int argc, char **argv)
{
	struct check_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	bool balanced = true;
	enum ql_rc rc = ql_conf_load(&CHECK, &conf, argc, argv, &err);

	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = check_store_begin(pg, &err);
	if (rc == QL_OK)
		rc = check_all(pg, &balanced, &err);
	if (rc == QL_OK && conf.ledger[0] != '\0')
		rc = check_ledger(pg, conf.ledger, &balanced, &err);
	ql_pg_close(pg);
	if (rc != QL_OK)
		return ql_die(&err);
	return balanced ? EXIT_SUCCESS : EXIT_FAILURE;
}
