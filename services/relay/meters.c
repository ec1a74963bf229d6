#include "meters.h"

#define COUNTER(n, l, h) { .name = n, .labels = l, .help = h, .kind = QL_COUNTER }
#define GAUGE(n, h)      { .name = n, .help = h, .kind = QL_GAUGE }

struct ql_metric METER_RECORDS[2] = {
	COUNTER("relay_records_total", "topic=\"case.events\"", "rows handed to the broker, repetitions included"),
	COUNTER("relay_records_total", "topic=\"roster.events\"", "rows handed to the broker, repetitions included"),
};
struct ql_metric METER_CANARIES = COUNTER("relay_canaries_total", NULL, "canaries passed on");
struct ql_metric METER_CUT = COUNTER("relay_cut_records_total", NULL, "records without their data, which was too long for the topic");
struct ql_metric METER_TRANSACTIONS = COUNTER("relay_transactions_total", NULL, "transactions read from the stream");
struct ql_metric METER_REFUSED = COUNTER("relay_refused_records_total", NULL, "records the broker did not take: the stream starts anew");
struct ql_metric METER_RECOVERIES = COUNTER("relay_recoveries_total", NULL, "lost slots made good from the journal");
struct ql_metric METER_PENDING = GAUGE("relay_pending_records", "records under way to the broker");
struct ql_metric METER_LAG = GAUGE("relay_lag_bytes", "WAL that the server holds for us: its end less the confirmed position");
struct ql_metric METER_STANDBY = GAUGE("relay_standby", "1: another relay leads, this one waits");

void meters_register(void)
{
	struct ql_metric *all[] = { &METER_RECORDS[0], &METER_RECORDS[1], &METER_CANARIES, &METER_CUT, &METER_TRANSACTIONS, &METER_REFUSED,
	                            &METER_RECOVERIES, &METER_PENDING, &METER_LAG, &METER_STANDBY };

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}
