/* stats.c -- names and help texts. */
#include "stats.h"

struct stats stats = {
	.requests = { .name = "gateway_requests_total", .help = "API requests answered", .kind = QL_COUNTER },
	.refused = { .name = "gateway_requests_refused_total", .help = "API requests refused because the queue was full", .kind = QL_COUNTER },
	.seconds = { .name = "gateway_request_seconds", .help = "From a request read to its answer ready", .kind = QL_HISTOGRAM },
	.waiting = { .name = "gateway_requests_waiting", .help = "Requests that wait for a worker", .kind = QL_GAUGE },
	.sockets = { .name = "gateway_sockets", .help = "Live clients connected", .kind = QL_GAUGE },
	.frames = { .name = "gateway_frames_total", .help = "Frames sent to live clients", .kind = QL_COUNTER },
	.resyncs = { .name = "gateway_resyncs_total", .help = "Live clients told to begin anew", .kind = QL_COUNTER },
	.resumes = { .name = "gateway_resumes_total", .help = "Live clients that went on where they were", .kind = QL_COUNTER },
	.snapshots = { .name = "gateway_snapshots_total", .help = "Snapshots read for live clients", .kind = QL_COUNTER },
	.events = { .name = "gateway_events_total", .help = "Events read from the broker", .kind = QL_COUNTER },
	.river_seconds = { .name = "gateway_event_seconds", .help = "From the change in the database to the frame ready", .kind = QL_HISTOGRAM },
	.lag = { .name = "gateway_lag_records", .help = "Records of case.events and roster.events not read yet", .kind = QL_GAUGE },
	.canary_seconds = { .name = "gateway_canary_seconds", .help = "Round trip broker, database, relay, gateway", .kind = QL_HISTOGRAM },
	.reveals = { .name = "gateway_reveals_total", .help = "Personal data shown in full, each with a reason in the journal", .kind = QL_COUNTER },
	.canaries_lost = { .name = "gateway_canaries_lost_total", .help = "Canaries that did not come back in time", .kind = QL_COUNTER },
};

void stats_register(void)
{
	struct ql_metric *const all[] = {
		&stats.requests, &stats.refused, &stats.seconds, &stats.waiting, &stats.sockets, &stats.frames, &stats.resyncs, &stats.resumes,
		&stats.snapshots, &stats.events, &stats.river_seconds, &stats.lag, &stats.canary_seconds, &stats.canaries_lost,
		&stats.reveals,
	};

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}
