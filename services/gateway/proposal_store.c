#include "proposal_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "row_store.h"

/* What holds the goods: the category, and of each declaration on the case the notice that is furthest on its track. */
static const struct ql_query PROPOSALS = {
	"gw_proposals",
	"with c as (select * from ql.cases where id = $1),"
	" d as (select f.value from ql.case_references f where f.case_id = $1 and f.type = 'declaration' limit 20),"
	" n as (select distinct on (x.declaration) x.source, x.code from d join ql.notices x on x.declaration = d.value"
	"  order by x.declaration, x.rank desc, x.noticed_at desc),"
	" hit as (select distinct on (l.capacity) l.* from (select l.*, 1 as by_notice from ql.liftings l join n on l.kind = 'notice' and l.source = n.source and l.code = n.code"
	"  union all select l.*, 0 from ql.liftings l join c on l.kind = 'category' and l.code = c.category) l order by l.capacity, l.by_notice desc, l.rank),"
	" u as (select h.*, case h.capacity when 'home' then c.home_unit_id when 'port' then c.goods_unit_id"
	"  when 'declaring' then (select t.id from d join ql.units t on t.code = left(d.value, 4) limit 1)"
	"  when 'national' then (select t.id from ql.units t where t.parent_id is null and t.kind = 'hq')"
	"  when 'business' then (select t.id from ql.units t where t.kind = 'department' and t.parent_id = c.district_id order by t.code limit 1) end as unit_id,"
	"  c.lead_unit_id from hit h cross join c)"
	" select coalesce(json_agg(json_build_object('capacity', u.capacity, 'unit', t.code, 'leads', u.unit_id is not distinct from u.lead_unit_id,"
	"  'party', p.seq, 'state', p.state, 'because', json_build_object('kind', u.kind, 'source', nullif(u.source, ''), 'code', u.code),"
	"  'why_zh', u.why_zh, 'why_en', u.why_en, 'why_ru', u.why_ru) order by u.by_notice desc, u.rank, u.capacity), '[]')::text"
	"  from u left join ql.units t on t.id = u.unit_id left join ql.case_parties p on p.case_id = $1 and p.unit_id = u.unit_id and not p.is_lead",
	1, { OID_INT8 },
};

#define NAMED(unit) "case $3 when 'zh' then " unit ".name_zh when 'ru' then coalesce(" unit ".name_ru, " unit ".name_en) else " unit ".name_en end"
#define BEIJING(time) "to_char(" time " at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')"
static const struct ql_query LETTER = { /* by when: its own promise, else that of the case */
	"gw_letter",
	"select c.number, c.subject, coalesce(" NAMED("u") ", p.body_name), " NAMED("l") ", coalesce(k.name, ''), coalesce(e.name || ' ' || coalesce(e.uscc, ''), ''),"
	" coalesce((select string_agg(f.value, ', ' order by f.type, f.value) from (select * from ql.case_references where case_id = c.id limit 20) f), ''), p.capacity,"
	" coalesce(" BEIJING("coalesce((select max(x.due_at) from ql.clocks x where x.case_id = c.id and x.party_seq = p.seq and x.kind = 'joint_result'), c.promise_at)") ", ''),"
	" coalesce(" BEIJING("c.needed_by") ", ''), " BEIJING("now()") ","
	" (select n.text from ql.entries n where n.case_id = c.id and n.version = p.wanted_version)"
	" from ql.case_parties p join ql.cases c on c.id = p.case_id join ql.units l on l.id = c.lead_unit_id left join ql.units u on u.id = p.unit_id"
	" left join ql.coordinators k on k.id = c.coordinator_id left join ql.enterprises e on e.id = c.principal_id"
	" where p.case_id = $1 and p.seq = $2 and not p.is_lead",
	3, { OID_INT8, OID_INT4, OID_TEXT },
};

enum ql_rc store_proposals(struct ql_pg *pg, int64_t case_id, struct ql_buf *out, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	ql_arg_i64(&a, case_id);
	enum ql_rc rc = ql_pg_run(pg, &PROPOSALS, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	ql_buf_str(out, ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}

#define COPY(member, col) snprintf(l->member, sizeof(l->member), "%s", ql_col_text(res, 0, col))
static void read_letter(const PGresult *res, struct letter *l)
{
	l->found = true;
	COPY(number, 0);
	COPY(subject, 1);
	COPY(to, 2);
	COPY(from, 3);
	COPY(officer, 4);
	COPY(enterprise, 5);
	COPY(references, 6);
	COPY(capacity, 7);
	COPY(due, 8);
	COPY(needed, 9);
	COPY(today, 10);
	l->wanted = PQgetisnull(res, 0, 11) ? NULL : strdup(ql_col_text(res, 0, 11));
}

enum ql_rc store_letter(struct ql_pg *pg, int64_t case_id, int32_t party, const char *language, struct letter *l, struct ql_err *err)
{
	struct ql_args a = {0};
	PGresult *res;

	*l = (struct letter){0};
	ql_arg_i64(&a, case_id);
	ql_arg_i32(&a, party);
	ql_arg_text(&a, OID_TEXT, language);
	enum ql_rc rc = ql_pg_run(pg, &LETTER, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0)
		read_letter(res, l);
	PQclear(res);
	return QL_OK;
}

void letter_free(struct letter *l)
{
	free(l->wanted);
	l->wanted = NULL;
}
