/* attachment_store.h -- files on a case, as the person signed in may see them. Worker threads, inside the person's transaction. */
#ifndef QL_GATEWAY_ATTACHMENT_STORE_H
#define QL_GATEWAY_ATTACHMENT_STORE_H

#include "base/pg.h"

#define ATTACHMENT_NAME      120 /* characters */
#define ATTACHMENT_NAME_SIZE (4 * ATTACHMENT_NAME + 1)

struct attachment_row { char name[ATTACHMENT_NAME_SIZE], type[32], hash[65]; bool found; };

/* Of all files on the case, and of this user's within 24 hours, seen or not. */
QL_MUSTCHECK enum ql_rc store_attachments_so_far(struct ql_pg *pg, int64_t case_id, int64_t user, int64_t *files, int64_t *bytes, struct ql_err *err);
/* A JSON array; of one when version is not 0. */
QL_MUSTCHECK enum ql_rc store_attachments(struct ql_pg *pg, int64_t case_id, int32_t version, struct ql_buf *out, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_attachment(struct ql_pg *pg, int64_t case_id, int32_t version, struct attachment_row *row, struct ql_err *err);

#endif
