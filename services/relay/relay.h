/* relay.h -- one life of a stream: lead, make sure of the slot, follow the WAL until something breaks. */
#ifndef QL_RELAY_RELAY_H
#define QL_RELAY_RELAY_H

#include <stdbool.h>
#include "base/err.h"

struct relay;

struct relay_conf { const char *pg_dsn, *brokers, *slot, *publication, *health_address; int health_port; };

/* QL_FATAL: the configuration is at fault. */
QL_MUSTCHECK enum ql_rc relay_open(struct relay **r, const struct relay_conf *conf, struct ql_err *err);
void relay_close(struct relay *r);

/* Returns QL_OK when the process is to stop; anything else is to be waited out and tried again, *progress says whether
 * records arrived in this life. */
QL_MUSTCHECK enum ql_rc relay_live(struct relay *r, bool *progress, struct ql_err *err);

#endif
