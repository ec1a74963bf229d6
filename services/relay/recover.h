/* recover.h -- a slot made anew, and what it can't know of published from the journal.
 *
 * Used on the very first start, when the slot is lost, and when an earlier recovery did not come to its end.
 */
#ifndef QL_RELAY_RECOVER_H
#define QL_RELAY_RECOVER_H

#include "base/pg.h"
#include "publish.h"
#include "stream.h"

/* Makes *confirmed the position at which the healthy slot stands, recovering first where that is needed. Only the leader
 * may call this. Rows are read by a cursor, so memory stays bounded; while the broker is away it waits. QL_RETRY when
 * the process stops meanwhile: the next start begins the recovery again. */
QL_MUSTCHECK enum ql_rc recover_slot(struct ql_pg *pg, struct stream *stream, struct publisher *p, const char *slot, uint64_t *confirmed, struct ql_err *err);

#endif
