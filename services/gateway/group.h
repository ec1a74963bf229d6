/* group.h -- the clients of one scope, and what is worked out once for all of them. Loop thread. */
#ifndef QL_GATEWAY_GROUP_H
#define QL_GATEWAY_GROUP_H

#include "live.h"

#define SNAPSHOT_FRESH (2 * QL_SECOND) /* how long one read serves those who come after */
#define COUNTERS_SHARE 20 /* counting may take one part in twenty of the time, however many cases are open */
#define COUNTERS_EVERY QL_SECOND

struct group {
	struct group *next;
	int64_t scope; /* > 0 staff of that unit, < 0 an enterprise */
	int64_t user;  /* one who is recused from cases of the scope sees other lists than the rest; 0: everyone else */
	struct live_client *clients;
	uint64_t last_hit; /* behind the newest event that concerns it: whoever is past it misses nothing */
	struct job *snapshot_job, *counters_job;
	struct frame *snapshot; /* the last one, while fresh */
	uint64_t snapshot_cursor;
	ql_time snapshot_at;
	struct frame *counters;
	uint64_t counters_no;
	bool dirty; /* counters are not what they were */
	ql_time counters_at, counters_pause;
};

struct group *group_find(struct live *live, int64_t scope, int64_t user); /* NULL: nobody of it is here */
/* All groups of a scope, one after the other, beginning with NULL. */
struct group *group_next(struct live *live, int64_t scope, struct group *after);
struct group *group_join(struct live *live, struct live_client *c, int64_t scope, int64_t user); /* NULL: out of memory */
void group_leave(struct live *live, struct live_client *c); /* the last one takes the group along */

#endif
