/* step_int.h -- what every command of casebook.h is made of: the row of the lifecycle that allows it, what it carries, and
 * the way from there to one journal row and one version more.
 *
 * A command is: step_begin() (may it?), checks of its own, unit_data() and the facts of its journal row, changes to the
 * case_file, step_finish(); rows of other tables are staged behind it.
 */
#ifndef QL_CASEBOOK_STEP_INT_H
#define QL_CASEBOOK_STEP_INT_H

#include "casebook/unit_int.h"

struct step {
	struct casebook *cb;
	struct case_file *c;
	const struct actor *who;
	const struct lifecycle_rule *rule;
	const struct words *words; /* NULL: nothing written */
	const char *audience;      /* of the journal row */
};

bool is_blank(const char *text); /* NULL too */
bool words_audience_known(const char *audience); /* public, parties or unit: sealed words name readers, casebook_seal() */

/* Finds the row and checks what it needs. QL_CONFLICT: not in this state or not by this role; QL_REJECT names the field. */
QL_MUSTCHECK enum ql_rc step_begin(struct step *s, enum case_action action, struct ql_err *err);
/* Opens cb->data as an object for the next journal row. */
struct ql_buf *unit_data(struct casebook *cb);
/* What clocks do from here on is because of the row that is being made. step_begin() and step_finish() see to it; needed by whoever
 * moves clocks before them. */
void step_cause(struct step *s);
/* Moves the case along the row: state, clocks, journal, words. cb->data holds the row's facts, still open. */
QL_MUSTCHECK enum ql_rc step_finish(struct step *s, struct ql_err *err);
/* A journal row of the system that moves no state. cb->data as for step_finish(). */
QL_MUSTCHECK enum ql_rc step_record(struct casebook *cb, struct case_file *c, const char *event, struct ql_err *err);


/* assign.c: back to received, by whoever and why; removed_json: filters that his officer fails now, or NULL. */
QL_MUSTCHECK enum ql_rc unit_take_back(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason,
                                       const char *removed_json, struct ql_err *err);

/* Words of an officer that are to reach an enterprise, whenever: QL_REJECT names the field and the class of a work secret in them. */
QL_MUSTCHECK enum ql_rc step_check_public(const struct casebook *cb, const char *text, const char *field, struct ql_err *err);

/* --- settle.c, second.c --- */
/* QL_REJECT when the outcome asks for more than there is; field: where its words stand. */
QL_MUSTCHECK enum ql_rc settle_check(const struct casebook *cb, const struct case_file *c, const struct result *r, const char *words, const char *field,
                                     struct ql_err *err);
/* The rest of an answer behind step_begin() and its checks. */
QL_MUSTCHECK enum ql_rc settle_answer(struct step *s, const struct result *r, struct ql_err *err);
void settle_take_up(struct case_file *c); /* a case that is taken up again: nobody has it, nothing is settled */
QL_MUSTCHECK enum ql_rc second_propose(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const struct result *r,
                                       struct ql_err *err);

/* --- message.c --- */
/* Clocks whose promise is kept by words that reach the enterprise, and only by those. */
#define PROMISES_TO_ENTERPRISE \
	(CLOCK_BIT(CLOCK_FIRST_RESPONSE) | CLOCK_BIT(CLOCK_NEXT_RESPONSE) | CLOCK_BIT(CLOCK_NEXT_UPDATE) | CLOCK_BIT(CLOCK_RESOLUTION) | CLOCK_BIT(CLOCK_REVIEW))
bool message_is_awaited(enum case_action made_by); /* a question, an answer */
/* The row for the arrival of what that action sent; NULL: nothing hangs on it in this state. */
const struct lifecycle_rule *message_arrival(const struct case_file *c, enum case_action made_by);
/* Leads the step to the state before, when that state's load finds room at its officer; else where its row says. */
QL_MUSTCHECK enum ql_rc step_restore(struct step *s, enum case_state before, struct lifecycle_rule *room, struct ql_err *err);

#endif
