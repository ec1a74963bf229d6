/* waiting.h -- the cases, and the parts of them, that wait for a coordinator, in the order of draw, as dispatch remembers them.
 *
 * PostgreSQL holds the truth; this is the most urgent part of it (at most WAITING_MAX), so that a freed place finds its
 * case without asking the database or choosing anew for each. A fresh case has not been tried since something about it
 * changed; the others were tried and nobody could take them: they are looked at again only when a coordinator changed.
 * Pure; a struct waiting is about 6 MB, on the heap, of one thread.
 */
#ifndef QL_DISPATCH_WAITING_H
#define QL_DISPATCH_WAITING_H

#include "casebook/changed.h"

#define WAITING_MAX 8192
#define TRACE_MAX 33 /* 32 hex digits and NUL */

struct waiting_case {
	struct work work;
	int32_t version;
	bool fresh;
	bool told;     /* the journal says already that it waits */
	unsigned seen; /* the sweep that saw it last */
	char trace[TRACE_MAX]; /* of the event that woke us for it; "": none */
};

struct waiting {
	size_t count, high; /* slots from high on were never used since the table was empty */
	bool overflowed; /* less urgent ones were left out: only a sweep finds them */
	struct waiting_case item[WAITING_MAX];
	int64_t key[WAITING_MAX];    /* work_key() of item[], 0: free */
	uint16_t order[WAITING_MAX]; /* indices into item[], ascending by choose_compare_waiting() */
};

void waiting_clear(struct waiting *w);
/* Adds, or replaces the one of the same key, which stays tried when neither version nor facts differ. A full table makes
 * room by leaving out its least urgent tried case; false when all in it are fresh. */
bool waiting_put(struct waiting *w, const struct waiting_case *c);
bool waiting_drop(struct waiting *w, int64_t key);
/* Drops what is remembered of a case as of another version: the case and its parts move together. */
void waiting_drop_older(struct waiting *w, int64_t case_id, int32_t version);
/* Drops what sweep number seen did not see; to be called when it has seen all. */
void waiting_drop_unseen(struct waiting *w, unsigned seen);
struct waiting_case *waiting_find(struct waiting *w, int64_t key); /* NULL: not here */
/* The i-th to be drawn, i < count. */
static inline struct waiting_case *waiting_at(struct waiting *w, size_t i) { return &w->item[w->order[i]]; }
bool waiting_any_fresh(const struct waiting *w);

#endif
