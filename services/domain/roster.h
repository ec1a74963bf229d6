/* roster.h -- the coordinators a dispatcher knows, indexed so that a decision touches only those of its level.
 *
 * The caller owns the struct (about 1 MB: static or heap, never the stack). After roster_put, _remove, _join, _leave,
 * _recuse or _unrecuse call roster_index() before the next look-up or choose(); load, duty, availability and skills
 * change in place through roster_find() and need nothing. Pure: no memory is allocated.
 */
#ifndef QL_DOMAIN_ROSTER_H
#define QL_DOMAIN_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/loop.h"

#define ROSTER_MAX 4096
#define ROSTER_MEMBERS 12288 /* seats in pools: one coordinator may sit in several */
#define ROSTER_DEPUTIES 4
#define ROSTER_RECUSALS 8192
#define SKILL_BIT(bit) (UINT64_C(1) << (bit)) /* also for languages and subjects */

enum duty_pool {
	POOL_OFFICE,
	POOL_DISTRICT,
	POOL_NATIONAL,
	POOL_DUTY, /* duty supervisors */
	POOLS
};

struct candidate {
	int64_t id;
	int64_t unit; /* where they sit; pools say where they are drawn from */
	int32_t capacity, open_weight;
	int32_t ramp;                      /* percent of capacity in use: below 100 after an absence */
	bool available;                    /* declared: takes work */
	ql_time valid_from, valid_until;   /* of the appointment; until 0: open */
	ql_time duty_from, duty_until;     /* the current or next shift */
	ql_time last_assigned;             /* 0: never */
	uint64_t skills, languages;        /* SKILL_BIT masks */
	uint64_t subjects;                 /* categories authorised; UINT64_MAX all */
	int64_t deputies[ROSTER_DEPUTIES]; /* in order, 0 ends */
};

struct pool_seat {
	enum duty_pool pool;
	int64_t unit;
	int64_t coordinator;
	int32_t index; /* of the coordinator in candidate[]; -1 not on the roster */
};

struct recusal {
	int64_t coordinator, enterprise;
};

struct roster {
	size_t count, seats, recusals;
	bool indexed;
	struct candidate candidate[ROSTER_MAX];  /* ascending by id once indexed */
	struct pool_seat seat[ROSTER_MEMBERS];   /* ascending by pool, unit, coordinator once indexed */
	struct recusal recusal[ROSTER_RECUSALS]; /* ascending once indexed */
};

void roster_clear(struct roster *r);
/* Adds or replaces by id; false: full. roster_remove takes the seats along. */
QL_MUSTCHECK bool roster_put(struct roster *r, const struct candidate *c);
bool roster_remove(struct roster *r, int64_t id);
QL_MUSTCHECK bool roster_join(struct roster *r, int64_t coordinator, enum duty_pool pool, int64_t unit);
bool roster_leave(struct roster *r, int64_t coordinator, enum duty_pool pool, int64_t unit);
QL_MUSTCHECK bool roster_recuse(struct roster *r, int64_t coordinator, int64_t enterprise);
bool roster_unrecuse(struct roster *r, int64_t coordinator, int64_t enterprise);
void roster_index(struct roster *r);

/* Percent of capacity in use at that time: from first percent at the return the share grows evenly to all of it at until. */
int32_t roster_ramp(ql_time from, ql_time until, ql_time at, int32_t first);

/* NULL: not on the roster. */
struct candidate *roster_find(struct roster *r, int64_t id);
const struct candidate *roster_get(const struct roster *r, int64_t id);
bool roster_recused(const struct roster *r, int64_t coordinator, int64_t enterprise);
/* The seats of one unit's pool, *n of them; unit 0 means every seat of that pool. */
const struct pool_seat *roster_pool(const struct roster *r, enum duty_pool pool, int64_t unit, size_t *n);

#endif
