/* placement.h -- where a case begins: which unit leads it, how far it reaches, what it weighs.
 *
 * The home office leads, since the coordinator is the enterprise's; an unknown person is served where the goods are, else
 * where the declaration was accepted, else by the national pool. Reach decides the promise: one office, two units of a
 * district (cross-department), two districts, or the whole country. Pure over reference data.
 */
#ifndef QL_CASEBOOK_PLACEMENT_H
#define QL_CASEBOOK_PLACEMENT_H

#include "casebook/reference.h"

struct place_facts {
	int32_t home_unit;       /* of the principal; 0 unknown */
	const char *goods_unit;  /* 4-digit code as given, "" or NULL unknown */
	const char *declaration; /* normalised number, its first four digits are the accepting customs; "" or NULL none */
	const char *category;    /* code, "" or NULL unknown */
	const char *kind;        /* enquiry, incident, call, watch; weighs */
	const char *priority;    /* as somebody said it; NULL: follows from the need */
	ql_time needed_by, now;
};

struct place {
	int32_t lead_unit, home_unit, goods_unit; /* 0: unknown, but for lead_unit */
	enum reach reach;
	int weight;
	const char *category; /* the code when reference data knows it, else NULL */
	const char *priority; /* "urgent" when needed within a day, else "normal" */
};

void casebook_place(const struct reference *ref, const struct place_facts *facts, struct place *out);

#endif
