/* work_store.h -- cases as PostgreSQL has them, with everything a choice needs, in one statement. */
#ifndef QL_CASEBOOK_WORK_STORE_H
#define QL_CASEBOOK_WORK_STORE_H

#include "base/pg.h"
#include "casebook/changed.h"
#include "casebook/reference.h"

#define WORK_PAGE 500 /* cases in one reading */

struct work_row {
	struct work work;
	int32_t version;
	enum case_state state;
	int64_t coordinator;      /* who has it; 0: nobody */
	bool told;                /* the journal says already that it waits */
	bool by_supervisor;       /* given by hand: the pools of the draw say nothing about it */
};
struct work_page { size_t n; struct work_row row[WORK_PAGE]; };

/* Where a sweep stands; zeroed it is at the beginning. It passes all waiting cases in the order of draw. */
struct work_cursor { int priority; ql_time sort_at; int64_t id; };
/* ... or all parties without an officer, the longest waiting first */
struct party_cursor { ql_time since; int64_t case_id; int32_t seq; };
/* ... or all cases that somebody has, by whom and when they are due. */
struct held_cursor { int64_t coordinator; ql_time sort_at; int64_t id; };

/* Those of the named cases that are open, whoever has them. n <= WORK_PAGE. */
QL_MUSTCHECK enum ql_rc work_read(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err);
/* Those of their joint parties that were asked and have no officer yet; a part of a case that is answered can wait. */
QL_MUSTCHECK enum ql_rc work_read_parties(struct ql_pg *pg, const struct reference *ref, const int64_t *ids, size_t n, struct work_page *page, struct ql_err *err);
/* The next page of a sweep; *more is false when it has seen all. A page may be empty with more to come. */
QL_MUSTCHECK enum ql_rc work_sweep(struct ql_pg *pg, const struct reference *ref, struct work_cursor *at, struct work_page *page, bool *more, struct ql_err *err);
QL_MUSTCHECK enum ql_rc work_sweep_parties(struct ql_pg *pg, const struct reference *ref, struct party_cursor *at, struct work_page *page, bool *more,
                                           struct ql_err *err);
QL_MUSTCHECK enum ql_rc work_sweep_held(struct ql_pg *pg, const struct reference *ref, struct held_cursor *at, struct work_page *page, bool *more,
                                        struct ql_err *err);

/* A case that nobody has opened: what would its work be? Where it would begin is casebook_place()'s to say. */
struct work_facts {
	int64_t principal; /* 0: unknown person */
	int32_t lead_unit, goods_unit, weight;
	const char *category, *priority, *language; /* category may be NULL */
	ql_time needed_by;
};
QL_MUSTCHECK enum ql_rc work_imagine(struct ql_pg *pg, const struct reference *ref, const struct work_facts *facts, struct work_row *row, struct ql_err *err);

#endif
