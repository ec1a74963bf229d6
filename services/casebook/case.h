/* case.h -- a case as casebook holds it between load and commit.
 *
 * Read it freely; change it only through the commands of casebook.h. It lives until casebook_commit or
 * casebook_rollback of the unit of work that loaded or opened it.
 */
#ifndef QL_CASEBOOK_CASE_H
#define QL_CASEBOOK_CASE_H

#include "casebook/reference.h"
#include "domain/caseno.h"

#define CASE_CLOCKS    24 /* of one case in memory: running, paused, and the ended ones that a reopening may revive */
#define CLOCK_SEGMENTS 16 /* of one clock; a further pause is refused */
#define CASE_TRIED     32
#define CASE_HASH      32 /* sha256 */
#define CASE_PARTIES   12 /* in its whole life; who was on it once is asked again in the same row */
#define PARTIES_OPEN   6  /* besides the lead; each has two clocks */
#define PARTY_TRIED    8
#define CASE_RECUSED   16

enum clock_state { CLOCK_RUNNING, CLOCK_PAUSED, CLOCK_MET, CLOCK_STOPPED };

/* How a segment came about; rows that are stored already are not read back. */
struct segment_cause {
	const char *why; /* static: event of the journal row of that version; NULL: stored */
	int32_t version;
	int by; /* enum case_role */
	int64_t by_id;
	bool voided; /* a pause taken back in this unit of work */
};

struct case_clock {
	int seq, party, cycle; /* party 0: the case's own */
	enum clock_kind kind;
	enum clock_state state;
	int32_t policy, calendar;
	ql_time started_at, due_at, next_fire_at, breached_at, ended_at; /* 0: none */
	uint32_t fired;
	int segments, stored; /* stored: how many of them the database holds already; the last of those may have been closed since */
	struct clock_segment segment[CLOCK_SEGMENTS];
	struct segment_cause cause[CLOCK_SEGMENTS];
	int32_t extension; /* granted in all, in the policy's unit */
	int round;         /* of its thresholds: they come anew with an extension or another policy */
	bool fresh, dirty;
};

enum party_state { PARTY_INVITED, PARTY_REFUSED, PARTY_WORKING, PARTY_DONE, PARTY_WITHDRAWN, PARTY_STATES };

struct case_party { /* a unit, or a body without account, in a capacity */
	int seq;
	int32_t unit; /* 0: a body without account */
	char capacity[16];
	char *body_name, *body_mail; /* owned; only of one that is not stored yet */
	bool lead, asked_lead;         /* asked to take the lead over */
	enum party_state state;
	int64_t coordinator, asked;    /* asked: the colleague who is to take the officer's part over; 0: none */
	int32_t weight, invited_by;    /* invited_by 0: the lead, or nobody did */
	int64_t tried[PARTY_TRIED];
	int n_tried;
	int32_t wanted, contribution, result; /* versions of its entries; 0: none */
	ql_time since, accepted_at, ended_at;
	bool fresh, dirty;
};

struct case_file {
	int64_t id;
	char number[CASENO_MAX];
	enum procedure procedure;
	enum case_state state;
	int32_t version, loaded_version; /* loaded_version 0: opened in this unit of work */
	char kind[WORD_MAX], category[WORD_MAX], priority[WORD_MAX], channel[WORD_MAX], language[WORD_MAX], tier[WORD_MAX];
	enum reach reach;
	int64_t principal, coordinator, first_asked; /* 0: none */
	int32_t home_unit, goods_unit, lead_unit, district;
	int32_t weight;
	int64_t tried[CASE_TRIED];
	int n_tried;
	ql_time needed_by, promise_at, sort_at, received_at, occurred_at, opened_at, answered_at, closed_at, last_spoken_at;
	char needed_reason[WORD_MAX], outcome[WORD_MAX], closed_way[WORD_MAX];
	int cycle, repeats, entries, clocks_used, parties_used, call_attempts, lead_refusals;
	char *why; /* JSON of the choice in force, NULL: none; owned */
	enum case_state held_state; /* shown outside instead of state until held_until; CASE_NONE: nothing is held */
	ql_time held_until;
	int32_t awaited;            /* version of the question or answer whose delivery matters now; 0: none */
	int32_t announced;          /* version of the words that say silence will close it; 0: not said */
	ql_time announced_at;       /* when they arrived; 0: not yet */
	char *subject;              /* a new one, NULL: as it was; owned */
	ql_time pressed_at;
	int64_t merged_into;
	char merged_state[WORD_MAX];
	unsigned char head[CASE_HASH];
	struct case_clock clock[CASE_CLOCKS];
	int n_clocks;
	struct case_party party[CASE_PARTIES]; /* the lead is among them */
	int n_parties;
	int64_t recused[CASE_RECUSED]; /* coordinators who may have no part in it */
	int n_recused;
	bool dirty, despite_parties; /* its officer answers though parties still work: said explicitly */
	bool found_open;    /* whether a search finds it among the open ones, as the database has it */
	int32_t found_lead; /* the leading unit whose scopes a search knows */
	struct case_file *next; /* in the unit of work */
};

static inline bool case_is_new(const struct case_file *c) { return c->loaded_version == 0; }

#endif
