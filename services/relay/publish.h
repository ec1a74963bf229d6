/* publish.h -- from decoded messages to records under way, with the ledger that knows what has arrived.
 *
 * One publisher for the life of the process; each stream begins with publish_restart(). Rows are sent as they come: in
 * protocol version 1 PostgreSQL hands a transaction out only when it is committed, so nothing of it is ever taken back.
 */
#ifndef QL_RELAY_PUBLISH_H
#define QL_RELAY_PUBLISH_H

#include "base/kafka.h"
#include "ledger.h"
#include "record.h"
#include "shown.h"

struct publish_relation {
	bool known;
	uint32_t oid;
	int column[RECORD_COLUMNS_MAX]; /* where the encoder's i-th value stands in an insert */
};

/* Reads what is shown now; see shown.h. */
typedef enum ql_rc publish_snapshot(void *ctx, struct shown *s, struct ql_err *err);

struct publisher {
	const char *brokers;
	struct ql_producer *producer;
	struct ledger ledger;
	struct publish_relation relations[RECORD_TABLES];
	struct record record;
	struct shown shown; /* the newest snapshot that was looked at */
	publish_snapshot *snapshot;
	void *ctx;
	struct pgoutput_message message;
	bool early;    /* the last message was given back for that */
	char why[160]; /* the broker's last refusal */
};

QL_MUSTCHECK enum ql_rc publish_open(struct publisher **p, const char *brokers, publish_snapshot *snapshot, void *ctx, struct ql_err *err);
void publish_close(struct publisher *p);

/* A new stream. After a refusal the producer is made anew too: what it still held would arrive ahead of its predecessors,
 * which are sent again. */
QL_MUSTCHECK enum ql_rc publish_restart(struct publisher *p, uint64_t confirmed, struct ql_err *err);

/* One message of the stream. *full: no room now, or (p->early) a transaction that nobody sees yet; nothing was done, give
 * the same message again after publish_serve().
 * QL_REJECT: not what the protocol or our tables promise. */
QL_MUSTCHECK enum ql_rc publish_message(struct publisher *p, const char *bytes, size_t len, bool *full, struct ql_err *err);

/* One row of the transaction that publish_begin() opened; used by a recovery. */
void publish_begin(struct publisher *p);
QL_MUSTCHECK enum ql_rc publish_row(struct publisher *p, enum record_table table, const struct pgoutput_value *values, bool *full, struct ql_err *err);
void publish_end(struct publisher *p, uint64_t end_lsn);

/* Takes delivery reports, waiting at most ms for the first. QL_RETRY: a record was refused, start anew from the confirmed position. */
QL_MUSTCHECK enum ql_rc publish_serve(struct publisher *p, int ms, struct ql_err *err);

#endif
