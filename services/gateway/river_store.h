/* river_store.h -- what the river thread asks: the cases of a batch of events, encoded for every kind of reader at once.
 *
 * Its connection sees everything (store_enter_root): what a reader may see is decided by scope when the frames go out.
 */
#ifndef QL_GATEWAY_RIVER_STORE_H
#define QL_GATEWAY_RIVER_STORE_H

#include "base/pg.h"
#include "event.h"

struct river_case {
	int64_t id, principal, coordinator; /* 0: none */
	const char *row[READERS]; /* NULL: not for such readers; a text may serve two */
	const char *scopes, *recused, *officers; /* "{5,1,-17}"; coordinators recused; those of its parties */
};
struct river_name { const char *kind; int64_t id; const char *name; };

/* rows and names are called for each; their texts live until the call returns. Ids are array texts, "{1,2}". */
struct river_reads {
	const char *cases, *coordinators, *users, *enterprises;
	bool inside; /* rows for staff too */
	void (*on_case)(void *ctx, const struct river_case *c);
	void (*on_name)(void *ctx, const struct river_name *n); /* all names come before all cases */
	void *ctx;
};
QL_MUSTCHECK enum ql_rc store_river(struct ql_pg *pg, const struct river_reads *reads, struct ql_err *err);

/* The roster rows of some coordinators, array elements by unit: scopes are those of whoever has them in his roster. */
QL_MUSTCHECK enum ql_rc store_river_roster(struct ql_pg *pg, const char *coordinators, void (*on_unit)(void *ctx, const char *scopes, const char *items),
                                           void *ctx, struct ql_err *err);

/* How late the earliest clock that should have fired is, in microseconds; 0: none is waiting. */
QL_MUSTCHECK enum ql_rc store_timer_lateness(struct ql_pg *pg, int64_t *late, struct ql_err *err);

#endif
