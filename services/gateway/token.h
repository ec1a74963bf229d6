/* token.h -- the opaque "after" of a keyset page: where the last row of the page before stood. Pure. */
#ifndef QL_GATEWAY_TOKEN_H
#define QL_GATEWAY_TOKEN_H

#include <stdbool.h>
#include "base/loop.h"

#define PAGE_TOKEN 64 /* bytes, with NUL */

void page_token(ql_time at, int64_t id, char token[PAGE_TOKEN]);
bool page_token_parse(const char *token, ql_time *at, int64_t *id);

#endif
