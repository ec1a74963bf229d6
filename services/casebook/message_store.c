/* message_store.c -- outgoing messages as their delivery or undoing needs to know them. */
#include "casebook/unit_int.h"

static const struct ql_query LOAD_MESSAGES = {
	"cb_load_messages",
	"select m.case_id, m.version, m.seq, m.state, m.action, m.before, m.made_at, m.held_until, m.met, n.author_kind, n.author_id,"
	"       (select count(*) from ql.messages o where o.case_id = m.case_id and o.version = m.version and o.seq <> m.seq"
	"           and o.state in ('queued', 'sent', 'delivered')),"
	"       (select min(l.made_at) from ql.messages l where l.case_id = m.case_id and l.version > m.version"
	"           and l.state in ('queued', 'sent', 'delivered') and l.action <> 'announce')"
	"  from json_to_recordset($1) as r (case_id int8, version int4, seq int2)"
	"  join ql.messages m on m.case_id = r.case_id and m.version = r.version and m.seq = r.seq"
	"  join ql.entries n on n.case_id = m.case_id and n.version = m.version",
	1, { OID_JSON },
};

static enum ql_rc read_message(struct case_message *m, const PGresult *res, int row, struct ql_err *err)
{
	m->key = (struct message_key){ ql_col_i64(res, row, 0), (int32_t)ql_col_i64(res, row, 1), (int)ql_col_i64(res, row, 2) };
	m->action = CASE_ACTIONS;
	m->before = CASE_NONE;
	if (!message_state_parse(ql_col_text(res, row, 3), &m->state) || !case_role_parse(ql_col_text(res, row, 9), &m->author_role))
		return ql_fail(err, QL_FATAL, "a message of case %lld is in a state this release does not know", (long long)m->key.case_id);
	if (!case_action_parse(ql_col_text(res, row, 4), &m->action))
		m->action = CASE_ACTIONS; /* made by an older release: nothing hangs on it */
	if (!case_state_parse(ql_col_text(res, row, 5), &m->before))
		m->before = CASE_NONE;
	m->made_at = ql_col_time(res, row, 6);
	m->held_until = ql_col_time(res, row, 7);
	m->met = (unsigned)ql_col_i64(res, row, 8);
	m->author = ql_col_i64(res, row, 10);
	m->others = (int)ql_col_i64(res, row, 11);
	m->again = ql_col_time(res, row, 12);
	return QL_OK;
}

static enum ql_rc read_messages(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct casebook *cb = ctx;
	enum ql_rc rc = QL_OK;

	for (int row = 0; rc == QL_OK && row < PQntuples(res); row++) {
		if (cb->n_messages == UNIT_MESSAGES)
			return ql_fail(err, QL_FATAL, "a unit of work looks at no more than %d messages", UNIT_MESSAGES);
		rc = read_message(&cb->message[cb->n_messages++], res, row, err);
	}
	return rc;
}

enum ql_rc casestore_messages(struct casebook *cb, const struct message_key *keys, size_t n, struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf rows;
	enum ql_rc rc;

	ql_buf_init(&rows, 96 * UNIT_MESSAGES);
	ql_json_open(&rows, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		ql_json_open(&rows, NULL, '{');
		ql_json_i64(&rows, "case_id", keys[i].case_id);
		ql_json_i64(&rows, "version", keys[i].version);
		ql_json_i64(&rows, "seq", keys[i].seq);
		ql_json_close(&rows, '}');
	}
	ql_json_close(&rows, ']');
	ql_arg_text(&a, OID_JSON, rows.data);
	if (!ql_buf_ok(&rows))
		rc = ql_fail(err, QL_FATAL, "more than %d messages in one load", UNIT_MESSAGES);
	else
		rc = ql_pg_queue(cb->pg, &LOAD_MESSAGES, &a, -1, read_messages, cb, err);
	if (rc == QL_OK)
		rc = ql_pg_flush(cb->pg, err);
	ql_buf_free(&rows);
	return rc;
}
