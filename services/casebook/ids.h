/* ids.h -- lists of ids as PostgreSQL writes arrays: "{1,2,3}". */
#ifndef QL_CASEBOOK_IDS_H
#define QL_CASEBOOK_IDS_H

#include "base/buf.h"

/* Reads at most max ids; "" and "{}" hold none. */
size_t ids_read(const char *array, int64_t *ids, size_t max);
void ids_write(struct ql_buf *b, const int64_t *ids, size_t n);

#endif
