/* case_store.h -- reading cases, as the person signed in may see them. SQL answers in JSON; row security decides what.
 *
 * Worker threads, inside a transaction that ql.enter() opened. Results land as JSON text in buffers.
 */
#ifndef QL_GATEWAY_CASE_STORE_H
#define QL_GATEWAY_CASE_STORE_H

#include "api.h"
#include "base/pg.h"
#include "domain/terms.h"

#define LIST_MAX 500

struct list_filter {
	int64_t scope;            /* whose list: one scope of case_access, which the reader has */
	bool open, followed;      /* followed: whatever the reader follows, by when that began */
	bool has_after; ql_time after_at; int64_t after_id; /* keyset: the last row of the page before */
	const char *states;       /* "{received,assigned}", NULL: any */
	const char *category, *priority;
	int64_t coordinator;      /* 0: any, -1: none */
	int64_t enterprise;       /* 0: any */
	int32_t unit;             /* 0: any; itself or below it is the lead */
	bool overdue;
	int limit;
};
struct list_page { int rows; ql_time last_at; int64_t last_id; bool more; }; /* more: whatever the number of rows */

/* Appends the rows as elements of a JSON array; commas are placed. */
QL_MUSTCHECK enum ql_rc store_list(struct ql_pg *pg, const struct list_filter *f, struct ql_buf *out, struct list_page *page, struct ql_err *err);
/* What the reader finds, best first; f's filters narrow it. Its place in a list: after_at is how well it fits, see SEARCH_PLACE. */
#define SEARCH_FIRST         (5 * 2)
#define SEARCH_PLACE(r, o)   (2 * (r) + (o))
struct list_search { const struct question *question; bool any_view; };
QL_MUSTCHECK enum ql_rc store_search(struct ql_pg *pg, const struct list_search *s, const struct list_filter *f, struct ql_buf *out, struct list_page *page,
                                     struct ql_err *err);

/* The case of that id, number or alias; a merged one answers with its heir. 0: none that the reader may see. */
QL_MUSTCHECK enum ql_rc store_resolve(struct ql_pg *pg, int64_t id, const char *number, const char *alias, int64_t *case_id, struct ql_err *err);
/* That very case by id or number, also when it was merged; 0: none. */
QL_MUSTCHECK enum ql_rc store_named(struct ql_pg *pg, int64_t id, const char *number, int64_t *case_id, struct ql_err *err);
/* Its row alone; nothing is appended when the reader may not see it. */
QL_MUSTCHECK enum ql_rc store_row(struct ql_pg *pg, int64_t case_id, struct ql_buf *out, struct ql_err *err);

/* Everything about one case, one round trip. Texts are JSON, "" when there is none. */
struct case_read {
	struct ql_buf row, enterprises, parties, references, clocks, timeline, notices, why, tasks, meetings, visits, proposal;
	char procedure[32], state[32], person[400], phone[64];
	int64_t coordinator; /* lead officer, 0: none */
	struct part part[CASE_PARTIES]; size_t n_parts;
	int lead_refusals;
	struct offer offer;  /* but for procedure, state and one's place on it */
	int64_t undo;        /* words of the reader that can be taken back: their version; 0: none */
	bool found, has_person, followed;
	int32_t version;
};
void case_read_init(struct case_read *r);
void case_read_free(struct case_read *r);
/* actor: as whom the reader writes. Sealed words that are read are noted as read. */
QL_MUSTCHECK enum ql_rc store_case(struct ql_pg *pg, int64_t case_id, int64_t actor, const char *trace, struct case_read *r, struct ql_err *err);

/* Timeline items above a version, as a JSON array. */
QL_MUSTCHECK enum ql_rc store_timeline(struct ql_pg *pg, int64_t case_id, int32_t above, const char *trace, struct ql_buf *out, struct ql_err *err);
/* The same with hashes and traces: for staff. */
QL_MUSTCHECK enum ql_rc store_journal(struct ql_pg *pg, int64_t case_id, const char *trace, struct ql_buf *out, struct ql_err *err);

/* Id of a unit by its code, and whether it is under (or the same as) another; 0: no such unit. */
QL_MUSTCHECK enum ql_rc store_unit(struct ql_pg *pg, const char *code, int32_t under, int32_t *id, bool *is_under, struct ql_err *err);

#endif
