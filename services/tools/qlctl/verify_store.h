/* verify_store.h -- the journal as a stream, in the order of its chains. */
#ifndef QLCTL_VERIFY_STORE_H
#define QLCTL_VERIFY_STORE_H

#include "base/pg.h"
#include "casebook/casebook.h"

struct chain_row {
	struct journal_row row; /* texts live until the next row is read */
	const char *prev_hex, *hash_hex;
};
struct chain_rows { /* rows as they stream out of the server: one at a time is in memory */
	PGconn *conn;
	char *copied;
};

/* One snapshot for everything that follows. */
QL_MUSTCHECK enum ql_rc verify_store_begin(struct ql_pg *pg, struct ql_err *err);
/* The id of a case by its number or an alias; 0: there is none. */
QL_MUSTCHECK enum ql_rc verify_store_find(struct ql_pg *pg, const char *number, int64_t *id, struct ql_err *err);
/* All rows of the cases first to last, by case and version. */
QL_MUSTCHECK enum ql_rc verify_store_open(struct ql_pg *pg, int64_t first, int64_t last, struct chain_rows *rows, struct ql_err *err);
/* *more is false behind the last one, and the connection is free again. After a failure close it. */
QL_MUSTCHECK enum ql_rc verify_store_next(struct chain_rows *rows, struct chain_row *out, bool *more, struct ql_err *err);

/* Cases whose version or head is not that of their last row: how many, and the first numbers in first (blank between). */
QL_MUSTCHECK enum ql_rc verify_store_heads(struct ql_pg *pg, int64_t from, int64_t last, int64_t *cases, int64_t *wrong, char first[200], struct ql_err *err);

#endif
