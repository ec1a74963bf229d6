/* throttle.c -- an open-addressed table with a short probe: a full neighbourhood evicts its quietest. */
#include "throttle.h"

#include <sodium.h>
#include <stddef.h>
#include <string.h>

#define PROBE 16

uint64_t throttle_key(const char *kind, const char *text)
{
	crypto_generichash_state state;
	uint64_t key;
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
	crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(&key, hash, sizeof(key));
	return key | 1;
}

static size_t seat_at(uint64_t key, int i)
{
	return (size_t)((key >> 1) + (uint64_t)i) % THROTTLE_KEYS;
}

/* -1: not there. */
static int find(const struct throttle *t, uint64_t key)
{
	for (int i = 0; i < PROBE; i++)
		if (t->seat[seat_at(key, i)].key == key)
			return (int)seat_at(key, i);
	return -1;
}

/* Where a new key goes: an empty seat, else the one that failed longest ago. */
static int place(const struct throttle *t, uint64_t key)
{
	size_t best = seat_at(key, 0);

	for (int i = 0; i < PROBE; i++) {
		size_t at = seat_at(key, i);

		if (t->seat[at].key == 0)
			return (int)at;
		if (t->seat[at].last < t->seat[best].last)
			best = at;
	}
	return (int)best;
}

int throttle_wait(const struct throttle *t, uint64_t key, uint32_t free, ql_time now)
{
	int at = find(t, key);
	uint32_t over;
	ql_time until;

	if (at < 0 || now - t->seat[at].last > THROTTLE_FORGET || t->seat[at].failures < free)
		return 0;
	over = t->seat[at].failures - free;
	until = t->seat[at].last + (over >= 8 ? THROTTLE_LONGEST : 2 << over) * QL_SECOND;
	return now < until ? (int)((until - now + QL_SECOND - 1) / QL_SECOND) : 0;
}

void throttle_failed(struct throttle *t, uint64_t key, ql_time now)
{
	int at = find(t, key);

	if (at < 0 || now - t->seat[at].last > THROTTLE_FORGET) {
		at = at < 0 ? place(t, key) : at;
		t->seat[at].key = key;
		t->seat[at].failures = 0;
	}
	t->seat[at].failures++;
	t->seat[at].last = now;
}

void throttle_forget(struct throttle *t, uint64_t key)
{
	int at = find(t, key);

	if (at >= 0) {
		t->seat[at].key = 0;
		t->seat[at].failures = 0;
	}
}
