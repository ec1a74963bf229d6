/* explain.h -- a choice as JSON: what the journal keeps so that "why me" is one click, and its short form for lists.
 *
 * Written at the moment of choosing, before the chosen one's load grows: the figures are those that decided.
 */
#ifndef QL_CASEBOOK_EXPLAIN_H
#define QL_CASEBOOK_EXPLAIN_H

#include "casebook/roster_store.h"

#define EXPLAIN_RANKED  6 /* candidates written out of those who could take it, best first */
#define EXPLAIN_REMOVED 4 /* ... and of those who could not; the counts are over all */

/* {"level","chosen","considered","removed":{word:n},"relaxed":[skill],"candidates":[...]}. When nobody could take it,
 * chosen is null and "owner" the duty supervisor, null when none is on duty. */
void explain_choice(struct ql_buf *b, const struct work *work, const struct choice *choice, const struct duty_roster *r);
/* {"level","load","capacity"} of whom it went to; load and capacity 0 when nobody took it. */
void explain_short(struct ql_buf *b, const struct choice *choice, const struct duty_roster *r);

static inline bool choice_found(const struct choice *choice) { return choice->level < LEVEL_DUTY; }

#endif
