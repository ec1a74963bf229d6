/* record.h -- what relay publishes: a journal row or a canary as a CloudEvents 1.0 record in binary mode.
 *
 * Pure but for the memory of the value. The layout is the contract of topics/ (case.events, roster.events). A struct
 * record is reused from row to row: everything in it holds until the next encoding.
 */
#ifndef QL_RELAY_RECORD_H
#define QL_RELAY_RECORD_H

#include "base/buf.h"
#include "base/kafka.h"
#include "pgoutput.h"

#define RECORD_VALUE_MAX (1048576 - 8192) /* bytes; the topics take 1 MB with key and headers */
#define RECORD_HEADERS 8
#define RECORD_HEADER_BYTES 256 /* longer header values are cut: source and id of a canary only */

enum record_table { RECORD_JOURNAL, RECORD_ROSTER, RECORD_TABLES };

/* The columns of a table in the order in which the encoder takes their values. */
#define RECORD_COLUMNS_MAX 16
struct record_source {
	const char *table; /* in schema ql */
	int n;
	const char *columns[RECORD_COLUMNS_MAX];
};
extern const struct record_source RECORD_SOURCES[RECORD_TABLES];

struct record {
	const char *topic;
	struct ql_buf value;
	bool cut; /* the row's data was too long for the topic and was left out: consumers read it from the journal */
	size_t n_headers;
	struct ql_header headers[RECORD_HEADERS];
	char key[64];
	char texts[RECORD_HEADERS][RECORD_HEADER_BYTES];
};

void record_init(struct record *r);
void record_free(struct record *r);

/* values: RECORD_SOURCES[table].n of them, as PostgreSQL prints them with TimeZone UTC and DateStyle ISO. A row is never
 * refused, for nothing after it could be published; a time that is none (infinity) is null. */
QL_MUSTCHECK enum ql_rc record_from_row(struct record *r, enum record_table table, const struct pgoutput_value *values, struct ql_err *err);

/* content: "<source>|<id>|<sent micros>". QL_REJECT when it is not. */
#define RECORD_CANARY_PREFIX "ql.canary"
QL_MUSTCHECK enum ql_rc record_from_canary(struct record *r, struct pgoutput_value content, struct ql_err *err);

#endif
