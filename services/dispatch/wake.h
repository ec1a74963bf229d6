/* wake.h -- what an event means to dispatch. Events only wake: what is true is read from PostgreSQL. Pure. */
#ifndef QL_DISPATCH_WAKE_H
#define QL_DISPATCH_WAKE_H

#include <stddef.h>
#include <stdint.h>

enum wake {
	WAKE_NOTHING = 0,
	WAKE_CASE = 1, /* the case may wait, or wait differently: read it */
	WAKE_LOAD = 2, /* somebody has more room: read the loads */
	WAKE_FACTS = 4, /* whoever has it may have become the wrong one: look again */
};

/* type: the CloudEvents type, "qingling.case.opened.v1". What is not known wakes everything: better read once too often. */
unsigned wake_of_type(const char *type, size_t len);

/* The decimal case id that keys case.events; 0 when it is none. */
int64_t wake_case_id(const char *key, size_t len);

/* The coordinator a record of roster.events is about; 0 when it does not say. */
int64_t wake_coordinator(const char *json, size_t len);

#endif
