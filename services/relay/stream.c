#include "stream.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "cursor.h"
#include "store.h"

#define COMMAND_BYTES 400
#define COMMAND_WAIT_MS 200                            /* between two looks whether to stop */
#define POSTGRES_EPOCH ((ql_time)946684800 * QL_SECOND) /* 2000-01-01, the zero of the protocol's times */

struct stream { PGconn *pg; bool stuck; /* a report waits for room in the socket */ };

static enum ql_rc fail_connection(struct stream *s, struct ql_err *err)
{
	const char *text = PQerrorMessage(s->pg);

	return ql_fail(err, QL_RETRY, "replication connection: %.*s", (int)strcspn(text, "\n"), text);
}

static enum ql_rc fail_result(struct stream *s, const PGresult *res, const char *what, struct ql_err *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE), *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL)
		return fail_connection(s, err);
	ql_fail(err, ql_pg_verdict(state), "%s: %s", what, text ? text : "failed");
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", state);
	return err->rc;
}

enum ql_rc stream_open(struct stream **out, const char *dsn, struct ql_err *err)
{
	const char *const names[] = { "dbname", "replication", "application_name", "client_encoding", "connect_timeout", "keepalives_idle",
	                              "keepalives_interval", "keepalives_count", NULL };
	const char *const values[] = { dsn, "database", "relay", "UTF8", "5", "10", "5", "3", NULL };
	struct stream *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a connection");
	s->pg = PQconnectdbParams(names, values, 1);
	if (PQstatus(s->pg) != CONNECTION_OK) {
		fail_connection(s, err);
		stream_close(s);
		return err->rc;
	}
	*out = s;
	return QL_OK;
}

void stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	PQfinish(s->pg);
	free(s);
}

static enum ql_rc wait_socket(struct stream *s, short events, int ms, struct ql_err *err)
{
	struct pollfd p = { PQsocket(s->pg), events, 0 };

	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return ql_fail(err, QL_RETRY, "replication connection: %s", strerror(errno));
	return QL_OK;
}

static void cancel_command(struct stream *s)
{
	char why[256];
	PGcancel *cancel = PQgetCancel(s->pg);

	if (cancel != NULL)
		PQcancel(cancel, why, sizeof(why));
	PQfreeCancel(cancel);
}

static enum ql_rc wait_result(struct stream *s, PGresult **res, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	while (rc == QL_OK && PQisBusy(s->pg)) {
		if (ql_stopping()) {
			cancel_command(s);
			return ql_fail(err, QL_RETRY, "stopping");
		}
		rc = wait_socket(s, POLLIN, COMMAND_WAIT_MS, err);
		if (rc == QL_OK && !PQconsumeInput(s->pg))
			rc = fail_connection(s, err);
	}
	if (rc == QL_OK)
		*res = PQgetResult(s->pg);
	return rc;
}

/* Runs one command to its only result, which the caller clears. Making a slot may wait for every running transaction. */
static enum ql_rc run(struct stream *s, const char *text, const char *what, ExecStatusType wanted, PGresult **out, struct ql_err *err)
{
	PGresult *more = NULL;
	enum ql_rc rc;

	*out = NULL;
	if (!PQsendQuery(s->pg, text))
		return fail_connection(s, err);
	rc = wait_result(s, out, err);
	if (rc != QL_OK)
		return rc;
	if (PQresultStatus(*out) != wanted) {
		rc = fail_result(s, *out, what, err);
		PQclear(*out);
		*out = NULL;
		return rc;
	}
	while (wanted != PGRES_COPY_BOTH && (rc = wait_result(s, &more, err)) == QL_OK && more != NULL)
		PQclear(more);
	if (rc != QL_OK) {
		PQclear(*out);
		*out = NULL;
	}
	return rc;
}

enum ql_rc stream_ask(struct stream *s, const char *sql, bool *yes, struct ql_err *err)
{
	PGresult *res;
	enum ql_rc rc = run(s, sql, "asking", PGRES_TUPLES_OK, &res, err);

	if (rc != QL_OK)
		return rc;
	*yes = PQntuples(res) == 1 && PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	return QL_OK;
}

enum ql_rc stream_slot_create(struct stream *s, const char *slot, struct stream_slot *out, struct ql_err *err)
{
	char text[COMMAND_BYTES];
	PGresult *res;
	enum ql_rc rc;

	snprintf(text, sizeof(text), "CREATE_REPLICATION_SLOT \"%s\" LOGICAL pgoutput EXPORT_SNAPSHOT", slot);
	rc = run(s, text, "making the slot", PGRES_TUPLES_OK, &res, err);
	if (rc != QL_OK)
		return rc;
	if (PQntuples(res) == 1 && PQnfields(res) >= 3) {
		out->lsn = store_lsn_parse(PQgetvalue(res, 0, 1));
		snprintf(out->snapshot, sizeof(out->snapshot), "%s", PQgetvalue(res, 0, 2));
	} else {
		rc = ql_fail(err, QL_RETRY, "making the slot: unexpected answer");
	}
	PQclear(res);
	return rc;
}

enum ql_rc stream_slot_drop(struct stream *s, const char *slot, struct ql_err *err)
{
	char text[COMMAND_BYTES];
	PGresult *res;
	enum ql_rc rc;

	snprintf(text, sizeof(text), "DROP_REPLICATION_SLOT \"%s\"", slot);
	rc = run(s, text, "dropping the slot", PGRES_COMMAND_OK, &res, err);
	PQclear(res);
	return rc;
}

/* 0/0: from where the slot is confirmed. */
enum ql_rc stream_start(struct stream *s, const char *slot, const char *publication, struct ql_err *err)
{
	char text[COMMAND_BYTES];
	PGresult *res;
	enum ql_rc rc;

	snprintf(text, sizeof(text), "START_REPLICATION SLOT \"%s\" LOGICAL 0/0 (proto_version '1', publication_names '\"%s\"', messages 'true')", slot, publication);
	rc = run(s, text, "starting the stream", PGRES_COPY_BOTH, &res, err);
	PQclear(res);
	if (rc == QL_OK && PQsetnonblocking(s->pg, 1) != 0)
		rc = fail_connection(s, err);
	return rc;
}

/* w: begin 8, end 8, time 8, message; k: end 8, time 8, reply 1 */
static enum ql_rc read_frame(struct stream_frame *f, size_t len, struct ql_err *err)
{
	struct cursor c = cursor_over(f->memory, len);
	char code = (char)cursor_uint(&c, 1);

	if (code == 'w')
		cursor_bytes(&c, 8);
	f->kind = code == 'w' ? STREAM_DATA : STREAM_KEEPALIVE;
	f->server_end = cursor_uint(&c, 8);
	cursor_bytes(&c, 8);
	f->reply = code == 'k' && cursor_uint(&c, 1) == 1;
	f->bytes = c.at;
	f->len = cursor_left(&c);
	if (c.failed || (code != 'w' && code != 'k'))
		return ql_fail(err, QL_RETRY, "replication connection: unknown frame of %zu bytes", len);
	return QL_OK;
}

static enum ql_rc fail_ended(struct stream *s, struct ql_err *err)
{
	PGresult *res = PQgetResult(s->pg);
	enum ql_rc rc = res != NULL && PQresultStatus(res) == PGRES_FATAL_ERROR ? fail_result(s, res, "the stream ended", err)
	                                                                        : ql_fail(err, QL_RETRY, "PostgreSQL ended the stream");

	PQclear(res);
	return rc;
}

/* The socket is read only when libpq has no whole frame left, or its buffer would grow without need. */
enum ql_rc stream_read(struct stream *s, struct stream_frame *out, struct ql_err *err)
{
	int len;

	*out = (struct stream_frame){ 0 };
	len = PQgetCopyData(s->pg, &out->memory, 1);
	if (len == 0) {
		if (!PQconsumeInput(s->pg))
			return fail_connection(s, err);
		len = PQgetCopyData(s->pg, &out->memory, 1);
	}
	if (len == 0)
		return QL_OK;
	if (len < 0)
		return fail_ended(s, err);
	return read_frame(out, (size_t)len, err);
}

void stream_release(struct stream_frame *f)
{
	PQfreemem(f->memory);
	*f = (struct stream_frame){ 0 };
}

static void put_uint(char *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (char)(v & 0xFF);
}

static enum ql_rc flush(struct stream *s, struct ql_err *err)
{
	int left = PQflush(s->pg);

	s->stuck = left > 0;
	return left < 0 ? fail_connection(s, err) : QL_OK;
}

/* r: written 8, flushed 8, applied 8, time 8, reply 1. All three are the same: the server then sends a keepalive with its
 * end as soon as it is idle past that point, which is how an idle stream's confirmed position follows. */
enum ql_rc stream_report(struct stream *s, uint64_t confirmed, struct ql_err *err)
{
	char report[1 + 4 * 8 + 1] = { 'r' };

	for (int i = 0; i < 3; i++)
		put_uint(report + 1 + 8 * i, confirmed);
	put_uint(report + 1 + 8 * 3, (uint64_t)(ql_now() - POSTGRES_EPOCH));
	if (PQputCopyData(s->pg, report, sizeof(report)) < 0)
		return fail_connection(s, err);
	return flush(s, err);
}

enum ql_rc stream_wait(struct stream *s, int ms, struct ql_err *err)
{
	enum ql_rc rc = s->stuck ? flush(s, err) : QL_OK;

	return rc == QL_OK ? wait_socket(s, s->stuck ? POLLIN | POLLOUT : POLLIN, ms, err) : rc;
}
