/* notices.h -- clearance notices as facts: their odd dates, and the order of a declaration's track.
 *
 * Release and completion can come in the same second with their receipt numbers the wrong way round, so a track is
 * ordered by the rank of the state, not by time or number. The map of channel codes is data (channel_codes); the ranks
 * here are what holds until a map says otherwise. Pure.
 */
#ifndef QL_DOMAIN_NOTICES_H
#define QL_DOMAIN_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/loop.h"

#define NOTICE_RANK_UNKNOWN 500 /* between review and release: never hides a known end */

struct notice_fact {
	int rank;
	ql_time at;       /* as the notice says, 0 unknown */
	ql_time received; /* by us */
	size_t tag;       /* the caller's own index */
};

/* Rank of a DEC_RESULT channel code ("L", "J", "P", "SpL"): greater is further; NOTICE_RANK_UNKNOWN for others. */
int notice_rank(const char *code);

/* < 0: a stands before b on the track. Rank, then time, then arrival, then tag: a total order. */
int notice_compare(const struct notice_fact *a, const struct notice_fact *b);
/* Orders a track in place; tracks are short. */
void notice_order(struct notice_fact *track, size_t n);

/* Dates of notices, local Beijing time unless they carry an offset: 2024-04-17T09:15:03, 2024-04-17 09:15:03,
 * 2023_01_03 09:18:33, 2024/4/17 9:15, 20240417, 20240417091503, 20240417091503123, 2024-04-17, RFC 3339. *timed (may
 * be NULL) is false when only the day is known; the instant is then its midnight. */
bool notice_date_parse(const char *text, ql_time *at, bool *timed);

#endif
