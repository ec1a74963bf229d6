/* api_bulk.c -- one command for many cases. Each case is a request of its own, in a transaction of its own: what one of them
 * refuses is no reason to undo another, and a lost answer is made good item by item. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

#define BULK_MAX 100

struct bulk_in { char action[QL_TEXT_SIZE(40)]; };
static const struct ql_field BULK[] = { QL_NEED(struct bulk_in, action) };

struct bulk { struct call *whole; const char *action; int done, failed; };

/* "17" or 17 or "261123-00417-5": what a path takes. */
static bool name_of(const json_t *item, char name[PATH_PARAM])
{
	const json_t *v = json_object_get(item, "case");
	const char *text = json_string_value(v);

	if (json_is_integer(v) && json_integer_value(v) > 0)
		snprintf(name, PATH_PARAM, "%lld", (long long)json_integer_value(v));
	else if (text != NULL && text[0] != '\0' && strlen(text) < PATH_PARAM && strpbrk(text, "/?#%") == NULL)
		snprintf(name, PATH_PARAM, "%s", text);
	else
		return false;
	return true;
}

static bool check_items(struct call *c, const json_t *items)
{
	char field[48] = "/items", name[PATH_PARAM];
	size_t i, n = json_array_size(items);
	json_t *item;

	if (n < 1 || n > BULK_MAX) {
		problem(c->res, PROBLEM_INVALID, "a list of 1 to 100 is wanted", field);
		return false;
	}
	json_array_foreach(items, i, item) {
		snprintf(field, sizeof(field), "/items/%zu/case", i);
		if (!name_of(item, name)) {
			problem(c->res, PROBLEM_INVALID, "names no case", field);
			return false;
		}
	}
	return true;
}

/* The item as the request that it stands for. NULL: out of memory. */
static struct job *job_of(const struct bulk *all, size_t i, const json_t *item)
{
	const struct request *whole = all->whole->req;
	struct job *job = job_new(JOB_HTTP, NULL);
	char name[PATH_PARAM] = "";

	if (job == NULL)
		return NULL;
	name_of(item, name);
	job->req = *whole;
	job->req.args = (struct args){0};
	job->req.if_match[0] = '\0';
	snprintf(job->req.path, sizeof(job->req.path), "/api/v1/cases/%s/%s", name, all->action);
	if (whole->key[0] != '\0')
		snprintf(job->req.key, sizeof(job->req.key), "%.*s#%zu", KEY_GIVEN, whole->key, i);
	job->req.body = json_dumps(item, JSON_COMPACT | JSON_SORT_KEYS);
	job->req.body_len = job->req.body != NULL ? strlen(job->req.body) : 0;
	return job;
}

static enum ql_rc run_item(struct bulk *all, size_t i, const json_t *item, struct ql_err *err)
{
	struct ql_buf *b = &all->whole->res->body;
	struct job *job = job_of(all, i, item);

	if (job == NULL || job->req.body == NULL) {
		job_free(job);
		return ql_fail(err, QL_FATAL, "out of memory"); /* not again from the beginning: some are done */
	}
	api_answer(all->whole->w, job);
	*(job->res.status < 400 ? &all->done : &all->failed) += 1;
	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "item", (int64_t)i);
	ql_json_i64(b, "status", job->res.status);
	ql_json_bool(b, "replayed", job->res.replayed);
	ql_json_raw(b, job->res.status < 400 ? "result" : "problem", job->res.body.data);
	ql_json_close(b, '}');
	job_free(job);
	return QL_OK;
}

static enum ql_rc run_items(struct bulk *all, const json_t *items, struct ql_err *err)
{
	struct ql_buf *b = &all->whole->res->body;
	enum ql_rc rc = QL_OK;
	json_t *item;
	size_t i;

	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	json_array_foreach(items, i, item)
		if (rc == QL_OK)
			rc = run_item(all, i, item, err);
	ql_json_close(b, ']');
	ql_json_i64(b, "done", all->done);
	ql_json_i64(b, "failed", all->failed);
	ql_json_close(b, '}');
	return rc;
}

enum ql_rc cases_bulk(struct call *c, struct ql_err *err)
{
	struct bulk_in in = {0};
	struct bulk all = { c, in.action, 0, 0 };
	const json_t *items = json_object_get(c->body, "items");
	enum ql_rc rc;

	if (!api_decode(c, BULK, QL_LEN(BULK), &in) || !check_items(c, items))
		return QL_OK;
	if (!command_exists(in.action)) {
		problem(c->res, PROBLEM_INVALID, "there is no such action", "/action");
		return QL_OK;
	}
	rc = ql_pg_exec(c->w->pg, "commit", err); /* who asks is known; each item begins anew */
	if (rc != QL_OK)
		return rc;
	c->committed = true;
	rc = run_items(&all, items, err);
	c->res->status = 207;
	c->res->type = "application/json";
	return rc;
}
