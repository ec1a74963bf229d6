/* terms_int.h -- inside of terms.h: the characters of a text, folded, as terms see them. */
#ifndef QL_DOMAIN_TERMS_INT_H
#define QL_DOMAIN_TERMS_INT_H

#include "domain/terms.h"

/* A sign is written without blanks between words: Chinese characters, kana, hangul. */
enum letter_kind { LETTER_GAP, LETTER_JOINT, LETTER_ALPHA, LETTER_DIGIT, LETTER_SIGN };
struct letter { enum letter_kind kind; uint32_t point; char text[5]; size_t size; };

/* The next character, folded; marks that stand for nothing are passed over. False at the end. */
bool letter_next(const char **text, struct letter *l);

#endif
