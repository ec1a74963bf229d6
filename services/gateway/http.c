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
#define STALL_SECONDS 30 /* longest wait for a reader to take the next piece */
#define FRAME_BYTES   32 /* around a piece of a chunked answer */
#define UPLOADS_MAX   32 /* files coming in at once */
#define UPLOAD_GRACE  (10 * QL_SECOND) /* before a sender's pace is looked at, */
#define UPLOAD_RATE   (16 << 10)       /* which then is at least that many bytes a second */
#define HEAD_MAX     4096
#define MAPPED       "::ffff:" /* an IPv4 address on a socket for both */

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

/* ... but around what people have sent nothing may run or be loaded at all. */
static const char SANDBOX[] = "default-src 'none'; sandbox";

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
	cookie_get(header, "ql_oidc", req->attempt, sizeof(req->attempt));
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
	if (strncmp(req->address, MAPPED, strlen(MAPPED)) == 0)
		memmove(req->address, req->address + strlen(MAPPED), strlen(req->address) - strlen(MAPPED) + 1);
	if (!s->conf.forwarded)
		return;
	copy_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, list, sizeof(list));
	last = strrchr(list, ',');
	last = last != NULL ? last + 1 : list;
	last += strspn(last, " ");
	if (last[0] != '\0')
		snprintf(req->address, sizeof(req->address), "%.*s", ADDRESS_MAX - 1, last);
}

/* Shown to people: nothing but plain text of it is kept. */
static void read_device(struct lws *wsi, struct request *req)
{
	char agent[1024] = "";

	copy_header(wsi, WSI_TOKEN_HTTP_USER_AGENT, agent, sizeof(agent));
	snprintf(req->device, sizeof(req->device), "%.*s", DEVICE_MAX - 1, agent);
	for (char *p = req->device; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

void http_read_headers(struct server *s, struct lws *wsi, struct request *req)
{
	read_token(wsi, req);
	read_trace(wsi, req);
	read_address(s, wsi, req);
	read_device(wsi, req);
	copy_custom(wsi, "x-csrf-token:", req->csrf, sizeof(req->csrf));
	copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, req->if_none_match, sizeof(req->if_none_match));
	copy_header(wsi, WSI_TOKEN_HTTP_IF_MATCH, req->if_match, sizeof(req->if_match));
	copy_header(wsi, WSI_TOKEN_HTTP_IF_RANGE, req->if_range, sizeof(req->if_range));
	copy_header(wsi, WSI_TOKEN_HTTP_RANGE, req->range, sizeof(req->range));
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
		{ LWSHUMETH_GET, METHOD_GET }, { LWSHUMETH_HEAD, METHOD_HEAD }, { LWSHUMETH_POST, METHOD_POST }, { LWSHUMETH_DELETE, METHOD_DELETE },
		{ LWSHUMETH_PUT, METHOD_PUT }, { LWSHUMETH_PATCH, METHOD_PATCH }, { LWSHUMETH_OPTIONS, METHOD_OPTIONS },
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
	h->stage = h->headed ? HTTP_BODY : HTTP_HEAD;
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

/* libwebsockets does not look at a connection while an answer is made for it. */
static bool is_gone(struct lws *wsi)
{
	char byte;

	return recv(lws_get_socket_fd(wsi), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Another run of the same job, when it has nothing to send yet and somebody still waits for it. */
static void go_on(struct server *s, struct http_session *h, struct lws *wsi)
{
	if (!is_gone(wsi)) {
		submit(s, h, wsi);
		return;
	}
	job_free(h->job);
	*h = (struct http_session){0};
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void http_answered(struct server *s, struct job *job)
{
	struct lws *wsi = job->owner;
	struct http_session *h;

	if (job->signed_out)
		live_sign_out(&s->live, job->req.token);
	for (int i = 0; i < job->n_ended; i++)
		live_sign_out(&s->live, job->ended[i]);
	if (wsi == NULL) {
		job_free(job);
		return;
	}
	h = lws_wsi_user(wsi);
	if (job->res.more && job->res.status == 200 && job->res.body.len == 0)
		go_on(s, h, wsi);
	else
		respond(h, wsi);
}

/* How much body is announced. Anything but one plain number is refused: another reader of the same bytes, a proxy, might
 * take it for another length. */
static bool read_length(struct lws *wsi, size_t most, size_t *len)
{
	char text[24] = "";
	int size = lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH);

	*len = strtoul(text, NULL, 10);
	return size >= 0 && strspn(text, "0123456789") == strlen(text) && *len <= most;
}

/* As it is, or between quotes. Anything but 1 to 70 printable characters of ASCII is refused rather than cut. */
static bool read_key(struct lws *wsi, struct request *req)
{
	static const char NAME[] = "idempotency-key:";
	const int len = lws_hdr_custom_length(wsi, NAME, sizeof(NAME) - 1);
	size_t quotes;

	if (len < 0)
		return true;
	if (len > KEY_GIVEN)
		return false;
	copy_custom(wsi, NAME, req->key, sizeof(req->key));
	quotes = len >= 2 && req->key[0] == '"' && req->key[len - 1] == '"';
	for (const char *at = req->key; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	memmove(req->key, req->key + quotes, strlen(req->key) + 1 - quotes);
	if (quotes)
		req->key[len - 2] = '\0';
	return req->key[0] != '\0';
}

/* What the path can be asked: the answer to OPTIONS, and to a method that it does not have. */
static int tell_methods(struct http_session *h, struct lws *wsi)
{
	const struct request *req = &h->job->req;
	struct response *res = &h->job->res;
	bool known = route_methods(req->path, res->allow, sizeof(res->allow));

	if (!known)
		res->allow[0] = '\0';
	if (!known || req->method != METHOD_OPTIONS)
		return refuse(h, wsi, known ? PROBLEM_METHOD : PROBLEM_NOT_FOUND, NULL);
	res->status = 204;
	return respond(h, wsi);
}

/* What the request says of itself that can't be right, whoever sends it. PROBLEMS: nothing. */
static enum problem_code fault_of(struct lws *wsi, const struct route *route, struct request *req, size_t len, const char **detail)
{
	char type[128] = "", accept[512] = "";

	copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, type, sizeof(type));
	copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT, accept, sizeof(accept));
	*detail = NULL;
	if (!request_reads(req) && !http_origin_ok(wsi))
		return PROBLEM_ORIGIN;
	*detail = "the arguments are too long or not printable UTF-8";
	if (!read_args(wsi, &req->args))
		return PROBLEM_BAD_REQUEST;
	*detail = "If-Match is longer than any list of this interface's entity tags";
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_IF_MATCH) >= (int)sizeof(req->if_match))
		return PROBLEM_BAD_REQUEST;
	*detail = "Idempotency-Key is 1 to 70 printable characters";
	if (!read_key(wsi, req))
		return PROBLEM_BAD_REQUEST;
	*detail = "application/json";
	if ((route->needs & WITH_BODY) && len > 0 && type[0] != '\0' && !is_type(type, "application/json"))
		return PROBLEM_MEDIA_TYPE;
	return (route->needs & OWN_TYPE) || accepts_type(accept, "application/json") ? PROBLEMS : PROBLEM_NOT_ACCEPTABLE;
}

/* What costs disk is asked for by somebody who at least looks signed in; a worker finds out before it is kept. */
static int begin_upload(struct server *s, struct http_session *h, struct lws *wsi, size_t len)
{
	struct request *req = &h->job->req;

	if (!req->has_token)
		return refuse(h, wsi, PROBLEM_UNAUTHENTICATED, NULL);
	if (len == 0)
		return refuse(h, wsi, PROBLEM_BAD_REQUEST, "the file is empty");
	if (s->uploads >= UPLOADS_MAX)
		return refuse(h, wsi, PROBLEM_UNAVAILABLE, "too many files come in already");
	h->job->upload = upload_new(s->conf.files);
	if (h->job->upload == NULL)
		return refuse(h, wsi, PROBLEM_UNAVAILABLE, "there is no room for the file");
	s->uploads++;
	h->uploading = true;
	h->close = false;
	req->body_size = len;
	h->stage = HTTP_READING;
	return 0;
}

/* Who sends so slowly that it can't be meant is not waited for. */
static bool is_too_slow(const struct job *job)
{
	const ql_time taken = ql_monotonic() - job->since;

	return taken > UPLOAD_GRACE && (ql_time)job->upload->size * QL_SECOND < UPLOAD_RATE * taken;
}

static int begin_api(struct server *s, struct http_session *h, struct lws *wsi, const char *path)
{
	struct request *req = &h->job->req;
	struct path_params params;
	const struct route *route;
	enum problem_code fault;
	const char *detail;
	bool known = false;
	size_t len, most;

	http_read_headers(s, wsi, req);
	snprintf(req->path, sizeof(req->path), "%s", path);
	route = route_find(req->method, path, &params, &known);
	most = route != NULL && (route->needs & FILE_BODY) ? UPLOAD_MAX : BODY_MAX;
	h->close = !read_length(wsi, most, &len) || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
	if (h->close)
		return refuse(h, wsi, len > most ? PROBLEM_TOO_LARGE : PROBLEM_BAD_REQUEST, most == BODY_MAX ? "a body has a Content-Length of at most 65536" : "a file has a Content-Length of at most 20971520");
	h->close = len > 0;
	if (route == NULL)
		return tell_methods(h, wsi);
	fault = fault_of(wsi, route, req, len, &detail);
	if (fault != PROBLEMS)
		return refuse(h, wsi, fault, detail);
	if (route->needs & FILE_BODY)
		return begin_upload(s, h, wsi, len);
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
	snprintf(h->job->res.allow, sizeof(h->job->res.allow), "GET, HEAD");
	return refuse(h, wsi, PROBLEM_METHOD, NULL);
}

static int http_body(struct http_session *h, const void *data, size_t len)
{
	struct request *req = h->job != NULL ? &h->job->req : NULL;

	if (h->stage != HTTP_READING)
		return 0; /* refused already; it is read only so that the answer arrives, see linger() */
	if (h->job->upload != NULL)
		return is_too_slow(h->job) || len > req->body_size - h->job->upload->size || !upload_add(h->job->upload, data, len) ? -1 : 0;
	if (len > req->body_size - req->body_len)
		return -1;
	memcpy(req->body + req->body_len, data, len);
	req->body_len += len;
	return 0;
}

/* The file came whole, or never will. */
static void end_upload(struct server *s, struct http_session *h)
{
	s->uploads -= h->uploading;
	h->uploading = false;
}

static int http_body_end(struct server *s, struct http_session *h, struct lws *wsi)
{
	end_upload(s, h);
	if (h->stage == HTTP_LINGERING)
		return -1;
	return h->stage == HTTP_READING ? submit(s, h, wsi) : 0;
}

/* --- writing --- */

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value, (int)strlen(value), p, end);
}

static size_t body_size(const struct http_session *h)
{
	const struct response *res = &h->job->res;

	if (res->status == 304 || res->status == 204)
		return 0;
	if (res->fd > 0)
		return res->size;
	return h->file != NULL ? h->file->as[h->coding].size : res->body.len;
}

/* An answer in parts has no length beforehand: HTTP/1.1 says that of each part, HTTP/2 has frames, HTTP/1.0 the end of the
 * connection. */
static int add_length(struct http_session *h, struct lws *wsi, unsigned char **p, unsigned char *end)
{
	char version[16] = "";

	if (!h->job->res.more)
		return lws_add_http_header_content_length(wsi, body_size(h), p, end);
	copy_header(wsi, WSI_TOKEN_HTTP, version, sizeof(version));
	h->headed = true;
	h->chunked = strcmp(version, "HTTP/1.1") == 0;
	h->close = h->close || (!h->chunked && lws_get_network_wsi(wsi) == wsi);
	return h->chunked ? add_header(wsi, "transfer-encoding:", "chunked", p, end) : 0;
}

static int add_headers(struct http_session *h, struct lws *wsi, unsigned char **p, unsigned char *end)
{
	const struct response *res = &h->job->res;
	const char *coding = h->file != NULL ? web_coding_name(h->coding) : NULL;
	char number[16];
	int bad = lws_add_http_header_status(wsi, (unsigned)res->status, p, end);

	snprintf(number, sizeof(number), "%d", res->retry_after);
	bad |= res->type != NULL ? add_header(wsi, "content-type:", res->type, p, end) : 0;
	bad |= add_length(h, wsi, p, end);
	bad |= res->disposition[0] != '\0' && res->status < 400 ? add_header(wsi, "content-disposition:", res->disposition, p, end) : 0;
	bad |= add_header(wsi, "cache-control:", res->cache != NULL ? res->cache : "no-store", p, end);
	bad |= res->allow[0] != '\0' ? add_header(wsi, "allow:", res->allow, p, end) : 0;
	bad |= res->etag[0] != '\0' ? add_header(wsi, "etag:", res->etag, p, end) : 0;
	bad |= h->file != NULL ? add_header(wsi, "vary:", "accept-encoding", p, end) : 0;
	bad |= coding != NULL && body_size(h) > 0 ? add_header(wsi, "content-encoding:", coding, p, end) : 0;
	bad |= res->cookie[0] != '\0' ? add_header(wsi, "set-cookie:", res->cookie, p, end) : 0;
	bad |= res->location[0] != '\0' ? add_header(wsi, "location:", res->location, p, end) : 0;
	bad |= res->retry_after > 0 ? add_header(wsi, "retry-after:", number, p, end) : 0;
	bad |= res->replayed ? add_header(wsi, "idempotency-replayed:", "true", p, end) : 0;
	bad |= h->close ? add_header(wsi, "connection:", "close", p, end) : 0;
	bad |= res->range[0] != '\0' ? add_header(wsi, "content-range:", res->range, p, end) : 0;
	bad |= res->fd > 0 ? add_header(wsi, "accept-ranges:", "bytes", p, end) : 0;
	for (size_t i = 0; i < QL_LEN(SECURITY); i++)
		bad |= add_header(wsi, SECURITY[i].name, i == 0 && res->fd > 0 ? SANDBOX : SECURITY[i].value, p, end);
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

	if (closing && lws_partial_buffered(wsi)) { /* what libwebsockets still holds would be lost with our side */
		h->stage = HTTP_FLUSHING;
		lws_callback_on_writable(wsi);
		return 0;
	}
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
	if (h->head_only || (body_size(h) == 0 && !h->headed))
		return finish(h, wsi);
	h->stage = HTTP_BODY;
	lws_callback_on_writable(wsi);
	return 0;
}

/* Into scratch; -1: the file is not what it was. */
static int read_chunk(struct server *s, const struct http_session *h, size_t len)
{
	unsigned char *to = s->scratch + LWS_PRE;

	if (h->job->res.fd > 0)
		return pread(h->job->res.fd, to, len, (off_t)(h->job->res.from + h->sent)) == (ssize_t)len ? 0 : -1;
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
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_SECONDS);
	if (last)
		return finish(h, wsi);
	lws_callback_on_writable(wsi);
	return 0;
}

/* One piece of a part, with its length around it when it is chunked; behind the last part the end. */
static int frame_piece(struct server *s, const struct http_session *h, size_t len, bool end)
{
	char *to = (char *)s->scratch + LWS_PRE;
	int n = 0;

	if (h->chunked && len > 0)
		n += sprintf(to, "%zx\r\n", len);
	memcpy(to + n, h->job->res.body.data + h->sent, len);
	n += (int)len;
	if (h->chunked && len > 0)
		n += sprintf(to + n, "\r\n");
	if (h->chunked && end)
		n += sprintf(to + n, "0\r\n\r\n");
	return n;
}

/* What can't be gone on with is cut off: it must never pass for whole. */
static int write_part(struct server *s, struct http_session *h, struct lws *wsi)
{
	const struct response *res = &h->job->res;
	size_t left = res->body.len - h->sent, room = CHUNK - FRAME_BYTES, len = left < room ? left : room;
	bool end = len == left && !res->more;
	int n;

	if (res->status != 200)
		return -1;
	n = frame_piece(s, h, len, end);
	if (lws_write(wsi, s->scratch + LWS_PRE, (size_t)n, end ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < n)
		return -1;
	h->sent += len;
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_SECONDS);
	if (end)
		return finish(h, wsi);
	if (len == left)
		return submit(s, h, wsi);
	lws_callback_on_writable(wsi);
	return 0;
}

static int http_write(struct server *s, struct http_session *h, struct lws *wsi)
{
	if (h == NULL || (h->stage != HTTP_HEAD && h->stage != HTTP_BODY && h->stage != HTTP_FLUSHING))
		return 0;
	if (h->stage == HTTP_FLUSHING)
		return finish(h, wsi);
	if (h->stage == HTTP_HEAD)
		return write_head(s, h, wsi);
	return h->headed ? write_part(s, h, wsi) : write_body(s, h, wsi);
}

static int http_closed(struct server *s, struct http_session *h)
{
	if (h == NULL || h->job == NULL)
		return 0;
	end_upload(s, h);
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
	case LWS_CALLBACK_CLOSED_HTTP:                return http_closed(s, h);
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:       drain(s); return 0;
	default:                                      return 0;
	}
}
