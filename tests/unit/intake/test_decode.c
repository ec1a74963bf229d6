/* Records into structs: what is read from where, and what a refusal says.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c services/intake/decode_text.c
 * link: services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "domain/timefmt.h"
#include "intake/decode.h"

#define HEADER(name, value) \
	{ \
		name, value, sizeof(value) - 1 \
	}
#define BINARY(type) \
	HEADER("content-type", "application/json"), HEADER("ce_specversion", "1.0"), HEADER("ce_id", "m1"), HEADER("ce_source", "/test"), HEADER("ce_type", type)
#define ENQUIRY BINARY("qingling.enquiry.received.v1")
#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

struct world {
	struct intake_record out;
	struct ql_err err;
};

static enum ql_rc decode(struct world *w, const char *topic, const struct record_header *headers, size_t n, const char *value)
{
	struct record_in in = { topic, value, value == NULL ? 0 : strlen(value), headers, n, 0 };

	memset(&w->err, 0, sizeof w->err);
	return decode_record(&in, &w->out, &w->err);
}

#define DECODE(w, topic, value, ...) \
	decode(w, topic, (const struct record_header[]){ __VA_ARGS__ }, sizeof((struct record_header[]){ __VA_ARGS__ }) / sizeof(struct record_header), value)

static ql_time at(const char *text)
{
	ql_time t = 0;

	assert_true(rfc3339_parse(text, strlen(text), &t, NULL));
	return t;
}

static int setup(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	intake_record_free(&((struct world *)*state)->out);
	return 0;
}

static void reads_every_member_of_an_enquiry(void **state)
{
	struct world *w = *state;
	const struct enquiry *e = &w->out.enquiry;

	assert_int_equal(DECODE(w, "enterprise.enquiries",
	                        "{\"uscc\":\"91440300731132752M\",\"channel\":\"wechat\",\"channel_user\":\"oLVP\",\"contact\":{\"name\":\"王晓红\",\"phone\":\"13800138000\"},"
	                        "\"role\":\"declarant\",\"subject\":\"查验\",\"text\":\"请协调 \\ud83d\\udc4d\",\"category\":\"examination_wait\",\"unit\":\"2248\","
	                        "\"needed_by\":{\"at\":\"2026-11-23T20:00:00+08:00\",\"reason\":\"line_stop\"},\"receipt\":\"R1\",\"language\":\"zh\",\"reply_to\":null,"
	                        "\"references\":[{\"type\":\"container\",\"value\":\"CSQU3054383\"},{\"type\":\"hs\",\"value\":\"9026809000\"}],"
	                        "\"occurred_at\":\"2026-11-23T09:15:03.25+08:00\",\"unknown\":{\"x\":[1]}}",
	                        ENQUIRY, HEADER("traceparent", TRACE)),
	                 QL_OK);
	assert_int_equal(w->out.kind, RECORD_ENQUIRY);
	assert_string_equal(w->out.source, "/test");
	assert_string_equal(w->out.id, "m1");
	assert_string_equal(w->out.traceparent, TRACE);
	assert_string_equal(e->uscc, "91440300731132752M");
	assert_string_equal(e->contact.name, "王晓红");
	assert_string_equal(e->text, "请协调 👍");
	assert_true(e->has_contact && e->has_needed_by);
	assert_int_equal(e->references.n, 2);
	assert_string_equal(e->references.at[1].value, "9026809000");
	assert_int_equal(e->occurred, at("2026-11-23T01:15:03.25Z"));
	assert_int_equal(e->needed, at("2026-11-23T12:00:00Z"));
	assert_string_equal(e->reply_to, "");
	assert_int_equal(w->out.time, e->occurred);
}

static void reads_a_call_by_its_stage(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "hotline.calls",
	                        "{\"call_id\":\"c1\",\"hotline\":\"12360\",\"caller\":\"021\",\"started_at\":\"2026-11-23T09:20:00+08:00\",\"ended_at\":\"2026-11-23T09:26:00+08:00\","
	                        "\"outcome\":\"answered\",\"solved\":true,\"summary\":\"ok\"}",
	                        BINARY("qingling.call.ended.v1"), HEADER("ce_time", "2026-11-23T01:26:01Z")),
	                 QL_OK);
	assert_int_equal(w->out.kind, RECORD_CALL);
	assert_int_equal(w->out.call.stage, CALL_ENDED);
	assert_true(w->out.call.solved);
	assert_string_equal(w->out.call.summary, "ok");
	assert_int_equal(w->out.call.ended - w->out.call.started, 6 * QL_MINUTE);
	assert_int_equal(w->out.time, at("2026-11-23T01:26:01Z"));
}

static void reads_a_recording_and_a_canary(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "hotline.calls", "{\"call_id\":\"c1\",\"recording_url\":\"https://a.example/x\"}", BINARY("qingling.call.recorded.v1")), QL_OK);
	assert_int_equal(w->out.call.stage, CALL_RECORDED);
	assert_string_equal(w->out.call.recording_url, "https://a.example/x");
	assert_int_equal(DECODE(w, "enterprise.enquiries", "{\"sent\":\"1795401000000000\"}", BINARY("qingling.canary.v1")), QL_OK);
	assert_int_equal(w->out.kind, RECORD_CANARY);
	assert_string_equal(w->out.canary.sent, "1795401000000000");
}

static const char ENVELOPE[] =
	"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/env\",\"type\":\"qingling.incident.raised.v1\",\"traceparent\":\"" TRACE "\","
	"\"data\":{\"declaration\":\"224820261000000762\",\"code\":\"E\",\"unit\":\"2248\",\"occurred_at\":\"2026-11-23T09:18:33+08:00\"}}";

static void reads_structured_mode_by_its_envelope(void **state)
{
	struct world *w = *state;

	/* headers of binary mode have no say in structured mode */
	assert_int_equal(DECODE(w, "clearance.incidents", ENVELOPE, HEADER("Content-Type", "application/cloudevents+json; charset=utf-8"), HEADER("ce_id", "other")), QL_OK);
	assert_int_equal(w->out.kind, RECORD_INCIDENT);
	assert_string_equal(w->out.id, "e1");
	assert_string_equal(w->out.source, "/env");
	assert_string_equal(w->out.traceparent, TRACE);
	assert_string_equal(w->out.incident.code, "E");
}

static void last_header_of_a_name_counts(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "enterprise.enquiries", "{\"sent\":\"1\"}", BINARY("x"), HEADER("ce_id", "m2"), HEADER("CE_TYPE", "qingling.canary.v1")), QL_OK);
	assert_string_equal(w->out.id, "m2");
}

static void a_malformed_trace_is_ignored(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "enterprise.enquiries", "{\"sent\":\"1\"}", BINARY("qingling.canary.v1"), HEADER("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")), QL_OK);
	assert_string_equal(w->out.traceparent, "");
}

static void json_without_content_type_and_with_a_mark_is_read(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "enterprise.enquiries", "\xEF\xBB\xBF{\"sent\":\"1\"}", HEADER("ce_specversion", "1.0"), HEADER("ce_id", "m1"),
	                        HEADER("ce_source", "/t"), HEADER("ce_type", "qingling.canary.v1")),
	                 QL_OK);
}

static void a_topic_that_is_not_ours_is_our_bug(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "case.events", "{}", ENQUIRY), QL_FATAL);
}

static const struct refusal {
	const char *name, *value, *code, *field, *zh, *en;
} REFUSALS[] = {
	{ "the field is named by its pointer", "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-11-23T09:00:00Z\",\"contact\":{\"name\":\"x\",\"phone\":7}}",
	  "wrong_type", "/contact/phone", "/contact/phone：字段类型错误，应为文本", "/contact/phone: wrong type; it must be text" },
	{ "allowed words are listed", "{\"channel\":\"fax\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-11-23T09:00:00Z\"}",
	  "not_allowed", "/channel", "/channel：取值应为：portal, wechat, wecom, mail, counter", "/channel: must be one of portal, wechat, wecom, mail, counter" },
	{ "limits are said in characters", "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-11-23T09:00:00Z\",\"unit\":\"22482248224822482\"}",
	  "too_long", "/unit", "/unit：超过 16 个字", "/unit: longer than 16 characters" },
	{ "an example shows how a time looks", "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-02-30T09:00:00Z\"}",
	  "bad_time", "/occurred_at", "/occurred_at：不是有效的日期时间，例如：2026-11-23T09:00:00+08:00", "/occurred_at: not a valid date and time, such as 2026-11-23T09:00:00+08:00" },
	{ "a list says which entry", "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-11-23T09:00:00Z\",\"references\":[{\"type\":\"hs\",\"value\":\"1\"},{\"type\":\"hs\"}]}",
	  "missing_field", "/references/1/value", "/references/1/value：缺少必填字段", "/references/1/value: required, but missing or null" },
	{ "a cut says where", "{\"channel\":\n\"mail\",", "not_json", "", "不是完整的 JSON：第 2 行第 7 列", "not complete JSON: line 2, column 7" },
	{ "bytes are counted from one", "{\"text\":\"\xE9\"}", "not_utf8", "", "自第 10 字节起不是 UTF-8 编码", "not UTF-8 from byte 10" },
};

static void refusal_says_where_and_why(void **state)
{
	const struct refusal *r = *state;
	static struct world w;

	assert_int_equal(DECODE(&w, "enterprise.enquiries", r->value, ENQUIRY), QL_REJECT);
	assert_string_equal(w.out.fault.code, r->code);
	assert_string_equal(w.out.fault.field, r->field);
	assert_string_equal(w.out.fault.zh, r->zh);
	assert_string_equal(w.out.fault.en, r->en);
	assert_string_equal(w.err.msg, r->en);
	assert_string_equal(w.err.field, r->field);
	assert_string_equal(w.out.id, "m1"); /* the identity survives, so that the sender can be told */
	intake_record_free(&w.out);
}

static void identity_of_a_broken_envelope_is_kept(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "clearance.incidents", "{\"id\":\"e9\",\"source\":\"/env\",\"specversion\":\"0.3\"}", HEADER("content-type", "application/cloudevents+json")), QL_REJECT);
	assert_string_equal(w->out.id, "e9");
	assert_string_equal(w->out.source, "/env");
	assert_string_equal(w->out.fault.field, "/type");
}

static void long_text_before_a_fault_is_freed(void **state)
{
	struct world *w = *state;

	assert_int_equal(DECODE(w, "enterprise.enquiries", "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"x\",\"occurred_at\":\"2026-11-23T09:00:00Z\",\"references\":7}", ENQUIRY), QL_REJECT);
	assert_non_null(w->out.enquiry.text);
	intake_record_free(&w->out);
	assert_null(w->out.enquiry.text);
}

/* --- semantics ------------------------------------------------------------------------------------------------------ */

static const struct order {
	const char *name, *started, *answered, *ended, *code, *zh, *en;
} ORDERS[] = {
	{ "in order", "2026-11-23T09:00:00Z", "2026-11-23T09:00:10Z", "2026-11-23T09:05:00Z", NULL, NULL, NULL },
	{ "all at once", "2026-11-23T09:00:00Z", "2026-11-23T17:00:00+08:00", "2026-11-23T09:00:00Z", NULL, NULL, NULL },
	{ "ended 3 min 20 s before it started", "2026-11-23T09:03:20Z", NULL, "2026-11-23T09:00:00Z", "ended_before_started", "ended_at：结束早于开始 3分20秒", "ended_at: ends 3 min 20 s before it starts" },
	{ "ended an hour before, by its offset", "2026-11-23T09:00:00+08:00", NULL, "2026-11-23T09:00:00+09:00", "ended_before_started", "ended_at：结束早于开始 1小时0分", "ended_at: ends 1 h 0 min before it starts" },
	{ "answered a blink before it started", "2026-11-23T09:00:00.25Z", "2026-11-23T09:00:00Z", "2026-11-23T09:05:00Z", "answered_before_started", "answered_at：接听早于开始 0.250秒", "answered_at: answered 0.250 s before it starts" },
	{ "ended before it was answered", "2026-11-23T09:00:00Z", "2026-11-23T09:06:00Z", "2026-11-23T09:05:00Z", "ended_before_answered", "ended_at：结束早于接听 1分0秒", "ended_at: ends 1 min 0 s before it is answered" },
};

static void order_of_a_call(void **state)
{
	const struct order *o = *state;
	static struct intake_record r;
	struct record_in in = { 0 };
	struct ql_err err = { 0 };

	memset(&r, 0, sizeof r);
	r.kind = RECORD_CALL;
	r.call.started = at(o->started);
	r.call.answered = o->answered == NULL ? 0 : at(o->answered);
	r.call.ended = at(o->ended);
	assert_int_equal(decode_semantics(&in, &r, &err), o->code == NULL ? QL_OK : QL_REJECT);
	if (o->code == NULL)
		return;
	assert_string_equal(r.fault.code, o->code);
	assert_string_equal(r.fault.zh, o->zh);
	assert_string_equal(err.msg, o->en);
}

static const struct span {
	const char *name, *occurred;
	bool ahead, late;
} SPANS[] = {
	{ "just now", "2026-11-23T09:00:00Z", false, false },
	{ "five minutes ahead is a clock's difference", "2026-11-23T09:05:00Z", false, false },
	{ "more is marked", "2026-11-23T09:05:01Z", true, false },
	{ "an hour ago is on its way", "2026-11-23T08:00:00Z", false, false },
	{ "more is late", "2026-11-23T07:59:59Z", false, true },
};

static void claims_about_time_are_marked(void **state)
{
	const struct span *s = *state;
	static struct intake_record r;
	struct record_in in = { .timestamp = at("2026-11-23T09:00:00Z") };
	struct ql_err err = { 0 };

	memset(&r, 0, sizeof r);
	r.kind = RECORD_ENQUIRY;
	r.enquiry.occurred = at(s->occurred);
	assert_int_equal(decode_semantics(&in, &r, &err), QL_OK);
	assert_int_equal(r.ahead, s->ahead);
	assert_int_equal(r.late, s->late);
	in.timestamp = 0;
	assert_int_equal(decode_semantics(&in, &r, &err), QL_OK);
}

#define ROWS(rows, function) \
	for (size_t i = 0; i < QL_LEN(rows); i++) \
		tests[n++] = (struct CMUnitTest) { rows[i].name, function, NULL, NULL, (void *)&rows[i] }

int main(void)
{
	static const struct CMUnitTest PLAIN[] = {
		cmocka_unit_test_setup_teardown(reads_every_member_of_an_enquiry, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_call_by_its_stage, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_recording_and_a_canary, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_structured_mode_by_its_envelope, setup, teardown),
		cmocka_unit_test_setup_teardown(last_header_of_a_name_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(a_malformed_trace_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(json_without_content_type_and_with_a_mark_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(a_topic_that_is_not_ours_is_our_bug, setup, teardown),
		cmocka_unit_test_setup_teardown(identity_of_a_broken_envelope_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(long_text_before_a_fault_is_freed, setup, teardown),
	};
	struct CMUnitTest tests[QL_LEN(PLAIN) + QL_LEN(REFUSALS) + QL_LEN(ORDERS) + QL_LEN(SPANS)];
	size_t n = QL_LEN(PLAIN);

	memcpy(tests, PLAIN, sizeof PLAIN);
	ROWS(REFUSALS, refusal_says_where_and_why);
	ROWS(ORDERS, order_of_a_call);
	ROWS(SPANS, claims_about_time_are_marked);
	return cmocka_run_group_tests_name("intake/decode", tests, NULL, NULL);
}
