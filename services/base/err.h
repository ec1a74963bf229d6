/* err.h -- what a caller must do next.
 *
 * A result code says what to DO, never what went wrong; struct ql_err.msg says
 * what went wrong, in words an operator can act on. An error is logged once,
 * where it is decided, never on its way up.
 */
#ifndef QL_BASE_ERR_H
#define QL_BASE_ERR_H

#include <stddef.h>

#define QL_MUSTCHECK __attribute__((warn_unused_result))
#define QL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define QL_LEN(array) (sizeof(array) / sizeof((array)[0]))

enum ql_rc {
	QL_OK = 0,
	QL_RETRY,    /* the outside failed: keep the position, back off, come again */
	QL_CONFLICT, /* somebody was faster: reload, decide again */
	QL_REJECT,   /* bad input: park it with its reason, go on */
	QL_FATAL     /* our bug or configuration: stop */
};

struct ql_err {
	enum ql_rc rc;
	char sqlstate[6]; /* "" unless PostgreSQL said it */
	char field[64];   /* the input field at fault, JSON-pointer style ("/contact/phone"), "" if none */
	char msg[240];    /* one sentence, UTF-8, no personal data */
};

/* Fills *err and returns rc, so that failing is one line: return ql_fail(err, QL_REJECT, "...", ...). */
QL_PRINTF(3, 4) enum ql_rc ql_fail(struct ql_err *err, enum ql_rc rc, const char *fmt, ...);

/* As ql_fail with QL_REJECT, naming the field. */
QL_PRINTF(3, 4) enum ql_rc ql_reject(struct ql_err *err, const char *field, const char *fmt, ...);

/* "ok", "retry", "conflict", "reject", "fatal". */
const char *ql_rc_name(enum ql_rc rc);

#endif
