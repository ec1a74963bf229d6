/* api.c -- routes, and the way every request goes. */
#include "api.h"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "domain/timefmt.h"
#include "stats.h"

#define TRIES 3

static const struct route ROUTES[] = {
	{ METHOD_POST, "/api/v1/session", WITH_BODY | SIGNS_IN, session_sign_in },
	{ METHOD_GET, "/api/v1/session", FOR_SIGNED_IN, session_read },
	{ METHOD_DELETE, "/api/v1/session", FOR_SIGNED_IN, session_sign_out },
	{ METHOD_GET, "/api/v1/reference", FOR_SIGNED_IN, board_reference },
	{ METHOD_GET, "/api/v1/cases", FOR_SIGNED_IN, cases_list },
	{ METHOD_GET, "/api/v1/cases/{}", FOR_SIGNED_IN, cases_read },
	{ METHOD_GET, "/api/v1/cases/{}/journal", FOR_SIGNED_IN | FOR_STAFF, cases_journal },
	{ METHOD_GET, "/api/v1/cases/{}/proposals", FOR_SIGNED_IN | FOR_STAFF, cases_proposals },
	{ METHOD_GET, "/api/v1/cases/{}/parties/{}/letter", FOR_SIGNED_IN | FOR_STAFF, cases_letter },
	{ METHOD_POST, "/api/v1/cases/{}/follow", FOR_SIGNED_IN, cases_follow },
	{ METHOD_POST, "/api/v1/cases/{}/unfollow", FOR_SIGNED_IN, cases_unfollow },
	{ METHOD_GET, "/api/v1/cases/{}/clocks/{}", FOR_SIGNED_IN, clocks_read },
	{ METHOD_GET, "/api/v1/clocks/asked", FOR_SIGNED_IN | FOR_STAFF, clocks_asked },
	{ METHOD_GET, "/api/v1/clocks/preview", FOR_SIGNED_IN | FOR_SUPERVISOR, clocks_preview },
	{ METHOD_POST, "/api/v1/cases/{}/{}", FOR_SIGNED_IN | WITH_BODY, cases_command },
	{ METHOD_GET, "/api/v1/shift/handover", FOR_SIGNED_IN | FOR_STAFF, shift_read },
	{ METHOD_POST, "/api/v1/shift/handover", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, shift_hand_over },
	{ METHOD_GET, "/api/v1/tasks", FOR_SIGNED_IN | FOR_STAFF, tasks_list },
	{ METHOD_GET, "/api/v1/counters", FOR_SIGNED_IN, board_counters },
	{ METHOD_GET, "/api/v1/river", FOR_SIGNED_IN, board_river },
	{ METHOD_GET, "/api/v1/roster", FOR_SIGNED_IN | FOR_STAFF, board_roster },
	{ METHOD_GET, "/api/v1/roster/gaps", FOR_SIGNED_IN | FOR_STAFF, roster_gaps },
	{ METHOD_GET, "/api/v1/roster/fairness", FOR_SIGNED_IN | FOR_STAFF, roster_fairness },
	{ METHOD_POST, "/api/v1/dispatch/preview", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, roster_preview },
	{ METHOD_POST, "/api/v1/roster/{}/availability", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, board_availability },
	{ METHOD_GET, "/api/v1/webhooks", FOR_SIGNED_IN, webhooks_list },
	{ METHOD_POST, "/api/v1/webhooks", FOR_SIGNED_IN | WITH_BODY, webhooks_create },
	{ METHOD_DELETE, "/api/v1/webhooks/{}", FOR_SIGNED_IN, webhooks_remove },
	{ METHOD_POST, "/api/v1/webhooks/{}/rotate", FOR_SIGNED_IN, webhooks_rotate },
	{ METHOD_POST, "/api/v1/webhooks/{}/enable", FOR_SIGNED_IN, webhooks_enable },
	{ METHOD_GET, "/api/v1/webhooks/{}/deliveries", FOR_SIGNED_IN, webhooks_deliveries },
	{ METHOD_POST, "/api/v1/webhooks/{}/deliveries/{}/replay", FOR_SIGNED_IN, webhooks_replay },
	{ METHOD_GET, "/api/v1/me/notices", FOR_SIGNED_IN, notices_read },
	{ METHOD_PUT, "/api/v1/me/notices", FOR_SIGNED_IN | WITH_BODY, notices_write },
};

const struct route *route_find(enum method method, const char *path, struct path_params *params, bool *known)
{
	*known = false;
	if (method == METHOD_HEAD)
		method = METHOD_GET;
	for (const struct route *r = ROUTES; r < ROUTES + QL_LEN(ROUTES); r++) {
		if (!path_match(r->pattern, path, params))
			continue;
		*known = true;
		if (r->method == method)
			return r;
	}
	return NULL;
}

bool api_csrf_ok(const struct call *c)
{
	size_t n = strlen(c->who.csrf);

	if (c->req->method == METHOD_GET || c->req->method == METHOD_HEAD)
		return true;
	return n > 0 && strlen(c->req->csrf) == n && sodium_memcmp(c->req->csrf, c->who.csrf, n) == 0;
}

bool api_decode(struct call *c, const struct ql_field *fields, size_t n, void *out)
{
	struct ql_err err = {0};

	if (ql_json_decode(c->body, "", fields, n, out, &err) == QL_OK)
		return true;
	problem(c->res, PROBLEM_INVALID, err.msg, err.field);
	return false;
}

bool api_check_time(char *text, size_t size, const char **why)
{
	ql_time at;

	(void)size;
	*why = "is not a date and time with offset";
	return rfc3339_parse(text, strlen(text), &at, NULL);
}

enum ql_rc api_json(struct call *c)
{
	c->res->status = 200;
	c->res->type = "application/json";
	return QL_OK;
}

static bool may(const struct route *route, const struct identity *who)
{
	if ((route->needs & FOR_STAFF) && !identity_is_staff(who))
		return false;
	return !(route->needs & FOR_SUPERVISOR) || who->role == ROLE_SUPERVISOR;
}

/* Who asks, and whether they may. *go false: the response is made. */
static enum ql_rc let_in(struct call *c, const struct route *route, bool *go, struct ql_err *err)
{
	bool known = false;
	enum ql_rc rc = QL_OK;

	*go = false;
	if (c->req->has_token)
		rc = store_enter(c->w->pg, c->req->token, &c->who, &known, err);
	if (rc != QL_OK)
		return rc;
	if (!known)
		problem(c->res, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	else if (!api_csrf_ok(c))
		problem(c->res, PROBLEM_CSRF, NULL, NULL);
	else if (!may(route, &c->who))
		problem(c->res, PROBLEM_FORBIDDEN, NULL, NULL);
	else
		*go = true;
	return QL_OK;
}

static enum ql_rc attempt(struct call *c, const struct route *route, struct ql_err *err)
{
	bool go = true;
	enum ql_rc rc = worker_ready(c->w, err);

	c->committed = false;
	c->res->status = 0;
	ql_buf_reset(&c->res->body);
	if (rc == QL_OK && (route->needs & FOR_SIGNED_IN))
		rc = let_in(c, route, &go, err);
	if (rc == QL_OK && go)
		rc = route->handler(c, err);
	if (rc == QL_OK && go && c->res->status < 400 && (route->needs & FOR_SIGNED_IN) && !c->committed) {
		rc = ql_pg_exec(c->w->pg, "commit", err);
		c->committed = rc == QL_OK;
	}
	if (!c->committed)
		worker_rollback(c->w);
	return rc;
}

static bool read_body(struct call *c, const struct route *route)
{
	struct ql_err err = {0};

	if (!(route->needs & WITH_BODY))
		return true;
	if (ql_json_parse(c->req->body != NULL ? c->req->body : "", c->req->body_len, &c->body, &err) == QL_OK && json_is_object(c->body))
		return true;
	problem(c->res, PROBLEM_BAD_REQUEST, err.msg[0] != '\0' ? err.msg : "a JSON object is wanted", NULL);
	return false;
}

/* A conflict is somebody else's work seen in the middle of ours: the next attempt sees it from the beginning. */
static bool try_again(enum ql_rc rc, int tries)
{
	return (rc == QL_RETRY || rc == QL_CONFLICT) && tries < TRIES;
}

void api_run(struct worker *w, struct job *job)
{
	struct call c = { .w = w, .job = job, .req = &job->req, .res = &job->res };
	struct ql_err err = {0};
	bool known;
	const struct route *route = route_find(c.req->method, c.req->path, &c.params, &known);
	enum ql_rc rc = QL_OK;
	int tries = 0;

	ql_log_trace(c.req->trace);
	if (read_body(&c, route)) {
		do
			rc = attempt(&c, route, &err);
		while (try_again(rc, ++tries));
	}
	if (rc != QL_OK)
		problem_of(c.res, &err);
	else if (!ql_buf_ok(&c.res->body))
		problem(c.res, PROBLEM_TOO_LARGE, "the answer is too large: ask for less", NULL);
	json_decref(c.body);
	ql_count(&stats.requests, 1);
	ql_observe(&stats.seconds, ql_monotonic() - job->since);
	ql_log_trace(NULL);
}
