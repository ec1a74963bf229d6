/* roster_store.h -- the roster in memory, and how it is kept fresh from PostgreSQL.
 *
 * A candidate's duty is the current or next stretch of time on shift and not absent. What changes by the clock alone
 * (a shift that starts, an absence that ends) has no event: wake_at says when to read again. One thread.
 */
#ifndef QL_CASEBOOK_ROSTER_STORE_H
#define QL_CASEBOOK_ROSTER_STORE_H

#include "base/pg.h"
#include "casebook/reference.h"
#include "casebook/changed.h"

#define PERSON_NAME_MAX 64 /* bytes with NUL; longer names are cut at a character */

#define SKILL_BITS 64

struct person { int64_t id; char name[PERSON_NAME_MAX]; };

struct duty_roster {
	struct roster roster;
	struct person person[ROSTER_MAX]; /* ascending by id; for explanations only */
	size_t persons;
	char skill[SKILL_BITS][WORD_MAX]; /* codes by bit; for explanations only */
	ql_time wake_at;                  /* something changes by itself then; INT64_MAX: nothing known */
	int64_t reference;                /* version of the reference data it was read with */
	bool cut;                         /* there are more coordinators, seats or recusals than fit */
};

/* Replaces all with the roster as it is at that time (0: now; a later one has the shifts of then and the loads of now). */
QL_MUSTCHECK enum ql_rc roster_read(struct ql_pg *pg, const struct reference *ref, ql_time at, struct duty_roster *r, struct ql_err *err);
/* Replaces these coordinators, n <= CHANGED_MAX; one that is gone leaves the roster. Each is added to changed. */
QL_MUSTCHECK enum ql_rc roster_read_some(struct ql_pg *pg, const struct reference *ref, struct duty_roster *r, const int64_t *ids, size_t n,
                                         struct changed *changed, struct ql_err *err);
/* Reads loads and capacities alone. Who has more room than before is added to changed. */
QL_MUSTCHECK enum ql_rc roster_read_loads(struct ql_pg *pg, struct duty_roster *r, struct changed *changed, struct ql_err *err);

/* Adds to changed whoever is a better prospect in after than in before; all when seats or recusals differ. */
void roster_compare(const struct roster *before, const struct roster *after, struct changed *changed);

const char *roster_name(const struct duty_roster *r, int64_t coordinator); /* "" when not on the roster */
/* A category's bit in candidate.subjects and work.category; -1: unknown. */
int32_t roster_subject(const struct reference *ref, const char *category);

#endif
