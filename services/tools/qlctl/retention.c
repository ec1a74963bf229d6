/* retention.c -- qlctl retention: forgets what has been kept long enough. To be run by a timer, as the owner: no service that is
 * always connected may delete. Killed between any two steps it goes on where it was. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/erase.h"

#define AUDIT_DAYS_MIN 180 /* what the law asks of logs */

struct retention_conf { const char *pg_dsn; };
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct retention_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	{ 0 },
};
static const struct ql_program RETENTION = { "qlctl retention", "What has been kept long enough: retention preview counts it, retention run forgets it.", OPTIONS };

static enum ql_rc check(const struct keep_limits *limits, struct ql_err *err)
{
	if (limits->audit_days < AUDIT_DAYS_MIN)
		return ql_fail(err, QL_REJECT, "retention.audit_days is %d: logs are kept for at least %d days", limits->audit_days, AUDIT_DAYS_MIN);
	return limits->people_months >= 1 ? QL_OK : ql_fail(err, QL_REJECT, "retention.people_months must be 1 at least");
}

static void say(const char *what, int64_t n) { printf("%-28s %" PRId64 "\n", what, n); }

static enum ql_rc preview(struct ql_pg *pg, struct casebook *cb, const struct keep_limits *limits, struct ql_err *err)
{
	struct keep_cases due;
	int64_t n = 0;
	enum ql_rc rc = keep_store_due(pg, limits, &due, err);

	(void)cb;
	if (rc == QL_OK)
		say("people of cases", due.total);
	for (int what = 0; rc == QL_OK && what < KEEP_WHATS; what++) {
		rc = keep_store_count(pg, (enum keep_what)what, limits, &n, err);
		if (rc == QL_OK)
			say(keep_name((enum keep_what)what), n);
	}
	return rc;
}

static enum ql_rc tell(struct ql_pg *pg, const char *what, int64_t n, struct ql_err *err)
{
	char detail[160];

	say(what, n);
	snprintf(detail, sizeof(detail), "{\"what\":\"%s\",\"n\":%" PRId64 "}", what, n);
	return n > 0 ? keep_store_record(pg, "retention", detail, err) : QL_OK;
}

static enum ql_rc forget_people(struct ql_pg *pg, struct casebook *cb, const struct keep_limits *limits, struct ql_err *err)
{
	struct keep_cases due;
	int64_t n = 0;
	enum ql_rc rc;

	while ((rc = keep_store_due(pg, limits, &due, err)) == QL_OK && due.n > 0) {
		rc = erase_cases(cb, &due, "retention", err);
		if (rc != QL_OK)
			return rc;
		n += due.n;
	}
	return rc == QL_OK ? tell(pg, "people of cases", n, err) : rc;
}

static enum ql_rc forget(struct ql_pg *pg, enum keep_what what, const struct keep_limits *limits, struct ql_err *err)
{
	int64_t n = 0, batch = 0;
	enum ql_rc rc;

	while ((rc = keep_store_forget(pg, what, limits, &batch, err)) == QL_OK && batch > 0)
		n += batch;
	return rc == QL_OK ? tell(pg, keep_name(what), n, err) : rc;
}

static enum ql_rc run(struct ql_pg *pg, struct casebook *cb, const struct keep_limits *limits, struct ql_err *err)
{
	enum ql_rc rc = forget_people(pg, cb, limits, err);

	for (int what = 0; rc == QL_OK && what < KEEP_WHATS; what++)
		rc = forget(pg, (enum keep_what)what, limits, err);
	return rc;
}

static const struct { const char *verb; enum ql_rc (*run)(struct ql_pg *pg, struct casebook *cb, const struct keep_limits *limits, struct ql_err *err); } VERBS[] = {
	{ "preview", preview }, { "run", run },
};

static enum ql_rc open_and_run(const struct retention_conf *conf, size_t verb, struct ql_err *err)
{
	struct keep_limits limits;
	struct casebook *cb = NULL;
	struct ql_pg *pg = NULL;
	enum ql_rc rc = ql_pg_open(&pg, conf->pg_dsn, "qlctl", err);

	if (rc == QL_OK)
		rc = keep_store_limits(pg, &limits, err);
	if (rc == QL_OK)
		rc = check(&limits, err);
	if (rc == QL_OK)
		rc = casebook_new(&cb, pg, err);
	if (rc == QL_OK)
		rc = VERBS[verb].run(pg, cb, &limits, err);
	casebook_free(cb);
	ql_pg_close(pg);
	return rc;
}

int qlctl_retention(int argc, char **argv)
{
	struct retention_conf conf = { 0 };
	struct ql_err err = { 0 };
	const char *verb;
	const int n = command_words(&argc, &argv, &verb, 1);
	size_t v = 0;
	enum ql_rc rc = ql_conf_load(&RETENTION, &conf, argc, argv, &err);

	while (v < QL_LEN(VERBS) && (n != 1 || strcmp(verb, VERBS[v].verb) != 0))
		v++;
	if (rc == QL_OK && v == QL_LEN(VERBS))
		rc = ql_fail(&err, QL_FATAL, "qlctl retention preview or run");
	if (rc == QL_OK)
		rc = open_and_run(&conf, v, &err);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
