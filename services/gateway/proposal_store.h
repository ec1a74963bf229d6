/* proposal_store.h -- whom a case could be worked on with, and the facts of a letter that asks one of them. Worker threads. */
#ifndef QL_GATEWAY_PROPOSAL_STORE_H
#define QL_GATEWAY_PROPOSAL_STORE_H

#include "base/pg.h"

/* A JSON array: the capacities that can lift what the case is about, whom to ask first in front, with the unit where it follows from the case. */
QL_MUSTCHECK enum ql_rc store_proposals(struct ql_pg *pg, int64_t case_id, struct ql_buf *out, struct ql_err *err);

struct letter {
	bool found;
	char number[32], subject[1024], to[256], from[256], officer[128], enterprise[512], references[1024], capacity[16], due[32], needed[32], today[32];
	char *wanted; /* owned; NULL: nothing was written */
};
/* Of a joint party; language zh, en or ru for the names. letter_free in any case. */
QL_MUSTCHECK enum ql_rc store_letter(struct ql_pg *pg, int64_t case_id, int32_t party, const char *language, struct letter *l, struct ql_err *err);
void letter_free(struct letter *l);

#endif
