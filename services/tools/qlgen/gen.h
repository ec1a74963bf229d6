/* gen.h -- the order of records: slots come at the wanted rate; each takes what is due of the stories under way, else begins
 * a new one. So the rate is kept whatever the stories are, and the same seed and start give the same records.
 */
#ifndef QLGEN_GEN_H
#define QLGEN_GEN_H

#include "tools/qlgen/story.h"

#define GEN_UNDER_WAY 65536 /* records of stories begun and not yet sent; at this many no new story begins */

struct gen_conf {
	int rate;       /* records a second at full strength; 0: as fast as they are taken */
	int bad;        /* per thousand faulty ones */
	int duplicates; /* per thousand sent again */
	bool shape;     /* follows the day: 75 % in office hours, nights nearly still */
	bool kinds[STORY_KINDS];
};

struct gen;
QL_MUSTCHECK enum ql_rc gen_new(struct gen **g, const struct world *w, const struct gen_conf *conf, struct ql_err *err);
void gen_free(struct gen *g);

/* When the next record is due, in the time of the traffic. */
ql_time gen_due(const struct gen *g);
/* Writes it and goes on to the next slot. */
void gen_next(struct gen *g, struct record *out);

/* How busy an hour of the week is against the busiest, per thousand (domain facts 6.1). */
int gen_shape(ql_time at);

#endif
