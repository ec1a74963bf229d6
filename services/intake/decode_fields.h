/* decode_fields.h -- one JSON object into one struct by a table, refusing with a reason instead of a sentence only.
 *
 * base/json decides; this names the machine word of its refusal from the same table, and adds what base/json does not
 * have: long text on the heap, times as instants, lists of references. Pure; any thread.
 */
#ifndef QL_INTAKE_DECODE_FIELDS_H
#define QL_INTAKE_DECODE_FIELDS_H

#include "base/json.h"
#include "intake/decode_reason.h"

struct long_text {
	const char *name;
	size_t off, max;
	bool required;
}; /* char *, heap; required also means not empty */
struct stamp {
	size_t text, time;
}; /* offsets: the written time, its ql_time */

struct shape { /* how one message's data are decoded; offsets count from the struct of the message */
	const struct ql_field *fields;
	size_t n_fields;
	struct long_text text; /* name NULL: none */
	const struct stamp *stamps;
	size_t n_stamps;
	size_t references; /* offset of a struct references, valid when has_references */
	bool has_references;
};

/* path: "" or "/data"; used to name fields. data is the message's struct, zeroed. */
QL_MUSTCHECK enum ql_rc fields_decode_shape(const json_t *obj, const char *path, const struct shape *shape, void *data, struct intake_record *out, struct ql_err *err);

/* ql_json_decode() with reasons. */
QL_MUSTCHECK enum ql_rc fields_decode(const json_t *obj, const char *path, const struct ql_field *fields, size_t n, void *data, struct intake_record *out, struct ql_err *err);

/* An optional object member decoded by its own table; *present says whether it was there (null counts as absent). */
QL_MUSTCHECK enum ql_rc fields_decode_member(const json_t *obj, const char *path, const char *name, const struct ql_field *fields, size_t n, void *data, bool *present,
                                             struct intake_record *out, struct ql_err *err);

#endif
