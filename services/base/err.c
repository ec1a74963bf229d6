/* err.c -- filling struct ql_err. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut in the middle of a UTF-8 character would make the whole message invalid for JSON and for PostgreSQL. */
static void copy_whole_characters(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)from[n] & 0xC0) == 0x80)
			n--;
	}
	memcpy(to, from, n);
	to[n] = '\0';
}

/* The arguments may point into *err (a caller adding words in front), so it is written last. */
QL_PRINTF(4, 0)
static void fill(struct ql_err *err, enum ql_rc rc, const char *field, const char *fmt, va_list ap)
{
	char msg[sizeof(err->msg) * 2], name[sizeof(err->field)];

	vsnprintf(msg, sizeof(msg), fmt, ap);
	copy_whole_characters(name, sizeof(name), field);
	memset(err, 0, sizeof(*err));
	err->rc = rc;
	copy_whole_characters(err->field, sizeof(err->field), name);
	copy_whole_characters(err->msg, sizeof(err->msg), msg);
}

enum ql_rc ql_fail(struct ql_err *err, enum ql_rc rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, rc, "", fmt, ap);
	va_end(ap);
	return rc;
}

enum ql_rc ql_reject(struct ql_err *err, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, QL_REJECT, field, fmt, ap);
	va_end(ap);
	return QL_REJECT;
}

const char *ql_rc_name(enum ql_rc rc)
{
	static const char *const NAMES[] = { "ok", "retry", "conflict", "reject", "fatal" };

	return (size_t)rc < QL_LEN(NAMES) ? NAMES[rc] : "unknown";
}
