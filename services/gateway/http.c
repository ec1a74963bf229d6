/* http.c -- HTTP on the loop: reading requests, handing them to workers, writing answers and files. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "server.h"
#include "stats.h"

#define WORK_SECONDS 60 /* longest wait for a worker before the connection is given up */
#define LINGER_SECONDS 2 /* ... and for the rest of a body that was refused */
#define HEAD_MAX     4096

static const char NO_WEB[] =
	"Qingling's gateway runs, but the web page is not built.\n"
	"Build it with `make web` and start the gateway again (option gateway.web names its folder).\n";

/* On everything that leaves. Ant Design writes its styles into the page: hence style-src. */
static const struct { const char *name, *value; } SECURITY[] = {
	{ "content-security-policy:", "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
	                              " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
	{ "x-content-type-options:", "nosniff" },
	{ "referrer-policy:", "no-referrer" },
	{ "permissions-policy:", "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
	{ "cross-origin-opener-policy:", "same-origin" },
	{ "cross-origin-resource-policy:", "same-origin" },
	{ "x-frame-options:", "DENY" },
};

/* --- reading --- */

static void copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
	if (lws_hdr_copy(wsi, out, (int)size, token) < 0)
		out[0] = '\0';
}

static void copy_custom(struct lws *wsi, const char *name, char *out, size_t size)
{
	if (lws_hdr_custom_copy(wsi, out, (int)size, name, (int)strlen(name)) < 0)
		out[0] = '\0';
}

static void read_token(struct lws *wsi, struct request *req)
{
	char header[2048] = "", cookie[128];

	copy_header(wsi, WSI_TOKEN_HTTP_COOKIE, header, sizeof(header));
	req->has_token = cookie_get(header, "ql_session", cookie, sizeof(cookie));
	if (req->has_token)
		crypto_hash_sha256(req->token, (const unsigned char *)cookie, strlen(cookie));
}

/* The id of a W3C traceparent, "00-<32 hex>-...", else one of our own. */
static void read_trace(struct lws *wsi, struct request *req)
{
	char given[64] = "";
	unsigned char random[16];

	copy_custom(wsi, "traceparent:", given, sizeof(given));
	if (strlen(given) == 55 && strspn(given + 3, "0123456789abcdef") == 32 && strspn(given + 3, "0") < 32) {
		memcpy(req->trace, given + 3, 32);
		req->trace[32] = '\0';
		return;
	}
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(req->trace, sizeof(req->trace), random, sizeof(random));
}

/* Behind a proxy that we trust the last name it wrote is the peer it saw. */
static void read_address(struct server *s, struct lws *wsi, struct request *req)
{
	char list[256] = "";
	const char *last;

	lws_get_peer_simple(wsi, req->address, sizeof(req->address));
	if (!s->conf.forwarded)
		return;
	copy_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, list, sizeof(list));
	last = strrchr(list, ',');
	last = last != NULL ? last + 1 : list;
	last += strspn(last, " ");
	if (last[0] != '\0')
		snprintf(req->address, sizeof(req->address), "%.*s", ADDRESS_MAX - 1, last);
}

void http_read_headers(struct server *s, struct lws *wsi, struct request *req)
{
	read_token(wsi, req);
	read_trace(wsi, req);
	read_address(s, wsi, req);
	copy_custom(wsi, "x-csrf-token:", req->csrf, sizeof(req->csrf));
	copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, req->if_none_match, sizeof(req->if_none_match));
}

/* No Origin at all: not a browser, or one that says so only across sites. */
bool http_origin_ok(struct lws *wsi)
{
	char origin[256] = "", host[256] = "";

	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0)
		return true;
	copy_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin));
	copy_header(wsi, WSI_TOKEN_HOST, host, sizeof(host));
	return origin_is_host(origin, host);
}

static bool read_args(struct lws *wsi, struct args *args)
{
	char fragment[ARGS_MAX_LEN];
	int len;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) >= ARGS_MAX_LEN)
		return false; /* a copy that does not fit would look like the end of the list */
	for (int i = 0; (len = lws_hdr_copy_fragment(wsi, fragment, sizeof(fragment), WSI_TOKEN_HTTP_URI_ARGS, i)) != -1; i++)
		if (len < 0 || !args_add(args, fragment, (size_t)len))
			return false;
	return true;
}

static bool read_method(struct lws *wsi, enum method *method)
{
	static const struct { int code; enum method method; } METHOD[] = {
		{ LWSHUMETH_GET, METHOD_GET }, { LWSHUMETH_HEAD, METHOD_HEAD }, { LWSHUMETH_POST, METHOD_POST },
		{ LWSHUMETH_PUT, METHOD_PUT }, { LWSHUMETH_DELETE, METHOD_DELETE },
	};
	char *uri;
	int len, code = lws_http_get_uri_and_method(wsi, &uri, &len);

	for (size_t i = 0; i < QL_LEN(METHOD); i++) {
		if (METHOD[i].code == code) {
			*method = METHOD[i].method;
			return true;
		}
	}
	return false;
}

/* --- answering --- */

static int respond(struct http_session *h, struct lws *wsi)
{
	h->stage = HTTP_HEAD;
	h->sent = 0;
	lws_callback_on_writable(wsi);
	return 0;
}

static int refuse(struct http_session *h, struct lws *wsi, enum problem_code code, const char *detail)
{
	problem(&h->job->res, code, detail, NULL);
	return respond(h, wsi);
}

static int submit(struct server *s, struct http_session *h, struct lws *wsi)
{
	struct path_params params;
	bool known;
	const struct route *route = route_find(h->job->req.method, h->job->req.path, &params, &known);

	h->stage = HTTP_WORKING;
	h->job->river = s->live.health;
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, WORK_SECONDS);
	if (pool_submit(s->pool, h->job, (route->needs & SIGNS_IN) != 0))
		return 0;
	ql_count(&stats.refused, 1);
	return refuse(h, wsi, PROBLEM_UNAVAILABLE, "too many requests wait already");
}

void http_answered(struct server *s, struct job *job)
{
	struct lws *wsi = job->owner;
	struct http_session *h;

	if (job->signed_out)
		live_sign_out(&s->live, job->req.token);
	if (wsi == NULL) {
		job_free(job);
		return;
	}
	h = lws_wsi_user(wsi);
	respond(h, wsi);
}

/* How much body is announced. Anything but one plain number is refused: another reader of the same bytes, a proxy, might
 * take it for another length. */
static bool read_length(struct lws *wsi, size_t *len)
{
	char text[24] = "";
	int size = lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH);

	*len = strtoul(text, NULL, 10);
	return size >= 0 && strspn(text, "0123456789") == strlen(text) && *len <= BODY_MAX;
}

static int begin_api(struct server *s, struct http_session *h, struct lws *wsi, const char *path)
{
	struct request *req = &h->job->req;
	struct path_params params;
	const struct route *route;
	bool known = false;
	size_t len;

	http_read_headers(s, wsi, req);
	snprintf(req->path, sizeof(req->path), "%s", path);
	route = route_find(req->method, path, &params, &known);
	h->close = !read_length(wsi, &len) || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
	if (h->close)
		return refuse(h, wsi, len > BODY_MAX ? PROBLEM_TOO_LARGE : PROBLEM_BAD_REQUEST, "a body has a Content-Length of at most 65536");
	h->close = route == NULL && len > 0;
	if (route == NULL)
		return refuse(h, wsi, known ? PROBLEM_METHOD : PROBLEM_NOT_FOUND, NULL);
	h->close = len > 0;
	if (req->method != METHOD_GET && req->method != METHOD_HEAD && !http_origin_ok(wsi))
		return refuse(h, wsi, PROBLEM_ORIGIN, NULL);
	if (!read_args(wsi, &req->args))
		return refuse(h, wsi, PROBLEM_BAD_REQUEST, "the arguments are too long or not printable UTF-8");
	h->close = false;
	if (len == 0)
		return submit(s, h, wsi);
	req->body = malloc(len);
	req->body_size = len;
	h->stage = HTTP_READING;
	return req->body != NULL ? 0 : -1;
}

static int begin_file(struct server *s, struct http_session *h, struct lws *wsi, const char *path)
{
	struct response *res = &h->job->res;
	char accepts[256] = "", tags[256] = "";

	h->file = web_find(s->web, path);
	if (strcmp(path, "/healthz") == 0 || (h->file == NULL && web_count(s->web) == 0)) {
		ql_buf_str(&res->body, strcmp(path, "/healthz") == 0 ? "ok\n" : NO_WEB);
		res->status = strcmp(path, "/healthz") == 0 ? 200 : 404;
		res->type = "text/plain; charset=utf-8";
		h->file = NULL;
		return respond(h, wsi);
	}
	if (h->file == NULL)
		return refuse(h, wsi, PROBLEM_NOT_FOUND, NULL);
	copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accepts, sizeof(accepts));
	copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags, sizeof(tags));
	h->coding = web_choose(h->file, accepts);
	snprintf(res->etag, sizeof(res->etag), "%s", h->file->as[h->coding].etag);
	res->cache = h->file->immutable ? "public, max-age=31536000, immutable" : "no-cache";
	res->type = h->file->type;
	res->status = etag_listed(tags, res->etag) ? 304 : 200;
	return respond(h, wsi);
}

static int http_begin(struct server *s, struct http_session *h, struct lws *wsi, const char *path)
{
	bool good;

	*h = (struct http_session){ .job = job_new(JOB_HTTP, wsi) };
	if (h->job == NULL)
		return -1;
	good = read_method(wsi, &h->job->req.method);
	h->head_only = good && h->job->req.method == METHOD_HEAD;
	if (!good) {
		h->close = true;
		return refuse(h, wsi, PROBLEM_METHOD, NULL);
	}
	if (strlen(path) >= PATH_MAX_LEN || !path_is_sane(path)) {
		h->close = true;
		return refuse(h, wsi, PROBLEM_BAD_REQUEST, "the path is too long or not printable UTF-8");
	}
	if (strncmp(path, "/api/", 5) == 0)
		return begin_api(s, h, wsi, path);
	if (h->job->req.method == METHOD_GET || h->head_only)
		return begin_file(s, h, wsi, path);
	h->close = true;
	return refuse(h, wsi, PROBLEM_METHOD, NULL);
}

static int http_body(struct http_session *h, const void *data, size_t len)
{
	struct request *req = h->job != NULL ? &h->job->req : NULL;

	if (h->stage != HTTP_READING)
		return 0; /* refused already; it is read only so that the answer arrives, see linger() */
	if (len > req->body_size - req->body_len)
		return -1;
	memcpy(req->body + req->body_len, data, len);
	req->body_len += len;
	return 0;
}

static int http_body_end(struct server *s, struct http_session *h, struct lws *wsi)
{
	if (h->stage == HTTP_LINGERING)
		return -1;
	return h->stage == HTTP_READING ? submit(s, h, wsi) : 0;
}

/* --- writing --- */

static size_t body_size(const struct http_session *h)
{
	const struct response *res = &h->job->res;

	if (res->status == 304 || res->status == 204)
		return 0;
	return h->file != NULL ? h->file->as[h->coding].size : res->body.len;
}

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value, (int)strlen(value), p, end);
}

static int add_headers(struct http_session *h, struct lws *wsi, unsigned char **p, unsigned char *end)
{
	const struct response *res = &h->job->res;
	const char *coding = h->file != NULL ? web_coding_name(h->coding) : NULL;
	char number[16];
	int bad = lws_add_http_header_status(wsi, (unsigned)res->status, p, end);

	snprintf(number, sizeof(number), "%d", res->retry_after);
	bad |= res->type != NULL ? add_header(wsi, "content-type:", res->type, p, end) : 0;
	bad |= lws_add_http_header_content_length(wsi, body_size(h), p, end);
	bad |= add_header(wsi, "cache-control:", res->cache != NULL ? res->cache : "no-store", p, end);
	bad |= res->etag[0] != '\0' ? add_header(wsi, "etag:", res->etag, p, end) : 0;
	bad |= h->file != NULL ? add_header(wsi, "vary:", "accept-encoding", p, end) : 0;
	bad |= coding != NULL && body_size(h) > 0 ? add_header(wsi, "content-encoding:", coding, p, end) : 0;
	bad |= res->cookie[0] != '\0' ? add_header(wsi, "set-cookie:", res->cookie, p, end) : 0;
	bad |= res->retry_after > 0 ? add_header(wsi, "retry-after:", number, p, end) : 0;
	bad |= h->close ? add_header(wsi, "connection:", "close", p, end) : 0;
	for (size_t i = 0; i < QL_LEN(SECURITY); i++)
		bad |= add_header(wsi, SECURITY[i].name, SECURITY[i].value, p, end);
	return bad;
}

/* Closing a socket with unread bytes in it makes the kernel reset the connection, and the answer may be lost on its way. So
 * only our side is closed, and what still comes is thrown away until the other side is done, for a bounded time. */
static int linger(struct http_session *h, struct lws *wsi)
{
	h->stage = HTTP_LINGERING;
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, LINGER_SECONDS);
	return shutdown(lws_get_socket_fd(wsi), SHUT_WR);
}

static int finish(struct http_session *h, struct lws *wsi)
{
	bool closing = h->close;

	job_free(h->job);
	*h = (struct http_session){0};
	if (closing)
		return linger(h, wsi);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int write_head(struct server *s, struct http_session *h, struct lws *wsi)
{
	unsigned char *start = s->scratch + LWS_PRE, *p = start, *end = start + HEAD_MAX;

	if (add_headers(h, wsi, &p, end) || lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	if (h->head_only || body_size(h) == 0)
		return finish(h, wsi);
	h->stage = HTTP_BODY;
	lws_callback_on_writable(wsi);
	return 0;
}

/* Into scratch; -1: the file is not what it was. */
static int read_chunk(struct server *s, const struct http_session *h, size_t len)
{
	unsigned char *to = s->scratch + LWS_PRE;

	if (h->file == NULL) {
		memcpy(to, h->job->res.body.data + h->sent, len);
		return 0;
	}
	return pread(h->file->as[h->coding].fd, to, len, (off_t)h->sent) == (ssize_t)len ? 0 : -1;
}

static int write_body(struct server *s, struct http_session *h, struct lws *wsi)
{
	size_t left = body_size(h) - h->sent, len = left < CHUNK ? left : CHUNK;
	bool last = len == left;

	if (read_chunk(s, h, len) != 0 ||
	    lws_write(wsi, s->scratch + LWS_PRE, len, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)len)
		return -1;
	h->sent += len;
	if (last)
		return finish(h, wsi);
	lws_callback_on_writable(wsi);
	return 0;
}

static int http_write(struct server *s, struct http_session *h, struct lws *wsi)
{
	if (h == NULL || (h->stage != HTTP_HEAD && h->stage != HTTP_BODY))
		return 0;
	return h->stage == HTTP_HEAD ? write_head(s, h, wsi) : write_body(s, h, wsi);
}

static int http_closed(struct http_session *h)
{
	if (h == NULL || h->job == NULL)
		return 0;
	if (h->stage == HTTP_WORKING)
		h->job->owner = NULL; /* a worker has it; the inbox frees it */
	else
		job_free(h->job);
	*h = (struct http_session){0};
	return 0;
}

/* --- upgrades --- */

/* Who may not come in is told so before the upgrade; whose session is not known is told after the hello. */
static int http_upgrade(struct server *s, struct lws *wsi, const char *to)
{
	char path[PATH_MAX_LEN] = "", protocols[128] = "", cookies[2048] = "", token[128];
	unsigned status = 0;

	if (strcmp(to, "websocket") != 0) /* h2c: fine for reading; libwebsockets loses the body that comes with the upgrade */
		return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 && lws_return_http_status(wsi, HTTP_STATUS_BAD_REQUEST, NULL) >= 0;
	copy_header(wsi, WSI_TOKEN_GET_URI, path, sizeof(path));
	copy_header(wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof(protocols));
	copy_header(wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof(cookies));
	if (strcmp(path, "/live") != 0)
		status = HTTP_STATUS_NOT_FOUND;
	else if (!http_origin_ok(wsi))
		status = HTTP_STATUS_FORBIDDEN;
	else if (strstr(protocols, PROTOCOL_LIVE) == NULL)
		status = HTTP_STATUS_BAD_REQUEST;
	else if (!cookie_get(cookies, "ql_session", token, sizeof(token)))
		status = HTTP_STATUS_UNAUTHORIZED;
	else if (live_count(&s->live) >= s->conf.sockets)
		status = HTTP_STATUS_SERVICE_UNAVAILABLE;
	if (status == 0)
		return 0;
	return lws_return_http_status(wsi, status, NULL) < 0 ? -1 : 1;
}

static void drain(struct server *s)
{
	static void (*const ANSWERED[])(struct server *s, struct job *job) = {
		[JOB_HTTP] = http_answered, [JOB_HELLO] = live_entered, [JOB_CHECK] = live_checked, [JOB_SNAPSHOT] = live_snapshot, [JOB_COUNTERS] = live_counters,
	};
	struct job *job, *next_job;
	struct batch *batch, *next_batch;

	inbox_take(&s->inbox, &job, &batch);
	for (; batch != NULL; batch = next_batch) {
		next_batch = batch->next;
		live_batch(s, batch);
	}
	for (; job != NULL; job = next_job) {
		next_job = job->next;
		ANSWERED[job->kind](s, job);
	}
}

int http_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
	struct server *s = server_of(wsi);
	struct http_session *h = user;

	switch (why) {
	case LWS_CALLBACK_HTTP:                       return http_begin(s, h, wsi, in);
	case LWS_CALLBACK_HTTP_BODY:                  return http_body(h, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:       return http_body_end(s, h, wsi);
	case LWS_CALLBACK_HTTP_WRITEABLE:             return http_write(s, h, wsi);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:       return http_upgrade(s, wsi, in);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return -1; /* a WebSocket without our subprotocol */
	case LWS_CALLBACK_CLOSED_HTTP:                return http_closed(h);
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:       drain(s); return 0;
	default:                                      return 0;
	}
}
