/* assign.h -- a batch of decisions becomes true: one transaction that locks the cases, takes the coordinators and assigns.
 *
 * A case that moved since it was read is left alone (STALE: read it again); a coordinator who turned out to be full leaves
 * his cases for another choice (MISSED), in the next transaction: within one, coordinators are locked in ascending order
 * once, so that dispatchers never wait for each other in a circle.
 */
#ifndef QL_DISPATCH_ASSIGN_H
#define QL_DISPATCH_ASSIGN_H

#include "casebook/casebook.h"
#include "casebook/roster_store.h"

#define BATCH_MAX      500
#define BATCH_TEXT_MAX (4 * 1024 * 1024) /* bytes of explanations; a batch ends where they do not fit */

enum plan_kind { PLAN_ASSIGN, PLAN_TELL /* nobody can take it: say so once in the journal */ };
enum plan_outcome { PLAN_MADE, PLAN_MISSED, PLAN_STALE };

struct plan {
	enum plan_kind kind;
	enum plan_outcome outcome;
	int64_t case_id, key;    /* key: work_key() */
	int party;               /* 0: the lead */
	int32_t version, weight; /* version: as read; of the case after it when MADE */
	int64_t coordinator;
	int32_t unit;            /* the coordinator's */
	ql_time opened_at;
	const char *trace;       /* "" or 32 hex digits; lives as long as the batch */
	size_t why, why_short;   /* offsets into text */
};

struct batch {
	size_t n, takes;
	struct plan plan[BATCH_MAX];
	struct take take[BATCH_MAX]; /* one a coordinator, ascending */
	struct ql_buf text;
};

void batch_clear(struct batch *b);
/* Room for one more plan whose texts are in b->text already. */
static inline bool batch_full(const struct batch *b, size_t max) { return b->n >= max || b->n >= BATCH_MAX || !ql_buf_ok(&b->text); }

/* Runs the batch; after QL_OK every plan has its outcome and the roster the loads that PostgreSQL knows. After anything
 * else nothing has happened and the roster's loads are guesses: read them again. */
QL_MUSTCHECK enum ql_rc assign_batch(struct casebook *cb, struct batch *b, struct roster *roster, struct ql_err *err);

#endif
