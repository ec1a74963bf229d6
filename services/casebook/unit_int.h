/* unit_int.h -- inside of casebook.h: the unit of work, its staged rows, and the steps all commands are made of. */
#ifndef QL_CASEBOOK_UNIT_INT_H
#define QL_CASEBOOK_UNIT_INT_H

#include "casebook/search_int.h"

#define STAGE_BYTES_MAX (48 * 1024 * 1024) /* of one table's rows in one unit; a full batch of the longest texts fits */
#define DATA_BYTES_MAX  (256 * 1024)       /* of one journal row's data */
#define NEVER_SORT      253402214400000000 /* 9999-12-31: no promise and no need sorts last */

/* In the order in which they are written: what others refer to comes first; coordinators come last (lock order). */
enum stage {
	STAGE_CASES_NEW, STAGE_CASES_CHANGED, STAGE_ACCESS, STAGE_ALIASES, STAGE_PEOPLE, STAGE_ENTERPRISES, STAGE_LEADS_LEFT, STAGE_PARTIES_CHANGED, STAGE_PARTIES,
	STAGE_REFERENCES, STAGE_LINKS, STAGE_JOURNAL, STAGE_ENTRIES, STAGE_MESSAGES, STAGE_CLOCKS_NEW, STAGE_CLOCKS_CHANGED,
	STAGE_SEGMENTS, STAGE_FIRES,
	STAGE_MEETINGS, STAGE_MINUTES, STAGE_TASKS, STAGE_TASKS_DONE, STAGE_VISITS, STAGE_VISIT_RESULTS,
	STAGE_FOUND_NEW, STAGE_FOUND_MORE, STAGE_FOUND_MOVED, STAGE_RECUSED, STAGE_LEAVES, STAGE_LOADS, STAGES
};

struct casebook {
	struct ql_pg *pg;
	struct reference *ref;
	ql_time now;
	bool begun, broken;
	struct case_file *cases[CASEBOOK_CASES];
	size_t n_cases, found; /* found: where the last look-up ended */
	struct ql_rows rows[STAGES];
	struct ql_buf data; /* of the journal row in the making */
	struct search search;
	struct { int32_t day, next, end; } serials; /* block of case serials reserved for a Beijing day */
	struct { int64_t coordinator; int32_t delta; ql_time at; } loads[CASEBOOK_CASES * (1 + PARTIES_OPEN)]; /* of a case its lead's and its parties' */
	size_t n_loads;
};

/* --- store.c --- */
QL_MUSTCHECK enum ql_rc casestore_begin(struct casebook *cb, int64_t *reference_version, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_now(struct casebook *cb, int64_t *reference_version, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_load(struct casebook *cb, const int64_t *ids, size_t n, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_serials(struct ql_pg *pg, int32_t day, int32_t n, int32_t *first, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_take(struct casebook *cb, struct take *takes, size_t n, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_names(struct casebook *cb, struct ql_err *err); /* of enterprises that a search should find */
QL_MUSTCHECK enum ql_rc casestore_write(struct casebook *cb, struct ql_err *err); /* all stages, one round trip */

/* --- stage.c: one function a table; what a row holds is said there, what it is written by in store.c --- */
void stage_case_new(struct casebook *cb, const struct case_file *c, const struct case_spec *s);
void stage_case_changed(struct casebook *cb, struct case_file *c);
void stage_access(struct casebook *cb, const struct case_file *c, int64_t scope);
/* A case whose order or openness changed: every scope of it follows. */
void stage_clocks(struct casebook *cb, struct case_file *c);
void stage_alias(struct casebook *cb, const struct case_file *c, const char *alias);
void stage_person(struct casebook *cb, const struct case_file *c, const struct case_person_in *p);
void stage_enterprise(struct casebook *cb, const struct case_file *c, const struct case_enterprise_in *e);
void stage_parties(struct casebook *cb, struct case_file *c); /* those that are fresh or dirty */
void stage_lead_left(struct casebook *cb, const struct case_file *c, int party); /* there is one lead at a time: the old one goes first */
/* A unit on the case finds it, and so does every unit above it. */
void stage_access_of(struct casebook *cb, const struct case_file *c, int32_t unit);
/* Whoever neither a party nor an officer accounts for any more does not find it any more: at the very end. */
void stage_leave(struct casebook *cb, const struct case_file *c);
/* ... and a person who is recused writes nothing more in it: behind everything else. Tasks and visits are without that person. */
void stage_recused(struct casebook *cb, const struct case_file *c, int64_t coordinator);
void stage_reference(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r);
void stage_link(struct casebook *cb, const struct case_file *c, int64_t other, const char *kind);
void stage_entry(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct words *w);
void stage_message(struct casebook *cb, const struct case_file *c, const char *channel);
void stage_message_to(struct casebook *cb, const struct case_file *c, const char *channel, const char *recipient);
void stage_fire(struct casebook *cb, const struct case_file *c, const struct case_clock *k, int threshold);
void stage_load(struct casebook *cb, int64_t coordinator, int32_t delta, ql_time assigned_at);
void stage_loads(struct casebook *cb); /* the gathered deltas as rows */
/* The journal row of version c->version with cb->data as its data; moves the chain's head. */
void stage_journal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *event, const char *audience, int64_t enterprise);

/* What several do together: rows are numbered by the version that makes them. */
void stage_meeting(struct casebook *cb, const struct case_file *c, const struct meeting *m);
void stage_minutes(struct casebook *cb, const struct case_file *c, int32_t meeting);
void stage_task(struct casebook *cb, const struct case_file *c, int seq, int32_t meeting, const struct task *t);
void stage_task_done(struct casebook *cb, const struct case_file *c, const struct task_id *id, ql_time at, int64_t user);
void stage_visit(struct casebook *cb, const struct case_file *c, const struct visit *v);
void stage_visit_result(struct casebook *cb, const struct case_file *c, int32_t visit);

/* --- promise.c: clocks --- */
struct case_clock *promise_clock(struct case_file *c, enum clock_kind kind); /* the latest of its kind; NULL: none */
/* What a lifecycle row does to the clocks. from: when a started clock starts. */
QL_MUSTCHECK enum ql_rc promise_apply(struct casebook *cb, struct case_file *c, const struct lifecycle_clocks *how, ql_time from, struct ql_err *err);
/* Computes due and next threshold of a running clock anew from its segments. */
void promise_time(struct casebook *cb, struct case_file *c, struct case_clock *k);
void promise_sort(struct case_file *c); /* promise_at and sort_at from the clocks */
/* A clock of a party, counted from then on; one that runs already is left alone. */
QL_MUSTCHECK enum ql_rc promise_party(struct casebook *cb, struct case_file *c, const struct case_party *p, enum clock_kind kind, ql_time from,
                                      struct ql_err *err);
void promise_party_end(struct casebook *cb, struct case_file *c, int party, enum clock_kind kind, enum clock_state how);

/* --- party.c --- */
struct case_party *party_new(struct casebook *cb, struct case_file *c, int32_t unit, const char *capacity, int32_t weight); /* NULL: no more fit */
struct case_party *party_lead(struct case_file *c); /* NULL: not to be seen */
/* The lead's party says what the case says: its officer, and whether accepted. */
void party_follow_lead(struct casebook *cb, struct case_file *c);
/* The unit at which the goods stand takes part from the first minute, when another one leads. */
QL_MUSTCHECK enum ql_rc party_of_goods(struct casebook *cb, struct case_file *c, struct ql_err *err);
/* Parties follow where the case goes: none works on in one that ended, nobody waits in one that is answered, and one that reopens has the goods' unit again. */
QL_MUSTCHECK enum ql_rc party_follow_state(struct casebook *cb, struct case_file *c, enum case_state from, struct ql_err *err);

#endif
