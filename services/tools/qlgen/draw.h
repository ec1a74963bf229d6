/* draw.h -- chance that repeats: the same key draws the same numbers on every machine. Pure.
 *
 * A draw is keyed, not shared: every story and every step has its own, so that leaving one out changes no other.
 */
#ifndef QLGEN_DRAW_H
#define QLGEN_DRAW_H

#include <stdbool.h>
#include <stdint.h>

struct draw { uint64_t state; };

struct draw draw_keyed(uint64_t seed, uint64_t what, uint64_t which);
uint64_t draw_next(struct draw *d);
int draw_below(struct draw *d, int n);              /* 0 .. n-1; n > 0 */
int draw_between(struct draw *d, int from, int to); /* both included */
bool draw_mille(struct draw *d, int share);         /* true in share of a thousand */

/* The row whose weight the draw falls on; weights are int members at stride bytes from each other. */
int draw_weighted(struct draw *d, const int *weight, int stride, int n);

#endif
