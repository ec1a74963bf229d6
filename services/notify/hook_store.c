#include "notify/hook_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRUNE_MOST 5000 /* rows at once */

static const struct ql_query LEASE = {
	"nt_lease_hooks",
	"with due as (select d.id from ql.webhooks w cross join lateral (select q.id from ql.webhook_deliveries q"
	"     where q.webhook_id = w.id and q.state in ('queued', 'sending') and q.due_at <= now()"
	"       and not exists (select from ql.webhook_deliveries e where e.webhook_id = q.webhook_id and e.case_id = q.case_id"
	"                          and e.state in ('queued', 'sending') and e.id < q.id)"
	"     order by q.id limit greatest(0, $2 - (select count(*) from ql.webhook_deliveries e where e.webhook_id = w.id and e.state = 'sending'"
	"                                              and e.due_at > now()))"
	"     for update of q skip locked) d"
	"   where w.state = 'active' and (w.quiet_until is null or w.quiet_until <= now()) limit $1)"
	" update ql.webhook_deliveries d set state = 'sending', attempts = d.attempts + 1, due_at = now() + make_interval(secs => $3)"
	"   from due join ql.webhook_deliveries x on x.id = due.id join ql.webhooks w on w.id = x.webhook_id where d.id = due.id"
	" returning d.id, d.webhook_id, d.case_id, d.version, d.attempts, w.url, w.secret, case when w.old_until > now() then w.old_secret else '' end, d.body,"
	"   w.enterprise_id is not null and exists (select from ql.messages g where g.case_id = d.case_id and g.version = d.version and g.state = 'withdrawn')",
	3, { OID_INT4, OID_INT4, OID_INT4 },
};
static const struct ql_query SETTLE = {
	"nt_settle_hooks",
	"with r as (select * from json_to_recordset($1) as r (id int8, attempts int4, state text, good bool, gone bool, status int4, failure text, wait_ms int8)),"
	" d as (update ql.webhook_deliveries d set state = r.state, status = r.status, failure = r.failure,"
	"    settled_at = case when r.state <> 'queued' then now() end,"
	"    due_at = case when r.state = 'queued' then now() + make_interval(secs => r.wait_ms / 1000.0) else d.due_at end"
	"   from r where d.id = r.id and d.attempts = r.attempts and d.state = 'sending' returning d.webhook_id, r.good, r.gone, r.wait_ms),"
	" x as (select webhook_id, bool_or(good) as good, bool_or(gone) as gone, max(wait_ms) as wait_ms from d where good is not null group by webhook_id),"
	" w as (update ql.webhooks w set failing_since = case when x.good then null else coalesce(w.failing_since, now()) end,"
	"    quiet_until = case when x.good then null else greatest(w.quiet_until, now() + make_interval(secs => x.wait_ms / 1000.0)) end,"
	"    state = case when x.gone or (not x.good and w.failing_since < now() - make_interval(secs => $2)) then 'disabled' else 'active' end,"
	"    state_why = case when x.gone then 'gone' when not x.good and w.failing_since < now() - make_interval(secs => $2) then 'failing' end"
	"   from x where w.id = x.webhook_id and w.state = 'active' returning w.id, w.state, w.created_by)"
	" insert into ql.mails (kind, user_id, webhook_id, state)"
	"   select 'webhook_disabled', w.created_by, w.id, case when $3 then 'queued' else 'held' end from w where w.state = 'disabled'",
	3, { OID_JSON, OID_INT8, OID_BOOL },
};
static const struct ql_query PRUNE = { "nt_prune_hooks", "select ql.webhook_prune(make_interval(days => $1), $2)", 2, { OID_INT4, OID_INT4 } };

void hook_page_clear(struct hook_page *page)
{
	for (size_t i = 0; i < page->n; i++)
		free(page->posting[i].body);
	page->n = 0;
}

#define COPY(member, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, row, col))

static void read_posting(const PGresult *res, int row, struct posting *d)
{
	*d = (struct posting){ .id = ql_col_i64(res, row, 0), .webhook = ql_col_i64(res, row, 1), .case_id = ql_col_i64(res, row, 2),
	                        .version = (int32_t)ql_col_i64(res, row, 3), .attempts = (int32_t)ql_col_i64(res, row, 4), .withdrawn = ql_col_bool(res, row, 9) };
	COPY(d->url, 5);
	COPY(d->secret, 6);
	COPY(d->old_secret, 7);
	d->body = strdup(ql_col_text(res, row, 8));
}

enum ql_rc store_lease_hooks(struct ql_pg *pg, int most, int each, int lease_s, struct hook_page *page, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	hook_page_clear(page);
	ql_arg_i32(&a, most < HOOK_PAGE ? most : HOOK_PAGE);
	ql_arg_i32(&a, each);
	ql_arg_i32(&a, lease_s);
	enum ql_rc rc = ql_pg_run(pg, &LEASE, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res) && page->n < HOOK_PAGE; row++) {
		read_posting(res, row, &page->posting[page->n++]);
		if (page->posting[page->n - 1].body == NULL)
			rc = ql_fail(err, QL_RETRY, "no memory for a delivery");
	}
	PQclear(res);
	return rc;
}

enum ql_rc store_settle_hooks(struct ql_pg *pg, const struct ql_buf *rows, int64_t disable_after_s, bool can_mail, int64_t *disabled, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_textn(&a, OID_JSON, rows->data, rows->len);
	ql_arg_i64(&a, disable_after_s);
	ql_arg_bool(&a, can_mail);
	enum ql_rc rc = ql_pg_run(pg, &SETTLE, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*disabled = strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_prune_hooks(struct ql_pg *pg, int days, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_i32(&a, days);
	ql_arg_i32(&a, PRUNE_MOST);
	return ql_pg_run(pg, &PRUNE, &a, NULL, err);
}
