/* pg.h -- PostgreSQL: typed prepared statements, pipelines, verdicts.
 *
 * A statement owns its name, text and parameter types, and stands in a store.c beside the function
 * that runs it. All text is schema-qualified. Parameters travel as text (bytea in binary), results come back as text.
 * A struct ql_pg belongs to one thread. Messages carry PostgreSQL's primary message only: details may hold a row.
 */
#ifndef QL_BASE_PG_H
#define QL_BASE_PG_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "buf.h"
#include "err.h"
#include "loop.h"

/* Built-in type oids (src/include/catalog/pg_type.dat of PostgreSQL 15; stable by policy). */
enum ql_oid {
	OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25, OID_JSON = 114,
	OID_TEXT_A = 1009, OID_INT8_A = 1016, OID_INT4_A = 1007, OID_BOOL_A = 1000, OID_TIMESTAMPTZ_A = 1185,
	OID_TIMESTAMPTZ = 1184, OID_DATE = 1082, OID_JSONB = 3802, OID_UUID = 2950, OID_XID8 = 5069, OID_PG_SNAPSHOT = 5038
};

#define QL_PG_PARAMS 16
#define QL_PG_ARGS_MAX ((size_t)16 << 20) /* bytes of all arguments of one statement; over it QL_REJECT */
#define QL_PG_PIPELINE_MAX 4096           /* statements between two flushes, first uses counting twice; over it QL_FATAL */
#define QL_PG_STATEMENTS_MAX 256          /* prepared on one connection */
#define QL_PG_NULL SIZE_MAX

struct ql_query { /* static storage: a connection remembers it by address */
	const char *name;
	const char *text;
	int n;
	Oid types[QL_PG_PARAMS];
};

struct ql_args { /* zero it, append in order; the run asserts count and types. Values are copied. */
	int n;
	Oid types[QL_PG_PARAMS];
	const char *values[QL_PG_PARAMS];
	int lengths[QL_PG_PARAMS];
	struct ql_buf store; /* backs the copied values; freed by the run */
	size_t offs[QL_PG_PARAMS]; /* into store; QL_PG_NULL for SQL null */
};

void ql_arg_text(struct ql_args *a, Oid type, const char *v);            /* NULL: SQL null */
void ql_arg_textn(struct ql_args *a, Oid type, const char *v, size_t len);
void ql_arg_i64(struct ql_args *a, int64_t v);                           /* OID_INT8 */
void ql_arg_i32(struct ql_args *a, int32_t v);                           /* OID_INT4 */
void ql_arg_bool(struct ql_args *a, bool v);
void ql_arg_time(struct ql_args *a, ql_time v);                          /* OID_TIMESTAMPTZ; 0: SQL null */
void ql_arg_bytes(struct ql_args *a, const void *v, size_t len);         /* OID_BYTEA */
void ql_arg_null(struct ql_args *a, Oid type);

struct ql_pg; /* a connection with the set of statements it has prepared */

/* Connects (application_name = service), sets search_path to pg_catalog, TimeZone UTC, statement_timeout. QL_RETRY when
 * the server cannot be reached; QL_FATAL only for a dsn that cannot be read. *pg is NULL on failure. */
QL_MUSTCHECK enum ql_rc ql_pg_open(struct ql_pg **pg, const char *dsn, const char *service, struct ql_err *err);
void ql_pg_close(struct ql_pg *pg);
PGconn *ql_pg_conn(struct ql_pg *pg);

/* After any failure: drops what is half done (rollback, leaves pipeline mode) and reconnects when the connection
 * is lost; prepared statements are prepared again when next used. Never sleeps. */
QL_MUSTCHECK enum ql_rc ql_pg_recover(struct ql_pg *pg, struct ql_err *err);

/* Runs one statement, prepared at first use. *res is the caller's to PQclear (set to NULL on failure). res may be NULL,
 * and a too when the statement has no parameters. Not between ql_pg_queue and ql_pg_flush. */
QL_MUSTCHECK enum ql_rc ql_pg_run(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, PGresult **res, struct ql_err *err);

/* Simple text without parameters: "begin", "commit", "rollback", "set local role ...". A commit that PostgreSQL turned
 * into a rollback because the transaction had failed is QL_RETRY. */
QL_MUSTCHECK enum ql_rc ql_pg_exec(struct ql_pg *pg, const char *sql, struct ql_err *err);

/* Pipeline: queue any number of statements, then flush: one round trip. Statements that must return rows name a
 * callback (may be NULL); callbacks run in order during the flush. expect_rows >= 0: that many rows must be
 * affected, else QL_CONFLICT. The first failure is the verdict of all; after an error of PostgreSQL nothing more has run.
 * A wrong row count or a callback's refusal is seen here, not there: what was queued behind it has run. So `begin` may be
 * queued (QL_PG_BEGIN), while `commit` is only allowed behind statements that expect nothing: else flush, then ql_pg_exec. */
extern const struct ql_query QL_PG_BEGIN, QL_PG_COMMIT;
typedef enum ql_rc ql_pg_rows(const PGresult *res, void *ctx, struct ql_err *err);
QL_MUSTCHECK enum ql_rc ql_pg_queue(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int expect_rows,
                                    ql_pg_rows *rows, void *ctx, struct ql_err *err);
QL_MUSTCHECK enum ql_rc ql_pg_flush(struct ql_pg *pg, struct ql_err *err);

/* SQLSTATE class -> verdict. 08, 40, 53, 55, 57, 25006: retry; 23: conflict; 22: reject; others fatal. */
enum ql_rc ql_pg_verdict(const char *sqlstate);

/* Reading results. NULL fields give 0, false, "" and 0 as time. */
int64_t     ql_col_i64(const PGresult *res, int row, int col);
bool        ql_col_bool(const PGresult *res, int row, int col);
const char *ql_col_text(const PGresult *res, int row, int col);
ql_time     ql_col_time(const PGresult *res, int row, int col); /* any timestamptz printed with TimeZone UTC */

/* Set-based writing: rows gathered as one JSON array and inserted by one statement
 *   insert into ql.x (a, b) select a, b from json_to_recordset($1) as r(a int8, b text)
 * struct ql_rows is a ql_buf with a row count; write members with ql_json_*(&rows->json, ...). */
struct ql_rows { struct ql_buf json; int n; };
void ql_rows_init(struct ql_rows *r, size_t max);
void ql_rows_free(struct ql_rows *r);
void ql_rows_reset(struct ql_rows *r);
struct ql_buf *ql_rows_begin(struct ql_rows *r); /* opens an object */
void ql_rows_end(struct ql_rows *r);
/* Queues q with the array as its only parameter, expecting r->n rows (or any when exact is false); does nothing when empty. */
QL_MUSTCHECK enum ql_rc ql_rows_queue(struct ql_pg *pg, const struct ql_query *q, struct ql_rows *r, bool exact, struct ql_err *err);

#endif
