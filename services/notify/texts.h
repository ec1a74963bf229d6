/* texts.h -- the words of letters, in three languages, from files: templates/<language>.txt.
 *
 * A file holds sections, "[message.body]" and below it the text with {placeholders}. All are read at start: a section or
 * placeholder that is missing, unknown or never used stops the program and names file, line and what to do.
 */
#ifndef QL_NOTIFY_TEXTS_H
#define QL_NOTIFY_TEXTS_H

#include "base/buf.h"

#define TEXTS_FILE_MAX  (64 * 1024)
#define TEXTS_VALUES    6

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_RU, LANGUAGES };

enum text {
	TEXT_MESSAGE_SUBJECT, TEXT_MESSAGE_BODY, TEXT_MESSAGE_PROMISE,
	TEXT_NOTICE_SUBJECT, TEXT_NOTICE_BODY, TEXT_NOTICE_DUE, TEXT_NOTICE_TIMES,
	TEXT_KIND_ASSIGNED, TEXT_KIND_WARNED, TEXT_KIND_BREACHED, TEXT_KIND_ESCALATED, TEXT_KIND_INVITED, TEXT_KIND_TASK, TEXT_KIND_FOLLOWED,
	TEXT_DIGEST_SUBJECT, TEXT_DIGEST_BODY, TEXT_DIGEST_LINE, TEXT_DIGEST_MORE,
	TEXT_WEBHOOK_SUBJECT, TEXT_WEBHOOK_BODY, TEXT_WEBHOOK_GONE, TEXT_WEBHOOK_FAILING,
	TEXTS
};

struct texts;

QL_MUSTCHECK enum ql_rc texts_open(struct texts **t, const char *folder, struct ql_err *err);
void texts_close(struct texts *t);

/* zh, zh-CN, en, ru as cases and accounts have them; anything else is Chinese. */
enum language language_of(const char *code);

struct value { const char *name, *text; };
/* Appends the text with its placeholders replaced; values ends with a NULL name. Three line ends or more become two. */
void texts_fill(const struct texts *t, enum language language, enum text text, const struct value *values, struct ql_buf *out);

#endif
