/* kafka_link.h -- what consumer and producer share: the handle, whether a broker answers, and which cluster it is.
 *
 * A broker that keeps its log in memory comes back as another cluster under the same address, so what is read through a
 * new socket is not believed before the cluster has been asked its id. Private to base; thread of the owner.
 */
#ifndef QL_BASE_KAFKA_LINK_H
#define QL_BASE_KAFKA_LINK_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "err.h"
#include "loop.h"

#define LINK_CLUSTER_MAX 64 /* bytes of a cluster id */

struct ql_link { /* the opaque of its handle, and so the first member of what contains it */
	rd_kafka_t *rk;
	atomic_uint sockets; /* opened so far; counted on librdkafka's threads before they connect */
	unsigned verified;   /* value of sockets when the cluster last said who it is */
	bool known, away;    /* known: verified at least once; away: nobody answers */
	bool suspect;        /* an error was reported since */
	ql_time opened;
	char cluster[LINK_CLUSTER_MAX];
	char client[48];
};

struct ql_setting { const char *name, *value; };

/* Takes conf in any case. settings ends with a NULL name. */
enum ql_rc ql_link_open(struct ql_link *link, rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct ql_setting *settings, struct ql_err *err);

/* Whether every socket in use has been verified. */
bool ql_link_verified(const struct ql_link *link);

/* Asks the cluster who it is, waiting at most ms; false when nobody answers. */
bool ql_link_verify(struct ql_link *link, int ms);

#endif
