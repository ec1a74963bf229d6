/* decode_reason.h -- the reasons for which a record is refused: machine word, Chinese and English sentence.
 *
 * The words are what quarantine rows, dead letters and the duty desk's filters hold, so a word never changes its meaning.
 * A sentence names no content of the record: that may be personal data. Pure; any thread.
 */
#ifndef QL_INTAKE_DECODE_REASON_H
#define QL_INTAKE_DECODE_REASON_H

#include "base/err.h"
#include "intake/record.h"

enum reason {
	REASON_EMPTY,
	REASON_TOO_LARGE,
	REASON_MISSING_HEADER,
	REASON_BAD_HEADER,
	REASON_WRONG_SPECVERSION,
	REASON_UNKNOWN_TYPE,
	REASON_OTHER_TOPIC,
	REASON_UNKNOWN_CONTENT,
	REASON_NOT_UTF8,
	REASON_NUL,
	REASON_NOT_JSON,
	REASON_DUPLICATE_KEY,
	REASON_TOO_DEEP,
	REASON_NOT_XML,
	REASON_XML_DOCTYPE,
	REASON_XML_ENCODING,
	REASON_MISSING_FIELD,
	REASON_EMPTY_FIELD,
	REASON_WRONG_TYPE,
	REASON_TOO_LONG,
	REASON_TOO_MANY,
	REASON_NOT_ALLOWED,
	REASON_BAD_TIME,
	REASON_BAD_URL,
	REASON_ENDED_BEFORE_STARTED,
	REASON_ANSWERED_BEFORE_STARTED,
	REASON_ENDED_BEFORE_ANSWERED,
	REASON_COUNT
};

struct reason_row {
	const char *code;
	const char *zh, *en; /* "%" once at most: where the detail goes */
};

const struct reason_row *reason_row(enum reason reason);
const struct reason_row *reason_find(const char *code); /* NULL: no such word */

/* Fills record->fault and err. field "": the whole record. detail (both languages, or NULL twice) replaces the "%". */
QL_MUSTCHECK enum ql_rc reason_refuse(struct intake_record *record, struct ql_err *err, enum reason reason, const char *field, const char *zh, const char *en);

/* As above with a detail that reads the same in every language: a number, a list of allowed words; NULL: none. */
QL_MUSTCHECK enum ql_rc reason_refuse_with(struct intake_record *record, struct ql_err *err, enum reason reason, const char *field, const char *detail);

#endif
