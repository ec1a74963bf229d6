/* api_follow.c -- whose cases one wants to hear of. Following changes nothing about a case: it has no version and no journal row. */
#include "api.h"
#include "follow_store.h"

static enum ql_rc set(struct call *c, bool follows, struct ql_err *err)
{
	int64_t id;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	rc = store_follow(c->w->pg, id, follows, err);
	if (rc != QL_OK)
		return rc;
	ql_json_open(&c->res->body, NULL, '{');
	ql_json_bool(&c->res->body, "followed", follows);
	ql_json_close(&c->res->body, '}');
	return api_json(c);
}

enum ql_rc cases_follow(struct call *c, struct ql_err *err) { return set(c, true, err); }
enum ql_rc cases_unfollow(struct call *c, struct ql_err *err) { return set(c, false, err); }
