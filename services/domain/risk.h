/* risk.h -- words that may not reach an enterprise: found however they are written. Pure. */
#ifndef QL_DOMAIN_RISK_H
#define QL_DOMAIN_RISK_H

#include <stdbool.h>
#include <stddef.h>

/* A text made comparable: folded (fold.h), small letters, one blank for what separates words of letters, nothing between the
 * characters of Chinese, whatever was put between them. out takes size bytes with the NUL; the plain text is never longer than
 * the text. Returns false when it did not fit. */
bool risk_plain(const char *text, char *out, size_t size);

/* Whether a plain text holds a plain word. A word of letters begins where a word of the text begins ("risk profile" is in
 * "risk profiles", not in "brisk profile"); a Chinese one is found anywhere. */
bool risk_holds(const char *plain_text, const char *plain_word);

#endif
