/* api_fields.c -- "fields=id,number": of each row of a list only the members that are asked for. */
#include <stdio.h>
#include <string.h>

#include "api.h"

#define NAME_MAX_LEN 32

/* Of the board row (row_store.h); a test compares them with openapi.json. */
static const char *const MEMBERS[] = {
	"id", "number", "version", "procedure", "state", "subject", "category", "priority", "channel", "tier", "enterprise", "unit", "district", "goods_unit",
	"coordinator", "turn", "opened_at", "closed_at", "outcome", "needed_by", "needed_reason", "promise_at", "due_at", "next_clock", "breached", "why",
	"messages", "repeats", "updated_at",
};

/* The next name of the list; false: its end, or no name can be that long. */
static bool next_name(const char **at, char name[NAME_MAX_LEN])
{
	size_t len = strcspn(*at, ",");

	if (len == 0 || len >= NAME_MAX_LEN)
		return false;
	memcpy(name, *at, len);
	name[len] = '\0';
	*at += len + ((*at)[len] == ',');
	return true;
}

static bool is_member(const char *name)
{
	for (size_t i = 0; i < QL_LEN(MEMBERS); i++)
		if (strcmp(MEMBERS[i], name) == 0)
			return true;
	return false;
}

bool fields_known(struct call *c)
{
	const char *at = args_get(&c->req->args, "fields");
	char name[NAME_MAX_LEN] = "";

	while (at != NULL && *at != '\0') {
		if (next_name(&at, name) && is_member(name))
			continue;
		problem(c->res, PROBLEM_INVALID, "names a member that a row does not have", "/fields");
		return false;
	}
	return true;
}

static json_t *pick(const json_t *row, const char *fields)
{
	json_t *picked = json_object();
	char name[NAME_MAX_LEN];

	while (*fields != '\0' && next_name(&fields, name))
		json_object_set(picked, name, json_object_get(row, name));
	return picked;
}

static int append(const char *text, size_t len, void *to)
{
	ql_buf_add(to, text, len);
	return 0;
}

enum ql_rc fields_pick(struct call *c, struct ql_err *err)
{
	const char *fields = args_get(&c->req->args, "fields");
	struct ql_buf *b = &c->res->body;
	json_t *page, *items, *row;
	size_t i;

	if (fields == NULL || !ql_buf_ok(b))
		return QL_OK;
	page = json_loadb(b->data, b->len, 0, NULL);
	items = json_object_get(page, "items");
	json_array_foreach(items, i, row)
		json_array_set_new(items, i, pick(row, fields));
	ql_buf_reset(b);
	i = (size_t)json_dump_callback(page, append, b, JSON_COMPACT);
	json_decref(page);
	return page != NULL && i == 0 ? QL_OK : ql_fail(err, QL_FATAL, "a page of cases is not JSON");
}
