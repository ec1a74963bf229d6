/* webhook_store.h -- webhooks of whoever is signed in, and their log. Row security decides whose; secrets are written, never
 * read. Worker threads, inside a transaction that ql.enter() opened. */
#ifndef QL_GATEWAY_WEBHOOK_STORE_H
#define QL_GATEWAY_WEBHOOK_STORE_H

#include "session_store.h"

#define WEBHOOKS_MOST 20 /* of one owner */

/* All of them, as elements of a JSON array; *n: how many. */
QL_MUSTCHECK enum ql_rc store_webhooks(struct ql_pg *pg, struct ql_buf *out, int *n, struct ql_err *err);

struct webhook_new { const char *url, *events /* a PostgreSQL array, NULL: all */, *description, *secret; };
QL_MUSTCHECK enum ql_rc store_webhook_create(struct ql_pg *pg, const struct identity *who, const struct webhook_new *w, int64_t *id, struct ql_err *err);

/* What each answers in *done is false when there is no such webhook of the reader's. */
QL_MUSTCHECK enum ql_rc store_webhook_remove(struct ql_pg *pg, int64_t id, bool *done, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_webhook_enable(struct ql_pg *pg, int64_t id, bool *done, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_webhook_rotate(struct ql_pg *pg, int64_t id, const char *secret, bool *done, struct ql_err *err);

struct delivery_page { int64_t webhook, before; const char *state; int limit; int rows; int64_t last; };
/* Newest first, below before (0: from the newest). */
QL_MUSTCHECK enum ql_rc store_deliveries(struct ql_pg *pg, struct delivery_page *page, struct ql_buf *out, bool *known, struct ql_err *err);
/* Once more, under its old id. What was taken back by its author stays so. */
QL_MUSTCHECK enum ql_rc store_replay(struct ql_pg *pg, int64_t webhook, int64_t delivery, bool *done, struct ql_err *err);

#endif
