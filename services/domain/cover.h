/* cover.h -- opening hours against the people on duty: which of them have nobody. Pure. */
#ifndef QL_DOMAIN_COVER_H
#define QL_DOMAIN_COVER_H

#include <stddef.h>
#include "domain/worktime.h"

struct cover_span { ql_time from, to; }; /* somebody is there */

struct cover_gap {
	int32_t day;
	bool whole; /* nobody at all on this day; from and to are then its first opening and last closing */
	ql_time from, to;
};

struct cover_ask {
	const struct calendar *cal;
	int32_t from_day, to_day; /* to_day is the first one after */
	ql_time since;            /* what lies before is past */
	const struct cover_span *spans; size_t n; /* ascending, apart */
};

/* The gaps in order, at most max of them; *more: there are others. *missing_year: the first year that is not published and
 * keeps its days from being judged; 0: none. */
size_t cover_gaps(const struct cover_ask *ask, struct cover_gap *gaps, size_t max, bool *more, int *missing_year);

#endif
