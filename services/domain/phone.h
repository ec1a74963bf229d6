/* phone.h -- telephone numbers as people and switchboards write them, to one canonical form.
 *
 * Canonical: "+86" and the national number without the trunk 0 ("+8613812345678", "+862168901234"); other countries
 * "+" and up to 15 digits; Chinese service numbers as dialled ("12360", "4008123456"). Equal canonical numbers are
 * the same line: this is the key by which a hotline caller is matched. Pure.
 */
#ifndef QL_DOMAIN_PHONE_H
#define QL_DOMAIN_PHONE_H

#include <stdbool.h>
#include "domain/ident.h"

#define PHONE_MAX 17    /* '+' and 15 digits, NUL */
#define PHONE_EXT_MAX 9 /* extension with NUL */

enum phone_kind {
	PHONE_MOBILE,
	PHONE_FIXED,
	PHONE_SERVICE,
	PHONE_FOREIGN
};

struct phone {
	enum phone_kind kind;
	char number[PHONE_MAX];
	char extension[PHONE_EXT_MAX]; /* "" when none */
};

/* home_area is the area code ("021") that a 7- or 8-digit number without one belongs to, NULL when not known (such a
 * number is then refused as bad_prefix). fault may be NULL; *out is untouched on false. */
bool phone_parse(const char *text, const char *home_area, struct phone *out, struct ident_fault *fault);

#endif
