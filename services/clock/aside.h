/* aside.h -- what can't be worked on now is set aside for a while, so that it does not hold up the rest. Pure. */
#ifndef QL_CLOCK_ASIDE_H
#define QL_CLOCK_ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/loop.h"

#define ASIDE_MAX      64
#define ASIDE_REFUSED  (60 * QL_SECOND) /* it can't be worked on: our bug or bad data, see the log */
#define ASIDE_CONFLICT (2 * QL_SECOND)  /* somebody was in between */

struct aside { size_t n; struct { int64_t id; int seq; ql_time until; } item[ASIDE_MAX]; };

/* A full list lets go of the one whose time is up first. */
void aside_put(struct aside *a, int64_t id, int seq, ql_time until);
bool aside_has(const struct aside *a, int64_t id, int seq);
/* Lets go of what is past its time. */
void aside_release(struct aside *a, ql_time now);

#endif
