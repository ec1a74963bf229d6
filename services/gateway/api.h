/* api.h -- the HTTP interface: one table of routes, one way through a request.
 *
 * A request of someone signed in runs in one transaction that ql.enter() opened: row security holds for all it reads and
 * writes. Handlers run on worker threads; they fill the response and answer QL_OK, also when the response is a problem; any
 * other result rolls back, is tried again when that can help, and becomes a problem by table.
 */
#ifndef QL_GATEWAY_API_H
#define QL_GATEWAY_API_H

#include <stdio.h>
#include "base/json.h"
#include "problem.h"
#include "work.h"

enum route_needs {
	FOR_SIGNED_IN = 1,
	FOR_STAFF = 2,      /* who works on cases from inside */
	FOR_SUPERVISOR = 4,
	WITH_BODY = 8,  /* a JSON object */
	SIGNS_IN = 16,  /* goes to the queue of its own */
	FOR_ANYONE = 32, /* of those signed in, whatever the account may otherwise do */
	NO_DATABASE = 64, /* answered also while the database is away */
	BY_ITEM = 128,   /* made of requests that keep their own answers */
	OWN_TYPE = 256,  /* answers with something else than JSON */
	FILE_BODY = 512, /* the body is a file, and is kept as it comes */
	UNKEPT = 1024,   /* the answer is a secret: kept for nobody who sends the request again */
	NEEDS_RIGHTS = 11 /* from this bit on: what the account must be allowed, by domain/rights.h */
};
/* A route that names no right is for who works with cases: to read RIGHT_CASES, to change RIGHT_COMMAND. */
#define MAY(rights) ((unsigned)(rights) << NEEDS_RIGHTS)

struct call {
	struct worker *w;
	struct job *job;
	const struct request *req;
	struct response *res;
	struct path_params params;
	struct identity who;
	json_t *body;    /* with WITH_BODY */
	bool committed;  /* the handler ended the transaction itself */
};
typedef enum ql_rc api_handler(struct call *c, struct ql_err *err);

struct route { enum method method; const char *pattern; unsigned needs; api_handler *handler; };

/* The route of a request; NULL: none. known: the path exists, but not with this method. */
const struct route *route_find(enum method method, const char *path, struct path_params *params, bool *known);

/* "GET, HEAD, OPTIONS": what the path can be asked. false: there is no such path. */
bool route_methods(const char *path, char *out, size_t size);
const char *method_name(enum method method);

/* All routes, commands with their fields, and problems, as JSON: what openapi.json is held against. false: nowhere to write. */
bool api_describe(FILE *to);
size_t routes_all(const struct route **routes);
void commands_describe(struct ql_buf *b);

/* The origin must be ours and the token that of the session for everything that is not a plain read. */
bool api_csrf_ok(const struct call *c);

/* The body as a struct by table; a fault becomes the response. */
bool api_decode(struct call *c, const struct ql_field *fields, size_t n, void *out);

/* For a ql_field: what rfc3339_parse takes. */
ql_json_check api_check_time;

/* Answers 200 with the JSON that is in res->body. */
enum ql_rc api_json(struct call *c);

/* openapi.c */
api_handler openapi_read;
/* api_fields.c: the argument `fields` of a list of cases. A wrong name becomes the response. */
bool fields_known(struct call *c);
QL_MUSTCHECK enum ql_rc fields_pick(struct call *c, struct ql_err *err);

/* api_repeat.c. Begin: *go false when the answer of before is the response. Keep: before the commit, with the response whole;
 * both do nothing without a key. */
QL_MUSTCHECK enum ql_rc repeat_begin(struct call *c, bool *go, struct ql_err *err);
QL_MUSTCHECK enum ql_rc repeat_keep(struct call *c, struct ql_err *err);

/* A request's whole way, on a worker thread: fills job->res. Also for the requests that another one is made of, when no
 * transaction is open. */
void api_answer(struct worker *w, struct job *job);
bool command_exists(const char *name);

/* api_session.c */
api_handler session_sign_in, session_read, session_sign_out, session_password;
/* api_oidc.c */
api_handler oidc_ways, oidc_start, oidc_callback;
/* api_factor.c */
api_handler factor_read, factor_begin, factor_confirm, factor_remove;
/* api_account.c */
api_handler account_sessions, account_sessions_end, account_session_end, account_list, account_switch, account_duty, account_audit;
/* api_cases.c */
api_handler cases_list, cases_read, cases_journal;
/* api_follow.c */
api_handler cases_follow, cases_unfollow;
/* api_clocks.c */
api_handler clocks_read, clocks_asked, clocks_preview;
/* api_attachments.c */
api_handler attachments_add, attachments_list, attachments_read;
/* api_export.c */
api_handler cases_export_csv, cases_export_xlsx;
/* api_bulk.c */
api_handler cases_bulk;
/* api_commands.c */
api_handler cases_command;
/* api_letter.c */
api_handler cases_proposals, cases_letter;
/* api_shift.c: what one hands over at the end of a shift, and one's tasks */
api_handler shift_read, shift_hand_over, tasks_list;
/* api_keep.c */
api_handler cases_reveal, cases_hold;
/* api_board.c */
api_handler board_counters, board_river, board_roster, board_availability, board_reference;

/* api_roster.c */
api_handler roster_preview, roster_gaps, roster_fairness;
/* api_webhooks.c */
api_handler webhooks_list, webhooks_create, webhooks_remove, webhooks_deliveries, webhooks_replay, webhooks_rotate, webhooks_enable;
/* api_notices.c */
api_handler notices_read, notices_write;

/* The case that a path names by id, number or alias; 0: none, and the response says so. */
QL_MUSTCHECK enum ql_rc cases_resolve(struct call *c, int64_t *id, struct ql_err *err);
/* What a reader is to a case, for what is offered; the door checks it again. */
enum place_bit {
	PLACE_LEAD = 1,       /* its officer */
	PLACE_PARTY = 2,      /* officer of another party that still works */
	PLACE_ASKED = 4,      /* asked by a colleague to take a part over */
	PLACE_LEAD_ASKED = 8, /* of the unit that is asked to lead; of a supervisor: some unit is */
	PLACE_PASSING = 16,   /* has asked a colleague */
	PLACE_RULING = 32     /* who leads must be ruled, or was */
};
struct part { int64_t coordinator, asked; int32_t unit; bool lead, open, lead_asked; };
unsigned place_of(const struct part *parts, size_t n, int lead_refusals, const struct identity *who);
/* The same for any text; no response is made. itself: that very case, also when it was merged into another (not by an alias, then). */
QL_MUSTCHECK enum ql_rc cases_named(struct call *c, const char *name, bool itself, int64_t *id, struct ql_err *err);
/* What the buttons of a case depend on. */
struct offer {
	enum procedure procedure;
	enum case_state state;
	unsigned place;    /* place_bits */
	bool reads_second; /* there is a proposal that the reader may agree to */
	bool undoes;       /* the reader wrote words that can still be taken back */
	bool reviewing;    /* a review of the routing is asked for */
	bool absorbed;     /* other cases were merged into it */
};
/* "actions": what the reader may do to it. */
void commands_offered(struct ql_buf *b, const struct identity *who, const struct offer *o);

#endif
