/* terms.h -- what a text is found by: the same terms are made of what is kept and of what is asked.
 *
 * Full-width, upper case and traditional characters are folded away. Chinese (and kana, hangul) gives every pair of
 * neighbouring characters and the last one alone, so that any two characters find it wherever a word begins; other scripts
 * give words; what holds a digit is a code and is also kept whole without its hyphens, dots and slashes. A term is 1 to
 * TERM_MAX bytes of UTF-8 letters and digits: no blank, quote or backslash.
 *
 * In the index a term carries where it stands: '=' identifies (numbers, references, credit codes), '^' heads (subject,
 * names), and without a mark it is in what was written.
 *
 * A question is cut into words by ICU; every word must be found. Pure but for memory of ICU's, given back.
 */
#ifndef QL_DOMAIN_TERMS_H
#define QL_DOMAIN_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERM_MAX        63  /* bytes; longer words are cut, in texts and in questions alike */
#define QUESTION_MAX    200 /* bytes of a question */
#define QUESTION_TERMS  40  /* of it that are looked for; what follows them is not */
#define QUESTION_QUERY  4096 /* bytes of one query made of it: it always fits */

#define TERM_IDENTIFIES '='
#define TERM_HEADS      '^'

/* Each term of a text once for every place where it stands, in order; size is its length. */
typedef void terms_sink(void *ctx, const char *term, size_t size);
void terms_of(const char *text, terms_sink *sink, void *ctx);
/* All letters and digits of a value as one term: of an identifier whose blanks and hyphens say nothing. "" when it has none. */
void terms_squeeze(const char *value, char term[TERM_MAX + 1]);
/* The simplified form of a traditional character; any other is its own. */
uint32_t terms_simplified(uint32_t point);

/* PostgreSQL tsquery texts, best first; "": the question can't be met that way. */
struct question {
	char exact[QUESTION_QUERY];    /* every code in it identifies */
	char begun[QUESTION_QUERY];    /* every code in it begins one, wherever that stands */
	char heading[QUESTION_QUERY];  /* all of it in the subject and the names */
	char anywhere[QUESTION_QUERY];
};
/* False: there is nothing in it to look for. Of a longer text the first QUESTION_MAX bytes count. */
bool question_read(const char *text, struct question *out);

#endif
