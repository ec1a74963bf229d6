/* loop.h -- the life of a process: stop signals, back-off, time. */
#ifndef QL_BASE_LOOP_H
#define QL_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "err.h"

/* Microseconds since 1970-01-01T00:00:00Z. All times in Qingling are this, UTC; Beijing time is for people. */
typedef int64_t ql_time;
#define QL_SECOND ((ql_time)1000000)

ql_time ql_now(void);       /* wall clock */
ql_time ql_monotonic(void); /* for durations only */

/* SIGINT and SIGTERM ask to stop; SIGPIPE is ignored. */
QL_MUSTCHECK enum ql_rc ql_stop_on_signals(struct ql_err *err);
bool ql_stopping(void);
void ql_stop(void);

/* Exponential back-off with jitter, 50 ms to 5 s. A zeroed struct is ready for use. */
struct ql_backoff { unsigned tries; };
void ql_backoff_reset(struct ql_backoff *wait);
/* Logs err once per doubling, sleeps, returns early when stopping. */
void ql_backoff_wait(struct ql_backoff *wait, const struct ql_err *err);
int  ql_backoff_ms(struct ql_backoff *wait); /* the next pause, for loops that must not sleep */

#endif
