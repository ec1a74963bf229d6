/* facts.h -- a clock as the database tells it: all that its deadline is made of, read without locks, for those who recompute it.
 *
 * Reads are bounded by the caller's array. Row security holds for whoever reads.
 */
#ifndef QL_CASEBOOK_FACTS_H
#define QL_CASEBOOK_FACTS_H

#include "casebook/case.h"

struct clock_facts {
	int64_t case_id;
	char number[CASENO_MAX], category[WORD_MAX], tier[WORD_MAX], priority[WORD_MAX], channel[WORD_MAX];
	enum procedure procedure;
	enum reach reach;
	int32_t unit; /* whose promise it is: the lead, or the party */
	struct case_clock clock; /* segments 0: written by a newer release, nothing can be said of it */
};

/* Open clocks behind (case, seq), ascending; *n < max: no more. */
QL_MUSTCHECK enum ql_rc facts_open(struct ql_pg *pg, int64_t after_case, int after_seq, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err);
/* All clocks, ended ones too. */
QL_MUSTCHECK enum ql_rc facts_all(struct ql_pg *pg, int64_t after_case, int after_seq, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err);
/* Those of one case, the newest max of them, ascending: that number (0: any), that kind (NULL: any). */
QL_MUSTCHECK enum ql_rc facts_case(struct ql_pg *pg, int64_t case_id, int seq, const char *kind, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err);

/* What people did to it, as JSON arrays: segments, ledger, fires. staff: with who. */
struct clock_told { struct ql_buf segments, ledger, fires; };
void clock_told_init(struct clock_told *t);
void clock_told_free(struct clock_told *t);
QL_MUSTCHECK enum ql_rc facts_told(struct ql_pg *pg, int64_t case_id, int seq, bool staff, struct clock_told *t, struct ql_err *err);

/* The promise with what was granted since; NULL policy: of a newer release. */
const struct policy *facts_policy(const struct reference *ref, const struct clock_facts *f, struct clock_policy *rule);
/* Due as these facts say; CLOCK_NEVER while it stands still. */
struct clock_reading facts_read(const struct reference *ref, const struct clock_facts *f, ql_time now);

/* What the policies and calendars that hold at an instant would make of an open clock. */
struct rebase {
	int32_t policy, calendar; /* the ones that it would have: better ones, else its own */
	bool changes;
	ql_time due_was, due;     /* of a paused clock: if it went on at once */
	bool breaks;              /* the new due is past at that instant, the old one was not */
};
struct rebase facts_rebase(const struct reference *ref, const struct clock_facts *f, ql_time at, ql_time now);

/* What a stored due time must be: of a clock that has ended, what it was when it ended. 0: none. *year: the missing one, else 0. */
ql_time facts_due(const struct reference *ref, const struct clock_facts *f, int *year);

/* What would become of open clocks, by unit, without writing anything. */
#define PREVIEW_UNITS 1024
struct preview_unit { int32_t unit; int64_t open, earlier, later, breaks; };
struct preview {
	int64_t seen;
	bool complete; /* false: as many were looked at as was allowed */
	size_t n;
	struct preview_unit unit[PREVIEW_UNITS];
};
/* at: the instant whose policies and calendars count; most: clocks looked at (0: all). */
QL_MUSTCHECK enum ql_rc preview_run(struct ql_pg *pg, const struct reference *ref, ql_time at, ql_time now, int64_t most, struct preview *out, struct ql_err *err);
void preview_write(const struct reference *ref, const struct preview *p, struct ql_buf *b); /* members of an open object */

/* The whole explanation as a JSON object: enough to recompute the deadline by hand. staff false: in public words only. */
void explain_clock(const struct reference *ref, const struct clock_facts *f, const struct clock_told *t, bool staff, ql_time now, struct ql_buf *b);

#endif
