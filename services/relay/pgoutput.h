/* pgoutput.h -- parser of the messages that PostgreSQL's pgoutput plug-in sends, protocol version 1.
 *
 * Pure: bytes in, a view into them out; nothing is copied, and what points into the bytes lives as long as they do. A
 * message is a kind byte and its fields, integers big-endian (manual: "Logical Replication Message Formats"). Kinds that
 * a publication of inserts does not need are PGOUTPUT_OTHER, unread.
 */
#ifndef QL_RELAY_PGOUTPUT_H
#define QL_RELAY_PGOUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define PGOUTPUT_COLUMNS 64 /* most columns of a published table */

enum pgoutput_kind { PGOUTPUT_OTHER, PGOUTPUT_BEGIN, PGOUTPUT_COMMIT, PGOUTPUT_RELATION, PGOUTPUT_INSERT, PGOUTPUT_LOGICAL };

struct pgoutput_value {
	const char *text; /* NULL: SQL null; not NUL-terminated */
	size_t len;
};

struct pgoutput_relation {
	uint32_t oid;
	const char *schema, *table;
	int n;
	const char *columns[PGOUTPUT_COLUMNS];
};

struct pgoutput_insert {
	uint32_t oid;
	int n;
	struct pgoutput_value values[PGOUTPUT_COLUMNS];
};

struct pgoutput_logical { /* pg_logical_emit_message() */
	bool transactional;
	const char *prefix;
	struct pgoutput_value content;
};

struct pgoutput_message {
	enum pgoutput_kind kind;
	char code; /* the kind byte */
	union {
		uint32_t xid;     /* PGOUTPUT_BEGIN */
		uint64_t end_lsn; /* PGOUTPUT_COMMIT: just past the commit */
		struct pgoutput_relation relation;
		struct pgoutput_insert insert;
		struct pgoutput_logical logical;
	};
};

/* QL_REJECT: cut off, over a bound, or trailing bytes; *out is then of no use. */
QL_MUSTCHECK enum ql_rc pgoutput_parse(const char *bytes, size_t len, struct pgoutput_message *out, struct ql_err *err);

#endif
