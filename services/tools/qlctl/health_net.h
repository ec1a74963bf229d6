/* health_net.h -- what health asks over the network besides the database: a service's health port, and the broker. */
#ifndef QLCTL_HEALTH_NET_H
#define QLCTL_HEALTH_NET_H

#include "base/buf.h"
#include "tools/qlctl/health_store.h"

#define HEALTH_TOPICS 3

/* GET http://127.0.0.1:port/path; status 0: nobody answered. body is reset first. */
int health_get(int port, const char *path, struct ql_buf *body);

/* A metric's value (the first of its name, labels or not) out of the Prometheus text; false: it is not there. */
bool health_metric(const char *text, const char *name, double *value);

struct topic_lag { const char *topic; int64_t lag; int partitions; };
/* How far intake is behind in each inbound topic. QL_RETRY: the broker does not answer. */
QL_MUSTCHECK enum ql_rc health_lag(struct ql_pg *pg, const char *brokers, struct topic_lag out[HEALTH_TOPICS], struct ql_err *err);

#endif
