/* handover_store.h -- who is whose colleague, holds which duty, is recused from which enterprise. Worker threads. */
#ifndef QL_GATEWAY_HANDOVER_STORE_H
#define QL_GATEWAY_HANDOVER_STORE_H

#include "base/pg.h"
#include "session_store.h"

/* Whether the person signed in holds the duty for that unit today. */
QL_MUSTCHECK enum ql_rc store_has_duty(struct ql_pg *pg, const char *duty, int32_t unit, bool *has, struct ql_err *err);
/* In service, at that unit or below it. */
QL_MUSTCHECK enum ql_rc store_colleague(struct ql_pg *pg, int64_t coordinator, int32_t unit, bool *is, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_unit_of_coordinator(struct ql_pg *pg, int64_t coordinator, int32_t *unit, struct ql_err *err); /* 0: nobody */
/* From now on no case of that enterprise for that coordinator: dispatch hears it from the roster's journal. */
QL_MUSTCHECK enum ql_rc store_recusal(struct ql_pg *pg, const struct identity *who, int64_t coordinator, int64_t enterprise, const char *reason,
                                      const char *trace, struct ql_err *err);

#endif
