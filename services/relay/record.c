#include "record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { J_CASE, J_VERSION, J_NUMBER, J_EVENT, J_STATE, J_AT, J_ACTOR_KIND, J_ACTOR, J_UNIT, J_AUDIENCE, J_ENTERPRISE, J_DATA, J_TRACE, J_XID, J_COLUMNS };
enum { R_ID, R_COORDINATOR, R_UNIT, R_EVENT, R_AT, R_DATA, R_TRACE, R_COLUMNS };

const struct record_source RECORD_SOURCES[RECORD_TABLES] = {
	[RECORD_JOURNAL] = { "journal", J_COLUMNS, {
		[J_CASE] = "case_id", [J_VERSION] = "version", [J_NUMBER] = "number", [J_EVENT] = "event", [J_STATE] = "state",
		[J_AT] = "at", [J_ACTOR_KIND] = "actor_kind", [J_ACTOR] = "actor_id", [J_UNIT] = "unit_id", [J_AUDIENCE] = "audience",
		[J_ENTERPRISE] = "enterprise_id", [J_DATA] = "data", [J_TRACE] = "trace", [J_XID] = "xid" } },
	[RECORD_ROSTER] = { "roster_journal", R_COLUMNS, {
		[R_ID] = "id", [R_COORDINATOR] = "coordinator_id", [R_UNIT] = "unit_code", [R_EVENT] = "event", [R_AT] = "at",
		[R_DATA] = "data", [R_TRACE] = "trace" } },
};

void record_init(struct record *r)
{
	*r = (struct record){ 0 };
	ql_buf_init(&r->value, RECORD_VALUE_MAX);
}

void record_free(struct record *r)
{
	ql_buf_free(&r->value);
}

QL_PRINTF(3, 4) static void add_header(struct record *r, const char *name, const char *fmt, ...)
{
	char *text = r->texts[r->n_headers];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, RECORD_HEADER_BYTES, fmt, ap);
	va_end(ap);
	r->headers[r->n_headers++] = (struct ql_header){ name, text, strlen(text) };
}

static void begin(struct record *r, const char *topic)
{
	r->topic = topic;
	r->cut = false;
	r->n_headers = 0;
	ql_buf_reset(&r->value);
	add_header(r, "ce_specversion", "1.0");
	add_header(r, "content-type", "application/json");
}

/* printf arguments for "%.*s" */
#define TEXT(v) (int)(v).len, (v).text ? (v).text : ""

/* "2026-11-23 01:02:03.4+00" -> "2026-11-23T01:02:03.400000Z"; false when it is no such text (infinity, before Christ). */
static bool convert_time(struct pgoutput_value v, char out[32])
{
	static const char SHAPE[] = "dddd-dd-dd dd:dd:dd";
	const size_t whole = sizeof(SHAPE) - 1;
	size_t digits = 0;

	if (v.text == NULL || v.len < whole + 3 || memcmp(v.text + v.len - 3, "+00", 3) != 0)
		return false;
	for (size_t i = 0; i < whole; i++)
		if (SHAPE[i] == 'd' ? v.text[i] < '0' || v.text[i] > '9' : v.text[i] != SHAPE[i])
			return false;
	if (v.text[whole] == '.')
		digits = v.len - 3 - whole - 1;
	if (digits > 6 || v.len != whole + (digits ? digits + 1 : 0) + 3)
		return false;
	snprintf(out, 32, "%.10sT%.8s.%.*s%.*sZ", v.text, v.text + 11, (int)digits, v.text + whole + 1, (int)(6 - digits), "000000");
	return true;
}

static bool is_trace(struct pgoutput_value v)
{
	bool zero = true;

	for (size_t i = 0; i < v.len; i++) {
		if (strchr("0123456789abcdef", v.text[i]) == NULL || v.text[i] == '\0')
			return false;
		zero = zero && v.text[i] == '0';
	}
	return v.len == 32 && !zero;
}

/* The span of a record is derived from its identity (FNV-1a), so that a record sent again is the same span. */
static uint64_t derive_span(const char *identity)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (const char *p = identity; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return hash ? hash : 1; /* all zeroes means no span */
}

static void add_trace(struct record *r, struct pgoutput_value trace, const char *identity)
{
	if (trace.text != NULL && is_trace(trace))
		add_header(r, "traceparent", "00-%.*s-%016" PRIx64 "-01", TEXT(trace), derive_span(identity));
}

/* A value that is JSON already: a number, or the row's data. Never the first member. */
static void add_raw(struct ql_buf *b, const char *name, struct pgoutput_value v)
{
	while (v.len > 0 && strchr(" \t\r\n", v.text[v.len - 1]) != NULL)
		v.len--;
	ql_buf_fmt(b, ",\"%s\":", name);
	ql_buf_add(b, v.len ? v.text : "null", v.len ? v.len : 4);
}

static void add_text(struct ql_buf *b, const char *name, struct pgoutput_value v)
{
	ql_json_textn(b, name, v.text, v.len);
}

static void write_journal(struct ql_buf *b, const struct pgoutput_value *v, const char *at, struct pgoutput_value data)
{
	ql_buf_fmt(b, "{\"case\":%.*s", TEXT(v[J_CASE]));
	add_text(b, "number", v[J_NUMBER]);
	add_raw(b, "version", v[J_VERSION]);
	add_text(b, "event", v[J_EVENT]);
	add_text(b, "state", v[J_STATE]);
	ql_json_text(b, "at", at);
	ql_json_open(b, "actor", '{');
	add_text(b, "kind", v[J_ACTOR_KIND]);
	add_raw(b, "id", v[J_ACTOR]);
	ql_json_close(b, '}');
	add_raw(b, "unit", v[J_UNIT]);
	add_text(b, "audience", v[J_AUDIENCE]);
	add_raw(b, "enterprise", v[J_ENTERPRISE]);
	add_raw(b, "data", data);
	add_text(b, "xid", v[J_XID]);
	ql_json_close(b, '}');
}

static void write_roster(struct ql_buf *b, const struct pgoutput_value *v, const char *at, struct pgoutput_value data)
{
	ql_buf_fmt(b, "{\"id\":%.*s", TEXT(v[R_ID]));
	add_raw(b, "coordinator", v[R_COORDINATOR]);
	add_text(b, "unit", v[R_UNIT]);
	add_text(b, "event", v[R_EVENT]);
	ql_json_text(b, "at", at);
	add_raw(b, "data", data);
	ql_json_close(b, '}');
}

static void head_journal(struct record *r, const struct pgoutput_value *v)
{
	begin(r, "case.events");
	snprintf(r->key, sizeof(r->key), "%.*s", TEXT(v[J_CASE]));
	add_header(r, "ce_type", "qingling.case.%.*s.v1", TEXT(v[J_EVENT]));
	add_header(r, "ce_source", "/qingling/journal");
	add_header(r, "ce_id", "%.*s:%.*s", TEXT(v[J_CASE]), TEXT(v[J_VERSION]));
	add_trace(r, v[J_TRACE], r->texts[r->n_headers - 1]);
	add_header(r, "ce_subject", "%.*s", TEXT(v[J_NUMBER]));
}

static void head_roster(struct record *r, const struct pgoutput_value *v)
{
	begin(r, "roster.events");
	snprintf(r->key, sizeof(r->key), "%.*s", TEXT(v[R_UNIT]));
	add_header(r, "ce_type", "qingling.roster.%.*s.v1", TEXT(v[R_EVENT]));
	add_header(r, "ce_source", "/qingling/roster");
	add_header(r, "ce_id", "%.*s", TEXT(v[R_ID]));
	add_trace(r, v[R_TRACE], r->texts[r->n_headers - 1]);
}

static const struct {
	int at, data;
	void (*head)(struct record *, const struct pgoutput_value *);
	void (*write)(struct ql_buf *, const struct pgoutput_value *, const char *at, struct pgoutput_value data);
} ENCODERS[RECORD_TABLES] = {
	[RECORD_JOURNAL] = { J_AT, J_DATA, head_journal, write_journal },
	[RECORD_ROSTER] = { R_AT, R_DATA, head_roster, write_roster },
};

enum ql_rc record_from_row(struct record *r, enum record_table table, const struct pgoutput_value *values, struct ql_err *err)
{
	static const struct pgoutput_value LEFT_OUT = { "{\"omitted\":true}", 16 };
	char at[32] = "";

	ENCODERS[table].head(r, values);
	if (convert_time(values[ENCODERS[table].at], at))
		add_header(r, "ce_time", "%s", at);

	ENCODERS[table].write(&r->value, values, at, values[ENCODERS[table].data]);
	r->cut = !ql_buf_ok(&r->value);
	if (r->cut) {
		ql_buf_reset(&r->value);
		ENCODERS[table].write(&r->value, values, at, LEFT_OUT);
	}
	return ql_buf_ok(&r->value) ? QL_OK : ql_fail(err, QL_RETRY, "no memory for a record");
}

/* Takes what follows the last '|' off the text. */
static struct pgoutput_value cut_last(struct pgoutput_value *text)
{
	const char *bar = text->text ? memrchr(text->text, '|', text->len) : NULL;
	struct pgoutput_value last = { NULL, 0 };

	if (bar == NULL)
		return last;
	last = (struct pgoutput_value){ bar + 1, text->len - (size_t)(bar + 1 - text->text) };
	text->len = (size_t)(bar - text->text);
	return last;
}

enum ql_rc record_from_canary(struct record *r, struct pgoutput_value content, struct ql_err *err)
{
	struct pgoutput_value source = content, sent = cut_last(&source), id = cut_last(&source);

	begin(r, "case.events");
	if (sent.len == 0 || id.len == 0 || source.len == 0)
		return ql_fail(err, QL_REJECT, "a canary of %zu bytes is not source|id|sent", content.len);
	snprintf(r->key, sizeof(r->key), "canary");
	add_header(r, "ce_type", "qingling.canary.v1");
	add_header(r, "ce_source", "%.*s", TEXT(source));
	add_header(r, "ce_id", "%.*s", TEXT(id));
	ql_json_open(&r->value, NULL, '{');
	add_text(&r->value, "sent", sent);
	ql_json_close(&r->value, '}');
	return ql_buf_ok(&r->value) ? QL_OK : ql_fail(err, QL_RETRY, "no memory for a record");
}
