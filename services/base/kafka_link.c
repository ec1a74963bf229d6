/* kafka_link.c -- the handle and its callbacks. */
#include "kafka_link.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "log.h"

#define FIRST_CONTACT QL_SECOND

/* Runs on librdkafka's broker threads. */
static int on_socket(int domain, int type, int protocol, void *opaque)
{
	struct ql_link *link = opaque;

	atomic_fetch_add(&link->sockets, 1);
	return socket(domain, type | SOCK_CLOEXEC, protocol);
}

/* Runs on the owner's thread, inside poll. Librdkafka reconnects by itself: an error only makes us ask again. */
static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct ql_link *link = opaque;

	(void)rk;
	link->suspect = true;
	if (code == RD_KAFKA_RESP_ERR__FATAL)
		ql_log(QL_WARN, "kafka_fatal", "client=%s msg=\"%s\"", link->client, reason);
}

/* Runs on librdkafka's threads. What comes again with every attempt to connect is for debugging: that the broker is away,
 * or is another cluster, is said once by us. AUTOCREATE: an old broker may create topics we ask about; nothing follows. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	static const char *const ROUTINE[] = { "FAIL", "ERROR", "FATAL", "CLUSTERID", "AUTOCREATE", "GETPID" };
	bool routine = level > LOG_WARNING;

	(void)rk;
	for (size_t i = 0; i < QL_LEN(ROUTINE); i++)
		routine |= strcmp(facility, ROUTINE[i]) == 0;
	ql_log(routine ? QL_DEBUG : QL_WARN, "kafka", "facility=%s msg=\"%s\"", facility, text);
}

static const struct ql_setting COMMON[] = {
	{ "socket.nagle.disable", "true" },
	{ "socket.keepalive.enable", "true" },
	{ "socket.timeout.ms", "15000" },
	{ "reconnect.backoff.ms", "50" },
	{ "reconnect.backoff.max.ms", "1000" },
	{ "topic.metadata.refresh.interval.ms", "10000" }, /* topics that did not exist yet, partitions that were added */
	{ "log.connection.close", "false" },
	{ "allow.auto.create.topics", "false" },
	{ NULL, NULL },
};

static enum ql_rc apply(rd_kafka_conf_t *conf, const struct ql_setting *settings, struct ql_err *err)
{
	char why[160];

	for (const struct ql_setting *s = settings; s->name != NULL; s++)
		if (rd_kafka_conf_set(conf, s->name, s->value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
			return ql_fail(err, QL_FATAL, "kafka setting %s: %s", s->name, why);
	return QL_OK;
}

enum ql_rc ql_link_open(struct ql_link *link, rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct ql_setting *settings, struct ql_err *err)
{
	enum ql_rc rc = apply(conf, COMMON, err);
	char why[160];

	if (rc == QL_OK)
		rc = apply(conf, settings, err);
	if (rc != QL_OK) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	rd_kafka_conf_set_opaque(conf, link);
	rd_kafka_conf_set_socket_cb(conf, on_socket);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	link->opened = ql_monotonic();
	link->rk = rd_kafka_new(type, conf, why, sizeof(why));
	if (link->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		return ql_fail(err, QL_FATAL, "kafka client %s cannot be created: %s", link->client, why);
	}
	return QL_OK;
}

bool ql_link_verified(const struct ql_link *link)
{
	return link->known && !link->suspect && atomic_load(&link->sockets) == link->verified;
}

/* A first connection in the making is not a broker that is away. */
static void set_away(struct ql_link *link, bool away)
{
	if (!link->known && ql_monotonic() - link->opened < FIRST_CONTACT)
		return;
	if (away && !link->away)
		ql_log(QL_WARN, "broker_away", "client=%s", link->client);
	if (!away && link->away)
		ql_log(QL_INFO, "broker_back", "client=%s cluster=%s", link->client, link->cluster);
	link->away = away;
}

bool ql_link_verify(struct ql_link *link, int ms)
{
	unsigned sockets = atomic_load(&link->sockets); /* before asking: one opened meanwhile is asked about next time */
	const struct rd_kafka_metadata *md = NULL;
	char *id;

	link->suspect = false;
	if (rd_kafka_metadata(link->rk, 0, NULL, &md, ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		link->suspect = true;
		set_away(link, true);
		return false;
	}
	rd_kafka_metadata_destroy(md);
	id = rd_kafka_clusterid(link->rk, 0);
	snprintf(link->cluster, sizeof(link->cluster), "%s", id ? id : "unnamed");
	if (id != NULL)
		rd_kafka_mem_free(link->rk, id);
	link->verified = sockets;
	set_away(link, false);
	link->known = true;
	return true;
}
