/* test_loop.c -- stop signals, back-off, clocks. */
#include "wait_until.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static void doubles_up_to_a_limit(void **state)
{
	struct ql_backoff wait = {0};

	(void)state;
	for (int i = 0, pause = 50; i < 1000; i++, pause = pause < 5000 ? pause * 2 : pause) {
		int ms = ql_backoff_ms(&wait);

		assert_in_range(ms, (pause < 5000 ? pause : 5000) / 2, pause < 5000 ? pause : 5000);
	}
	ql_backoff_reset(&wait);
	assert_in_range(ql_backoff_ms(&wait), 25, 50);
}

static void spreads_its_pauses(void **state)
{
	bool low = false, high = false;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct ql_backoff wait = { .tries = 20 };
		int ms = ql_backoff_ms(&wait);

		low |= ms < 3200;
		high |= ms > 4300;
	}
	assert_true(low && high);
}

static void clocks_agree_with_the_system(void **state)
{
	ql_time before = ql_monotonic(), now = ql_now();

	(void)state;
	assert_in_range(now / QL_SECOND, time(NULL) - 1, time(NULL) + 1);
	wait_until(ql_monotonic() > before);
}

/* Process state, so each signal gets a child. It stops in the middle of a long pause, which must not be slept out: the
 * parent's alarm would kill it with another status. */
static void stops_in_the_middle_of_a_pause(void **state)
{
	static const int SIGNALS[] = { SIGTERM, SIGINT };

	(void)state;
	for (size_t i = 0; i < QL_LEN(SIGNALS); i++) {
		int status = 0;
		pid_t child = fork();

		if (child == 0) {
			struct ql_backoff wait = { .tries = 16 };
			struct ql_err err;

			if (ql_stop_on_signals(&err) != QL_OK || ql_stopping())
				_exit(3);
			kill(getpid(), SIGPIPE); /* ignored */
			kill(getpid(), SIGNALS[i]);
			ql_fail(&err, QL_RETRY, "the broker is away");
			alarm(2); /* the pause would be 2.5 s at least */
			ql_backoff_wait(&wait, &err);
			_exit(ql_stopping() ? 0 : 4);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void *stop_later(void *arg)
{
	(void)arg;
	ql_stop();
	return NULL;
}

static void stops_when_another_thread_asks(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		struct ql_backoff wait = { .tries = 16 };
		struct ql_err err;
		pthread_t other;

		if (ql_stop_on_signals(&err) != QL_OK || pthread_create(&other, NULL, stop_later, NULL) != 0)
			_exit(3);
		ql_fail(&err, QL_RETRY, "the broker is away");
		alarm(2);
		ql_backoff_wait(&wait, &err);
		pthread_join(other, NULL);
		_exit(ql_stopping() ? 0 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_up_to_a_limit),
		cmocka_unit_test(spreads_its_pauses),
		cmocka_unit_test(clocks_agree_with_the_system),
		cmocka_unit_test(stops_in_the_middle_of_a_pause),
		cmocka_unit_test(stops_when_another_thread_asks),
	};

	ql_log_open("test");
	return cmocka_run_group_tests_name("base/loop", tests, NULL, NULL);
}
