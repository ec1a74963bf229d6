/* relay: the journal out of PostgreSQL's WAL to case.events and roster.events, in commit order. */
#include <stdlib.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "meters.h"
#include "relay.h"

#define T struct relay_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string; the role has REPLICATION"),
	QL_TEXT(T, brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_TEXT(T, slot, "relay.slot", "ql_relay", "replication slot; also the name of the saved point"),
	QL_TEXT(T, publication, "relay.publication", "ql_journal", "publication that names the journals"),
	QL_TEXT(T, health_address, "health.address", "127.0.0.1", "address of the health port"),
	QL_INT(T, health_port, "health.port", "0", 0, 65535, "port of /metrics, /healthz, /readyz; 0: none"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "relay", "Streams the journal out of PostgreSQL's WAL to Kafka, in commit order.", OPTIONS };

static void announce_parts(void)
{
	ql_ready("database", "not connected yet");
	ql_ready("broker", "not connected yet");
	ql_ready("slot", "not started yet");
}

/* Only the configuration can end the process: whatever happens outside is waited out. */
int main(int argc, char **argv)
{
	struct relay_conf conf = { 0 };
	struct ql_backoff wait = { 0 };
	struct ql_err err = { 0 };
	struct relay *r = NULL;
	bool progress;

	ql_log_open("relay");
	meters_register();
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) || ql_stop_on_signals(&err) || relay_open(&r, &conf, &err))
		return ql_die(&err);
	announce_parts();
	if (ql_health_open(conf.health_address, conf.health_port, &err) != QL_OK)
		return ql_die(&err);

	while (!ql_stopping()) {
		if (relay_live(r, &progress, &err) == QL_OK)
			break;
		if (progress)
			ql_backoff_reset(&wait);
		ql_backoff_wait(&wait, &err);
	}
	relay_close(r);
	ql_health_close();
	ql_log(QL_INFO, "stopped", NULL);
	return EXIT_SUCCESS;
}
