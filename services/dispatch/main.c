/* main.c -- dispatch: gives waiting cases to coordinators. */
#include <stddef.h>
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "dispatch/dispatch.h"
#include "dispatch/figures.h"

#define T struct dispatch_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_dispatch"),
	QL_TEXT(T, brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_INT(T, batch, "dispatch.batch", "300", 1, BATCH_MAX, "most cases assigned in one transaction"),
	QL_TEXT(T, health_address, "health.address", "127.0.0.1", "address of the health and metrics port"),
	QL_INT(T, health_port, "health.port", "0", 0, 65535, "health and metrics port, 0: none"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "dispatch", "Gives waiting cases to coordinators and says why.", OPTIONS };

static enum ql_rc start(struct dispatch **d, const struct dispatch_conf *conf, struct ql_err *err)
{
	struct ql_backoff wait = { 0 };
	enum ql_rc rc = ql_health_open(conf->health_address, conf->health_port, err);

	while (rc == QL_OK && !ql_stopping()) {
		rc = dispatch_open(d, conf, err);
		if (rc != QL_RETRY)
			return rc;
		ql_ready("database", err->msg);
		dispatch_close(*d);
		*d = NULL;
		ql_backoff_wait(&wait, err);
		rc = QL_OK;
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct dispatch_conf conf = { 0 };
	struct ql_backoff wait = { 0 };
	struct ql_err err = { 0 };
	struct dispatch *d = NULL;
	enum ql_rc rc;

	ql_log_open("dispatch");
	figures_register();
	ql_ready("database", "starting");
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) || ql_stop_on_signals(&err) || start(&d, &conf, &err)) {
		dispatch_close(d);
		return ql_die(&err);
	}
	ql_log(QL_INFO, "ready", "batch=%d", conf.batch);
	while (d != NULL && !ql_stopping()) {
		rc = dispatch_step(d, &err);
		if (rc == QL_OK) {
			ql_backoff_reset(&wait);
		} else if (rc == QL_RETRY) {
			ql_backoff_wait(&wait, &err);
		} else {
			dispatch_close(d);
			return ql_die(&err);
		}
	}
	dispatch_close(d);
	ql_health_close();
	return EXIT_SUCCESS;
}
