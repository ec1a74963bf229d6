/* demo_data.h -- who lives in the demonstration: enterprises, coordinators, accounts; the same ones on every machine.
 *
 * The six enterprises of the source documents keep their real names and codes (public register); everybody else is made up.
 */
#ifndef QLCTL_DEMO_DATA_H
#define QLCTL_DEMO_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEMO_ENTERPRISES  306
#define DEMO_TEXT         96

struct demo_enterprise {
	char uscc[19], name[DEMO_TEXT], home[8], contact[32], phone[24], channel_user[40];
	const char *channel, *class282, *class251; /* classes: NULL when the scheme has none for it */
	bool is_broker;
};
/* The i-th of DEMO_ENTERPRISES. home is picked from codes by the weights of the districts. */
void demo_enterprise(int i, const char *const *offices, size_t n_offices, struct demo_enterprise *out);

/* A believable name for the i-th officer. */
void demo_person(int i, char out[32]);

/* The district weights of domain.md 6.1, in percent; the others share the rest. 0 for those. */
int demo_district_weight(const char *district);

struct demo_user { const char *login, *name, *role, *language, *unit, *staff_no, *uscc; };
extern const struct demo_user DEMO_USERS[];
extern const size_t DEMO_USERS_N;

#endif
