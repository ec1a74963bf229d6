/* import.c -- qlctl import: reference data from CSV, in one transaction; what is there is brought up to date, nothing is deleted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "base/pg.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/import_store.h"

#define CHUNK 65536

struct import_conf { const char *pg_dsn, *dir; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct import_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_TEXT(struct import_conf, dir, "import.dir", "migrations/reference", "folder with the CSV files"),
	{ 0 },
};
static const struct ql_program IMPORT = { "qlctl import", "load reference data from CSV", OPTIONS };

static enum ql_rc refused(PGconn *conn, const char *file, struct ql_err *err)
{
	return ql_fail(err, QL_FATAL, "%s: %.180s", file, PQerrorMessage(conn));
}

static enum ql_rc copy_file(PGconn *conn, FILE *from, const char *file, struct ql_err *err)
{
	static char chunk[CHUNK];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), from)) > 0)
		if (PQputCopyData(conn, chunk, (int)n) != 1)
			return refused(conn, file, err);
	if (ferror(from) || PQputCopyEnd(conn, ferror(from) ? "reading failed" : NULL) != 1)
		return refused(conn, file, err);
	PGresult *res = PQgetResult(conn);
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

	PQclear(res);
	while ((res = PQgetResult(conn)) != NULL)
		PQclear(res);
	return ok ? QL_OK : refused(conn, file, err);
}

static enum ql_rc load(PGconn *conn, const char *dir, const struct import_table *t, struct ql_err *err)
{
	char path[512];
	FILE *from;
	enum ql_rc rc = import_store_open(conn, t, err);

	snprintf(path, sizeof(path), "%s/%s.csv", dir, t->name);
	if (rc != QL_OK)
		return rc;
	from = fopen(path, "r");
	if (from == NULL)
		return ql_fail(err, QL_FATAL, "%s can't be read: is import.dir right?", path);
	rc = copy_file(conn, from, path, err);
	fclose(from);
	return rc == QL_OK ? import_store_merge(conn, t, err) : rc;
}

static enum ql_rc import(struct ql_pg *pg, const char *dir, struct ql_err *err)
{
	enum ql_rc rc = ql_pg_exec(pg, "begin", err);

	for (size_t i = 0; rc == QL_OK && i < IMPORT_TABLES_N; i++)
		rc = load(ql_pg_conn(pg), dir, &IMPORT_TABLES[i], err);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, "commit", err);
	return rc;
}

int qlctl_import(int argc, char **argv)
{
	struct import_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;

	if (ql_conf_load(&IMPORT, &conf, argc, argv, &err) || ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err) || import(pg, conf.dir, &err)) {
		ql_pg_close(pg);
		return ql_die(&err);
	}
	ql_log(QL_INFO, "imported", "tables=%zu", IMPORT_TABLES_N);
	ql_pg_close(pg);
	return EXIT_SUCCESS;
}
