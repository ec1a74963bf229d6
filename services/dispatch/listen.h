/* listen.h -- the events that wake dispatch. They carry no truth: a lost one costs at most one sweep's interval. */
#ifndef QL_DISPATCH_LISTEN_H
#define QL_DISPATCH_LISTEN_H

#include "dispatch/dispatch.h"

QL_MUSTCHECK enum ql_rc listen_open(struct dispatch *d, const char *brokers, struct ql_err *err);
/* Waits at most ms for the first event and notes in d what the events at hand ask for. A broker that is away is no error. */
void listen_for_events(struct dispatch *d, int ms);

#endif
