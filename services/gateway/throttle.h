/* throttle.h -- failed sign-ins: the more of them, the longer the wait.
 *
 * Counted per login and per address in a bounded table; what has not failed for FORGET is forgotten, and when the table is
 * full the one longest quiet makes room. Time comes in as an argument. Not locked: its owner does that.
 */
#ifndef QL_GATEWAY_THROTTLE_H
#define QL_GATEWAY_THROTTLE_H

#include <stdint.h>
#include "base/loop.h"

#define THROTTLE_KEYS    1024
#define THROTTLE_FREE    5   /* failures before the first wait */
#define THROTTLE_LONGEST 300 /* seconds */
#define THROTTLE_FORGET  (15 * 60 * QL_SECOND)

struct throttle {
	struct { uint64_t key; uint32_t failures; ql_time last; } seat[THROTTLE_KEYS]; /* key 0: empty */
};

/* kind keeps a login apart from an address that is spelled the same. */
uint64_t throttle_key(const char *kind, const char *text);

/* Seconds still to wait, 0: go on. free: failures that cost nothing. */
int throttle_wait(const struct throttle *t, uint64_t key, uint32_t free, ql_time now);
void throttle_failed(struct throttle *t, uint64_t key, ql_time now);
void throttle_forget(struct throttle *t, uint64_t key); /* a success */

#endif
