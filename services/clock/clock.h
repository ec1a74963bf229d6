/* clock.h -- the clock: what it remembers and one turn of its loop. One thread. */
#ifndef QL_CLOCK_CLOCK_H
#define QL_CLOCK_CLOCK_H

#include "casebook/casebook.h"
#include "clock/aside.h"
#include "clock/due_store.h"
#include "clock/lateness.h"

#define FAILED_MOST 32

struct clock_conf {
	const char *pg_dsn, *health_address;
	int health_port;
};

struct clock_service {
	struct ql_pg *pg;
	struct casebook *cb;
	struct due_page page;
	struct aside aside_clocks, aside_watches, aside_messages;
	unsigned careful_clocks, careful_watches; /* units of one still to come after a refusal */
	unsigned failed;                          /* units of one that failed in a row */
	struct lateness lateness;
	struct wall our_wall, their_wall;
	int lead_pid;                 /* backend that holds the lead; 0: we stand by */
	bool told_standby;
	int64_t reference;            /* version for which deadlines without a year were computed anew */
	ql_time years_at;             /* monotonic: when the calendar was looked at */
	int missing_year; bool missing_now; /* as told last */
	ql_time rebase_at;            /* monotonic: when policies and calendars in force were looked at */
	int64_t rebase_reference;
	bool rebasing;                /* a walk over open clocks goes on */
	ql_time folded_at;            /* monotonic: when no change of counts was left */
};

QL_MUSTCHECK enum ql_rc clock_open(struct clock_service **k, const struct clock_conf *conf, struct ql_err *err);
void clock_close(struct clock_service *k);
/* Fires what is due, then rests until something else is, a quarter of a second at most. */
QL_MUSTCHECK enum ql_rc clock_step(struct clock_service *k, struct ql_err *err);

#endif
