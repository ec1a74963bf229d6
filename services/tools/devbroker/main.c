/* devbroker: a broker of the Kafka protocol in one small process, for trying Qingling out and for tests.
 *
 * It is librdkafka's mock cluster: data lives in memory, the newest 5 MB or so of a partition, and is gone with the
 * process. What must not be lost belongs on Apache Kafka (deploy/kafka). */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/topics.h"
#include "bind.h"

#define PATH_BYTES 4096
#define PAD_BYTES_MAX (1u << 27)
#define NEIGHBOURS_MAX 1024
#define CLUSTER_BYTES 1376 /* of the library's cluster, as its allocator counts them */

struct devbroker_conf { int port, brokers; const char *port_file, *topics; };

#define T struct devbroker_conf
static const struct ql_opt OPTIONS[] = {
	QL_INT(T, port, "devbroker.port", "9092", 0, 65535, "port on 127.0.0.1; 0: any free one"),
	QL_INT(T, brokers, "devbroker.brokers", "1", 1, 9, "brokers in the cluster; the first one has the port"),
	QL_TEXT(T, port_file, "devbroker.port-file", "", "file that receives the port once the broker answers"),
	QL_TEXT(T, topics, "devbroker.topics", "topics/topics.csv", "topics to create"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "devbroker", "An embedded broker of the Kafka protocol; keeps nothing on disk.", OPTIONS };

static void log_library(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk, (void)level;
	ql_log(QL_WARN, "library", "facility=%s text=\"%s\"", facility, text);
}

/* The library makes the cluster id from an address on the heap. Consumers tell a new log from an old one by that id,
 * so it must differ between two starts even where addresses are not randomised. Only address space is spent. */
static void *shift_heap(void)
{
	unsigned n;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return NULL;
#ifdef __SANITIZE_ADDRESS__ /* its allocator keeps blocks of one size together: only neighbours of that size move the next */
	static void *neighbours[NEIGHBOURS_MAX];

	for (unsigned i = 0; i < n % NEIGHBOURS_MAX; i++) {
		neighbours[i] = malloc(CLUSTER_BYTES);
		if (neighbours[i] == NULL)
			return NULL;
	}
#endif
	mallopt(M_MMAP_THRESHOLD, (int)PAD_BYTES_MAX);
	return malloc(n % PAD_BYTES_MAX);
}

static enum ql_rc open_library(rd_kafka_t **rk, struct ql_err *err)
{
	char why[160];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_log_cb(conf, log_library);
	(void)rd_kafka_conf_set(conf, "log_level", "3", NULL, 0); /* below errors it only misses servers to connect to */
	*rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (*rk != NULL)
		return QL_OK;
	rd_kafka_conf_destroy(conf);
	return ql_fail(err, QL_FATAL, "librdkafka: %s", why);
}

struct served { rd_kafka_mock_cluster_t *cluster; int brokers; struct ql_topic topics[QL_TOPICS_MAX]; size_t n; };

static enum ql_rc create_topics(struct served *s, const char *path, struct ql_err *err)
{
	enum ql_rc rc = ql_topics_read(path, s->topics, &s->n, err);

	for (size_t i = 0; rc == QL_OK && i < s->n; i++) {
		rd_kafka_resp_err_t e = rd_kafka_mock_topic_create(s->cluster, s->topics[i].name, s->topics[i].partitions, s->brokers);

		if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
			rc = ql_fail(err, QL_FATAL, "topic %s: %s", s->topics[i].name, rd_kafka_err2str(e));
	}
	return rc;
}

/* SIGUSR1: each partition gets another leader, as when a broker of a real cluster goes. */
static volatile sig_atomic_t leaders_wanted;
static void want_leaders(int signal)
{
	(void)signal;
	leaders_wanted = leaders_wanted + 1;
}

static void move_leaders(const struct served *s, int turn)
{
	for (size_t i = 0; i < s->n; i++)
		for (int part = 0; part < s->topics[i].partitions; part++)
			if (rd_kafka_mock_partition_set_leader(s->cluster, s->topics[i].name, part, 1 + (part + turn) % s->brokers) != RD_KAFKA_RESP_ERR_NO_ERROR)
				ql_log(QL_ERROR, "leader_not_moved", "topic=%s partition=%d", s->topics[i].name, part);
	ql_log(QL_INFO, "leaders_moved", "turn=%d", turn);
}

/* Written beside and renamed: who waits for the file never reads half a number. */
static enum ql_rc write_port(const char *path, const char *port, struct ql_err *err)
{
	char beside[PATH_BYTES];
	FILE *f;
	bool ok;

	if (path[0] == '\0')
		return QL_OK;
	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return ql_fail(err, QL_FATAL, "devbroker.port-file: longer than %d bytes", PATH_BYTES);
	f = fopen(beside, "we");
	ok = f != NULL && fprintf(f, "%s\n", port) > 0;
	if (f != NULL && fclose(f) != 0)
		ok = false;
	if (!ok || rename(beside, path) != 0)
		return ql_fail(err, QL_FATAL, "devbroker.port-file %s: %s", path, strerror(errno));
	return QL_OK;
}

static enum ql_rc serve(const struct devbroker_conf *conf, rd_kafka_mock_cluster_t *cluster, struct ql_err *err)
{
	static struct served served;
	const char *address = rd_kafka_mock_cluster_bootstraps(cluster);
	char port[16] = "";
	int turn = 0;
	enum ql_rc rc;

	served = (struct served){ .cluster = cluster, .brokers = conf->brokers };
	rc = create_topics(&served, conf->topics, err);
	snprintf(port, sizeof(port), "%d", atoi(strchr(address, ':') + 1)); /* of the first one */
	if (rc == QL_OK)
		rc = write_port(conf->port_file, port, err);
	if (rc != QL_OK)
		return rc;
	ql_log(QL_INFO, "ready", "brokers=%s", address);
	signal(SIGUSR1, want_leaders);
	while (!ql_stopping()) {
		(void)poll(NULL, 0, 1000); /* a signal ends it early; the library's threads do the work */
		while (turn < leaders_wanted)
			move_leaders(&served, ++turn);
	}
	return QL_OK;
}

int main(int argc, char **argv)
{
	struct devbroker_conf conf = { 0 };
	struct ql_err err = { 0 };
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *rk = NULL;
	enum ql_rc rc;
	void *pad;

	ql_log_open(PROGRAM.name);
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) != QL_OK || ql_stop_on_signals(&err) != QL_OK || open_library(&rk, &err) != QL_OK)
		return ql_die(&err);

	pad = shift_heap();
	bind_use_port(conf.port);
	cluster = rd_kafka_mock_cluster_new(rk, conf.brokers);
	if (cluster != NULL) {
		rc = serve(&conf, cluster, &err);
		rd_kafka_mock_cluster_destroy(cluster);
	} else {
		rc = ql_fail(&err, QL_FATAL, "cannot listen on 127.0.0.1:%d", conf.port);
	}
	rd_kafka_destroy(rk);
	free(pad);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
