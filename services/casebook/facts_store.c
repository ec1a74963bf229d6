#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/facts.h"

#define TOLD_BYTES ((size_t)1 << 20)

#define US(time) "(extract(epoch from " time ") * 1000000)::int8"
#define FACTS(name, from, n, ...) { name, \
	"select c.id, c.number, c.procedure, c.reach, c.category, c.tier, c.priority, c.channel, coalesce(y.unit_id, c.lead_unit_id), k.seq, k.party_seq, k.kind, k.cycle," \
	" k.state, k.policy_id, k.calendar_id, k.started_at, k.due_at, k.next_fire_at, k.fired, k.breached_at, k.ended_at, k.extension, k.round," \
	" (select string_agg(concat_ws(' ', case when s.kind = 'pause' and not s.voided then 'p' else 'r' end, " US("s.from_at") ", coalesce(" US("s.to_at") ", 0)), ',' order by s.seq)" \
	"    from ql.clock_segments s where s.case_id = k.case_id and s.clock_seq = k.seq)" \
	"  from (" from ") k join ql.cases c on c.id = k.case_id left join ql.case_parties y on y.case_id = k.case_id and y.seq = k.party_seq order by k.case_id, k.seq", n, { __VA_ARGS__ } }

static const struct ql_query OPEN = FACTS("cb_facts_open",
	"select * from ql.clocks where state in ('running', 'paused') and (case_id, seq) > ($1, $2) order by case_id, seq limit $3", 3, OID_INT8, OID_INT4, OID_INT4);
static const struct ql_query ALL = FACTS("cb_facts_all",
	"select * from ql.clocks where (case_id, seq) > ($1, $2) order by case_id, seq limit $3", 3, OID_INT8, OID_INT4, OID_INT4);
static const struct ql_query CASE = FACTS("cb_facts_case",
	"select * from ql.clocks where case_id = $1 and ($2 = 0 or seq = $2) and ($3::text is null or kind = $3) order by seq desc limit $4", 4, OID_INT8, OID_INT4, OID_TEXT, OID_INT4);

#define AT(time) "to_char(" time ", 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
#define WHO(row) \
	"json_build_object('kind', " row ".actor_kind, 'id', case when $3 then " row ".actor_id end, 'name', case when $3 then (select case " row ".actor_kind" \
	" when 'coordinator' then (select o.name from ql.coordinators o where o.id = " row ".actor_id)" \
	" when 'supervisor' then (select u.name from ql.users u where u.id = " row ".actor_id)" \
	" when 'enterprise' then (select e.name from ql.enterprises e where e.id = " row ".actor_id) end) end)"
static const struct ql_query SEGMENTS = {
	"cb_told_segments",
	"select coalesce(json_agg(json_build_object('seq', s.seq, 'kind', s.kind, 'from', " AT("s.from_at") ", 'to', " AT("s.to_at") ", 'why', s.why,"
	" 'version', s.version, 'voided', s.voided, 'actor', " WHO("s") ") order by s.seq), '[]')::text"
	"  from ql.clock_segments s where s.case_id = $1 and s.clock_seq = $2",
	3, { OID_INT8, OID_INT4, OID_BOOL },
};
static const struct ql_query LEDGER = {
	"cb_told_ledger",
	"select coalesce(json_agg(json_build_object('kind', l.kind, 'state', l.state, 'version', l.version, 'at', " AT("l.at") ", 'actor', " WHO("l") ","
	" 'amount', l.amount, 'segment', l.segment, 'agreed_by', case when $3 then l.agreed_by end, 'words', l.words, 'due_was', " AT("l.due_was") ", 'due_at', " AT("l.due_at") ","
	" 'settled_at', " AT("l.settled_at") ", 'settled_version', l.settled_version,"
	" 'settled_by', case when $3 then (select u.name from ql.users u where u.id = l.settled_by) end,"
	" 'policy_was', case when $3 then (select p.code || ' ' || p.version from ql.policies p where p.id = l.policy_was) end,"
	" 'policy', case when $3 then (select p.code || ' ' || p.version from ql.policies p where p.id = l.policy_id) end,"
	" 'calendar_was', (select c.code || ' ' || c.version from ql.calendars c where c.id = l.calendar_was),"
	" 'calendar', (select c.code || ' ' || c.version from ql.calendars c where c.id = l.calendar_id)) order by l.version), '[]')::text"
	"  from ql.clock_ledger l where l.case_id = $1 and l.clock_seq = $2 and ($3 or l.kind <> 'extension' or l.state = 'granted')",
	3, { OID_INT8, OID_INT4, OID_BOOL },
};
static const struct ql_query FIRES = {
	"cb_told_fires",
	"select coalesce(json_agg(json_build_object('threshold', f.threshold % 8, 'round', f.threshold / 8, 'due_at', " AT("f.due_at") ", 'fired_at', " AT("f.fired_at") ")"
	" order by f.due_at, f.threshold), '[]')::text from ql.clock_fires f where f.case_id = $1 and f.clock_seq = $2",
	2, { OID_INT8, OID_INT4 },
};

#define COPY(member, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, row, col))

static bool read_state(const char *name, enum clock_state *state)
{
	static const char *const STATES[] = { "running", "paused", "met", "stopped" };

	for (size_t i = 0; i < QL_LEN(STATES); i++)
		if (strcmp(STATES[i], name) == 0) {
			*state = (enum clock_state)i;
			return true;
		}
	return false;
}

/* "r 1764000000000000 0,p ..." */
static bool read_segments(struct case_clock *k, const char *list)
{
	long long from, to;
	char kind;
	int used;

	for (; sscanf(list, "%c %lld %lld%n", &kind, &from, &to, &used) == 3; list += used + (list[used] == ',')) {
		if (k->segments == CLOCK_SEGMENTS)
			return false;
		k->segment[k->segments++] = (struct clock_segment){ from, to, kind == 'r' ? CLOCK_RUN : CLOCK_PAUSE };
	}
	return *list == '\0' && k->segments > 0 && k->segment[0].run == CLOCK_RUN;
}

static bool read_clock(struct case_clock *k, const PGresult *res, int row)
{
	*k = (struct case_clock){ .seq = (int)ql_col_i64(res, row, 9), .party = (int)ql_col_i64(res, row, 10), .cycle = (int)ql_col_i64(res, row, 12),
	                          .policy = (int32_t)ql_col_i64(res, row, 14), .calendar = (int32_t)ql_col_i64(res, row, 15), .started_at = ql_col_time(res, row, 16),
	                          .due_at = ql_col_time(res, row, 17), .next_fire_at = ql_col_time(res, row, 18), .fired = (uint32_t)ql_col_i64(res, row, 19),
	                          .breached_at = ql_col_time(res, row, 20), .ended_at = ql_col_time(res, row, 21), .extension = (int32_t)ql_col_i64(res, row, 22),
	                          .round = (int)ql_col_i64(res, row, 23) };
	return clock_kind_parse(ql_col_text(res, row, 11), &k->kind) && read_state(ql_col_text(res, row, 13), &k->state)
	    && read_segments(k, ql_col_text(res, row, 24));
}

static bool read_facts(struct clock_facts *f, const PGresult *res, int row)
{
	f->case_id = ql_col_i64(res, row, 0);
	COPY(f->number, 1);
	COPY(f->category, 4);
	COPY(f->tier, 5);
	COPY(f->priority, 6);
	COPY(f->channel, 7);
	f->unit = (int32_t)ql_col_i64(res, row, 8);
	return procedure_parse(ql_col_text(res, row, 2), &f->procedure) && reach_parse(ql_col_text(res, row, 3), &f->reach) && read_clock(&f->clock, res, row);
}

static enum ql_rc run(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, struct clock_facts *out, size_t *n, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	*n = 0;
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(res); row++)
		if (!read_facts(&out[(*n)++], res, row))
			out[row].clock.segments = 0;
	PQclear(res);
	return QL_OK;
}

static enum ql_rc run_page(struct ql_pg *pg, const struct ql_query *q, int64_t after_case, int after_seq, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_i64(&a, after_case);
	ql_arg_i32(&a, after_seq);
	ql_arg_i32(&a, (int32_t)max);
	return run(pg, q, &a, out, n, err);
}

enum ql_rc facts_open(struct ql_pg *pg, int64_t after_case, int after_seq, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err)
{
	return run_page(pg, &OPEN, after_case, after_seq, out, max, n, err);
}

enum ql_rc facts_all(struct ql_pg *pg, int64_t after_case, int after_seq, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err)
{
	return run_page(pg, &ALL, after_case, after_seq, out, max, n, err);
}

enum ql_rc facts_case(struct ql_pg *pg, int64_t case_id, int seq, const char *kind, struct clock_facts *out, size_t max, size_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, seq);
	ql_arg_text(&a, OID_TEXT, kind);
	ql_arg_i32(&a, (int32_t)max);
	return run(pg, &CASE, &a, out, n, err);
}

void clock_told_init(struct clock_told *t)
{
	ql_buf_init(&t->segments, TOLD_BYTES);
	ql_buf_init(&t->ledger, TOLD_BYTES);
	ql_buf_init(&t->fires, TOLD_BYTES);
}

void clock_told_free(struct clock_told *t)
{
	ql_buf_free(&t->segments);
	ql_buf_free(&t->ledger);
	ql_buf_free(&t->fires);
}

static enum ql_rc read_text(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	if (PQntuples(res) > 0)
		ql_buf_str(ctx, ql_col_text(res, 0, 0));
	return QL_OK;
}

enum ql_rc facts_told(struct ql_pg *pg, int64_t case_id, int seq, bool staff, struct clock_told *t, struct ql_err *err)
{
	const struct { const struct ql_query *q; struct ql_buf *to; } READS[] = { { &SEGMENTS, &t->segments }, { &LEDGER, &t->ledger }, { &FIRES, &t->fires } };
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(READS); i++) {
		struct ql_args a = { 0 };

		ql_arg_i64(&a, case_id);
		ql_arg_i32(&a, seq);
		if (READS[i].q->n == 3)
			ql_arg_bool(&a, staff);
		rc = ql_pg_queue(pg, READS[i].q, &a, -1, read_text, READS[i].to, err);
	}
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}
