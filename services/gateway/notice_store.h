/* notice_store.h -- how the person signed in is told. Worker threads, inside a transaction that ql.enter() opened. */
#ifndef QL_GATEWAY_NOTICE_STORE_H
#define QL_GATEWAY_NOTICE_STORE_H

#include "session_store.h"

struct notice_settings {
	char mail[256];  /* "": none */
	int digest_hour;
	bool quiet;
	struct ql_buf ways; /* a JSON object by kind */
};
/* Left as it is when the person never chose. */
QL_MUSTCHECK enum ql_rc store_notice_settings(struct ql_pg *pg, int64_t user, struct notice_settings *s, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_notice_choose(struct ql_pg *pg, int64_t user, const struct notice_settings *s, struct ql_err *err);

#endif
