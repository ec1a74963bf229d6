#include "intake/cloudevent.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "domain/timefmt.h"
#include "intake/decode_fields.h"
#include "intake/decode_text.h"

/* --- JSON text ------------------------------------------------------------------------------------------------------ */

static const struct {
	enum json_error_code code;
	enum reason reason;
} PARSE_REASONS[] = {
	{ json_error_null_character, REASON_NUL },
	{ json_error_null_byte_in_key, REASON_NUL },
	{ json_error_duplicate_key, REASON_DUPLICATE_KEY },
};

static enum ql_rc refuse_number(struct intake_record *out, struct ql_err *err, enum reason reason, const char *field, size_t number)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%zu", number);
	return reason_refuse_with(out, err, reason, field, digits);
}

/* Bad input is rare, so a second pass may find the reason: base/json says it in a sentence, not in one word. Its depth check
 * comes before the reader, so a text that is cut off *and* too deep is too deep. */
static enum ql_rc refuse_json(const char *bytes, size_t len, struct intake_record *out, struct ql_err *err)
{
	char zh[80], en[80];
	json_error_t why = { 0 };
	json_t *again;

	if (strstr(err->msg, "nested deeper") != NULL)
		return refuse_number(out, err, REASON_TOO_DEEP, "", QL_JSON_DEPTH);
	again = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	json_decref(again);
	if (again != NULL) /* a bare text or number */
		return reason_refuse(out, err, REASON_WRONG_TYPE, "", "对象", "an object");
	out->fault.position = why.position;
	snprintf(zh, sizeof zh, "第 %d 行第 %d 列", why.line, why.column);
	snprintf(en, sizeof en, "line %d, column %d", why.line, why.column);
	for (size_t i = 0; i < QL_LEN(PARSE_REASONS); i++)
		if (json_error_code(&why) == PARSE_REASONS[i].code)
			return reason_refuse(out, err, PARSE_REASONS[i].reason, "", zh, en);
	return reason_refuse(out, err, REASON_NOT_JSON, "", zh, en);
}

enum ql_rc cloudevent_parse_json(const char *bytes, size_t len, json_t **json, struct intake_record *out, struct ql_err *err)
{
	size_t bad = ql_utf8_valid(bytes, len);
	size_t bom = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* some tools of Windows write it */
	enum ql_rc rc;

	*json = NULL;
	if (bad < len) {
		out->fault.position = (int)bad + 1;
		return refuse_number(out, err, REASON_NOT_UTF8, "", bad + 1);
	}
	if (memchr(bytes, '\0', len) != NULL)
		return reason_refuse_with(out, err, REASON_NUL, "", NULL);
	rc = ql_json_parse(bytes + bom, len - bom, json, err);
	return rc == QL_REJECT ? refuse_json(bytes + bom, len - bom, out, err) : rc;
}

/* --- headers -------------------------------------------------------------------------------------------------------- */

static const struct record_header *find_header(const struct record_in *in, const char *name)
{
	size_t n = in->n_headers < DECODE_HEADERS_MAX ? in->n_headers : DECODE_HEADERS_MAX;

	while (n-- > 0)
		if (in->headers[n].value != NULL && strcasecmp(in->headers[n].name, name) == 0)
			return &in->headers[n];
	return NULL;
}

static void take_text(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		len = 0;
	memcpy(to, from, len);
	to[len] = '\0';
}

static enum ql_rc read_attribute(const struct record_in *in, const char *name, char *to, size_t size, struct intake_record *out, struct ql_err *err)
{
	const struct record_header *h = find_header(in, name);

	if (h == NULL)
		return reason_refuse_with(out, err, REASON_MISSING_HEADER, name, NULL);
	if (!text_is_attribute(h->value, h->len))
		return reason_refuse_with(out, err, REASON_BAD_HEADER, name, NULL);
	take_text(to, size, h->value, h->len);
	return QL_OK;
}

static void take_traceparent(struct intake_record *out, const char *text, size_t len)
{
	if (text_is_traceparent(text, len))
		take_text(out->traceparent, sizeof out->traceparent, text, len);
}

static bool has_envelope(const struct record_in *in)
{
	return find_header(in, "ce_specversion") != NULL || find_header(in, "ce_id") != NULL || find_header(in, "ce_source") != NULL ||
	       find_header(in, "ce_type") != NULL;
}

static enum ql_rc read_headers(const struct record_in *in, struct intake_record *out, struct ql_err *err)
{
	const struct record_header *time = find_header(in, "ce_time");
	char version[TEXT_OF(LIMIT_ATTRIBUTE)];
	enum ql_rc rc;

	/* the identity first: a refused record is easier to trace by it */
	rc = read_attribute(in, "ce_source", out->source, sizeof out->source, out, err);
	if (rc == QL_OK)
		rc = read_attribute(in, "ce_id", out->id, sizeof out->id, out, err);
	if (rc == QL_OK)
		rc = read_attribute(in, "ce_type", out->type, sizeof out->type, out, err);
	if (rc == QL_OK)
		rc = read_attribute(in, "ce_specversion", version, sizeof version, out, err);
	if (rc != QL_OK)
		return rc;
	if (strcmp(version, "1.0") != 0)
		return reason_refuse_with(out, err, REASON_WRONG_SPECVERSION, "ce_specversion", NULL);
	if (time != NULL && !rfc3339_parse(time->value, time->len, &out->time, NULL))
		return reason_refuse_with(out, err, REASON_BAD_TIME, "ce_time", "2026-11-23T09:00:00+08:00");
	return QL_OK;
}

/* --- structured mode ------------------------------------------------------------------------------------------------ */

struct envelope {
	char specversion[TEXT_OF(LIMIT_WORD)], id[TEXT_OF(LIMIT_ATTRIBUTE)], source[TEXT_OF(LIMIT_ATTRIBUTE)];
	char type[TEXT_OF(LIMIT_ATTRIBUTE)], time[TEXT_OF(LIMIT_TIME)], datacontenttype[TEXT_OF(LIMIT_ATTRIBUTE)];
	char traceparent[TEXT_OF(LIMIT_ATTRIBUTE)];
};

static const struct ql_field ENVELOPE[] = {
	QL_NEED_CHECK(struct envelope, source, text_check_attribute),
	QL_NEED_CHECK(struct envelope, id, text_check_attribute),
	QL_NEED_CHECK(struct envelope, type, text_check_attribute),
	QL_NEED(struct envelope, specversion),
	QL_MAY_CHECK(struct envelope, time, text_check_time),
	QL_MAY_CHECK(struct envelope, datacontenttype, text_check_attribute),
	QL_MAY_CHECK(struct envelope, traceparent, text_check_attribute),
};

/* The identity as far as it can be read, whatever else is wrong with the envelope. */
static void take_identity(const json_t *root, struct intake_record *out)
{
	const struct {
		const char *name;
		char *to;
	} members[] = { { "source", out->source }, { "id", out->id }, { "type", out->type } };

	for (size_t i = 0; i < QL_LEN(members); i++) {
		const json_t *v = json_object_get(root, members[i].name);

		if (json_is_string(v) && text_is_attribute(json_string_value(v), json_string_length(v)))
			take_text(members[i].to, sizeof out->source, json_string_value(v), json_string_length(v));
	}
}

static enum ql_rc read_envelope_data(const struct envelope *env, struct cloudevent *ce, struct intake_record *out, struct ql_err *err)
{
	const char *media = env->datacontenttype;
	const json_t *data = json_object_get(ce->root, "data");

	if (data == NULL || json_is_null(data))
		return reason_refuse_with(out, err, REASON_MISSING_FIELD, "/data", NULL);
	if (media[0] == '\0' || text_is_media(media, strlen(media), "application/json")) {
		ce->json = data;
		return QL_OK;
	}
	if (!text_is_media(media, strlen(media), "application/xml") && !text_is_media(media, strlen(media), "text/xml"))
		return reason_refuse_with(out, err, REASON_UNKNOWN_CONTENT, "/datacontenttype", "application/json, application/xml");
	if (!json_is_string(data))
		return reason_refuse(out, err, REASON_WRONG_TYPE, "/data", "文本", "text");
	ce->content = CONTENT_XML;
	ce->xml = json_string_value(data);
	ce->xml_len = json_string_length(data);
	ce->charset = "UTF-8"; /* JSON has transcoded it, whatever its prolog says */
	ce->charset_len = 5;
	return QL_OK;
}

static enum ql_rc read_envelope(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err)
{
	struct envelope env = { 0 };
	enum ql_rc rc = cloudevent_parse_json(in->bytes, in->len, &ce->root, out, err);

	if (rc != QL_OK)
		return rc;
	ce->structured = true;
	take_identity(ce->root, out);
	rc = fields_decode(ce->root, "", ENVELOPE, QL_LEN(ENVELOPE), &env, out, err);
	if (rc != QL_OK)
		return rc;
	if (strcmp(env.specversion, "1.0") != 0)
		return reason_refuse_with(out, err, REASON_WRONG_SPECVERSION, "/specversion", NULL);
	if (out->traceparent[0] == '\0')
		take_traceparent(out, env.traceparent, strlen(env.traceparent));
	if (env.time[0] != '\0' && !rfc3339_parse(env.time, strlen(env.time), &out->time, NULL))
		return reason_refuse_with(out, err, REASON_BAD_TIME, "/time", "2026-11-23T09:00:00+08:00");
	return read_envelope_data(&env, ce, out, err);
}

/* --- binary mode ---------------------------------------------------------------------------------------------------- */

static void read_charset(const struct record_header *type, struct cloudevent *ce)
{
	static const char NAME[] = "charset=";

	for (size_t i = 0; i + sizeof NAME - 1 < type->len; i++) {
		size_t end;

		if (strncasecmp(type->value + i, NAME, sizeof NAME - 1) != 0)
			continue;
		i += sizeof NAME - 1;
		if (type->value[i] == '"')
			i++;
		for (end = i; end < type->len && strchr("\"; \t", type->value[end]) == NULL; end++)
			;
		ce->charset = type->value + i;
		ce->charset_len = end - i;
		return;
	}
}

static enum ql_rc read_binary_json(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err)
{
	enum ql_rc rc = read_headers(in, out, err);

	if (rc == QL_OK)
		rc = cloudevent_parse_json(in->bytes, in->len, &ce->root, out, err);
	ce->json = ce->root;
	return rc;
}

static enum ql_rc read_binary_xml(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err)
{
	const struct record_header *type = find_header(in, "content-type");

	ce->content = CONTENT_XML;
	ce->xml = in->bytes;
	ce->xml_len = in->len;
	ce->bare = !has_envelope(in);
	if (type != NULL)
		read_charset(type, ce);
	return ce->bare ? QL_OK : read_headers(in, out, err);
}

typedef enum ql_rc mode_read(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err);

static const struct {
	const char *media;
	mode_read *read;
} MODES[] = {
	{ "application/json", read_binary_json },
	{ "application/cloudevents+json", read_envelope },
	{ "application/xml", read_binary_xml },
	{ "text/xml", read_binary_xml },
};

enum ql_rc cloudevent_read(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err)
{
	const struct record_header *type = find_header(in, "content-type");
	const struct record_header *trace = find_header(in, "traceparent");

	*ce = (struct cloudevent){ 0 };
	if (trace == NULL)
		trace = find_header(in, "ce_traceparent");
	if (trace != NULL)
		take_traceparent(out, trace->value, trace->len);
	if (type == NULL && has_envelope(in)) /* CloudEvents: data without a content type are JSON */
		return read_binary_json(in, ce, out, err);
	if (type == NULL)
		return reason_refuse_with(out, err, REASON_MISSING_HEADER, "content-type", NULL);
	for (size_t i = 0; i < QL_LEN(MODES); i++)
		if (text_is_media(type->value, type->len, MODES[i].media))
			return MODES[i].read(in, ce, out, err);
	return reason_refuse_with(out, err, REASON_UNKNOWN_CONTENT, "content-type", "application/json, application/cloudevents+json, application/xml");
}

void cloudevent_free(struct cloudevent *ce)
{
	json_decref(ce->root);
	*ce = (struct cloudevent){ 0 };
}
