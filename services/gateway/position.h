/* position.h -- how far a client has seen the river: the next offset of each partition of case.events and roster.events.
 *
 * Clients get it as an opaque token and give it back when they return, to this gateway or another: it names the broker's
 * cluster, so that offsets of a log that started anew are never mistaken. Pure.
 */
#ifndef QL_GATEWAY_POSITION_H
#define QL_GATEWAY_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSITION_CASES  48 /* partitions of case.events */
#define POSITION_ROSTER 16 /* partitions of roster.events; their slots follow */
#define POSITION_SLOTS  (POSITION_CASES + POSITION_ROSTER)
#define POSITION_TOKEN  880 /* bytes of a token, with NUL */

struct position {
	uint64_t cluster; /* of the broker's cluster id; 0: none known */
	int64_t next[POSITION_SLOTS]; /* 0: nothing read, or no such partition */
};

uint64_t position_cluster(const char *cluster_id); /* 0 for "" */
/* Slot of a partition, -1 when there are more partitions than slots. */
int position_slot(bool roster, int32_t partition);

void position_encode(const struct position *at, char token[POSITION_TOKEN]);
bool position_decode(const char *token, struct position *at);

#endif
