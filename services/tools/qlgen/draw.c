#include "tools/qlgen/draw.h"

/* splitmix64: passes the usual tests, and any 64-bit state is a good one. */
uint64_t draw_next(struct draw *d)
{
	uint64_t x = d->state += 0x9E3779B97F4A7C15u;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
	return x ^ (x >> 31);
}

struct draw draw_keyed(uint64_t seed, uint64_t what, uint64_t which)
{
	struct draw d = { seed };

	d.state = draw_next(&d) ^ what;
	d.state = draw_next(&d) ^ which;
	draw_next(&d);
	return d;
}

int draw_below(struct draw *d, int n) { return (int)((draw_next(d) >> 32) * (uint64_t)n >> 32); }
int draw_between(struct draw *d, int from, int to) { return from + draw_below(d, to - from + 1); }
bool draw_mille(struct draw *d, int share) { return draw_below(d, 1000) < share; }

static int weight_at(const int *weight, int stride, int i) { return *(const int *)(const void *)((const char *)weight + (long)i * stride); }

int draw_weighted(struct draw *d, const int *weight, int stride, int n)
{
	int total = 0, at;

	for (int i = 0; i < n; i++)
		total += weight_at(weight, stride, i);
	at = draw_below(d, total > 0 ? total : 1);
	for (int i = 0; i < n; i++)
		if ((at -= weight_at(weight, stride, i)) < 0)
			return i;
	return n - 1;
}
