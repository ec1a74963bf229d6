/* ident_fault.h -- how the identifier files of domain/ fill a fault; nobody else includes it. */
#ifndef QL_DOMAIN_IDENT_FAULT_H
#define QL_DOMAIN_IDENT_FAULT_H

#include "base/err.h"
#include "domain/ident.h"

/* fault may be NULL everywhere; a sentence too long for its place is cut between characters. The first two always
 * answer false, so that failing is one line. ident_fault gives both sentences the same arguments in the same order. */
QL_PRINTF(5, 6)
bool ident_fault(struct ident_fault *fault, const char *code, int position, const char *zh, const char *en, ...);
bool ident_fault_is(struct ident_fault *fault, const char *code, int position);
QL_PRINTF(2, 3)
void ident_fault_zh(struct ident_fault *fault, const char *zh, ...);
QL_PRINTF(2, 3)
void ident_fault_en(struct ident_fault *fault, const char *en, ...);

#endif
