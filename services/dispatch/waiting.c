#include "dispatch/waiting.h"
#include <assert.h>
#include <string.h>

#define NOWHERE SIZE_MAX

void waiting_clear(struct waiting *w)
{
	w->count = w->high = 0;
	w->overflowed = false;
	memset(w->key, 0, sizeof(w->key));
}

/* 64 KB at most in one run: faster than any index at this size, and nothing to keep in step. */
static size_t slot_of(const struct waiting *w, int64_t key)
{
	for (size_t i = 0; i < w->high; i++)
		if (w->key[i] == key)
			return i;
	return NOWHERE;
}

static size_t free_slot(struct waiting *w)
{
	size_t slot = w->count < w->high ? slot_of(w, 0) : w->high++;

	assert(slot < WAITING_MAX);
	return slot;
}

struct waiting_case *waiting_find(struct waiting *w, int64_t key)
{
	size_t slot = slot_of(w, key);

	return slot != NOWHERE ? &w->item[slot] : NULL;
}

/* The first place in the order that is not before work. */
static size_t place_of(const struct waiting *w, const struct work *work)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (choose_compare_waiting(&w->item[w->order[middle]].work, work) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void take_out(struct waiting *w, size_t place)
{
	w->key[w->order[place]] = 0;
	memmove(&w->order[place], &w->order[place + 1], (w->count - place - 1) * sizeof(w->order[0]));
	w->count--;
	if (w->count == 0)
		w->high = 0;
}

bool waiting_drop(struct waiting *w, int64_t key)
{
	size_t slot = slot_of(w, key);

	if (slot == NOWHERE)
		return false;
	size_t place = place_of(w, &w->item[slot].work);

	assert(place < w->count && w->order[place] == slot); /* the order is total: ids differ */
	take_out(w, place);
	return true;
}

void waiting_drop_older(struct waiting *w, int64_t case_id, int32_t version)
{
	for (size_t i = 0; i < w->high; i++)
		if (w->key[i] != 0 && w->item[i].work.case_id == case_id && w->item[i].version != version)
			waiting_drop(w, w->key[i]);
}

static bool make_room(struct waiting *w)
{
	size_t place = w->count;

	w->overflowed = true;
	while (place > 0 && w->item[w->order[place - 1]].fresh)
		place--;
	if (place == 0)
		return false;
	take_out(w, place - 1);
	return true;
}

/* now moves with every reading and is no fact of the case. */
static bool same_facts(const struct work *a, const struct work *b)
{
	struct work x = *a, y = *b;

	x.now = y.now = 0;
	return memcmp(&x, &y, sizeof(x)) == 0; /* works are zeroed before they are filled; a difference in padding costs one try */
}

static void insert(struct waiting *w, const struct waiting_case *c)
{
	const size_t place = place_of(w, &c->work), slot = free_slot(w);

	w->item[slot] = *c;
	w->key[slot] = work_key(&c->work);
	memmove(&w->order[place + 1], &w->order[place], (w->count - place) * sizeof(w->order[0]));
	w->order[place] = (uint16_t)slot;
	w->count++;
}

bool waiting_put(struct waiting *w, const struct waiting_case *c)
{
	struct waiting_case *old = waiting_find(w, work_key(&c->work)), new = *c;

	if (old != NULL) {
		new.told = new.told || (old->told && old->version == new.version);
		if (!old->fresh && old->version == new.version && same_facts(&old->work, &new.work))
			new.fresh = false;
		if (new.trace[0] == '\0')
			memcpy(new.trace, old->trace, sizeof(new.trace));
		waiting_drop(w, work_key(&c->work));
	}
	if (w->count == WAITING_MAX && !make_room(w))
		return false;
	insert(w, &new);
	return true;
}

void waiting_drop_unseen(struct waiting *w, unsigned seen)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++) {
		uint16_t slot = w->order[i];

		if (w->item[slot].seen == seen)
			w->order[kept++] = slot;
		else
			w->key[slot] = 0;
	}
	w->count = kept;
}

bool waiting_any_fresh(const struct waiting *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->item[w->order[i]].fresh)
			return true;
	return false;
}
