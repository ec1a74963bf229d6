/* ledger.h -- which transactions are open: read from the stream, but not yet wholly acknowledged by the broker.
 *
 * A ring of transactions in commit order, each with its count of records under way. The confirmed position moves past a
 * transaction only when it has ended, every record of it has a good delivery report, and so has every one before it.
 * Pure: no I/O, no memory of its own. Transactions have ever-growing numbers, so a report that belongs to a stream
 * given up meanwhile is recognised and changes nothing.
 */
#ifndef QL_RELAY_LEDGER_H
#define QL_RELAY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_TXS 4096 /* open transactions; when full the stream is not read on */

struct ledger {
	uint64_t first, next; /* the numbers [first, next) are open; the newest may still be read */
	uint64_t confirmed;   /* every commit that ends at or before this WAL position is published */
	size_t pending;       /* records under way, all transactions */
	bool failed;          /* a record was refused: nothing moves until the stream starts anew */
	struct { uint64_t end; size_t pending; bool ended; } txs[LEDGER_TXS];
};

/* A new stream: all that was open is forgotten, its late reports are ignored. */
void ledger_restart(struct ledger *l, uint64_t confirmed);
bool ledger_full(const struct ledger *l);
bool ledger_idle(const struct ledger *l);              /* nothing open */
void ledger_begin(struct ledger *l);                   /* not when full, not inside a transaction */
uint64_t ledger_newest(const struct ledger *l);        /* its number: the tag of its records */
void ledger_sent(struct ledger *l);                    /* one more record of the newest is under way */
void ledger_end(struct ledger *l, uint64_t end_lsn);   /* the newest is complete */
void ledger_delivered(struct ledger *l, uint64_t tag, bool good);
void ledger_seen(struct ledger *l, uint64_t lsn);      /* the stream has nothing before lsn left: counts when idle */
bool ledger_inside(const struct ledger *l);            /* the newest is not complete */

#endif
