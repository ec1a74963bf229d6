/* json.h -- JSON text into C structs by table (jansson reads, the table decides).
 *
 * The member's C type picks the check; a type not listed does not compile. Text is bounded by the member's size as JSON
 * Schema's maxLength counts, in code points: char m[4 * n + 1] accepts n of them (declare it QL_TEXT_SIZE(n)); longer text
 * is rejected with the field named. Duplicate keys, NUL characters, invalid UTF-8 and nesting over QL_JSON_DEPTH are
 * rejected by the reader. An optional member that is absent or null stays as it was (zero the struct first); a required
 * one that is null is missing. Numbers with no fraction (3.0, 3e2) are integers. No message quotes the input.
 */
#ifndef QL_BASE_JSON_H
#define QL_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "err.h"

#define QL_JSON_DEPTH 32
#define QL_TEXT_SIZE(n) (4 * (n) + 1) /* bytes of a member that holds n code points */

enum ql_json_type { QL_JSON_TEXT, QL_JSON_I64, QL_JSON_BOOL };

/* Says whether text is acceptable; on refusal writes one sentence fragment ("is not a date and time with offset"). May normalise in place. */
typedef bool ql_json_check(char *text, size_t size, const char **why);

struct ql_field {
	const char *name;
	enum ql_json_type type;
	size_t off, size;
	bool required;
	const char *const *one_of; /* text only: NULL-ended list of allowed words, or NULL */
	ql_json_check *check;      /* text only, or NULL */
};

#define QL_FIELD_(T, m, required, one_of, check) \
	{ #m, _Generic(((T *)0)->m, int64_t: QL_JSON_I64, bool: QL_JSON_BOOL, char *: QL_JSON_TEXT), \
	  offsetof(T, m), sizeof(((T *)0)->m), required, one_of, check }
#define QL_NEED(T, m)            QL_FIELD_(T, m, true, NULL, NULL)
#define QL_MAY(T, m)             QL_FIELD_(T, m, false, NULL, NULL)
#define QL_NEED_CHECK(T, m, chk) QL_FIELD_(T, m, true, NULL, chk)
#define QL_MAY_CHECK(T, m, chk)  QL_FIELD_(T, m, false, NULL, chk)
#define QL_NEED_WORD(T, m, list) QL_FIELD_(T, m, true, list, NULL)
#define QL_MAY_WORD(T, m, list)  QL_FIELD_(T, m, false, list, NULL)

/* Parses bytes; the caller json_decref()s *out. QL_REJECT with line and column in msg. */
QL_MUSTCHECK enum ql_rc ql_json_parse(const char *bytes, size_t len, json_t **out, struct ql_err *err);

/* path is the JSON pointer of obj ("" at the root, "/contact" inside); used to name the field at fault. */
QL_MUSTCHECK enum ql_rc ql_json_decode(const json_t *obj, const char *path, const struct ql_field *fields, size_t n, void *out, struct ql_err *err);

#endif
