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
bool words_audience_known(const char *audience); /* public, parties or unit */

/* Finds the row and checks what it needs. QL_CONFLICT: not in this state or not by this role; QL_REJECT names the field. */
QL_MUSTCHECK enum ql_rc step_begin(struct step *s, enum case_action action, struct ql_err *err);
/* Opens cb->data as an object for the next journal row. */
struct ql_buf *unit_data(struct casebook *cb);
/* Moves the case along the row: state, clocks, journal, words. cb->data holds the row's facts, still open. */
QL_MUSTCHECK enum ql_rc step_finish(struct step *s, struct ql_err *err);
/* A journal row of the system that moves no state. cb->data as for step_finish(). */
QL_MUSTCHECK enum ql_rc step_record(struct casebook *cb, struct case_file *c, const char *event, struct ql_err *err);


/* assign.c: back to received, by whoever and why; removed_json: filters that his officer fails now, or NULL. */
QL_MUSTCHECK enum ql_rc unit_take_back(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason,
                                       const char *removed_json, struct ql_err *err);

#endif
