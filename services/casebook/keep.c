#include "casebook/step_int.h"

/* Moves no state and no clock; the reason is an entry, so that the journal's hashed facts hold no words of people. */
static enum ql_rc record(struct casebook *cb, struct case_file *c, const struct actor *who, const char *event, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, w->audience };

	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = c->state, .action = ACT_NOTE, .to = c->state, .event = event };
	return step_finish(&s, err);
}

enum ql_rc casebook_reveal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *what, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "unit", NULL, NULL, 0 };

	if (is_blank(reason))
		return ql_reject(err, "/reason", "say why you need it: it is written down");
	ql_json_text(unit_data(cb), "what", what);
	return record(cb, c, who, "revealed", &w, err);
}

enum ql_rc casebook_hold(struct casebook *cb, struct case_file *c, const struct actor *who, bool on, const char *reason, struct ql_err *err)
{
	const struct words w = { reason, "parties", NULL, NULL, 0 };

	if (is_blank(reason))
		return ql_reject(err, "/reason", "say why");
	unit_data(cb);
	return record(cb, c, who, on ? "held" : "hold_released", &w, err);
}

enum ql_rc casebook_erased(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err)
{
	const struct words none = { NULL, "parties", NULL, NULL, 0 };

	ql_json_text(unit_data(cb), "why", why);
	return record(cb, c, who, "erased", &none, err);
}
