/* arrive_store.h -- the messages whose time to be delivered has come. */
#ifndef QL_CLOCK_ARRIVE_STORE_H
#define QL_CLOCK_ARRIVE_STORE_H

#include "casebook/casebook.h"
#include "clock/aside.h"

#define ARRIVALS_MAX 256

struct arrivals {
	struct message_key item[ARRIVALS_MAX];
	size_t n;
	bool more;    /* as many again are due */
	ql_time next; /* when the first that is not due yet will be; 0: none */
};

QL_MUSTCHECK enum ql_rc arrivals_read(struct ql_pg *pg, const struct aside *aside, struct arrivals *due, struct ql_err *err);

#endif
