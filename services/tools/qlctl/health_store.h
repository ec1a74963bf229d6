/* health_store.h -- the river as the database sees it. */
#ifndef QLCTL_HEALTH_STORE_H
#define QLCTL_HEALTH_STORE_H

#include "base/pg.h"

#define POSITIONS_MAX 1000 /* partitions of one cluster */

struct river { /* ages in seconds, -1: there is none */
	int64_t open, waiting, waiting_age, quarantine, overdue, timeless, unpublished_age, slot_lag;
	bool slot_exists, slot_active, slot_lost;
};
QL_MUSTCHECK enum ql_rc health_store_river(struct ql_pg *pg, const char *slot, struct river *out, struct ql_err *err);

struct position { char topic[64]; int32_t part; int64_t next; };
QL_MUSTCHECK enum ql_rc health_store_positions(struct ql_pg *pg, const char *cluster, struct position out[POSITIONS_MAX], size_t *n, struct ql_err *err);

#endif
