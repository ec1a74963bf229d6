/* party_int.h -- what the commands of parties, hand-over and recusal share. */
#ifndef QL_CASEBOOK_PARTY_INT_H
#define QL_CASEBOOK_PARTY_INT_H

#include "casebook/step_int.h"

struct case_party *party_at(struct case_file *c, int seq);               /* NULL: none */
struct case_party *party_of_unit(struct case_file *c, int32_t unit);     /* NULL: none; the lead too */
bool party_recused(const struct case_file *c, int64_t coordinator);
/* The actor's unit is that unit or above it. */
bool party_over(const struct casebook *cb, const struct actor *who, int32_t unit);
/* The lead officer, or a supervisor above the unit that leads. */
bool party_leads(const struct casebook *cb, const struct case_file *c, const struct actor *who);

/* The unit's party, asked from now on: a new row, or its old one when it had ended; one that is open is left as it is. */
QL_MUSTCHECK enum ql_rc party_ask(struct casebook *cb, struct case_file *c, int32_t unit, const char *capacity, struct case_party **out, struct ql_err *err);
/* Gives the weight back; nobody has it. */
void party_free_officer(struct casebook *cb, struct case_party *p);
/* Waits for an officer again; tried: the one it had is not to be asked again. */
QL_MUSTCHECK enum ql_rc party_wait_again(struct casebook *cb, struct case_file *c, struct case_party *p, bool tried, struct ql_err *err);
/* Done, refused or withdrawn: weight and clocks end with it. */
void party_end(struct casebook *cb, struct case_file *c, struct case_party *p, enum party_state state);

#endif
