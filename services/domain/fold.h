/* fold.h -- what a person types, made plain: full-width ASCII and the many dashes and blanks of Unicode
 * become ASCII; other characters stay as they are; bytes that are no UTF-8 become '?'. Pure.
 */
#ifndef QL_DOMAIN_FOLD_H
#define QL_DOMAIN_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Folds text into out (size bytes with the NUL), never cutting a character. out may be text itself: folding never
 * lengthens. Returns the length written; *whole (may be NULL) says whether everything fitted. */
size_t fold_text(const char *text, char *out, size_t size, bool *whole);

/* Bytes of the UTF-8 character at text (1 to 4), its code point in *point; 0 at the NUL, and for a byte that starts
 * no character 1 with *point = UINT32_MAX. */
int fold_char(const char *text, uint32_t *point);

/* The ASCII twin of a character in *to, NUL when it stands for nothing; false: it has none. */
bool fold_point(uint32_t point, char *to);

#endif
