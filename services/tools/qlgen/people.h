/* people.h -- who writes and calls, and where goods are: from the database when there is one, else the six enterprises of
 * the source documents and some well-known offices. The order is fixed, so that the same data give the same traffic.
 */
#ifndef QLGEN_PEOPLE_H
#define QLGEN_PEOPLE_H

#include <stdbool.h>
#include "base/pg.h"
#include "tools/qlgen/draw.h"

#define PEOPLE_MAX  5000
#define OFFICES_MAX 300

struct enterprise { /* long enough for what the database holds; longer names are cut there */
	char uscc[19], name[100], home[8], contact[40], phone[24], channel[12], channel_user[80];
	bool is_aeo, is_broker;
};
struct office { char code[8], name[60]; };

struct people {
	struct enterprise *list;
	size_t n;
	struct office office[OFFICES_MAX];
	size_t n_offices;
};

QL_MUSTCHECK enum ql_rc people_known(struct people *p, struct ql_err *err);
/* QL_FATAL when the database has no enterprises with a contact: run qlctl demo. */
QL_MUSTCHECK enum ql_rc people_store_load(struct people *p, struct ql_pg *pg, struct ql_err *err);
void people_free(struct people *p);

/* One of them; AEOs come more often than their number. broker: one who declares for others (any when there is none). */
const struct enterprise *people_pick(const struct people *p, struct draw *d, bool broker);
/* Where the goods of an enterprise of this home are: mostly there, or near; seldom in another district. */
const struct office *people_place(const struct people *p, struct draw *d, const char *home);

#endif
