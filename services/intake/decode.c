#include "intake/decode.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "intake/cloudevent.h"
#include "intake/decode_fields.h"
#include "intake/decode_text.h"
#include "intake/notice_xml.h"

/* --- shapes: the same members and limits as topics/schemas --------------------------------------------------------------- */

static const char *const CHANNELS[] = { "portal", "wechat", "wecom", "mail", "counter", NULL };
static const char *const ROLES[] = { "principal", "declarant", NULL };
static const char *const HOTLINES[] = { "12360", "962116", NULL };
static const char *const OUTCOMES[] = { "answered", "abandoned_ivr", "abandoned_queue", "voicemail", "callback", NULL };

static const struct ql_field ENQUIRY_FIELDS[] = {
	QL_MAY(struct enquiry, uscc),
	QL_NEED_WORD(struct enquiry, channel, CHANNELS),
	QL_MAY(struct enquiry, channel_user),
	QL_MAY_WORD(struct enquiry, role, ROLES),
	QL_NEED(struct enquiry, subject),
	QL_MAY(struct enquiry, category),
	QL_MAY(struct enquiry, unit),
	QL_MAY(struct enquiry, receipt),
	QL_MAY(struct enquiry, language),
	QL_NEED_CHECK(struct enquiry, occurred_at, text_check_time),
	QL_MAY(struct enquiry, reply_to),
};
static const struct ql_field CONTACT_FIELDS[] = { QL_NEED(struct contact, name), QL_NEED(struct contact, phone) };
static const struct ql_field NEEDED_BY_FIELDS[] = { QL_NEED_CHECK(struct needed_by, at, text_check_time), QL_NEED(struct needed_by, reason) };

static const struct stamp ENQUIRY_STAMPS[] = {
	{ offsetof(struct enquiry, occurred_at), offsetof(struct enquiry, occurred) },
	{ offsetof(struct enquiry, needed_by.at), offsetof(struct enquiry, needed) },
};

static const struct ql_field INCIDENT_FIELDS[] = {
	QL_MAY(struct incident, uscc),
	QL_NEED_CHECK(struct incident, declaration, text_check_filled),
	QL_NEED_CHECK(struct incident, code, text_check_filled),
	QL_MAY(struct incident, note),
	QL_NEED_CHECK(struct incident, unit, text_check_filled),
	QL_MAY(struct incident, container),
	QL_MAY(struct incident, bill),
	QL_NEED_CHECK(struct incident, occurred_at, text_check_time),
};
static const struct stamp INCIDENT_STAMPS[] = { { offsetof(struct incident, occurred_at), offsetof(struct incident, occurred) } };

#define CALL_FIELDS(was_answered, has_ended) \
	{ \
		QL_NEED_CHECK(struct call, call_id, text_check_filled), \
			QL_NEED_WORD(struct call, hotline, HOTLINES), \
			QL_NEED(struct call, caller), \
			QL_MAY(struct call, uscc), \
			QL_MAY(struct call, ivr_path), \
			QL_MAY(struct call, queue), \
			QL_MAY(struct call, agent), \
			QL_NEED_CHECK(struct call, started_at, text_check_time), \
			QL_FIELD_(struct call, answered_at, was_answered, NULL, text_check_time), \
			QL_FIELD_(struct call, ended_at, has_ended, NULL, text_check_time), \
			QL_FIELD_(struct call, outcome, has_ended, OUTCOMES, NULL), \
			QL_MAY(struct call, solved), \
			QL_MAY(struct call, category), \
	}
static const struct ql_field QUEUED_FIELDS[] = CALL_FIELDS(false, false);
static const struct ql_field ANSWERED_FIELDS[] = CALL_FIELDS(true, false);
static const struct ql_field ENDED_FIELDS[] = CALL_FIELDS(false, true);
static const struct ql_field RECORDED_FIELDS[] = {
	QL_NEED_CHECK(struct call, call_id, text_check_filled),
	QL_MAY_WORD(struct call, hotline, HOTLINES),
	QL_NEED_CHECK(struct call, recording_url, text_check_url),
};
static const struct stamp CALL_STAMPS[] = {
	{ offsetof(struct call, started_at), offsetof(struct call, started) },
	{ offsetof(struct call, answered_at), offsetof(struct call, answered) },
	{ offsetof(struct call, ended_at), offsetof(struct call, ended) },
};

#define CALL_SHAPE(rows) \
	{ \
		.fields = rows, .n_fields = QL_LEN(rows), .text = { "summary", offsetof(struct call, summary), LIMIT_SUMMARY, false }, \
		.stamps = CALL_STAMPS, .n_stamps = QL_LEN(CALL_STAMPS), .references = offsetof(struct call, references), .has_references = true \
	}

static const struct shape ENQUIRY = {
	.fields = ENQUIRY_FIELDS,
	.n_fields = QL_LEN(ENQUIRY_FIELDS),
	.text = { "text", offsetof(struct enquiry, text), LIMIT_TEXT, true },
	.stamps = ENQUIRY_STAMPS,
	.n_stamps = QL_LEN(ENQUIRY_STAMPS),
	.references = offsetof(struct enquiry, references),
	.has_references = true,
};
static const struct shape INCIDENT = {
	.fields = INCIDENT_FIELDS,
	.n_fields = QL_LEN(INCIDENT_FIELDS),
	.stamps = INCIDENT_STAMPS,
	.n_stamps = QL_LEN(INCIDENT_STAMPS),
};
static const struct shape QUEUED = CALL_SHAPE(QUEUED_FIELDS);
static const struct shape ANSWERED = CALL_SHAPE(ANSWERED_FIELDS);
static const struct shape ENDED = CALL_SHAPE(ENDED_FIELDS);
static const struct shape RECORDED = { .fields = RECORDED_FIELDS, .n_fields = QL_LEN(RECORDED_FIELDS) };

static const struct ql_field CANARY_FIELDS[] = { QL_NEED_CHECK(struct canary, sent, text_check_digits) };
static const struct shape CANARY = { .fields = CANARY_FIELDS, .n_fields = QL_LEN(CANARY_FIELDS) };

/* --- messages ----------------------------------------------------------------------------------------------------------- */

struct message {
	const char *type, *topic;
	enum record_kind kind;
	enum call_stage stage;
	const struct shape *shape;
};

static const char ENQUIRIES[] = "enterprise.enquiries", INCIDENTS[] = "clearance.incidents", CALLS[] = "hotline.calls";

static const struct message MESSAGES[] = {
	{ "qingling.enquiry.received.v1", ENQUIRIES, RECORD_ENQUIRY, 0, &ENQUIRY },
	{ "qingling.canary.v1", ENQUIRIES, RECORD_CANARY, 0, &CANARY },
	{ "qingling.incident.raised.v1", INCIDENTS, RECORD_INCIDENT, 0, &INCIDENT },
	{ "qingling.call.queued.v1", CALLS, RECORD_CALL, CALL_QUEUED, &QUEUED },
	{ "qingling.call.answered.v1", CALLS, RECORD_CALL, CALL_ANSWERED, &ANSWERED },
	{ "qingling.call.ended.v1", CALLS, RECORD_CALL, CALL_ENDED, &ENDED },
	{ "qingling.call.recorded.v1", CALLS, RECORD_CALL, CALL_RECORDED, &RECORDED },
};

static bool is_topic_known(const char *topic)
{
	for (size_t i = 0; i < QL_LEN(MESSAGES); i++)
		if (strcmp(MESSAGES[i].topic, topic) == 0)
			return true;
	return false;
}

static enum ql_rc find_message(const struct record_in *in, bool structured, const struct message **found, struct intake_record *out, struct ql_err *err)
{
	const char *field = structured ? "/type" : "ce_type";
	char types[160] = "";
	size_t len = 0;

	for (const struct message *m = MESSAGES; m < MESSAGES + QL_LEN(MESSAGES); m++) {
		bool here = strcmp(m->topic, in->topic) == 0;

		*found = m;
		if (strcmp(m->type, out->type) == 0)
			return here ? QL_OK : reason_refuse_with(out, err, REASON_OTHER_TOPIC, field, m->topic);
		if (here && len < sizeof types)
			len += (size_t)snprintf(types + len, sizeof types - len, "%s%s", len == 0 ? "" : ", ", m->type);
	}
	return reason_refuse_with(out, err, REASON_UNKNOWN_TYPE, field, types);
}

static enum ql_rc decode_enquiry_members(const json_t *json, const char *path, struct enquiry *enquiry, struct intake_record *out, struct ql_err *err)
{
	enum ql_rc rc = fields_decode_member(json, path, "contact", CONTACT_FIELDS, QL_LEN(CONTACT_FIELDS), &enquiry->contact, &enquiry->has_contact, out, err);

	if (rc == QL_OK)
		rc = fields_decode_member(json, path, "needed_by", NEEDED_BY_FIELDS, QL_LEN(NEEDED_BY_FIELDS), &enquiry->needed_by, &enquiry->has_needed_by, out, err);
	return rc;
}

static enum ql_rc decode_json_data(const struct cloudevent *ce, const struct message *m, struct intake_record *out, struct ql_err *err)
{
	const char *path = ce->structured ? "/data" : "";
	enum ql_rc rc = QL_OK;

	out->kind = m->kind;
	if (!json_is_object(ce->json))
		return reason_refuse(out, err, REASON_WRONG_TYPE, path, "对象", "an object");
	if (m->kind == RECORD_ENQUIRY)
		rc = decode_enquiry_members(ce->json, path, &out->enquiry, out, err);
	if (rc == QL_OK)
		rc = fields_decode_shape(ce->json, path, m->shape, &out->enquiry, out, err);
	if (m->kind == RECORD_CALL)
		out->call.stage = m->stage;
	return rc;
}

static enum ql_rc decode_xml_data(const struct cloudevent *ce, const struct record_in *in, struct intake_record *out, struct ql_err *err)
{
	enum ql_rc rc;

	if (strcmp(in->topic, INCIDENTS) != 0)
		return reason_refuse_with(out, err, REASON_UNKNOWN_CONTENT, ce->structured ? "/datacontenttype" : "content-type", "application/json");
	out->kind = RECORD_NOTICE;
	rc = notice_xml_decode(ce->xml, ce->xml_len, ce->charset, ce->charset_len, out, err);
	if (rc == QL_OK && ce->bare)
		notice_xml_identity(out);
	return rc;
}

static ql_time told_time(const struct intake_record *out)
{
	switch (out->kind) {
	case RECORD_ENQUIRY: return out->enquiry.occurred;
	case RECORD_INCIDENT: return out->incident.occurred;
	case RECORD_NOTICE: return out->notice.occurred;
	case RECORD_CALL: return out->call.started;
	default: return 0;
	}
}

static enum ql_rc decode_event(const struct cloudevent *ce, const struct record_in *in, struct intake_record *out, struct ql_err *err)
{
	const struct message *m = NULL;
	enum ql_rc rc = QL_OK;

	if (!ce->bare)
		rc = find_message(in, ce->structured, &m, out, err);
	if (rc == QL_OK)
		rc = ce->content == CONTENT_XML ? decode_xml_data(ce, in, out, err) : decode_json_data(ce, m, out, err);
	if (rc == QL_OK && out->time == 0)
		out->time = told_time(out);
	return rc;
}

enum ql_rc decode_record(const struct record_in *in, struct intake_record *out, struct ql_err *err)
{
	struct cloudevent ce;
	char number[24];
	enum ql_rc rc;

	memset(out, 0, sizeof *out);
	if (!is_topic_known(in->topic))
		return ql_fail(err, QL_FATAL, "intake does not read the topic %s", in->topic);
	if (in->bytes == NULL || in->len == 0)
		return reason_refuse_with(out, err, REASON_EMPTY, "", NULL);
	snprintf(number, sizeof number, "%zu", in->len);
	if (in->len > DECODE_RECORD_MAX)
		return reason_refuse_with(out, err, REASON_TOO_LARGE, "", number);
	rc = cloudevent_read(in, &ce, out, err);
	if (rc == QL_OK)
		rc = decode_event(&ce, in, out, err);
	cloudevent_free(&ce);
	return rc;
}

const char *record_kind_name(enum record_kind kind)
{
	static const char *const NAMES[] = {
		[RECORD_NONE] = "none",
		[RECORD_ENQUIRY] = "enquiry",
		[RECORD_INCIDENT] = "incident",
		[RECORD_NOTICE] = "notice",
		[RECORD_CALL] = "call",
		[RECORD_CANARY] = "canary",
	};

	assert((size_t)kind < QL_LEN(NAMES));
	return NAMES[kind];
}

void intake_record_free(struct intake_record *record)
{
	if (record->kind == RECORD_ENQUIRY) {
		free(record->enquiry.text);
		record->enquiry.text = NULL;
	}
	if (record->kind == RECORD_CALL) {
		free(record->call.summary);
		record->call.summary = NULL;
	}
}
