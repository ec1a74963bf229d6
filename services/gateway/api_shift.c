/* api_shift.c -- the end of a shift: what is mine and due before tomorrow's work begins, handed over one sentence each; and tasks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "domain/timefmt.h"
#include "handover_store.h"
#include "together_store.h"

#define SHIFT_MOST    50 /* handed over in one request */
#define TOMORROW_HOUR 10 /* Beijing: by then whoever comes in has read what was handed over */
#define LIST_BYTES    ((size_t)1 << 20)

static ql_time tomorrow_morning(ql_time now)
{
	return civil_day_start(beijing_day(now) + 1, BEIJING_OFFSET) + TOMORROW_HOUR * QL_HOUR;
}

enum ql_rc shift_read(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body, mine, asked;
	const ql_time before = tomorrow_morning(ql_now());

	ql_buf_init(&mine, LIST_BYTES);
	ql_buf_init(&asked, LIST_BYTES);
	enum ql_rc rc = store_shift(c->w->pg, c->who.coordinator, before, &mine, &asked, err);

	ql_json_open(b, NULL, '{');
	ql_json_time(b, "before", before);
	ql_json_raw(b, "mine", rc == QL_OK ? mine.data : NULL);
	ql_json_raw(b, "asked", rc == QL_OK ? asked.data : NULL);
	ql_json_close(b, '}');
	ql_buf_free(&mine);
	ql_buf_free(&asked);
	return rc == QL_OK ? api_json(c) : rc;
}

/* --- handing over --- */

struct item { int64_t case_id, version, party, coordinator; char text[QL_TEXT_SIZE(2000)]; };
static const struct ql_field ITEM[] = {
	{ "case", QL_JSON_I64, offsetof(struct item, case_id), sizeof(int64_t), true, NULL, NULL }, QL_NEED(struct item, version), QL_MAY(struct item, party),
	QL_NEED(struct item, coordinator), QL_NEED(struct item, text),
};

static bool read_items(struct call *c, struct item *items, size_t *n)
{
	const json_t *list = json_object_get(c->body, "items");
	struct ql_err err = {0};

	*n = json_array_size(list);
	if (!json_is_array(list) || *n == 0 || *n > SHIFT_MOST) {
		problem(c->res, PROBLEM_INVALID, "a list of 1 to 50 parts is wanted", "/items");
		return false;
	}
	for (size_t i = 0; i < *n; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/items/%zu", i);
		if (ql_json_decode(json_array_get(list, i), path, ITEM, QL_LEN(ITEM), &items[i], &err) != QL_OK) {
			problem(c->res, PROBLEM_INVALID, err.msg, err.field);
			return false;
		}
	}
	return true;
}

/* One part; what is wrong with it is its own result and leaves the others alone: a refused command has staged nothing. */
static enum ql_rc pass_one(struct call *c, struct casebook *cb, const struct item *in, const struct actor *who, struct ql_err *why, struct ql_err *err)
{
	struct case_file *file = casebook_find(cb, in->case_id);
	bool colleague = false;
	enum ql_rc rc = store_colleague(c->w->pg, in->coordinator, c->who.unit, &colleague, err);

	if (rc != QL_OK)
		return rc;
	if (file == NULL)
		why->rc = ql_reject(why, "/case", "is no case that you see");
	else if (file->version != in->version)
		why->rc = ql_fail(why, QL_CONFLICT, "has changed since you saw it: it is at version %d", file->version);
	else if (!colleague)
		why->rc = ql_reject(why, "/coordinator", "is no colleague of your unit, or of one below it");
	else
		why->rc = casebook_pass_on(cb, file, in->party >= 0 && in->party <= INT16_MAX ? (int)in->party : -1, who, in->coordinator, in->text, why);
	return why->rc == QL_OK || why->rc == QL_CONFLICT || why->rc == QL_REJECT ? QL_OK : why->rc;
}

static void put_result(struct ql_buf *b, const struct item *in, struct casebook *cb, const struct ql_err *why)
{
	const struct case_file *file = casebook_find(cb, in->case_id);

	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "case", in->case_id);
	ql_json_text(b, "result", why->rc == QL_OK ? "asked" : why->rc == QL_CONFLICT ? "not_allowed" : "invalid");
	if (why->rc != QL_OK) {
		ql_json_text(b, "detail", why->msg);
		ql_json_text(b, "field", why->field);
	} else {
		ql_json_i64(b, "version", file->version);
	}
	ql_json_close(b, '}');
}

static enum ql_rc load(struct call *c, const struct item *items, size_t n, struct ql_err *err)
{
	int64_t ids[SHIFT_MOST];
	enum ql_rc rc = worker_casebook(c->w, err);

	for (size_t i = 0; i < n; i++)
		ids[i] = items[i].case_id;
	if (rc == QL_OK)
		rc = casebook_join(c->w->cb, err);
	return rc == QL_OK ? casebook_load(c->w->cb, ids, n, err) : rc;
}

static enum ql_rc pass_all(struct call *c, const struct item *items, size_t n, struct ql_err *err)
{
	const struct actor who = { .role = c->who.role, .id = c->who.role == ROLE_COORDINATOR ? c->who.coordinator : c->who.user, .unit = c->who.unit,
	                           .user = c->who.user, .trace = c->req->trace };
	struct ql_buf *b = &c->res->body;
	enum ql_rc rc = load(c, items, n, err);

	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		struct ql_err why = {0};

		rc = pass_one(c, c->w->cb, &items[i], &who, &why, err);
		if (rc == QL_OK)
			put_result(b, &items[i], c->w->cb, &why);
		else if (why.rc == rc)
			*err = why;
	}
	ql_json_close(b, ']');
	ql_json_close(b, '}');
	if (rc == QL_OK)
		rc = api_json(c);
	if (rc == QL_OK)
		rc = repeat_keep(c, err);
	if (rc == QL_OK)
		rc = casebook_commit(c->w->cb, err);
	c->committed = rc == QL_OK;
	return rc;
}

enum ql_rc shift_hand_over(struct call *c, struct ql_err *err)
{
	struct item *items = calloc(SHIFT_MOST, sizeof(*items));
	size_t n;
	enum ql_rc rc = QL_OK;

	if (items == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	if (read_items(c, items, &n))
		rc = pass_all(c, items, n, err);
	free(items);
	return rc;
}

/* --- tasks --- */

static bool refuse(struct call *c, const char *field)
{
	problem(c->res, PROBLEM_INVALID, "this value is not possible here", field);
	return false;
}

static bool read_after(const char *text, struct task_filter *f)
{
	char behind;

	f->has_after = true;
	return sscanf(text, "%" SCNd64 ".%" SCNd64 ".%" SCNd32 ".%" SCNd32 "%c", &f->after.due_at, &f->after.case_id, &f->after.version, &f->after.seq,
	              &behind) == 4;
}

static bool read_filter(struct call *c, struct task_filter *f)
{
	const struct args *args = &c->req->args;
	const char *owner = args_get(args, "owner"), *state = args_get(args, "state"), *overdue = args_get(args, "overdue");
	const char *after = args_get(args, "after"), *limit = args_get(args, "limit");
	long long n = 50;

	*f = (struct task_filter){ .owner = c->who.coordinator, .unit = c->who.unit };
	if (owner != NULL && strcmp(owner, "unit") == 0)
		f->owner = 0;
	else if (owner != NULL && strcmp(owner, "me") != 0)
		return refuse(c, "/owner");
	f->done = state != NULL && strcmp(state, "done") == 0;
	if (state != NULL && !f->done && strcmp(state, "open") != 0)
		return refuse(c, "/state");
	f->overdue = overdue != NULL && strcmp(overdue, "true") == 0;
	if (overdue != NULL && !f->overdue && strcmp(overdue, "false") != 0)
		return refuse(c, "/overdue");
	if (after != NULL && !read_after(after, f))
		return refuse(c, "/after");
	if (limit != NULL && (!parse_id(limit, &n) || n < 1 || n > TASKS_PAGE))
		return refuse(c, "/limit");
	f->limit = (int)n;
	return true;
}

enum ql_rc tasks_list(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	struct task_filter f;
	struct task_key last;
	char next[80];
	int rows = 0;

	if (!read_filter(c, &f))
		return QL_OK;
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	enum ql_rc rc = store_tasks(c->w->pg, &f, b, &rows, &last, err);

	ql_json_close(b, ']');
	if (rows > 0 && rows == f.limit)
		snprintf(next, sizeof(next), "%" PRId64 ".%" PRId64 ".%" PRId32 ".%" PRId32, last.due_at, last.case_id, last.version, last.seq);
	ql_json_text(b, "next", rows > 0 && rows == f.limit ? next : NULL);
	ql_json_close(b, '}');
	return rc == QL_OK ? api_json(c) : rc;
}
