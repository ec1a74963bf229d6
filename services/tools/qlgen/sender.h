/* sender.h -- records to Kafka, and the account of what was acknowledged.
 *
 * The ledger is text, a line a record that the broker has: topic, source, id (- when it has no envelope), what may become of
 * it, between tabs. A record sent twice has two lines.
 */
#ifndef QLGEN_SENDER_H
#define QLGEN_SENDER_H

#include "tools/qlgen/story.h"

#define SENDER_UNDER_WAY 16384 /* sent and not yet acknowledged; more than the producer's own queue holds */

struct sender;
struct sender_account { uint64_t sent, acknowledged, lost; };

/* ledger NULL or "": none is written. */
QL_MUSTCHECK enum ql_rc sender_open(struct sender **s, const char *brokers, const char *ledger, struct ql_err *err);
void sender_close(struct sender *s);
/* Waits while the queue is full; QL_RETRY only when the process is asked to stop meanwhile. */
QL_MUSTCHECK enum ql_rc sender_send(struct sender *s, const struct record *r, struct ql_err *err);
void sender_poll(struct sender *s, int ms); /* serves delivery reports; waits at most ms */
/* Until all is acknowledged or given up, ms at most. */
QL_MUSTCHECK enum ql_rc sender_finish(struct sender *s, int ms, struct ql_err *err);
struct sender_account sender_account(const struct sender *s);

#endif
