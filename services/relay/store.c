#include "store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORDS_(x) #x
#define WORDS(x) WORDS_(x)

uint64_t store_lsn_parse(const char *text)
{
	uint32_t high, low;

	return sscanf(text, "%" SCNx32 "/%" SCNx32, &high, &low) == 2 ? (uint64_t)high << 32 | low : 0;
}

void store_lsn_print(uint64_t lsn, char out[24])
{
	snprintf(out, 24, "%" PRIX32 "/%" PRIX32, (uint32_t)(lsn >> 32), (uint32_t)lsn);
}

static void copy_text(char *out, size_t size, const PGresult *res, int col)
{
	snprintf(out, size, "%s", ql_col_text(res, 0, col));
}

static const struct ql_query SLOT_GET = {
	"relay_slot_get",
	"select coalesce(plugin = 'pgoutput' and database = pg_catalog.current_database(), false),"
	"       coalesce(wal_status, '') <> 'lost', coalesce(confirmed_flush_lsn::text, ''), coalesce(database::text, '')"
	"  from pg_catalog.pg_replication_slots where slot_name = $1",
	1, { OID_TEXT },
};

enum ql_rc store_slot_get(struct ql_pg *pg, const char *slot, struct store_slot *out, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	*out = (struct store_slot){ 0 };
	ql_arg_text(&a, OID_TEXT, slot);
	rc = ql_pg_run(pg, &SLOT_GET, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	out->exists = PQntuples(res) == 1;
	if (out->exists) {
		out->usable = ql_col_bool(res, 0, 1);
		out->confirmed = store_lsn_parse(ql_col_text(res, 0, 2));
		if (!ql_col_bool(res, 0, 0))
			rc = ql_fail(err, QL_FATAL, "slot %s is not ours: it belongs to database %s or another plug-in; choose another relay.slot", slot, ql_col_text(res, 0, 3));
	}
	PQclear(res);
	return rc;
}

static const struct ql_query POSITION_GET = {
	"relay_position_get",
	"select lsn is null from ql.relay_positions where name = $1",
	1, { OID_TEXT },
};

enum ql_rc store_position_get(struct ql_pg *pg, const char *slot, struct store_position *out, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, slot);
	rc = ql_pg_run(pg, &POSITION_GET, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	out->exists = PQntuples(res) == 1;
	out->owed = !out->exists || ql_col_bool(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

static const struct ql_query SHOWN_GET = { "relay_shown_get", "select pg_catalog.pg_current_snapshot()::text", 0, { 0 } };

enum ql_rc store_shown_get(struct ql_pg *pg, struct shown *out, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &SHOWN_GET, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	if (!shown_parse(ql_col_text(res, 0, 0), out))
		rc = ql_fail(err, QL_FATAL, "a snapshot in words we do not know");
	PQclear(res);
	return rc;
}

/* The snapshot is taken before the position is read. A transaction below the snapshot's xmin had ended by then, and a
 * transaction leaves the list of running ones only after its commit record stands in the WAL: so that record ends at or
 * before this insert position (not the write position: with synchronous_commit off a commit is visible before it is written). */
static const struct ql_query HORIZON_GET = {
	"relay_horizon_get",
	"select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text, pg_catalog.pg_current_wal_insert_lsn()::text",
	0, { 0 },
};

enum ql_rc store_horizon_get(struct ql_pg *pg, struct store_horizon *out, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc = ql_pg_run(pg, &HORIZON_GET, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	copy_text(out->below, sizeof(out->below), res, 0);
	out->lsn = store_lsn_parse(ql_col_text(res, 0, 1));
	PQclear(res);
	return QL_OK;
}

static const struct ql_query POSITION_SAVE = {
	"relay_position_save",
	"update ql.relay_positions set published_below = $2, lsn = $3::pg_catalog.pg_lsn, updated_at = pg_catalog.clock_timestamp()"
	" where name = $1 and lsn is not null",
	3, { OID_TEXT, OID_XID8, OID_TEXT },
};

static void add_horizon(struct ql_args *a, const struct store_horizon *h)
{
	char lsn[24];

	store_lsn_print(h->lsn, lsn);
	ql_arg_text(a, OID_XID8, h->below);
	ql_arg_text(a, OID_TEXT, lsn);
}

enum ql_rc store_position_save(struct ql_pg *pg, const char *slot, const struct store_horizon *h, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, OID_TEXT, slot);
	add_horizon(&a, h);
	return ql_pg_run(pg, &POSITION_SAVE, &a, NULL, err);
}

/* A point ahead of this cluster's transactions came with a dump from another one and says nothing here: start over. */
static const struct ql_query RECOVERY_BEGIN = {
	"relay_recovery_begin",
	"insert into ql.relay_positions as p (name, published_below, lsn, updated_at) values ($1, '0', null, pg_catalog.clock_timestamp())"
	" on conflict (name) do update set lsn = null, updated_at = pg_catalog.clock_timestamp(), published_below ="
	"  case when p.published_below <= pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) then p.published_below else '0' end"
	" returning published_below::text, updated_at::text",
	1, { OID_TEXT },
};

enum ql_rc store_recovery_begin(struct ql_pg *pg, const char *slot, struct store_mark *mark, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, slot);
	rc = ql_pg_run(pg, &RECOVERY_BEGIN, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	copy_text(mark->below, sizeof(mark->below), res, 0);
	copy_text(mark->token, sizeof(mark->token), res, 1);
	PQclear(res);
	return QL_OK;
}

static const struct ql_query SNAPSHOT_XMIN = {
	"relay_snapshot_xmin",
	"select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text",
	0, { 0 },
};

/* Waiting for the broker, the transaction may be open and idle for long: no time limits inside it. */
static enum ql_rc open_snapshot(struct ql_pg *pg, const char *snapshot, struct ql_err *err)
{
	char sql[160];
	enum ql_rc rc = ql_pg_exec(pg, "begin isolation level repeatable read, read only", err);

	snprintf(sql, sizeof(sql), "set transaction snapshot '%.80s'", snapshot);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, sql, err);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, "set local statement_timeout = 0", err);
	if (rc == QL_OK)
		rc = ql_pg_exec(pg, "set local idle_in_transaction_session_timeout = 0", err);
	return rc;
}

enum ql_rc store_snapshot_open(struct ql_pg *pg, const char *snapshot, char below[STORE_XID_BYTES], struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc = open_snapshot(pg, snapshot, err);

	if (rc == QL_OK)
		rc = ql_pg_run(pg, &SNAPSHOT_XMIN, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	copy_text(below, STORE_XID_BYTES, res, 0);
	PQclear(res);
	return QL_OK;
}

enum ql_rc store_snapshot_close(struct ql_pg *pg, struct ql_err *err)
{
	return ql_pg_exec(pg, "commit", err);
}

/* Columns in the order of RECORD_SOURCES. */
static const struct ql_query ROWS_OPEN[RECORD_TABLES] = {
	[RECORD_JOURNAL] = {
		"relay_journal_open",
		"declare relay_journal no scroll cursor for"
		" select case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data, trace, xid"
		" from ql.journal where xid >= $1 order by case_id, version",
		1, { OID_XID8 },
	},
	[RECORD_ROSTER] = {
		"relay_roster_open",
		"declare relay_roster no scroll cursor for"
		" select id, coordinator_id, unit_code, event, at, data, trace from ql.roster_journal where xid >= $1 order by id",
		1, { OID_XID8 },
	},
};

static const struct ql_query ROWS_FETCH[RECORD_TABLES] = {
	[RECORD_JOURNAL] = { "relay_journal_fetch", "fetch " WORDS(STORE_FETCH_ROWS) " from relay_journal", 0, { 0 } },
	[RECORD_ROSTER] = { "relay_roster_fetch", "fetch " WORDS(STORE_FETCH_ROWS) " from relay_roster", 0, { 0 } },
};

enum ql_rc store_rows_open(struct ql_pg *pg, enum record_table table, const char *below, struct ql_err *err)
{
	struct ql_args a = { 0 };

	ql_arg_text(&a, OID_XID8, below);
	return ql_pg_run(pg, &ROWS_OPEN[table], &a, NULL, err);
}

enum ql_rc store_rows_fetch(struct ql_pg *pg, enum record_table table, PGresult **res, struct ql_err *err)
{
	struct ql_args a = { 0 };

	return ql_pg_run(pg, &ROWS_FETCH[table], &a, res, err);
}

static const struct ql_query RECOVERY_END = {
	"relay_recovery_end",
	"update ql.relay_positions set published_below = $2, lsn = $3::pg_catalog.pg_lsn, updated_at = pg_catalog.clock_timestamp()"
	" where name = $1 and updated_at = $4::timestamptz returning true",
	4, { OID_TEXT, OID_XID8, OID_TEXT, OID_TEXT },
};

enum ql_rc store_recovery_end(struct ql_pg *pg, const char *slot, const struct store_mark *mark, const struct store_horizon *h, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;
	enum ql_rc rc;

	ql_arg_text(&a, OID_TEXT, slot);
	add_horizon(&a, h);
	ql_arg_text(&a, OID_TEXT, mark->token);
	rc = ql_pg_run(pg, &RECOVERY_END, &a, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) == 0)
		rc = ql_fail(err, QL_CONFLICT, "another relay began to recover slot %s", slot);
	PQclear(res);
	return rc;
}

bool store_is_connected(struct ql_pg *pg)
{
	PGconn *conn = ql_pg_conn(pg);

	return PQconsumeInput(conn) && PQstatus(conn) == CONNECTION_OK;
}

void store_lead_text(struct ql_buf *sql, const char *slot)
{
	ql_buf_fmt(sql,
	           "select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('ql.relay:%s', 0))"
	           " from pg_catalog.set_config('TimeZone', 'UTC', false) as zone, pg_catalog.set_config('DateStyle', 'ISO', false) as style",
	           slot);
}
