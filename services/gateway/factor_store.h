/* factor_store.h -- what the database knows of second factors. Worker threads. */
#ifndef QL_GATEWAY_FACTOR_STORE_H
#define QL_GATEWAY_FACTOR_STORE_H

#include "base/pg.h"
#include "factor.h"

struct factor { bool there, confirmed, required; int recovery_left; int64_t last_step; unsigned char secret[FACTOR_SECRET]; };

/* --- of an account that is signing in: only one in force is there --- */
QL_MUSTCHECK enum ql_rc store_factor_of(struct ql_pg *pg, int64_t user, struct factor *f, struct ql_err *err);
/* *used false: that step, or a later one, was used before. */
QL_MUSTCHECK enum ql_rc store_factor_use(struct ql_pg *pg, int64_t user, int64_t step, bool *used, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_recovery_use(struct ql_pg *pg, int64_t user, const unsigned char hash[RECOVERY_HASH], bool *used, struct ql_err *err);

/* --- one's own, inside the transaction that ql.enter() opened --- */
QL_MUSTCHECK enum ql_rc store_factor_mine(struct ql_pg *pg, struct factor *f, struct ql_err *err);
/* *begun false: there is one in force. */
QL_MUSTCHECK enum ql_rc store_factor_begin(struct ql_pg *pg, const unsigned char secret[FACTOR_SECRET], bool *begun, struct ql_err *err);
/* hashes: "{hex,hex,...}" of the recovery codes. */
QL_MUSTCHECK enum ql_rc store_factor_confirm(struct ql_pg *pg, int64_t step, const char *hashes, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_factor_remove(struct ql_pg *pg, struct ql_err *err);

#endif
