/* erase.h -- personal data of cases erased, each with its row in the journal: one transaction a batch. */
#ifndef QLCTL_ERASE_H
#define QLCTL_ERASE_H

#include "tools/qlctl/keep_store.h"

/* why: "retention" (who raised it is forgotten) or "request" (and what was said). */
QL_MUSTCHECK enum ql_rc erase_cases(struct casebook *cb, const struct keep_cases *cases, const char *why, struct ql_err *err);

#endif
