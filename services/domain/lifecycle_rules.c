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
#define AG  ROLE_BIT(ROLE_OPERATOR) /* at the hotline: passes on what a caller says */

#define UNASSIGNED   CLOCK_BIT(CLOCK_UNASSIGNED)
#define ACCEPT       CLOCK_BIT(CLOCK_ACCEPT)
#define FIRST        CLOCK_BIT(CLOCK_FIRST_RESPONSE)
#define NEXT         CLOCK_BIT(CLOCK_NEXT_RESPONSE)
#define UPDATE       CLOCK_BIT(CLOCK_NEXT_UPDATE)
#define RESOLUTION   CLOCK_BIT(CLOCK_RESOLUTION)
#define CONFIRMATION CLOCK_BIT(CLOCK_CONFIRMATION)
#define CALL_BACK    CLOCK_BIT(CLOCK_CALL_BACK)
#define ARBITRATION  CLOCK_BIT(CLOCK_ARBITRATION)
#define REVIEW       CLOCK_BIT(CLOCK_REVIEW)
#define SPOKEN       (FIRST | NEXT | UPDATE) /* what an officer's word to the enterprise fulfils */
#define LONG         (RESOLUTION | UPDATE)   /* what stands still while the enterprise is asked */
#define EVERY        ((1u << CLOCK_KINDS) - 1)

#define NOTHING { 0 }
#define SPEAKS  { .start = UPDATE, .meet = SPOKEN } /* each word promises the next one */
#define WAITS   { .start = UNASSIGNED, .stop = ACCEPT }
#define WAITS_ON { .start = UNASSIGNED, .resume = LONG } /* not on the enterprise's time */
#define LED_ANEW { .start = UNASSIGNED, .meet = ARBITRATION, .stop = ACCEPT }
#define LED_ON { .start = UNASSIGNED, .meet = ARBITRATION, .resume = LONG }
#define FREED   { .start = UNASSIGNED, .meet = REVIEW, .stop = ACCEPT } /* by a supervisor: that is the review of its routing, too */
#define ENDS    { .stop = EVERY }
#define REOPENS { .start = UNASSIGNED, .resume = SPOKEN, .reopen = RESOLUTION, .stop = CONFIRMATION | REVIEW }
#define ANEW    { .start = UNASSIGNED | FIRST | RESOLUTION, .stop = CONFIRMATION | REVIEW }

#define C PROCEDURE_COORDINATION
#define B PROCEDURE_CALLBACK

/* Rows that every open state has. */
#define OPEN_STATE(procedure, state) \
	{ procedure, state, ACT_NOTE, SYS | CO | SUP | AG, NEED_WORDS, state, NOTHING, "why.noted", "noted" }, \
	{ procedure, state, ACT_ATTACH, SYS | CO | SUP, 0, state, NOTHING, "why.attached", "attached" }, \
	{ procedure, state, ACT_ATTACH_FILE, SYS | CO | SUP, 0, state, NOTHING, "why.file_attached", "attached_file" }, \
	{ procedure, state, ACT_CLASSIFY, CO | SUP, 0, state, NOTHING, "why.classified", "classified" }, \
	{ procedure, state, ACT_ESCALATE, SYS | CO | SUP, 0, state, NOTHING, "why.escalated", "escalated" }, \
	{ procedure, state, ACT_WITHDRAW, SYS | ENT, 0, CASE_CLOSED, ENDS, "why.withdrawn", "closed" }, \
	{ procedure, state, ACT_ENTERPRISES, CO | SUP, NEED_LEAD, state, NOTHING, "why.enterprises_changed", "enterprises_changed" }, \
	{ procedure, state, ACT_REFERENCES, CO | SUP, 0, state, NOTHING, "why.references_changed", "references_changed" }, \
	{ procedure, state, ACT_MOVE, CO | SUP, NEED_LEAD | NEED_OTHER_CASE, state, NOTHING, "why.moved_out", "moved_out" }, \
	{ procedure, state, ACT_TAKE_IN, SYS | CO | SUP, 0, state, NOTHING, "why.moved_in", "moved_in" }, \
	{ procedure, state, ACT_SPLIT, CO | SUP, NEED_LEAD, state, NOTHING, "why.split", "split" }, \
	{ procedure, state, ACT_ABSORB, SYS | CO | SUP, 0, state, NOTHING, "why.absorbed", "absorbed" }, \
	{ procedure, state, ACT_SEPARATE, SYS | CO | SUP, 0, state, NOTHING, "why.separated", "separated" }, \
	{ procedure, state, ACT_MERGE, SYS | CO | SUP, NEED_LEAD | NEED_OTHER_CASE, CASE_MERGED, ENDS, "why.merged", "merged" }

/* Every state of a coordination: words go out, and one learns what became of them. */
#define WORDS_TRAVEL(state) \
	{ C, state, ACT_UNDO, CO | SUP, 0, state, NOTHING, "why.withdrawn_words", "withdrawn" }, \
	{ C, state, ACT_ARRIVED, SYS, 0, state, NOTHING, "why.delivered", "delivered" }, \
	{ C, state, ACT_LOST, SYS, 0, state, NOTHING, "why.undelivered", "undelivered" }

/* What can't be solved is explained, when a second person agrees; until then it is a proposal and every promise runs on. */
#define READ_TWICE(state) \
	{ C, state, ACT_PROPOSE, CO, NEED_LEAD | NEED_WORDS | NEED_DEPARTMENT, state, NOTHING, "why.proposed", "proposed" }, \
	{ C, state, ACT_APPROVE, CO | SUP, NEED_SECOND_READER | NEED_OUTCOME | NEED_DELIVERY, CASE_ANSWERED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.approved", "answered" }, \
	{ C, state, ACT_APPROVE_AND_CLOSE, CO | SUP, NEED_SECOND_READER | NEED_OUTCOME | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.approved_and_closed", "closed" }, \
	{ C, state, ACT_RETURN, CO | SUP, NEED_SECOND_READER | NEED_WORDS, state, NOTHING, "why.returned", "returned" }

/* ... and every open state of a coordination, which has an enterprise that waits. */
#define ENTERPRISE_WAITS(state) \
	{ C, state, ACT_SET_NEED, CO | SUP | ENT | AG, 0, state, NOTHING, "why.need_set", "need_set" }, \
	{ C, state, ACT_ATTACH_FILE, ENT, 0, state, NOTHING, "why.file_attached", "attached_file" }, \
	{ C, state, ACT_PRESS_ON, ENT, 0, state, NOTHING, "why.pressed_on", "pressed_on" }, \
	{ C, state, ACT_REVIEW, ENT, 0, state, { .start = REVIEW }, "why.review_asked", "review_asked" }, \
	{ C, state, ACT_REVIEWED, SUP, NEED_WORDS | NEED_DELIVERY, state, { .meet = REVIEW }, "why.reviewed", "reviewed" }, \
	{ C, state, ACT_CONTEST_PAUSE, ENT, NEED_WORDS, state, NOTHING, "why.pause_contested", "pause_contested" }, \
	{ C, state, ACT_UPHOLD_PAUSE, SUP, NEED_WORDS | NEED_DELIVERY, state, NOTHING, "why.pause_upheld", "pause_upheld" }, \
	{ C, state, ACT_GRANT_EXTENSION, SUP, NEED_WORDS | NEED_DELIVERY, state, NOTHING, "why.extended", "extended" }, \
	{ C, state, ACT_REFUSE_EXTENSION, SUP, NEED_WORDS, state, NOTHING, "why.extension_refused", "extension_refused" }

#define PAUSE_FALLS(state, to, clocks) \
	{ C, state, ACT_VOID_PAUSE, SUP, NEED_WORDS | NEED_DELIVERY, to, clocks, "why.pause_voided", "pause_voided" }

/* ... in which others work along: each in its own part, which moves no state of the case. */
#define JOINT_WORK(state) \
	{ C, state, ACT_PARTY_ASSIGN, SYS | SUP, NEED_COORDINATOR | NEED_PARTY, state, NOTHING, "why.party_assigned", "party_assigned" }, \
	{ C, state, ACT_PARTY_ACCEPT, CO, NEED_PARTY, state, NOTHING, "why.party_accepted", "party_accepted" }, \
	{ C, state, ACT_PARTY_REFUSE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.party_refused", "party_refused" }, \
	{ C, state, ACT_PARTY_NOT_ACCEPTED, SYS, 0, state, NOTHING, "why.party_not_accepted", "party_not_accepted" }, \
	{ C, state, ACT_CONTRIBUTE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.contributed", "contributed" }, \
	{ C, state, ACT_PARTY_DONE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.party_done", "party_done" }, \
	{ C, state, ACT_PARTY_WITHDRAW, CO | SUP, NEED_LEAD | NEED_WORDS, state, NOTHING, "why.party_withdrawn", "party_withdrawn" }, \
	{ C, state, ACT_PASS_ON, CO | SUP, NEED_PART | NEED_COORDINATOR | NEED_WORDS, state, NOTHING, "why.pass_on_asked", "pass_on_asked" }, \
	{ C, state, ACT_TAKE_PART, CO, NEED_PARTY, state, NOTHING, "why.pass_on_accepted", "pass_on_accepted" }, \
	{ C, state, ACT_KEEP, CO | SUP, NEED_PARTY, state, NOTHING, "why.pass_on_refused", "pass_on_refused" }, \
	{ C, state, ACT_MEET, CO | SUP, NEED_PART | NEED_DELIVERY, state, NOTHING, "why.meeting_called", "meeting_called" }, \
	{ C, state, ACT_MINUTES, CO | SUP, NEED_PART | NEED_WORDS, state, NOTHING, "why.meeting_held", "meeting_held" }, \
	{ C, state, ACT_TASK_ADD, CO | SUP, NEED_PART, state, NOTHING, "why.task_added", "task_added" }, \
	{ C, state, ACT_TASK_DONE, CO | SUP, NEED_PART, state, NOTHING, "why.task_done", "task_done" }, \
	{ C, state, ACT_TASK_UNDO, CO | SUP, NEED_PART, state, NOTHING, "why.task_reopened", "task_reopened" }, \
	{ C, state, ACT_VISIT, CO | SUP, NEED_PART, state, NOTHING, "why.visit_planned", "visit_planned" }, \
	{ C, state, ACT_VISIT_RESULT, CO | SUP, NEED_PART | NEED_WORDS, state, NOTHING, "why.visit_held", "visit_held" }
/* ... and in which others can still be brought in. The clocks of the case never stop for who leads it. */
#define JOINED(state, if_left) \
	{ C, state, ACT_INVITE, CO | SUP, NEED_PART | NEED_WORDS, state, NOTHING, "why.party_invited", "party_invited" }, \
	{ C, state, ACT_HAND_OVER, CO | SUP, NEED_LEAD | NEED_WORDS, state, NOTHING, "why.hand_over_asked", "hand_over_asked" }, \
	{ C, state, ACT_LEAD_REFUSE, CO | SUP, NEED_PARTY | NEED_WORDS, state, NOTHING, "why.hand_over_refused", "hand_over_refused" }, \
	{ C, state, ACT_LEAD_ACCEPT, SUP, NEED_PARTY, CASE_RECEIVED, if_left, "why.hand_over_accepted", "hand_over_accepted" }, \
	{ C, state, ACT_RULE, SUP, NEED_WORDS, CASE_RECEIVED, if_left, "why.ruled", "ruled" }, \
	{ C, state, ACT_RULE_KEEP, SUP, NEED_WORDS, state, { .meet = ARBITRATION }, "why.ruled", "ruled" }, \
	JOINT_WORK(state)
/* An officer who has it: whoever takes it from there has accepted it with that. */
#define HAD(state, to, if_taken) \
	{ C, state, ACT_LEAD_ACCEPT, CO, NEED_PARTY, to, if_taken, "why.hand_over_accepted", "hand_over_accepted" }, \
	{ C, state, ACT_TAKE_OVER, CO, NEED_PARTY, to, if_taken, "why.pass_on_accepted", "pass_on_accepted" }
/* A person may have to leave at any time; the lead officer leaves a case that waits for another. */
#define RECUSAL(procedure, state) { procedure, state, ACT_RECUSE, CO | SUP, 0, state, NOTHING, "why.recused", "recused" }
#define LEAD_RECUSAL(procedure, state, to, clocks) { procedure, state, ACT_RECUSE_LEAD, CO | SUP, 0, to, clocks, "why.recused", "recused" }

const struct lifecycle_rule LIFECYCLE[] = {
	/* --- coordination ------------------------------------------------------------------------------------------- */
	{ C, CASE_NONE, ACT_OPEN, SYS | CO | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED | FIRST | RESOLUTION }, "why.opened", "opened" },
	{ C, CASE_NONE, ACT_OPEN_SOLVED, SYS | CO | SUP, NEED_OUTCOME, CASE_CLOSED, NOTHING, "why.solved_at_once", "closed" },

	{ C, CASE_RECEIVED, ACT_ASSIGN, SYS | SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = UNASSIGNED }, "why.assigned", "assigned" },
	{ C, CASE_RECEIVED, ACT_REPLY, SUP, NEED_WORDS | NEED_DELIVERY, CASE_RECEIVED, SPEAKS, "why.replied", "replied" },
	{ C, CASE_RECEIVED, ACT_REPLY, ENT, NEED_WORDS, CASE_RECEIVED, NOTHING, "why.enterprise_wrote", "replied" },
	{ C, CASE_RECEIVED, ACT_ANSWER_AND_CLOSE, SUP, NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = UNASSIGNED | REVIEW }, "why.answered_and_closed", "closed" },
	{ C, CASE_RECEIVED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ C, CASE_RECEIVED, ACT_PROPOSE, SUP, NEED_WORDS | NEED_DEPARTMENT, CASE_RECEIVED, NOTHING, "why.proposed", "proposed" },
	{ C, CASE_RECEIVED, ACT_APPROVE_AND_CLOSE, CO | SUP, NEED_SECOND_READER | NEED_OUTCOME | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = UNASSIGNED | REVIEW }, "why.approved_and_closed", "closed" },
	{ C, CASE_RECEIVED, ACT_RETURN, CO | SUP, NEED_SECOND_READER | NEED_WORDS, CASE_RECEIVED, NOTHING, "why.returned", "returned" },
	OPEN_STATE(C, CASE_RECEIVED),
	ENTERPRISE_WAITS(CASE_RECEIVED),
	JOINED(CASE_RECEIVED, LED_ANEW),
	RECUSAL(C, CASE_RECEIVED),
	WORDS_TRAVEL(CASE_RECEIVED),
	PAUSE_FALLS(CASE_RECEIVED, CASE_RECEIVED, NOTHING),

	{ C, CASE_ASSIGNED, ACT_ACCEPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.accepted", "accepted" },
	{ C, CASE_ASSIGNED, ACT_DECLINE, CO, NEED_LEAD | NEED_WORDS, CASE_RECEIVED, WAITS, "why.declined", "declined" },
	{ C, CASE_ASSIGNED, ACT_NOT_ACCEPTED, SYS, 0, CASE_RECEIVED, WAITS, "why.not_accepted", "not_accepted" },
	{ C, CASE_ASSIGNED, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, FREED, "why.released", "released" },
	{ C, CASE_ASSIGNED, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = REVIEW, .stop = ACCEPT }, "why.assigned", "assigned" },
	{ C, CASE_ASSIGNED, ACT_REPLY, ENT, NEED_WORDS, CASE_ASSIGNED, NOTHING, "why.enterprise_wrote", "replied" },
	/* Doing the work is accepting it. */
	{ C, CASE_ASSIGNED, ACT_REPLY, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WORKING, { .start = UPDATE, .meet = ACCEPT | SPOKEN }, "why.accepted_by_reply", "replied" },
	{ C, CASE_ASSIGNED, ACT_ASK, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .meet = ACCEPT | FIRST | NEXT }, "why.asked", "asked" },
	{ C, CASE_ASSIGNED, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .meet = ACCEPT | SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered", "answered" },
	{ C, CASE_ASSIGNED, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = ACCEPT | SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered_and_closed", "closed" },
	{ C, CASE_ASSIGNED, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.call_attempted", "call_attempted" },
	{ C, CASE_ASSIGNED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ C, CASE_ASSIGNED, ACT_PROPOSE, CO, NEED_LEAD | NEED_WORDS | NEED_DEPARTMENT, CASE_WORKING, { .meet = ACCEPT }, "why.proposed", "proposed" },
	OPEN_STATE(C, CASE_ASSIGNED),
	ENTERPRISE_WAITS(CASE_ASSIGNED),
	JOINED(CASE_ASSIGNED, LED_ANEW),
	HAD(CASE_ASSIGNED, CASE_WORKING, { .meet = ACCEPT }),
	RECUSAL(C, CASE_ASSIGNED),
	LEAD_RECUSAL(C, CASE_ASSIGNED, CASE_RECEIVED, WAITS),
	WORDS_TRAVEL(CASE_ASSIGNED),
	PAUSE_FALLS(CASE_ASSIGNED, CASE_ASSIGNED, NOTHING),

	{ C, CASE_WORKING, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WORKING, SPEAKS, "why.replied", "replied" },
	{ C, CASE_WORKING, ACT_REPLY, ENT, NEED_WORDS, CASE_WORKING, { .start = NEXT }, "why.enterprise_wrote", "replied" },
	{ C, CASE_WORKING, ACT_ASK, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .meet = FIRST | NEXT }, "why.asked", "asked" },
	{ C, CASE_WORKING, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered", "answered" },
	{ C, CASE_WORKING, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered_and_closed", "closed" },
	{ C, CASE_WORKING, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, NOTHING, "why.call_attempted", "call_attempted" },
	{ C, CASE_WORKING, ACT_AGREE_PAUSE, CO, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, { .pause = LONG }, "why.pause_agreed", "pause_agreed" },
	{ C, CASE_WORKING, ACT_ASK_EXTENSION, CO, NEED_LEAD | NEED_WORDS, CASE_WORKING, NOTHING, "why.extension_asked", "extension_asked" },
	{ C, CASE_WORKING, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, FREED, "why.released", "released" },
	{ C, CASE_WORKING, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = REVIEW }, "why.assigned", "assigned" },
	{ C, CASE_WORKING, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	READ_TWICE(CASE_WORKING),
	OPEN_STATE(C, CASE_WORKING),
	ENTERPRISE_WAITS(CASE_WORKING),
	JOINED(CASE_WORKING, LED_ANEW),
	HAD(CASE_WORKING, CASE_WORKING, NOTHING),
	RECUSAL(C, CASE_WORKING),
	LEAD_RECUSAL(C, CASE_WORKING, CASE_RECEIVED, WAITS),
	WORDS_TRAVEL(CASE_WORKING),
	PAUSE_FALLS(CASE_WORKING, CASE_WORKING, NOTHING),

	{ C, CASE_WAITING_ENTERPRISE, ACT_RESUME, SYS | CO | SUP | ENT, NEED_LEAD, CASE_WORKING, { .start = NEXT, .resume = LONG }, "why.resumed", "resumed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_REPLY, ENT, NEED_WORDS, CASE_WORKING, { .start = NEXT, .resume = LONG }, "why.enterprise_answered", "resumed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_WAITING_ENTERPRISE, NOTHING, "why.replied", "replied" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ANSWER, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_ANSWERED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered", "answered" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME | NEED_DEPARTMENT | NEED_DELIVERY, CASE_CLOSED, { .meet = SPOKEN | RESOLUTION, .stop = REVIEW }, "why.answered_and_closed", "closed" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WAITING_ENTERPRISE, NOTHING, "why.call_attempted", "call_attempted" },
	/* Whoever must find the case a new officer may not do so on the enterprise's time. */
	{ C, CASE_WAITING_ENTERPRISE, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED, .meet = REVIEW, .resume = LONG }, "why.released", "released" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = REVIEW, .resume = LONG }, "why.assigned", "assigned" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	/* The enterprise's time is not asked for before the question has reached it. */
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASK_ARRIVED, SYS, 0, CASE_WAITING_ENTERPRISE, { .pause = LONG }, "why.question_delivered", "delivered" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASK_LOST, SYS, 0, CASE_WORKING, { .resume = LONG }, "why.question_undelivered", "undelivered" },
	{ C, CASE_WAITING_ENTERPRISE, ACT_UNDO_ASK, CO | SUP, 0, CASE_WORKING, { .resume = LONG }, "why.withdrawn_words", "withdrawn" },
	READ_TWICE(CASE_WAITING_ENTERPRISE),
	OPEN_STATE(C, CASE_WAITING_ENTERPRISE),
	ENTERPRISE_WAITS(CASE_WAITING_ENTERPRISE),
	JOINED(CASE_WAITING_ENTERPRISE, LED_ON),
	HAD(CASE_WAITING_ENTERPRISE, CASE_WAITING_ENTERPRISE, NOTHING),
	RECUSAL(C, CASE_WAITING_ENTERPRISE),
	LEAD_RECUSAL(C, CASE_WAITING_ENTERPRISE, CASE_RECEIVED, WAITS_ON),
	WORDS_TRAVEL(CASE_WAITING_ENTERPRISE),
	PAUSE_FALLS(CASE_WAITING_ENTERPRISE, CASE_WORKING, { .resume = LONG }),
	{ C, CASE_WAITING_ENTERPRISE, ACT_ASK_EXTENSION, CO, NEED_LEAD | NEED_WORDS, CASE_WAITING_ENTERPRISE, NOTHING, "why.extension_asked", "extension_asked" },

	{ C, CASE_ANSWERED, ACT_ANSWER_ARRIVED, SYS, 0, CASE_ANSWERED, { .start = CONFIRMATION }, "why.answer_delivered", "delivered" },
	{ C, CASE_ANSWERED, ACT_UNDO_ANSWER, CO | SUP, NEED_RESTORE, CASE_RECEIVED, { .start = UNASSIGNED, .stop = CONFIRMATION }, "why.withdrawn_words", "withdrawn" },
	{ C, CASE_ANSWERED, ACT_CONFIRM, CO | ENT, NEED_LEAD, CASE_CLOSED, { .meet = CONFIRMATION, .stop = REVIEW }, "why.confirmed", "closed" },
	{ C, CASE_ANSWERED, ACT_OBJECT, ENT, NEED_WORDS, CASE_RECEIVED, REOPENS, "why.objected", "objected" },
	/* Silence closes nothing that the enterprise was not told of. */
	{ C, CASE_ANSWERED, ACT_ANNOUNCE, SYS, NEED_WORDS | NEED_DELIVERY, CASE_ANSWERED, NOTHING, "why.announced", "announced" },
	{ C, CASE_ANSWERED, ACT_ANNOUNCED_LATE, SYS, 0, CASE_ANSWERED, { .start = CONFIRMATION, .stop = CONFIRMATION }, "why.announced_late", "delivered" },
	{ C, CASE_ANSWERED, ACT_CLOSE_SILENT, SYS, 0, CASE_CLOSED, { .stop = CONFIRMATION | REVIEW }, "why.silent", "closed" },
	{ C, CASE_ANSWERED, ACT_CLOSE, SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ C, CASE_ANSWERED, ACT_UNDELIVERED, SYS, 0, CASE_RECEIVED, REOPENS, "why.undelivered", "undelivered" },
	{ C, CASE_ANSWERED, ACT_REOPEN, SYS | CO | SUP | ENT, NEED_WORDS, CASE_RECEIVED, REOPENS, "why.reopened", "reopened" },
	{ C, CASE_ANSWERED, ACT_REPLY, CO | SUP, NEED_LEAD | NEED_WORDS | NEED_DELIVERY, CASE_ANSWERED, NOTHING, "why.replied", "replied" },
	{ C, CASE_ANSWERED, ACT_REPLY, ENT, NEED_WORDS, CASE_ANSWERED, NOTHING, "why.enterprise_wrote", "replied" },
	OPEN_STATE(C, CASE_ANSWERED),
	ENTERPRISE_WAITS(CASE_ANSWERED),
	JOINT_WORK(CASE_ANSWERED),
	{ C, CASE_ANSWERED, ACT_TAKE_OVER, CO, NEED_PARTY, CASE_ANSWERED, NOTHING, "why.pass_on_accepted", "pass_on_accepted" },
	RECUSAL(C, CASE_ANSWERED),
	LEAD_RECUSAL(C, CASE_ANSWERED, CASE_ANSWERED, NOTHING),
	WORDS_TRAVEL(CASE_ANSWERED),
	PAUSE_FALLS(CASE_ANSWERED, CASE_ANSWERED, NOTHING),

	{ C, CASE_CLOSED, ACT_REOPEN, SYS | CO | SUP | ENT, NEED_WORDS | NEED_WINDOW, CASE_RECEIVED, REOPENS, "why.reopened", "reopened" },
	{ C, CASE_CLOSED, ACT_REOPEN_ANEW, SYS | CO | SUP | ENT, NEED_WORDS | NEED_WINDOW, CASE_RECEIVED, ANEW, "why.reopened_anew", "reopened" },
	{ C, CASE_CLOSED, ACT_REOPEN_LATER, SYS | CO | SUP | ENT, NEED_WORDS, CASE_CLOSED, NOTHING, "why.reopened_later", "reopened_later" },
	{ C, CASE_CLOSED, ACT_UNDELIVERED, SYS, 0, CASE_RECEIVED, REOPENS, "why.undelivered", "undelivered" },
	{ C, CASE_CLOSED, ACT_UNDO_ANSWER, CO | SUP, NEED_RESTORE, CASE_RECEIVED, { .start = UNASSIGNED }, "why.withdrawn_words", "withdrawn" },
	{ C, CASE_CLOSED, ACT_SEPARATE, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.separated", "separated" },
	WORDS_TRAVEL(CASE_CLOSED),
	{ C, CASE_CLOSED, ACT_NOTE, SYS | CO | SUP, NEED_WORDS, CASE_CLOSED, NOTHING, "why.noted", "noted" },
	{ C, CASE_CLOSED, ACT_ATTACH, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.attached", "attached" },
	RECUSAL(C, CASE_CLOSED),
	{ C, CASE_CLOSED, ACT_ATTACH_FILE, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.file_attached", "attached_file" },
	{ C, CASE_MERGED, ACT_UNMERGE, SYS | CO | SUP, NEED_WORDS | NEED_RESTORE, CASE_RECEIVED, { .start = UNASSIGNED }, "why.unmerged", "unmerged" },
	WORDS_TRAVEL(CASE_MERGED),

	/* --- callback: a call that nobody answered ------------------------------------------------------------------- */
	{ B, CASE_NONE, ACT_OPEN, SYS | SUP, 0, CASE_RECEIVED, { .start = UNASSIGNED | CALL_BACK }, "why.opened", "opened" },

	{ B, CASE_RECEIVED, ACT_ASSIGN, SYS | SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = UNASSIGNED }, "why.assigned", "assigned" },
	{ B, CASE_RECEIVED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(B, CASE_RECEIVED),
	RECUSAL(B, CASE_RECEIVED),

	{ B, CASE_ASSIGNED, ACT_ACCEPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT }, "why.accepted", "accepted" },
	{ B, CASE_ASSIGNED, ACT_DECLINE, CO, NEED_LEAD | NEED_WORDS, CASE_RECEIVED, WAITS, "why.declined", "declined" },
	{ B, CASE_ASSIGNED, ACT_NOT_ACCEPTED, SYS, 0, CASE_RECEIVED, WAITS, "why.not_accepted", "not_accepted" },
	{ B, CASE_ASSIGNED, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, FREED, "why.released", "released" },
	{ B, CASE_ASSIGNED, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = REVIEW, .stop = ACCEPT }, "why.assigned", "assigned" },
	{ B, CASE_ASSIGNED, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = ACCEPT | CALL_BACK }, "why.call_attempted", "call_attempted" },
	{ B, CASE_ASSIGNED, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME, CASE_CLOSED, { .meet = ACCEPT | CALL_BACK }, "why.answered_and_closed", "closed" },
	{ B, CASE_ASSIGNED, ACT_CLOSE, SYS | SUP, NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	OPEN_STATE(B, CASE_ASSIGNED),
	RECUSAL(B, CASE_ASSIGNED),
	LEAD_RECUSAL(B, CASE_ASSIGNED, CASE_RECEIVED, WAITS),

	{ B, CASE_WORKING, ACT_CALL_ATTEMPT, CO, NEED_LEAD, CASE_WORKING, { .meet = CALL_BACK }, "why.call_attempted", "call_attempted" },
	{ B, CASE_WORKING, ACT_ANSWER_AND_CLOSE, CO, NEED_LEAD | NEED_WORDS | NEED_OUTCOME, CASE_CLOSED, { .meet = CALL_BACK }, "why.answered_and_closed", "closed" },
	{ B, CASE_WORKING, ACT_CLOSE, SYS | CO | SUP, NEED_LEAD | NEED_OUTCOME, CASE_CLOSED, ENDS, "why.closed", "closed" },
	{ B, CASE_WORKING, ACT_RELEASE, SYS | SUP, 0, CASE_RECEIVED, FREED, "why.released", "released" },
	{ B, CASE_WORKING, ACT_ASSIGN, SUP, NEED_COORDINATOR, CASE_ASSIGNED, { .start = ACCEPT, .meet = REVIEW }, "why.assigned", "assigned" },
	OPEN_STATE(B, CASE_WORKING),
	RECUSAL(B, CASE_WORKING),
	LEAD_RECUSAL(B, CASE_WORKING, CASE_RECEIVED, WAITS),

	{ B, CASE_CLOSED, ACT_REOPEN, SYS | CO | SUP, NEED_WORDS | NEED_WINDOW, CASE_RECEIVED, { .start = UNASSIGNED, .reopen = CALL_BACK }, "why.reopened", "reopened" },
	{ B, CASE_CLOSED, ACT_SEPARATE, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.separated", "separated" },
	{ B, CASE_CLOSED, ACT_NOTE, SYS | CO | SUP, NEED_WORDS, CASE_CLOSED, NOTHING, "why.noted", "noted" },
	{ B, CASE_CLOSED, ACT_ATTACH, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.attached", "attached" },
	{ B, CASE_CLOSED, ACT_ATTACH_FILE, SYS | CO | SUP, 0, CASE_CLOSED, NOTHING, "why.file_attached", "attached_file" },
	{ B, CASE_MERGED, ACT_UNMERGE, SYS | CO | SUP, NEED_WORDS | NEED_RESTORE, CASE_RECEIVED, { .start = UNASSIGNED }, "why.unmerged", "unmerged" },
};
const size_t LIFECYCLE_ROWS = QL_LEN(LIFECYCLE);
