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
	const char *audience;   /* public, parties, unit, sealed */
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
/* Words for named readers only (and their author): users who may see the case. */
#define SEAL_READERS 20
QL_MUSTCHECK enum ql_rc casebook_seal(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const int64_t *readers, size_t n,
                                      struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_ask(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_resume(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err);
/* What an answer or a closing says about the result, besides its words. */
struct result {
	enum case_outcome outcome;
	int32_t department;                    /* unit that gave it */
	const char *referred_to, *referred_how; /* referred: to whom, and how to reach them */
	bool close;                            /* an answer that closes in one step */
};
/* An outcome that needs a second reader makes it a proposal: the case stays with its officer, every promise runs on. */
QL_MUSTCHECK enum ql_rc casebook_answer_as(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const struct result *r,
                                           struct ql_err *err);
/* A second reader agrees to the open proposal: it is answered, or closed; or gives it back with words. QL_CONFLICT when nothing is proposed, or
 * the person holds no such duty, wrote it, or is recused from an enterprise on the case. coordinator: of the person, 0: none. */
QL_MUSTCHECK enum ql_rc casebook_approve(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t coordinator, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_return(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t coordinator, const char *reason,
                                        struct ql_err *err);
/* department: unit that gave the result. close: answer and close in one step, with outcome. */
QL_MUSTCHECK enum ql_rc casebook_answer(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, int32_t department,
                                        bool close, enum case_outcome outcome, struct ql_err *err);
/* how: ACT_CLOSE, ACT_CONFIRM, ACT_CLOSE_SILENT or ACT_WITHDRAW. */
QL_MUSTCHECK enum ql_rc casebook_close(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, enum case_outcome outcome,
                                       const char *reason, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_close_as(struct casebook *cb, struct case_file *c, const struct actor *who, enum case_action how, const struct result *r,
                                          const char *reason, struct ql_err *err);
/* The enterprise does not take the answer for one: back to its officer, the old clock runs on. */
QL_MUSTCHECK enum ql_rc casebook_object(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err);
/* Tells the enterprise when its silence will close the case; once in a cycle. */
QL_MUSTCHECK enum ql_rc casebook_announce(struct casebook *cb, struct case_file *c, struct ql_err *err);
/* The time for objections is over. *closed false: nobody had told the enterprise, so it is told now, or the supervisor is. */
QL_MUSTCHECK enum ql_rc casebook_close_silent(struct casebook *cb, struct case_file *c, bool *closed, struct ql_err *err);
/* Within the window; what was closed as referred, unreachable or recovered by itself begins with fresh promises. */
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
/* --- what people do to a clock's time --- */
/* Agreed with the enterprise (agreed_by: who there) that since an instant that is past it was its turn: the case waits for it from
 * then on. Not before the running segment began, nor before a breach. w->text is what the enterprise reads. */
QL_MUSTCHECK enum ql_rc casebook_agree_pause(struct casebook *cb, struct case_file *c, const struct actor *who, ql_time since, const char *agreed_by,
                                             const struct words *w, struct ql_err *err);
/* The enterprise says that the latest pause was not its own; a supervisor decides (stands false: its time counts). */
QL_MUSTCHECK enum ql_rc casebook_contest_pause(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_settle_pause(struct casebook *cb, struct case_file *c, const struct actor *who, bool stands, const struct words *w, struct ql_err *err);
/* The officer asks for amount more of the policy's unit: reason for colleagues, words for the enterprise should it be granted. The
 * deadline moves only when somebody else grants it. */
QL_MUSTCHECK enum ql_rc casebook_ask_extension(struct casebook *cb, struct case_file *c, const struct actor *who, const char *clock, int32_t amount,
                                               const char *reason, const char *words, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_grant_extension(struct casebook *cb, struct case_file *c, const struct actor *who, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_refuse_extension(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct ql_err *err);

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
/* --- outgoing messages: what was said in public travels, and one learns what became of it --- */

enum message_state { MESSAGE_QUEUED, MESSAGE_SENT, MESSAGE_DELIVERED, MESSAGE_FAILED, MESSAGE_WINDOW_CLOSED, MESSAGE_WITHDRAWN, MESSAGE_STATES };
enum delivery { DELIVERY_SENT, DELIVERY_DELIVERED, DELIVERY_FAILED, DELIVERY_WINDOW_CLOSED };
const char *message_state_name(enum message_state state);

/* The contract of whoever sends or learns of a delivery: the row of ql.messages (case, version, seq) moves on, and with it what
 * hangs on it - a question that arrived pauses, one that did not goes back to its officer, an answer that arrived starts
 * the time for objections, one that did not reopens. Takes messages that are queued and due; c must be loaded and locked.
 *   - said twice, or a step back (delivered, then sent): QL_OK, nothing happens;
 *   - sent moves the row only; delivered and failures are a journal row each (delivered, undelivered);
 *   - QL_CONFLICT while it can still be taken back (look again at held_until); QL_REJECT when there is no such message;
 *   - a message withdrawn stays so, whatever is learned later.
 * failure: a short code word, kept and shown ("user_refused"); NULL for none. Never personal data. */
QL_MUSTCHECK enum ql_rc casebook_delivery(struct casebook *cb, struct case_file *c, int32_t version, int seq, enum delivery what, const char *failure,
                                          struct ql_err *err);
/* For many at once: reads the messages named before, so that casebook_delivery() finds them without asking one by one. */
struct message_key { int64_t case_id; int32_t version; int seq; };
QL_MUSTCHECK enum ql_rc casebook_load_messages(struct casebook *cb, const struct message_key *keys, size_t n, struct ql_err *err);
/* Takes words back that have not gone out yet; the clocks they met run on as if never met. version: of the entry. For its author. */
QL_MUSTCHECK enum ql_rc casebook_undo(struct casebook *cb, struct case_file *c, const struct actor *who, int32_t version, struct ql_err *err);

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

/* --- changing what the case is about --- */

/* The enterprise presses on: its officer and the duty supervisor are told. QL_CONFLICT when it did within press_on.minutes. */
QL_MUSTCHECK enum ql_rc casebook_press_on(struct casebook *cb, struct case_file *c, const struct actor *who, const char *text, struct ql_err *err);
/* Another pair of eyes on the routing: a supervisor answers, by words or by giving the case to somebody else, within a clock of its own. */
QL_MUSTCHECK enum ql_rc casebook_review(struct casebook *cb, struct case_file *c, const struct actor *who, const char *text, struct ql_err *err);
QL_MUSTCHECK enum ql_rc casebook_reviewed(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err);
/* by 0: no longer needed by a time. reason: storage_free_end, cut_off, sailing, line_stop, other. */
QL_MUSTCHECK enum ql_rc casebook_set_need(struct casebook *cb, struct case_file *c, const struct actor *who, ql_time by, const char *reason, struct ql_err *err);
/* NULL or "": stays. Promises that the new class makes better are made anew; none is worsened. */
struct classification { const char *category, *priority, *subject; };
QL_MUSTCHECK enum ql_rc casebook_classify(struct casebook *cb, struct case_file *c, const struct actor *who, const struct classification *to, struct ql_err *err);
/* Puts an enterprise on the case in a role, or changes its role; NULL: takes it off. A new principal makes the old one affected. What it may see follows at
 * once. For a role that may look at the enterprises of a case: the gateway's. */
QL_MUSTCHECK enum ql_rc casebook_set_enterprise(struct casebook *cb, struct case_file *c, const struct actor *who, int64_t enterprise, const char *role, struct ql_err *err);
/* Adds a reference (a faulty one is kept and marked), or takes one off; the journal keeps what stood there. */
QL_MUSTCHECK enum ql_rc casebook_set_reference(struct casebook *cb, struct case_file *c, const struct actor *who, const struct case_reference_in *r, bool add,
                                               struct ql_err *err);
/* Words of one case are read in the other from now on; they keep their author and time. Both loaded. */
QL_MUSTCHECK enum ql_rc casebook_move(struct casebook *cb, struct case_file *from, struct case_file *to, const struct actor *who, const int32_t *versions, size_t n,
                                      struct ql_err *err);
#define SPLIT_ENTRIES 64
/* A second problem becomes a case of its own: chosen words and references go along, and what was promised since the first case was opened. */
struct split { const char *subject, *category; const int32_t *versions; size_t n_versions; const struct case_reference_in *references; size_t n_references; };
QL_MUSTCHECK enum ql_rc casebook_split(struct casebook *cb, struct case_file *c, const struct actor *who, const struct split *s, struct case_file **fresh,
                                       struct ql_err *err);
/* Past the window for reopening: a new case takes it up, linked, asking the officer who had it first. */
QL_MUSTCHECK enum ql_rc casebook_reopen_later(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct case_file **fresh,
                                              struct ql_err *err);
/* Undoes a merge: c stands again as it stood before, as far as its officer has room; what reached the heir since stays there and is named. */
QL_MUSTCHECK enum ql_rc casebook_unmerge(struct casebook *cb, struct case_file *c, struct case_file *heir, const struct actor *who, const char *reason,
                                         struct ql_err *err);
/* A file: its bytes are kept elsewhere, under their hash. */
struct case_file_in { const char *name, *media_type, *sha256, *audience; int64_t size; };
QL_MUSTCHECK enum ql_rc casebook_attach_file(struct casebook *cb, struct case_file *c, const struct actor *who, const struct case_file_in *f, struct ql_err *err);

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

/* Policies and calendars in force have changed: each open clock that they make better (or, where a calendar says so, that they
 * move) follows, one journal row a clock. */
struct rebased { int changed, earlier, later; };
QL_MUSTCHECK enum ql_rc casebook_rebase(struct casebook *cb, struct case_file *c, struct rebased *did, struct ql_err *err);
/* What a search finds cases by, made anew: notes the first n cases behind `after` that have nothing yet (all: each one), to be written
 * by the commit. *last: id of the last of them, *done: how many. For the schema's owner, who may see everything. */
QL_MUSTCHECK enum ql_rc casebook_reindex(struct casebook *cb, int64_t after, int n, bool all, int64_t *last, int *done, struct ql_err *err);
/* --- what is kept: each is one journal row; the reason is an entry, so that no words of people are hashed (keep.c) --- */
/* Personal data is about to be shown in full. Staff of the actor's unit see that it was, and why. */
QL_MUSTCHECK enum ql_rc casebook_reveal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *what, const char *reason, struct ql_err *err);
/* Nothing of it may be erased (on), or may again. */
QL_MUSTCHECK enum ql_rc casebook_hold(struct casebook *cb, struct case_file *c, const struct actor *who, bool on, const char *reason, struct ql_err *err);
/* Personal data of it is erased in this transaction; why: "retention" or "request". */
QL_MUSTCHECK enum ql_rc casebook_erased(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err);

/* --- the chain --- */
struct journal_row { /* all text, as stored */
	int64_t case_id; int32_t version; const char *number, *event, *state; ql_time at;
	const char *actor_kind; int64_t actor_id; int32_t unit; const char *audience; int64_t enterprise; const char *data;
};
void journal_hash(const struct journal_row *row, const unsigned char prev[CASE_HASH], unsigned char out[CASE_HASH]);

#endif
