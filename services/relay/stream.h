/* stream.h -- the replication connection: leadership, the slot, frames from the WAL, reports of what is safe.
 *
 * Never blocks for long: commands wait on the socket and give up when the process stops; frames are read and reports
 * written without blocking. One thread. All times and positions are PostgreSQL's.
 */
#ifndef QL_RELAY_STREAM_H
#define QL_RELAY_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct stream;

enum stream_kind { STREAM_NONE, STREAM_DATA, STREAM_KEEPALIVE };

struct stream_frame {
	enum stream_kind kind;
	uint64_t server_end;   /* how far the server's WAL reached */
	bool reply;            /* KEEPALIVE: the server wants a report now */
	const char *bytes;     /* DATA: a pgoutput message */
	size_t len;
	char *memory;          /* stream_release() frees it */
};

struct stream_slot { char snapshot[80]; uint64_t lsn; };

QL_MUSTCHECK enum ql_rc stream_open(struct stream **s, const char *dsn, struct ql_err *err);
void stream_close(struct stream *s); /* NULL: nothing */

/* Runs sql, which answers one boolean. */
QL_MUSTCHECK enum ql_rc stream_ask(struct stream *s, const char *sql, bool *yes, struct ql_err *err);

/* The snapshot shows exactly what was committed before the slot's begin, as long as nothing else is run here. */
QL_MUSTCHECK enum ql_rc stream_slot_create(struct stream *s, const char *slot, struct stream_slot *out, struct ql_err *err);
QL_MUSTCHECK enum ql_rc stream_slot_drop(struct stream *s, const char *slot, struct ql_err *err);
QL_MUSTCHECK enum ql_rc stream_start(struct stream *s, const char *slot, const char *publication, struct ql_err *err);

/* After stream_start. kind STREAM_NONE: nothing has come. */
QL_MUSTCHECK enum ql_rc stream_read(struct stream *s, struct stream_frame *out, struct ql_err *err);
void stream_release(struct stream_frame *f);
QL_MUSTCHECK enum ql_rc stream_report(struct stream *s, uint64_t confirmed, struct ql_err *err);

/* Waits at most ms for bytes to read, or for room when a report is stuck. */
QL_MUSTCHECK enum ql_rc stream_wait(struct stream *s, int ms, struct ql_err *err);

#endif
