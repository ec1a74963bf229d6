/* test_metrics.c -- the registry, and the health port as a real client sees it. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/metrics.h"

static struct ql_metric opened = { .name = "ql_opened_total", .help = "Opened.", .labels = "topic=\"a\"", .kind = QL_COUNTER };
static struct ql_metric lag = { .name = "ql_lag", .help = "Behind.", .kind = QL_GAUGE };
static struct ql_metric opened_b = { .name = "ql_opened_total", .help = "Opened.", .labels = "topic=\"b\"", .kind = QL_COUNTER };
static struct ql_metric took = { .name = "ql_took_seconds", .help = "Took.", .kind = QL_HISTOGRAM };

static int port;

static int connect_to_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static const char *read_all(int fd)
{
	static char page[1 << 16];
	size_t len = 0;
	ssize_t n;

	while (len + 1 < sizeof(page) && (n = recv(fd, page + len, sizeof(page) - 1 - len, 0)) > 0)
		len += (size_t)n;
	page[len] = '\0';
	close(fd);
	return page;
}

static const char *ask(const char *request)
{
	int fd = connect_to_port();

	send(fd, request, strlen(request), MSG_NOSIGNAL);
	return read_all(fd);
}

static void assert_begins(const char *page, const char *with)
{
	if (strncmp(page, with, strlen(with)) != 0)
		fail_msg("expected \"%s\", got \"%.80s\"", with, page);
}

static void assert_contains(const char *page, const char *part)
{
	if (strstr(page, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, page);
}

static void says_it_lives(void **state)
{
	(void)state;
	assert_begins(ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
}

static void says_what_is_not_ready(void **state)
{
	const char *page;

	(void)state;
	assert_begins(ask("GET /readyz HTTP/1.1\r\n\r\n"), "HTTP/1.1 503 ");
	ql_ready("database", "cannot be reached; check pg.dsn");
	ql_ready("broker", "no partition assigned; wait");
	page = ask("GET /readyz HTTP/1.1\r\n\r\n");
	assert_begins(page, "HTTP/1.1 503 Service Unavailable\r\n");
	assert_contains(page, "\r\n\r\ndatabase: cannot be reached; check pg.dsn\nbroker: no partition assigned; wait\n");
	ql_ready("database", NULL);
	page = ask("GET /readyz HTTP/1.1\r\n\r\n");
	assert_contains(page, "\r\n\r\nbroker: no partition assigned; wait\n");
	ql_ready("broker", NULL);
	page = ask("GET /readyz HTTP/1.1\r\n\r\n");
	assert_begins(page, "HTTP/1.1 200 OK\r\n");
	assert_contains(page, "\r\n\r\nready\n");
}

static void prints_families_together(void **state)
{
	const char *page;

	(void)state;
	ql_count(&opened, 3);
	ql_count(&opened_b, 4);
	ql_gauge(&lag, -1);
	page = ask("GET /metrics HTTP/1.1\r\n\r\n");
	assert_contains(page, "Content-Type: text/plain; version=0.0.4");
	assert_contains(page, "# HELP ql_opened_total Opened.\n# TYPE ql_opened_total counter\nql_opened_total{topic=\"a\"} 3\nql_opened_total{topic=\"b\"} 4\n"
	                      "# HELP ql_lag Behind.\n# TYPE ql_lag gauge\nql_lag -1\n");
	assert_contains(page, "\nprocess_resident_memory_bytes ");
	assert_contains(page, "\nprocess_cpu_seconds_total ");
}

static void sorts_into_buckets(void **state)
{
	const char *page;

	(void)state;
	ql_observe(&took, 0);
	ql_observe(&took, 100);       /* a bound belongs to its bucket */
	ql_observe(&took, 101);
	ql_observe(&took, 1638400);   /* the last bound */
	ql_observe(&took, 1638401);
	ql_observe(&took, INT64_C(3600000000));
	page = ask("GET /metrics HTTP/1.1\r\n\r\n");
	assert_contains(page, "# TYPE ql_took_seconds histogram\nql_took_seconds_bucket{le=\"0.0001\"} 2\nql_took_seconds_bucket{le=\"0.0002\"} 3\n");
	assert_contains(page, "ql_took_seconds_bucket{le=\"0.8192\"} 3\nql_took_seconds_bucket{le=\"1.6384\"} 4\nql_took_seconds_bucket{le=\"+Inf\"} 6\n"
	                      "ql_took_seconds_sum 3603.277002\nql_took_seconds_count 6\n");
}

static const struct request { const char *name, *text, *status; } REQUESTS[] = {
	{ "unknown page", "GET /nope HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n" },
	{ "query is ignored", "GET /healthz?x=1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" },
	{ "another method", "POST /healthz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n" },
	{ "no path", "GET \r\n\r\n", "HTTP/1.1 404 Not Found\r\n" },
	{ "not HTTP", "\x16\x03\x01\r\n\r\n", "HTTP/1.1 405 " },
	{ "bare newlines", "GET /healthz\n\n", "HTTP/1.1 200 OK\r\n" },
};

static void answers(void **state)
{
	const struct request *r = *state;

	assert_begins(ask(r->text), r->status);
}

static void gives_only_the_head_to_head(void **state)
{
	const char *page = ask("HEAD /metrics HTTP/1.1\r\n\r\n");

	(void)state;
	assert_begins(page, "HTTP/1.1 200 OK\r\n");
	assert_string_equal(strstr(page, "\r\n\r\n"), "\r\n\r\n");
	assert_null(strstr(page, "Content-Length: 0"));
}

/* One that says too much and one that says nothing: the next one is served all the same. */
static void bounds_and_outlasts_bad_clients(void **state)
{
	static char big[8192];
	int silent;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	assert_string_equal(ask(big), "");
	silent = connect_to_port();
	assert_begins(ask("GET /healthz HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
	assert_string_equal(read_all(silent), "");
}

static void refuses_a_port_in_use(void **state)
{
	struct ql_err err;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	ql_health_close();
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(ql_health_open("127.0.0.1", ntohs(at.sin_port), &err), QL_FATAL);
	close(fd);
	assert_int_equal(ql_health_open("not an address", 1, &err), QL_FATAL);
	assert_int_equal(ql_health_open("127.0.0.1", 0, &err), QL_OK);
}

/* Ports that nobody has are tried until one can be taken: between looking and taking, another process may be faster. */
static int open_somewhere(void **state)
{
	struct ql_err err;
	enum ql_rc rc = QL_FATAL;

	(void)state;
	for (int i = 0; i < 100 && rc != QL_OK; i++) {
		port = 20000 + (int)((unsigned)getpid() * 7u + (unsigned)i * 101u) % 12000;
		rc = ql_health_open("127.0.0.1", port, &err);
	}
	return rc != QL_OK;
}

static int close_it(void **state)
{
	(void)state;
	ql_health_close();
	ql_health_close();
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[7 + QL_LEN(REQUESTS)] = {
		cmocka_unit_test(says_it_lives),
		cmocka_unit_test(says_what_is_not_ready),
		cmocka_unit_test(prints_families_together),
		cmocka_unit_test(sorts_into_buckets),
		cmocka_unit_test(gives_only_the_head_to_head),
		cmocka_unit_test(bounds_and_outlasts_bad_clients),
	};
	size_t n = 6;

	for (size_t i = 0; i < QL_LEN(REQUESTS); i++)
		tests[n++] = (struct CMUnitTest){ REQUESTS[i].name, answers, NULL, NULL, (void *)&REQUESTS[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(refuses_a_port_in_use);
	ql_metric_register(&opened);
	ql_metric_register(&lag);
	ql_metric_register(&opened_b);
	ql_metric_register(&took);
	return cmocka_run_group_tests_name("base/metrics", tests, open_somewhere, close_it);
}
