/* stats.h -- the gateway's metrics. */
#ifndef QL_GATEWAY_STATS_H
#define QL_GATEWAY_STATS_H

#include "base/metrics.h"

struct stats {
	struct ql_metric requests, refused, seconds, waiting; /* HTTP */
	struct ql_metric sockets, frames, resyncs, resumes, snapshots; /* live clients */
	struct ql_metric events, river_seconds, lag; /* the river thread */
	struct ql_metric canary_seconds, canaries_lost;
	struct ql_metric reveals;
};
extern struct stats stats;

void stats_register(void); /* once, before threads start */

#endif
