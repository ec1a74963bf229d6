#include <stdio.h>
#include <stdlib.h>
#include "tools/qlgen/people.h"
#include "tools/qlgen/talks.h"

static const struct ql_query PEOPLE = {
	"gen_people",
	"select distinct on (e.uscc) e.uscc, e.name, coalesce(u.code, ''), c.name, coalesce(c.phone, ''), coalesce(c.channel, 'portal'),"
	"       coalesce(c.channel_user, ''), ql.tier_of(e.id, current_date) = 'aeo', e.is_broker"
	"  from ql.enterprises e join ql.contacts c on c.enterprise_id = e.id left join ql.units u on u.id = e.home_unit_id"
	" where e.known and e.uscc is not null and (c.valid_to is null or c.valid_to >= current_date)"
	" order by e.uscc, c.id limit $1::int8",
	1, { OID_INT8 },
};
static const struct ql_query PLACES = {
	"gen_places",
	"select code, name_zh from ql.units u where kind = 'office' and length(code) = 4 order by code limit $1::int8",
	1, { OID_INT8 },
};
/* Whoever wrote of a case may write again; the newest ones, as people do. */
static const struct ql_query TALKS = {
	"gen_talks",
	"select c.number, e.uscc, coalesce(c.channel_user, ''), c.channel from ql.cases c join ql.enterprises e on e.id = c.principal_id"
	" where c.state in ('assigned', 'working', 'waiting_enterprise') and c.kind = 'enquiry' and e.uscc is not null"
	" order by c.opened_at desc, c.id desc limit $1::int8",
	1, { OID_INT8 },
};

static enum ql_rc ask(struct ql_pg *pg, const struct ql_query *q, int64_t limit, PGresult **res, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_i64(&a, limit);
	return ql_pg_run(pg, q, &a, res, err);
}

#define TAKE(member, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, i, col))

static enum ql_rc take_people(struct people *p, const PGresult *res, struct ql_err *err)
{
	p->n = (size_t)PQntuples(res);
	if (p->n == 0)
		return ql_fail(err, QL_FATAL, "the database knows no enterprise with a contact: run `qlctl demo`");
	p->list = calloc(p->n, sizeof(*p->list));
	if (p->list == NULL)
		return ql_fail(err, QL_FATAL, "no memory for %zu enterprises", p->n);
	for (int i = 0; i < PQntuples(res); i++) {
		struct enterprise *e = &p->list[i];

		TAKE(e->uscc, 0);
		TAKE(e->name, 1);
		TAKE(e->home, 2);
		TAKE(e->contact, 3);
		TAKE(e->phone, 4);
		TAKE(e->channel, 5);
		TAKE(e->channel_user, 6);
		e->is_aeo = ql_col_bool(res, i, 7);
		e->is_broker = ql_col_bool(res, i, 8);
	}
	return QL_OK;
}

enum ql_rc people_store_load(struct people *p, struct ql_pg *pg, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ask(pg, &PEOPLE, PEOPLE_MAX, &res, err);

	if (rc != QL_OK)
		return rc;
	rc = take_people(p, res, err);
	PQclear(res);
	if (rc == QL_OK)
		rc = ask(pg, &PLACES, OFFICES_MAX, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int i = 0; i < PQntuples(res); i++, p->n_offices++) {
		TAKE(p->office[i].code, 0);
		TAKE(p->office[i].name, 1);
	}
	PQclear(res);
	return p->n_offices > 0 ? QL_OK : ql_fail(err, QL_FATAL, "the database has no offices: run `qlctl import`");
}

enum ql_rc talks_store_load(struct talks *t, struct ql_pg *pg, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ask(pg, &TALKS, TALKS_MAX, &res, err);

	if (rc != QL_OK)
		return rc;
	t->n = (size_t)PQntuples(res);
	for (int i = 0; i < PQntuples(res); i++) {
		TAKE(t->at[i].number, 0);
		TAKE(t->at[i].uscc, 1);
		TAKE(t->at[i].channel_user, 2);
		TAKE(t->at[i].channel, 3);
	}
	PQclear(res);
	return QL_OK;
}
