/* main.c -- clock: fires promises of time when they come due. */
#include <stddef.h>
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "clock/clock.h"
#include "clock/figures.h"

#define T struct clock_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_clock"),
	QL_TEXT(T, health_address, "health.address", "127.0.0.1", "address of the health and metrics port"),
	QL_INT(T, health_port, "health.port", "0", 0, 65535, "health and metrics port, 0: none"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "clock", "Fires clocks and watches when they are due, exactly once in effect.", OPTIONS };

/* A database that is away at the start is waited for. */
static enum ql_rc start(struct clock_service **k, const struct clock_conf *conf, struct ql_err *err)
{
	struct ql_backoff wait = { 0 };
	enum ql_rc rc = ql_health_open(conf->health_address, conf->health_port, err);

	while (rc == QL_OK && !ql_stopping()) {
		rc = clock_open(k, conf, err);
		if (rc != QL_RETRY)
			return rc;
		ql_ready("database", err->msg);
		clock_close(*k);
		*k = NULL;
		ql_backoff_wait(&wait, err);
		rc = QL_OK;
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct clock_conf conf = { 0 };
	struct ql_backoff wait = { 0 };
	struct ql_err err = { 0 };
	struct clock_service *k = NULL;
	enum ql_rc rc;

	ql_log_open("clock");
	figures_register();
	ql_ready("database", "starting");
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) || ql_stop_on_signals(&err) || start(&k, &conf, &err)) {
		clock_close(k);
		return ql_die(&err);
	}
	ql_log(QL_INFO, "ready", NULL);
	while (k != NULL && !ql_stopping()) {
		rc = clock_step(k, &err);
		if (rc == QL_OK) {
			ql_backoff_reset(&wait);
		} else if (rc == QL_RETRY) {
			ql_backoff_wait(&wait, &err);
		} else {
			clock_close(k);
			return ql_die(&err);
		}
	}
	clock_close(k);
	ql_health_close();
	return EXIT_SUCCESS;
}
