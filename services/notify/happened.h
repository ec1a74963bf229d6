/* happened.h -- one record of case.events as a row for the statements of event_store: what webhooks are told, and whom of our
 * own people it concerns. Pure but for the memory of JSON. */
#ifndef QL_NOTIFY_HAPPENED_H
#define QL_NOTIFY_HAPPENED_H

#include <stdbool.h>
#include "base/buf.h"

#define HAPPENED_FACTS_MAX (8 * 1024) /* bytes of an event's own facts; more of them are left out */

/* Appends one object to rows, an open JSON array. QL_REJECT: it is no journal row. */
QL_MUSTCHECK enum ql_rc happened_write(const char *value, size_t len, struct ql_buf *rows, struct ql_err *err);

#endif
