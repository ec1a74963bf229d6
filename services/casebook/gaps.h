/* gaps.h -- rosters checked against the calendar: duties that must be staffed and, on some day, are not.
 *
 * A duty is a pool of a unit with the service whose calendar says when somebody must be there (ql.duty_plan; every office pool
 * that has people, in office hours, without a row there). The dispatcher, the gateway and qlctl ask the same question.
 */
#ifndef QL_CASEBOOK_GAPS_H
#define QL_CASEBOOK_GAPS_H

#include "casebook/reference.h"
#include "domain/cover.h"

#define GAP_DUTIES 16   /* in one reading */
#define GAP_SPANS  4096 /* of all of them; a unit whose shifts touch has one a day */
#define GAP_DAYS   62   /* looked ahead at most */
#define GAP_MOST   512  /* of one duty */

struct gap_duty {
	int32_t unit;
	char code[UNIT_CODE_MAX], pool[WORD_MAX];
	enum service service;
};

struct gap_ask {
	int32_t under; /* the unit below which is looked */
	int32_t from_day, to_day;
	ql_time since;
};

struct gaps {
	struct gap_duty after; /* the page so far; zeroed: from the beginning */
	bool more;             /* duties behind this page */
	size_t n;
	struct gap_duty duty[GAP_DUTIES];
	size_t spans[GAP_DUTIES + 1]; /* of duty i: span[spans[i]] up to span[spans[i + 1]] */
	struct cover_span span[GAP_SPANS];
	struct cover_gap gap[GAP_MOST];
};

typedef void gap_found(void *ctx, const struct gap_duty *duty, const struct cover_gap *gap);

/* One page of duties, each with the hours in which somebody is there. */
QL_MUSTCHECK enum ql_rc gaps_store_page(struct ql_pg *pg, const struct gap_ask *ask, struct gaps *g, struct ql_err *err);
/* Tells the gaps of the next page. *missing_year: see cover_gaps(); left alone when nothing is missing. */
QL_MUSTCHECK enum ql_rc gaps_next(struct ql_pg *pg, const struct reference *ref, const struct gap_ask *ask, struct gaps *g, gap_found *found, void *ctx,
                                  int *missing_year, struct ql_err *err);

#endif
