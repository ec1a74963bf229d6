/* command.h -- what a person does to a case: one row of a table an action, all through casebook. Worker threads.
 *
 * An action is a row in commands_*.c: its name is the last segment of the path, its fields are the body's besides the version,
 * and the same rows offer the buttons. run() gets the case loaded and locked, at the version that its author saw.
 */
#ifndef QL_GATEWAY_COMMAND_H
#define QL_GATEWAY_COMMAND_H

#include "api.h"

#define COMMAND_TEXT (CASE_TEXT_MAX / 4) /* code points */

struct command {
	struct call *call;
	struct casebook *cb;
	struct case_file *file;
	struct actor who;
};

struct command_action {
	const char *name;
	enum case_action action; /* the lifecycle's row that offers it */
	const struct ql_field *fields;
	size_t n_fields, size; /* size: of the struct that the fields fill; run()'s in points to one */
	/* QL_CONFLICT becomes 409 with what is possible, QL_REJECT 422 with the field. A response of 400 and more may be made instead. */
	enum ql_rc (*run)(struct command *c, const void *in, struct ql_err *err);
};
#define COMMAND(name, action, fields, T, run) { name, action, fields, QL_LEN(fields), sizeof(T), run }
#define COMMAND_BARE(name, action, run)       { name, action, NULL, 0, 0, run }

struct command_set { const struct command_action *action; size_t n; };
extern const struct command_set COMMANDS_ASSIGN, COMMANDS_TALK, COMMANDS_SETTLE, COMMANDS_PARTY, COMMANDS_CLOCK;

/* --- for the actions --- */
/* Words to the enterprises of the case; an enterprise's own stay in its own talk. */
struct words command_public(const struct command *c, const char *text);

#endif
