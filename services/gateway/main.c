/* gateway: HTTP and WebSocket for people; commands go down through casebook, events come up from the broker. */
#include <curl/curl.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "api.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "print.h"
#include "server.h"
#include "stats.h"

struct gateway_conf { struct server_conf server; const char *surface, *health_address; int health_port; };

#define T struct gateway_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, server.pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string; role ql_gateway, on the public surface ql_gateway_public"),
	QL_TEXT(T, server.brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_TEXT(T, server.address, "gateway.address", "127.0.0.1", "address to listen at"),
	QL_INT(T, server.port, "gateway.port", "8080", 1, 65535, "port to listen at"),
	QL_TEXT(T, surface, "gateway.surface", "both", "who signs in here: public (enterprises), internal (everybody else) or both"),
	QL_TEXT(T, server.web, "gateway.web", "web/dist", "folder of the built web page"),
	QL_TEXT(T, server.files, "gateway.files", "files", "folder of attachments; shared by all gateways, and to be backed up with the database"),
	QL_INT(T, server.upload_quota_mb, "gateway.upload-quota-mb", "500", 1, 1000000, "megabytes that one user may attach within 24 hours"),
	QL_INT(T, server.workers, "gateway.workers", "4", 1, WORKERS_MAX, "threads that work on requests, each with a database connection"),
	QL_INT(T, server.sockets, "gateway.sockets", "10000", 1, 100000, "most live clients at once"),
	QL_INT(T, server.session_hours, "gateway.session-hours", "12", 1, 720, "how long a sign-in lasts"),
	QL_INT(T, server.canary, "gateway.canary", "5", 0, 3600, "seconds between two canaries through the whole river; 0: none"),
	QL_INT(T, server.replay_events, "gateway.replay-events", "20000", 4096, 1000000, "events kept for clients that lag or come back"),
	QL_INT(T, server.replay_mb, "gateway.replay-mb", "6", 1, 1024, "megabytes of them at most"),
	QL_BOOL(T, server.secure, "gateway.secure", "false", "cookies only over TLS: set it behind a TLS proxy"),
	QL_BOOL(T, server.forwarded, "gateway.forwarded", "false", "a trusted proxy writes X-Forwarded-For"),
	QL_BOOL(T, server.hooks_inside, "webhook.inside", "false", "webhooks may use http and lead into our own network: for trying only"),
	QL_TEXT(T, server.oidc.issuer, "oidc.issuer", "", "OpenID provider, its issuer's address; empty: none"),
	QL_TEXT(T, server.oidc.client_id, "oidc.client-id", "", "what the provider knows this gateway as"),
	QL_SECRET(T, server.oidc.client_secret, "oidc.client-secret", "", "its secret there; empty: a public client"),
	QL_TEXT(T, server.oidc.redirect, "oidc.redirect", "", "this gateway's /api/v1/oidc/callback, as the provider is to send browsers back"),
	QL_TEXT(T, server.oidc.name, "oidc.name", "SSO", "what the button on the sign-in page says"),
	QL_TEXT(T, health_address, "health.address", "127.0.0.1", "address of the health port"),
	QL_INT(T, health_port, "health.port", "0", 0, 65535, "port of /metrics, /healthz, /readyz; 0: none"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "gateway", "Serves the web page, the API and the live stream.", OPTIONS };

static enum ql_rc read_surface(struct gateway_conf *conf, struct ql_err *err)
{
	static const char *const NAMES[] = { [SURFACE_BOTH] = "both", [SURFACE_PUBLIC] = "public", [SURFACE_INTERNAL] = "internal" };

	for (size_t i = 0; i < QL_LEN(NAMES); i++)
		if (strcmp(NAMES[i], conf->surface) == 0) {
			conf->server.surface = (enum surface)i;
			return QL_OK;
		}
	return ql_fail(err, QL_FATAL, "gateway.surface is public, internal or both");
}

/* Few threads that each hold little: one heap for all gives memory back, where one each would keep it. */
static void tune_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 512 << 10);
}

static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Stop signals must come to the loop, which sleeps in poll(2): threads started meanwhile have them blocked. */
static enum ql_rc open_unsignalled(struct server **s, const struct gateway_conf *conf, struct ql_err *err)
{
	sigset_t all, before;
	enum ql_rc rc;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = ql_health_open(conf->health_address, conf->health_port, err);
	if (rc == QL_OK)
		rc = server_open(s, &conf->server, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int main(int argc, char **argv)
{
	struct gateway_conf conf = {0};
	struct ql_err err = {0};
	struct server *s = NULL;

	if (argc == 2 && strcmp(argv[1], "--routes") == 0)
		return api_describe(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
	tune_memory();
	ql_log_open("gateway");
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) || read_surface(&conf, &err) || ql_stop_on_signals(&err))
		return ql_die(&err);
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	raise_limit();
	stats_register();
	ql_ready("broker", "not connected yet");
	if (open_unsignalled(&s, &conf, &err) != QL_OK) {
		server_close(s);
		return ql_die(&err);
	}
	while (!ql_stopping())
		server_serve(s);
	server_close(s);
	print_end();
	ql_health_close();
	ql_log(QL_INFO, "stopped", NULL);
	return EXIT_SUCCESS;
}
