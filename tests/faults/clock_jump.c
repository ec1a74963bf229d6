/* Preloaded into a service under test: the clock on the wall is off by as many seconds as the file CLOCK_JUMP says, now. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *ts)
{
	const char *path = getenv("CLOCK_JUMP");
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	FILE *f = id == CLOCK_REALTIME && path != NULL ? fopen(path, "r") : NULL;
	long seconds = 0;

	if (f != NULL && fscanf(f, "%ld", &seconds) == 1)
		ts->tv_sec += seconds;
	if (f != NULL)
		fclose(f);
	return rc;
}
