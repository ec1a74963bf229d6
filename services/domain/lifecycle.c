#include "domain/lifecycle.h"

#include <stdio.h>
#include <string.h>
#include "base/err.h"

/* --- the table asked ------------------------------------------------------------------------------------------------ */

const struct lifecycle_rule *lifecycle_next(enum procedure procedure, enum case_state state, enum case_action action, enum case_role role)
{
	for (const struct lifecycle_rule *r = LIFECYCLE; r < LIFECYCLE + LIFECYCLE_ROWS; r++)
		if (r->procedure == procedure && r->from == state && r->action == action && (r->roles & ROLE_BIT(role)) != 0)
			return r;
	return NULL;
}

size_t lifecycle_actions(enum procedure procedure, enum case_state state, enum case_role role, enum case_action *out)
{
	size_t n = 0;

	for (const struct lifecycle_rule *r = LIFECYCLE; r < LIFECYCLE + LIFECYCLE_ROWS; r++)
		if (r->procedure == procedure && r->from == state && (r->roles & ROLE_BIT(role)) != 0)
			out[n++] = r->action;
	return n;
}

bool lifecycle_is_open(enum case_state state) { return state >= CASE_RECEIVED && state <= CASE_ANSWERED; }
bool lifecycle_holds_load(enum case_state state) { return state >= CASE_ASSIGNED && state <= CASE_WAITING_ENTERPRISE; }

bool outcome_needs_second_reader(enum case_outcome outcome) { return outcome == OUTCOME_EXPLAINED; }

bool outcome_begins_anew(enum case_outcome outcome)
{
	return outcome == OUTCOME_REFERRED || outcome == OUTCOME_UNREACHABLE || outcome == OUTCOME_SELF_RECOVERED;
}

bool outcome_needs_words(enum case_outcome outcome)
{
	return outcome == OUTCOME_EXPLAINED || outcome == OUTCOME_REFERRED || outcome == OUTCOME_NO_FAULT_FOUND;
}

bool lifecycle_way(enum case_action action, enum case_role role, enum case_way *way)
{
	static const struct {
		enum case_action action;
		enum case_way way;
	} WAYS[] = {
		{ ACT_CONFIRM,           WAY_CONFIRMED },
		{ ACT_CLOSE_SILENT,      WAY_SILENT    },
		{ ACT_OPEN_SOLVED,       WAY_DIRECT    },
		{ ACT_ANSWER_AND_CLOSE,  WAY_DIRECT    },
		{ ACT_APPROVE_AND_CLOSE, WAY_DIRECT    },
		{ ACT_CLOSE,             WAY_DIRECT    },
		{ ACT_WITHDRAW,          WAY_DIRECT    },
	};

	for (size_t i = 0; i < QL_LEN(WAYS); i++)
		if (WAYS[i].action == action) {
			*way = action == ACT_CLOSE && role == ROLE_SYSTEM ? WAY_SYSTEM : WAYS[i].way;
			return true;
		}
	return false;
}

/* --- names ----------------------------------------------------------------------------------------------------------- */

static const char *const PROCEDURE_NAMES[PROCEDURES] = { "coordination", "callback" };
static const char *const STATE_NAMES[CASE_STATES] = { "none", "received", "assigned", "working", "waiting_enterprise", "answered", "closed", "merged" };
static const char *const ACTION_NAMES[CASE_ACTIONS] = {
	[ACT_OPEN] = "open",
	[ACT_OPEN_SOLVED] = "open_solved",
	[ACT_ASSIGN] = "assign",
	[ACT_ACCEPT] = "accept",
	[ACT_DECLINE] = "decline",
	[ACT_NOT_ACCEPTED] = "not_accepted",
	[ACT_RELEASE] = "release",
	[ACT_REPLY] = "reply",
	[ACT_NOTE] = "note",
	[ACT_ASK] = "ask",
	[ACT_RESUME] = "resume",
	[ACT_ANSWER] = "answer",
	[ACT_ANSWER_AND_CLOSE] = "answer_and_close",
	[ACT_UNDELIVERED] = "undelivered",
	[ACT_CONFIRM] = "confirm",
	[ACT_CLOSE_SILENT] = "close_silent",
	[ACT_CLOSE] = "close",
	[ACT_WITHDRAW] = "withdraw",
	[ACT_REOPEN] = "reopen",
	[ACT_MERGE] = "merge",
	[ACT_UNMERGE] = "unmerge",
	[ACT_ATTACH] = "attach",
	[ACT_CALL_ATTEMPT] = "call_attempt",
	[ACT_ESCALATE] = "escalate",
	[ACT_PRESS_ON] = "press_on",
	[ACT_REVIEW] = "review",
	[ACT_SET_NEED] = "set_need",
	[ACT_CLASSIFY] = "classify",
	[ACT_INVITE] = "invite",
	[ACT_PARTY_ASSIGN] = "assign_party",
	[ACT_PARTY_ACCEPT] = "accept_party",
	[ACT_PARTY_REFUSE] = "refuse_party",
	[ACT_PARTY_NOT_ACCEPTED] = "party_not_accepted",
	[ACT_CONTRIBUTE] = "contribute",
	[ACT_PARTY_DONE] = "finish_party",
	[ACT_PARTY_WITHDRAW] = "withdraw_party",
	[ACT_HAND_OVER] = "hand_over",
	[ACT_LEAD_ACCEPT] = "accept_lead",
	[ACT_LEAD_REFUSE] = "refuse_lead",
	[ACT_RULE] = "rule",
	[ACT_RULE_KEEP] = "rule_keep",
	[ACT_PASS_ON] = "pass_on",
	[ACT_TAKE_OVER] = "take_over",
	[ACT_TAKE_PART] = "take_part",
	[ACT_KEEP] = "keep",
	[ACT_RECUSE] = "recuse",
	[ACT_RECUSE_LEAD] = "recuse_lead",
	[ACT_MEET] = "call_meeting",
	[ACT_MINUTES] = "minutes",
	[ACT_TASK_ADD] = "add_task",
	[ACT_TASK_DONE] = "finish_task",
	[ACT_TASK_UNDO] = "reopen_task",
	[ACT_VISIT] = "plan_visit",
	[ACT_VISIT_RESULT] = "visit_result",
	[ACT_UNDO] = "undo",
	[ACT_UNDO_ASK] = "undo_ask",
	[ACT_UNDO_ANSWER] = "undo_answer",
	[ACT_ARRIVED] = "arrived",
	[ACT_ASK_ARRIVED] = "ask_arrived",
	[ACT_ANSWER_ARRIVED] = "answer_arrived",
	[ACT_ANNOUNCED_LATE] = "announced_late",
	[ACT_LOST] = "lost",
	[ACT_ASK_LOST] = "ask_lost",
	[ACT_ANNOUNCE] = "announce",
	[ACT_PROPOSE] = "propose",
	[ACT_APPROVE] = "approve",
	[ACT_APPROVE_AND_CLOSE] = "approve_and_close",
	[ACT_RETURN] = "return",
	[ACT_OBJECT] = "object",
	[ACT_REOPEN_ANEW] = "reopen_anew",
	[ACT_REOPEN_LATER] = "reopen_later",
	[ACT_REVIEWED] = "reviewed",
	[ACT_ENTERPRISES] = "enterprises",
	[ACT_REFERENCES] = "references",
	[ACT_MOVE] = "move",
	[ACT_TAKE_IN] = "take_in",
	[ACT_SPLIT] = "split",
	[ACT_ABSORB] = "absorb",
	[ACT_SEPARATE] = "separate",
	[ACT_AGREE_PAUSE] = "agree_pause",
	[ACT_CONTEST_PAUSE] = "contest_pause",
	[ACT_UPHOLD_PAUSE] = "uphold_pause",
	[ACT_VOID_PAUSE] = "void_pause",
	[ACT_ASK_EXTENSION] = "ask_extension",
	[ACT_GRANT_EXTENSION] = "grant_extension",
	[ACT_REFUSE_EXTENSION] = "refuse_extension",
	[ACT_ATTACH_FILE] = "attach_file",
};
static const char *const ROLE_NAMES[CASE_ROLES] = { "system", "coordinator", "supervisor", "enterprise", "operator" };
static const char *const OUTCOME_NAMES[CASE_OUTCOMES] = { "solved", "explained", "referred", "withdrawn", "unreachable", "self_recovered", "no_fault_found" };
static const char *const WAY_NAMES[CASE_WAYS] = { "confirmed", "silent", "direct", "system" };

static int find_name(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

#define NAMED(type, prefix, NAMES) \
	const char *prefix##_name(type v) { return NAMES[v]; } \
	bool prefix##_parse(const char *name, type *v) \
	{ \
		int i = find_name(NAMES, (int)QL_LEN(NAMES), name); \
 \
		if (i >= 0) \
			*v = (type)i; \
		return i >= 0; \
	}

NAMED(enum procedure, procedure, PROCEDURE_NAMES)
NAMED(enum case_state, case_state, STATE_NAMES)
NAMED(enum case_action, case_action, ACTION_NAMES)
NAMED(enum case_role, case_role, ROLE_NAMES)
NAMED(enum case_outcome, case_outcome, OUTCOME_NAMES)
NAMED(enum case_way, case_way, WAY_NAMES)

/* --- the picture ----------------------------------------------------------------------------------------------------- */

#define LINE_MAX_BYTES 512

static const char *node(enum case_state state) { return state == CASE_NONE ? "[*]" : STATE_NAMES[state]; }

/* The actions that lead from one state to another, each once, joined on one arrow. */
static bool draw_arrow(enum procedure procedure, enum case_state from, enum case_state to, char text[LINE_MAX_BYTES])
{
	int n = snprintf(text, LINE_MAX_BYTES, "    %s --> %s: ", node(from), node(to));
	bool drawn[CASE_ACTIONS] = { false }, any = false;

	for (const struct lifecycle_rule *r = LIFECYCLE; r < LIFECYCLE + LIFECYCLE_ROWS; r++) {
		if (r->procedure != procedure || r->from != from || r->to != to || drawn[r->action])
			continue;
		if (n < LINE_MAX_BYTES)
			n += snprintf(text + n, (size_t)(LINE_MAX_BYTES - n), "%s%s", any ? ", " : "", ACTION_NAMES[r->action]);
		any = drawn[r->action] = true;
	}
	return any;
}

void lifecycle_draw(enum procedure procedure, void (*line)(void *to, const char *text), void *to)
{
	char text[LINE_MAX_BYTES];

	line(to, "stateDiagram-v2");
	for (int from = CASE_NONE; from < CASE_STATES; from++)
		for (int next = CASE_RECEIVED; next < CASE_STATES; next++)
			if (from != next && draw_arrow(procedure, (enum case_state)from, (enum case_state)next, text))
				line(to, text);
}
