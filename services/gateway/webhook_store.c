/* webhook_store.c -- the statements of webhooks. */
#include "webhook_store.h"

#include "row_store.h"

#define OLD_SIGNS "interval '24 hours'" /* how long a replaced secret goes on signing */

static const struct ql_query LIST = {
	"gw_webhooks",
	"select json_build_object('id', w.id, 'url', w.url, 'events', w.events, 'description', w.description, 'state', w.state, 'why', w.state_why,"
	"   'failing_since', " QL_AT("w.failing_since") ", 'quiet_until', " QL_AT("w.quiet_until") ", 'old_secret_until', " QL_AT("w.old_until") ","
	"   'created_at', " QL_AT("w.created_at") ")::text"
	"  from ql.webhooks w where w.state <> 'removed' order by w.id limit 100",
	0, { 0 },
};
static const struct ql_query CREATE = {
	"gw_webhook_create",
	"insert into ql.webhooks (unit_id, enterprise_id, url, events, description, secret, created_by)"
	" values (nullif($1, 0), nullif($2, 0), $3, $4, $5, $6, $7) returning id",
	7, { OID_INT4, OID_INT8, OID_TEXT, OID_TEXT_A, OID_TEXT, OID_TEXT, OID_INT8 },
};
static const struct ql_query REMOVE = {
	"gw_webhook_remove",
	"update ql.webhooks set state = 'removed', state_why = null where id = $1 and state <> 'removed'",
	1, { OID_INT8 },
};
static const struct ql_query ENABLE = { /* what failed and waits for its next try has it now */
	"gw_webhook_enable",
	"with awake as (update ql.webhooks set state = 'active', state_why = null, quiet_until = null, failing_since = null"
	"   where id = $1 and state <> 'removed' returning id),"
	" soon as (update ql.webhook_deliveries d set due_at = now() from awake a where d.webhook_id = a.id and d.state = 'queued' and d.attempts > 0"
	"   and d.due_at > now())"
	" select id from awake",
	1, { OID_INT8 },
};
static const struct ql_query ROTATE = {
	"gw_webhook_rotate",
	"select r from ql.webhook_rotate($1, $2, " OLD_SIGNS ") r where r",
	2, { OID_INT8, OID_TEXT },
};
static const struct ql_query KNOWN = { "gw_webhook_known", "select id from ql.webhooks where id = $1 and state <> 'removed'", 1, { OID_INT8 } };
static const struct ql_query DELIVERIES = {
	"gw_deliveries",
	"select json_build_object('id', d.id, 'webhook_id', 'msg_' || d.id, 'case', c.number, 'version', d.version, 'event', d.event, 'state', d.state,"
	"   'attempts', d.attempts, 'replays', d.replays, 'status', d.status, 'failure', d.failure, 'created_at', " QL_AT("d.created_at") ","
	"   'next_at', case when d.state in ('queued', 'sending') then " QL_AT("d.due_at") " end, 'settled_at', " QL_AT("d.settled_at") ")::text, d.id"
	"  from (select q.* from ql.webhook_deliveries q where q.webhook_id = $1 and ($2 = 0 or q.id < $2) and ($3::text is null or q.state = $3)"
	"         order by q.id desc limit $4) d left join ql.cases c on c.id = d.case_id"
	" order by d.id desc",
	4, { OID_INT8, OID_INT8, OID_TEXT, OID_INT4 },
};
static const struct ql_query REPLAY = {
	"gw_replay",
	"update ql.webhook_deliveries set state = 'queued', attempts = 0, replays = replays + 1, due_at = now(), settled_at = null, failure = null"
	" where webhook_id = $1 and id = $2 and state in ('delivered', 'failed')",
	2, { OID_INT8, OID_INT8 },
};

enum ql_rc store_webhooks(struct ql_pg *pg, struct ql_buf *out, int *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &LIST, NULL, &res, err);

	*n = 0;
	if (rc != QL_OK)
		return rc;
	*n = PQntuples(res);
	for (int row = 0; row < *n && out != NULL; row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_webhook_create(struct ql_pg *pg, const struct identity *who, const struct webhook_new *w, int64_t *id, struct ql_err *err)
{
	const bool enterprise = who->role == ROLE_ENTERPRISE;
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i32(&a, enterprise ? 0 : who->unit);
	ql_arg_i64(&a, enterprise ? who->enterprise : 0);
	ql_arg_text(&a, OID_TEXT, w->url);
	ql_arg_text(&a, OID_TEXT_A, w->events);
	ql_arg_text(&a, OID_TEXT, w->description[0] != '\0' ? w->description : NULL);
	ql_arg_text(&a, OID_TEXT, w->secret);
	ql_arg_i64(&a, who->user);
	rc = ql_pg_run(pg, &CREATE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*id = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

/* Runs what touches one row or none. */
static enum ql_rc run_one(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, bool *done, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*done = PQcmdTuples(res)[0] != '\0' && PQcmdTuples(res)[0] != '0';
	PQclear(res);
	return QL_OK;
}

static enum ql_rc run_on(struct ql_pg *pg, const struct ql_query *q, int64_t id, bool *done, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, id);
	return run_one(pg, q, &a, done, err);
}

enum ql_rc store_webhook_remove(struct ql_pg *pg, int64_t id, bool *done, struct ql_err *err) { return run_on(pg, &REMOVE, id, done, err); }
enum ql_rc store_webhook_enable(struct ql_pg *pg, int64_t id, bool *done, struct ql_err *err) { return run_on(pg, &ENABLE, id, done, err); }

enum ql_rc store_webhook_rotate(struct ql_pg *pg, int64_t id, const char *secret, bool *done, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, id);
	ql_arg_text(&a, OID_TEXT, secret);
	return run_one(pg, &ROTATE, &a, done, err);
}

enum ql_rc store_deliveries(struct ql_pg *pg, struct delivery_page *page, struct ql_buf *out, bool *known, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;
	enum ql_rc rc = run_on(pg, &KNOWN, page->webhook, known, err);

	if (rc != QL_OK || !*known)
		return rc;
	ql_arg_i64(&a, page->webhook);
	ql_arg_i64(&a, page->before);
	ql_arg_text(&a, OID_TEXT, page->state);
	ql_arg_i32(&a, page->limit);
	rc = ql_pg_run(pg, &DELIVERIES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	page->rows = PQntuples(res);
	for (int row = 0; row < page->rows; row++) {
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
		page->last = ql_col_i64(res, row, 1);
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_replay(struct ql_pg *pg, int64_t webhook, int64_t delivery, bool *done, struct ql_err *err)
{
	struct ql_args a = {0};

	ql_arg_i64(&a, webhook);
	ql_arg_i64(&a, delivery);
	return run_one(pg, &REPLAY, &a, done, err);
}
