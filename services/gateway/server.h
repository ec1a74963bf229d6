/* server.h -- what the loop thread owns: the libwebsockets context and everything that hangs on it.
 *
 * One thread runs lws_service(); the workers and the river thread reach it through the inbox only.
 */
#ifndef QL_GATEWAY_SERVER_H
#define QL_GATEWAY_SERVER_H

#include <libwebsockets.h>
#include "live.h"
#include "pool.h"
#include "river.h"
#include "web.h"

#define CHUNK ((size_t)16 << 10) /* of one write; what is longer goes out in several */
#define PROTOCOL_LIVE "qingling.v1"

struct server_conf {
	const char *address, *web, *files, *pg_dsn, *brokers;
	enum surface surface;
	struct oidc_conf oidc;
	int upload_quota_mb, port, workers, sockets, session_hours, canary, replay_events, replay_mb;
	bool secure, forwarded, hooks_inside;
};

struct server {
	struct server_conf conf;
	struct lws_context *lws;
	struct inbox inbox;
	struct pool *pool;
	struct river *river;
	struct web *web;
	struct live live;
	lws_sorted_usec_list_t tick;
	int uploads;    /* files coming in */
	unsigned ticks; /* seconds since the start */
	unsigned char scratch[LWS_PRE + CHUNK]; /* of the write in hand */
};

QL_MUSTCHECK enum ql_rc server_open(struct server **s, const struct server_conf *conf, struct ql_err *err);
void server_serve(struct server *s); /* one turn of the loop: waits for something to do and does it */
void server_close(struct server *s); /* tells live clients to come back, then ends everything */

static inline struct server *server_of(struct lws *wsi) { return lws_context_user(lws_get_context(wsi)); }

/* http.c: protocol 0 */
struct http_session {
	struct job *job;        /* in the making, in flight, or answered */
	const struct web_file *file;
	enum web_coding coding;
	enum { HTTP_IDLE, HTTP_READING, HTTP_WORKING, HTTP_HEAD, HTTP_BODY, HTTP_FLUSHING, HTTP_LINGERING } stage;
	size_t sent;
	bool head_only, close; /* close: the request was not read to its end, or only the end of the connection can tell that of the answer */
	bool uploading;        /* counted in server.uploads */
	bool headed, chunked;  /* of an answer in parts: its head is out; each part says its length */
};
int http_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len);
void http_answered(struct server *s, struct job *job); /* takes the job back */

/* What a request says of itself, from its headers; used for upgrades too. */
void http_read_headers(struct server *s, struct lws *wsi, struct request *req);
bool http_origin_ok(struct lws *wsi);

#endif
