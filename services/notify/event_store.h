/* event_store.h -- what a batch of events leads to: rows of deliveries and notices, and the place in the log, in one transaction. */
#ifndef QL_NOTIFY_EVENT_STORE_H
#define QL_NOTIFY_EVENT_STORE_H

#include "base/pg.h"

struct place { int32_t part; int64_t expected, next; }; /* of a partition: as the database has it, and behind the batch */

QL_MUSTCHECK enum ql_rc store_place(struct ql_pg *pg, const char *cluster, const char *topic, int32_t part, int64_t *next, struct ql_err *err);
/* QL_CONFLICT: somebody else has moved one of them. Those that did not move are left alone. */
QL_MUSTCHECK enum ql_rc store_move(struct ql_pg *pg, const char *cluster, const char *topic, const struct place *places, size_t n, struct ql_err *err);

/* rows: the events as one JSON array, see happened.h. Deliveries to webhooks whose owner may see them; *made: how many. */
QL_MUSTCHECK enum ql_rc store_deliveries(struct ql_pg *pg, const struct ql_buf *rows, int64_t *made, struct ql_err *err);

struct recipient {
	int64_t user, case_id;
	int32_t version, unit;
	char kind[16], way[8]; /* way: as the person chose, "": by default */
	int digest_hour;
	bool quiet, at_work, urgent; /* at_work: on shift now */
};
typedef void recipient_each(void *ctx, const struct recipient *r);
QL_MUSTCHECK enum ql_rc store_recipients(struct ql_pg *pg, const struct ql_buf *rows, recipient_each *each, void *ctx, struct ql_err *err);

/* rows of {user_id, kind, case_id, version, way, due_at}. Of a kind that already waits one stays, with the earlier time. */
QL_MUSTCHECK enum ql_rc store_notices(struct ql_pg *pg, struct ql_rows *rows, struct ql_err *err);

#endif
