/* lifecycle_rules.c -- the rows. Read one as: in this state, this action by these roles, needing that, leads there.
 *
 * A state is left for received whenever the case must find a coordinator again, reopening included: capacity is taken
 * in one place only, by dispatch, which tries the officer who had it first.
 */
#include "base/err.h"
#include "domain/lifecycle.h"

#define SYS ROLE_BIT(ROLE_SYSTEM)
#define CO  ROLE_BIT(ROLE_COORDINATOR)
#define SUP ROLE_BIT(ROLE_SUPERVISOR)
#define ENT ROLE_BIT(ROLE_ENTERPRISE)

#define UNASSIGNED   CLOCK_BIT(CLOCK_UNASSIGNED)
#define ACCEPT       CLOCK_BIT(CLOCK_ACCEPT)
#define FIRST        CLOCK_BIT(CLOCK_FIRST_RESPONSE)
#define NEXT         CLOCK_BIT(CLOCK_NEXT_RESPONSE)
#define UPDATE       CLOCK_BIT(CLOCK_NEXT_UPDATE)
#define RESOLUTION   CLOCK_BIT(CLOCK_RESOLUTION)
#define CONFIRMATION CLOCK_BIT(CLOCK_CONFIRMATION)
#define CALL_BACK    CLOCK_BIT(CLOCK_CALL_BACK)
#define SPOKEN       (FIRST | NEXT | UPDATE) /* what an officer's word to the enterprise fulfils */
#define LONG         (RESOLUTION | UPDATE)   /* what stands still while the enterprise is asked */
#define EVERY        ((1u << CLOCK_KINDS) - 1)

#define NOTHING { 0 }
#define SPEAKS  { .start = UPDATE, .meet = SPOKEN } /* each word promises the next one */
#define WAITS   { .start = UNASSIGNED, .stop = ACCEPT }
#define ENDS    { .stop = EVERY }
#define REOPENS { .start = UNASSIGNED, .resume = SPOKEN, .reopen = RESOLUTION, .stop = CONFIRMATION }

#define C PROCEDURE_COORDINATION
#define B PROCEDURE_CALLBACK

/* Rows that every open state has. */
#define OPEN_STATE(procedure, state) \
	{ procedure, state, ACT_NOTE, SYS | CO | SUP, NEED_WORDS, state, NOTHING, "why.noted", "noted" }, \
	{ procedure, state, ACT_ATTACH, SYS | CO | SUP, 0, state, NOTHING, "why.attached", "attached" }, \
	{ procedure, state, ACT_CLASSIFY, CO | SUP, 0, state, NOTHING, "why.classified", "classified" }, \
	{ procedure, state, ACT_ESCALATE, SYS | CO | SUP, 0, state, NOTHING, "why.escalated", "escalated" }, \
	{ procedure, state, ACT_WITHDRAW, SYS | ENT, 0, CASE_CLOSED, ENDS, "why.withdrawn", "closed" }, \
	{ procedure, state, ACT_MERGE, SYS | CO | SUP, NEED_OTHER_CASE, CASE_MERGED, ENDS, "why.merged", "merged" }

/* ... and every open state of a coordination, which has an enterprise that waits. */
#define ENTERPRISE_WAITS(state) \
	{ C, state, ACT_SET_NEED, CO | SUP | ENT, 0, state, NOTHING, "why.need_set", "need_set" }, \
	{ C, state, ACT_PRESS_ON, ENT, 0, state, NOTHING, "why.pressed_on", "pressed_on" }, \
	{ C, state, ACT_REVIEW, ENT, 0, state, NOTHING, "why.review_asked", "review_asked" }, \
	{ C, state, ACT_CONTEST_PAUSE, ENT, NEED_WORDS, state, NOTHING, "why.pause_contested", "pause_contested" }, \
	{ C, state, ACT_UPHOLD_PAUSE, SUP, NEED_WORDS | NEED_DELIVERY, state, NOTHING, "why.pause_upheld", "pause_upheld" }, \
	{ C, state, ACT_GRANT_EXTENSION, SUP, NEED_WORDS | NEED_DELIVERY, state, NOTHING, "why.extended", "extended" }, \
	{ C, state, ACT_REFUSE_EXTENSION, SUP, NEED_WORDS, state, NOTHING, "why.extension_refused", "extension_refused" }

#define PAUSE_FALLS(state, to, clocks) \
	{ C, state, ACT_VOID_PAUSE, SUP, NEED_WORDS | NEED_DELIVERY, to, clocks, "why.pause_voided", "pause_voided" }

/* ... in which others work along: each party in its own part, which moves no state of the case. */
#define JOINT_WORK(state) \
	{ C, state, ACT_PARTY_ASSIGN, SYS | SUP, NEED_COORDINATOR | NEED_PARTY, state, NOTHING, "why.party_assigned", "party_assigned" }, \
	{ C, state, ACT_PARTY_ACCEPT, CO, NEED_PARTY, state, NOTHING, "why.party_accepted", "party_accepted" }, \
	{ C, state, ACT_PARTY_REFUSE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.party_refused", "party_refused" }, \
	{ C, state, ACT_PARTY_NOT_ACCEPTED, SYS, 0, state, NOTHING, "why.party_not_accepted", "party_not_accepted" }, \
	{ C, state, ACT_CONTRIBUTE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.contributed", "contributed" }, \
	{ C, state, ACT_PARTY_DONE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.party_done", "party_done" }, \
	{ C, state, ACT_PARTY_WITHDRAW, CO | SUP, NEED_LEAD | NEED_WORDS, state, NOTHING, "why.party_withdrawn", "party_withdrawn" }
/* ... and in which others can still be brought in. */
#define JOINED(state) \
	{ C, state, ACT_INVITE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.party_invited", "party_invited" }, \
	JOINT_WORK(state)

const struct lifecycle_rule LIFECYCLE[] = {
	/* --- coordination ------------------------------------------------------------------------------------------- */
	{ C, CASE_NONE, ACT_OPEN, SYS | CO | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED | FIRST | RESOLUTION }, "why.opened", "opened" },
	{ C, CASE_NONE, ACT_OPEN_SOLVED, SYS | CO | SUP, NEED_OUTCOME, CASE_CLOSED, NOTHING, "why.solved_at_once", "closed" },

	{ C, CASE_RECEIVED, ACT_ASSIGN, SYS | SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = UNASSIGNED }, "why.assigned", "assigned" },
	{ C, CASE_RECEIVED, ACT_REPLY, SUP, NEED_WORDS | NEED_DELIVERY, CASE_RECEIVED, SPEAKS, "why.replied", "replied" },
	{ C, CASE_RECEIVED, ACT_REPLY, ENT, NEED_WORDS, CASE_RECEIVED, NOTHING, "why.enterprise_wrote", "replied" },
	{ C, CASE_RECEIVED, ACT_ANSWER_AND_CLOSE, SUP, NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = UNASSIGNED }, "why.answered_and_closed", "closed" },
	{ C, CASE_RECEIVED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(C, CASE_RECEIVED),
	ENTERPRISE_WAITS(CASE_RECEIVED),
	JOINED(CASE_RECEIVED),
	PAUSE_FALLS(CASE_RECEIVED, CASE_RECEIVED, NOTHING),

	{ C, CASE_ASSIGNED, ACT_ACCEPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.accepted", "accepted" },
	{ C, CASE_ASSIGNED, ACT_DECLINE, CO, NEED_LEAD | NEED_WORDS, CASE_RECEIVED, WAITS, "why.declined", "declined" },
	{ C, CASE_ASSIGNED, ACT_NOT_ACCEPTED, SYS, 0, CASE_RECEIVED, WAITS, "why.not_accepted", "not_accepted" },
	{ C, CASE_ASSIGNED, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, WAITS, "why.released", "released" },
	{ C, CASE_ASSIGNED, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .stop = ACCEPT }, "why.assigned", "assigned" },
	{ C, CASE_ASSIGNED, ACT_REPLY, ENT, NEED_WORDS, CASE_ASSIGNED, NOTHING, "why.enterprise_wrote", "replied" },
	/* Doing the work is accepting it. */
	{ C, CASE_ASSIGNED, ACT_REPLY, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WORKING, { .start = UPDATE, .meet = ACCEPT | SPOKEN }, "why.accepted_by_reply", "replied" },
	{ C, CASE_ASSIGNED, ACT_ASK, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .meet = ACCEPT | FIRST | NEXT, .pause = LONG }, "why.asked", "asked" },
	{ C, CASE_ASSIGNED, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .start = CONFIRMATION, .meet = ACCEPT | SPOKEN | RESOLUTION }, "why.answered", "answered" },
	{ C, CASE_ASSIGNED, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = ACCEPT | SPOKEN | RESOLUTION }, "why.answered_and_closed", "closed" },
	{ C, CASE_ASSIGNED, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.call_attempted", "call_attempted" },
	{ C, CASE_ASSIGNED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(C, CASE_ASSIGNED),
	ENTERPRISE_WAITS(CASE_ASSIGNED),
	JOINED(CASE_ASSIGNED),
	PAUSE_FALLS(CASE_ASSIGNED, CASE_ASSIGNED, NOTHING),

	{ C, CASE_WORKING, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WORKING, SPEAKS, "why.replied", "replied" },
	{ C, CASE_WORKING, ACT_REPLY, ENT, NEED_WORDS, CASE_WORKING, { .start = NEXT }, "why.enterprise_wrote", "replied" },
	{ C, CASE_WORKING, ACT_ASK, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .meet = FIRST | NEXT, .pause = LONG }, "why.asked", "asked" },
	{ C, CASE_WORKING, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .start = CONFIRMATION, .meet = SPOKEN | RESOLUTION }, "why.answered", "answered" },
	{ C, CASE_WORKING, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION }, "why.answered_and_closed", "closed" },
	{ C, CASE_WORKING, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, NOTHING, "why.call_attempted", "call_attempted" },
	{ C, CASE_WORKING, ACT_AGREE_PAUSE, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .pause = LONG }, "why.pause_agreed", "pause_agreed" },
	{ C, CASE_WORKING, ACT_ASK_EXTENSION, CO, NEED_LEAD | NEED_WORDS, CASE_WORKING, NOTHING, "why.extension_asked", "extension_asked" },
	{ C, CASE_WORKING, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, WAITS, "why.released", "released" },
	{ C, CASE_WORKING, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT }, "why.assigned", "assigned" },
	{ C, CASE_WORKING, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(C, CASE_WORKING),
	ENTERPRISE_WAITS(CASE_WORKING),
	JOINED(CASE_WORKING),
	PAUSE_FALLS(CASE_WORKING, CASE_WORKING, NOTHING),

	{ C, CASE_WAITING_ENTERPRISE, ACT_RESUME, SYS | CO | SUP | ENT, NEED_LEAD, CASE_WORKING, { .start = NEXT, .resume = LONG }, "why.resumed", "resumed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_REPLY, ENT, NEED_WORDS, CASE_WORKING, { .start = NEXT, .resume = LONG }, "why.enterprise_answered", "resumed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, NOTHING, "why.replied", "replied" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .start = CONFIRMATION, .meet = SPOKEN | RESOLUTION }, "why.answered", "answered" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION }, "why.answered_and_closed", "closed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WAITING_ENTERPRISE, NOTHING, "why.call_attempted", "call_attempted" },
	/* Whoever must find the case a new officer may not do so on the enterprise's time. */
	{ C, CASE_WAITING_ENTERPRISE, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED, .resume = LONG }, "why.released", "released" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .resume = LONG }, "why.assigned", "assigned" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(C, CASE_WAITING_ENTERPRISE),
	ENTERPRISE_WAITS(CASE_WAITING_ENTERPRISE),
	JOINED(CASE_WAITING_ENTERPRISE),
	PAUSE_FALLS(CASE_WAITING_ENTERPRISE, CASE_WORKING, { .resume = LONG }),
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASK_EXTENSION, CO, NEED_LEAD | NEED_WORDS, CASE_WAITING_ENTERPRISE, NOTHING, "why.extension_asked", "extension_asked" },

	{ C, CASE_ANSWERED, ACT_CONFIRM, CO | ENT, NEED_LEAD, CASE_CLOSED, { .meet = CONFIRMATION }, "why.confirmed", "closed" },
	{ C, CASE_ANSWERED, ACT_CLOSE_SILENT, SYS, 0, CASE_CLOSED, { .stop = CONFIRMATION }, "why.silent", "closed" },
	{ C, CASE_ANSWERED, ACT_CLOSE, SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ C, CASE_ANSWERED, ACT_UNDELIVERED, SYS, 0, CASE_RECEIVED, REOPENS, "why.undelivered", "undelivered" },
	{ C, CASE_ANSWERED, ACT_REOPEN, SYS | CO | SUP | ENT, NEED_WORDS, CASE_RECEIVED, REOPENS, "why.reopened", "reopened" },
	{ C, CASE_ANSWERED, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_ANSWERED, NOTHING, "why.replied", "replied" },
	{ C, CASE_ANSWERED, ACT_REPLY, ENT, NEED_WORDS, CASE_ANSWERED, NOTHING, "why.enterprise_wrote", "replied" },
	OPEN_STATE(C, CASE_ANSWERED),
	ENTERPRISE_WAITS(CASE_ANSWERED),
	JOINT_WORK(CASE_ANSWERED),
	PAUSE_FALLS(CASE_ANSWERED, CASE_ANSWERED, NOTHING),

	{ C, CASE_CLOSED, ACT_REOPEN, SYS | CO | SUP | ENT, NEED_WORDS | NEED_WINDOW, CASE_RECEIVED, REOPENS, "why.reopened", "reopened" },
	{ C, CASE_CLOSED, ACT_NOTE, SYS | CO | SUP, NEED_WORDS, CASE_CLOSED, NOTHING, "why.noted", "noted" },
	{ C, CASE_CLOSED, ACT_ATTACH, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.attached", "attached" },
	{ C, CASE_MERGED, ACT_UNMERGE, SYS | CO | SUP, NEED_WORDS, CASE_RECEIVED, { .start = UNASSIGNED, .resume = SPOKEN | RESOLUTION }, "why.unmerged", "unmerged" },

	/* --- callback: a call that nobody answered ------------------------------------------------------------------- */
	{ B, CASE_NONE, ACT_OPEN, SYS | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED | CALL_BACK }, "why.opened", "opened" },

	{ B, CASE_RECEIVED, ACT_ASSIGN, SYS | SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = UNASSIGNED }, "why.assigned", "assigned" },
	{ B, CASE_RECEIVED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(B, CASE_RECEIVED),

	{ B, CASE_ASSIGNED, ACT_ACCEPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.accepted", "accepted" },
	{ B, CASE_ASSIGNED, ACT_DECLINE, CO, NEED_LEAD | NEED_WORDS, CASE_RECEIVED, WAITS, "why.declined", "declined" },
	{ B, CASE_ASSIGNED, ACT_NOT_ACCEPTED, SYS, 0, CASE_RECEIVED, WAITS, "why.not_accepted", "not_accepted" },
	{ B, CASE_ASSIGNED, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, WAITS, "why.released", "released" },
	{ B, CASE_ASSIGNED, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .stop = ACCEPT }, "why.assigned", "assigned" },
	{ B, CASE_ASSIGNED, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT | CALL_BACK }, "why.call_attempted", "call_attempted" },
	{ B, CASE_ASSIGNED, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME, CASE_CLOSED, { .meet = ACCEPT | CALL_BACK }, "why.answered_and_closed", "closed" },
	{ B, CASE_ASSIGNED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(B, CASE_ASSIGNED),

	{ B, CASE_WORKING, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = CALL_BACK }, "why.call_attempted", "call_attempted" },
	{ B, CASE_WORKING, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME, CASE_CLOSED, { .meet = CALL_BACK }, "why.answered_and_closed", "closed" },
	{ B, CASE_WORKING, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ B, CASE_WORKING, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, WAITS, "why.released", "released" },
	{ B, CASE_WORKING, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT }, "why.assigned", "assigned" },
	OPEN_STATE(B, CASE_WORKING),

	{ B, CASE_CLOSED, ACT_REOPEN, SYS | CO | SUP, NEED_WORDS | NEED_WINDOW, CASE_RECEIVED, { .start = UNASSIGNED, .reopen = CALL_BACK }, "why.reopened", "reopened" },
	{ B, CASE_CLOSED, ACT_NOTE, SYS | CO | SUP, NEED_WORDS, CASE_CLOSED, NOTHING, "why.noted", "noted" },
	{ B, CASE_CLOSED, ACT_ATTACH, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.attached", "attached" },
	{ B, CASE_MERGED, ACT_UNMERGE, SYS | CO | SUP, NEED_WORDS, CASE_RECEIVED, { .start = UNASSIGNED, .resume = CALL_BACK }, "why.unmerged", "unmerged" },
};
const size_t LIFECYCLE_ROWS = QL_LEN(LIFECYCLE);
