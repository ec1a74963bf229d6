/* hook_store.h -- deliveries to webhooks: leased in the order of each case, settled, and what that means for the endpoint. */
#ifndef QL_NOTIFY_HOOK_STORE_H
#define QL_NOTIFY_HOOK_STORE_H

#include "base/pg.h"

#define HOOK_PAGE     32 /* leased at once */
#define SECRET_MAX    128

struct posting {
	int64_t id, webhook, case_id;
	int32_t version, attempts;
	char url[512], secret[SECRET_MAX], old_secret[SECRET_MAX]; /* old "": none signs beside it */
	bool withdrawn; /* the words it tells of were taken back */
	char *body;     /* owned */
};
struct hook_page { struct posting posting[HOOK_PAGE]; size_t n; };

/* Up to most deliveries, of one endpoint never more than each at once, of one case only the first that is not settled. */
QL_MUSTCHECK enum ql_rc store_lease_hooks(struct ql_pg *pg, int most, int each, int lease_s, struct hook_page *page, struct ql_err *err);
void hook_page_clear(struct hook_page *page);

/* rows: a JSON array of {id, attempts, state, good, gone, status, failure, wait_ms}; good null: says nothing of the endpoint.
 * Settles them and their endpoints: one good answer ends a failure; 410, or failing for so many seconds, disables and tells the
 * owner by a letter. *disabled: how many were. */
QL_MUSTCHECK enum ql_rc store_settle_hooks(struct ql_pg *pg, const struct ql_buf *rows, int64_t disable_after_s, bool can_mail, int64_t *disabled, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_prune_hooks(struct ql_pg *pg, int days, struct ql_err *err);

#endif
