#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/step_int.h"

/* "why" of a list with the reasons in it, so that the proposal is made once for each set of them. NULL: no memory. */
static char *why_with(const char *why, const char *reasons)
{
	json_t *obj = why != NULL ? json_loads(why, 0, NULL) : NULL, *list = json_loads(reasons, 0, NULL);
	char *text = NULL;

	if (obj == NULL)
		obj = json_object();
	if (list != NULL && json_object_set(obj, "reroute", list) == 0)
		text = json_dumps(obj, JSON_COMPACT);
	json_decref(list);
	json_decref(obj);
	return text;
}

static bool proposed_already(const char *why, const char *reasons)
{
	json_t *obj = why != NULL ? json_loads(why, 0, NULL) : NULL, *list = json_loads(reasons, 0, NULL);
	bool same = obj != NULL && list != NULL && json_equal(json_object_get(obj, "reroute"), list);

	json_decref(list);
	json_decref(obj);
	return same;
}

static enum ql_rc propose(struct casebook *cb, struct case_file *c, const struct reroute *r, bool *done, struct ql_err *err)
{
	char *why;

	if (proposed_already(c->why, r->reasons_json))
		return QL_OK;
	why = why_with(c->why, r->reasons_json);
	if (why == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a proposal");
	free(c->why);
	c->why = why;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "coordinator", c->coordinator);
	ql_json_raw(b, "removed_by", r->reasons_json);
	if (r->owner != 0)
		ql_json_i64(b, "owner", r->owner);
	*done = true;
	return step_record(cb, c, "reroute_proposed", err);
}

enum ql_rc casebook_reroute(struct casebook *cb, struct case_file *c, const struct reroute *r, bool *done, struct ql_err *err)
{
	*done = false;
	if (c->coordinator == 0 || !lifecycle_holds_load(c->state))
		return QL_OK;
	if (c->state != CASE_ASSIGNED)
		return propose(cb, c, r, done, err);
	*done = true;
	return unit_take_back(cb, c, &ACTOR_SYSTEM, ACT_RELEASE, NULL, r->reasons_json, err);
}

enum ql_rc casebook_retier(struct casebook *cb, struct case_file *c, const char *tier, struct ql_err *err)
{
	struct ql_buf *b = unit_data(cb);

	ql_json_text(b, "from", c->tier);
	ql_json_text(b, "to", tier);
	snprintf(c->tier, sizeof(c->tier), "%s", tier);
	return step_record(cb, c, "tier_changed", err);
}
