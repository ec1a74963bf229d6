/* store.h -- relay's statements: slot and saved point, the journal read anew after a lost slot, leadership.
 *
 * The saved point of a slot (ql.relay_positions) has two states: lsn set, every transaction below published_below is
 * published; lsn null, a slot is being made anew and everything from published_below on is still owed. The second is
 * written before the new slot exists, so that a crash in between can't make the new slot look like a whole one.
 */
#ifndef QL_RELAY_STORE_H
#define QL_RELAY_STORE_H

#include "base/pg.h"
#include "record.h"
#include "shown.h"

#define STORE_XID_BYTES 24   /* xid8 as text */
#define STORE_TOKEN_BYTES 40
#define STORE_FETCH_ROWS 100 /* journal rows in memory during a recovery */

struct store_slot { bool exists, usable; uint64_t confirmed; };
struct store_position { bool exists, owed; };
struct store_horizon { char below[STORE_XID_BYTES]; uint64_t lsn; };
struct store_mark { char below[STORE_XID_BYTES], token[STORE_TOKEN_BYTES]; };

QL_MUSTCHECK enum ql_rc store_slot_get(struct ql_pg *pg, const char *slot, struct store_slot *out, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_position_get(struct ql_pg *pg, const char *slot, struct store_position *out, struct ql_err *err);

/* What everybody who looks from now on sees. */
QL_MUSTCHECK enum ql_rc store_shown_get(struct ql_pg *pg, struct shown *out, struct ql_err *err);

/* Every transaction below out->below has ended with its commit at or before out->lsn. */
QL_MUSTCHECK enum ql_rc store_horizon_get(struct ql_pg *pg, struct store_horizon *out, struct ql_err *err);
/* Everything up to h->lsn is published. Does nothing while a recovery is owed. */
QL_MUSTCHECK enum ql_rc store_position_save(struct ql_pg *pg, const char *slot, const struct store_horizon *h, struct ql_err *err);

/* Writes that all from mark->below on is owed; the token is this attempt's. */
QL_MUSTCHECK enum ql_rc store_recovery_begin(struct ql_pg *pg, const char *slot, struct store_mark *mark, struct ql_err *err);
/* A transaction on the exported snapshot; below: what its end will save. QL_CONFLICT at the end: another attempt began meanwhile. */
QL_MUSTCHECK enum ql_rc store_snapshot_open(struct ql_pg *pg, const char *snapshot, char below[STORE_XID_BYTES], struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_rows_open(struct ql_pg *pg, enum record_table table, const char *below, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_rows_fetch(struct ql_pg *pg, enum record_table table, PGresult **res, struct ql_err *err); /* columns as in RECORD_SOURCES */
QL_MUSTCHECK enum ql_rc store_snapshot_close(struct ql_pg *pg, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_recovery_end(struct ql_pg *pg, const char *slot, const struct store_mark *mark, const struct store_horizon *h, struct ql_err *err);

/* The server has not closed the connection. Looks at the socket only. */
bool store_is_connected(struct ql_pg *pg);

/* For the replication connection, which takes simple queries only: sets the formats that record.h expects and tries for
 * leadership; one row, one boolean. The slot's name is checked by the caller: letters, digits, underscores. */
void store_lead_text(struct ql_buf *sql, const char *slot);

/* "16/B374D848" -> number, 0 when it is none; and back. */
uint64_t store_lsn_parse(const char *text);
void store_lsn_print(uint64_t lsn, char out[24]);

#endif
