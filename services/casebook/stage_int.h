/* stage_int.h -- how a row in the making begins and ends, for the files that stage rows. */
#ifndef QL_CASEBOOK_STAGE_INT_H
#define QL_CASEBOOK_STAGE_INT_H

#include "casebook/unit_int.h"

struct ql_buf *stage_row(struct casebook *cb, enum stage stage, int64_t case_id);
void stage_done(struct casebook *cb, enum stage stage);
void stage_id(struct ql_buf *b, const char *key, int64_t id); /* a reference to another row: 0 is null */

#endif
