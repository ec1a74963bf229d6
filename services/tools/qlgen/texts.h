/* texts.h -- what enterprises say: problems by category, in templates. Made up, but such as coordinators hear.
 *
 * Between braces stands what differs: box, decl, bill, hs, port, firm, n.
 */
#ifndef QLGEN_TEXTS_H
#define QLGEN_TEXTS_H

#include <stddef.h>
#include "base/buf.h"

#define TEXT_VARIANTS 3

struct problem {
	const char *category;
	int weight;
	const char *subject[TEXT_VARIANTS], *text[TEXT_VARIANTS];
	const char *answer; /* what a hotline agent says when that is enough; NULL: it can't be solved in the call */
};

enum tongue { TONGUE_ZH, TONGUE_EN, TONGUE_RU, TONGUES };
extern const char *const TONGUE_NAMES[TONGUES]; /* as in a record's language */

const struct problem *texts_problems(enum tongue tongue, size_t *n);
const char *texts_greeting(unsigned i);
const char *texts_follow_up(unsigned i); /* what is added a moment later, or written when nothing seems to move */

struct fillings { const char *box, *decl, *bill, *hs, *port, *firm; int n; };
/* Appends the template with its braces filled. */
void texts_fill(struct ql_buf *b, const char *text, const struct fillings *with);

#endif
