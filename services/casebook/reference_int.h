/* reference_int.h -- inside of reference.h: the tables and who fills them. */
#ifndef QL_CASEBOOK_REFERENCE_INT_H
#define QL_CASEBOOK_REFERENCE_INT_H

#include "casebook/reference.h"

#define GREETINGS_MAX 64
#define GREETING_MAX  64

struct ref_table { void *rows; size_t n; };

struct greeting { char text[GREETING_MAX]; };
struct coded_bit { char code[WORD_MAX]; int bit; }; /* a skill or a language */
#define RISK_WORD_MAX 96
struct risk_word { char plain[RISK_WORD_MAX], class[WORD_MAX]; };
struct parameter { char key[WORD_MAX]; int64_t number; };

/* One calendar as stored, with the id by which clocks name it. */
struct ref_calendar { int32_t id, valid_from; bool worsens; char code[WORD_MAX]; struct calendar cal; };
/* A day by date: of one calendar, or (0) of all that observe holidays. In order of day, a calendar's own behind. */
struct ref_day { int32_t calendar, day; char kind[WORD_MAX], name[128]; int from, to; /* minutes; 0, 0: those of a make-up day */ };

enum ref_kind { REF_UNITS, REF_CATEGORIES, REF_NOTICES, REF_WATCHES, REF_CALENDARS, REF_POLICIES, REF_PARAMETERS, REF_GREETINGS, REF_SKILLS, REF_LANGUAGES,
	REF_RISK, REF_DAYS, REF_KINDS };

struct reference {
	int64_t version;
	struct ref_table table[REF_KINDS];
	int32_t *unit_by_id; /* index into units + 1; 0: none */
	int32_t max_unit_id;
	struct parameters parameters;
};

/* Replaces every table with what the database holds now; on failure ref is unchanged. */
QL_MUSTCHECK enum ql_rc reference_store_load(struct reference *ref, struct ql_pg *pg, struct ql_err *err);
void reference_clear(struct reference *ref);

#endif
