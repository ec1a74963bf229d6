/* deadletter.h -- faulty records on dead.letters: the original bytes and key, the reason in headers.
 *
 * Identity of a dead letter is "<topic>/<partition>/<offset>": told again after a crash it is the same one.
 */
#ifndef QL_INTAKE_DEADLETTER_H
#define QL_INTAKE_DEADLETTER_H

#include "intake/batch.h"

struct deadletter;

QL_MUSTCHECK enum ql_rc deadletter_open(struct deadletter **d, const char *brokers, struct ql_err *err);
void deadletter_close(struct deadletter *d);
QL_MUSTCHECK enum ql_rc deadletter_send(struct deadletter *d, const struct item *it, struct ql_err *err);
/* QL_OK: the broker has them all. */
QL_MUSTCHECK enum ql_rc deadletter_flush(struct deadletter *d, struct ql_err *err);

#endif
