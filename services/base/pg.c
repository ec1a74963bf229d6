/* pg.c -- the connection, its prepared statements, and the pipeline. */
#include "pg.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"

#define SLOTS (2 * QL_PG_STATEMENTS_MAX) /* of the hash table of statements; never over half full */
#define UNSENT_MAX ((size_t)256 << 10)   /* bytes queued before they are pushed to the server */

struct statement {
	const struct ql_query *q;
	enum { UNKNOWN, SENT, READY } state;
};

struct step { /* one command in the pipeline whose result is awaited */
	const struct ql_query *q;
	bool prepare;
	int expect;
	ql_pg_rows *rows;
	void *ctx;
};

struct ql_pg {
	PGconn *conn;
	bool piping;
	bool stale; /* the session is of no more use: recover reconnects */
	size_t unsent;
	int n_steps, n_statements;
	struct step steps[QL_PG_PIPELINE_MAX + 2]; /* the last statement may need a prepare, and the rollback has its place */
	struct statement statements[SLOTS];
};

const struct ql_query QL_PG_BEGIN = { "pg_begin", "begin", 0, {0} };
const struct ql_query QL_PG_COMMIT = { "pg_commit", "commit", 0, {0} };

/* Anything not listed is FATAL: retrying cannot help. 26000: the session was replaced under us by a pooler. */
enum ql_rc ql_pg_verdict(const char *sqlstate)
{
	static const struct { const char *prefix; enum ql_rc rc; } VERDICTS[] = {
		{ "08", QL_RETRY }, { "40", QL_RETRY },    { "53", QL_RETRY },    { "55", QL_RETRY },    { "57", QL_RETRY },
		{ "58", QL_RETRY }, { "25006", QL_RETRY }, { "25P02", QL_RETRY }, { "25P03", QL_RETRY }, { "26000", QL_RETRY },
		{ "23", QL_CONFLICT }, { "22", QL_REJECT },
	};

	for (size_t i = 0; i < QL_LEN(VERDICTS); i++)
		if (strncmp(sqlstate, VERDICTS[i].prefix, strlen(VERDICTS[i].prefix)) == 0)
			return VERDICTS[i].rc;
	return QL_FATAL;
}

/* --- failures --- */

/* libpq's own words, first line only: the rest is advice. They name hosts and roles, never a password. */
static enum ql_rc fail_connection(const struct ql_pg *pg, const char *what, struct ql_err *err)
{
	const char *text = PQerrorMessage(pg->conn);

	return ql_fail(err, QL_RETRY, "%s: no connection to the database: %.*s", what, (int)strcspn(text, "\n"), text);
}

/* Bad input (class 22) is quoted in the primary message itself: what follows the colon is cut off. */
static int safe_length(const char *sqlstate, const char *primary)
{
	const char *quoted = strncmp(sqlstate, "22", 2) == 0 ? strchr(primary, '"') : NULL;

	return quoted != NULL ? (int)(quoted - primary) : (int)strlen(primary);
}

static enum ql_rc fail_result(struct ql_pg *pg, const char *what, const PGresult *res, bool prepared, struct ql_err *err)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	enum ql_rc rc;

	if (sqlstate == NULL || primary == NULL)
		return fail_connection(pg, what, err);
	rc = ql_pg_verdict(sqlstate);
	if (PQstatus(pg->conn) == CONNECTION_BAD)
		rc = QL_RETRY;
	if (prepared && strcmp(sqlstate, "0A000") == 0) { /* its table changed under a prepared plan: prepare anew */
		rc = QL_RETRY;
		pg->stale = true;
	}
	if (strcmp(sqlstate, "25006") == 0 || strcmp(sqlstate, "26000") == 0) /* no longer the primary, or not our session */
		pg->stale = true;
	ql_fail(err, rc, "%s: %.*s", what, safe_length(sqlstate, primary), primary);
	memcpy(err->sqlstate, sqlstate, 5);
	return rc;
}

/* --- connection --- */

static void on_notice(void *arg, const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	ql_log(QL_DEBUG, "pg_notice", "sqlstate=%s msg=\"%s\"", sqlstate ? sqlstate : "", primary ? primary : "");
}

/* Before the dsn stands what it may change, behind it what it may not. */
static PGconn *connect_to(const char *dsn, const char *service)
{
	static const char OPTIONS[] = "-c search_path=pg_catalog,pg_temp -c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=15000"
	                              " -c idle_in_transaction_session_timeout=30000 -c jit=off"; /* many short statements: compiling one costs more than it */
	const char *const names[] = { "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	                              "dbname", "application_name", "client_encoding", "options", NULL };
	const char *const values[] = { "5", "10", "5", "3", "20000", dsn, service, "UTF8", OPTIONS, NULL };

	return PQconnectdbParams(names, values, 1);
}

/* The parser's message quotes the dsn, and so perhaps the password: it is not passed on. */
static bool is_readable(const char *dsn)
{
	char *message = NULL;
	PQconninfoOption *parsed = PQconninfoParse(dsn, &message);

	PQfreemem(message);
	PQconninfoFree(parsed);
	return parsed != NULL;
}

enum ql_rc ql_pg_open(struct ql_pg **out, const char *dsn, const char *service, struct ql_err *err)
{
	struct ql_pg *pg = NULL;

	*out = NULL;
	if (!is_readable(dsn))
		return ql_fail(err, QL_FATAL, "pg.dsn is not a connection string (\"host=... dbname=...\" or \"postgresql://...\")");
	pg = calloc(1, sizeof(*pg));
	if (pg == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	pg->conn = connect_to(dsn, service);
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		fail_connection(pg, service, err);
		ql_pg_close(pg);
		return QL_RETRY;
	}
	PQsetNoticeReceiver(pg->conn, on_notice, NULL);
	*out = pg;
	return QL_OK;
}

void ql_pg_close(struct ql_pg *pg)
{
	if (pg == NULL)
		return;
	PQfinish(pg->conn);
	free(pg);
}

PGconn *ql_pg_conn(struct ql_pg *pg)
{
	return pg->conn;
}

static enum ql_rc reconnect(struct ql_pg *pg, struct ql_err *err)
{
	memset(pg->statements, 0, sizeof(pg->statements));
	pg->n_statements = pg->n_steps = 0;
	pg->piping = false;
	pg->unsent = 0;
	PQreset(pg->conn);
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return fail_connection(pg, "reconnecting", err);
	pg->stale = false;
	return QL_OK;
}

/* --- statements --- */

static struct statement *statement_of(struct ql_pg *pg, const struct ql_query *q)
{
	size_t i = ((uintptr_t)q / sizeof(void *)) % SLOTS;

	while (pg->statements[i].q != NULL && pg->statements[i].q != q)
		i = (i + 1) % SLOTS;
	if (pg->statements[i].q == NULL) {
		assert(pg->n_statements < QL_PG_STATEMENTS_MAX);
		pg->n_statements++;
		pg->statements[i].q = q;
	}
	return &pg->statements[i];
}

/* Checks the arguments against the statement and points libpq's arrays at them. */
static enum ql_rc settle(const struct ql_query *q, struct ql_args *a, int *formats, struct ql_err *err)
{
	assert(a->n == q->n && memcmp(a->types, q->types, sizeof(Oid) * (size_t)q->n) == 0);
	if (!ql_buf_ok(&a->store))
		return ql_fail(err, QL_REJECT, "%s: the arguments need more than %zu bytes", q->name, a->store.max);
	for (int i = 0; i < a->n; i++) {
		a->values[i] = a->offs[i] == QL_PG_NULL ? NULL : a->store.data + a->offs[i];
		formats[i] = a->types[i] == OID_BYTEA;
	}
	return QL_OK;
}

static bool succeeded(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* A commit of a failed transaction succeeds, as a rollback. */
static bool lost_commit(const char *sql, PGresult *res)
{
	return strncasecmp(sql, "commit", 6) == 0 && strcmp(PQcmdStatus(res), "COMMIT") != 0;
}

static enum ql_rc check(struct ql_pg *pg, const char *what, const char *sql, PGresult *res, bool prepared, struct ql_err *err)
{
	if (!succeeded(res))
		return fail_result(pg, what, res, prepared, err);
	if (lost_commit(sql, res))
		return ql_fail(err, QL_RETRY, "%s: the transaction had failed and was rolled back", what);
	return QL_OK;
}

static enum ql_rc prepare(struct ql_pg *pg, const struct ql_query *q, struct ql_err *err)
{
	struct statement *st = statement_of(pg, q);
	enum ql_rc rc;
	PGresult *res;

	if (st->state == READY)
		return QL_OK;
	res = PQprepare(pg->conn, q->name, q->text, q->n, q->types);
	rc = check(pg, q->name, "", res, false, err);
	st->state = rc == QL_OK ? READY : UNKNOWN;
	PQclear(res);
	return rc;
}

enum ql_rc ql_pg_run(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, PGresult **out, struct ql_err *err)
{
	struct ql_args none = {0};
	int formats[QL_PG_PARAMS];
	PGresult *res = NULL;
	enum ql_rc rc;

	assert(!pg->piping);
	a = a ? a : &none;
	rc = settle(q, a, formats, err);
	if (rc == QL_OK)
		rc = prepare(pg, q, err);
	if (rc == QL_OK) {
		res = PQexecPrepared(pg->conn, q->name, a->n, a->values, a->lengths, formats, 0);
		rc = check(pg, q->name, q->text, res, true, err);
	}
	ql_buf_free(&a->store);
	if (rc != QL_OK || out == NULL) {
		PQclear(res);
		res = NULL;
	}
	if (out != NULL)
		*out = res;
	return rc;
}

enum ql_rc ql_pg_exec(struct ql_pg *pg, const char *sql, struct ql_err *err)
{
	char what[24]; /* the first words serve as the name */
	enum ql_rc rc;
	PGresult *res;

	assert(!pg->piping);
	snprintf(what, sizeof(what), "%s", sql);
	res = PQexec(pg->conn, sql);
	rc = check(pg, what, sql, res, false, err);
	PQclear(res);
	return rc;
}

/* --- pipeline --- */

static enum ql_rc enter_pipeline(struct ql_pg *pg, const char *what, struct ql_err *err)
{
	if (pg->piping)
		return QL_OK;
	if (PQenterPipelineMode(pg->conn) != 1 || PQsetnonblocking(pg->conn, 1) != 0)
		return fail_connection(pg, what, err);
	pg->piping = true;
	return QL_OK;
}

static void leave_pipeline(struct ql_pg *pg)
{
	pg->n_steps = 0;
	pg->unsent = 0;
	if (PQstatus(pg->conn) != CONNECTION_OK || PQexitPipelineMode(pg->conn) != 1 || PQsetnonblocking(pg->conn, 0) != 0)
		pg->stale = true;
	pg->piping = false;
}

/* Reads while it writes: a server that waits for us to take its results would not take more statements. */
static bool send_all(struct ql_pg *pg)
{
	struct pollfd io = { .fd = PQsocket(pg->conn), .events = POLLIN | POLLOUT };
	int left;

	pg->unsent = 0;
	while ((left = PQflush(pg->conn)) > 0) {
		if (poll(&io, 1, -1) > 0 && io.revents != POLLOUT && !PQconsumeInput(pg->conn))
			return false;
	}
	return left == 0;
}

static void add_step(struct ql_pg *pg, struct step step)
{
	assert(pg->n_steps < (int)QL_LEN(pg->steps));
	pg->steps[pg->n_steps++] = step;
}

static bool expects_anything(const struct ql_pg *pg)
{
	for (int i = 0; i < pg->n_steps; i++)
		if (pg->steps[i].expect >= 0 || pg->steps[i].rows != NULL)
			return true;
	return false;
}

static bool send_prepare(struct ql_pg *pg, const struct ql_query *q)
{
	struct statement *st = statement_of(pg, q);

	if (st->state != UNKNOWN)
		return true;
	if (!PQsendPrepare(pg->conn, q->name, q->text, q->n, q->types))
		return false;
	st->state = SENT;
	add_step(pg, (struct step){ .q = q, .prepare = true, .expect = -1 });
	return true;
}

static enum ql_rc send_step(struct ql_pg *pg, const struct ql_args *a, const int *formats, struct step step, struct ql_err *err)
{
	if (!send_prepare(pg, step.q) || !PQsendQueryPrepared(pg->conn, step.q->name, a->n, a->values, a->lengths, formats, 0))
		return fail_connection(pg, step.q->name, err);
	add_step(pg, step);
	pg->unsent += a->store.len;
	if (pg->unsent > UNSENT_MAX && !send_all(pg))
		return fail_connection(pg, step.q->name, err);
	return QL_OK;
}

enum ql_rc ql_pg_queue(struct ql_pg *pg, const struct ql_query *q, struct ql_args *a, int expect_rows, ql_pg_rows *rows, void *ctx,
                       struct ql_err *err)
{
	struct ql_args none = {0};
	int formats[QL_PG_PARAMS];
	enum ql_rc rc;

	assert(strncasecmp(q->text, "commit", 6) != 0 || !expects_anything(pg)); /* it would commit what we then refuse */
	a = a ? a : &none;
	rc = settle(q, a, formats, err);
	if (rc == QL_OK && pg->n_steps >= QL_PG_PIPELINE_MAX - 1)
		rc = ql_fail(err, QL_FATAL, "%s: more than %d statements before a flush", q->name, QL_PG_PIPELINE_MAX);
	if (rc == QL_OK)
		rc = enter_pipeline(pg, q->name, err);
	if (rc == QL_OK)
		rc = send_step(pg, a, formats, (struct step){ q, false, expect_rows, rows, ctx }, err);
	ql_buf_free(&a->store);
	return rc;
}

/* Judges the result of a statement that PostgreSQL has run. */
static enum ql_rc take_rows(const struct step *step, PGresult *res, struct ql_err *err)
{
	const char *affected = PQcmdTuples(res);

	if (step->expect >= 0 && atoi(affected) != step->expect)
		return ql_fail(err, QL_CONFLICT, "%s: %s rows, expected %d", step->q->name, affected[0] ? affected : "no", step->expect);
	return step->rows != NULL ? step->rows(res, step->ctx, err) : QL_OK;
}

/* The results of one step; only the first failure counts, what follows it is taken off the line unread. */
static enum ql_rc take_step(struct ql_pg *pg, const struct step *step, enum ql_rc so_far, struct ql_err *err)
{
	enum ql_rc rc = so_far;
	PGresult *res = PQgetResult(pg->conn);

	if (step->prepare)
		statement_of(pg, step->q)->state = PQresultStatus(res) == PGRES_COMMAND_OK ? READY : UNKNOWN;
	if (rc == QL_OK)
		rc = check(pg, step->q->name, step->prepare ? "" : step->q->text, res, !step->prepare, err);
	if (rc == QL_OK && !step->prepare)
		rc = take_rows(step, res, err);
	while (res != NULL) {
		PQclear(res);
		res = PQstatus(pg->conn) == CONNECTION_OK ? PQgetResult(pg->conn) : NULL;
	}
	return rc;
}

enum ql_rc ql_pg_flush(struct ql_pg *pg, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;
	PGresult *sync;

	if (!pg->piping)
		return QL_OK;
	if (!PQpipelineSync(pg->conn) || !send_all(pg)) {
		rc = fail_connection(pg, "pipeline", err);
		leave_pipeline(pg);
		return rc;
	}
	for (int i = 0; i < pg->n_steps && (PQstatus(pg->conn) == CONNECTION_OK || rc == QL_OK); i++)
		rc = take_step(pg, &pg->steps[i], rc, err);
	sync = PQstatus(pg->conn) == CONNECTION_OK ? PQgetResult(pg->conn) : NULL;
	if (rc == QL_OK && PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
		rc = fail_connection(pg, "pipeline", err);
	PQclear(sync);
	leave_pipeline(pg);
	return rc;
}

/* Ends a pipeline that will not be flushed. Statements sent without a begin would be committed by the sync: the rollback
 * in front of it ends that implicit transaction too. */
static void abandon_pipeline(struct ql_pg *pg)
{
	static const struct ql_query ROLLBACK = { "pg_rollback", "rollback", 0, {0} };
	struct ql_err ignored;

	for (int i = 0; i < pg->n_steps; i++) {
		pg->steps[i].expect = -1;
		pg->steps[i].rows = NULL;
	}
	if (PQstatus(pg->conn) == CONNECTION_OK && PQsendQueryParams(pg->conn, ROLLBACK.text, 0, NULL, NULL, NULL, NULL, 0)) {
		add_step(pg, (struct step){ .q = &ROLLBACK, .expect = -1 });
		if (ql_pg_flush(pg, &ignored) == QL_OK)
			return;
	}
	if (pg->piping)
		leave_pipeline(pg);
}

enum ql_rc ql_pg_recover(struct ql_pg *pg, struct ql_err *err)
{
	PGTransactionStatusType status;

	if (pg->piping)
		abandon_pipeline(pg);
	status = PQtransactionStatus(pg->conn);
	if (pg->stale || status == PQTRANS_UNKNOWN || status == PQTRANS_ACTIVE)
		return reconnect(pg, err);
	return status == PQTRANS_IDLE ? QL_OK : ql_pg_exec(pg, "rollback", err);
}
