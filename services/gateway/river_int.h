/* river_int.h -- inside of river.h: the batch in the making and the canary. All on the river thread. */
#ifndef QL_GATEWAY_RIVER_INT_H
#define QL_GATEWAY_RIVER_INT_H

#include "base/json.h"
#include "base/kafka.h"
#include "base/pg.h"
#include "river.h"

#define CASES_KNOWN 8192 /* cases whose last scopes are remembered, to tell who may no longer see one */

/* One record, decoded. */
struct happening {
	bool roster;
	int64_t case_id, version, actor_id, enterprise, unit; /* case.events */
	int64_t coordinator;                              /* roster.events */
	char event[QL_TEXT_SIZE(40)], at[QL_TEXT_SIZE(40)], audience[QL_TEXT_SIZE(16)], actor_kind[QL_TEXT_SIZE(16)];
	bool held; /* words that could still be taken back when it happened */
	int slot;
	int64_t offset;
};
/* false: not one of ours; it is skipped, and said so in the log. */
bool happening_decode(const char *json, size_t len, bool roster, struct happening *h);

/* --- encode.c: happenings and the rows of their cases into events --- */

#define KNOWN_SCOPES   16
#define ROSTER_CHANGED 256 /* coordinators told of at once; with more the rest waits for the next change */

struct known_case { int64_t id, coordinator; int32_t n; int64_t scopes[KNOWN_SCOPES]; }; /* n 0: more than fit, not followed */

struct encoder {
	struct known_case known[CASES_KNOWN]; /* by id modulo its size: the newer case displaces the older */
	struct happening what[RIVER_BATCH];
	size_t n;
	struct position at;                   /* before the first of what */
	struct event *made[RIVER_BATCH];      /* of each happening, a chain */
	struct { const char *kind; int64_t id; char name[128]; } names[RIVER_BATCH];
	size_t n_names;
	int64_t roster[ROSTER_CHANGED];       /* coordinators whose rows changed */
	size_t n_roster;
	int last_slot;                        /* of the newest happening so far: what roster events count as */
	int64_t last_offset;
	ql_time roster_at;                    /* when they were last told, monotonic */
	struct event *events, **end;          /* the result: in order */
	struct ql_buf text[READERS];
	bool failed;                          /* out of memory: the batch is done again */
	bool outside;                         /* nothing for staff */
};
void encoder_open(struct encoder *e);
void encoder_close(struct encoder *e);
/* Makes e->events of e->what[0..n), and of roster rows once a second. QL_RETRY: nothing is kept, come again. */
QL_MUSTCHECK enum ql_rc encoder_run(struct encoder *e, struct ql_pg *pg, struct ql_err *err);

/* --- canary.c --- */

struct canary {
	struct ql_producer *producer;
	char source[64];
	int every;             /* seconds, 0: none */
	int64_t no;
	ql_time sent_at, returned_at, late_at; /* monotonic */
	ql_time round_trip;    /* of the last that came back; -1: none has */
};
void canary_open(struct canary *c, const char *brokers, int every);
void canary_close(struct canary *c);
void canary_tick(struct canary *c);                          /* sends one when it is time, and judges */
void canary_returned(struct canary *c, const rd_kafka_message_t *msg); /* if it is ours */
bool canary_ok(const struct canary *c);

#endif
