/* command.h -- what a person does to a case: one row of a table an action, all through casebook. Worker threads.
 *
 * An action is a row in commands_*.c: its name is the last segment of the path, its fields are the body's besides the version,
 * and the same rows offer the buttons. run() gets the case loaded and locked, at the version that its author saw.
 */
#ifndef QL_GATEWAY_COMMAND_H
#define QL_GATEWAY_COMMAND_H

#include "api.h"
#include "domain/ident.h"

#define COMMAND_TEXT (CASE_TEXT_MAX / 4) /* code points */

struct command {
	struct call *call;
	struct casebook *cb;
	struct case_file *file;
	struct case_file *other; /* of an action with a second case: loaded and locked with the first */
	struct case_file *fresh; /* run() may set it: a case it opened; the answer shows it */
	struct actor who;
};

struct command_action {
	const char *name;
	enum case_action action; /* the lifecycle's row that offers it */
	const struct ql_field *fields;
	size_t n_fields, size; /* size: of the struct that the fields fill; run()'s in points to one */
	/* QL_CONFLICT becomes 409 with what is possible, QL_REJECT 422 with the field. A response of 400 and more may be made instead. */
	enum ql_rc (*run)(struct command *c, const void *in, struct ql_err *err);
	const char *other; /* member of the body that names a second case; NULL: none */
	bool as_named;     /* that very case, also when it was merged into another */
};
#define COMMAND(name, action, fields, T, run)              { name, action, fields, QL_LEN(fields), sizeof(T), run, NULL, false }
#define COMMAND_BARE(name, action, run)                    { name, action, NULL, 0, 0, run, NULL, false }
#define COMMAND_OTHER(name, action, run, other)            { name, action, NULL, 0, 0, run, other, false }
#define COMMAND_NAMED(name, action, fields, T, run, other) { name, action, fields, QL_LEN(fields), sizeof(T), run, other, true }

struct command_set { const struct command_action *action; size_t n; };
extern const struct command_set COMMANDS_ASSIGN, COMMANDS_TALK, COMMANDS_SETTLE, COMMANDS_PARTY, COMMANDS_HANDOVER, COMMANDS_TOGETHER, COMMANDS_URGE,
                                COMMANDS_AMEND, COMMANDS_JOIN, COMMANDS_CLOCK;

/* As whom the caller acts on cases. */
struct actor command_actor(const struct call *c);

/* Joins the request's transaction and loads and locks the case that the path names. c->file NULL: there is none, and the response
 * says so. */
QL_MUSTCHECK enum ql_rc command_open(struct command *c, struct ql_err *err);

/* --- for the actions --- */
/* Words to the enterprises of the case; an enterprise's own stay in its own talk. */
struct words command_public(const struct command *c, const char *text);
/* Numbers of entries from a member of the body: [7,9], ascending in out. QL_REJECT names the field. */
QL_MUSTCHECK enum ql_rc command_entries(const struct command *c, const char *member, int32_t *out, size_t max, size_t *n, struct ql_err *err);
/* A reference as someone wrote it: normalised, judged; a faulty one is kept with its fault. */
struct written_reference { char value[IDENT_MAX + 1], fault[1024]; struct case_reference_in in; };
QL_MUSTCHECK enum ql_rc command_reference(const char *type, const char *given, const char *field, struct written_reference *r, struct ql_err *err);

#endif
