/* main.c -- intake: turns records of the inbound topics into cases. */
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "intake/intake.h"

static const struct ql_opt OPTIONS[] = {
	QL_SECRET(struct intake_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_intake"),
	QL_TEXT(struct intake_conf, brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_TEXT(struct intake_conf, group, "intake.group", "intake", "Kafka consumer group; instances of one group share the partitions"),
	QL_INT(struct intake_conf, batch, "intake.batch", "160", 1, 256, "most records in one transaction"),
	QL_TEXT(struct intake_conf, health_address, "health.address", "127.0.0.1", "address of the health port"),
	QL_INT(struct intake_conf, health_port, "health.port", "0", 0, 65535, "port of /metrics, /healthz and /readyz; 0: none"),
	{ 0 },
};
static const struct ql_program INTAKE = { "intake", "turns enquiries, clearance notices and hotline calls into cases", OPTIONS };

int main(int argc, char **argv)
{
	struct intake_conf conf = { 0 };
	struct ql_backoff wait = { 0 };
	struct ql_err err = { 0 };
	struct intake *in = NULL;

	ql_log_open("intake");
	if (ql_conf_load(&INTAKE, &conf, argc, argv, &err) || ql_stop_on_signals(&err) || intake_open(&in, &conf, &err))
		return ql_die(&err);
	ql_log(QL_INFO, "ready", "batch=%d", conf.batch);
	while (!ql_stopping()) {
		switch (intake_step(in, &err)) {
		case QL_OK:
			ql_backoff_reset(&wait);
			break;
		case QL_RETRY:
		case QL_CONFLICT:
			ql_backoff_wait(&wait, &err);
			break;
		default:
			intake_close(in);
			return ql_die(&err);
		}
	}
	intake_close(in);
	return EXIT_SUCCESS;
}
