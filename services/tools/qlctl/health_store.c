#include "tools/qlctl/health_store.h"
#include <stdio.h>

#define AGE(column) "coalesce(extract(epoch from now() - min(" column "))::int8, -1)"

static const struct ql_query RIVER = {
	"health_river",
	"select (select count(*) from ql.cases where state not in ('closed', 'merged')), w.n, w.age,"
	"       (select count(*) from ql.quarantine where state = 'open'),"
	"       (select count(*) from ql.clocks where next_fire_at < now() - interval '10 seconds'),"
	"       (select count(*) from ql.clocks where state = 'running' and due_at is null),"
	"       (select " AGE("j.at") " from ql.journal j"
	"         where j.xid >= coalesce((select published_below from ql.relay_positions where name = $1), '0'::xid8)),"
	"       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn), 0)::int8,"
	"       s.slot_name is not null, coalesce(s.active, false), coalesce(s.wal_status = 'lost', false)"
	"  from (select count(*) as n, " AGE("opened_at") " as age from ql.cases where state = 'received') w"
	"  left join pg_catalog.pg_replication_slots s on s.slot_name = $1",
	1, { OID_TEXT },
};
static const struct ql_query POSITIONS = {
	"health_positions",
	"select topic, part, next_offset from ql.consumer_positions where cluster = $1 order by topic, part limit 1000",
	1, { OID_TEXT },
};

enum ql_rc health_store_river(struct ql_pg *pg, const char *slot, struct river *out, struct ql_err *err)
{
	int64_t *const numbers[] = { &out->open, &out->waiting, &out->waiting_age, &out->quarantine, &out->overdue, &out->timeless, &out->unpublished_age, &out->slot_lag };
	bool *const flags[] = { &out->slot_exists, &out->slot_active, &out->slot_lost };
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, slot);
	rc = ql_pg_run(pg, &RIVER, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (size_t i = 0; i < QL_LEN(numbers); i++)
		*numbers[i] = ql_col_i64(res, 0, (int)i);
	for (size_t i = 0; i < QL_LEN(flags); i++)
		*flags[i] = ql_col_bool(res, 0, (int)(QL_LEN(numbers) + i));
	PQclear(res);
	return QL_OK;
}

enum ql_rc health_store_positions(struct ql_pg *pg, const char *cluster, struct position out[POSITIONS_MAX], size_t *n, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, cluster);
	rc = ql_pg_run(pg, &POSITIONS, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	for (*n = 0; *n < (size_t)PQntuples(res) && *n < POSITIONS_MAX; ++*n) {
		struct position *p = &out[*n];

		snprintf(p->topic, sizeof(p->topic), "%s", ql_col_text(res, (int)*n, 0));
		p->part = (int32_t)ql_col_i64(res, (int)*n, 1);
		p->next = ql_col_i64(res, (int)*n, 2);
	}
	PQclear(res);
	return QL_OK;
}
