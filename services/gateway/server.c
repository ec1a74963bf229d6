/* server.c -- the context of libwebsockets, and the order in which everything begins and ends. */
#include "server.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "stats.h"

#define SPARE_FDS        256  /* beside the live clients: HTTP connections, files, database, broker */
#define HEADERS_MAX      8192 /* bytes of a request's headers */
#define HEADERS_AT_ONCE  128  /* requests whose headers are being read */
#define IDLE_SECONDS     30   /* of a kept connection */
#define READ_SECONDS     15   /* to send a request */
#define TRIM_SECONDS     60
#define GOODBYE          (QL_SECOND)

static const struct lws_protocols PROTOCOLS[] = {
	{ "http", http_callback, sizeof(struct http_session), 0, 0, NULL, 0 },
	{ PROTOCOL_LIVE, live_callback, sizeof(struct live_client), 512, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

/* Any thread: the one call of libwebsockets that may be made from anywhere. */
static void wake(void *ctx)
{
	struct server *s = ctx;

	lws_cancel_service(s->lws);
}

static void tick(lws_sorted_usec_list_t *sul)
{
	struct server *s = lws_container_of(sul, struct server, tick);

	live_tick(s);
	if (++s->ticks % TRIM_SECONDS == 0)
		malloc_trim(0); /* what a storm of clients took is given back */
	lws_sul_schedule(s->lws, 0, &s->tick, tick, LWS_US_PER_SEC);
}

static void log_line(int level, const char *line)
{
	ql_log(level == LLL_ERR ? QL_ERROR : QL_WARN, "libwebsockets", "msg=\"%.*s\"", (int)strcspn(line, "\n\""), line);
}

static enum ql_rc listen_at(struct server *s, struct ql_err *err)
{
	struct lws_context_creation_info info = {
		.port = s->conf.port, .iface = s->conf.address, .protocols = PROTOCOLS, .user = s, .gid = (gid_t)-1, .uid = (uid_t)-1,
		.server_string = "qingling", .keepalive_timeout = IDLE_SECONDS, .timeout_secs = READ_SECONDS,
		.max_http_header_data2 = HEADERS_MAX, .max_http_header_pool2 = HEADERS_AT_ONCE,
		.fd_limit_per_thread = (unsigned)(s->conf.sockets + SPARE_FDS),
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8,
	};

	lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
	s->lws = lws_create_context(&info);
	return s->lws != NULL ? QL_OK : ql_fail(err, QL_FATAL, "cannot listen at %s port %d: is it in use?", s->conf.address, s->conf.port);
}

static enum ql_rc start_threads(struct server *s, struct ql_err *err)
{
	const struct pool_conf pool = { .pg_dsn = s->conf.pg_dsn, .workers = s->conf.workers, .session_hours = s->conf.session_hours,
	                                .surface = s->conf.surface, .files = s->conf.files, .upload_quota_mb = s->conf.upload_quota_mb,
	                                .secure = s->conf.secure, .hooks_inside = s->conf.hooks_inside, .oidc = s->conf.oidc, .inbox = &s->inbox };
	const struct river_conf river = { .pg_dsn = s->conf.pg_dsn, .brokers = s->conf.brokers, .canary = s->conf.canary,
	                                  .outside = s->conf.surface == SURFACE_PUBLIC, .inbox = &s->inbox };
	enum ql_rc rc = pool_open(&s->pool, &pool, err);

	return rc == QL_OK ? river_open(&s->river, &river, err) : rc;
}

enum ql_rc server_open(struct server **out, const struct server_conf *conf, struct ql_err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	enum ql_rc rc;

	*out = s;
	if (s == NULL)
		return ql_fail(err, QL_FATAL, "out of memory");
	s->conf = *conf;
	inbox_open(&s->inbox, wake, s);
	if (!live_open(&s->live, (size_t)conf->replay_events, (size_t)conf->replay_mb << 20))
		return ql_fail(err, QL_FATAL, "no memory for %d events", conf->replay_events);
	rc = web_open(&s->web, conf->web, err);
	if (rc == QL_OK)
		rc = files_open(conf->files, err);
	if (rc == QL_OK)
		rc = listen_at(s, err);
	if (rc == QL_OK)
		rc = start_threads(s, err);
	if (rc != QL_OK)
		return rc;
	lws_sul_schedule(s->lws, 0, &s->tick, tick, LWS_US_PER_SEC);
	ql_log(QL_INFO, "ready", "address=%s port=%d web_files=%zu", conf->address, conf->port, web_count(s->web));
	return QL_OK;
}

void server_serve(struct server *s)
{
	lws_service(s->lws, 0);
}

void server_close(struct server *s)
{
	ql_time until = ql_monotonic() + GOODBYE;

	if (s == NULL)
		return;
	ql_stop();
	inbox_close(&s->inbox);
	if (s->lws != NULL) {
		live_goodbye(s);
		while (s->live.count > 0 && ql_monotonic() < until)
			lws_service(s->lws, 0);
	}
	pool_close(s->pool);
	river_close(s->river);
	if (s->lws != NULL)
		lws_context_destroy(s->lws);
	inbox_free(&s->inbox);
	web_close(s->web);
	live_close(&s->live);
	free(s);
}
