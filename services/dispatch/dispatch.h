/* dispatch.h -- the dispatcher: what it remembers and one turn of its loop. One thread. */
#ifndef QL_DISPATCH_DISPATCH_H
#define QL_DISPATCH_DISPATCH_H

#include "base/kafka.h"
#include "casebook/gaps.h"
#include "casebook/work_store.h"
#include "dispatch/assign.h"
#include "dispatch/waiting.h"

#define WAKE_EVENTS 256 /* events in one turn */
#define HEARD_MAX   64  /* partitions whose progress is told; of more the first ones */

struct dispatch_conf {
	const char *pg_dsn, *brokers, *health_address;
	int health_port, batch;
};

/* How far we heard a partition: written to the group now and then, for lag monitoring only. */
struct heard { char topic[32]; int32_t part; int64_t next; };

struct wake_up { int64_t case_id; bool facts; /* they changed */ char trace[TRACE_MAX]; };

struct gap_count { int64_t days; ql_time hours, first; int32_t first_day; struct gap_duty first_duty; };

struct dispatch {
	struct ql_pg *pg;
	struct casebook *cb;
	struct ql_consumer *consumer;
	struct duty_roster *roster, *spare; /* spare: read into, then swapped */
	struct waiting *waiting;
	struct changed changed;
	struct work_page *page;
	struct batch *batch;
	size_t batch_max;
	unsigned careful, failed; /* batches of one still to come after a refusal; how many of those failed in a row */

	struct wake_up wake[WORK_PAGE]; /* cases to read */
	size_t wakes;
	int64_t staff[CHANGED_MAX]; /* coordinators to read */
	size_t n_staff;
	bool staff_all, loads_stale;
	struct heard heard[HEARD_MAX];
	size_t n_heard;
	ql_time heard_at; /* monotonic: when it was written last */

	ql_time roster_at, loads_at, sweep_at, sweep_again_at; /* monotonic: last readings; next sweeps, 0: none asked for */
	bool sweeping, sweeping_parties;
	unsigned sweep;
	struct work_cursor cursor;
	struct party_cursor parties;
	ql_time recheck_at, turns_at, gaps_at, fairness_at; /* monotonic: when the work of the background comes next */
	bool rechecking, checking_gaps;
	struct held_cursor held;
	struct gaps *gaps;
	struct gap_count gap_count, told_gaps;
};

QL_MUSTCHECK enum ql_rc dispatch_open(struct dispatch **d, const struct dispatch_conf *conf, struct ql_err *err);
void dispatch_close(struct dispatch *d);
/* Listens until there is something to do, does it. After QL_RETRY wait a little and come again. */
QL_MUSTCHECK enum ql_rc dispatch_step(struct dispatch *d, struct ql_err *err);

#endif
