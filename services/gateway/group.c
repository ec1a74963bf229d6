/* group.c -- a hash table of groups. */
#include "group.h"

#include <stdlib.h>

static struct group **bucket(struct live *live, int64_t scope)
{
	return &live->groups[((uint64_t)scope * 0x9E3779B97F4A7C15u >> 32) % GROUP_BUCKETS];
}

struct group *group_next(struct live *live, int64_t scope, struct group *after)
{
	struct group *g = after != NULL ? after->next : *bucket(live, scope);

	while (g != NULL && g->scope != scope)
		g = g->next;
	return g;
}

struct group *group_find(struct live *live, int64_t scope, int64_t user)
{
	struct group *g = group_next(live, scope, NULL);

	while (g != NULL && g->user != user)
		g = group_next(live, scope, g);
	return g;
}

struct group *group_join(struct live *live, struct live_client *c, int64_t scope, int64_t user)
{
	struct group *g = group_find(live, scope, user);

	if (g == NULL) {
		g = calloc(1, sizeof(*g));
		if (g == NULL)
			return NULL;
		g->scope = scope;
		g->user = user;
		g->dirty = true;
		g->last_hit = live->ring.head; /* what it missed before is unknown: nobody of it was here */
		g->next = *bucket(live, scope);
		*bucket(live, scope) = g;
	}
	c->group = g;
	c->peer = g->clients;
	c->peer_link = &g->clients;
	if (c->peer != NULL)
		c->peer->peer_link = &c->peer;
	g->clients = c;
	return g;
}

static void orphan(struct job *job)
{
	if (job != NULL)
		job->owner = NULL;
}

static void group_free(struct live *live, struct group *g)
{
	struct group **at = bucket(live, g->scope);

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	orphan(g->snapshot_job);
	orphan(g->counters_job);
	frame_unref(g->snapshot);
	frame_unref(g->counters);
	free(g);
}

void group_leave(struct live *live, struct live_client *c)
{
	struct group *g = c->group;

	if (g == NULL)
		return;
	*c->peer_link = c->peer;
	if (c->peer != NULL)
		c->peer->peer_link = c->peer_link;
	c->group = NULL;
	if (g->clients == NULL)
		group_free(live, g);
}
