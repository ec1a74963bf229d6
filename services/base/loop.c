/* loop.c -- stop signals, back-off, time. */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 5000

static atomic_bool stopping;
static atomic_int wake_fd = -1; /* an eventfd, readable for ever once stopping: sleepers poll it */

static ql_time clock_micros(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * QL_SECOND + ts.tv_nsec / 1000;
}

ql_time ql_now(void)
{
	return clock_micros(CLOCK_REALTIME);
}

ql_time ql_monotonic(void)
{
	return clock_micros(CLOCK_MONOTONIC);
}

/* Also the signal handler's work: only what is async-signal-safe. */
void ql_stop(void)
{
	const uint64_t one = 1;
	int saved = errno, fd = atomic_load(&wake_fd);

	atomic_store(&stopping, true);
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0) {
		/* the counter is full: it is readable already */
	}
	errno = saved;
}

static void on_signal(int signo)
{
	(void)signo;
	ql_stop();
}

bool ql_stopping(void)
{
	return atomic_load(&stopping);
}

enum ql_rc ql_stop_on_signals(struct ql_err *err)
{
	struct sigaction stop = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

	if (atomic_load(&wake_fd) < 0)
		atomic_store(&wake_fd, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (atomic_load(&wake_fd) < 0)
		return ql_fail(err, QL_FATAL, "cannot create the stop event: %s", strerror(errno));
	if (sigaction(SIGINT, &stop, NULL) || sigaction(SIGTERM, &stop, NULL) || sigaction(SIGPIPE, &ignore, NULL))
		return ql_fail(err, QL_FATAL, "cannot install signal handlers: %s", strerror(errno));
	return QL_OK;
}

void ql_backoff_reset(struct ql_backoff *wait)
{
	wait->tries = 0;
}

/* Half of the pause is random, so that services that lost the same server do not come back in step. */
int ql_backoff_ms(struct ql_backoff *wait)
{
	unsigned doublings = wait->tries < 16 ? wait->tries : 16, pause = BACKOFF_FIRST_MS << doublings, random = 0;

	wait->tries++;
	if (pause > BACKOFF_LAST_MS)
		pause = BACKOFF_LAST_MS;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (unsigned)ql_monotonic();
	return (int)(pause / 2 + random % (pause / 2 + 1));
}

void ql_backoff_wait(struct ql_backoff *wait, const struct ql_err *err)
{
	int ms = ql_backoff_ms(wait);
	struct pollfd wake = { .fd = atomic_load(&wake_fd), .events = POLLIN };
	ql_time until = ql_monotonic() + ms * (QL_SECOND / 1000);

	if ((wait->tries & (wait->tries - 1)) == 0)
		ql_log_err("retrying", err);
	while (!ql_stopping() && ms > 0) {
		poll(&wake, 1, ms); /* a negative descriptor is skipped: then it is a plain sleep */
		ms = (int)((until - ql_monotonic()) / 1000);
	}
}
