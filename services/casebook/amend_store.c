/* amend_store.c -- what commands of people look at besides the case itself, one case at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/unit_int.h"

static const struct ql_query ENTERPRISE = {
	"cb_enterprise",
	"select e.id, ql.tier_of(e.id, (now() at time zone 'Asia/Shanghai')::date), e.home_unit_id,"
	"       (select p.role from ql.case_enterprises p where p.case_id = $1 and p.enterprise_id = e.id order by p.role = 'principal' desc limit 1),"
	"       (select count(distinct p.enterprise_id) from ql.case_enterprises p where p.case_id = $1)"
	"  from ql.enterprises e where e.id = $2",
	2, { OID_INT8, OID_INT8 },
};
static const struct ql_query REFERENCE = {
	"cb_reference",
	"select coalesce(bool_or(f.type = $2 and f.value = $3), false), count(*) from ql.case_references f where f.case_id = $1",
	3, { OID_INT8, OID_TEXT, OID_TEXT },
};
static const struct ql_query ENTRIES = {
	"cb_entries_of",
	"select n.version, n.audience, n.enterprise_id, n.unit_id, n.author_kind, n.author_id, n.channel, n.text, n.language, n.at, n.moved_to is not null,"
	"       exists (select from ql.messages m where m.case_id = n.case_id and m.version = n.version)"
	"  from ql.entries n where n.case_id = $1 and n.version = any ($2) order by n.version",
	2, { OID_INT8, OID_INT8_A },
};
static const struct ql_query SUBJECT = { "cb_subject", "select subject from ql.cases where id = $1", 1, { OID_INT8 } };
static const struct ql_query ENTERPRISES_OF = {
	"cb_enterprises_of",
	"select enterprise_id, role from ql.case_enterprises where case_id = $1 order by role = 'principal' desc, since, enterprise_id limit 8",
	1, { OID_INT8 },
};
static const struct ql_query REFERENCES_OF = {
	"cb_references_of",
	"select type, value, given, fault::text from ql.case_references where case_id = $1 order by type, value limit 20",
	1, { OID_INT8 },
};
static const struct ql_query STAYED = {
	"cb_stayed",
	"select coalesce(json_agg(s.version order by s.version), '[]')::text from (select n.version from ql.entries n"
	"  where n.case_id = $1 and n.author_kind = 'enterprise' and n.at >= $2 order by n.version desc limit 100) s",
	2, { OID_INT8, OID_TIMESTAMPTZ },
};

#define COPY(member, row, col) snprintf(member, sizeof(member), "%s", ql_col_text(res, row, col))

enum ql_rc casestore_enterprise(struct casebook *cb, int64_t case_id, struct enterprise_on *e, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_i64(&a, e->id);
	rc = ql_pg_run(cb->pg, &ENTERPRISE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	e->known = PQntuples(res) > 0;
	if (e->known) {
		COPY(e->tier, 0, 1);
		e->home_unit = (int32_t)ql_col_i64(res, 0, 2);
		e->on_case = !PQgetisnull(res, 0, 3);
		COPY(e->role, 0, 3);
		e->others = (int)ql_col_i64(res, 0, 4);
	}
	PQclear(res);
	return QL_OK;
}

enum ql_rc casestore_reference(struct casebook *cb, int64_t case_id, const char *type, const char *value, bool *there, int *on_case, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_text(&a, OID_TEXT, type);
	ql_arg_text(&a, OID_TEXT, value);
	rc = ql_pg_run(cb->pg, &REFERENCE, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	*there = ql_col_bool(res, 0, 0);
	*on_case = (int)ql_col_i64(res, 0, 1);
	PQclear(res);
	return QL_OK;
}

/* --- words --- */

static enum ql_rc read_entry(struct entry_file *e, const PGresult *res, int row, struct ql_err *err)
{
	e->version = (int32_t)ql_col_i64(res, row, 0);
	COPY(e->audience, row, 1);
	COPY(e->channel, row, 6);
	COPY(e->language, row, 8);
	e->text = strdup(ql_col_text(res, row, 7));
	if (e->text == NULL)
		return ql_fail(err, QL_RETRY, "no memory for words");
	e->words = (struct words){ e->text, e->audience, e->channel[0] != '\0' ? e->channel : NULL, e->language[0] != '\0' ? e->language : NULL, ql_col_i64(res, row, 2) };
	e->author = (struct actor){ .id = ql_col_i64(res, row, 5), .unit = (int32_t)ql_col_i64(res, row, 3) };
	e->at = ql_col_time(res, row, 9);
	e->moved = ql_col_bool(res, row, 10);
	e->sent = ql_col_bool(res, row, 11);
	if (!case_role_parse(ql_col_text(res, row, 4), &e->author.role))
		return ql_fail(err, QL_FATAL, "words were written by a role this release does not know");
	return QL_OK;
}

enum ql_rc casestore_entries(struct casebook *cb, int64_t case_id, const int32_t *versions, size_t n, struct entry_file *entries, struct ql_err *err)
{
	char list[16 * SPLIT_ENTRIES + 3] = "{";
	size_t used = 1;
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%" PRId32, i > 0 ? "," : "", versions[i]);
	snprintf(list + used, sizeof(list) - used, "}");
	ql_arg_i64(&a, case_id);
	ql_arg_text(&a, OID_INT8_A, list);
	rc = ql_pg_run(cb->pg, &ENTRIES, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (int row = 0; rc == QL_OK && row < PQntuples(res); row++)
		rc = read_entry(&entries[row], res, row, err);
	PQclear(res);
	return rc;
}

/* --- a copy --- */

static enum ql_rc read_subject(struct casebook *cb, int64_t case_id, struct case_copy *copy, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	rc = ql_pg_run(cb->pg, &SUBJECT, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	copy->subject = strdup(PQntuples(res) > 0 ? ql_col_text(res, 0, 0) : "");
	PQclear(res);
	return copy->subject != NULL ? QL_OK : ql_fail(err, QL_RETRY, "no memory for a case");
}

static const char *or_null(const PGresult *res, int row, int col) { return PQgetisnull(res, row, col) ? NULL : ql_col_text(res, row, col); }

enum ql_rc casestore_copy(struct casebook *cb, int64_t case_id, struct case_copy *copy, struct ql_err *err)
{
	static const struct ql_query *const LISTS[] = { &ENTERPRISES_OF, &REFERENCES_OF };
	enum ql_rc rc = read_subject(cb, case_id, copy, err);

	for (size_t i = 0; rc == QL_OK && i < QL_LEN(LISTS); i++) {
		struct ql_args a = { 0 };

		ql_arg_i64(&a, case_id);
		rc = ql_pg_run(cb->pg, LISTS[i], &a, &copy->kept[i], err);
	}
	if (rc != QL_OK)
		return rc;
	for (int row = 0; row < PQntuples(copy->kept[0]); row++)
		copy->enterprise[copy->n_enterprises++] = (struct case_enterprise_in){ ql_col_i64(copy->kept[0], row, 0), ql_col_text(copy->kept[0], row, 1) };
	for (int row = 0; row < PQntuples(copy->kept[1]); row++)
		copy->reference[copy->n_references++] = (struct case_reference_in){ ql_col_text(copy->kept[1], row, 0), ql_col_text(copy->kept[1], row, 1),
		                                                                   or_null(copy->kept[1], row, 2), or_null(copy->kept[1], row, 3) };
	return QL_OK;
}

void case_copy_free(struct case_copy *copy)
{
	free(copy->subject);
	for (size_t i = 0; i < QL_LEN(copy->kept); i++)
		PQclear(copy->kept[i]);
	*copy = (struct case_copy){ 0 };
}

enum ql_rc casestore_stayed(struct casebook *cb, int64_t case_id, ql_time since, char stayed[STAYED_MAX], struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_i64(&a, case_id);
	ql_arg_time(&a, since);
	rc = ql_pg_run(cb->pg, &STAYED, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	snprintf(stayed, STAYED_MAX, "%s", ql_col_text(res, 0, 0));
	PQclear(res);
	return QL_OK;
}
