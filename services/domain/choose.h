/* choose.h -- who gets a case, and why: eligibility, order of draw, ranking. A pure function of (work, roster).
 *
 * What makes a choice right under concurrency is the conditional update that takes the coordinator; this only says in
 * which order to try.
 */
#ifndef QL_DOMAIN_CHOOSE_H
#define QL_DOMAIN_CHOOSE_H

#include "domain/roster.h"

#define CHOOSE_KEPT 64       /* ranked and removed candidates kept for the explanation, each */
#define CHOOSE_ENTERPRISES 8 /* on one case */
#define CHOOSE_EXCLUDED 40
#define CHOOSE_RECUSED 16
#define CHOOSE_PREFERRED 4
#define CHOOSE_CHAIN 16 /* deputies followed */
#define URGENCY_NONE INT64_MAX

enum choose_level {
	LEVEL_NAMED,
	LEVEL_DEPUTY,
	LEVEL_OFFICE,
	LEVEL_DISTRICT,
	LEVEL_NATIONAL,
	LEVEL_DUTY,
	LEVEL_NONE,
	CHOOSE_LEVELS
};

/* In the order in which they are applied: the first that fails is the reason shown. */
enum choose_filter {
	FILTER_NONE,
	FILTER_VALIDITY,
	FILTER_DUTY,
	FILTER_AVAILABLE,
	FILTER_RECUSED,
	FILTER_EXCLUDED,
	FILTER_SUBJECT,
	FILTER_SKILLS,
	FILTER_LANGUAGE,
	FILTER_SHIFT,
	FILTER_CAPACITY,
	CHOOSE_FILTERS
};

#define FILTER_BIT(filter) (1u << (filter))

/* What a supervisor may set aside with a reason. Never: appointment, recusal, subject, required skills, capacity. */
#define FILTERS_SOFT  (FILTER_BIT(FILTER_DUTY) | FILTER_BIT(FILTER_AVAILABLE) | FILTER_BIT(FILTER_EXCLUDED) | FILTER_BIT(FILTER_LANGUAGE) | FILTER_BIT(FILTER_SHIFT))
/* What must hold of an officer as long as he has the case; the others are about the moment of giving it. */
#define FILTERS_FACTS (FILTER_BIT(FILTER_VALIDITY) | FILTER_BIT(FILTER_RECUSED) | FILTER_BIT(FILTER_SUBJECT) | FILTER_BIT(FILTER_SKILLS) | FILTER_BIT(FILTER_LANGUAGE))

struct work {
	int64_t case_id;
	int32_t party;    /* number of the joint party whose officer is wanted; 0: the lead's */
	bool local;       /* the nation's pool does not serve: it is a part of one unit */
	int32_t priority; /* greater goes first */
	int32_t tier;     /* 0 is the highest credit tier; breaks ties of urgency */
	int32_t weight;
	ql_time now, opened_at;
	ql_time needed_by, promise;    /* 0: none */
	ql_time shift_needed;          /* least rest of the shift */
	int64_t first_asked, named;    /* who should have it: the officer who had it before, the enterprise's own; 0 none */
	int64_t home_unit, goods_unit; /* an unknown person has no home (0): the goods' office serves */
	int64_t district, root;        /* the district of that office; unit 0000 */
	int32_t category;              /* bit in candidate.subjects; -1 not known: no filter */
	uint64_t languages;            /* any of these serves; 0 no filter */
	uint64_t required;             /* skills, never relaxed */
	int32_t preferred_count;
	uint8_t preferred[CHOOSE_PREFERRED]; /* skill bits, most important first; the last is dropped first */
	int32_t enterprise_count, excluded_count, recused_count;
	int64_t enterprises[CHOOSE_ENTERPRISES]; /* for recusal */
	int64_t excluded[CHOOSE_EXCLUDED];       /* declined or did not accept */
	int64_t recused[CHOOSE_RECUSED];         /* from this case alone */
	enum choose_level from_level;            /* LEVEL_NAMED usually; later when all of a level were taken by others */
};

struct considered {
	int64_t id;
	enum choose_level level;
	enum choose_filter removed_by; /* FILTER_NONE for ranked ones */
	int32_t match;                 /* preferred skills kept in order, then others, then the place of the goods: greater is better */
	int32_t kept;                  /* leading preferred skills it has */
	int32_t load;                  /* open weight per mille of usable capacity, before this case */
	ql_time last_assigned;
	uint64_t hash;
};

/* level is that of the ranked ones. LEVEL_DUTY: nobody was eligible; the first ranked is the duty supervisor who owns
 * the case now (load and skills do not apply). LEVEL_NONE: not even one of those is on duty. */
struct choice {
	enum choose_level level;
	size_t ranked_count, removed_count; /* kept below, at most CHOOSE_KEPT */
	size_t eligible, total;             /* over all that were looked at */
	size_t removed_by[CHOOSE_FILTERS];
	size_t looked_at[CHOOSE_LEVELS];
	int32_t relaxed;                       /* preferred skills given up for the first of the ranked */
	struct considered ranked[CHOOSE_KEPT]; /* in the order to try */
	struct considered removed[CHOOSE_KEPT];
};

void choose(const struct work *work, const struct roster *roster, struct choice *out);

/* One number for a case's lead or one of its parties. */
static inline int64_t work_key(const struct work *work) { return work->case_id << 5 | work->party; }

/* The first filter that removes c, FILTER_NONE when eligible: the one eligibility function, for every path. */
enum choose_filter choose_filter(const struct work *work, const struct roster *roster, const struct candidate *c);

/* All filters that remove c, FILTER_BIT each; 0 when eligible. */
unsigned choose_filters(const struct work *work, const struct roster *roster, const struct candidate *c);

/* Whether some level up to the national pool looks at c for this work, as named one, deputy or by a seat: not because he had it
 * before. */
bool choose_reaches(const struct work *work, const struct roster *roster, const struct candidate *c);

/* The nearer of promise and need; URGENCY_NONE when there is neither. */
ql_time choose_urgency(const struct work *work);
/* Order of what waits, < 0: a is drawn first. Priority, urgency, tier, age, id, party; a total order. */
int choose_compare_waiting(const struct work *a, const struct work *b);

const char *choose_level_name(enum choose_level level);    /* "named", "deputy", "office", ... */
const char *choose_filter_name(enum choose_filter filter); /* "off_duty", "unavailable", "recused", "full", ... */

#endif
