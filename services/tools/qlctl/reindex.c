/* reindex.c -- qlctl reindex: makes what a search finds cases by, for those that have nothing yet (or for all, anew). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "casebook/casebook.h"
#include "tools/qlctl/command.h"

struct reindex_conf { const char *pg_dsn, *after; bool all; int batch; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct reindex_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_BOOL(struct reindex_conf, all, "reindex.all", "false", "every case anew: after a name changed, or a release that finds more"),
	QL_TEXT(struct reindex_conf, after, "reindex.after", "0", "id of a case: only those behind it, to go on where one stopped"),
	QL_INT(struct reindex_conf, batch, "reindex.batch", "200", 1, CASEBOOK_CASES, "cases in one transaction; they can't change while it runs"),
	{ 0 },
};
static const struct ql_program REINDEX = { "qlctl reindex", "Makes what a search finds cases by, where it is missing. Services may run; stopped, it goes on when run again.", OPTIONS };

static enum ql_rc step(struct casebook *cb, const struct reindex_conf *conf, int64_t *at, int *done, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(cb, err);

	if (rc == QL_OK)
		rc = casebook_reindex(cb, *at, conf->batch, conf->all, at, done, err);
	if (rc == QL_OK)
		rc = casebook_commit(cb, err);
	if (rc != QL_OK)
		casebook_rollback(cb);
	return rc;
}

static enum ql_rc walk(struct casebook *cb, const struct reindex_conf *conf, struct ql_err *err)
{
	int64_t at = strtoll(conf->after, NULL, 10), cases = 0;
	int done = 0;
	enum ql_rc rc;

	while ((rc = step(cb, conf, &at, &done, err)) == QL_OK && done > 0)
		cases += done;
	printf("%" PRId64 " cases, the last one %" PRId64 "\n", cases, at);
	return rc;
}

int qlctl_reindex(int argc, char **argv)
{
	struct reindex_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	struct casebook *cb = NULL;
	enum ql_rc rc = ql_conf_load(&REINDEX, &conf, argc, argv, &err);

	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = casebook_new(&cb, pg, &err);
	if (rc == QL_OK)
		rc = walk(cb, &conf, &err);
	casebook_free(cb);
	ql_pg_close(pg);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
