/* shown.h -- which transactions a snapshot shows.
 *
 * The server hands a commit to the stream once it is in the WAL, which is a moment before the transaction leaves the list of
 * running ones. Whoever were told in that moment and asked the database would not find what he was told of. So a transaction
 * is published only when a snapshot shows it: every later snapshot of anybody shows it too. Pure.
 */
#ifndef QL_RELAY_SHOWN_H
#define QL_RELAY_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOWN_RUNNING 1024 /* of more running ones than that only those below xmin count as shown: later, not wrong */

struct shown { /* zeroed: shows nothing */
	uint64_t xmin, xmax;
	size_t n;
	bool cut;
	uint64_t running[SHOWN_RUNNING];
};

/* "xmin:xmax:xid,xid": pg_snapshot as text. false: not one, and *s shows nothing. */
bool shown_parse(const char *text, struct shown *s);
/* xid as the protocol gives it: without its epoch. */
bool shown_has(const struct shown *s, uint32_t xid);

#endif
