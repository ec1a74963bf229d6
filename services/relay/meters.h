/* meters.h -- what relay counts. */
#ifndef QL_RELAY_METERS_H
#define QL_RELAY_METERS_H

#include "base/metrics.h"

extern struct ql_metric METER_RECORDS[2]; /* by enum record_table */
extern struct ql_metric METER_CANARIES, METER_CUT, METER_TRANSACTIONS, METER_REFUSED, METER_RECOVERIES;
extern struct ql_metric METER_PENDING, METER_LAG, METER_STANDBY;

void meters_register(void);

#endif
