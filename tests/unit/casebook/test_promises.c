/* test_promises.c -- what moves a promise that runs, on a real PostgreSQL (QL_TEST_PG_DSN): pauses agreed and contested, extensions,
 * new policies and calendars. Every test works in a transaction that is rolled back; hours pass by setting the unit's clock. The unit
 * works around the clock, so that a test means the same at any hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/log.h"
#include "casebook/facts.h"
#include "casebook/unit_int.h"
#include "domain/timefmt.h"

struct bench {
	struct ql_pg *pg;
	struct casebook *cb;
	struct ql_err err;
	struct case_file *c;
	struct actor officer, supervisor, enterprise;
};

static int64_t value(struct bench *b, const char *sql)
{
	PGresult *res = PQexec(ql_pg_conn(b->pg), sql);
	int64_t v;

	if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != 1)
		fail_msg("%s: %s", sql, PQresultErrorMessage(res));
	v = ql_col_i64(res, 0, 0);
	PQclear(res);
	return v;
}

static void run(struct bench *b, const char *sql)
{
	if (ql_pg_exec(b->pg, sql, &b->err) != QL_OK)
		fail_msg("%s: %s", sql, b->err.msg);
}

static void ok(struct bench *b, enum ql_rc rc)
{
	if (rc != QL_OK)
		fail_msg("%s: %s %s", ql_rc_name(rc), b->err.field, b->err.msg);
}

static void refused(struct bench *b, enum ql_rc rc, enum ql_rc wanted, const char *field)
{
	assert_int_equal(rc, wanted);
	assert_string_equal(b->err.field, field);
	b->err = (struct ql_err){ 0 };
}

static void pass(struct bench *b, ql_time time) { b->cb->now += time; }

/* The rows as the database has them now. */
static int64_t stored(struct bench *b, const char *sql)
{
	char text[400];

	ok(b, casebook_flush(b->cb, &b->err));
	snprintf(text, sizeof(text), sql, (long long)b->c->id);
	return value(b, text);
}

static struct case_clock *clock_of(struct bench *b, enum clock_kind kind) { return promise_clock(b->c, kind); }

static void open_case(struct bench *b, int64_t enterprise, int32_t unit)
{
	const struct case_enterprise_in on[] = { { enterprise, "principal" } };
	const struct case_spec s = {
		.procedure = PROCEDURE_COORDINATION, .kind = "enquiry", .subject = "s", .text = "箱子进不了港", .priority = "normal", .channel = "portal", .language = "zh",
		.tier = "unknown", .reach = REACH_DEPARTMENT, .lead_unit = unit, .home_unit = unit, .principal = enterprise, .weight = 1, .received_at = b->cb->now,
		.occurred_at = b->cb->now, .clocks_from = b->cb->now, .enterprises = on, .n_enterprises = 1, .actor = b->enterprise,
	};

	ok(b, casebook_open(b->cb, &s, &b->c, &b->err));
}

static void begin_work(struct bench *b)
{
	struct take take = { .coordinator = b->officer.id, .weight = 1 };
	const struct assignment a = { .coordinator = b->officer.id, .coordinator_unit = b->officer.unit, .why_json = "{}", .why_short = "{}" };

	ok(b, casebook_take(b->cb, &take, 1, &b->err));
	ok(b, casebook_assign(b->cb, b->c, &ACTOR_SYSTEM, &a, &b->err));
	ok(b, casebook_accept(b->cb, b->c, &b->officer, &b->err));
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	int32_t unit;

	ok(b, ql_pg_open(&b->pg, getenv("QL_TEST_PG_DSN"), "test", &b->err));
	ok(b, casebook_new(&b->cb, b->pg, &b->err));
	ok(b, casebook_begin(b->cb, &b->err));
	run(b, "update ql.parameters set value = '0' where key = 'message.undo_seconds'"); /* words are there at once, and move the clocks then */
	ok(b, casebook_join(b->cb, &b->err));
	unit = (int32_t)value(b, "select id from ql.units where code = '2248'");
	b->officer = (struct actor){ .role = ROLE_COORDINATOR, .unit = unit,
		.id = value(b, "insert into ql.coordinators (staff_no, name, unit_id) select 'P1', 'one', id from ql.units where code = '2248' returning id") };
	b->enterprise = (struct actor){ .role = ROLE_ENTERPRISE, .id = value(b, "insert into ql.enterprises (name) values ('e') returning id") };
	b->supervisor = (struct actor){ .role = ROLE_SUPERVISOR, .unit = unit,
		.id = value(b, "insert into ql.users (login, password_hash, name, role, unit_id) select 'p-sup', 'x', 'sup', 'supervisor', id from ql.units where code = '2248' returning id") };
	b->supervisor.user = b->supervisor.id;
	open_case(b, b->enterprise.id, unit);
	begin_work(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	casebook_rollback(b->cb);
	casebook_free(b->cb);
	ql_pg_close(b->pg);
	free(b);
	return 0;
}

static const struct words SAID = { "等贵司补充箱单", "public", NULL, "zh", 0 };

/* --- the next word ------------------------------------------------------------------------------------------------------ */

static void each_word_promises_the_next(void **state)
{
	struct bench *b = *state;

	assert_null(clock_of(b, CLOCK_NEXT_UPDATE));
	ok(b, casebook_reply(b->cb, b->c, &b->officer, &SAID, &b->err));
	const int first = clock_of(b, CLOCK_NEXT_UPDATE)->seq;

	assert_int_equal(clock_of(b, CLOCK_NEXT_UPDATE)->due_at, b->cb->now + 480 * QL_MINUTE);
	pass(b, QL_HOUR);
	ok(b, casebook_reply(b->cb, b->c, &b->officer, &SAID, &b->err));
	assert_true(clock_of(b, CLOCK_NEXT_UPDATE)->seq > first);
	assert_int_equal(clock_of(b, CLOCK_NEXT_UPDATE)->due_at, b->cb->now + 480 * QL_MINUTE);
	assert_int_equal(stored(b, "select count(*) from ql.clocks where case_id = %lld and kind = 'next_update' and state = 'met'"), 1);
	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	assert_int_equal(clock_of(b, CLOCK_NEXT_UPDATE)->state, CLOCK_PAUSED);
}

static void segments_say_why_and_who(void **state)
{
	struct bench *b = *state;

	pass(b, QL_HOUR);
	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	pass(b, QL_HOUR);
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	assert_int_equal(stored(b, "select count(*) from ql.clock_segments s join ql.clocks k on k.case_id = s.case_id and k.seq = s.clock_seq"
		" join ql.journal j on j.case_id = s.case_id and j.version = s.version and j.event = s.why and j.actor_kind = s.actor_kind"
		" where s.case_id = %lld and k.kind = 'resolution'"), 3);
}

/* --- pauses agreed on afterwards ----------------------------------------------------------------------------------------- */

static enum ql_rc agree(struct bench *b, ql_time since, const char *by) { return casebook_agree_pause(b->cb, b->c, &b->officer, since, by, &SAID, &b->err); }

static void a_pause_may_be_agreed_on_afterwards(void **state)
{
	struct bench *b = *state;
	const ql_time due = clock_of(b, CLOCK_RESOLUTION)->due_at, began = b->cb->now;

	ok(b, casebook_reply(b->cb, b->c, &b->officer, &SAID, &b->err));
	pass(b, 3 * QL_HOUR);
	refused(b, agree(b, b->cb->now + 1, "李经理"), QL_REJECT, "/since");
	refused(b, agree(b, began - 1, "李经理"), QL_REJECT, "/since");
	refused(b, agree(b, began + QL_HOUR, "  "), QL_REJECT, "/agreed_by");
	ok(b, agree(b, began + QL_HOUR, "李经理"));
	assert_int_equal(b->c->state, CASE_WAITING_ENTERPRISE);
	assert_int_equal(clock_of(b, CLOCK_RESOLUTION)->state, CLOCK_PAUSED);
	assert_int_equal(clock_of(b, CLOCK_NEXT_UPDATE)->state, CLOCK_PAUSED);
	refused(b, agree(b, b->cb->now - 1, "李经理"), QL_CONFLICT, ""); /* it waits already */
	pass(b, QL_HOUR);
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	assert_int_equal(clock_of(b, CLOCK_RESOLUTION)->due_at, due + 3 * QL_HOUR); /* 1 h to 4 h */
	assert_int_equal(stored(b, "select count(*) from ql.clock_ledger l join ql.journal j using (case_id, version)"
		" where l.case_id = %lld and l.kind = 'agreement' and l.agreed_by = '李经理' and j.event = 'pause_agreed' and j.audience = 'public'"), 1);
	assert_int_equal(stored(b, "select count(*) from ql.journal where case_id = %lld and data::text like '%%李经理%%'"), 0); /* erasable: not in the chain */
	assert_int_equal(stored(b, "select count(*) from ql.messages where case_id = %lld"), 2);
	refused(b, agree(b, b->cb->now - QL_HOUR - 1, "李经理"), QL_REJECT, "/since"); /* before the last segment began */
}

static void a_broken_promise_is_not_mended_by_a_pause(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;
	bool fired = true;
	const char *name;

	b->cb->now = due + QL_HOUR;
	while (fired)
		ok(b, casebook_fire(b->cb, b->c, k->seq, &fired, &name, &b->err));
	assert_int_equal(k->breached_at, due);
	refused(b, agree(b, due - 1, "李经理"), QL_REJECT, "/since");
	ok(b, agree(b, due + 1, "李经理"));
	assert_int_equal(k->breached_at, due);
}

/* --- contested pauses ---------------------------------------------------------------------------------------------------- */

static const struct words NO = { "材料早已提交", "public", NULL, "zh", 0 };

static void a_contested_pause_that_falls_has_never_been(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	refused(b, casebook_contest_pause(b->cb, b->c, &b->enterprise, &NO, &b->err), QL_CONFLICT, ""); /* there is none */
	pass(b, QL_HOUR);
	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	refused(b, casebook_settle_pause(b->cb, b->c, &b->supervisor, false, &NO, &b->err), QL_CONFLICT, ""); /* nobody contests */
	ok(b, casebook_contest_pause(b->cb, b->c, &b->enterprise, &NO, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	refused(b, casebook_contest_pause(b->cb, b->c, &b->enterprise, &NO, &b->err), QL_CONFLICT, "");
	refused(b, casebook_settle_pause(b->cb, b->c, &b->officer, false, &NO, &b->err), QL_CONFLICT, ""); /* not the officer's own judge */
	pass(b, QL_HOUR);
	ok(b, casebook_settle_pause(b->cb, b->c, &b->supervisor, false, &NO, &b->err));
	assert_int_equal(b->c->state, CASE_WORKING);
	assert_int_equal(k->state, CLOCK_RUNNING);
	assert_int_equal(k->due_at, due);
	assert_int_equal(stored(b, "select count(*) from ql.clock_segments where case_id = %lld and voided and kind = 'pause'"), 1);
	assert_int_equal(stored(b, "select count(*) from ql.clock_ledger where case_id = %lld and kind = 'contest' and state = 'granted' and settled_version is not null"), 1);
	refused(b, casebook_settle_pause(b->cb, b->c, &b->supervisor, true, &NO, &b->err), QL_CONFLICT, "");
}

static void a_contested_pause_that_stands_stays(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	pass(b, QL_HOUR);
	ok(b, casebook_contest_pause(b->cb, b->c, &b->enterprise, &NO, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_settle_pause(b->cb, b->c, &b->supervisor, true, &NO, &b->err));
	assert_int_equal(b->c->state, CASE_WAITING_ENTERPRISE);
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	assert_int_equal(k->due_at, due + QL_HOUR);
	assert_int_equal(stored(b, "select count(*) from ql.clock_segments where case_id = %lld and voided"), 0);
}

/* Decided when the answer was given already: whether it came in time is told anew. */
static void a_pause_that_falls_after_the_answer_makes_it_late(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	b->cb->now = due - QL_MINUTE;
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	ok(b, casebook_contest_pause(b->cb, b->c, &b->enterprise, &NO, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	pass(b, QL_HOUR);
	ok(b, casebook_answer(b->cb, b->c, &b->officer, &SAID, b->officer.unit, false, OUTCOME_SOLVED, &b->err));
	assert_int_equal(k->breached_at, 0);
	ok(b, casebook_settle_pause(b->cb, b->c, &b->supervisor, false, &NO, &b->err));
	assert_int_equal(k->due_at, due);
	assert_int_equal(k->breached_at, due);
	assert_int_equal(k->state, CLOCK_MET);
}

/* --- extensions ---------------------------------------------------------------------------------------------------------- */

static enum ql_rc ask_extension(struct bench *b, const char *clock, int32_t amount, const char *words)
{
	return casebook_ask_extension(b->cb, b->c, &b->officer, clock, amount, "化验室排期", words, &b->err);
}

static void an_extension_is_asked_by_one_and_granted_by_another(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	b->officer.user = b->supervisor.user; /* the same person, wearing the other hat */
	refused(b, ask_extension(b, "accept", 1, "化验需时"), QL_REJECT, "/clock");
	refused(b, ask_extension(b, "resolution", 4, "化验需时"), QL_REJECT, "/amount"); /* three were promised: three more at most */
	refused(b, ask_extension(b, "resolution", 0, "化验需时"), QL_REJECT, "/amount");
	refused(b, ask_extension(b, "resolution", 2, " "), QL_REJECT, "/words");
	refused(b, casebook_grant_extension(b->cb, b->c, &b->supervisor, &b->err), QL_CONFLICT, ""); /* none asked */
	ok(b, ask_extension(b, "resolution", 2, "化验需时"));
	ok(b, casebook_flush(b->cb, &b->err));
	assert_int_equal(k->due_at, due); /* asking moves nothing */
	refused(b, ask_extension(b, "resolution", 1, "化验需时"), QL_CONFLICT, "");
	refused(b, casebook_grant_extension(b->cb, b->c, &b->officer, &b->err), QL_CONFLICT, "");
	refused(b, casebook_grant_extension(b->cb, b->c, &b->supervisor, &b->err), QL_CONFLICT, "");
	b->supervisor.user = value(b, "insert into ql.users (login, password_hash, name, role, unit_id) select 'p-sup2', 'x', 'sup', 'supervisor', id from ql.units where code = '2248' returning id");
	ok(b, casebook_grant_extension(b->cb, b->c, &b->supervisor, &b->err));
	assert_int_equal(k->due_at, due + 2 * QL_DAY);
	assert_int_equal(b->c->promise_at, k->due_at);
	assert_int_equal(stored(b, "select count(*) from ql.clock_ledger where case_id = %lld and state = 'granted' and due_at - due_was = interval '2 days'"), 1);
	assert_int_equal(stored(b, "select count(*) from ql.entries where case_id = %lld and audience = 'public' and text = '化验需时'"), 1);
	assert_int_equal(stored(b, "select extension from ql.clocks where case_id = %lld and kind = 'resolution'"), 2);
	refused(b, ask_extension(b, "resolution", 2, "化验需时"), QL_REJECT, "/amount"); /* one is left of three */
}

static void a_refused_extension_moves_nothing(void **state)
{
	struct bench *b = *state;
	const ql_time due = clock_of(b, CLOCK_RESOLUTION)->due_at;

	ok(b, ask_extension(b, "resolution", 2, "化验需时"));
	ok(b, casebook_flush(b->cb, &b->err));
	refused(b, casebook_refuse_extension(b->cb, b->c, &b->supervisor, "", &b->err), QL_REJECT, "/text");
	ok(b, casebook_refuse_extension(b->cb, b->c, &b->supervisor, "可加急", &b->err));
	assert_int_equal(clock_of(b, CLOCK_RESOLUTION)->due_at, due);
	assert_int_equal(stored(b, "select count(*) from ql.entries where case_id = %lld and text = '化验需时'"), 0);
	ok(b, ask_extension(b, "resolution", 1, "化验需时")); /* and may be asked again */
}

/* Warned at three quarters, extended: warned again at three quarters of the longer one, under a key of its own. */
static void warnings_come_anew(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	bool fired;
	const char *name;

	b->cb->now = k->next_fire_at;
	ok(b, casebook_fire(b->cb, b->c, k->seq, &fired, &name, &b->err));
	assert_true(fired);
	ok(b, ask_extension(b, "resolution", 3, "化验需时"));
	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_grant_extension(b->cb, b->c, &b->supervisor, &b->err));
	assert_int_equal(k->fired, 0);
	b->cb->now = k->next_fire_at;
	ok(b, casebook_fire(b->cb, b->c, k->seq, &fired, &name, &b->err));
	assert_true(fired);
	assert_string_equal(name, "warn_75pct");
	assert_int_equal(stored(b, "select sum(threshold) from ql.clock_fires where case_id = %lld"), 0 + CLOCK_THRESHOLDS);
	b->cb->now = k->due_at;
	refused(b, ask_extension(b, "resolution", 1, "化验需时"), QL_CONFLICT, ""); /* too late to ask */
}

/* --- whom it tells --------------------------------------------------------------------------------------------------------- */

static void the_journal_says_whom_a_step_tells(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	bool fired = true;
	const char *name;

	run(b, "insert into ql.holidays (day, kind, name, verified) select make_date(y, 1, 1), 'rest', '元旦', 'test'"
	       " from generate_series(extract(year from now())::int, extract(year from now())::int + 1) y on conflict do nothing");
	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_join(b->cb, &b->err)); /* the district keeps office hours: its years must be published */
	b->cb->now = k->due_at + 30 * QL_DAY;
	while (fired)
		ok(b, casebook_fire(b->cb, b->c, k->seq, &fired, &name, &b->err));
	assert_int_equal(stored(b, "select count(*) from ql.journal where case_id = %lld and (event, data ->> 'to', data ->> 'to_unit') in"
		" (('warned', 'officer', '2248'), ('breached', 'duty', '2248'), ('late', 'district', '2200'))"), 3);
}

/* --- new policies and calendars ---------------------------------------------------------------------------------------------- */

static struct rebased rebase(struct bench *b)
{
	struct rebased did = { 0 };

	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_join(b->cb, &b->err)); /* reloads the reference data that this transaction changed */
	ok(b, casebook_rebase(b->cb, b->c, &did, &b->err));
	return did;
}

#define POLICY(version, amount, unit) \
	"insert into ql.policies (code, version, procedure, clock, reach, amount, amount_unit) values ('resolution_department', " version ", 'coordination'," \
	" 'resolution', 'department', " amount ", '" unit "')"

static void a_better_policy_reaches_what_is_open(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	run(b, POLICY("2", "9", "work_days"));
	assert_int_equal(rebase(b).changed, 0); /* never worse */
	assert_int_equal(k->due_at, due);
	run(b, POLICY("3", "2", "work_days"));
	const struct rebased did = rebase(b);

	assert_int_equal(did.changed, 1);
	assert_int_equal(did.earlier, 1);
	assert_int_equal(k->due_at, due - QL_DAY);
	assert_int_equal(rebase(b).changed, 0); /* again: nothing more */
	assert_int_equal(stored(b, "select count(*) from ql.journal where case_id = %lld and event = 'rebased' and data -> 'policy_was' ->> 'version' = '1'"
		" and data -> 'policy' ->> 'version' = '3'"), 1);
	assert_int_equal(stored(b, "select count(*) from ql.clock_ledger where case_id = %lld and kind = 'rebase' and due_was - due_at = interval '1 day'"), 1);
}

static void an_extension_stays_in_its_unit(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);

	ok(b, ask_extension(b, "resolution", 1, "化验需时"));
	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, casebook_grant_extension(b->cb, b->c, &b->supervisor, &b->err));
	run(b, POLICY("2", "60", "work_minutes"));
	assert_int_equal(rebase(b).changed, 0);
	run(b, POLICY("3", "1", "work_days"));
	const ql_time due = k->due_at;

	assert_int_equal(rebase(b).changed, 1);
	assert_int_equal(k->due_at, due - 2 * QL_DAY); /* 1 + 1 for 3 + 1 */
}

#define CALENDAR(version, worsens) \
	"insert into ql.calendars (code, version, name_zh, name_en, observes_holidays, worsens, valid_from) values ('port_24h', " version ", 'p', 'p', false, " worsens ", current_date - 1);" \
	"insert into ql.calendar_slots select c.id, s.weekday, s.from_minute, s.to_minute from ql.calendar_slots s join ql.calendars o on o.id = s.calendar_id, ql.calendars c" \
	" where o.code = 'port_24h' and o.version = 1 and c.code = 'port_24h' and c.version = " version ";" \
	"insert into ql.calendar_days (calendar_id, day, kind, name) select id, (now() at time zone 'Asia/Shanghai')::date + 1, 'rest', '台风' from ql.calendars where code = 'port_24h' and version = " version

static void a_storm_moves_what_was_promised_only_where_the_calendar_says_so(void **state)
{
	struct bench *b = *state;
	struct case_clock *k = clock_of(b, CLOCK_RESOLUTION);
	const ql_time due = k->due_at;

	run(b, CALENDAR("2", "false"));
	assert_int_equal(rebase(b).changed, 0);
	assert_int_equal(k->due_at, due);
	run(b, CALENDAR("3", "true"));
	const struct rebased did = rebase(b);

	assert_true(did.changed >= 1 && did.later >= 1); /* the first response, too, when its hour reaches into tomorrow */
	assert_int_equal(k->due_at, due + QL_DAY);
	assert_string_equal(reference_day_name(b->cb->ref, k->calendar, beijing_day(b->cb->now) + 1), "台风");
}

/* The preview, the rebase and whoever recomputes read the same facts. */
static void facts_tell_the_same_deadline(void **state)
{
	struct bench *b = *state;
	struct clock_facts f[CASE_CLOCKS];
	size_t n, running = 0;

	pass(b, QL_HOUR);
	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	pass(b, QL_HOUR);
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, facts_case(b->pg, b->c->id, 0, NULL, f, CASE_CLOCKS, &n, &b->err));
	assert_int_equal(n, b->c->n_clocks);
	for (size_t i = 0; i < n; i++)
		if (f[i].clock.state == CLOCK_RUNNING) {
			assert_int_equal(facts_read(b->cb->ref, &f[i], b->cb->now).due, f[i].clock.due_at);
			running++;
		}
	assert_int_equal(running, 2); /* resolution, next response */
	run(b, POLICY("2", "1", "work_days"));
	ok(b, casebook_join(b->cb, &b->err));
	for (size_t i = 0; i < n; i++) {
		const struct rebase to = facts_rebase(b->cb->ref, &f[i], b->cb->now, b->cb->now);

		assert_int_equal(to.changes, f[i].clock.kind == CLOCK_RESOLUTION);
	}
	ok(b, facts_open(b->pg, b->c->id - 1, 0, f, 2, &n, &b->err));
	assert_int_equal(n, 2);
}

/* The latest clock of a kind, as the API and qlctl explain it. */
static json_t *explained(struct bench *b, const char *kind)
{
	struct clock_facts f;
	struct clock_told told;
	struct ql_buf text;
	json_t *e = NULL;
	size_t n;

	ok(b, casebook_flush(b->cb, &b->err));
	ok(b, facts_case(b->pg, b->c->id, 0, kind, &f, 1, &n, &b->err));
	assert_int_equal(n, 1);
	ql_buf_init(&text, 1 << 20);
	clock_told_init(&told);
	ok(b, facts_told(b->pg, b->c->id, f.clock.seq, true, &told, &b->err));
	explain_clock(b->cb->ref, &f, &told, true, b->cb->now, &text);
	ok(b, ql_json_parse(text.data, text.len, &e, &b->err));
	clock_told_free(&told);
	ql_buf_free(&text);
	return e;
}

static void the_explanation_is_bounded(void **state)
{
	struct bench *b = *state;
	json_t *e;

	run(b, "insert into ql.policies (code, procedure, clock, amount, amount_unit) values ('long', 'coordination', 'next_update', 500, 'work_days')");
	run(b, "update ql.policies set valid_to = now() - interval '1 hour' where code = 'next_update'");
	ok(b, casebook_join(b->cb, &b->err));
	ok(b, casebook_reply(b->cb, b->c, &b->officer, &SAID, &b->err));
	e = explained(b, "next_update");
	assert_int_equal(json_array_size(json_object_get(e, "days")), 400);
	assert_int_equal(json_integer_value(json_object_get(e, "days_left_out")), 101);
	json_decref(e);
}

static void the_explanation_adds_up(void **state)
{
	struct bench *b = *state;
	json_int_t counted = 0;
	json_t *e, *day;
	size_t at;

	pass(b, QL_HOUR);
	ok(b, casebook_ask(b->cb, b->c, &b->officer, &SAID, &b->err));
	pass(b, QL_HOUR);
	ok(b, casebook_resume(b->cb, b->c, &b->enterprise, NULL, &b->err));
	e = explained(b, "resolution");
	json_array_foreach(json_object_get(e, "days"), at, day)
		counted += json_integer_value(json_object_get(day, "counted_us"));
	assert_int_equal(counted, json_integer_value(json_object_get(e, "budget_us")));
	assert_int_equal(json_array_size(json_object_get(e, "segments")), 3);
	assert_int_equal(json_array_size(json_object_get(e, "thresholds")), 3);
	json_decref(e);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_word_promises_the_next),
		T(segments_say_why_and_who),
		T(a_pause_may_be_agreed_on_afterwards),
		T(a_broken_promise_is_not_mended_by_a_pause),
		T(a_contested_pause_that_falls_has_never_been),
		T(a_contested_pause_that_stands_stays),
		T(a_pause_that_falls_after_the_answer_makes_it_late),
		T(an_extension_is_asked_by_one_and_granted_by_another),
		T(a_refused_extension_moves_nothing),
		T(warnings_come_anew),
		T(the_journal_says_whom_a_step_tells),
		T(a_better_policy_reaches_what_is_open),
		T(an_extension_stays_in_its_unit),
		T(a_storm_moves_what_was_promised_only_where_the_calendar_says_so),
		T(facts_tell_the_same_deadline),
		T(the_explanation_adds_up),
		T(the_explanation_is_bounded),
	};

	ql_log_open("test");
	return cmocka_run_group_tests_name("casebook/promises", tests, NULL, NULL);
}
