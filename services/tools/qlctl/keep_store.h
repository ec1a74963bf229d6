/* keep_store.h -- what is forgotten, and when: by time, and of one person. As the schema's owner: no service may delete. */
#ifndef QLCTL_KEEP_STORE_H
#define QLCTL_KEEP_STORE_H

#include "casebook/casebook.h"

#define KEEP_BATCH 200 /* cases, or rows of a record, in one transaction */

/* --- by time --- */

/* What has been kept long enough, besides the people of cases. */
enum keep_what { KEEP_AUDIT, KEEP_FAULTY, KEEP_CALLS, KEEP_TALK, KEEP_WHATS };
const char *keep_name(enum keep_what what);
struct keep_limits { int audit_days, people_months; };
QL_MUSTCHECK enum ql_rc keep_store_limits(struct ql_pg *pg, struct keep_limits *limits, struct ql_err *err);
QL_MUSTCHECK enum ql_rc keep_store_count(struct ql_pg *pg, enum keep_what what, const struct keep_limits *limits, int64_t *n, struct ql_err *err);
/* Forgets at most KEEP_BATCH, in a transaction of its own. */
QL_MUSTCHECK enum ql_rc keep_store_forget(struct ql_pg *pg, enum keep_what what, const struct keep_limits *limits, int64_t *n, struct ql_err *err);

/* Cases that ended long enough ago, are not held, and still name who raised them: at most KEEP_BATCH; *total: all of them. */
struct keep_cases { int64_t id[KEEP_BATCH]; int n; int64_t total; };
QL_MUSTCHECK enum ql_rc keep_store_due(struct ql_pg *pg, const struct keep_limits *limits, struct keep_cases *due, struct ql_err *err);

/* --- of one person --- */

struct keep_person { const char *phone_key, *channel, *channel_user; }; /* phone_key, or the other two; "": not named */
/* One JSON document of everything that is kept of the person. */
QL_MUSTCHECK enum ql_rc keep_store_export(struct ql_pg *pg, const struct keep_person *p, struct ql_buf *out, struct ql_err *err);
/* Cases with the person on them that may be erased now; kept: held or still open. */
QL_MUSTCHECK enum ql_rc keep_store_cases_of(struct ql_pg *pg, const struct keep_person *p, struct keep_cases *found, int64_t *kept, struct ql_err *err);
/* Beside the cases: contacts, calls, talk. */
QL_MUSTCHECK enum ql_rc keep_store_erase_elsewhere(struct ql_pg *pg, const struct keep_person *p, int64_t *n, struct ql_err *err);

/* --- inside the transaction of a casebook --- */

/* ids as "{1,2}". Forgets who raised the cases; texts: also what was said by or for the enterprise, and the names and numbers in
 * what others wrote. Held cases are left as they are. */
QL_MUSTCHECK enum ql_rc keep_store_erase_cases(struct ql_pg *pg, const char *ids, bool texts, struct ql_err *err);
/* What was done, for the record: detail is JSON. */
QL_MUSTCHECK enum ql_rc keep_store_record(struct ql_pg *pg, const char *event, const char *detail, struct ql_err *err);

#endif
