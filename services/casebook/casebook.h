/* casebook.h -- the one door through which a case changes.
 *
 * A unit of work: begin, load or open cases, apply commands, commit. Commands change the case in memory and stage rows;
 * commit writes everything set-based in one pipeline and one transaction: cases, journal, clocks, entries, load of
 * coordinators. Nothing is visible to others before. Locks are taken in one order everywhere: cases by id, then
 * coordinators by id. A struct casebook belongs to one thread and one connection.
 *
 * After any result but QL_OK call casebook_rollback(): the cases of the unit are gone with it.
 */
#ifndef QL_CASEBOOK_CASEBOOK_H
#define QL_CASEBOOK_CASEBOOK_H

#include "casebook/case.h"

#define CASEBOOK_CASES      1024 /* in one unit of work */
#define CASE_ENTERPRISES    8
#define CASE_REFERENCES     24 /* that one message may bring: the most it can name, and those of a notice; none is dropped */
#define CASE_TEXT_MAX       32000 /* bytes of one entry */

struct casebook;

QL_MUSTCHECK enum ql_rc casebook_new(struct casebook **cb, struct ql_pg *pg, struct ql_err *err);
void casebook_free(struct casebook *cb);
const struct reference *casebook_reference(const struct casebook *cb);
struct ql_pg *casebook_pg(struct casebook *cb);

/* Opens the transaction, reads the database's clock and refreshes reference data when it changed. */
QL_MUSTCHECK enum ql_rc casebook_begin(struct casebook *cb, struct ql_err *err);
/* The same inside a transaction that the caller began (gateway: after ql.enter()). */
QL_MUSTCHECK enum ql_rc casebook_join(struct casebook *cb, struct ql_err *err);
ql_time casebook_now(const struct casebook *cb); /* of the transaction: the time of everything it does */
/* Queues all staged rows and runs them: after this the rows are visible inside the transaction. */
QL_MUSTCHECK enum ql_rc casebook_flush(struct casebook *cb, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_commit(struct casebook *cb, struct ql_err *err); /* flush and commit in one round trip */
/* Never fails: what can't be rolled back because the connection is gone is gone anyway. Recovers the connection lazily. */
void casebook_rollback(struct casebook *cb);

/* --- cases of the unit --- */
/* Loads and locks (for update, ascending) the cases named; those already in the unit are left as they are. */
QL_MUSTCHECK enum ql_rc casebook_load(struct casebook *cb, const int64_t *ids, size_t n, struct ql_err *err);
/* One loaded or opened case; NULL: not in the unit (or not visible to the caller's role). */
struct case_file *casebook_find(struct casebook *cb, int64_t id);

struct actor {
	enum case_role role;
	int64_t id;       /* user, coordinator or enterprise id; 0: none */
	int32_t unit;     /* 0: none */
	int64_t user;     /* signed-in user, for the record; 0: none */
	const char *trace; /* 32 hex digits or NULL */
	int party;         /* the part of the case in which it is written; 0: the case's own */
};
extern const struct actor ACTOR_SYSTEM;

struct case_reference_in { const char *type, *value, *given; const char *fault_json; /* NULL: valid */ };
struct case_enterprise_in { int64_t id; const char *role; };
struct case_person_in { const char *name, *phone, *phone_key, *channel, *channel_user; };

struct case_spec {
	enum procedure procedure;
	const char *kind, *subject, *text, *category, *priority, *channel, *channel_user, *language, *tier, *needed_reason, *receipt;
	enum reach reach;
	int32_t lead_unit, home_unit, goods_unit; /* lead is required; 0: none for the others */
	int64_t principal;
	ql_time needed_by, received_at, occurred_at;
	ql_time clocks_from; /* when a person spoke, or when a machine's notice was received */
	int weight;
	const struct case_enterprise_in *enterprises; size_t n_enterprises;
	const struct case_reference_in *references;   size_t n_references;
	const struct case_person_in *person;          /* NULL: none */
	const char *data_json; /* extra facts for the journal's data, a JSON object, or NULL */
	bool solved;           /* a call solved at once: opened and closed in one step */
	const char *outcome;   /* when solved; "solved" by default */
	int64_t first_asked;   /* coordinator, 0: none */
	struct actor actor;    /* who spoke */
};
/* Before casebook_begin: n case numbers set aside, so that numbering holds no lock during the transaction. */
QL_MUSTCHECK enum ql_rc casebook_reserve(struct casebook *cb, int n, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_open(struct casebook *cb, const struct case_spec *spec, struct case_file **c, struct ql_err *err);

/* --- commands: QL_CONFLICT with a sentence when the lifecycle does not allow it in this state for this role,
 *     QL_REJECT when an argument is missing or wrong (field named) --- */

/* What was said: all text commands share it. */
struct words {
	const char *text;       /* NULL or "": none */
	const char *audience;   /* public, parties, unit */
	const char *channel, *language;
	int64_t enterprise;     /* whose talk a public entry belongs to; 0: every enterprise on the case */
};

/* Optimistic check: QL_CONFLICT when c has moved past version. */
QL_MUSTCHECK enum ql_rc casebook_expect(const struct case_file *c, int32_t version, struct ql_err *err);

/* Takes coordinators' capacity now, before any assignment is staged: for each, taken says whether it fitted. Runs at once, in
 * ascending order; the room not used by a later casebook_assign in this unit is a bug of the caller. */
struct take { int64_t coordinator; int32_t weight; bool taken; int32_t load, capacity; };
QL_MUSTCHECK enum ql_rc casebook_take(struct casebook *cb, struct take *takes, size_t n, struct ql_err *err);

struct assignment {
	int64_t coordinator; int32_t coordinator_unit;
	const char *why_json;    /* the whole choice, for the journal */
	const char *why_short;   /* {"level","load","capacity"} for lists */
	const char *reason;      /* a supervisor's, or NULL */
};
QL_MUSTCHECK enum ql_rc casebook_assign(struct casebook *cb, struct case_file *c, const struct actor *who, const struct assignment *a, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_accept(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err);
/* Back to received: declined by the coordinator (ACT_DECLINE), not accepted in time (ACT_NOT_ACCEPTED), released by a supervisor (ACT_RELEASE). */
QL_MUSTCHECK enum ql_rc casebook_unassign(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const char *reason, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_reply(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_ask(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_resume(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err);
/* department: unit that gave the result. close: answer and close in one step, with outcome. */
QL_MUSTCHECK enum ql_rc casebook_answer(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, int32_t department,
                                        bool close, enum case_outcome outcome, struct ql_err *err);
/* how: ACT_CLOSE, ACT_CONFIRM, ACT_CLOSE_SILENT or ACT_WITHDRAW. */
QL_MUSTCHECK enum ql_rc casebook_close(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, enum case_outcome outcome,
                                       const char *reason, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_reopen(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_call_attempt(struct casebook *cb, struct case_file *c, const struct actor *who, const char *result, const char *note, struct ql_err *err);

/* --- parties: units on the case besides the one that leads it. seq names the party; the state of the case never moves.
 *     A coordinator acts for the party whose officer it is, a supervisor for those of units below --- */
struct invitation {
	int32_t unit;                  /* 0: a body without account, by name and mail */
	const char *capacity, *body_name, *body_mail;
	struct words wanted;
};
/* The lead, or a supervisor above it, asks anyone; a joint party asks units of its own district. A unit that refused or left before is asked
 * again in its old row. */
QL_MUSTCHECK enum ql_rc casebook_invite(struct casebook *cb, struct case_file *c, const struct actor *who, const struct invitation *i, int *seq, struct ql_err *err);
/* As casebook_assign: the party's own weight was taken before. Who is recused, has been tried or has the lead is refused. */
QL_MUSTCHECK enum ql_rc casebook_party_assign(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const struct assignment *a, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_party_accept(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, struct ql_err *err);
/* An officer refuses: the next one of the unit is looked for. A supervisor refuses: the unit does, and the lead must look elsewhere. */
QL_MUSTCHECK enum ql_rc casebook_party_refuse(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *reason, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_party_contribute(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *text, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_party_done(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *result, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_party_withdraw(struct casebook *cb, struct case_file *c, int seq, const struct actor *who, const char *reason, struct ql_err *err);
/* The accept clock of a party ran out: its officer is asked no longer; a unit that found nobody is pressed (escalated). */
QL_MUSTCHECK enum ql_rc casebook_party_overdue(struct casebook *cb, struct case_file *c, int clock_seq, const char *why, struct ql_err *err);
const struct case_party *casebook_party(const struct case_file *c, int seq); /* NULL: none */
/* Parties that were asked for something, or work, and have not said that they are done: a result does not go out over their heads. */
int casebook_parties_open(const struct case_file *c);

/* --- who has it passes on: until it is taken, whoever has it keeps it; the clocks of the case run on --- */
QL_MUSTCHECK enum ql_rc casebook_hand_over(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t unit, const char *reason, struct ql_err *err);
/* What taking the lead adds to a coordinator's load: to be taken (casebook_take) before casebook_lead_accept. */
int32_t casebook_lead_room(const struct case_file *c, int64_t coordinator);
/* A coordinator of the unit that was asked leads from now on; a supervisor accepts for the unit, which must find an officer then. */
QL_MUSTCHECK enum ql_rc casebook_lead_accept(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_lead_refuse(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err);
/* After two refusals, by whoever holds the arbitration duty (the caller has made sure of that). Final: the unit can't refuse. */
QL_MUSTCHECK enum ql_rc casebook_rule(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t unit, const char *reason, struct ql_err *err);
/* A colleague is asked to take a part over (party 0: the lead), takes it (with the room taken before), or it stays where it is. */
QL_MUSTCHECK enum ql_rc casebook_pass_on(struct casebook *cb, struct case_file *c, int party, const struct actor *who, int64_t colleague, const char *reason,
                                         struct ql_err *err);
int32_t casebook_part_room(const struct case_file *c, int party);
QL_MUSTCHECK enum ql_rc casebook_take_over(struct casebook *cb, struct case_file *c, int party, const struct actor *who, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_keep(struct casebook *cb, struct case_file *c, int party, const struct actor *who, const char *reason, struct ql_err *err);

/* A person leaves the case for good: lead, parts, tasks, visits, what is asked of them. Nobody can give it back to them. */
struct leaver { int64_t coordinator; int32_t unit; const char *reason; }; /* unit: the person's */
QL_MUSTCHECK enum ql_rc casebook_recuse(struct casebook *cb, struct case_file *c, const struct actor *who, const struct leaver *r, struct ql_err *err);

/* --- what several do together: times are in the future, people are not recused --- */
struct meeting { ql_time at; const char *place, *text; const int32_t *units; size_t n_units; bool with_enterprise; };
struct task { const char *text; int32_t unit; int64_t owner; ql_time due_at; };       /* owner 0: the unit's to give */
struct task_id { int32_t version; int seq; int64_t owner; bool done; };               /* as it is stored */
struct visit { ql_time at; const char *place; int64_t first, second; };
/* With the enterprise the words are for it, and are sent. */
QL_MUSTCHECK enum ql_rc casebook_call_meeting(struct casebook *cb, struct case_file *c, const struct actor *who, const struct meeting *m, struct ql_err *err);
/* meeting and visit: the version that made it; the caller has seen that it is there and has no minutes, no result yet. */
QL_MUSTCHECK enum ql_rc casebook_minutes(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t meeting, const struct words *w,
                                         const struct task *tasks, size_t n, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_task_add(struct casebook *cb, struct case_file *c, const struct actor *who, const struct task *task, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_task_done(struct casebook *cb, struct case_file *c, const struct actor *who, const struct task_id *id, bool done,
                                           struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_plan_visit(struct casebook *cb, struct case_file *c, const struct actor *who, const struct visit *v, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_visit_result(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t visit, const char *text,
                                              struct ql_err *err);

/* What else intake does: a repetition or an answer of the enterprise attaches (repeat: counts as one more report; an answer
 * to a question resumes the case); another enterprise with the same reference links two cases; two open cases become one. */
struct attachment {
	struct words words; bool repeat;
	const struct case_reference_in *references; size_t n_references;
	const struct case_enterprise_in *enterprises; size_t n_enterprises;
	const char *receipt, *data_json;
	ql_time spoken_at;
	ql_time needed_by; const char *needed_reason; /* a nearer need replaces; 0: none said */
};
QL_MUSTCHECK enum ql_rc casebook_attach(struct casebook *cb, struct case_file *c, const struct actor *who, const struct attachment *a, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_link(struct casebook *cb, struct case_file *c, struct case_file *other, const char *kind, const struct actor *who, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_merge(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, struct ql_err *err);

/* What clock does: a threshold of a clock has come. QL_OK with *fired false when it has fired already or is no longer due. */
QL_MUSTCHECK enum ql_rc casebook_fire(struct casebook *cb, struct case_file *c, int clock_seq, bool *fired, const char **threshold, struct ql_err *err);
/* The journal's event for it is warned, breached or late. */
/* Tells the duty supervisor of the lead unit (escalation ladder): a journal row others act on. */
QL_MUSTCHECK enum ql_rc casebook_escalate(struct casebook *cb, struct case_file *c, const char *why, struct ql_err *err);

/* Nobody could be given it: the explanation is recorded, the duty supervisor owns it. For dispatch, once per wait. */
QL_MUSTCHECK enum ql_rc casebook_waiting(struct casebook *cb, struct case_file *c, const char *why_json, const char *why_short, struct ql_err *err);
/* The facts changed and its officer may not have it any more. Not accepted yet: back to received, released. Else it stays and the
 * duty supervisor is told, once for the same reasons. *done: whether anything happened. */
struct reroute { const char *reasons_json; /* ["skill"] */ int64_t owner; /* duty supervisor, 0: none on duty */ };
QL_MUSTCHECK enum ql_rc casebook_reroute(struct casebook *cb, struct case_file *c, const struct reroute *r, bool *done, struct ql_err *err);
/* The principal's class turned: order and choice follow; promises given stay. */
QL_MUSTCHECK enum ql_rc casebook_retier(struct casebook *cb, struct case_file *c, const char *tier, struct ql_err *err);
/* Deadlines that lacked a calendar year are computed now that it may be there. */
QL_MUSTCHECK enum ql_rc casebook_retime(struct casebook *cb, struct case_file *c, bool *changed, struct ql_err *err);

/* What a search finds cases by, made anew: notes the first n cases behind `after` that have nothing yet (all: each one), to be written
 * by the commit. *last: id of the last of them, *done: how many. For the schema's owner, who may see everything. */
QL_MUSTCHECK enum ql_rc casebook_reindex(struct casebook *cb, int64_t after, int n, bool all, int64_t *last, int *done, struct ql_err *err);

/* --- the chain --- */
struct journal_row { /* all text, as stored */
	int64_t case_id; int32_t version; const char *number, *event, *state; ql_time at;
	const char *actor_kind; int64_t actor_id; int32_t unit; const char *audience; int64_t enterprise; const char *data;
};
void journal_hash(const struct journal_row *row, const unsigned char prev[CASE_HASH], unsigned char out[CASE_HASH]);

#endif
