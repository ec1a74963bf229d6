/* check_store.h -- the accounts that must balance, each as one statement that finds what does not. */
#ifndef QLCTL_CHECK_STORE_H
#define QLCTL_CHECK_STORE_H

#include "base/pg.h"

#define CHECK_SHOWN 5
#define CHECK_TEXT  160
#define LEDGER_CHUNK 5000 /* lines of a ledger judged at a time */

struct check { const char *what; struct ql_query query; }; /* rows: how many in all, and one fault */
extern const struct check CHECKS[];
extern const size_t CHECKS_N;

struct finding { int64_t n; char first[CHECK_SHOWN][CHECK_TEXT]; };

/* One snapshot for all checks. */
QL_MUSTCHECK enum ql_rc check_store_begin(struct ql_pg *pg, struct ql_err *err);
QL_MUSTCHECK enum ql_rc check_store_run(struct ql_pg *pg, const struct check *c, struct finding *out, struct ql_err *err);

/* lines: objects with source, id and fate of one chunk. Adds what did not come to one of its fates exactly once. */
QL_MUSTCHECK enum ql_rc check_store_ledger(struct ql_pg *pg, struct ql_rows *lines, struct finding *out, struct ql_err *err);
/* Messages in the inbox that came without an envelope. */
QL_MUSTCHECK enum ql_rc check_store_bare(struct ql_pg *pg, int64_t *n, struct ql_err *err);

#endif
