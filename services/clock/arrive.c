#include "clock/arrive.h"
#include <inttypes.h>
#include "base/log.h"
#include "clock/arrive_store.h"
#include "clock/figures.h"

static enum ql_rc deliver(struct clock_service *k, const struct message_key *keys, size_t n, struct ql_err *err)
{
	int64_t ids[ARRIVALS_MAX];
	enum ql_rc rc = casebook_begin(k->cb, err);

	for (size_t i = 0; i < n; i++)
		ids[i] = keys[i].case_id;
	if (rc == QL_OK)
		rc = casebook_load(k->cb, ids, n, err);
	if (rc == QL_OK) /* behind the lock: nobody takes back what is seen here */
		rc = casebook_load_messages(k->cb, keys, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		struct case_file *c = casebook_find(k->cb, keys[i].case_id);

		if (c != NULL)
			rc = casebook_delivery(k->cb, c, keys[i].version, keys[i].seq, DELIVERY_DELIVERED, NULL, err);
	}
	if (rc == QL_OK)
		rc = casebook_commit(k->cb, err);
	if (rc != QL_OK)
		casebook_rollback(k->cb);
	return rc;
}

/* One that can't be delivered must not keep the others; it is looked at again in a while. */
static enum ql_rc refused(struct clock_service *k, const struct message_key *m, enum ql_rc rc, struct ql_err *err)
{
	ql_log(QL_ERROR, "message_set_aside", "case=%" PRId64 " version=%d rc=%s sqlstate=%s msg=\"%s\"", m->case_id, m->version, ql_rc_name(rc), err->sqlstate, err->msg);
	ql_count(&figure_set_aside, 1);
	aside_put(&k->aside_messages, m->case_id, m->version, ql_monotonic() + (rc == QL_CONFLICT ? ASIDE_CONFLICT : ASIDE_REFUSED));
	return rc == QL_FATAL && ++k->failed >= FAILED_MOST ? rc : QL_OK;
}

/* The unit failed as a whole: each alone, so that only the one that can't be delivered waits. */
static enum ql_rc one_by_one(struct clock_service *k, const struct arrivals *due, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < due->n; i++) {
		rc = deliver(k, &due->item[i], 1, err);
		if (rc != QL_OK && rc != QL_RETRY)
			rc = refused(k, &due->item[i], rc, err);
	}
	return rc;
}

enum ql_rc arrive_run(struct clock_service *k, bool *more, ql_time *next, struct ql_err *err)
{
	struct arrivals due;
	enum ql_rc rc = arrivals_read(k->pg, &k->aside_messages, &due, err);

	*next = due.next;
	*more = due.more;
	if (rc != QL_OK || due.n == 0)
		return rc;
	rc = deliver(k, due.item, due.n, err);
	if (rc != QL_OK && rc != QL_RETRY)
		rc = one_by_one(k, &due, err);
	if (rc == QL_OK)
		ql_count(&figure_arrived, (int64_t)due.n);
	return rc;
}
