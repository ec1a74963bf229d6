/* officers.h -- the other side of a demonstration: coordinators who accept, answer and close, enterprises who confirm.
 *
 * They go through casebook like everybody, a few cases each second; faster the more cases are open beyond the wanted number.
 * Some never accept in time, some ask back, so that clocks and hand-backs show. Thread of the caller; a step takes some
 * milliseconds and never fails: a database that is away is tried again seconds later.
 */
#ifndef QLGEN_OFFICERS_H
#define QLGEN_OFFICERS_H

#include "base/err.h"

struct officers;
QL_MUSTCHECK enum ql_rc officers_open(struct officers **o, const char *dsn, int open, struct ql_err *err);
void officers_step(struct officers *o); /* NULL: nobody works */
void officers_close(struct officers *o);

#endif
