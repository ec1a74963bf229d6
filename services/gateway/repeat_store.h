/* repeat_store.h -- answers that are kept for a request sent again. Worker threads, inside a person's transaction. */
#ifndef QL_GATEWAY_REPEAT_STORE_H
#define QL_GATEWAY_REPEAT_STORE_H

#include "base/pg.h"

#define REQUEST_HASH 32

/* Takes the key for this request. Waits while another transaction has it, so of two at once one runs and the other finds its
 * answer. *taken false: it was used before. */
QL_MUSTCHECK enum ql_rc store_key_take(struct ql_pg *pg, int64_t user, const char *key, const unsigned char request[REQUEST_HASH], bool *taken, struct ql_err *err);

struct kept { bool same; int status; char etag[48]; }; /* same: it was this very request; the rest holds only then */
/* What was answered under the key; the body is appended. QL_RETRY: it was cleared away just now. */
QL_MUSTCHECK enum ql_rc store_kept(struct ql_pg *pg, int64_t user, const char *key, const unsigned char request[REQUEST_HASH], struct kept *kept,
                                   struct ql_buf *body, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_keep(struct ql_pg *pg, int64_t user, const char *key, int status, const char *etag, const struct ql_buf *body, struct ql_err *err);

#endif
