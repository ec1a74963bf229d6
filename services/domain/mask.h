/* mask.h -- personal data as lists and walls may show it; the full value only on a journalled reveal.
 * Pure; every function writes at most size bytes with the NUL and never cuts a character.
 */
#ifndef QL_DOMAIN_MASK_H
#define QL_DOMAIN_MASK_H

#include <stddef.h>

void mask_phone(const char *phone, char *out, size_t size); /* 138****1234, 021-****1234, others: last four */
void mask_name(const char *name, char *out, size_t size);   /* 张*: the first character, never the length */
void mask_open_id(const char *id, char *out, size_t size);  /* first 4 + **** + last 4; short ones **** */

#endif
