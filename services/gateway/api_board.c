/* api_board.c -- counters, roster, the names of codes. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "board_store.h"
#include "domain/timefmt.h"

enum ql_rc board_counters(struct call *c, struct ql_err *err)
{
	int open;
	bool recuses = false;
	enum ql_rc rc = c->who.account == ACCOUNT_KIOSK ? store_as_scope(c->w->pg, c->who.scope, err) : QL_OK;

	if (rc == QL_OK && c->who.coordinator != 0)
		rc = store_recuses(c->w->pg, &recuses, err);
	if (rc == QL_OK)
		rc = store_counters(c->w->pg, c->who.scope, recuses, &c->res->body, &open, err);
	return rc == QL_OK ? api_json(c) : rc;
}

enum ql_rc board_river(struct call *c, struct ql_err *err)
{
	(void)err;
	river_write(&c->job->river, NULL, &c->res->body);
	return api_json(c);
}

enum ql_rc board_roster(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	enum ql_rc rc;

	ql_buf_str(b, "{\"items\":[");
	rc = store_roster(c->w->pg, c->who.unit, b, err);
	ql_buf_str(b, "]}");
	return rc == QL_OK ? api_json(c) : rc;
}

struct availability { bool available; char until[QL_TEXT_SIZE(RFC3339_MAX)]; };
static const struct ql_field AVAILABILITY[] = {
	QL_NEED(struct availability, available),
	QL_MAY_CHECK(struct availability, until, api_check_time),
};

enum ql_rc board_availability(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	struct availability in = {0};
	long long id;
	char ids[32];
	ql_time until = 0;
	bool changed = false;
	int n = 0;
	enum ql_rc rc;

	if (!api_decode(c, AVAILABILITY, QL_LEN(AVAILABILITY), &in))
		return QL_OK;
	rfc3339_parse(in.until, strlen(in.until), &until, NULL);
	if (!parse_id(c->params.at[0], &id)) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	rc = store_availability(c->w->pg, &c->who, id, in.available, until, c->req->trace, &changed, err);
	if (rc == QL_OK && !changed) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	snprintf(ids, sizeof(ids), "{%lld}", id);
	ql_buf_str(b, "{\"items\":[");
	if (rc == QL_OK)
		rc = store_roster_of(c->w->pg, ids, b, &n, err);
	ql_buf_str(b, "]}");
	return rc == QL_OK ? api_json(c) : rc;
}

enum ql_rc board_reference(struct call *c, struct ql_err *err)
{
	struct response *res = c->res;
	int64_t version;
	enum ql_rc rc = store_reference_version(c->w->pg, &version, err);

	if (rc != QL_OK)
		return rc;
	snprintf(res->etag, sizeof(res->etag), "\"r%lld\"", (long long)version);
	res->cache = "private, max-age=300";
	if (etag_listed(c->req->if_none_match, res->etag)) {
		res->status = 304;
		return QL_OK;
	}
	rc = store_reference(c->w->pg, &res->body, err);
	return rc == QL_OK ? api_json(c) : rc;
}
