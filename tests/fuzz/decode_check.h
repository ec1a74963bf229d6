/* decode_check.h -- what must hold of every verdict of the decoders, whatever they were fed. For the fuzz targets. */
#ifndef QL_FUZZ_DECODE_CHECK_H
#define QL_FUZZ_DECODE_CHECK_H

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include "base/buf.h"
#include "intake/decode.h"

static inline void check_text(const char *text) { assert(ql_utf8_valid(text, strlen(text)) == strlen(text)); }

static inline void check_record(const char *topic, const struct record_header *headers, size_t n, const uint8_t *value, size_t len)
{
	static struct intake_record out;
	struct record_in in = { topic, (const char *)value, len, headers, n, 1 };
	struct ql_err err = { 0 };
	enum ql_rc rc = decode_record(&in, &out, &err);

	if (rc == QL_OK)
		rc = decode_semantics(&in, &out, &err);
	assert(rc == QL_OK || rc == QL_REJECT);
	assert((rc == QL_REJECT) == (out.fault.code != NULL));
	if (rc == QL_OK)
		assert(out.kind != RECORD_NONE && out.source[0] != '\0' && out.id[0] != '\0');
	check_text(out.source);
	check_text(out.id);
	check_text(out.fault.field);
	check_text(out.fault.zh);
	check_text(out.fault.en);
	intake_record_free(&out);
}

#endif
