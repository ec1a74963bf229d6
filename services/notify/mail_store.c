#include "notify/mail_store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ql_query TAKE = {
	"nt_take_messages",
	"with due as (select g.case_id, g.version, g.seq, g.channel, g.channel = any ($1) as way from ql.messages g"
	"   where g.state = 'queued' and g.taken_at is null and g.channel not in ('portal', 'hotline', 'counter') and g.due_at <= now()"
	"   order by g.due_at limit $3 for update skip locked),"
	" made as (insert into ql.mails (kind, channel, case_id, version, seq, state, failure)"
	"   select 'message', channel, case_id, version, seq, case when way then 'queued' else 'held' end, case when not way then $2 end from due"
	"   on conflict (case_id, version, seq) do nothing)"
	" update ql.messages g set taken_at = now(), failure = case when not d.way then $2 end"
	"   from due d where g.case_id = d.case_id and g.version = d.version and g.seq = d.seq",
	3, { OID_TEXT_A, OID_TEXT, OID_INT4 },
};
static const struct ql_query RELEASE = {
	"nt_release",
	"with free as (update ql.mails m set state = 'queued', failure = null, due_at = now() where m.state = 'held' and m.channel = any ($1)"
	"   returning m.case_id, m.version, m.seq)"
	" update ql.messages g set failure = null from free f"
	"  where g.case_id = f.case_id and g.version = f.version and g.seq = f.seq and g.state = 'queued'",
	1, { OID_TEXT_A },
};
/* One gatherer at a time, so that a person's digest is one letter. */
static const struct ql_query GATHER = {
	"nt_gather",
	"with mine as materialized (select pg_try_advisory_xact_lock(7315) as ok),"
	" people as materialized (select distinct x.user_id from (select n.user_id from ql.notices_out n, mine"
	"   where mine.ok and n.state = 'queued' and n.due_at <= now() order by n.due_at limit 500) x),"
	" due as materialized (select n.id, n.user_id, n.way, case when n.way = 'now' then n.id end as single from ql.notices_out n"
	"   where n.state = 'queued' and n.due_at <= now() and n.user_id in (select user_id from people)),"
	" letters as materialized (select d.user_id, d.way, d.single, nextval('ql.mail_ids') as mail from due d group by d.user_id, d.way, d.single),"
	" made as (insert into ql.mails (id, kind, user_id, state) select mail, case way when 'now' then 'notice' else 'digest' end, user_id,"
	"   case when $1 then 'queued' else 'held' end from letters)"
	" update ql.notices_out n set state = 'mailed', mail_id = l.mail from due d join letters l on l.user_id = d.user_id and l.way = d.way"
	"   and l.single is not distinct from d.single where n.id = d.id",
	1, { OID_BOOL },
};

static const struct ql_query LEASE = {
	"nt_lease_mails",
	"with due as (select m.id from ql.mails m where m.state in ('queued', 'sending') and m.due_at <= now() order by m.due_at limit $1"
	"   for update skip locked)"
	" update ql.mails m set state = 'sending', attempts = m.attempts + 1, due_at = now() + make_interval(secs => $2) from due where m.id = due.id"
	" returning m.id",
	2, { OID_INT4, OID_INT4 },
};
/* To whom: the recipient that the message names, else the person who wrote by this channel, else the contact of the enterprise. */
static const struct ql_query CONTENT = {
	"nt_content",
	"select m.id, m.attempts, m.kind, m.channel, m.token::text, coalesce(m.case_id, 0), coalesce(m.version, 0), coalesce(c.number, ''),"
	"       coalesce(u.language, case when k.channel_user = p.address then k.language end, c.language, 'zh'), coalesce(p.address, s.mail, ''),"
	"       case when c.open then c.promise_at end, coalesce(g.state = 'withdrawn', false), coalesce(n.text, ''), coalesce(w.url, ''),"
	"       coalesce(w.state_why, ''), greatest(0, (select count(*) from ql.notices_out o where o.mail_id = m.id) - $2)"
	"  from ql.mails m"
	"  left join ql.cases c on c.id = m.case_id"
	"  left join ql.entries n on n.case_id = m.case_id and n.version = m.version"
	"  left join ql.messages g on g.case_id = m.case_id and g.version = m.version and g.seq = m.seq"
	"  left join lateral (select k.channel_user, k.language from ql.contacts k"
	"     where k.enterprise_id = coalesce(n.enterprise_id, c.principal_id) and k.channel = m.channel and k.channel_user is not null"
	"       and k.valid_from <= current_date and coalesce(k.valid_to, 'infinity') >= current_date order by k.is_senior desc, k.id limit 1) k on true"
	"  left join lateral (select coalesce(g.recipient, case when c.channel = m.channel then c.channel_user end, k.channel_user) as address) p on true"
	"  left join ql.users u on u.id = m.user_id"
	"  left join ql.notice_settings s on s.user_id = m.user_id"
	"  left join ql.webhooks w on w.id = m.webhook_id"
	" where m.id = any ($1) order by m.id",
	2, { OID_INT8_A, OID_INT4 },
};
static const struct ql_query LINES = {
	"nt_lines",
	"select x.mail_id, x.kind, c.number, x.times, case when c.open then c.promise_at end"
	"  from unnest($1) i (id) cross join lateral (select o.* from ql.notices_out o where o.mail_id = i.id order by o.id limit $2) x"
	"  join ql.cases c on c.id = x.case_id order by x.mail_id, x.id",
	2, { OID_INT8_A, OID_INT4 },
};
static const struct ql_query SETTLE = {
	"nt_settle_mail",
	"update ql.mails set state = $3, failure = $4, settled_at = case when $3 in ('sent', 'failed', 'dropped') then now() end,"
	"       due_at = case when $3 = 'queued' then now() + make_interval(secs => $5 / 1000.0) else due_at end"
	" where id = $1 and attempts = $2 and state = 'sending'",
	5, { OID_INT8, OID_INT4, OID_TEXT, OID_TEXT, OID_INT8 },
};
static const struct ql_query MESSAGE = {
	"nt_mail_message",
	"select coalesce(case_id, 0), coalesce(version, 0), coalesce(seq, 0) from ql.mails where id = $1",
	1, { OID_INT8 },
};
static const struct ql_query HELD = { "nt_held", "select count(*) from ql.mails where state = 'held'", 0, { 0 } };

static enum ql_rc run_counting(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int64_t *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*n = strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_take_messages(struct ql_pg *pg, const char *ways, const char *why, int64_t *taken, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, OID_TEXT_A, ways);
	ql_arg_text(&a, OID_TEXT, why);
	ql_arg_i32(&a, TAKEN_MOST);
	return run_counting(pg, &TAKE, &a, taken, err);
}

enum ql_rc store_release(struct ql_pg *pg, const char *ways, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, OID_TEXT_A, ways);
	return ql_pg_run(pg, &RELEASE, &a, NULL, err);
}

enum ql_rc store_gather_notices(struct ql_pg *pg, bool can_mail, int64_t *gathered, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_bool(&a, can_mail);
	return run_counting(pg, &GATHER, &a, gathered, err);
}

/* --- the lease --- */

#define COPY(member, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, row, col))

static void read_mail(const PGresult *res, int row, struct mail *m)
{
	*m = (struct mail){ .id = ql_col_i64(res, row, 0), .attempts = (int32_t)ql_col_i64(res, row, 1), .case_id = ql_col_i64(res, row, 5),
	                    .version = (int32_t)ql_col_i64(res, row, 6), .promise_at = ql_col_time(res, row, 10), .withdrawn = ql_col_bool(res, row, 11),
	                    .more = (int)ql_col_i64(res, row, 15) };
	COPY(m->kind, 2);
	COPY(m->channel, 3);
	COPY(m->token, 4);
	COPY(m->number, 7);
	COPY(m->language, 8);
	COPY(m->address, 9);
	m->text = strdup(ql_col_text(res, row, 12));
	COPY(m->host, 13);
	COPY(m->why, 14);
}

static enum ql_rc read_content(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct mail_page *page = ctx;

	for (int row = 0; row < PQntuples(res) && page->n < MAIL_PAGE; row++) {
		read_mail(res, row, &page->mail[page->n++]);
		if (page->mail[page->n - 1].text == NULL)
			return ql_fail(err, QL_RETRY, "no memory for a letter");
	}
	return QL_OK;
}

static enum ql_rc read_lines(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct mail_page *page = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res) && page->n_lines < QL_LEN(page->line); row++) {
		struct mail_line *l = &page->line[page->n_lines++];

		*l = (struct mail_line){ .mail = ql_col_i64(res, row, 0), .times = (int)ql_col_i64(res, row, 3), .due_at = ql_col_time(res, row, 4) };
		COPY(l->kind, 1);
		COPY(l->number, 2);
	}
	return QL_OK;
}

void mail_page_clear(struct mail_page *page)
{
	for (size_t i = 0; i < page->n; i++)
		free(page->mail[i].text);
	page->n = page->n_lines = 0;
}

static void list_of(const PGresult *res, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "{");

	for (int row = 0; row < PQntuples(res); row++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", row > 0 ? "," : "", ql_col_text(res, row, 0));
	snprintf(out + used, size - used, "}");
}

static enum ql_rc read_page(struct ql_pg *pg, const char *ids, struct mail_page *page, struct ql_err *err)
{
	const struct { const struct ql_query *q; ql_pg_rows *read; int most; } READS[] = { { &CONTENT, read_content, DIGEST_MOST }, { &LINES, read_lines, DIGEST_MOST } };
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(READS); i++) {
		struct ql_args a = { 0 };

		ql_arg_text(&a, OID_INT8_A, ids);
		ql_arg_i32(&a, READS[i].most);
		rc = ql_pg_queue(pg, READS[i].q, &a, -1, READS[i].read, page, err);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_lease_mails(struct ql_pg *pg, int most, int lease_s, struct mail_page *page, struct ql_err *err)
{
	struct ql_args a = { 0 };
	char ids[MAIL_PAGE * 24];
	PGresult *res;
	enum ql_rc rc = QL_OK;

	mail_page_clear(page);
	ql_arg_i32(&a, most < MAIL_PAGE ? most : MAIL_PAGE);
	ql_arg_i32(&a, lease_s);
	rc = ql_pg_run(pg, &LEASE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	list_of(res, ids, sizeof(ids));
	if (PQntuples(res) > 0)
		rc = read_page(pg, ids, page, err);
	PQclear(res);
	return rc;
}

enum ql_rc store_settle_mail(struct ql_pg *pg, const struct mail_end *end, struct ql_err *err)
{
	struct ql_args a = { 0 };
	int64_t n = 0;

	ql_arg_i64(&a, end->id);
	ql_arg_i32(&a, end->attempts);
	ql_arg_text(&a, OID_TEXT, end->state);
	ql_arg_text(&a, OID_TEXT, end->failure);
	ql_arg_i64(&a, end->wait_ms);
	enum ql_rc rc = run_counting(pg, &SETTLE, &a, &n, err);

	if (rc == QL_OK && n == 0)
		rc = ql_fail(err, QL_CONFLICT, "letter %lld is somebody else's by now", (long long)end->id);
	return rc;
}

enum ql_rc store_mail_message(struct ql_pg *pg, int64_t id, struct mail_message *m, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_i64(&a, id);
	enum ql_rc rc = ql_pg_run(pg, &MESSAGE, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*m = (struct mail_message){ ql_col_i64(res, 0, 0), (int32_t)ql_col_i64(res, 0, 1), (int)ql_col_i64(res, 0, 2) };
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_held(struct ql_pg *pg, int64_t *held, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &HELD, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	*held = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}
