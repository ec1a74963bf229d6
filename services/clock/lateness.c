#include "clock/lateness.h"

/* Slots are numbered from 1, so that a zeroed one belongs to no time. */
static int64_t slot_at(ql_time at) { return at / LATENESS_SLOT + 1; }

void lateness_add(struct lateness *l, ql_time at, ql_time late)
{
	const int64_t slot = slot_at(at);
	const size_t i = (size_t)(slot % LATENESS_SLOTS);

	if (l->slot[i] != slot) {
		l->slot[i] = slot;
		l->worst[i] = 0;
	}
	if (late > l->worst[i])
		l->worst[i] = late;
}

ql_time lateness_worst(const struct lateness *l, ql_time at)
{
	ql_time worst = 0;

	for (size_t i = 0; i < LATENESS_SLOTS; i++)
		if (l->slot[i] > slot_at(at) - LATENESS_SLOTS && l->worst[i] > worst)
			worst = l->worst[i];
	return worst;
}

ql_time wall_jump(struct wall *w, ql_time wall, ql_time monotonic)
{
	const ql_time moved = w->monotonic != 0 ? (wall - w->wall) - (monotonic - w->monotonic) : 0;

	w->wall = wall;
	w->monotonic = monotonic;
	return moved > JUMP_LEAST || moved < -JUMP_LEAST ? moved : 0;
}
