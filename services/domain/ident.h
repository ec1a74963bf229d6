/* ident.h -- the identifiers of customs business: normalised, checked, faults said in words a person can act on.
 *
 * A wrong identifier on an otherwise good message is kept and shown with its fault, never a reason to drop the
 * message. Rules: GB 32100-2015 and GB 11714 (credit code), ISO 6346 (container), the form-filling rules of the GACC
 * (declaration), GACC Announcement 2019-101 (AEO). Pure; positions count from 1.
 */
#ifndef QL_DOMAIN_IDENT_H
#define QL_DOMAIN_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#define IDENT_MAX 63 /* bytes of a normalised value; bills of lading are the longest */

enum ident_kind {
	IDENT_USCC,         /* unified social credit code, 18, two check digits */
	IDENT_CUSTOMS_CODE, /* customs registration code, 10 */
	IDENT_AEO,          /* AEOCN + 10, or country + number of a foreign AEO */
	IDENT_DECLARATION,  /* 18 digits (I or E allowed at 9), or 9 of the old H883 */
	IDENT_UNIFIED,      /* data-centre number: letter + 17 digits */
	IDENT_CONTAINER,    /* ISO 6346, 11 */
	IDENT_BILL,         /* bill of lading: 1 to 35 printable characters, no check */
	IDENT_HS,           /* 6, 8, 10 or 13 digits */
	IDENT_DISTRICT,     /* customs district or office, 4 digits */
	IDENT_PHONE,        /* see phone.h */
	IDENT_JOB,          /* certification job, 17 */
	IDENT_CASE,         /* our own case number, see caseno.h */
	IDENT_KINDS
};

struct ident_fault {
	const char *code; /* machine word: empty too_long bad_length bad_character bad_check bad_org_check bad_direction
	                     bad_year bad_chapter bad_category bad_office bad_prefix bad_date bad_number */
	int position;     /* of the character at fault, 0 when it is the whole */
	char zh[160];     /* "报关单号第9位应为 0 1 I E，收到 2" */
	char en[160];
};

struct ident {
	enum ident_kind kind;
	bool valid;
	char value[IDENT_MAX + 1]; /* normalised, also when invalid */
	struct ident_fault fault;  /* filled when invalid */
};

/* "uscc", "customs_code", "aeo", "declaration", ...; parse answers false for an unknown name. */
const char *ident_kind_name(enum ident_kind kind);
bool ident_kind_parse(const char *name, enum ident_kind *kind);

/* Full-width to ASCII, lower to upper case, blanks and hyphens out where the kind has none. out takes size bytes,
 * IDENT_MAX + 1 hold every valid value. Returns false when text did not fit (out then holds its beginning). */
bool ident_normalise(enum ident_kind kind, const char *text, char *out, size_t size);

/* Judges a normalised value. fault may be NULL; it is filled only on false. */
bool ident_check(enum ident_kind kind, const char *value, struct ident_fault *fault);

/* Both steps: the usual way in. Returns out->valid. */
bool ident_read(enum ident_kind kind, const char *text, struct ident *out);

/* What an 18-digit declaration number says of itself; false for every other text. */
struct declaration_parts {
	char office[5]; /* accepting customs */
	int year;
	bool import;
	bool consolidated; /* I or E */
};
bool ident_declaration_parts(const char *value, struct declaration_parts *out);

#endif
