/* live.h -- live clients on the loop: hello, snapshot or resume, events, counters, beats.
 *
 * Nothing is queued for a client. It has a place in the ring of events and takes from there what it may see, when its
 * socket can be written; what is not an event (welcome, snapshot, counters, beat) is a flag or one shared frame. Whoever
 * falls out of the ring is told to begin anew. Clients of one scope see the same, so they share a group: its snapshot, its
 * counters, and the question whether an event concerns them are worked out once.
 */
#ifndef QL_GATEWAY_LIVE_H
#define QL_GATEWAY_LIVE_H

#include <libwebsockets.h>
#include "inbox.h"

#define LIVE_PROTOCOL  1
#define BEAT_SECONDS   10
#define GROUP_BUCKETS  1024

struct server;

/* In the order in which a client passes through them. */
enum live_state { LIVE_SILENT /* no hello yet */, LIVE_ENTERING /* who is it? */, LIVE_JOINING /* waits for a snapshot */, LIVE_ON, LIVE_ENDING };

/* Why a client is sent away: what it is told, and the close code. Those up to PROTOCOL get a resync. */
enum live_end { END_OVERFLOW, END_LOST, END_RESTART, END_PROTOCOL, END_SESSION, END_SILENT, END_HELLO, LIVE_ENDS };

struct live_client { /* one a socket, kept by libwebsockets */
	struct lws *wsi;
	struct live_client *next, **link;             /* of all clients */
	struct live_client *peer, **peer_link;        /* of its group */
	struct group *group;
	struct job *job;                              /* in flight: HELLO or CHECK */
	struct frame *snapshot;                       /* still to send, from sent on */
	size_t sent;
	struct position *from;                        /* between hello and welcome: where it says it was */
	char *partial; uint16_t partial_len;          /* a client frame that came in pieces */
	uint64_t cursor;                              /* next event to look at */
	uint64_t counters;                            /* number of the group's counters it has */
	ql_time heard, beat_at, check_at, expires_at; /* monotonic, but for expires_at */
	uint8_t state, end;
	bool welcome, resumed, beat, end_sent;
	unsigned char token[TOKEN_HASH];
	int64_t coordinator;                          /* 0: none */
};

struct live {
	struct live_client *first;
	int count;
	struct group *groups[GROUP_BUCKETS];
	struct ring ring;
	struct river_health health;
	bool started; /* a first batch has come */
};

bool live_open(struct live *live, size_t events, size_t bytes);
void live_close(struct live *live);
int live_count(const struct live *live);
void live_tick(struct server *s);    /* every second */
void live_goodbye(struct server *s); /* tells everybody to come back: the process ends */

void live_batch(struct server *s, struct batch *batch); /* takes it */
void live_sign_out(struct live *live, const unsigned char token[TOKEN_HASH]);

/* Jobs that came back; each takes its job. */
void live_entered(struct server *s, struct job *job);
void live_checked(struct server *s, struct job *job);
void live_snapshot(struct server *s, struct job *job);
void live_counters(struct server *s, struct job *job);

int live_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len);

/* --- between live.c and live_write.c --- */
void live_end(struct live_client *c, enum live_end why);
/* Did it miss something that concerns it? Behind the last thing that did, nothing was missed, however old its place. */
bool live_is_lost(const struct live *live, const struct live_client *c);
int live_write(struct server *s, struct live_client *c);

#endif
