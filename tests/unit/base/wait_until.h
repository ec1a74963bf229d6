/* wait_until.h -- tests wait for a condition, never for luck. Each try may itself wait a little (a poll). */
#ifndef QL_TESTS_WAIT_UNTIL_H
#define QL_TESTS_WAIT_UNTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/loop.h"

#define WAIT_LIMIT (30 * QL_SECOND)

#define wait_until(condition)                                                              \
	do {                                                                               \
		ql_time wait_end_ = ql_monotonic() + WAIT_LIMIT;                           \
		while (!(condition))                                                       \
			if (ql_monotonic() > wait_end_)                                    \
				fail_msg("waited in vain for: %s", #condition);            \
	} while (0)

#endif
