/* changed.h -- coordinators who became better prospects: what nobody could take is looked at again for them only. Pure. */
#ifndef QL_CASEBOOK_CHANGED_H
#define QL_CASEBOOK_CHANGED_H

#include "domain/choose.h"

#define CHANGED_MAX 64 /* coordinators; more count as all */

/* Coordinators who can take more than when the tried cases were tried. */
struct changed { bool all; size_t n; int64_t id[CHANGED_MAX]; };
void changed_add(struct changed *ch, int64_t coordinator);
void changed_all(struct changed *ch);
static inline bool changed_any(const struct changed *ch) { return ch->all || ch->n > 0; }
/* Whether one of them passes every filter for this work; that it is in the right pool is choose()'s to say. */
bool changed_may_help(const struct changed *ch, const struct roster *roster, const struct work *work);
/* Whether after is a better prospect for some work than before. */
bool candidate_improved(const struct candidate *before, const struct candidate *after);

#endif
