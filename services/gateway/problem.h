/* problem.h -- answers that say what went wrong: application/problem+json by one table. */
#ifndef QL_GATEWAY_PROBLEM_H
#define QL_GATEWAY_PROBLEM_H

#include "job.h"

enum problem_code {
	PROBLEM_BAD_REQUEST, PROBLEM_UNAUTHENTICATED, PROBLEM_BAD_CREDENTIALS, PROBLEM_SECOND_FACTOR, PROBLEM_BAD_CODE, PROBLEM_ENROL,
	PROBLEM_FORBIDDEN, PROBLEM_CSRF, PROBLEM_ORIGIN, PROBLEM_NOT_FOUND,
	PROBLEM_METHOD, PROBLEM_NOT_ACCEPTABLE, PROBLEM_MEDIA_TYPE, PROBLEM_STALE_VERSION, PROBLEM_PRECONDITION, PROBLEM_NOT_ALLOWED, PROBLEM_CAPACITY, PROBLEM_NOT_ELIGIBLE, PROBLEM_INVALID, PROBLEM_KEY_REUSED, PROBLEM_TOO_LARGE, PROBLEM_RANGE, PROBLEM_QUOTA, PROBLEM_THROTTLED,
	PROBLEM_UNAVAILABLE, PROBLEM_INTERNAL, PROBLEMS
};

/* Fills the whole response; what was in it is gone. detail and field may be NULL. */
void problem(struct response *res, enum problem_code code, const char *detail, const char *field);
/* The same with the object left open for more members, then closed. */
struct ql_buf *problem_open(struct response *res, enum problem_code code, const char *detail, const char *field);
void problem_close(struct response *res);

/* The table, each as an object. */
void problems_describe(struct ql_buf *b);

/* What a failed call means to the one who asked. A conflict has no meaning of its own: the caller knows. */
void problem_of(struct response *res, const struct ql_err *err);

#endif
