/* letter.h -- the text of one letter as SMTP carries it (RFC 5322, 2045, 2047). Pure but for the memory of the result.
 *
 * Plain text in UTF-8, base64: every language, no line too long, nothing a relay could change. Headers hold no byte that was
 * not put there on purpose: what is not printable becomes a blank, and an address that is not one plain addr-spec is refused.
 */
#ifndef QL_NOTIFY_LETTER_H
#define QL_NOTIFY_LETTER_H

#include "base/buf.h"
#include "base/loop.h"

#define LETTER_SUBJECT_MAX 240 /* bytes; longer ones are cut between characters */
#define LETTER_MAX         (128 * 1024)

struct letter {
	const char *from, *name; /* name: shown beside the address; "": none */
	const char *to, *subject, *body;
	const char *id;     /* of the Message-ID, without brackets: the same at each attempt */
	const char *thread; /* References: letters about one case stand together; NULL: none */
	ql_time at;
};

/* QL_REJECT names the field (/from, /to) or says that the letter is too long. */
QL_MUSTCHECK enum ql_rc letter_write(const struct letter *l, struct ql_buf *out, struct ql_err *err);

#endif
