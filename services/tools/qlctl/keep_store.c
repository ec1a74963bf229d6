#include "tools/qlctl/keep_store.h"
#include <stdio.h>
#include <stdlib.h>

#define TOMBSTONE "'[erased ' || to_char(now() at time zone 'Asia/Shanghai', 'YYYY-MM-DD') || ']'"
#define NOT_HELD(id) "not exists (select from ql.case_holds h where h.case_id = " id " and h.released_at is null)"
#define DAYS   "now() - make_interval(days => $1)"
#define MONTHS "now() - make_interval(months => $2)"

/* --- by time: where says which rows, as alias x; forget is what becomes of a batch of them, chosen by ctid --- */

#define AUDIT_OLD  "ql.audit x where x.at < " DAYS " and $2 > 0"
#define FAULTY_OLD "ql.quarantine x where x.state <> 'open' and x.settled_at < " DAYS " and x.value is not null and $2 > 0"
#define CALLS_OLD  "ql.calls x where coalesce(x.ended_at, x.started_at, x.updated_at) < " MONTHS " and $1 > 0" \
	" and (x.caller is not null or x.caller_key is not null or x.recording_url is not null) and (x.case_id is null or " NOT_HELD("x.case_id") ")"
#define TALK_OLD   "ql.talk x where x.at < " MONTHS " and $1 > 0 and x.channel_user is not null"

#define COUNT(name, which) { name, "select count(*) from " which, 2, { OID_INT4, OID_INT4 } }
#define FORGET(name, head, which, tail) { name, head " where ctid = any (array(select x.ctid from " which " limit 200))" tail, 2, { OID_INT4, OID_INT4 } }

static const struct { const char *name; struct ql_query count, forget; } WHATS[KEEP_WHATS] = {
	[KEEP_AUDIT] = { "record of accounts", COUNT("keep_audit_count", AUDIT_OLD), FORGET("keep_audit_forget", "delete from ql.audit", AUDIT_OLD, "") },
	[KEEP_FAULTY] = { "settled faulty messages", COUNT("keep_faulty_count", FAULTY_OLD),
	                  FORGET("keep_faulty_forget", "update ql.quarantine set value = null, key = null, headers = '{}'", FAULTY_OLD, "") },
	[KEEP_CALLS] = { "callers", COUNT("keep_calls_count", CALLS_OLD),
	                 FORGET("keep_calls_forget", "update ql.calls set caller = null, caller_key = null, recording_url = null", CALLS_OLD, "") },
	[KEEP_TALK] = { "talk without a case", COUNT("keep_talk_count", TALK_OLD),
	                FORGET("keep_talk_forget", "update ql.talk set channel_user = null, text = " TOMBSTONE, TALK_OLD, "") },
};

static const struct ql_query LIMITS = {
	"keep_limits",
	"select coalesce((select value #>> '{}' from ql.parameters where key = 'retention.audit_days')::int, 400),"
	"       coalesce((select value #>> '{}' from ql.parameters where key = 'retention.people_months')::int, 36)",
	0, { 0 },
};
#define DUE "ql.cases c where c.state in ('closed', 'merged') and c.closed_at < now() - make_interval(months => $1) and " NOT_HELD("c.id") \
	" and exists (select from ql.case_people p where p.case_id = c.id and p.erased_at is null)"
static const struct ql_query DUE_CASES = {
	"keep_due",
	"select c.id, (select count(*) from " DUE ") from " DUE " order by c.id limit 200",
	1, { OID_INT4 },
};

/* --- of one person --- */

#define PERSON_IS(a) \
	"(($1 <> '' and " a ".phone_key = $1) or ($3 <> '' and " a ".channel = $2 and " a ".channel_user = $3))"
#define THEIRS "(select distinct p.case_id from ql.case_people p where " PERSON_IS("p") ")"
static const struct ql_query EXPORT = {
	"keep_export",
	"select jsonb_pretty(jsonb_build_object('at', now(),"
	" 'contacts', (select coalesce(jsonb_agg(to_jsonb(k) order by k.id), '[]') from ql.contacts k where " PERSON_IS("k") "),"
	" 'cases', (select coalesce(jsonb_agg(jsonb_build_object('number', c.number, 'state', c.state, 'subject', c.subject, 'opened_at', c.opened_at,"
	"   'person', (select jsonb_agg(to_jsonb(p) - 'case_id') from ql.case_people p where p.case_id = c.id),"
	"   'said', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'channel', e.channel, 'text', e.text) order by e.version), '[]') from ql.entries e"
	"            where e.case_id = c.id and e.audience = 'public')) order by c.id), '[]') from ql.cases c where c.id in " THEIRS "),"
	" 'calls', (select coalesce(jsonb_agg(to_jsonb(l) order by l.call_id), '[]') from ql.calls l where $1 <> '' and l.caller_key = $1),"
	" 'talk', (select coalesce(jsonb_agg(jsonb_build_object('at', t.at, 'channel', t.channel, 'text', t.text) order by t.id), '[]') from ql.talk t"
	"            where $3 <> '' and t.channel = $2 and t.channel_user = $3)))",
	3, { OID_TEXT, OID_TEXT, OID_TEXT },
};
static const struct ql_query CASES_OF = {
	"keep_cases_of",
	"select c.id, c.state in ('closed', 'merged') and " NOT_HELD("c.id") " from ql.cases c where c.id in " THEIRS " order by 2 desc, 1",
	3, { OID_TEXT, OID_TEXT, OID_TEXT },
};
static const struct ql_query ELSEWHERE = {
	"keep_elsewhere",
	"with k as (update ql.contacts k set name = '*', phone = null, phone_key = null, channel_user = null, valid_to = coalesce(k.valid_to, current_date) where " PERSON_IS("k") " returning 1),"
	" l as (update ql.calls l set caller = null, caller_key = null, recording_url = null where $1 <> '' and l.caller_key = $1"
	"       and (l.case_id is null or " NOT_HELD("l.case_id") ") returning 1),"
	" t as (update ql.talk t set channel_user = null, text = " TOMBSTONE " where $3 <> '' and t.channel = $2 and t.channel_user = $3 returning 1)"
	" select (select count(*) from k) + (select count(*) from l) + (select count(*) from t)",
	3, { OID_TEXT, OID_TEXT, OID_TEXT },
};

/* --- in a case. Whoever spoke for the enterprise loses the words whole; in what others wrote, the name and the number go. --- */

#define OF_CASES(id) id " = any ($1) and " NOT_HELD(id)
static const struct ql_query ERASE_SAID = {
	"keep_erase_said",
	"update ql.entries e set text = " TOMBSTONE ", erased_at = now() where " OF_CASES("e.case_id") " and e.author_kind in ('enterprise', 'system')"
	" and e.audience = 'public' and e.erased_at is null",
	1, { OID_INT8_A },
};
#define WITHOUT(text) \
	"replace(replace(replace(" text ", coalesce(nullif(p.name, ''), chr(1)), " TOMBSTONE "), coalesce(nullif(p.phone, ''), chr(1)), " TOMBSTONE ")," \
	" coalesce(nullif(p.channel_user, ''), chr(1)), " TOMBSTONE ")"
#define NAMES(text) "(position(p.name in " text ") > 0 or position(p.phone in " text ") > 0 or position(p.channel_user in " text ") > 0)"
static const struct ql_query ERASE_NAMED = {
	"keep_erase_named",
	"update ql.entries e set erased_at = now(), text = " WITHOUT("e.text")
	" from ql.case_people p where p.case_id = e.case_id and " OF_CASES("e.case_id") " and p.erased_at is null and " NAMES("e.text"),
	1, { OID_INT8_A },
};
static const struct ql_query ERASE_TOGETHER = { /* tasks, and where people meet */
	"keep_erase_together",
	"with p as (select * from ql.case_people p where " OF_CASES("p.case_id") " and p.erased_at is null),"
	" t as (update ql.tasks t set text = " WITHOUT("t.text") " from p where p.case_id = t.case_id and " NAMES("t.text") "),"
	" m as (update ql.meetings m set place = " WITHOUT("m.place") " from p where p.case_id = m.case_id and " NAMES("m.place") ")"
	" update ql.visits v set place = " WITHOUT("v.place") " from p where p.case_id = v.case_id and " NAMES("v.place"),
	1, { OID_INT8_A },
};
static const struct ql_query ERASE_FILES = { /* their names: who sent it gave it one, or an officer did */
	"keep_erase_files",
	"update ql.attachments a set name = case when a.author_kind in ('enterprise', 'system') then " TOMBSTONE " else left(" WITHOUT("a.name") ", 120) end"
	" from ql.case_people p where p.case_id = a.case_id and " OF_CASES("a.case_id") " and p.erased_at is null"
	"  and (a.author_kind in ('enterprise', 'system') or " NAMES("a.name") ")",
	1, { OID_INT8_A },
};
static const struct ql_query ERASE_SUBJECT = {
	"keep_erase_subject",
	"update ql.cases c set subject = " TOMBSTONE " where " OF_CASES("c.id") " and c.kind in ('enquiry', 'call')",
	1, { OID_INT8_A },
};
static const struct ql_query ERASE_WAY = { "keep_erase_way", "update ql.cases c set channel_user = null where " OF_CASES("c.id"), 1, { OID_INT8_A } };
static const struct ql_query ERASE_RECIPIENT = {
	"keep_erase_recipient",
	"update ql.messages m set recipient = null where " OF_CASES("m.case_id") " and m.recipient is not null",
	1, { OID_INT8_A },
};
static const struct ql_query ERASE_PEOPLE = {
	"keep_erase_people",
	"update ql.case_people p set name = null, phone = null, phone_key = null, channel_user = null, erased_at = now()"
	" where " OF_CASES("p.case_id") " and p.erased_at is null",
	1, { OID_INT8_A },
};
static const struct ql_query RECORD = { "keep_record", "insert into ql.audit (event, data) values ($1, $2)", 2, { OID_TEXT, OID_JSON } };

const char *keep_name(enum keep_what what) { return WHATS[what].name; }

static enum ql_rc run_number(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int64_t *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*n = PQntuples(res) > 0 ? ql_col_i64(res, 0, 0) : strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return QL_OK;
}

enum ql_rc keep_store_limits(struct ql_pg *pg, struct keep_limits *limits, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &LIMITS, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	limits->audit_days = (int)ql_col_i64(res, 0, 0);
	limits->people_months = (int)ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

static void limit_args(struct ql_args *a, const struct keep_limits *limits)
{
	ql_arg_i32(a, limits->audit_days);
	ql_arg_i32(a, limits->people_months);
}

enum ql_rc keep_store_count(struct ql_pg *pg, enum keep_what what, const struct keep_limits *limits, int64_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };

	limit_args(&a, limits);
	return run_number(pg, &WHATS[what].count, &a, n, err);
}

enum ql_rc keep_store_forget(struct ql_pg *pg, enum keep_what what, const struct keep_limits *limits, int64_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };

	limit_args(&a, limits);
	return run_number(pg, &WHATS[what].forget, &a, n, err);
}

enum ql_rc keep_store_due(struct ql_pg *pg, const struct keep_limits *limits, struct keep_cases *due, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*due = (struct keep_cases){ 0 };
	ql_arg_i32(&a, limits->people_months);
	rc = ql_pg_run(pg, &DUE_CASES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res) && due->n < KEEP_BATCH; row++)
		due->id[due->n++] = ql_col_i64(res, row, 0);
	due->total = PQntuples(res) > 0 ? ql_col_i64(res, 0, 1) : 0;
	PQclear(res);
	return QL_OK;
}

static void person_args(struct ql_args *a, const struct keep_person *p)
{
	ql_arg_text(a, OID_TEXT, p->phone_key);
	ql_arg_text(a, OID_TEXT, p->channel);
	ql_arg_text(a, OID_TEXT, p->channel_user);
}

enum ql_rc keep_store_export(struct ql_pg *pg, const struct keep_person *p, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	person_args(&a, p);
	rc = ql_pg_run(pg, &EXPORT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	ql_buf_str(out, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc keep_store_cases_of(struct ql_pg *pg, const struct keep_person *p, struct keep_cases *found, int64_t *kept, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*found = (struct keep_cases){ 0 };
	*kept = 0;
	person_args(&a, p);
	rc = ql_pg_run(pg, &CASES_OF, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++) {
		const bool may = ql_col_bool(res, row, 1);

		if (may && found->n < KEEP_BATCH)
			found->id[found->n++] = ql_col_i64(res, row, 0);
		found->total += may;
		*kept += !may;
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc keep_store_erase_elsewhere(struct ql_pg *pg, const struct keep_person *p, int64_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };

	person_args(&a, p);
	return run_number(pg, &ELSEWHERE, &a, n, err);
}

enum ql_rc keep_store_erase_cases(struct ql_pg *pg, const char *ids, bool texts, struct ql_err *err)
{
	/* The people last: what others wrote is searched for their names. */
	static const struct { bool texts; const struct ql_query *q; } STEPS[] = {
		{ true, &ERASE_SAID }, { true, &ERASE_NAMED }, { true, &ERASE_TOGETHER }, { true, &ERASE_FILES }, { true, &ERASE_SUBJECT },
		{ false, &ERASE_RECIPIENT }, { false, &ERASE_WAY }, { false, &ERASE_PEOPLE },
	};
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(STEPS); i++) {
		struct ql_args a = { 0 };

		if (STEPS[i].texts && !texts)
			continue;
		ql_arg_text(&a, OID_INT8_A, ids);
		rc = ql_pg_queue(pg, STEPS[i].q, &a, -1, NULL, NULL, err);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc keep_store_record(struct ql_pg *pg, const char *event, const char *detail, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, OID_TEXT, event);
	ql_arg_text(&a, OID_JSON, detail);
	return ql_pg_run(pg, &RECORD, &a, NULL, err);
}
