/* api.c -- routes, and the way every request goes. */
#include "api.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "domain/timefmt.h"
#include "stats.h"

#define TRIES 3

static const struct route ROUTES[] = {
	{ METHOD_POST, "/api/v1/session", WITH_BODY | SIGNS_IN, session_sign_in },
	{ METHOD_GET, "/api/v1/sign-in", 0, oidc_ways },
	{ METHOD_GET, "/api/v1/oidc/start", SIGNS_IN | OWN_TYPE, oidc_start },
	{ METHOD_GET, "/api/v1/oidc/callback", SIGNS_IN | OWN_TYPE, oidc_callback },
	{ METHOD_GET, "/api/v1/session", FOR_SIGNED_IN | FOR_ANYONE, session_read },
	{ METHOD_DELETE, "/api/v1/session", FOR_SIGNED_IN | FOR_ANYONE, session_sign_out },
	{ METHOD_POST, "/api/v1/session/password", FOR_SIGNED_IN | FOR_ANYONE | WITH_BODY | SIGNS_IN | UNKEPT, session_password },
	{ METHOD_GET, "/api/v1/session/factor", FOR_SIGNED_IN | FOR_ANYONE, factor_read },
	{ METHOD_POST, "/api/v1/session/factor", FOR_SIGNED_IN | FOR_ANYONE | WITH_BODY | SIGNS_IN | UNKEPT, factor_begin },
	{ METHOD_POST, "/api/v1/session/factor/confirm", FOR_SIGNED_IN | FOR_ANYONE | WITH_BODY | SIGNS_IN | UNKEPT, factor_confirm },
	{ METHOD_POST, "/api/v1/session/factor/remove", FOR_SIGNED_IN | FOR_ANYONE | WITH_BODY | SIGNS_IN | UNKEPT, factor_remove },
	{ METHOD_GET, "/api/v1/sessions", FOR_SIGNED_IN | FOR_ANYONE, account_sessions },
	{ METHOD_DELETE, "/api/v1/sessions", FOR_SIGNED_IN | FOR_ANYONE, account_sessions_end },
	{ METHOD_DELETE, "/api/v1/sessions/{}", FOR_SIGNED_IN | FOR_ANYONE, account_session_end },
	{ METHOD_GET, "/api/v1/accounts", FOR_SIGNED_IN | MAY(RIGHT_ACCOUNTS), account_list },
	{ METHOD_POST, "/api/v1/accounts/{}/duty", FOR_SIGNED_IN | MAY(RIGHT_ACCOUNTS) | WITH_BODY, account_duty },
	{ METHOD_POST, "/api/v1/accounts/{}/{}", FOR_SIGNED_IN | MAY(RIGHT_ACCOUNTS) | WITH_BODY, account_switch },
	{ METHOD_DELETE, "/api/v1/accounts/{}/sessions", FOR_SIGNED_IN | MAY(RIGHT_ACCOUNTS), account_sessions_end },
	{ METHOD_GET, "/api/v1/audit", FOR_SIGNED_IN | MAY(RIGHT_AUDIT), account_audit },
	{ METHOD_GET, "/api/v1/openapi.json", NO_DATABASE, openapi_read },
	{ METHOD_GET, "/api/v1/reference", FOR_SIGNED_IN | FOR_ANYONE, board_reference },
	{ METHOD_GET, "/api/v1/cases", FOR_SIGNED_IN, cases_list },
	{ METHOD_GET, "/api/v1/cases/export.csv", FOR_SIGNED_IN | OWN_TYPE, cases_export_csv },
	{ METHOD_GET, "/api/v1/cases/export.xlsx", FOR_SIGNED_IN | OWN_TYPE, cases_export_xlsx },
	{ METHOD_GET, "/api/v1/cases/{}", FOR_SIGNED_IN, cases_read },
	{ METHOD_GET, "/api/v1/cases/{}/journal", FOR_SIGNED_IN | MAY(RIGHT_JOURNAL), cases_journal },
	{ METHOD_GET, "/api/v1/cases/{}/proposals", FOR_SIGNED_IN | FOR_STAFF, cases_proposals },
	{ METHOD_POST, "/api/v1/cases/{}/follow", FOR_SIGNED_IN, cases_follow },
	{ METHOD_POST, "/api/v1/cases/{}/unfollow", FOR_SIGNED_IN, cases_unfollow },
	{ METHOD_GET, "/api/v1/cases/{}/clocks/{}", FOR_SIGNED_IN, clocks_read },
	{ METHOD_GET, "/api/v1/clocks/asked", FOR_SIGNED_IN | FOR_STAFF, clocks_asked },
	{ METHOD_GET, "/api/v1/clocks/preview", FOR_SIGNED_IN | FOR_SUPERVISOR, clocks_preview },
	{ METHOD_GET, "/api/v1/cases/{}/parties/{}/letter", FOR_SIGNED_IN | FOR_STAFF | OWN_TYPE, cases_letter },
	{ METHOD_POST, "/api/v1/cases/{}/reveal", FOR_SIGNED_IN | MAY(RIGHT_REVEAL) | WITH_BODY | UNKEPT, cases_reveal },
	{ METHOD_POST, "/api/v1/cases/{}/hold", FOR_SIGNED_IN | MAY(RIGHT_HOLD) | WITH_BODY, cases_hold },
	{ METHOD_POST, "/api/v1/cases/{}/release_hold", FOR_SIGNED_IN | MAY(RIGHT_HOLD) | WITH_BODY, cases_hold },
	{ METHOD_GET, "/api/v1/cases/{}/attachments", FOR_SIGNED_IN, attachments_list },
	{ METHOD_POST, "/api/v1/cases/{}/attachments", FOR_SIGNED_IN | FILE_BODY, attachments_add },
	{ METHOD_GET, "/api/v1/cases/{}/attachments/{}", FOR_SIGNED_IN | OWN_TYPE, attachments_read },
	{ METHOD_POST, "/api/v1/cases/bulk", FOR_SIGNED_IN | WITH_BODY | BY_ITEM, cases_bulk },
	{ METHOD_POST, "/api/v1/cases/{}/{}", FOR_SIGNED_IN | WITH_BODY, cases_command },
	{ METHOD_GET, "/api/v1/shift/handover", FOR_SIGNED_IN | FOR_STAFF, shift_read },
	{ METHOD_POST, "/api/v1/shift/handover", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, shift_hand_over },
	{ METHOD_GET, "/api/v1/tasks", FOR_SIGNED_IN | FOR_STAFF, tasks_list },
	{ METHOD_GET, "/api/v1/counters", FOR_SIGNED_IN | MAY(RIGHT_COUNTERS), board_counters },
	{ METHOD_GET, "/api/v1/river", FOR_SIGNED_IN | FOR_ANYONE, board_river },
	{ METHOD_GET, "/api/v1/roster", FOR_SIGNED_IN | MAY(RIGHT_ROSTER), board_roster },
	{ METHOD_GET, "/api/v1/roster/gaps", FOR_SIGNED_IN | MAY(RIGHT_ROSTER), roster_gaps },
	{ METHOD_GET, "/api/v1/roster/fairness", FOR_SIGNED_IN | MAY(RIGHT_ROSTER), roster_fairness },
	{ METHOD_POST, "/api/v1/dispatch/preview", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, roster_preview },
	{ METHOD_POST, "/api/v1/roster/{}/availability", FOR_SIGNED_IN | FOR_STAFF | WITH_BODY, board_availability },
	{ METHOD_GET, "/api/v1/webhooks", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS), webhooks_list },
	{ METHOD_POST, "/api/v1/webhooks", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS) | WITH_BODY | UNKEPT, webhooks_create },
	{ METHOD_DELETE, "/api/v1/webhooks/{}", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS), webhooks_remove },
	{ METHOD_POST, "/api/v1/webhooks/{}/rotate", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS) | UNKEPT, webhooks_rotate },
	{ METHOD_POST, "/api/v1/webhooks/{}/enable", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS), webhooks_enable },
	{ METHOD_GET, "/api/v1/webhooks/{}/deliveries", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS), webhooks_deliveries },
	{ METHOD_POST, "/api/v1/webhooks/{}/deliveries/{}/replay", FOR_SIGNED_IN | MAY(RIGHT_WEBHOOKS), webhooks_replay },
	{ METHOD_GET, "/api/v1/me/notices", FOR_SIGNED_IN, notices_read },
	{ METHOD_PUT, "/api/v1/me/notices", FOR_SIGNED_IN | WITH_BODY, notices_write },
};

size_t routes_all(const struct route **routes)
{
	*routes = ROUTES;
	return QL_LEN(ROUTES);
}

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

const char *method_name(enum method method)
{
	static const char *const NAMES[METHODS] = {
		[METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD", [METHOD_POST] = "POST", [METHOD_DELETE] = "DELETE", [METHOD_PUT] = "PUT", [METHOD_PATCH] = "PATCH",
		[METHOD_OPTIONS] = "OPTIONS",
	};

	return NAMES[method];
}

bool route_methods(const char *path, char *out, size_t size)
{
	struct path_params params;
	bool known = false;

	out[0] = '\0';
	for (const struct route *r = ROUTES; r < ROUTES + QL_LEN(ROUTES); r++) {
		if (!path_match(r->pattern, path, &params))
			continue;
		known = true;
		snprintf(out + strlen(out), size - strlen(out), "%s%s, ", method_name(r->method), r->method == METHOD_GET ? ", HEAD" : "");
	}
	snprintf(out + strlen(out), size - strlen(out), "OPTIONS");
	return known;
}

bool api_csrf_ok(const struct call *c)
{
	size_t n = strlen(c->who.csrf);

	if (request_reads(c->req))
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

/* Every answer to a reader has an entity tag made of its content, a case's with its version in front; so "is it still
 * what I have" costs no transfer. */
static void tag_answer(struct call *c)
{
	struct response *res = c->res;
	unsigned char hash[8];
	char hex[2 * sizeof(hash) + 1];

	if (res->status != 200 || !request_reads(c->req) || !ql_buf_ok(&res->body))
		return;
	if (res->etag[0] == '\0' && res->body.len > 0) {
		crypto_generichash(hash, sizeof(hash), (const unsigned char *)res->body.data, res->body.len, NULL, 0);
		sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
		if (res->version > 0)
			snprintf(res->etag, sizeof(res->etag), "\"%d-%s\"", res->version, hex);
		else
			snprintf(res->etag, sizeof(res->etag), "\"%s\"", hex);
	}
	if (etag_listed(c->req->if_none_match, res->etag)) {
		res->status = 304;
		ql_buf_reset(&res->body);
	}
}

static bool may(const struct route *route, const struct identity *who)
{
	unsigned rights = route->needs >> NEEDS_RIGHTS;

	if (rights == 0 && !(route->needs & FOR_ANYONE))
		rights = route->method == METHOD_GET ? RIGHT_CASES : RIGHT_COMMAND;
	if (!account_may(who->account, rights))
		return false;
	if ((route->needs & FOR_STAFF) && !identity_is_staff(who))
		return false;
	return !(route->needs & FOR_SUPERVISOR) || who->role == ROLE_SUPERVISOR;
}

/* The session of a display never expires, so it holds only where it was opened. */
static bool at_its_place(const struct call *c)
{
	return c->who.account != ACCOUNT_KIOSK || strcmp(c->who.address, c->req->address) == 0;
}

/* Who asks, and whether they may. *go false: the response is made. */
static enum ql_rc let_in(struct call *c, const struct route *route, bool *go, struct ql_err *err)
{
	bool known = false;
	enum ql_rc rc = QL_OK;

	*go = false;
	if (c->req->has_token)
		rc = store_enter(c->w->pg, c->req->token, true, &c->who, &known, err);
	if (rc != QL_OK)
		return rc;
	known = known && surface_admits(pool_conf(c->w->pool)->surface, c->who.account) && at_its_place(c);
	if (!known)
		problem(c->res, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	else if (!api_csrf_ok(c))
		problem(c->res, PROBLEM_CSRF, NULL, NULL);
	else if (c->who.must_enrol && !(route->needs & FOR_ANYONE))
		problem(c->res, PROBLEM_ENROL, NULL, NULL);
	else if (!may(route, &c->who))
		problem(c->res, PROBLEM_FORBIDDEN, NULL, NULL);
	else
		*go = true;
	return QL_OK;
}

/* What an attempt before left of a response. */
static void clear(struct response *res)
{
	if (res->fd > 0)
		close(res->fd);
	res->status = res->fd = 0;
	res->version = 0;
	res->more = false;
	res->etag[0] = res->disposition[0] = res->range[0] = '\0';
	ql_buf_reset(&res->body);
}

static enum ql_rc attempt(struct call *c, const struct route *route, struct ql_err *err)
{
	bool go = true;
	enum ql_rc rc = (route->needs & NO_DATABASE) ? QL_OK : worker_ready(c->w, err);

	c->committed = false;
	clear(c->res);
	if (rc == QL_OK && (route->needs & FOR_SIGNED_IN))
		rc = let_in(c, route, &go, err);
	if (rc == QL_OK && go && (route->needs & (FOR_SIGNED_IN | BY_ITEM | UNKEPT)) == FOR_SIGNED_IN)
		rc = repeat_begin(c, &go, err);
	if (rc == QL_OK && go)
		rc = route->handler(c, err);
	if (rc == QL_OK && go && c->res->status < 400 && (route->needs & FOR_SIGNED_IN) && !c->committed) {
		rc = (route->needs & (BY_ITEM | UNKEPT)) ? QL_OK : repeat_keep(c, err);
		if (rc == QL_OK)
			rc = ql_pg_exec(c->w->pg, "commit", err);
		c->committed = rc == QL_OK;
	}
	if (!c->committed && !(route->needs & NO_DATABASE))
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

void api_answer(struct worker *w, struct job *job)
{
	struct call c = { .w = w, .job = job, .req = &job->req, .res = &job->res };
	struct ql_err err = {0};
	bool known;
	const struct route *route = route_find(c.req->method, c.req->path, &c.params, &known);
	enum ql_rc rc = QL_OK;
	int tries = 0;

	if (read_body(&c, route)) {
		do
			rc = attempt(&c, route, &err);
		while (try_again(rc, ++tries));
	}
	if (rc != QL_OK)
		problem_of(c.res, &err);
	else if (!ql_buf_ok(&c.res->body))
		problem(c.res, PROBLEM_TOO_LARGE, "the answer is too large: ask for less", NULL);
	else if (!(route->needs & OWN_TYPE))
		tag_answer(&c);
	json_decref(c.body);
}

void api_run(struct worker *w, struct job *job)
{
	ql_log_trace(job->req.trace);
	api_answer(w, job);
	ql_count(&stats.requests, 1);
	ql_observe(&stats.seconds, ql_monotonic() - job->since);
	ql_log_trace(NULL);
}
