/* event.h -- one thing that happened, encoded once for each kind of reader.
 *
 * Made by the river thread, handed to the loop, kept in the ring until it is too old; after it left the river thread only
 * the loop touches it. A text has LWS_PRE free bytes in front, so that one buffer serves every socket.
 */
#ifndef QL_GATEWAY_EVENT_H
#define QL_GATEWAY_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_SCOPES   64 /* of one case: units on it with their ancestors, enterprises */
#define EVENT_TEXT_MAX ((size_t)256 << 10)

/* The principal reads its own name on the row, another enterprise on the case does not. Staff read everything, but for what
 * stays in one unit: others hear that the row is another. */
enum reader { READ_STAFF, READ_OTHER_UNIT, READ_PRINCIPAL, READ_ENTERPRISE, READERS };
#define EVENT_SEALED (-1)

struct event {
	int slot;         /* of position.h, with the offset of the record it comes from */
	int64_t offset;
	int64_t principal;
	int64_t unit;     /* it stays in that unit; EVENT_SEALED: with persons; 0: it does not */
	int32_t n_scopes; /* who may see it: ids of units, minus the ids of enterprises */
	int32_t n_hidden;
	size_t bytes;     /* of the whole allocation */
	struct { uint32_t at, len; } text[READERS]; /* len 0: not for such readers; at: of the text itself in data */
	struct event *next; /* in a batch */
	int64_t *scopes;    /* inside data */
	int64_t *hidden;    /* coordinators recused from the case, for whom it is not; NULL: none */
	_Alignas(int64_t) unsigned char data[]; /* the scopes first */
};

/* texts: NULL where there is none. NULL when out of memory. */
struct event *event_new(int slot, int64_t offset, const int64_t *scopes, int32_t n_scopes,
                        const char *const texts[READERS]);
void event_free(struct event *e);

/* false: out of memory. */
bool event_hide(struct event *e, const int64_t *coordinators, int32_t n);
bool event_is_hidden(const struct event *e, int64_t coordinator);

/* What a client with that scope reads of it; NULL: nothing. */
const unsigned char *event_text(const struct event *e, int64_t scope, size_t *len);

/* --- the last EVENTS, for clients that lag or come back --- */

#include "position.h"

struct ring {
	struct event **slot;
	size_t capacity, bytes, max_bytes;
	uint64_t head, tail;      /* sequence numbers: the newest is head - 1, the oldest tail */
	struct position at;       /* behind the newest */
	struct position floor;    /* from here on the ring holds everything */
};

bool ring_open(struct ring *r, size_t capacity, size_t max_bytes);
void ring_close(struct ring *r);
/* Another cluster, or a first one: what was held is of no use. */
void ring_restart(struct ring *r, const struct position *start);
void ring_push(struct ring *r, struct event *e); /* takes e */
/* Records without an event passed too. */
void ring_advance(struct ring *r, const struct position *at);
const struct event *ring_at(const struct ring *r, uint64_t sequence); /* tail <= sequence < head */
/* From where on a client at that position has to be told; false: it missed more than the ring holds. */
bool ring_resume(const struct ring *r, const struct position *from, uint64_t *sequence);

#endif
