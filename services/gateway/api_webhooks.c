/* api_webhooks.c -- webhooks: for an enterprise what concerns it, for a unit (by its supervisor) what the unit sees. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/log.h"
#include "base/webaddr.h"
#include "webhook_store.h"

#define EVENTS_MOST   32
#define EVENT_BYTES   32
#define SECRET_BYTES  32
#define SECRET_TEXT   64 /* "whsec_" and base64, with NUL */
#define PAGE_DEFAULT  50
#define PAGE_MOST     200

/* The id in the path; 0: the answer is made. */
static int64_t path_id(struct call *c, int at)
{
	long long id = 0;

	if (parse_id(c->params.at[at], &id) && id > 0)
		return id;
	problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
	return 0;
}

static void make_secret(char out[SECRET_TEXT])
{
	unsigned char key[SECRET_BYTES];

	randombytes_buf(key, sizeof(key));
	memcpy(out, "whsec_", 6);
	sodium_bin2base64(out + 6, SECRET_TEXT - 6, key, sizeof(key), sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(key, sizeof(key));
}

enum ql_rc webhooks_list(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	int n;
	enum ql_rc rc;

	ql_buf_str(b, "{\"items\":[");
	rc = store_webhooks(c->w->pg, b, &n, err);
	ql_buf_str(b, "]}");
	return rc == QL_OK ? api_json(c) : rc;
}

/* --- a new one --- */

struct webhook_in { char url[QL_TEXT_SIZE(WEBADDR_URL_MAX)], description[QL_TEXT_SIZE(200)]; };
static const struct ql_field WEBHOOK[] = { QL_NEED(struct webhook_in, url), QL_MAY(struct webhook_in, description) };

static bool is_event(const char *name)
{
	const size_t len = strlen(name);

	return len > 0 && len < EVENT_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len;
}

/* "events" as a PostgreSQL array; absent or null: all. */
static bool read_events(struct call *c, char *out, size_t size, const char **events)
{
	const json_t *list = json_object_get(c->body, "events"), *item;
	size_t used = 0, i;

	*events = NULL;
	if (list == NULL || json_is_null(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > EVENTS_MOST) {
		problem(c->res, PROBLEM_INVALID, "a list of 1 to 32 names of events; leave it out for all", "/events");
		return false;
	}
	json_array_foreach(list, i, item) {
		if (!json_is_string(item) || !is_event(json_string_value(item))) {
			problem(c->res, PROBLEM_INVALID, "a name of an event: small letters and _", "/events");
			return false;
		}
		used += (size_t)snprintf(out + used, size - used, "%c%s", i == 0 ? '{' : ',', json_string_value(item));
	}
	snprintf(out + used, size - used, "}");
	*events = out;
	return true;
}

static bool read_webhook(struct call *c, struct webhook_in *in)
{
	const char *why;

	if (!api_decode(c, WEBHOOK, QL_LEN(WEBHOOK), in))
		return false;
	if (webaddr_check_url(in->url, pool_conf(c->w->pool)->hooks_inside, NULL, &why))
		return true;
	problem(c->res, PROBLEM_INVALID, why, "/url");
	return false;
}

/* The secret is shown this once. */
static void answer_secret(struct call *c, int64_t id, const char *secret)
{
	struct ql_buf *b = &c->res->body;

	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "id", id);
	ql_json_text(b, "secret", secret);
	ql_json_close(b, '}');
}

enum ql_rc webhooks_create(struct call *c, struct ql_err *err)
{
	struct webhook_in in = {0};
	struct webhook_new w = { .url = in.url, .description = in.description };
	char events[EVENTS_MOST * (EVENT_BYTES + 1) + 4], secret[SECRET_TEXT];
	int64_t id = 0;
	int n = 0;
	enum ql_rc rc;

	if (!read_webhook(c, &in) || !read_events(c, events, sizeof(events), &w.events))
		return QL_OK;
	rc = store_webhooks(c->w->pg, NULL, &n, err);
	if (rc == QL_OK && n >= WEBHOOKS_MOST) {
		problem(c->res, PROBLEM_INVALID, "there are 20 webhooks already: remove one first", "/url");
		return QL_OK;
	}
	make_secret(secret);
	w.secret = secret;
	if (rc == QL_OK)
		rc = store_webhook_create(c->w->pg, &c->who, &w, &id, err);
	if (rc != QL_OK)
		return rc;
	answer_secret(c, id, secret);
	sodium_memzero(secret, sizeof(secret));
	ql_log(QL_INFO, "webhook_created", "webhook=%lld user=%lld", (long long)id, (long long)c->who.user);
	rc = api_json(c);
	c->res->status = 201;
	return rc;
}

/* --- what is done to one --- */

typedef enum ql_rc change(struct ql_pg *pg, int64_t id, bool *done, struct ql_err *err);

static enum ql_rc run_change(struct call *c, change *how, const char *log, struct ql_err *err)
{
	const int64_t id = path_id(c, 0);
	bool done = false;
	enum ql_rc rc;

	if (id == 0)
		return QL_OK;
	rc = how(c->w->pg, id, &done, err);
	if (rc != QL_OK)
		return rc;
	c->res->status = 204;
	if (!done)
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
	else
		ql_log(QL_INFO, log, "webhook=%lld user=%lld", (long long)id, (long long)c->who.user);
	return QL_OK;
}

enum ql_rc webhooks_remove(struct call *c, struct ql_err *err) { return run_change(c, store_webhook_remove, "webhook_removed", err); }
enum ql_rc webhooks_enable(struct call *c, struct ql_err *err) { return run_change(c, store_webhook_enable, "webhook_enabled", err); }

enum ql_rc webhooks_rotate(struct call *c, struct ql_err *err)
{
	const int64_t id = path_id(c, 0);
	char secret[SECRET_TEXT];
	bool done = false;
	enum ql_rc rc;

	if (id == 0)
		return QL_OK;
	make_secret(secret);
	rc = store_webhook_rotate(c->w->pg, id, secret, &done, err);
	if (rc != QL_OK)
		return rc;
	if (!done) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	answer_secret(c, id, secret);
	sodium_memzero(secret, sizeof(secret));
	return api_json(c);
}

/* --- the log --- */

static bool read_page(struct call *c, struct delivery_page *page)
{
	static const char *const STATES[] = { "queued", "sending", "delivered", "failed", "dropped" };
	const char *limit = args_get(&c->req->args, "limit"), *after = args_get(&c->req->args, "after");
	long long n = PAGE_DEFAULT, before = 0;
	const char *fault = NULL;
	bool known = false;

	page->state = args_get(&c->req->args, "state");
	for (size_t i = 0; page->state != NULL && i < QL_LEN(STATES); i++)
		known = known || strcmp(STATES[i], page->state) == 0;
	if (limit != NULL && (!parse_id(limit, &n) || n < 1 || n > PAGE_MOST))
		fault = "/limit";
	else if (after != NULL && (!parse_id(after, &before) || before < 1))
		fault = "/after";
	else if (page->state != NULL && !known)
		fault = "/state";
	page->limit = (int)n;
	page->before = before;
	if (fault != NULL)
		problem(c->res, PROBLEM_INVALID, "this value is not possible here", fault);
	return fault == NULL;
}

enum ql_rc webhooks_deliveries(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	struct delivery_page page = { .webhook = path_id(c, 0) };
	char next[24];
	bool known = false;
	enum ql_rc rc;

	if (page.webhook == 0 || !read_page(c, &page))
		return QL_OK;
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	rc = store_deliveries(c->w->pg, &page, b, &known, err);
	if (rc != QL_OK)
		return rc;
	if (!known) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	ql_json_close(b, ']');
	snprintf(next, sizeof(next), "%lld", (long long)page.last);
	ql_json_text(b, "next", page.rows == page.limit ? next : NULL);
	ql_json_close(b, '}');
	return api_json(c);
}

enum ql_rc webhooks_replay(struct call *c, struct ql_err *err)
{
	const int64_t webhook = path_id(c, 0), delivery = webhook != 0 ? path_id(c, 1) : 0;
	bool done = false;
	enum ql_rc rc;

	if (delivery == 0)
		return QL_OK;
	rc = store_replay(c->w->pg, webhook, delivery, &done, err);
	if (rc != QL_OK)
		return rc;
	c->res->status = 204;
	if (!done)
		problem(c->res, PROBLEM_NOT_FOUND, "no such delivery, or it is not settled yet", NULL);
	return QL_OK;
}
