/* demo.c -- qlctl demo: people for a demonstration, and the table of logins on standard output. Never for production. */
#include <stdio.h>
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "base/password.h"
#include "base/pg.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/demo_store.h"

struct demo_conf { const char *pg_dsn, *password; };

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct demo_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_TEXT(struct demo_conf, password, "demo.password", "clear-to-zero", "password of all demonstration accounts; printed"),
	{ 0 },
};
static const struct ql_program DEMO = { "qlctl demo", "enterprises, coordinators and accounts for a demonstration", OPTIONS };

static enum ql_rc fill(struct ql_pg *pg, const char *password, struct ql_err *err)
{
	static struct demo_offices offices;
	char hash[PASSWORD_HASH_MAX];
	enum ql_rc rc = demo_store_hash(pg, hash, err);

	if (rc == QL_OK && (hash[0] == '\0' || !password_verify(hash, password)))
		rc = password_hash(password, hash, err);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, "begin", err);
	if (rc == QL_OK)
		rc = demo_store_offices(pg, &offices, err);
	if (rc == QL_OK)
		rc = demo_store_enterprises(pg, &offices, err);
	if (rc == QL_OK)
		rc = demo_store_coordinators(pg, &offices, err);
	if (rc == QL_OK)
		rc = demo_store_users(pg, hash, err);
	return rc == QL_OK ? ql_pg_exec(pg, "commit", err) : rc;
}

int qlctl_demo(int argc, char **argv)
{
	struct demo_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;

	if (ql_conf_load(&DEMO, &conf, argc, argv, &err) || ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err) || fill(pg, conf.password, &err)) {
		ql_pg_close(pg);
		return ql_die(&err);
	}
	ql_pg_close(pg);
	printf("  %-12s %-12s %-16s %s\n", "role", "login", "password", "who");
	for (size_t i = 0; i < DEMO_USERS_N; i++)
		printf("  %-12s %-12s %-16s %s%s%s\n", DEMO_USERS[i].role, DEMO_USERS[i].login, conf.password, DEMO_USERS[i].name,
		       DEMO_USERS[i].unit != NULL ? " @ " : "", DEMO_USERS[i].unit != NULL ? DEMO_USERS[i].unit : "");
	return EXIT_SUCCESS;
}
