/* intake.h -- from Kafka records to cases: one batch, one transaction, the consumer position inside it. */
#ifndef QL_INTAKE_INTAKE_H
#define QL_INTAKE_INTAKE_H

#include "base/err.h"

struct intake_conf {
	const char *pg_dsn, *brokers, *group, *health_address;
	int batch, health_port;
};

struct intake;

QL_MUSTCHECK enum ql_rc intake_open(struct intake **in, const struct intake_conf *conf, struct ql_err *err);
void intake_close(struct intake *in);
/* One batch, or nothing within a short wait. QL_RETRY: call again after a pause. */
QL_MUSTCHECK enum ql_rc intake_step(struct intake *in, struct ql_err *err);

#endif
