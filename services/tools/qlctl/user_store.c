#include "tools/qlctl/user_store.h"

static const struct ql_query NAMED = { /* what the command line names: there or not */
	"user_named",
	"select (select id from ql.units where code = $1), (select id from ql.coordinators where staff_no = $2), (select id from ql.enterprises where uscc = $3)",
	3, { OID_TEXT, OID_TEXT, OID_TEXT },
};
static const struct ql_query ADD = {
	"user_add",
	"insert into ql.users (login, password_hash, name, role, language, person, unit_id, coordinator_id, enterprise_id)"
	" values (lower($1), $2, $3, $4, $5, $9, (select id from ql.units where code = $6), (select id from ql.coordinators where staff_no = $7),"
	" (select id from ql.enterprises where uscc = $8)) on conflict (login) do nothing returning id",
	9, { OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT },
};
static const struct ql_query PASSWORD = {
	"user_password",
	"with u as (update ql.users set password_hash = $2 where login = lower($1) returning id),"
	" gone as (delete from ql.sessions s using u where s.user_id = u.id) select id from u",
	2, { OID_TEXT, OID_TEXT },
};
static const struct ql_query DISABLE = {
	"user_disable",
	"with u as (update ql.users set disabled_at = coalesce(disabled_at, now()) where login = lower($1) returning id),"
	" gone as (delete from ql.sessions s using u where s.user_id = u.id) select id from u",
	1, { OID_TEXT },
};
static const struct ql_query ENABLE = { "user_enable", "update ql.users set disabled_at = null where login = lower($1) returning id", 1, { OID_TEXT } };
static const struct ql_query LINK = {
	"user_link",
	"insert into ql.user_subjects as s (issuer, subject, user_id) select $2, $3, u.id from ql.users u where u.login = lower($1)"
	" on conflict (issuer, subject) do update set user_id = excluded.user_id where s.user_id = excluded.user_id returning user_id",
	3, { OID_TEXT, OID_TEXT, OID_TEXT },
};
static const struct ql_query LIST = {
	"user_list",
	"select u.login, u.role, u.name, coalesce(e.name, n.code || ' ' || n.name_zh || coalesce(' ' || k.staff_no, ''), ''),"
	"       case when u.disabled_at is null then '' else 'disabled since ' || to_char(u.disabled_at, 'YYYY-MM-DD') end"
	"  from ql.users u left join ql.units n on n.id = u.unit_id left join ql.coordinators k on k.id = u.coordinator_id"
	"  left join ql.enterprises e on e.id = u.enterprise_id order by u.role, u.login",
	0, { 0 },
};

static enum ql_rc check_named(struct ql_pg *pg, const struct user_new *u, struct ql_err *err)
{
	const struct { const char *option, *value; } named[] = { { "unit", u->unit }, { "staff-no", u->staff_no }, { "uscc", u->uscc } };
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	for (size_t i = 0; i < QL_LEN(named); i++)
		ql_arg_text(&a, OID_TEXT, named[i].value);
	rc = ql_pg_run(pg, &NAMED, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (size_t i = 0; rc == QL_OK && i < QL_LEN(named); i++)
		if (named[i].value[0] != '\0' && PQgetisnull(res, 0, (int)i))
			rc = ql_reject(err, named[i].option, "there is no %s \"%.40s\"", named[i].option, named[i].value);
	PQclear(res);
	return rc;
}

/* Runs a statement that answers with a row when it found what it was for. */
static enum ql_rc touch(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, bool *found, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, q, a, &res, err);

	if (rc != QL_OK)
		return rc;
	*found = PQntuples(res) > 0;
	PQclear(res);
	return QL_OK;
}

enum ql_rc user_store_add(struct ql_pg *pg, const struct user_new *u, struct ql_err *err)
{
	const char *const values[] = { u->login, u->hash, u->name, u->role, u->language, u->unit, u->staff_no, u->uscc };
	struct ql_args a = { 0 };
	bool added = false;
	enum ql_rc rc = check_named(pg, u, err);

	if (rc != QL_OK)
		return rc;
	for (size_t i = 0; i < QL_LEN(values); i++)
		ql_arg_text(&a, OID_TEXT, values[i]);
	ql_arg_text(&a, OID_TEXT, u->person[0] != '\0' ? u->person : NULL);
	rc = touch(pg, &ADD, &a, &added, err);
	return rc != QL_OK || added ? rc : ql_fail(err, QL_CONFLICT, "login %.40s is taken", u->login);
}

static enum ql_rc change(struct ql_pg *pg, const struct ql_query *q, const char *login, const char *hash, struct ql_err *err)
{
	struct ql_args a = { 0 };
	bool found = false;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, login);
	if (hash != NULL)
		ql_arg_text(&a, OID_TEXT, hash);
	rc = touch(pg, q, &a, &found, err);
	return rc != QL_OK || found ? rc : ql_fail(err, QL_REJECT, "there is no login %.40s", login);
}

enum ql_rc user_store_password(struct ql_pg *pg, const char *login, const char *hash, struct ql_err *err) { return change(pg, &PASSWORD, login, hash, err); }
enum ql_rc user_store_disable(struct ql_pg *pg, const char *login, struct ql_err *err) { return change(pg, &DISABLE, login, NULL, err); }
enum ql_rc user_store_enable(struct ql_pg *pg, const char *login, struct ql_err *err) { return change(pg, &ENABLE, login, NULL, err); }

enum ql_rc user_store_link(struct ql_pg *pg, const char *login, const char *issuer, const char *subject, struct ql_err *err)
{
	struct ql_args a = { 0 };
	bool linked = false;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, login);
	ql_arg_text(&a, OID_TEXT, issuer);
	ql_arg_text(&a, OID_TEXT, subject);
	rc = touch(pg, &LINK, &a, &linked, err);
	return rc != QL_OK || linked ? rc : ql_fail(err, QL_CONFLICT, "there is no login %.40s, or that subject is another account's", login);
}

enum ql_rc user_store_list(struct ql_pg *pg, user_row *row, void *to, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &LIST, NULL, &res, err);

	if (rc != QL_OK)
		return rc;
	for (int i = 0; i < PQntuples(res); i++)
		row(to, ql_col_text(res, i, 0), ql_col_text(res, i, 1), ql_col_text(res, i, 2), ql_col_text(res, i, 3), ql_col_text(res, i, 4));
	PQclear(res);
	return QL_OK;
}
