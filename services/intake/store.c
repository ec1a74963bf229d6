#include "intake/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP_BYTES_MAX (4 * 1024 * 1024)
#define KEPT_BYTES_MAX   (64 * 1024 * 1024) /* raw values of quarantined records, hex: a batch of the largest kept ones still fits the fetch limit */

static const struct ql_query POSITION = {
	"in_position",
	"insert into ql.consumer_positions as p (cluster, topic, part, next_offset) values ($1, $2, $3, 0)"
	" on conflict (cluster, topic, part) do update set next_offset = p.next_offset"
	" returning next_offset",
	3, { OID_TEXT, OID_TEXT, OID_INT4 },
};
static const struct ql_query MOVE = { /* the guard: a consumer that lost its partition finds the row moved and rolls back */
	"in_move",
	"update ql.consumer_positions p set next_offset = r.next, updated_at = now()"
	"  from json_to_recordset($1) as r (cluster text, topic text, part int4, expected int8, next int8)"
	" where p.cluster = r.cluster and p.topic = r.topic and p.part = r.part and p.next_offset = r.expected",
	1, { OID_JSON },
};
static const struct ql_query LOCK = { /* two instances may hear of the same box at once: whoever comes second sees the first one's case */
	"in_lock",
	"select pg_advisory_xact_lock(k.h) from (select distinct hashtextextended(key, 7) as h from json_array_elements_text($1) key order by h) k",
	1, { OID_JSON },
};
static const struct ql_query SEEN = {
	"in_seen",
	"select r.i from json_to_recordset($1) as r (i int4, source text, id text)"
	"  join ql.inbox x on x.source = r.source and x.message_id = r.id",
	1, { OID_JSON },
};
static const struct ql_query MEET = {
	"in_meet",
	"insert into ql.enterprises (uscc, name, known)"
	" select u, u, false from json_array_elements_text($1) u where not exists (select from ql.enterprises e where e.uscc = u)"
	" on conflict (uscc) do nothing",
	1, { OID_JSON },
};
static const struct ql_query WHO = {
	"in_who",
	"with said as (select * from json_to_recordset($1) as r (i int4, uscc text, phone text, channel text, person text)),"
	" matched as ("
	"  select s.i, coalesce("
	"    (select e.id from ql.enterprises e where e.uscc = s.uscc),"
	"    (select c.enterprise_id from ql.contacts c where c.channel = s.channel and c.channel_user = s.person"
	"        and (c.valid_to is null or c.valid_to >= current_date) limit 1),"
	"    (select min(c.enterprise_id) from ql.contacts c where c.phone_key = s.phone and (c.valid_to is null or c.valid_to >= current_date)"
	"     having count(distinct c.enterprise_id) = 1)) as id" /* a number of two enterprises says nothing of who calls */
	"  from said s)"
	" select m.i, e.id, e.home_unit_id, e.is_broker, ql.tier_of(e.id, current_date) from matched m join ql.enterprises e on e.id = m.id",
	1, { OID_JSON },
};
static const struct ql_query BY_REFERENCE = {
	"in_by_reference",
	"select distinct r.type, r.value, c.id, c.principal_id, c.last_spoken_at"
	"  from json_to_recordset($1) as r (type text, value text)"
	"  join ql.case_references f on f.type = r.type and f.value = r.value"
	"  join ql.cases c on c.id = f.case_id"
	" where c.state not in ('closed', 'merged') and c.opened_at > now() - make_interval(days => $2::int)"
	" order by c.id limit 2000",
	2, { OID_JSON, OID_INT8 },
};
static const struct ql_query BY_PERSON = {
	"in_by_person",
	"select r.channel, r.person, c.id, c.principal_id, c.last_spoken_at"
	"  from (select distinct channel, person from json_to_recordset($1) as r (channel text, person text)) r"
	"  join ql.cases c on c.channel = r.channel and c.channel_user = r.person and c.state not in ('closed', 'merged')"
	" order by c.id limit 2000",
	1, { OID_JSON },
};
static const struct ql_query BY_SUBJECT = { /* by the index on the subject's beginning: the same cost however many cases an enterprise has open */
	"in_by_subject",
	"select c.principal_id, coalesce(c.category, ''), c.subject, c.id, c.last_spoken_at"
	"  from (select distinct principal, category, subject from json_to_recordset($1) as r (principal int8, category text, subject text)) r"
	"  join ql.cases c on c.principal_id = r.principal and left(c.subject, 60) = left(r.subject, 60) and c.state not in ('closed', 'merged')"
	" where c.subject = r.subject and c.category is not distinct from r.category and c.opened_at > now() - make_interval(days => $2::int)"
	" order by c.id limit 4000",
	2, { OID_JSON, OID_INT8 },
};
static const struct ql_query BY_NUMBER = {
	"in_by_number",
	"with recursive heir (n, id, merged_into, principal_id, depth) as (" /* of a merged case the heir, and its heir */
	" select n, c.id, c.merged_into, c.principal_id, 0 from json_array_elements_text($1) n join ql.cases c on c.number = n"
	" union all"
	" select n, c.id, c.merged_into, c.principal_id, 0 from json_array_elements_text($1) n join ql.case_aliases a on a.alias = n"
	"  join ql.cases c on c.id = a.case_id"
	" union all"
	" select h.n, c.id, c.merged_into, h.principal_id, h.depth + 1 from heir h join ql.cases c on c.id = h.merged_into where h.depth < 16)"
	" select distinct on (n) n, id, principal_id from heir where merged_into is null order by n, depth desc",
	1, { OID_JSON },
};
static const struct ql_query WATCHES = {
	"in_watches",
	"select w.id, w.rule, w.declaration from ql.watches w where w.state = 'armed' and w.declaration in (select json_array_elements_text($1))",
	1, { OID_JSON },
};
static const struct ql_query NOTICES = {
	"in_notices",
	"select distinct n.declaration, n.code from ql.notices n where n.declaration in (select json_array_elements_text($1)) limit 4000",
	1, { OID_JSON },
};
static const struct ql_query CALLS = {
	"in_calls",
	"select call_id, case_id, enterprise_id, caller_key from ql.calls where call_id in (select json_array_elements_text($1))",
	1, { OID_JSON },
};

/* Several events of one call in a batch are one row: of each column the last that says something. */
#define LATEST(column) "(array_agg(" #column " order by n desc) filter (where " #column " is not null))[1]"

static const struct ql_query WRITES[KEPT] = {
	[KEPT_INBOX] = { "in_inbox",
		"insert into ql.inbox (source, message_id, topic, type, outcome, case_id, trace)"
		" select source, message_id, topic, type, outcome, case_id, trace from json_to_recordset($1)"
		" as r (source text, message_id text, topic text, type text, outcome text, case_id int8, trace text)", 1, { OID_JSON } },
	[KEPT_QUARANTINE] = { "in_quarantine",
		"insert into ql.quarantine (cluster, topic, part, off, key, headers, value, size, reason, field, position, sentence_zh, sentence_en, source,"
		" message_id, trace)"
		" select cluster, topic, part, off, key, headers, value, size, reason, field, position, sentence_zh, sentence_en, source, message_id, trace"
		" from json_to_recordset($1) as r (cluster text, topic text, part int4, off int8, key bytea, headers json, value bytea, size int4, reason text,"
		" field text, position int4, sentence_zh text, sentence_en text, source text, message_id text, trace text)", 1, { OID_JSON } },
	[KEPT_NOTICES] = { "in_keep_notices",
		"insert into ql.notices (source, code, rank, declaration, container, bill, unit_id, enterprise_id, note, noticed_at, received_at, message_source,"
		" message_id)"
		" select source, code, rank, declaration, container, bill, unit_id, enterprise_id, note, noticed_at, received_at, message_source, message_id"
		" from json_to_recordset($1) as r (source text, code text, rank int2, declaration text, container text, bill text, unit_id int4, enterprise_id int8,"
		" note text, noticed_at timestamptz, received_at timestamptz, message_source text, message_id text)", 1, { OID_JSON } },
	[KEPT_WATCHES_ARMED] = { "in_arm",
		"insert into ql.watches (rule, declaration, enterprise_id, unit_id, container, bill, armed_at, due_at)"
		" select rule, declaration, enterprise_id, unit_id, container, bill, armed_at, due_at from json_to_recordset($1)"
		" as r (rule text, declaration text, enterprise_id int8, unit_id int4, container text, bill text, armed_at timestamptz, due_at timestamptz)"
		" on conflict (rule, declaration) where state = 'armed' do nothing", 1, { OID_JSON } },
	[KEPT_WATCHES_DISARMED] = { "in_disarm",
		"update ql.watches w set state = 'disarmed', settled_at = now() from json_to_recordset($1) as r (rule text, declaration text)"
		" where w.rule = r.rule and w.declaration = r.declaration and w.state = 'armed'", 1, { OID_JSON } },
	[KEPT_CALLS] = { "in_keep_calls",
		"insert into ql.calls as c (call_id, hotline, caller, caller_key, enterprise_id, queue, agent, ivr_path, started_at, answered_at, ended_at, outcome,"
		" solved, recording_url, case_id)"
		" select call_id, " LATEST(hotline) ", " LATEST(caller) ", " LATEST(caller_key) ", " LATEST(enterprise_id) ", " LATEST(queue) ", " LATEST(agent) ", "
		LATEST(ivr_path) ", " LATEST(started_at) ", " LATEST(answered_at) ", " LATEST(ended_at) ", " LATEST(outcome) ", " LATEST(solved) ", "
		LATEST(recording_url) ", " LATEST(case_id)
		" from rows from (json_to_recordset($1) as (call_id text, hotline text, caller text, caller_key text, enterprise_id int8, queue text,"
		" agent text, ivr_path text, started_at timestamptz, answered_at timestamptz, ended_at timestamptz, outcome text, solved bool, recording_url text,"
		" case_id int8)) with ordinality as r (call_id, hotline, caller, caller_key, enterprise_id, queue, agent, ivr_path, started_at, answered_at, ended_at,"
		" outcome, solved, recording_url, case_id, n) group by call_id"
		" on conflict (call_id) do update set caller = coalesce(excluded.caller, c.caller), caller_key = coalesce(excluded.caller_key, c.caller_key),"
		" enterprise_id = coalesce(excluded.enterprise_id, c.enterprise_id), queue = coalesce(excluded.queue, c.queue),"
		" agent = coalesce(excluded.agent, c.agent), ivr_path = coalesce(excluded.ivr_path, c.ivr_path),"
		" started_at = coalesce(excluded.started_at, c.started_at), answered_at = coalesce(excluded.answered_at, c.answered_at),"
		" ended_at = coalesce(excluded.ended_at, c.ended_at), outcome = coalesce(excluded.outcome, c.outcome),"
		" solved = coalesce(excluded.solved, c.solved), recording_url = coalesce(excluded.recording_url, c.recording_url),"
		" case_id = coalesce(excluded.case_id, c.case_id), updated_at = now()", 1, { OID_JSON } },
	[KEPT_TALK] = { "in_talk",
		"insert into ql.talk (channel, channel_user, enterprise_id, text, at, source, message_id)"
		" select channel, channel_user, enterprise_id, text, at, source, message_id from json_to_recordset($1)"
		" as r (channel text, channel_user text, enterprise_id int8, text text, at timestamptz, source text, message_id text)", 1, { OID_JSON } },
	[KEPT_CANARIES] = { "in_canary",
		"select pg_logical_emit_message(true, 'ql.canary', text) from json_to_recordset($1) as r (text text)", 1, { OID_JSON } },
};

void kept_init(struct kept_rows *k)
{
	for (int i = 0; i < KEPT; i++)
		ql_rows_init(&k->rows[i], KEPT_BYTES_MAX);
}

void kept_free(struct kept_rows *k)
{
	for (int i = 0; i < KEPT; i++)
		ql_rows_free(&k->rows[i]);
}

void kept_reset(struct kept_rows *k)
{
	for (int i = 0; i < KEPT; i++)
		ql_rows_reset(&k->rows[i]);
}

/* Only these two must touch every row: the inbox is the account, and quarantine is what else there is of a record. */
static bool is_exact(enum kept kept) { return kept == KEPT_INBOX || kept == KEPT_QUARANTINE; }

enum ql_rc store_write(struct ql_pg *pg, struct kept_rows *k, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int i = 0; rc == QL_OK && i < KEPT; i++)
		rc = ql_rows_queue(pg, &WRITES[i], &k->rows[i], is_exact((enum kept)i), err);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

enum ql_rc store_position(struct ql_pg *pg, const char *cluster, const char *topic, int32_t part, int64_t *next, struct ql_err *err)
{
	struct ql_args a = { 0 };
	PGresult *res;

	ql_arg_text(&a, OID_TEXT, cluster);
	ql_arg_text(&a, OID_TEXT, topic);
	ql_arg_i32(&a, part);
	enum ql_rc rc = ql_pg_run(pg, &POSITION, &a, &res, err);

	if (rc != QL_OK)
		return rc;
	*next = ql_col_i64(res, 0, 0);
	PQclear(res);
	return QL_OK;
}

/* --- look-ups: each gathers its keys from the batch as one JSON parameter --- */

typedef void put_keys(struct ql_buf *b, const struct batch *batch);

struct lookup {
	const struct ql_query *query;
	put_keys *put;
	ql_pg_rows *read;
	bool days; /* takes the window of twins as second parameter */
};

static bool alive(const struct item *it) { return it->fate == FATE_NONE; }

static enum ql_rc queue_lookup(struct ql_pg *pg, const struct lookup *l, struct batch *b, int64_t days, struct ql_err *err)
{
	struct ql_args a = { 0 };
	struct ql_buf keys;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&keys, LOOKUP_BYTES_MAX);
	ql_json_open(&keys, NULL, '[');
	l->put(&keys, b);
	ql_json_close(&keys, ']');
	if (!ql_buf_ok(&keys))
		rc = ql_fail(err, QL_REJECT, "%s: too many keys for one batch", l->query->name);
	if (rc == QL_OK && keys.len > 2) {
		ql_arg_textn(&a, OID_JSON, keys.data, keys.len);
		if (l->days)
			ql_arg_i64(&a, days);
		rc = ql_pg_queue(pg, l->query, &a, -1, l->read, b, err);
	}
	ql_buf_free(&keys);
	return rc;
}

static enum ql_rc run_lookups(struct ql_pg *pg, const struct lookup *l, size_t n, struct batch *b, int64_t days, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = queue_lookup(pg, &l[i], b, days, err);
	return rc == QL_OK ? ql_pg_flush(pg, err) : rc;
}

static void put_locks(struct ql_buf *b, const struct batch *batch)
{
	char key[KEY_MAX];

	for (size_t i = 0; i < batch->n; i++) {
		const struct item *it = &batch->item[i];
		const char *channel, *person;

		if (!alive(it))
			continue;
		if (it->uscc.valid)
			ql_json_text(b, NULL, it->uscc.value);
		if ((person = item_person(it, &channel)) != NULL) {
			key_person(key, channel, person);
			ql_json_text(b, NULL, key);
		}
		for (size_t r = 0; r < it->n_references; r++) {
			key_reference(key, it->reference[r].type, it->reference[r].value);
			ql_json_text(b, NULL, key);
		}
	}
}

static void put_ids(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (!alive(&batch->item[i]))
			continue;
		ql_json_open(b, NULL, '{');
		ql_json_i64(b, "i", (int64_t)i);
		ql_json_text(b, "source", batch->item[i].record.source);
		ql_json_text(b, "id", batch->item[i].record.id);
		ql_json_close(b, '}');
	}
}

static enum ql_rc read_seen(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct batch *b = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++)
		b->item[ql_col_i64(res, row, 0)].fate = FATE_DUPLICATE;
	return QL_OK;
}

/* The same message twice in one batch: the first one counts. A batch is small enough for pairs. */
static void mark_repeats(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		for (size_t j = 0; alive(&b->item[i]) && j < i; j++)
			if (b->item[j].record.kind != RECORD_NONE && b->item[j].fate != FATE_QUARANTINED
			    && strcmp(b->item[i].record.id, b->item[j].record.id) == 0 && strcmp(b->item[i].record.source, b->item[j].record.source) == 0)
				b->item[i].fate = FATE_DUPLICATE;
}

static enum ql_rc queue_move(struct ql_pg *pg, const char *cluster, const struct batch *b, struct ql_err *err)
{
	struct ql_rows moves;
	enum ql_rc rc;

	ql_rows_init(&moves, LOOKUP_BYTES_MAX);
	for (size_t i = 0; i < b->n_partitions; i++) {
		const struct partition_at *p = &b->partition[i];
		struct ql_buf *row;

		if (p->next == p->expected)
			continue;
		row = ql_rows_begin(&moves);
		ql_json_text(row, "cluster", cluster);
		ql_json_text(row, "topic", p->topic);
		ql_json_i64(row, "part", p->part);
		ql_json_i64(row, "expected", p->expected);
		ql_json_i64(row, "next", p->next);
		ql_rows_end(&moves);
	}
	rc = ql_rows_queue(pg, &MOVE, &moves, true, err);
	ql_rows_free(&moves);
	return rc;
}

enum ql_rc store_claim(struct ql_pg *pg, const char *cluster, struct batch *b, struct ql_err *err)
{
	static const struct lookup CLAIM[] = { { &LOCK, put_locks, NULL, false }, { &SEEN, put_ids, read_seen, false } };

	mark_repeats(b);
	enum ql_rc rc = queue_move(pg, cluster, b, err);

	return rc == QL_OK ? run_lookups(pg, CLAIM, QL_LEN(CLAIM), b, 0, err) : rc;
}

static void put_codes(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		if (alive(&batch->item[i]) && batch->item[i].uscc.valid)
			ql_json_text(b, NULL, batch->item[i].uscc.value);
}

static void put_who(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct item *it = &batch->item[i];
		const char *channel = NULL, *person;

		if (!alive(it))
			continue;
		person = item_person(it, &channel);
		ql_json_open(b, NULL, '{');
		ql_json_i64(b, "i", (int64_t)i);
		ql_json_text(b, "uscc", it->uscc.valid ? it->uscc.value : NULL);
		ql_json_text(b, "phone", it->phone_key);
		ql_json_text(b, "channel", channel);
		ql_json_text(b, "person", person);
		ql_json_close(b, '}');
	}
}

static enum ql_rc read_who(const PGresult *res, void *ctx, struct ql_err *err)
{
	struct batch *b = ctx;

	(void)err;
	for (int row = 0; row < PQntuples(res); row++) {
		struct known_enterprise *e = &b->item[ql_col_i64(res, row, 0)].enterprise;

		e->id = ql_col_i64(res, row, 1);
		e->home_unit = (int32_t)ql_col_i64(res, row, 2);
		e->is_broker = ql_col_bool(res, row, 3);
		snprintf(e->tier, sizeof(e->tier), "%s", ql_col_text(res, row, 4));
	}
	return QL_OK;
}

enum ql_rc store_enterprises(struct ql_pg *pg, struct batch *b, struct ql_err *err)
{
	static const struct lookup WHO_SPEAKS[] = { { &MEET, put_codes, NULL, false }, { &WHO, put_who, read_who, false } };

	return run_lookups(pg, WHO_SPEAKS, QL_LEN(WHO_SPEAKS), b, 0, err);
}

static void put_references(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		for (size_t r = 0; alive(&batch->item[i]) && r < batch->item[i].n_references; r++) {
			ql_json_open(b, NULL, '{');
			ql_json_text(b, "type", batch->item[i].reference[r].type);
			ql_json_text(b, "value", batch->item[i].reference[r].value);
			ql_json_close(b, '}');
		}
}

static void put_people(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const char *channel, *person;

		if (!alive(&batch->item[i]) || (person = item_person(&batch->item[i], &channel)) == NULL)
			continue;
		ql_json_open(b, NULL, '{');
		ql_json_text(b, "channel", channel);
		ql_json_text(b, "person", person);
		ql_json_close(b, '}');
	}
}

static void put_subjects(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct item *it = &batch->item[i];

		if (!alive(it) || it->record.kind != RECORD_ENQUIRY || it->enterprise.id == 0 || it->record.enquiry.subject[0] == '\0')
			continue;
		ql_json_open(b, NULL, '{');
		ql_json_i64(b, "principal", it->enterprise.id);
		ql_json_text(b, "category", it->record.enquiry.category);
		ql_json_text(b, "subject", it->record.enquiry.subject);
		ql_json_close(b, '}');
	}
}

/* What a person typed is read as a number where it is one; receipts stay as they are. */
static void put_numbers(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		if (alive(&batch->item[i]) && batch->item[i].record.kind == RECORD_ENQUIRY && batch->item[i].record.enquiry.reply_to[0] != '\0') {
			char number[CASENO_MAX];
			struct caseno parsed;
			const char *given = batch->item[i].record.enquiry.reply_to;

			ql_json_text(b, NULL, caseno_parse(given, &parsed, number, NULL) ? number : given);
		}
}

static void put_declarations(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct item *it = &batch->item[i];

		if (alive(it) && (it->record.kind == RECORD_INCIDENT || it->record.kind == RECORD_NOTICE) && item_declaration(it) != NULL)
			ql_json_text(b, NULL, item_declaration(it));
	}
}

static void put_calls(struct ql_buf *b, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		if (alive(&batch->item[i]) && batch->item[i].record.kind == RECORD_CALL)
			ql_json_text(b, NULL, batch->item[i].record.call.call_id);
}

static enum ql_rc read_known(const PGresult *res, void *ctx, void (*make)(char key[KEY_MAX], const char *, const char *))
{
	for (int row = 0; row < PQntuples(res); row++) {
		char key[KEY_MAX];

		make(key, ql_col_text(res, row, 0), ql_col_text(res, row, 1));
		batch_know(ctx, key, ql_col_i64(res, row, 2), ql_col_i64(res, row, 3), ql_col_time(res, row, 4));
	}
	return QL_OK;
}

static enum ql_rc read_by_reference(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	return read_known(res, ctx, key_reference);
}

static enum ql_rc read_by_person(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	return read_known(res, ctx, key_person);
}

static enum ql_rc read_by_subject(const PGresult *res, void *ctx, struct ql_err *err)
{
	(void)err;
	for (int row = 0; row < PQntuples(res); row++) {
		char key[KEY_MAX];
		int64_t principal = ql_col_i64(res, row, 0);

		key_subject(key, principal, ql_col_text(res, row, 1), ql_col_text(res, row, 2));
		batch_know(ctx, key, ql_col_i64(res, row, 3), principal, ql_col_time(res, row, 4));
	}
	return QL_OK;
}

static enum ql_rc no_memory(struct ql_err *err) { return ql_fail(err, QL_RETRY, "no memory for what is known of a batch"); }

static enum ql_rc read_named(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct named_case *n = list_add(&((struct batch *)ctx)->named);

		if (n == NULL)
			return no_memory(err);
		snprintf(n->number, sizeof(n->number), "%s", ql_col_text(res, row, 0));
		n->id = ql_col_i64(res, row, 1);
		n->principal = ql_col_i64(res, row, 2);
	}
	return QL_OK;
}

static enum ql_rc read_watches(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct armed_watch *w = list_add(&((struct batch *)ctx)->watches);

		if (w == NULL)
			return no_memory(err);
		w->id = ql_col_i64(res, row, 0);
		snprintf(w->rule, sizeof(w->rule), "%s", ql_col_text(res, row, 1));
		snprintf(w->declaration, sizeof(w->declaration), "%s", ql_col_text(res, row, 2));
	}
	return QL_OK;
}

static enum ql_rc read_notices(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct kept_notice *n = list_add(&((struct batch *)ctx)->notices);

		if (n == NULL)
			return no_memory(err);
		snprintf(n->declaration, sizeof(n->declaration), "%s", ql_col_text(res, row, 0));
		snprintf(n->code, sizeof(n->code), "%s", ql_col_text(res, row, 1));
	}
	return QL_OK;
}

static enum ql_rc read_calls(const PGresult *res, void *ctx, struct ql_err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct kept_call *c = list_add(&((struct batch *)ctx)->calls);

		if (c == NULL)
			return no_memory(err);
		snprintf(c->call_id, sizeof(c->call_id), "%s", ql_col_text(res, row, 0));
		c->case_id = ql_col_i64(res, row, 1);
		c->enterprise = ql_col_i64(res, row, 2);
		snprintf(c->caller_key, sizeof(c->caller_key), "%s", ql_col_text(res, row, 3));
	}
	return QL_OK;
}

enum ql_rc store_knowledge(struct ql_pg *pg, struct batch *b, int64_t twin_days, struct ql_err *err)
{
	static const struct lookup KNOWLEDGE[] = {
		{ &BY_REFERENCE, put_references, read_by_reference, true },
		{ &BY_PERSON, put_people, read_by_person, false },
		{ &BY_SUBJECT, put_subjects, read_by_subject, true },
		{ &BY_NUMBER, put_numbers, read_named, false },
		{ &WATCHES, put_declarations, read_watches, false },
		{ &NOTICES, put_declarations, read_notices, false },
		{ &CALLS, put_calls, read_calls, false },
	};

	return run_lookups(pg, KNOWLEDGE, QL_LEN(KNOWLEDGE), b, twin_days, err);
}
