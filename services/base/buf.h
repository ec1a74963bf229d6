/* buf.h -- a growable byte buffer with a hard cap and a sticky failure.
 *
 * Writers never check each append: past the cap (or out of memory) the buffer is failed, keeps
 * what it had and ignores the rest; the one check is ql_buf_ok() at the end.
 */
#ifndef QL_BASE_BUF_H
#define QL_BASE_BUF_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"

struct ql_buf {
	char *data; /* NUL-terminated when not NULL */
	size_t len, cap, max;
	bool failed;
};

void ql_buf_init(struct ql_buf *b, size_t max); /* max: named limit, bytes */
void ql_buf_free(struct ql_buf *b);
void ql_buf_reset(struct ql_buf *b);            /* empty again, memory kept, failure cleared */
static inline bool ql_buf_ok(const struct ql_buf *b) { return !b->failed; }

void ql_buf_add(struct ql_buf *b, const void *data, size_t len);
void ql_buf_str(struct ql_buf *b, const char *text);
QL_PRINTF(2, 3) void ql_buf_fmt(struct ql_buf *b, const char *fmt, ...);
void ql_buf_time(struct ql_buf *b, int64_t micros); /* 2026-11-23T01:02:03.456789Z */

/* How many bytes at the start of s are valid UTF-8 (len when all are). */
size_t ql_utf8_valid(const char *s, size_t len);

/* JSON writing: values are escaped; commas are placed by the writer itself. key NULL inside arrays. What is not UTF-8,
 * and NUL, become U+FFFD: PostgreSQL could keep neither.
 *   ql_json_open(b, NULL, '{'); ql_json_text(b, "number", no); ql_json_i64(b, "version", 3); ql_json_close(b, '}'); */
void ql_json_open(struct ql_buf *b, const char *key, char bracket); /* '{' or '[' */
void ql_json_close(struct ql_buf *b, char bracket);                 /* '}' or ']' */
void ql_json_text(struct ql_buf *b, const char *key, const char *utf8);                /* NULL or "": null */
void ql_json_textn(struct ql_buf *b, const char *key, const char *utf8, size_t len);   /* NULL or empty: null */
void ql_json_i64(struct ql_buf *b, const char *key, int64_t v);
void ql_json_bool(struct ql_buf *b, const char *key, bool v);
void ql_json_time(struct ql_buf *b, const char *key, int64_t micros); /* RFC 3339 UTC with microseconds; 0: null */
void ql_json_raw(struct ql_buf *b, const char *key, const char *json); /* already JSON; NULL: null */
void ql_json_escape(struct ql_buf *b, const char *utf8, size_t len);   /* the inside of a string, without quotes */

#endif
