#include "together_store.h"

#include "row_store.h"

static const struct ql_query MEETING_OPEN = {
	"gw_meeting_open",
	"select count(*) from ql.meetings where case_id = $1 and version = $2 and minutes_version is null",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query VISIT_OPEN = {
	"gw_visit_open",
	"select count(*) from ql.visits where case_id = $1 and version = $2 and result_version is null and first_id is not null and second_id is not null",
	2, { OID_INT8, OID_INT4 },
};
static const struct ql_query TASK = {
	"gw_task",
	"select owner_id, done_at is not null from ql.tasks where case_id = $1 and version = $2 and seq = $3",
	3, { OID_INT8, OID_INT4, OID_INT4 },
};
/* Of a coordinator, or of a unit and those below it: each goes by an index of its own. */
#define TASKS(name, whose, type) { \
	name, \
	"select json_build_object('case', json_build_object('id', c.id, 'number', c.number, 'subject', c.subject, 'version', c.version)," \
	"  'added', t.version, 'item', t.seq, 'meeting', t.meeting, 'text', t.text, 'unit', u.code, 'owner'," \
	"  case when k.id is not null then json_build_object('id', k.id, 'name', k.name) end, 'due_at', " QL_AT("t.due_at") "," \
	"  'done_at', " QL_AT("t.done_at") ", 'overdue', t.done_at is null and t.due_at < now())::text, t.due_at, t.case_id, t.version, t.seq" \
	"  from ql.tasks t join ql.cases c on c.id = t.case_id join ql.units u on u.id = t.owner_unit_id left join ql.coordinators k on k.id = t.owner_id" \
	" where " whose " and (t.done_at is not null) = $2 and (not $3 or t.due_at < now())" \
	"   and (t.due_at, t.case_id, t.version, t.seq) > ($4, $5, $6, $7)" \
	" order by t.due_at, t.case_id, t.version, t.seq limit $8", \
	8, { type, OID_BOOL, OID_BOOL, OID_TIMESTAMPTZ, OID_INT8, OID_INT4, OID_INT4, OID_INT4 }, \
}
static const struct ql_query TASKS_MINE = TASKS("gw_tasks_mine", "t.owner_id = $1", OID_INT8);
static const struct ql_query TASKS_UNIT = TASKS("gw_tasks_unit",
	"t.owner_unit_id = any (array(select x.id from ql.units x where $1 = any (x.ancestors)))", OID_INT4);

#define PART_ROW \
	"json_build_object('case', json_build_object('id', c.id, 'number', c.number, 'version', c.version, 'state', c.state, 'subject', c.subject)," \
	" 'party', p.seq, 'lead', p.is_lead, 'coordinator', p.coordinator_id, 'asked', p.asked_id, 'due_at', " QL_AT("d.due_at") ")"
/* Of the lead: promise and need; of a party: its own clocks. */
#define PART_DUE \
	" cross join lateral (select case when p.is_lead then least(c.promise_at, c.needed_by) else (select min(x.due_at) from ql.clocks x" \
	"  where x.case_id = p.case_id and x.party_seq = p.seq and x.state = 'running') end as due_at) d"
static const struct ql_query MINE = {
	"gw_shift_mine",
	"select coalesce(json_agg(" PART_ROW " order by d.due_at, c.id, p.seq), '[]')::text from ("
	"  select p.* from ql.cases c join ql.case_parties p on p.case_id = c.id and p.is_lead"
	"   where c.coordinator_id = $1 and c.state not in ('closed', 'merged')"
	"  union all select p.* from ql.case_parties p where p.coordinator_id = $1 and p.state in ('invited', 'working') and not p.is_lead limit $3) p"
	"  join ql.cases c on c.id = p.case_id" PART_DUE " where d.due_at < $2",
	3, { OID_INT8, OID_TIMESTAMPTZ, OID_INT4 },
};
static const struct ql_query ASKED = {
	"gw_shift_asked",
	"select coalesce(json_agg(" PART_ROW " order by d.due_at, c.id, p.seq), '[]')::text from (select * from ql.case_parties where asked_id = $1 limit $2) p"
	"  join ql.cases c on c.id = p.case_id" PART_DUE,
	2, { OID_INT8, OID_INT4 },
};

static enum ql_rc run_open(struct ql_pg *pg, const struct ql_query *q, int64_t case_id, int32_t version, bool *open, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, version);
	enum ql_rc rc = ql_pg_run(pg, q, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*open = ql_col_i64(res, 0, 0) == 1;
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_meeting_open(struct ql_pg *pg, int64_t case_id, int32_t version, bool *open, struct ql_err *err)
{
	return run_open(pg, &MEETING_OPEN, case_id, version, open, err);
}

enum ql_rc store_visit_open(struct ql_pg *pg, int64_t case_id, int32_t version, bool *open, struct ql_err *err)
{
	return run_open(pg, &VISIT_OPEN, case_id, version, open, err);
}

enum ql_rc store_task(struct ql_pg *pg, int64_t case_id, struct task_id *id, bool *found, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, id->version);
	ql_arg_i32(&a, id->seq);
	enum ql_rc rc = ql_pg_run(pg, &TASK, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*found = PQntuples(res) == 1;
	id->owner = *found ? ql_col_i64(res, 0, 0) : 0;
	id->done = *found && ql_col_bool(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

static void task_args(struct ql_args *a, const struct task_filter *f)
{
	if (f->owner != 0)
		ql_arg_i64(a, f->owner);
	else
		ql_arg_i32(a, f->unit);
	ql_arg_bool(a, f->done);
	ql_arg_bool(a, f->overdue);
	if (f->has_after)
		ql_arg_time(a, f->after.due_at);
	else
		ql_arg_text(a, OID_TIMESTAMPTZ, "-infinity");
	ql_arg_i64(a, f->after.case_id);
	ql_arg_i32(a, f->after.version);
	ql_arg_i32(a, f->after.seq);
	ql_arg_i32(a, f->limit);
}

enum ql_rc store_tasks(struct ql_pg *pg, const struct task_filter *f, struct ql_buf *out, int *rows, struct task_key *last, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	task_args(&a, f);
	enum ql_rc rc = ql_pg_run(pg, f->owner != 0 ? &TASKS_MINE : &TASKS_UNIT, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*rows = PQntuples(res);
	for (int row = 0; row < *rows; row++)
		ql_json_raw(out, NULL, ql_col_text(res, row, 0));
	if (*rows > 0)
		*last = (struct task_key){ ql_col_time(res, *rows - 1, 1), ql_col_i64(res, *rows - 1, 2), (int32_t)ql_col_i64(res, *rows - 1, 3),
		                           (int32_t)ql_col_i64(res, *rows - 1, 4) };
	PQclear(res);
	return QL_OK;
}

static enum ql_rc run_list(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct ql_buf *out, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	ql_buf_str(out, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_shift(struct ql_pg *pg, int64_t coordinator, ql_time before, struct ql_buf *mine, struct ql_buf *asked, struct ql_err *err)
{
	struct ql_args m = {0}, a = {0};

	ql_arg_i64(&m, coordinator);
	ql_arg_time(&m, before);
	ql_arg_i32(&m, TASKS_PAGE);
	enum ql_rc rc = run_list(pg, &MINE, &m, mine, err);

	if (rc != QL_OK)
		return rc;
	ql_arg_i64(&a, coordinator);
	ql_arg_i32(&a, TASKS_PAGE);
	return run_list(pg, &ASKED, &a, asked, err);
}
