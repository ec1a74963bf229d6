/* commands_together.c -- meetings, tasks, visits. */
#include "command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/timefmt.h"
#include "handover_store.h"
#include "together_store.h"

#define UNITS_MOST 6  /* of one meeting: as many parties as a case holds */
#define TASKS_MOST 20 /* of one meeting */

#define TIME_TEXT QL_TEXT_SIZE(RFC3339_MAX)
struct meeting_in { char at[TIME_TEXT], place[QL_TEXT_SIZE(200)], text[QL_TEXT_SIZE(COMMAND_TEXT)]; bool with_enterprise; };
static const struct ql_field MEETING[] = {
	QL_NEED_CHECK(struct meeting_in, at, api_check_time), QL_NEED(struct meeting_in, place), QL_MAY(struct meeting_in, text),
	QL_MAY(struct meeting_in, with_enterprise),
};
struct minutes_in { int64_t meeting; char text[QL_TEXT_SIZE(COMMAND_TEXT)], audience[QL_TEXT_SIZE(16)]; };
static const struct ql_field MINUTES[] = { QL_NEED(struct minutes_in, meeting), QL_MAY(struct minutes_in, text), QL_MAY(struct minutes_in, audience) };
struct task_in { char text[QL_TEXT_SIZE(500)], unit[QL_TEXT_SIZE(24)], due_at[TIME_TEXT]; int64_t owner; };
static const struct ql_field TASK[] = {
	QL_NEED(struct task_in, text), QL_MAY(struct task_in, unit), QL_MAY(struct task_in, owner), QL_NEED_CHECK(struct task_in, due_at, api_check_time),
};
struct task_ref { int64_t added, item; };
static const struct ql_field TASK_REF[] = { QL_NEED(struct task_ref, added), QL_MAY(struct task_ref, item) };
struct visit_in { char at[TIME_TEXT], place[QL_TEXT_SIZE(200)]; int64_t first, second; };
static const struct ql_field VISIT[] = {
	QL_NEED_CHECK(struct visit_in, at, api_check_time), QL_NEED(struct visit_in, place), QL_NEED(struct visit_in, first), QL_NEED(struct visit_in, second),
};
struct result_in { int64_t visit; char text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field RESULT[] = { QL_NEED(struct result_in, visit), QL_MAY(struct result_in, text) };

static ql_time time_of(const char *text)
{
	ql_time at = 0;

	rfc3339_parse(text, strlen(text), &at, NULL); /* checked by the field */
	return at;
}

static int32_t version_of(int64_t v) { return v > 0 && v <= INT32_MAX ? (int32_t)v : 0; }

/* "units": ["2248", ...], codes. */
static enum ql_rc read_units(const struct command *c, int32_t units[UNITS_MOST], size_t *n, struct ql_err *err)
{
	const json_t *list = json_object_get(c->call->body, "units");

	*n = 0;
	if (list == NULL || json_is_null(list))
		return QL_OK;
	if (!json_is_array(list) || json_array_size(list) > UNITS_MOST)
		return ql_reject(err, "/units", "must be a list of at most %d unit codes", UNITS_MOST);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const struct unit *u = json_is_string(one) ? reference_unit_by_code(casebook_reference(c->cb), json_string_value(one)) : NULL;

		if (u == NULL)
			return ql_reject(err, "/units", "names a unit that is none");
		units[(*n)++] = u->id;
	}
	return QL_OK;
}

static enum ql_rc call_meeting(struct command *c, const void *body, struct ql_err *err)
{
	const struct meeting_in *in = body;
	int32_t units[UNITS_MOST];
	struct meeting m = { .at = time_of(in->at), .place = in->place, .text = in->text, .units = units, .with_enterprise = in->with_enterprise };
	enum ql_rc rc = read_units(c, units, &m.n_units, err);

	return rc == QL_OK ? casebook_call_meeting(c->cb, c->file, &c->who, &m, err) : rc;
}

/* Whose it is: a coordinator in service, or a unit; nobody named: one's own unit. */
static enum ql_rc task_of(const struct command *c, const struct task_in *in, struct task *t, struct ql_err *err)
{
	const struct unit *unit = reference_unit_by_code(casebook_reference(c->cb), in->unit);
	enum ql_rc rc = QL_OK;

	*t = (struct task){ .text = in->text, .unit = unit != NULL ? unit->id : c->who.unit, .owner = in->owner, .due_at = time_of(in->due_at) };
	if (unit == NULL && in->unit[0] != '\0')
		return ql_reject(err, "/unit", "is no unit");
	if (in->owner != 0)
		rc = store_unit_of_coordinator(c->call->w->pg, in->owner, &t->unit, err);
	if (rc == QL_OK && t->unit == 0)
		rc = ql_reject(err, "/owner", "is nobody");
	return rc;
}

/* "tasks": [{text, unit, owner, due_at}, ...] beside the minutes. */
static enum ql_rc read_tasks(const struct command *c, struct task_in in[TASKS_MOST], struct task tasks[TASKS_MOST], size_t *n, struct ql_err *err)
{
	const json_t *list = json_object_get(c->call->body, "tasks");
	enum ql_rc rc = QL_OK;

	*n = 0;
	if (list == NULL || json_is_null(list))
		return QL_OK;
	if (!json_is_array(list) || json_array_size(list) > TASKS_MOST)
		return ql_reject(err, "/tasks", "must be a list of at most %d tasks", TASKS_MOST);
	for (size_t i = 0; rc == QL_OK && i < json_array_size(list); i++, ++*n) {
		char path[32];

		snprintf(path, sizeof(path), "/tasks/%zu", i);
		memset(&in[i], 0, sizeof(in[i]));
		rc = ql_json_decode(json_array_get(list, i), path, TASK, QL_LEN(TASK), &in[i], err);
		if (rc == QL_OK)
			rc = task_of(c, &in[i], &tasks[i], err);
	}
	return rc;
}

static enum ql_rc minutes(struct command *c, const void *body, struct ql_err *err)
{
	const struct minutes_in *in = body;
	const struct words w = { .text = in->text, .audience = in->audience[0] != '\0' ? in->audience : "parties" };
	struct task_in *texts = calloc(TASKS_MOST, sizeof(*texts));
	struct task tasks[TASKS_MOST];
	bool open = false;
	size_t n;
	enum ql_rc rc = texts != NULL ? QL_OK : ql_fail(err, QL_RETRY, "out of memory");

	if (rc == QL_OK)
		rc = store_meeting_open(c->call->w->pg, c->file->id, version_of(in->meeting), &open, err);
	if (rc == QL_OK && !open)
		rc = ql_reject(err, "/meeting", "is no meeting of this case that has no minutes yet");
	if (rc == QL_OK)
		rc = read_tasks(c, texts, tasks, &n, err);
	if (rc == QL_OK)
		rc = casebook_minutes(c->cb, c->file, &c->who, version_of(in->meeting), &w, tasks, n, err);
	free(texts);
	return rc;
}

static enum ql_rc add_task(struct command *c, const void *body, struct ql_err *err)
{
	struct task t;
	enum ql_rc rc = task_of(c, body, &t, err);

	return rc == QL_OK ? casebook_task_add(c->cb, c->file, &c->who, &t, err) : rc;
}

static enum ql_rc task_state(struct command *c, const struct task_ref *in, bool done, struct ql_err *err)
{
	struct task_id id = { .version = version_of(in->added), .seq = in->item == 0 ? 1 : (int)version_of(in->item) };
	bool found = false;
	enum ql_rc rc = store_task(c->call->w->pg, c->file->id, &id, &found, err);

	if (rc == QL_OK && !found)
		rc = ql_reject(err, "/added", "names no task of this case");
	return rc == QL_OK ? casebook_task_done(c->cb, c->file, &c->who, &id, done, err) : rc;
}

static enum ql_rc finish_task(struct command *c, const void *body, struct ql_err *err) { return task_state(c, body, true, err); }
static enum ql_rc reopen_task(struct command *c, const void *body, struct ql_err *err) { return task_state(c, body, false, err); }

static enum ql_rc plan_visit(struct command *c, const void *body, struct ql_err *err)
{
	const struct visit_in *in = body;
	struct visit v = { .at = time_of(in->at), .place = in->place, .first = in->first, .second = in->second };
	int32_t unit = 0;
	enum ql_rc rc = store_unit_of_coordinator(c->call->w->pg, v.first, &unit, err);

	if (unit == 0)
		v.first = 0;
	if (rc == QL_OK)
		rc = store_unit_of_coordinator(c->call->w->pg, v.second, &unit, err);
	if (unit == 0)
		v.second = 0;
	return rc == QL_OK ? casebook_plan_visit(c->cb, c->file, &c->who, &v, err) : rc;
}

static enum ql_rc visit_result(struct command *c, const void *body, struct ql_err *err)
{
	const struct result_in *in = body;
	bool open = false;
	enum ql_rc rc = store_visit_open(c->call->w->pg, c->file->id, version_of(in->visit), &open, err);

	if (rc == QL_OK && !open)
		rc = ql_reject(err, "/visit", "is no visit of this case that waits for its result with both officers named");
	return rc == QL_OK ? casebook_visit_result(c->cb, c->file, &c->who, version_of(in->visit), in->text, err) : rc;
}

static const struct command_action ACTIONS[] = {
	COMMAND("call_meeting", ACT_MEET, MEETING, struct meeting_in, call_meeting),
	COMMAND("minutes", ACT_MINUTES, MINUTES, struct minutes_in, minutes),
	COMMAND("add_task", ACT_TASK_ADD, TASK, struct task_in, add_task),
	COMMAND("finish_task", ACT_TASK_DONE, TASK_REF, struct task_ref, finish_task),
	COMMAND("reopen_task", ACT_TASK_UNDO, TASK_REF, struct task_ref, reopen_task),
	COMMAND("plan_visit", ACT_VISIT, VISIT, struct visit_in, plan_visit),
	COMMAND("visit_result", ACT_VISIT_RESULT, RESULT, struct result_in, visit_result),
};
const struct command_set COMMANDS_TOGETHER = { ACTIONS, QL_LEN(ACTIONS) };
