/* caseno.h -- the case number yymmdd-nnnnn-c: Beijing date, serial of that day, check digit; sayable on the telephone.
 *
 * The serial has five digits, more when a day needs more. The check digit is ISO 7064 MOD 11,10 over the digits before
 * it: it catches every single wrong digit and some 49 of 50 swaps of neighbours. Pure.
 */
#ifndef QL_DOMAIN_CASENO_H
#define QL_DOMAIN_CASENO_H

#include <stdbool.h>
#include <stdint.h>
#include "base/loop.h"
#include "domain/ident.h"

#define CASENO_MAX 20               /* bytes with the NUL: a serial of up to nine digits */
#define CASENO_SERIAL_MAX 999999999 /* the most a day can number */

struct caseno {
	int32_t day; /* local day number, see timefmt.h */
	int32_t serial;
};

/* Writes the number of the serial-th case (from 1) of a Beijing day. Years 2000 to 2099. Returns the length. */
int caseno_format(int32_t day, int32_t serial, char out[CASENO_MAX]);

/* Reads it back from what a person typed or said: full-width digits, blanks, missing or other hyphens. canonical
 * (may be NULL) gets the number as caseno_format writes it. fault may be NULL. */
bool caseno_parse(const char *text, struct caseno *out, char canonical[CASENO_MAX], struct ident_fault *fault);

/* ISO 7064 MOD 11,10 over n decimal digits given as characters: the check character. */
char caseno_check(const char *digits, int n);

#endif
