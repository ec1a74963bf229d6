/* lateness.h -- how late timers were within the last minute, and whether a clock on the wall was moved. Pure. */
#ifndef QL_CLOCK_LATENESS_H
#define QL_CLOCK_LATENESS_H

#include "base/loop.h"

#define LATENESS_SLOTS 6
#define LATENESS_SLOT  (10 * QL_SECOND)
#define JUMP_LEAST     (5 * QL_SECOND) /* a wall clock that moved by more between two looks was moved, not slow */

struct lateness { int64_t slot[LATENESS_SLOTS]; ql_time worst[LATENESS_SLOTS]; };

/* at: monotonic. */
void lateness_add(struct lateness *l, ql_time at, ql_time late);
/* The worst of the last 50 to 60 seconds; 0 when nothing fired. */
ql_time lateness_worst(const struct lateness *l, ql_time at);

struct wall { ql_time wall, monotonic; }; /* the last look; zeroed at first */
/* By how much the wall clock moved against the monotonic one since the last look; 0 when less than JUMP_LEAST. */
ql_time wall_jump(struct wall *w, ql_time wall, ql_time monotonic);

#endif
