/* health.c -- the health port: one thread, one connection at a time, a request of one read loop and one answer.
 * Everything in this file below serve() runs on that thread. */
#include "health.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "metrics.h"

#define REQUEST_MAX 4096          /* bytes up to the blank line */
#define ANSWER_MAX (256 << 10)    /* bytes of a page */
#define PATIENCE (2 * QL_SECOND)  /* for a whole request and its answer */
#define STACK_SIZE (128 << 10)

static int listener = -1, quit_fd = -1;
static pthread_t thread;

static bool write_alive(struct ql_buf *out)
{
	ql_buf_str(out, "alive\n");
	return true;
}

static bool write_page(struct ql_buf *out)
{
	ql_write_metrics(out);
	return true;
}

static const struct page {
	const char *path, *type;
	bool (*write)(struct ql_buf *out); /* false: 503 */
} PAGES[] = {
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", write_page },
	{ "/healthz", "text/plain; charset=utf-8", write_alive },
	{ "/readyz", "text/plain; charset=utf-8", ql_write_readiness },
};

static bool wait_for(int fd, short events, ql_time until)
{
	struct pollfd p = { .fd = fd, .events = events };
	ql_time left;

	while ((left = until - ql_monotonic()) > 0) {
		int n = poll(&p, 1, (int)(left / 1000) + 1);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

/* True when a whole head has come; false when the peer was slow, left, or says too much. */
static bool read_request(int fd, char *request, ql_time until)
{
	size_t len = 0;

	while (len < REQUEST_MAX && wait_for(fd, POLLIN, until)) {
		ssize_t n = recv(fd, request + len, REQUEST_MAX - len, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		len += n > 0 ? (size_t)n : 0;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n") != NULL || strstr(request, "\n\n") != NULL)
			return true;
	}
	return false;
}

static void send_all(int fd, const char *data, size_t len, ql_time until)
{
	while (len > 0 && wait_for(fd, POLLOUT, until)) {
		ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

static const struct page *find_page(const char *path, size_t len)
{
	for (const struct page *p = PAGES; p < PAGES + QL_LEN(PAGES); p++)
		if (strlen(p->path) == len && memcmp(p->path, path, len) == 0)
			return p;
	return NULL;
}

/* The status line's tail; the body goes into *body. */
static const char *answer(const char *request, struct ql_buf *body, const char **type)
{
	const char *path = strchr(request, ' ');
	const struct page *page;

	if (strncmp(request, "GET ", 4) != 0 && strncmp(request, "HEAD ", 5) != 0) {
		ql_buf_str(body, "only GET and HEAD\n");
		return "405 Method Not Allowed\r\nAllow: GET, HEAD";
	}
	page = find_page(path + 1, strcspn(path + 1, " ?\r\n"));
	if (page == NULL) {
		ql_buf_str(body, "/metrics, /healthz and /readyz are here\n");
		return "404 Not Found";
	}
	*type = page->type;
	return page->write(body) ? "200 OK" : "503 Service Unavailable";
}

static void serve_one(int fd)
{
	char request[REQUEST_MAX + 1];
	ql_time until = ql_monotonic() + PATIENCE;
	const char *type = "text/plain; charset=utf-8", *status;
	struct ql_buf body, head;

	if (!read_request(fd, request, until))
		return;
	ql_buf_init(&body, ANSWER_MAX);
	ql_buf_init(&head, REQUEST_MAX);
	status = answer(request, &body, &type);
	if (!ql_buf_ok(&body))
		status = "500 Internal Server Error";
	ql_buf_fmt(&head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
	           status, type, body.len);
	send_all(fd, head.data, head.len, until);
	if (strncmp(request, "HEAD ", 5) != 0)
		send_all(fd, body.data, body.len, until);
	ql_buf_free(&head);
	ql_buf_free(&body);
}

/* Closing with bytes unread would reset the connection and take the answer away from a peer that asked too much. */
static void hang_up(int fd)
{
	char rest[REQUEST_MAX];

	shutdown(fd, SHUT_WR);
	while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
	close(fd);
}

static void *serve(void *arg)
{
	struct pollfd p[] = { { .fd = listener, .events = POLLIN }, { .fd = quit_fd, .events = POLLIN } };

	(void)arg;
	for (;;) {
		int fd;

		if (poll(p, QL_LEN(p), -1) < 0)
			continue;
		if (p[1].revents != 0)
			return NULL;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve_one(fd);
		hang_up(fd);
	}
}

static int listen_on(const char *address, int port)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE }, *at = NULL;
	const int on = 1;
	char service[16];
	int fd = -1;

	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(address, service, &want, &at) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) || bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 16))) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(at);
	return fd;
}

/* Signals belong to the main thread: this one is born with all of them blocked. */
static int start_thread(void)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	failed = pthread_create(&thread, &attr, serve, NULL);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

enum ql_rc ql_health_open(const char *address, int port, struct ql_err *err)
{
	if (port == 0)
		return QL_OK;
	listener = listen_on(address, port);
	if (listener < 0)
		return ql_fail(err, QL_FATAL, "health port %s:%d cannot be opened: %s", address, port, strerror(errno));
	quit_fd = eventfd(0, EFD_CLOEXEC);
	if (quit_fd >= 0 && start_thread() == 0)
		return QL_OK;
	close(listener);
	close(quit_fd);
	listener = quit_fd = -1;
	return ql_fail(err, QL_FATAL, "health thread cannot be started");
}

void ql_health_close(void)
{
	const uint64_t one = 1;

	if (listener < 0)
		return;
	if (write(quit_fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(thread, NULL);
	close(listener);
	close(quit_fd);
	listener = quit_fd = -1;
}
