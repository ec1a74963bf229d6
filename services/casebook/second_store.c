/* second_store.c -- proposals and who may read them. */
#include <stdlib.h>
#include <string.h>
#include "casebook/unit_int.h"

static const struct ql_query PROPOSAL = {
	"cb_proposal",
	"select p.version, p.cycle, p.closes, p.department_id, p.author_kind, p.author_id, p.author_unit, p.author_user, p.enterprise_id, n.text"
	"  from ql.case_proposals p join ql.entries n on n.case_id = p.case_id and n.version = p.version where p.case_id = $1 and p.state = 'open'",
	1, { OID_INT8 },
};
static const struct ql_query SECOND_READER = {
	"cb_second_reader",
	"select ql.has_duty('second_reader', $2), exists (select from ql.recusals r join ql.case_enterprises e on e.enterprise_id = r.enterprise_id"
	"         where e.case_id = $1 and r.coordinator_id = $3"
	"           and (now() at time zone 'Asia/Shanghai')::date between r.valid_from and coalesce(r.valid_to, 'infinity'))",
	3, { OID_INT8, OID_INT4, OID_INT8 },
};

enum ql_rc casestore_proposal(struct casebook *cb, int64_t case_id, struct proposal *p, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*p = (struct proposal){ 0 };
	ql_arg_i64(&a, case_id);
	rc = ql_pg_run(cb->pg, &PROPOSAL, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) > 0) {
		p->version = (int32_t)ql_col_i64(res, 0, 0);
		p->cycle = (int)ql_col_i64(res, 0, 1);
		p->closes = ql_col_bool(res, 0, 2);
		p->department = (int32_t)ql_col_i64(res, 0, 3);
		p->author.id = ql_col_i64(res, 0, 5);
		p->author.unit = (int32_t)ql_col_i64(res, 0, 6);
		p->author.user = p->author_user = ql_col_i64(res, 0, 7);
		p->enterprise = ql_col_i64(res, 0, 8);
		p->text = strdup(ql_col_text(res, 0, 9));
		if (p->text == NULL)
			rc = ql_fail(err, QL_RETRY, "no memory for a proposal");
		else if (!case_role_parse(ql_col_text(res, 0, 4), &p->author.role))
			rc = ql_fail(err, QL_FATAL, "a proposal was written by a role this release does not know");
	}
	PQclear(res);
	return rc;
}

void proposal_free(struct proposal *p)
{
	free(p->text);
	p->text = NULL;
}

enum ql_rc casestore_second_reader(struct casebook *cb, const struct case_file *c, int64_t coordinator, bool *duty, bool *recused, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, c->id);
	ql_arg_i32(&a, c->lead_unit);
	ql_arg_i64(&a, coordinator);
	rc = ql_pg_run(cb->pg, &SECOND_READER, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*duty = ql_col_bool(res, 0, 0);
	*recused = ql_col_bool(res, 0, 1);
	PQclear(res);
	return QL_OK;
}
