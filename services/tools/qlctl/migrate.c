/* migrate.c -- qlctl migrate: runs dbmate on migrations/. The runner is a program of its own; this finds it and hands it the
 * connection without showing the password in the process list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/pg.h"
#include "tools/qlctl/command.h"

#define URL_MAX 4096

struct migrate_conf { const char *pg_dsn, *dir, *runner; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct migrate_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_TEXT(struct migrate_conf, dir, "migrate.dir", "migrations", "folder with the migrations"),
	QL_TEXT(struct migrate_conf, runner, "migrate.runner", "migrations/node_modules/@dbmate/linux-x64/bin/dbmate", "the dbmate program"),
	{ 0 },
};
static const struct ql_program MIGRATE = { "qlctl migrate", "bring the schema up to date; `qlctl migrate down` takes one migration back", OPTIONS };

/* All but unreserved characters as %XX, so that any password or socket path fits into a URL. */
static void add_escaped(struct ql_buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *text) != NULL)
			ql_buf_fmt(b, "%c", *text);
		else
			ql_buf_fmt(b, "%%%02X", (unsigned char)*text);
}

static const char *part(const PQconninfoOption *o, const char *keyword, const char *dflt)
{
	for (; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val != NULL)
			return o->val;
	return dflt;
}

/* libpq reads both forms of connection strings; the runner only URLs. */
static enum ql_rc make_url(const char *dsn, struct ql_buf *url, struct ql_err *err)
{
	PQconninfoOption *o = PQconninfoParse(dsn, NULL);
	const char *host;

	if (o == NULL)
		return ql_fail(err, QL_FATAL, "pg.dsn is not a connection string");
	host = part(o, "host", "localhost");
	ql_buf_str(url, "postgres://");
	add_escaped(url, part(o, "user", "postgres"));
	ql_buf_str(url, ":");
	add_escaped(url, part(o, "password", ""));
	ql_buf_fmt(url, "@%s:%s/", host[0] == '/' ? "" : host, part(o, "port", "5432"));
	add_escaped(url, part(o, "dbname", "postgres"));
	ql_buf_fmt(url, "?sslmode=%s", strcmp(part(o, "sslmode", "prefer"), "prefer") == 0 ? "disable" : part(o, "sslmode", "disable"));
	if (host[0] == '/') {
		ql_buf_str(url, "&socket=");
		add_escaped(url, host);
	}
	PQconninfoFree(o);
	return ql_buf_ok(url) ? QL_OK : ql_fail(err, QL_FATAL, "pg.dsn is longer than %d bytes", URL_MAX);
}

static enum ql_rc run(const struct migrate_conf *conf, const char *what, const char *url, struct ql_err *err)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (setenv("DATABASE_URL", url, 1) != 0)
			_exit(127);
		execlp(conf->runner, "dbmate", "--migrations-dir", conf->dir, "--migrations-table", "public.schema_migrations", "--no-dump-schema", what, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return ql_fail(err, QL_FATAL, "%s does not run: `make build` installs it", conf->runner);
	return WEXITSTATUS(status) == 0 ? QL_OK : ql_fail(err, QL_FATAL, "the migration failed: the runner's words are above");
}

int qlctl_migrate(int argc, char **argv)
{
	const bool down = argc > 1 && strcmp(argv[1], "down") == 0;
	struct migrate_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_buf url;
	enum ql_rc rc;

	ql_buf_init(&url, URL_MAX);
	rc = ql_conf_load(&MIGRATE, &conf, argc - down, argv + down, &err);
	if (rc == QL_OK)
		rc = make_url(conf.pg_dsn, &url, &err);
	if (rc == QL_OK)
		rc = run(&conf, down ? "rollback" : "migrate", url.data, &err);
	ql_buf_free(&url);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
