/* health.h -- what metrics.c writes and health.c serves; private to base. Any thread. */
#ifndef QL_BASE_HEALTH_H
#define QL_BASE_HEALTH_H

#include <stdbool.h>
#include "buf.h"

/* Prometheus text format 0.0.4. */
void ql_write_metrics(struct ql_buf *out);

/* "ready", or one line per part that is not; returns whether all are. */
bool ql_write_readiness(struct ql_buf *out);

#endif
