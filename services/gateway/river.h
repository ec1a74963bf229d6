/* river.h -- the thread that reads case.events and roster.events and makes frames of them.
 *
 * Every instance reads all partitions (no group), beginning a little before the end, so that clients of an instance that
 * was restarted can resume. A batch of events is one round trip to the database for the rows of its cases; each event is
 * encoded once for every kind of reader and handed to the loop. It also sends the canary and waits for it.
 */
#ifndef QL_GATEWAY_RIVER_H
#define QL_GATEWAY_RIVER_H

#include "inbox.h"

#define RIVER_BATCH   256 /* records of one round */
#define RIVER_BEHIND  64  /* records of each partition read again at the start */

struct river_conf {
	const char *pg_dsn, *brokers;
	int canary;   /* seconds between two, 0: none */
	bool outside; /* for enterprises only: nothing is read or encoded for staff */
	struct inbox *inbox;
};

struct river;
QL_MUSTCHECK enum ql_rc river_open(struct river **r, const struct river_conf *conf, struct ql_err *err); /* starts the thread */
void river_close(struct river *r); /* after ql_stop() and inbox_close(): waits for the thread */

#endif
