#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "domain/lifecycle.h"

#define EACH_RULE(r) \
	const struct lifecycle_rule *r = LIFECYCLE; r < LIFECYCLE + LIFECYCLE_ROWS; r++

/* --- the table itself ---------------------------------------------------------------------------------------------------- */

static void no_two_rows_answer_the_same_question(void **state)
{
	(void)state;
	for (EACH_RULE(r))
		for (const struct lifecycle_rule *s = LIFECYCLE; s < r; s++)
			assert_false(s->procedure == r->procedure && s->from == r->from && s->action == r->action && (s->roles & r->roles) != 0);
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (EACH_RULE(r)) {
		assert_true(r->roles != 0 && r->roles < ROLE_BIT(CASE_ROLES));
		assert_true(r->to != CASE_NONE && r->to < CASE_STATES);
		assert_memory_equal(r->why, "why.", 4);
		assert_true(r->event[0] != '\0' && strspn(r->event, "abcdefghijklmnopqrstuvwxyz_") == strlen(r->event));
		assert_int_equal(r->clocks.meet & (r->clocks.stop | r->clocks.pause | r->clocks.resume), 0);
		assert_int_equal(r->clocks.pause & (r->clocks.start | r->clocks.stop | r->clocks.resume), 0);
		assert_int_equal((r->needs & NEED_LEAD) != 0 && (r->roles & ROLE_BIT(ROLE_COORDINATOR)) == 0, 0); /* lead of nothing */
	}
}

static unsigned reachable(enum procedure procedure)
{
	unsigned seen = 1u << CASE_NONE, before;

	do {
		before = seen;
		for (EACH_RULE(r))
			if (r->procedure == procedure && (seen >> r->from & 1) != 0)
				seen |= 1u << r->to;
	} while (seen != before);
	return seen;
}

static void every_state_is_reached_and_left(void **state)
{
	const unsigned all = (1u << CASE_STATES) - 1;
	const unsigned callback = all & ~(1u << CASE_WAITING_ENTERPRISE | 1u << CASE_ANSWERED);

	(void)state;
	assert_int_equal(reachable(PROCEDURE_COORDINATION), all);
	assert_int_equal(reachable(PROCEDURE_CALLBACK), callback);
	for (int procedure = 0; procedure < PROCEDURES; procedure++)
		for (int from = CASE_RECEIVED; from < CASE_STATES; from++) {
			unsigned to = 0;

			for (EACH_RULE(r))
				if ((int)r->procedure == procedure && (int)r->from == from && (int)r->to != from)
					to |= 1u << r->to;
			assert_int_equal(to != 0, reachable((enum procedure)procedure) >> from & 1);
			if (lifecycle_is_open((enum case_state)from) && to != 0) { /* any open case can end */
				assert_true(to >> CASE_CLOSED & 1);
				assert_true(to >> CASE_MERGED & 1);
			}
		}
}

static void every_action_is_used(void **state)
{
	(void)state;
	for (int action = 0; action < CASE_ACTIONS; action++) {
		bool used = false;

		for (EACH_RULE(r))
			used = used || (int)r->action == action;
		if (!used)
			print_error("%s is in no row\n", case_action_name((enum case_action)action));
		assert_true(used);
	}
}

/* Whoever stops being held by a coordinator, and is not done, waits for one: with the clock that says so. */
static void what_waits_for_a_coordinator_has_its_clock(void **state)
{
	(void)state;
	for (EACH_RULE(r)) {
		if (r->to == CASE_RECEIVED && r->from != CASE_RECEIVED)
			assert_true(r->clocks.start & CLOCK_BIT(CLOCK_UNASSIGNED));
		if (r->to == CASE_ASSIGNED && (r->from != CASE_ASSIGNED || r->action == ACT_ASSIGN))
			assert_true(r->clocks.start & CLOCK_BIT(CLOCK_ACCEPT));
		if (r->from == CASE_ASSIGNED && r->to != CASE_ASSIGNED)
			assert_true((r->clocks.meet | r->clocks.stop) & CLOCK_BIT(CLOCK_ACCEPT));
		if (r->from == CASE_RECEIVED && r->to != CASE_RECEIVED)
			assert_true((r->clocks.meet | r->clocks.stop) & CLOCK_BIT(CLOCK_UNASSIGNED));
	}
}

/* Nothing runs in a case that is done, and a pause ends when the waiting ends. */
static void done_means_no_clock_runs(void **state)
{
	(void)state;
	for (EACH_RULE(r)) {
		unsigned ended = r->clocks.meet | r->clocks.stop;

		if (lifecycle_is_open(r->to) || r->from == CASE_NONE || !lifecycle_is_open(r->from))
			continue;
		assert_int_equal(r->clocks.start | r->clocks.resume | r->clocks.reopen, 0);
		if (r->procedure == PROCEDURE_CALLBACK)
			assert_true(ended & CLOCK_BIT(CLOCK_CALL_BACK));
		else if (r->from != CASE_ANSWERED)
			assert_true(ended & CLOCK_BIT(CLOCK_RESOLUTION));
		else
			assert_true(ended & CLOCK_BIT(CLOCK_CONFIRMATION));
	}
	for (EACH_RULE(r))
		if (r->from == CASE_WAITING_ENTERPRISE && r->to != r->from)
			assert_true((r->clocks.resume | r->clocks.meet | r->clocks.stop) & CLOCK_BIT(CLOCK_RESOLUTION));
}

static void reopening_brings_the_old_clock_back(void **state)
{
	int rows = 0;

	(void)state;
	for (EACH_RULE(r))
		if (r->action == ACT_REOPEN || r->action == ACT_UNDELIVERED) {
			rows++;
			assert_int_equal(r->to, CASE_RECEIVED); /* capacity is taken by dispatch only */
			assert_true(r->clocks.reopen & CLOCK_BIT(r->procedure == PROCEDURE_CALLBACK ? CLOCK_CALL_BACK : CLOCK_RESOLUTION));
			assert_int_equal(r->clocks.start & r->clocks.reopen, 0);
		}
	assert_int_equal(rows, 5);
}

static void whoever_ends_a_case_says_how(void **state)
{
	enum case_way way;

	(void)state;
	for (EACH_RULE(r))
		if (r->to == CASE_CLOSED && r->from != CASE_CLOSED) {
			assert_true(lifecycle_way(r->action, ROLE_COORDINATOR, &way));
			assert_string_equal(r->event, "closed");
			assert_true((r->needs & NEED_OUTCOME) != 0 || r->action == ACT_WITHDRAW || r->from == CASE_ANSWERED);
		} else {
			assert_string_not_equal(r->event, "closed");
		}
	assert_true(lifecycle_way(ACT_CLOSE, ROLE_SYSTEM, &way));
	assert_int_equal(way, WAY_SYSTEM);
	assert_true(lifecycle_way(ACT_CLOSE, ROLE_SUPERVISOR, &way));
	assert_int_equal(way, WAY_DIRECT);
	assert_true(lifecycle_way(ACT_CONFIRM, ROLE_ENTERPRISE, &way));
	assert_int_equal(way, WAY_CONFIRMED);
	assert_true(lifecycle_way(ACT_CLOSE_SILENT, ROLE_SYSTEM, &way));
	assert_int_equal(way, WAY_SILENT);
	assert_false(lifecycle_way(ACT_MERGE, ROLE_SYSTEM, &way));
}

/* --- what it says -------------------------------------------------------------------------------------------------------- */

#define C PROCEDURE_COORDINATION
#define B PROCEDURE_CALLBACK

static const struct row {
	const char *name;
	enum procedure procedure;
	enum case_state state;
	enum case_action action;
	enum case_role role;
	enum case_state to; /* CASE_NONE: refused */
} ROWS[] = {
	{ "dispatch assigns what was received",          C, CASE_RECEIVED,           ACT_ASSIGN,           ROLE_SYSTEM,      CASE_ASSIGNED           },
	{ "a coordinator does not help himself",         C, CASE_RECEIVED,           ACT_ASSIGN,           ROLE_COORDINATOR, CASE_NONE               },
	{ "accepting starts the work",                   C, CASE_ASSIGNED,           ACT_ACCEPT,           ROLE_COORDINATOR, CASE_WORKING            },
	{ "nobody accepts for him",                      C, CASE_ASSIGNED,           ACT_ACCEPT,           ROLE_SUPERVISOR,  CASE_NONE               },
	{ "nobody accepts twice",                        C, CASE_WORKING,            ACT_ACCEPT,           ROLE_COORDINATOR, CASE_NONE               },
	{ "declined goes back",                          C, CASE_ASSIGNED,           ACT_DECLINE,          ROLE_COORDINATOR, CASE_RECEIVED           },
	{ "what is being worked on is not declined",     C, CASE_WORKING,            ACT_DECLINE,          ROLE_COORDINATOR, CASE_NONE               },
	{ "not accepted in time goes back",              C, CASE_ASSIGNED,           ACT_NOT_ACCEPTED,     ROLE_SYSTEM,      CASE_RECEIVED           },
	{ "answering at once is accepting",              C, CASE_ASSIGNED,           ACT_ANSWER_AND_CLOSE, ROLE_COORDINATOR, CASE_CLOSED             },
	{ "a reply keeps the work going",                C, CASE_WORKING,            ACT_REPLY,            ROLE_COORDINATOR, CASE_WORKING            },
	{ "the enterprise may write any time",           C, CASE_ANSWERED,           ACT_REPLY,            ROLE_ENTERPRISE,  CASE_ANSWERED           },
	{ "asking waits",                                C, CASE_WORKING,            ACT_ASK,              ROLE_COORDINATOR, CASE_WAITING_ENTERPRISE },
	{ "its reply ends the waiting",                  C, CASE_WAITING_ENTERPRISE, ACT_REPLY,            ROLE_ENTERPRISE,  CASE_WORKING            },
	{ "an officer's reply does not",                 C, CASE_WAITING_ENTERPRISE, ACT_REPLY,            ROLE_COORDINATOR, CASE_WAITING_ENTERPRISE },
	{ "an answer waits for confirmation",            C, CASE_WORKING,            ACT_ANSWER,           ROLE_COORDINATOR, CASE_ANSWERED           },
	{ "the enterprise confirms",                     C, CASE_ANSWERED,           ACT_CONFIRM,          ROLE_ENTERPRISE,  CASE_CLOSED             },
	{ "silence confirms by the clock only",          C, CASE_ANSWERED,           ACT_CLOSE_SILENT,     ROLE_SUPERVISOR,  CASE_NONE               },
	{ "an undelivered answer is none",               C, CASE_ANSWERED,           ACT_UNDELIVERED,      ROLE_SYSTEM,      CASE_RECEIVED           },
	{ "reopened",                                    C, CASE_CLOSED,             ACT_REOPEN,           ROLE_ENTERPRISE,  CASE_RECEIVED           },
	{ "a merged case is not reopened",               C, CASE_MERGED,             ACT_REOPEN,           ROLE_ENTERPRISE,  CASE_NONE               },
	{ "but the merge can be undone",                 C, CASE_MERGED,             ACT_UNMERGE,          ROLE_SUPERVISOR,  CASE_RECEIVED           },
	{ "a late notice attaches to a closed case",     C, CASE_CLOSED,             ACT_ATTACH,           ROLE_SYSTEM,      CASE_CLOSED             },
	{ "an enterprise sees no notes, writes none",    C, CASE_WORKING,            ACT_NOTE,             ROLE_ENTERPRISE,  CASE_NONE               },
	{ "an enterprise closes nothing but withdraws",  C, CASE_WORKING,            ACT_CLOSE,            ROLE_ENTERPRISE,  CASE_NONE               },
	{ "withdrawn",                                   C, CASE_WORKING,            ACT_WITHDRAW,         ROLE_ENTERPRISE,  CASE_CLOSED             },
	{ "a solved call is closed in one step",         C, CASE_NONE,               ACT_OPEN_SOLVED,      ROLE_SYSTEM,      CASE_CLOSED             },
	{ "the first call begins the work",              B, CASE_ASSIGNED,           ACT_CALL_ATTEMPT,     ROLE_COORDINATOR, CASE_WORKING            },
	{ "a call-back asks nothing in writing",         B, CASE_WORKING,            ACT_ASK,              ROLE_COORDINATOR, CASE_NONE               },
	{ "reached and solved",                          B, CASE_WORKING,            ACT_ANSWER_AND_CLOSE, ROLE_COORDINATOR, CASE_CLOSED             },
	{ "operators touch no case by the table",        C, CASE_WORKING,            ACT_CLOSE,            ROLE_OPERATOR,    CASE_NONE               },
};

static void says(void **state)
{
	const struct row *r = *state;
	const struct lifecycle_rule *rule = lifecycle_next(r->procedure, r->state, r->action, r->role);

	assert_int_equal(rule != NULL, r->to != CASE_NONE);
	if (rule != NULL)
		assert_int_equal(rule->to, r->to);
}

static void clocks_of_a_day(void **state)
{
	const struct lifecycle_clocks open = lifecycle_next(C, CASE_NONE, ACT_OPEN, ROLE_SYSTEM)->clocks;
	const struct lifecycle_clocks assign = lifecycle_next(C, CASE_RECEIVED, ACT_ASSIGN, ROLE_SYSTEM)->clocks;
	const struct lifecycle_clocks ask = lifecycle_next(C, CASE_WORKING, ACT_ASK, ROLE_COORDINATOR)->clocks;
	const struct lifecycle_clocks arrived = lifecycle_next(C, CASE_WAITING_ENTERPRISE, ACT_ASK_ARRIVED, ROLE_SYSTEM)->clocks;
	const struct lifecycle_clocks back = lifecycle_next(C, CASE_WAITING_ENTERPRISE, ACT_REPLY, ROLE_ENTERPRISE)->clocks;
	const struct lifecycle_clocks note = lifecycle_next(C, CASE_WORKING, ACT_NOTE, ROLE_COORDINATOR)->clocks;

	(void)state;
	assert_int_equal(open.start, CLOCK_BIT(CLOCK_UNASSIGNED) | CLOCK_BIT(CLOCK_FIRST_RESPONSE) | CLOCK_BIT(CLOCK_RESOLUTION));
	assert_int_equal(assign.meet, CLOCK_BIT(CLOCK_UNASSIGNED));
	assert_int_equal(assign.start, CLOCK_BIT(CLOCK_ACCEPT));
	assert_true(ask.meet & CLOCK_BIT(CLOCK_FIRST_RESPONSE));
	assert_int_equal(ask.pause, 0); /* not before it has arrived */
	assert_true(arrived.pause & CLOCK_BIT(CLOCK_RESOLUTION));
	assert_int_equal(arrived.pause, back.resume);
	assert_int_equal(note.meet | note.start | note.stop | note.pause | note.resume | note.reopen, 0);
}

static void offers_what_it_allows(void **state)
{
	(void)state;
	for (int procedure = 0; procedure < PROCEDURES; procedure++)
		for (int from = 0; from < CASE_STATES; from++)
			for (int role = 0; role < CASE_ROLES; role++) {
				enum case_action out[CASE_ACTIONS];
				size_t n = lifecycle_actions((enum procedure)procedure, (enum case_state)from, (enum case_role)role, out), allowed = 0;

				for (int action = 0; action < CASE_ACTIONS; action++)
					allowed += lifecycle_next((enum procedure)procedure, (enum case_state)from, (enum case_action)action, (enum case_role)role) != NULL;
				assert_int_equal(n, allowed);
				for (size_t i = 0; i < n; i++)
					assert_non_null(lifecycle_next((enum procedure)procedure, (enum case_state)from, out[i], (enum case_role)role));
			}
}

static void load_stands_on_who_has_it(void **state)
{
	(void)state;
	assert_false(lifecycle_holds_load(CASE_RECEIVED) || lifecycle_holds_load(CASE_ANSWERED) || lifecycle_holds_load(CASE_CLOSED) || lifecycle_holds_load(CASE_MERGED));
	assert_true(lifecycle_holds_load(CASE_ASSIGNED) && lifecycle_holds_load(CASE_WORKING) && lifecycle_holds_load(CASE_WAITING_ENTERPRISE));
	assert_true(lifecycle_is_open(CASE_RECEIVED) && lifecycle_is_open(CASE_ANSWERED));
	assert_false(lifecycle_is_open(CASE_NONE) || lifecycle_is_open(CASE_CLOSED) || lifecycle_is_open(CASE_MERGED));
	for (EACH_RULE(r)) /* only an assignment puts load on somebody */
		if (lifecycle_holds_load(r->to) && !lifecycle_holds_load(r->from))
			assert_int_equal(r->action, ACT_ASSIGN);
}

#define READS_BACK(type, prefix, limit) \
	do { \
		type v_; \
		for (int i_ = 0; i_ < (limit); i_++) { \
			assert_true(prefix##_parse(prefix##_name((type)i_), &v_)); \
			assert_int_equal(v_, i_); \
		} \
		assert_false(prefix##_parse("nonsense", &v_)); \
		assert_false(prefix##_parse("", &v_)); \
	} while (0)

static void names_read_back(void **state)
{
	(void)state;
	READS_BACK(enum procedure, procedure, PROCEDURES);
	READS_BACK(enum case_state, case_state, CASE_STATES);
	READS_BACK(enum case_action, case_action, CASE_ACTIONS);
	READS_BACK(enum case_role, case_role, CASE_ROLES);
	READS_BACK(enum case_outcome, case_outcome, CASE_OUTCOMES);
	READS_BACK(enum case_way, case_way, CASE_WAYS);
	assert_string_equal(case_state_name(CASE_WAITING_ENTERPRISE), "waiting_enterprise");
	assert_string_equal(case_action_name(ACT_ANSWER_AND_CLOSE), "answer_and_close");
}

static void outcomes_ask_for_care(void **state)
{
	(void)state;
	assert_true(outcome_needs_second_reader(OUTCOME_EXPLAINED) && outcome_needs_words(OUTCOME_EXPLAINED));
	assert_true(outcome_needs_words(OUTCOME_REFERRED) && !outcome_needs_second_reader(OUTCOME_REFERRED));
	assert_false(outcome_needs_words(OUTCOME_SOLVED) || outcome_needs_second_reader(OUTCOME_SOLVED));
}

/* --- the picture ---------------------------------------------------------------------------------------------------------- */

static void collect(void *to, const char *text)
{
	strcat(to, text);
	strcat(to, "\n");
}

static void draws_every_arrow(void **state)
{
	for (int procedure = 0; procedure < PROCEDURES; procedure++) {
		char text[16384] = "", arrow[128];

		lifecycle_draw((enum procedure)procedure, collect, text);
		assert_memory_equal(text, "stateDiagram-v2\n", 16);
		for (EACH_RULE(r)) {
			if ((int)r->procedure != procedure || r->from == r->to)
				continue;
			snprintf(arrow, sizeof(arrow), "    %s --> %s: ", r->from == CASE_NONE ? "[*]" : case_state_name(r->from), case_state_name(r->to));
			assert_non_null(strstr(text, arrow));
			assert_non_null(strstr(strstr(text, arrow), case_action_name(r->action)));
			assert_null(strstr(strstr(text, arrow) + 1, arrow)); /* once */
		}
	}
	(void)state;
}

/* The diagrams of the folder's README are what the table draws. */
static void readme_shows_the_table(void **state)
{
	FILE *file = fopen("services/domain/README.md", "r");
	static char readme[65536];
	size_t n;

	(void)state;
	if (file == NULL) {
		print_message("not run from the project's root\n");
		skip();
	}
	n = fread(readme, 1, sizeof(readme) - 1, file);
	fclose(file);
	assert_true(n > 0 && n < sizeof(readme) - 1);
	for (int procedure = 0; procedure < PROCEDURES; procedure++) {
		char text[16384] = "";

		lifecycle_draw((enum procedure)procedure, collect, text);
		if (strstr(readme, text) == NULL)
			print_error("services/domain/README.md must hold this diagram:\n%s", text);
		assert_non_null(strstr(readme, text));
	}
}

#define PLAIN 15

int main(void)
{
	struct CMUnitTest tests[PLAIN + QL_LEN(ROWS)] = {
		cmocka_unit_test(no_two_rows_answer_the_same_question),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(every_state_is_reached_and_left),
		cmocka_unit_test(every_action_is_used),
		cmocka_unit_test(what_waits_for_a_coordinator_has_its_clock),
		cmocka_unit_test(done_means_no_clock_runs),
		cmocka_unit_test(reopening_brings_the_old_clock_back),
		cmocka_unit_test(whoever_ends_a_case_says_how),
		cmocka_unit_test(clocks_of_a_day),
		cmocka_unit_test(offers_what_it_allows),
		cmocka_unit_test(load_stands_on_who_has_it),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(outcomes_ask_for_care),
		cmocka_unit_test(draws_every_arrow),
		cmocka_unit_test(readme_shows_the_table),
	};

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[PLAIN + i] = (struct CMUnitTest){ ROWS[i].name, says, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("domain/lifecycle", tests, NULL, NULL);
}
