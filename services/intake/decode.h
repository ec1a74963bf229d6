/* decode.h -- a Kafka record's bytes and headers into a struct intake_record, or a reason why not.
 *
 * Pure: no I/O, no clock, nothing kept between calls; any thread. Accepts and refuses exactly what topics/schemas do
 * (tests/contract proves it); what a schema cannot say (a call that ends before it starts) is decode_semantics().
 */
#ifndef QL_INTAKE_DECODE_H
#define QL_INTAKE_DECODE_H

#include "base/err.h"
#include "intake/record.h"

#define DECODE_RECORD_MAX (1024 * 1024)       /* bytes of a value; more is refused unread */
#define DECODE_HEADERS_MAX 64                 /* headers looked at; a record has a dozen */
#define DECODE_AHEAD_MAX (5 * 60 * QL_SECOND) /* clocks of senders differ; beyond this the time is marked */
#define DECODE_LATE_AFTER (3600 * QL_SECOND)

struct record_header {
	const char *name, *value;
	size_t len;
}; /* value: NULL when the header has none */

struct record_in {
	const char *topic;
	const char *bytes; /* the value; NULL for a record without one */
	size_t len;
	const struct record_header *headers; /* the last one of a name counts; names in any case */
	size_t n_headers;
	ql_time timestamp; /* the record's, 0 when unknown */
};

/* QL_OK or QL_REJECT: then out->fault says why (err->field and err->msg say the same) and out->source, id and type are
 * filled as far as they could be read. In both cases the caller owes intake_record_free(out). A topic that intake does not
 * read is our bug: QL_FATAL. Out of memory: QL_RETRY. */
QL_MUSTCHECK enum ql_rc decode_record(const struct record_in *in, struct intake_record *out, struct ql_err *err);

/* What must hold between the members of a decoded record; also sets ahead and late. QL_OK or QL_REJECT as above. */
QL_MUSTCHECK enum ql_rc decode_semantics(const struct record_in *in, struct intake_record *record, struct ql_err *err);

#endif
