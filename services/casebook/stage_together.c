/* stage_together.c -- rows of meetings, tasks and visits. */
#include "casebook/stage_int.h"

void stage_meeting(struct casebook *cb, const struct case_file *c, const struct meeting *m)
{
	struct ql_buf *b = stage_row(cb, STAGE_MEETINGS, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_time(b, "at", m->at);
	ql_json_text(b, "place", m->place);
	ql_json_open(b, "units", '[');
	for (size_t i = 0; i < m->n_units; i++)
		ql_json_i64(b, NULL, m->units[i]);
	ql_json_close(b, ']');
	ql_json_bool(b, "with_enterprise", m->with_enterprise);
	stage_done(cb, STAGE_MEETINGS);
}

void stage_minutes(struct casebook *cb, const struct case_file *c, int32_t meeting)
{
	struct ql_buf *b = stage_row(cb, STAGE_MINUTES, c->id);

	ql_json_i64(b, "version", meeting);
	ql_json_i64(b, "minutes_version", c->version);
	stage_done(cb, STAGE_MINUTES);
}

void stage_task(struct casebook *cb, const struct case_file *c, int seq, int32_t meeting, const struct task *t)
{
	struct ql_buf *b = stage_row(cb, STAGE_TASKS, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_i64(b, "seq", seq);
	stage_id(b, "meeting", meeting);
	ql_json_text(b, "text", t->text);
	ql_json_i64(b, "owner_unit_id", t->unit);
	stage_id(b, "owner_id", t->owner);
	ql_json_time(b, "due_at", t->due_at);
	stage_done(cb, STAGE_TASKS);
}

void stage_task_done(struct casebook *cb, const struct case_file *c, const struct task_id *id, ql_time at, int64_t user)
{
	struct ql_buf *b = stage_row(cb, STAGE_TASKS_DONE, c->id);

	ql_json_i64(b, "version", id->version);
	ql_json_i64(b, "seq", id->seq);
	ql_json_time(b, "done_at", at);
	stage_id(b, "done_by", at != 0 ? user : 0);
	stage_done(cb, STAGE_TASKS_DONE);
}

void stage_visit(struct casebook *cb, const struct case_file *c, const struct visit *v)
{
	struct ql_buf *b = stage_row(cb, STAGE_VISITS, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_time(b, "at", v->at);
	ql_json_text(b, "place", v->place);
	ql_json_i64(b, "first_id", v->first);
	ql_json_i64(b, "second_id", v->second);
	stage_done(cb, STAGE_VISITS);
}

void stage_visit_result(struct casebook *cb, const struct case_file *c, int32_t visit)
{
	struct ql_buf *b = stage_row(cb, STAGE_VISIT_RESULTS, c->id);

	ql_json_i64(b, "version", visit);
	ql_json_i64(b, "result_version", c->version);
	stage_done(cb, STAGE_VISIT_RESULTS);
}
