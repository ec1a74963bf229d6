/* talks.h -- open cases that somebody may write to again: read from the database every few seconds, when there is one.
 *
 * What they are depends on the running river, so replies are the one part of the traffic that a seed alone does not repeat.
 */
#ifndef QLGEN_TALKS_H
#define QLGEN_TALKS_H

#include "base/pg.h"

#define TALKS_MAX 200

struct talks {
	struct { char number[24], uscc[19], channel_user[130], channel[12]; } at[TALKS_MAX];
	size_t n;
};
QL_MUSTCHECK enum ql_rc talks_store_load(struct talks *t, struct ql_pg *pg, struct ql_err *err);

#endif
