/* unit_int.h -- inside of casebook.h: the unit of work, its staged rows, and the steps all commands are made of. */
#ifndef QL_CASEBOOK_UNIT_INT_H
#define QL_CASEBOOK_UNIT_INT_H

#include "casebook/search_int.h"

#define STAGE_BYTES_MAX (48 * 1024 * 1024) /* of one table's rows in one unit; a full batch of the longest texts fits */
#define DATA_BYTES_MAX  (256 * 1024)       /* of one journal row's data */
#define NEVER_SORT      253402214400000000 /* 9999-12-31: no promise and no need sorts last */

/* In the order in which they are written: what others refer to comes first, and who may see a case before it changes again in the unit that
 * opened it; coordinators come last (lock order). */
enum stage {
	STAGE_CASES_NEW, STAGE_ACCESS, STAGE_CASES_CHANGED, STAGE_ENTERPRISES_GONE, STAGE_REFERENCES_GONE, STAGE_SEPARATED, STAGE_ALIASES, STAGE_PEOPLE, STAGE_PEOPLE_COPIED, STAGE_ENTERPRISES, STAGE_ENTERPRISE_ROLES, STAGE_LEADS_LEFT, STAGE_PARTIES_CHANGED, STAGE_PARTIES,
	STAGE_REFERENCES, STAGE_ABSORBED, STAGE_LINKS, STAGE_JOURNAL, STAGE_ENTRIES, STAGE_ENTRIES_MOVED, STAGE_READERS, STAGE_MESSAGES, STAGE_MESSAGES_CHANGED, STAGE_ATTACHMENTS, STAGE_CLOCKS_NEW, STAGE_CLOCKS_CHANGED,
	STAGE_SEGMENTS, STAGE_FIRES, STAGE_LEDGER, STAGE_LEDGER_SETTLED, STAGE_PROPOSALS_SETTLED, STAGE_PROPOSALS,
	STAGE_MEETINGS, STAGE_MINUTES, STAGE_TASKS, STAGE_TASKS_DONE, STAGE_VISITS, STAGE_VISIT_RESULTS,
	STAGE_FOUND_NEW, STAGE_FOUND_MORE, STAGE_FOUND_MOVED, STAGE_RECUSED, STAGE_LEAVES, STAGE_LOADS, STAGES
};

#define UNIT_MESSAGES CASEBOOK_CASES /* outgoing messages that one unit looks at */

bool message_state_parse(const char *name, enum message_state *state);

/* An outgoing message as stored, and what its delivery or its undoing needs to know. */
struct case_message {
	struct message_key key;
	enum message_state state;
	enum case_action action;  /* that made it; CASE_ACTIONS: not known */
	enum case_state before;   /* CASE_NONE: it moved no state */
	ql_time made_at, held_until;
	unsigned met;             /* clocks it met */
	enum case_role author_role; int64_t author;
	int others;               /* messages of the same words that were or may still be delivered */
	ql_time again;            /* when the next words were sent that stand; 0: none */
};

struct casebook {
	struct ql_pg *pg;
	struct reference *ref;
	ql_time now;
	bool begun, broken;
	struct case_file *cases[CASEBOOK_CASES];
	size_t n_cases, found; /* found: where the last look-up ended */
	struct ql_rows rows[STAGES];
	struct ql_buf data; /* of the journal row in the making */
	struct { const char *event; const struct actor *who; int32_t version; } cause; /* of what that row does to clocks */
	struct search search;
	struct { int32_t day, next, end; } serials; /* block of case serials reserved for a Beijing day */
	struct { int64_t coordinator; int32_t delta; ql_time at; } loads[CASEBOOK_CASES * (1 + PARTIES_OPEN)]; /* of a case its lead's and its parties' */
	size_t n_loads;
	struct { const struct actor *who; ql_time at; } origin; /* of the words of the next step, when they are not its actor's own, or older */
	struct case_message message[UNIT_MESSAGES];
	size_t n_messages;
};

/* --- store.c --- */
QL_MUSTCHECK enum ql_rc casestore_begin(struct casebook *cb, int64_t *reference_version, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_now(struct casebook *cb, int64_t *reference_version, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_load(struct casebook *cb, const int64_t *ids, size_t n, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_serials(struct ql_pg *pg, int32_t day, int32_t n, int32_t *first, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_take(struct casebook *cb, struct take *takes, size_t n, struct ql_err *err);
/* Those named that there are, appended to cb->message. */
QL_MUSTCHECK enum ql_rc casestore_messages(struct casebook *cb, const struct message_key *keys, size_t n, struct ql_err *err);
/* --- amend_store.c: what only commands of people look at, one case at a time --- */

struct enterprise_on { int64_t id; bool known, on_case; char role[WORD_MAX], tier[WORD_MAX]; int32_t home_unit; int others; /* enterprises on the case */ };
QL_MUSTCHECK enum ql_rc casestore_enterprise(struct casebook *cb, int64_t case_id, struct enterprise_on *e, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_reference(struct casebook *cb, int64_t case_id, const char *type, const char *value, bool *there, int *on_case, struct ql_err *err);

struct entry_file {
	int32_t version; /* 0: there is no such entry */
	struct words words;
	struct actor author;
	ql_time at;
	bool moved, sent;
	char *text; /* owned: what words points into */
	char audience[WORD_MAX], channel[WORD_MAX], language[WORD_MAX];
};
/* entries[i] for versions[i]; the caller frees each text. */
QL_MUSTCHECK enum ql_rc casestore_entries(struct casebook *cb, int64_t case_id, const int32_t *versions, size_t n, struct entry_file *entries, struct ql_err *err);

/* What a case that takes up another one has of it. */
struct case_copy {
	char *subject;
	struct case_enterprise_in enterprise[CASE_ENTERPRISES]; size_t n_enterprises;
	struct case_reference_in reference[CASE_REFERENCES]; size_t n_references;
	PGresult *kept[2]; /* what the texts point into */
};
QL_MUSTCHECK enum ql_rc casestore_copy(struct casebook *cb, int64_t case_id, struct case_copy *copy, struct ql_err *err);
void case_copy_free(struct case_copy *copy);

#define STAYED_MAX 2048
/* "[7,9]": what enterprises wrote in a case since an instant, the newest when they are many. */
QL_MUSTCHECK enum ql_rc casestore_stayed(struct casebook *cb, int64_t case_id, ql_time since, char stayed[STAYED_MAX], struct ql_err *err);
static inline bool case_is_opened_here(const struct casebook *cb, const struct case_file *c) { return c->opened_at == cb->now; }

/* The open proposal of a case; version 0: none. Its text is the caller's, by proposal_free(). */
struct proposal {
	int32_t version;
	int cycle;
	bool closes;
	int32_t department;
	struct actor author;
	int64_t author_user, enterprise;
	char *text;
};
QL_MUSTCHECK enum ql_rc casestore_proposal(struct casebook *cb, int64_t case_id, struct proposal *p, struct ql_err *err);
void proposal_free(struct proposal *p);
/* Whether the person of this transaction is a second reader for the case's unit, and recused from an enterprise on the case. */
QL_MUSTCHECK enum ql_rc casestore_second_reader(struct casebook *cb, const struct case_file *c, int64_t coordinator, bool *duty, bool *recused, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casestore_names(struct casebook *cb, struct ql_err *err); /* of enterprises that a search should find */
QL_MUSTCHECK enum ql_rc casestore_write(struct casebook *cb, struct ql_err *err); /* all stages, one round trip */

/* --- the ledger of a clock's time (ql.clock_ledger) --- */
enum ledger_kind { LEDGER_EXTENSION, LEDGER_AGREEMENT, LEDGER_CONTEST, LEDGER_REBASE };
struct ledger_entry {
	enum ledger_kind kind;
	bool asked;        /* waits for a decision */
	const struct actor *who;
	int clock;         /* of one that is stored */
	int64_t user;      /* who asked */
	int32_t amount;    /* extension; 0: none */
	int segment;       /* of a pause, from 1; 0: none */
	const char *agreed_by, *words;
	int32_t policy_was, policy, calendar_was, calendar; /* rebase; 0: none */
	ql_time due_was, due;
	int32_t version;   /* of the journal row: its key */
};
/* What waits for a decision on the case; *found false: nothing of that kind. words land in text. */
QL_MUSTCHECK enum ql_rc casestore_asked(struct casebook *cb, int64_t case_id, enum ledger_kind kind, struct ledger_entry *e, struct ql_buf *text, bool *found, struct ql_err *err);

/* --- stage.c: one function a table; what a row holds is said there, what it is written by in store.c --- */
void stage_case_new(struct casebook *cb, const struct case_file *c, const struct case_spec *s);
void stage_case_changed(struct casebook *cb, struct case_file *c);
void stage_access(struct casebook *cb, const struct case_file *c, int64_t scope);
/* A case whose order or openness changed: every scope of it follows. */
void stage_clocks(struct casebook *cb, struct case_file *c);
void stage_alias(struct casebook *cb, const struct case_file *c, const char *alias);
void stage_person(struct casebook *cb, const struct case_file *c, const struct case_person_in *p);
void stage_enterprise(struct casebook *cb, const struct case_file *c, const struct case_enterprise_in *e);
void stage_parties(struct casebook *cb, struct case_file *c); /* those that are fresh or dirty */
void stage_lead_left(struct casebook *cb, const struct case_file *c, int party); /* there is one lead at a time: the old one goes first */
/* A unit on the case finds it, and so does every unit above it. */
void stage_access_of(struct casebook *cb, const struct case_file *c, int32_t unit);
/* Whoever neither a party nor an officer accounts for any more does not find it any more: at the very end. */
void stage_leave(struct casebook *cb, const struct case_file *c);
/* ... and a person who is recused writes nothing more in it: behind everything else. Tasks and visits are without that person. */
void stage_recused(struct casebook *cb, const struct case_file *c, int64_t coordinator);
void stage_reference(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r);
void stage_enterprise_role(struct casebook *cb, const struct case_file *c, int64_t enterprise, const char *role);
void stage_enterprise_gone(struct casebook *cb, const struct case_file *c, int64_t enterprise);
void stage_reference_gone(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r);
void stage_person_copy(struct casebook *cb, const struct case_file *from, const struct case_file *to);
void stage_entry_moved(struct casebook *cb, const struct case_file *from, int32_t version, const struct case_file *to); /* to its newest version */
/* The heir gets the enterprises and references of a merged case that it does not have, marked as such; and gives them up again. */
void stage_absorb(struct casebook *cb, const struct case_file *heir, const struct case_file *merged);
void stage_separate(struct casebook *cb, const struct case_file *heir, const struct case_file *merged);
void stage_link(struct casebook *cb, const struct case_file *c, int64_t other, const char *kind);
/* held: words that can be taken back find the case for nobody outside yet. */
void stage_entry(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct words *w, bool held);
/* A message of the words of version c->version. hold: how long it can be taken back. */
struct message_made { enum case_action action; enum case_state before; unsigned met; ql_time hold; const char *recipient; };
bool stage_arrives(const char *channel); /* spoken, or on the portal's page: nothing carries it */
void stage_message(struct casebook *cb, const struct case_file *c, const char *channel, const struct message_made *made);
void stage_message_changed(struct casebook *cb, const struct case_message *m, const char *failure);
void stage_reader(struct casebook *cb, const struct case_file *c, int64_t user);
void stage_proposal(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct result *r, int64_t enterprise);
void stage_proposal_settled(struct casebook *cb, const struct case_file *c, int32_t version, const char *how);
void stage_attachment(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct case_file_in *f);
void stage_fire(struct casebook *cb, const struct case_file *c, const struct case_clock *k, int threshold);
void stage_ledger(struct casebook *cb, const struct case_file *c, const struct case_clock *k, const struct ledger_entry *e);
void stage_ledger_settled(struct casebook *cb, const struct case_file *c, const struct ledger_entry *e, const struct actor *by, bool granted);
void stage_load(struct casebook *cb, int64_t coordinator, int32_t delta, ql_time assigned_at);
void stage_loads(struct casebook *cb); /* the gathered deltas as rows */
/* The journal row of version c->version with cb->data as its data; moves the chain's head. */
void stage_journal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *event, const char *audience, int64_t enterprise);

/* What several do together: rows are numbered by the version that makes them. */
void stage_meeting(struct casebook *cb, const struct case_file *c, const struct meeting *m);
void stage_minutes(struct casebook *cb, const struct case_file *c, int32_t meeting);
void stage_task(struct casebook *cb, const struct case_file *c, int seq, int32_t meeting, const struct task *t);
void stage_task_done(struct casebook *cb, const struct case_file *c, const struct task_id *id, ql_time at, int64_t user);
void stage_visit(struct casebook *cb, const struct case_file *c, const struct visit *v);
void stage_visit_result(struct casebook *cb, const struct case_file *c, int32_t visit);

/* --- promise.c: clocks --- */
struct case_clock *promise_clock(struct case_file *c, enum clock_kind kind); /* the latest of its kind; NULL: none */
/* What a lifecycle row does to the clocks. from: when a started clock starts. */
QL_MUSTCHECK enum ql_rc promise_apply(struct casebook *cb, struct case_file *c, const struct lifecycle_clocks *how, ql_time from, struct ql_err *err);
/* Clocks of these kinds that ended at that instant run on as if they had not; again: what only words keep was kept by later ones (0: no). */
QL_MUSTCHECK enum ql_rc promise_restore(struct casebook *cb, struct case_file *c, unsigned kinds, ql_time ended_at, ql_time again, struct ql_err *err);
/* The facts of the case changed: each running promise that the policy for the new facts would keep sooner is made anew by it, since
 * when it was given. None is worsened. */
QL_MUSTCHECK enum ql_rc promise_better(struct casebook *cb, struct case_file *c, struct ql_err *err);
/* The case's promise of that kind runs since an earlier instant. */
void promise_since(struct casebook *cb, struct case_file *c, enum clock_kind kind, ql_time from);
unsigned promise_met(const struct case_file *c, unsigned kinds, ql_time at); /* those of the kinds that were met at that instant */
/* The promise with what was granted since. */
struct clock_policy promise_rule(const struct casebook *cb, const struct case_clock *k);
const struct unit *promise_unit(const struct casebook *cb, const struct case_file *c, const struct case_clock *k); /* whose promise it is: lead or party */
struct clock_ladder promise_ladder(const struct casebook *cb, const struct case_file *c, const struct case_clock *k);
bool promise_ticks(const struct case_clock *k); /* running or paused */
/* Ends the last segment at an instant not before it began, and begins another; QL_REJECT when no more fit. */
QL_MUSTCHECK enum ql_rc promise_turn(struct casebook *cb, struct case_file *c, struct case_clock *k, enum clock_run run, ql_time at, struct ql_err *err);
/* Computes due and next threshold of a running clock anew from its segments. */
void promise_time(struct casebook *cb, struct case_file *c, struct case_clock *k);
void promise_sort(struct case_file *c); /* promise_at and sort_at from the clocks */
/* A clock of a party, counted from then on; one that runs already is left alone. */
QL_MUSTCHECK enum ql_rc promise_party(struct casebook *cb, struct case_file *c, const struct case_party *p, enum clock_kind kind, ql_time from,
                                      struct ql_err *err);
void promise_party_end(struct casebook *cb, struct case_file *c, int party, enum clock_kind kind, enum clock_state how);

/* --- party.c --- */
struct case_party *party_new(struct casebook *cb, struct case_file *c, int32_t unit, const char *capacity, int32_t weight); /* NULL: no more fit */
struct case_party *party_lead(struct case_file *c); /* NULL: not to be seen */
/* The lead's party says what the case says: its officer, and whether accepted. */
void party_follow_lead(struct casebook *cb, struct case_file *c);
/* The unit at which the goods stand takes part from the first minute, when another one leads. */
QL_MUSTCHECK enum ql_rc party_of_goods(struct casebook *cb, struct case_file *c, struct ql_err *err);
/* Parties follow where the case goes: none works on in one that ended, nobody waits in one that is answered, and one that reopens has the goods' unit again. */
QL_MUSTCHECK enum ql_rc party_follow_state(struct casebook *cb, struct case_file *c, enum case_state from, struct ql_err *err);

#endif
