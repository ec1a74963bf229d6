/* event.c -- one allocation an event: the header, its scopes, its texts. */
#include "event.h"

#include <assert.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

static bool has(const struct event *e, int64_t scope)
{
	for (int32_t i = 0; i < e->n_scopes; i++)
		if (e->scopes[i] == scope)
			return true;
	return false;
}

struct event *event_new(int slot, int64_t offset, const int64_t *scopes, int32_t n_scopes,
                        const char *const texts[READERS])
{
	size_t size = sizeof(struct event) + (size_t)n_scopes * sizeof(*scopes), at = size - sizeof(struct event);
	struct event *e;

	for (int i = 0; i < READERS; i++)
		size += texts[i] != NULL ? LWS_PRE + strlen(texts[i]) : 0;
	e = malloc(size);
	if (e == NULL)
		return NULL;
	*e = (struct event){ .slot = slot, .offset = offset, .n_scopes = n_scopes, .bytes = size };
	e->scopes = (int64_t *)(void *)e->data;
	if (n_scopes > 0)
		memcpy(e->scopes, scopes, (size_t)n_scopes * sizeof(*scopes));
	for (int i = 0; i < READERS; i++) {
		if (texts[i] == NULL)
			continue;
		e->text[i].at = (uint32_t)(at + LWS_PRE);
		e->text[i].len = (uint32_t)strlen(texts[i]);
		memcpy(e->data + e->text[i].at, texts[i], e->text[i].len);
		at += LWS_PRE + e->text[i].len;
	}
	return e;
}

void event_free(struct event *e)
{
	if (e != NULL)
		free(e->hidden);
	free(e);
}

bool event_hide(struct event *e, const int64_t *coordinators, int32_t n)
{
	e->hidden = malloc((size_t)n * sizeof(*coordinators));
	if (e->hidden == NULL)
		return false;
	memcpy(e->hidden, coordinators, (size_t)n * sizeof(*coordinators));
	e->n_hidden = n;
	e->bytes += (size_t)n * sizeof(*coordinators);
	return true;
}

bool event_is_hidden(const struct event *e, int64_t coordinator)
{
	for (int32_t i = 0; i < e->n_hidden; i++)
		if (e->hidden[i] == coordinator)
			return true;
	return false;
}

static enum reader reader_of(const struct event *e, int64_t scope)
{
	if (scope > 0)
		return e->unit == 0 || e->unit == scope ? READ_STAFF : READ_OTHER_UNIT;
	return scope == -e->principal ? READ_PRINCIPAL : READ_ENTERPRISE;
}

const unsigned char *event_text(const struct event *e, int64_t scope, size_t *len)
{
	enum reader as = reader_of(e, scope);

	if (e->text[as].len == 0 || !has(e, scope))
		return NULL;
	*len = e->text[as].len;
	return e->data + e->text[as].at;
}

/* --- ring --- */

bool ring_open(struct ring *r, size_t capacity, size_t max_bytes)
{
	*r = (struct ring){ .capacity = capacity, .max_bytes = max_bytes };
	r->slot = calloc(capacity, sizeof(struct event *));
	return r->slot != NULL;
}

static struct event **slot_of(const struct ring *r, uint64_t sequence)
{
	return &r->slot[sequence % r->capacity];
}

static void drop_oldest(struct ring *r)
{
	struct event *e = *slot_of(r, r->tail);

	r->floor.next[e->slot] = e->offset + 1;
	r->bytes -= e->bytes;
	event_free(e);
	*slot_of(r, r->tail++) = NULL;
}

void ring_close(struct ring *r)
{
	while (r->tail < r->head)
		drop_oldest(r);
	free(r->slot);
	r->slot = NULL;
}

void ring_restart(struct ring *r, const struct position *start)
{
	while (r->tail < r->head)
		drop_oldest(r);
	r->at = r->floor = *start;
}

void ring_push(struct ring *r, struct event *e)
{
	while (r->tail < r->head && (r->head - r->tail == r->capacity || r->bytes + e->bytes > r->max_bytes))
		drop_oldest(r);
	*slot_of(r, r->head++) = e;
	r->bytes += e->bytes;
	r->at.next[e->slot] = e->offset + 1;
}

void ring_advance(struct ring *r, const struct position *at)
{
	r->at = *at;
}

const struct event *ring_at(const struct ring *r, uint64_t sequence)
{
	assert(sequence >= r->tail && sequence < r->head);
	return *slot_of(r, sequence);
}

bool ring_resume(const struct ring *r, const struct position *from, uint64_t *sequence)
{
	if (from->cluster == 0 || from->cluster != r->floor.cluster)
		return false;
	for (int i = 0; i < POSITION_SLOTS; i++)
		if (from->next[i] < r->floor.next[i])
			return false;
	*sequence = r->tail;
	while (*sequence < r->head && ring_at(r, *sequence)->offset < from->next[ring_at(r, *sequence)->slot])
		++*sequence;
	return true;
}
