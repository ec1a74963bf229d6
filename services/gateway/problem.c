/* problem.c -- the table of problems. */
#include "problem.h"

#include <string.h>

#include "base/log.h"

#define RETRY_SECONDS 2 /* what a client is told when the database is away */

static const struct { const char *name; int status; const char *title; } PROBLEM[PROBLEMS] = {
	[PROBLEM_BAD_REQUEST] = { "bad_request", 400, "The request cannot be read" },
	[PROBLEM_UNAUTHENTICATED] = { "unauthenticated", 401, "Sign in first" },
	[PROBLEM_BAD_CREDENTIALS] = { "bad_credentials", 401, "Login or password is wrong" },
	[PROBLEM_SECOND_FACTOR] = { "second_factor", 401, "The code of your second factor is wanted too" },
	[PROBLEM_BAD_CODE] = { "bad_code", 401, "The code is wrong, or was used before" },
	[PROBLEM_ENROL] = { "enrol_second_factor", 403, "Your role needs a second factor: get one first" },
	[PROBLEM_FORBIDDEN] = { "forbidden", 403, "Your role may not do this" },
	[PROBLEM_CSRF] = { "csrf", 403, "The request does not carry this session's token" },
	[PROBLEM_ORIGIN] = { "origin", 403, "The request comes from another site" },
	[PROBLEM_NOT_FOUND] = { "not_found", 404, "There is no such thing, or not for you" },
	[PROBLEM_METHOD] = { "method", 405, "This cannot be done to it" },
	[PROBLEM_NOT_ACCEPTABLE] = { "not_acceptable", 406, "It is not to be had in a form you accept" },
	[PROBLEM_MEDIA_TYPE] = { "media_type", 415, "The body is of another type than is taken here" },
	[PROBLEM_PRECONDITION] = { "precondition_failed", 412, "The case has changed since you saw it" },
	[PROBLEM_STALE_VERSION] = { "stale_version", 409, "The case has changed since you saw it" },
	[PROBLEM_NOT_ALLOWED] = { "not_allowed", 409, "The case does not allow this now" },
	[PROBLEM_CAPACITY] = { "capacity", 409, "The coordinator has no room for it" },
	[PROBLEM_NOT_ELIGIBLE] = { "not_eligible", 409, "The coordinator may not be given it" },
	[PROBLEM_INVALID] = { "invalid", 422, "A value is missing or wrong" },
	[PROBLEM_KEY_REUSED] = { "key_reused", 422, "The Idempotency-Key belongs to another request" },
	[PROBLEM_TOO_LARGE] = { "too_large", 413, "The request is too large" },
	[PROBLEM_RANGE] = { "range", 416, "The file has no such part" },
	[PROBLEM_QUOTA] = { "quota", 429, "You have sent as much as may be sent in a day" },
	[PROBLEM_THROTTLED] = { "throttled", 429, "Too many attempts" },
	[PROBLEM_UNAVAILABLE] = { "unavailable", 503, "Not possible at this moment, try again" },
	[PROBLEM_INTERNAL] = { "internal", 500, "Something is wrong on our side" },
};

struct ql_buf *problem_open(struct response *res, enum problem_code code, const char *detail, const char *field)
{
	struct ql_buf *b = &res->body;

	ql_buf_reset(b);
	res->status = PROBLEM[code].status;
	res->type = "application/problem+json";
	res->cache = NULL;
	res->etag[0] = '\0';
	res->version = 0;
	if (code == PROBLEM_UNAVAILABLE)
		res->retry_after = RETRY_SECONDS;
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "type", "about:blank");
	ql_json_text(b, "title", PROBLEM[code].title);
	ql_json_i64(b, "status", PROBLEM[code].status);
	ql_json_text(b, "code", PROBLEM[code].name);
	if (detail != NULL && detail[0] != '\0')
		ql_json_text(b, "detail", detail);
	if (field != NULL && field[0] != '\0')
		ql_json_text(b, "field", field);
	return b;
}

void problem_close(struct response *res)
{
	ql_json_close(&res->body, '}');
}

void problem(struct response *res, enum problem_code code, const char *detail, const char *field)
{
	problem_open(res, code, detail, field);
	problem_close(res);
}

void problems_describe(struct ql_buf *b)
{
	for (size_t i = 0; i < PROBLEMS; i++) {
		ql_json_open(b, NULL, '{');
		ql_json_text(b, "code", PROBLEM[i].name);
		ql_json_i64(b, "status", PROBLEM[i].status);
		ql_json_close(b, '}');
	}
}

/* PostgreSQL refusing by right (42501) is an answer to a person, not a failure of ours: row security said no. */
void problem_of(struct response *res, const struct ql_err *err)
{
	static const char REFUSED[] = "42501";
	bool refused = strcmp(err->sqlstate, REFUSED) == 0;

	if (err->rc == QL_REJECT) {
		problem(res, PROBLEM_INVALID, err->msg, err->field);
		return;
	}
	ql_log_err("request_failed", err);
	problem(res, refused ? PROBLEM_FORBIDDEN : err->rc == QL_RETRY ? PROBLEM_UNAVAILABLE : PROBLEM_INTERNAL, NULL, NULL);
}
