/* metrics.h -- Prometheus counters, gauges, histograms and the health port of each service.
 *
 * Metrics are static objects linked into one list at start; updating is one relaxed atomic add, safe from any thread.
 * ql_health_open() starts one small thread that answers GET /metrics, /healthz (alive: 200) and /readyz (200, or 503
 * with one line per part that is not ready and what to do) on loopback or the configured address.
 */
#ifndef QL_BASE_METRICS_H
#define QL_BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include "err.h"

#define QL_BUCKETS 16

struct ql_metric {
	const char *name, *help, *labels; /* labels: NULL or 'topic="x"', fixed */
	enum { QL_COUNTER, QL_GAUGE, QL_HISTOGRAM } kind;
	_Atomic int64_t value;            /* histograms: sum, in microseconds */
	_Atomic int64_t buckets[QL_BUCKETS]; /* counts; bounds 100 us * 2^i, the last is +Inf; printed in seconds */
	struct ql_metric *next;
};

void ql_metric_register(struct ql_metric *m); /* once, before threads start */
static inline void ql_count(struct ql_metric *m, int64_t n) { atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed); }
static inline void ql_gauge(struct ql_metric *m, int64_t v) { atomic_store_explicit(&m->value, v, memory_order_relaxed); }
void ql_observe(struct ql_metric *m, int64_t micros);

/* Readiness by part: "database", "broker", "canary" ... At most 8 parts; part and why are copied. why NULL: ready. */
void ql_ready(const char *part, const char *why);

/* Port 0: no health port. */
QL_MUSTCHECK enum ql_rc ql_health_open(const char *address, int port, struct ql_err *err);
void ql_health_close(void);

#endif
