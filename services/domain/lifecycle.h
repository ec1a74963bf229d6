/* lifecycle.h -- the one table of what may happen to a case: it guards the command, offers the buttons, draws the
 * diagram of the README. Pure data and look-ups.
 */
#ifndef QL_DOMAIN_LIFECYCLE_H
#define QL_DOMAIN_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include "domain/clocks.h"

enum procedure {
	PROCEDURE_COORDINATION,
	PROCEDURE_CALLBACK,
	PROCEDURES
};

/* CASE_NONE is the moment before the first row; it is never stored. */
enum case_state {
	CASE_NONE,
	CASE_RECEIVED,
	CASE_ASSIGNED,
	CASE_WORKING,
	CASE_WAITING_ENTERPRISE,
	CASE_ANSWERED,
	CASE_CLOSED,
	CASE_MERGED,
	CASE_STATES
};

enum case_action {
	ACT_OPEN,
	ACT_OPEN_SOLVED,
	ACT_ASSIGN,
	ACT_ACCEPT,
	ACT_DECLINE,
	ACT_NOT_ACCEPTED,
	ACT_RELEASE,
	ACT_REPLY, /* public: words between officer and enterprise */
	ACT_NOTE,  /* any narrower audience; touches no clock */
	ACT_ASK,
	ACT_RESUME,
	ACT_ANSWER,
	ACT_ANSWER_AND_CLOSE,
	ACT_UNDELIVERED,
	ACT_CONFIRM,
	ACT_CLOSE_SILENT,
	ACT_CLOSE,
	ACT_WITHDRAW,
	ACT_REOPEN,
	ACT_MERGE,
	ACT_UNMERGE,
	ACT_ATTACH,
	ACT_CALL_ATTEMPT,
	ACT_ESCALATE,
	ACT_PRESS_ON, /* 催办 */
	ACT_REVIEW,   /* 提请复核: another pair of eyes */
	ACT_SET_NEED, /* needed by, and why */
	ACT_CLASSIFY, /* category, priority, subject corrected */
	ACT_INVITE, /* a unit is asked to take part */
	ACT_PARTY_ASSIGN,
	ACT_PARTY_ACCEPT,
	ACT_PARTY_REFUSE, /* an officer: not me; a supervisor: not this unit */
	ACT_PARTY_NOT_ACCEPTED,
	ACT_CONTRIBUTE,
	ACT_PARTY_DONE,
	ACT_PARTY_WITHDRAW,
	ACT_HAND_OVER, /* 转办: another unit is asked to lead */
	ACT_LEAD_ACCEPT,
	ACT_LEAD_REFUSE,
	ACT_RULE, /* after two refusals: who leads from now on; that is final */
	ACT_RULE_KEEP,
	ACT_PASS_ON, /* a colleague is asked to take one's part over */
	ACT_TAKE_OVER,
	ACT_TAKE_PART,
	ACT_KEEP, /* ... and does not, or need not any more */
	ACT_RECUSE, /* 回避: a person leaves the case for good */
	ACT_RECUSE_LEAD,
	ACT_MEET,
	ACT_MINUTES,
	ACT_TASK_ADD,
	ACT_TASK_DONE,
	ACT_TASK_UNDO,
	ACT_VISIT,
	ACT_VISIT_RESULT,
	ACT_UNDO,         /* words taken back before they went out */
	ACT_UNDO_ASK,     /* ... that were the question waited on */
	ACT_UNDO_ANSWER,  /* ... that were the answer */
	ACT_ARRIVED,      /* a message was delivered: nothing follows from it */
	ACT_ASK_ARRIVED,  /* ... the question: only now the enterprise's time runs */
	ACT_ANSWER_ARRIVED,
	ACT_ANNOUNCED_LATE, /* ... that silence will close, when the time for silence was over */
	ACT_LOST,         /* a message was not delivered; ACT_UNDELIVERED: the answer */
	ACT_ASK_LOST,
	ACT_ANNOUNCE,     /* tells the enterprise that its silence will close the case */
	ACT_PROPOSE,      /* an answer that a second person must read first */
	ACT_APPROVE,
	ACT_APPROVE_AND_CLOSE,
	ACT_RETURN,
	ACT_OBJECT,
	ACT_REOPEN_ANEW,  /* what was closed without being solved here begins again with fresh promises */
	ACT_REOPEN_LATER, /* past the window: another case takes it up */
	ACT_REVIEWED,
	ACT_ENTERPRISES,  /* who is on it, and as what */
	ACT_REFERENCES,
	ACT_MOVE,         /* words to another case */
	ACT_TAKE_IN,      /* ... seen from that case */
	ACT_SPLIT,
	ACT_ABSORB,       /* a merge, seen from the heir */
	ACT_SEPARATE,     /* its undoing, seen from the heir */
	ACT_AGREE_PAUSE,   /* agreed with the enterprise: its part began at an instant that is past */
	ACT_CONTEST_PAUSE, /* the enterprise says that it was not waited for */
	ACT_UPHOLD_PAUSE,
	ACT_VOID_PAUSE, /* the pause did not hold: its time counts */
	ACT_ASK_EXTENSION,
	ACT_GRANT_EXTENSION, /* by another than who asked */
	ACT_REFUSE_EXTENSION,
	ACT_ATTACH_FILE,
	CASE_ACTIONS
};

enum case_role {
	ROLE_SYSTEM,
	ROLE_COORDINATOR,
	ROLE_SUPERVISOR,
	ROLE_ENTERPRISE,
	ROLE_OPERATOR,
	CASE_ROLES
};
#define ROLE_BIT(role) (1u << (role))

/* What the command must carry or the door must check besides the state; the table only says which. */
enum case_need {
	NEED_WORDS = 1,       /* a text or reason that is not blank */
	NEED_OUTCOME = 2,     /* an enum case_outcome; solved when an answer names none; it may need more, see below */
	NEED_COORDINATOR = 4, /* the one to assign */
	NEED_LEAD = 8,        /* a coordinator may do it only as the case's lead officer; other roles as they are */
	NEED_OTHER_CASE = 16,
	NEED_DEPARTMENT = 32, /* the result names the department that gave it */
	NEED_DELIVERY = 64,   /* makes an outgoing message whose delivery is followed */
	NEED_WINDOW = 128,    /* only within the reopening window */
	NEED_SECOND_READER = 256, /* a holder of that duty, not the author, not recused */
	NEED_RESTORE = 512,   /* leads to the state before, if its officer has room for it; else where the row says */
	NEED_PARTY = 4096,    /* a coordinator may do it only for a party whose officer he is, or is to be */
	NEED_PART = 8192      /* ... only with a part in the case, as lead or as party */
};

/* CLOCK_BIT masks; on a clock that the case does not have in that condition they have no effect. */
struct lifecycle_clocks {
	unsigned start;  /* a new cycle with its first RUN segment; one that runs already is left alone */
	unsigned meet;   /* the promise is kept: the clock ends */
	unsigned pause;  /* ends the RUN segment, begins a PAUSE */
	unsigned resume; /* a paused or stopped one runs on: a new RUN segment of the same cycle */
	unsigned reopen; /* as resume, and one that was met too: reopening never forgives */
	unsigned stop;   /* ends without a verdict; comes before start, so that both together mean anew */
};

struct lifecycle_rule {
	enum procedure procedure;
	enum case_state from;
	enum case_action action;
	unsigned roles;     /* ROLE_BIT mask */
	unsigned needs;     /* enum case_need mask */
	enum case_state to; /* = from: the state stays */
	struct lifecycle_clocks clocks;
	const char *why;   /* text key: "why.assigned" */
	const char *event; /* journal event: "assigned" */
};
extern const struct lifecycle_rule LIFECYCLE[];
extern const size_t LIFECYCLE_ROWS;

/* The row that applies, or NULL: this role may not do that in this state. */
const struct lifecycle_rule *lifecycle_next(enum procedure procedure, enum case_state state, enum case_action action,
                                            enum case_role role);
/* What to offer; out holds CASE_ACTIONS. Returns how many. */
size_t lifecycle_actions(enum procedure procedure, enum case_state state, enum case_role role, enum case_action *out);

bool lifecycle_is_open(enum case_state state);    /* counted as an open problem: received .. answered */
bool lifecycle_holds_load(enum case_state state); /* its weight stands on a coordinator: assigned, working, waiting */

enum case_outcome {
	OUTCOME_SOLVED,
	OUTCOME_EXPLAINED,
	OUTCOME_REFERRED,
	OUTCOME_WITHDRAWN,
	OUTCOME_UNREACHABLE,
	OUTCOME_SELF_RECOVERED,
	OUTCOME_NO_FAULT_FOUND,
	CASE_OUTCOMES
};
bool outcome_needs_second_reader(enum case_outcome outcome);
bool outcome_needs_words(enum case_outcome outcome);
bool outcome_begins_anew(enum case_outcome outcome); /* reopened it has fresh promises: nobody here had worked out a result */
enum case_way {
	WAY_CONFIRMED,
	WAY_SILENT,
	WAY_DIRECT,
	WAY_SYSTEM,
	CASE_WAYS
};                                                                                    /* how it was closed, beside the outcome */
bool lifecycle_way(enum case_action action, enum case_role role, enum case_way *way); /* false: closes nothing */

/* Names as stored and sent ("waiting_enterprise", "answer_and_close"); parse answers false for an unknown one. */
const char *procedure_name(enum procedure v);
const char *case_state_name(enum case_state v);
const char *case_action_name(enum case_action v);
const char *case_role_name(enum case_role v);
const char *case_outcome_name(enum case_outcome v);
const char *case_way_name(enum case_way v);
bool procedure_parse(const char *name, enum procedure *v);
bool case_state_parse(const char *name, enum case_state *v);
bool case_action_parse(const char *name, enum case_action *v);
bool case_role_parse(const char *name, enum case_role *v);
bool case_outcome_parse(const char *name, enum case_outcome *v);
bool case_way_parse(const char *name, enum case_way *v);

/* The procedure as a mermaid state diagram, line by line. */
void lifecycle_draw(enum procedure procedure, void (*line)(void *to, const char *text), void *to);

#endif
