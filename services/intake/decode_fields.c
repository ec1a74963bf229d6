#include "intake/decode_fields.h"

#include <stdio.h>
#include <string.h>
#include "domain/timefmt.h"
#include "intake/decode_text.h"

#define PATH_MAX_BYTES 64 /* as ql_err.field */

static const char TIME_EXAMPLE[] = "2026-11-23T09:00:00+08:00";

static const struct {
	const char *zh, *en;
} TYPE_WORDS[] = {
	[QL_JSON_TEXT] = { "文本", "text" },
	[QL_JSON_I64] = { "整数", "a whole number" },
	[QL_JSON_BOOL] = { " true 或 false", "true or false" },
};

static const struct {
	ql_json_check *check;
	enum reason reason;
	const char *detail;
} CHECKS[] = {
	{ text_check_time, REASON_BAD_TIME, TIME_EXAMPLE },
	{ text_check_url, REASON_BAD_URL, NULL },
	{ text_check_filled, REASON_EMPTY_FIELD, NULL },
	{ text_check_attribute, REASON_BAD_HEADER, NULL },
	{ text_check_digits, REASON_NOT_ALLOWED, "0-9" },
};

static bool is_absent(const json_t *v) { return v == NULL || json_is_null(v); }

static bool has_type(const json_t *v, enum ql_json_type type)
{
	return type == QL_JSON_TEXT ? json_is_string(v) : type == QL_JSON_I64 ? json_is_integer(v)
	                                                                      : json_is_boolean(v);
}

static size_t characters(const json_t *text) { return text_code_points(json_string_value(text), json_string_length(text)); }

static bool is_listed(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static enum ql_rc refuse_word(struct intake_record *out, struct ql_err *err, const char *field, const char *const *list)
{
	char words[160];
	size_t len = 0;

	words[0] = '\0';
	for (const char *const *w = list; *w != NULL && len < sizeof words; w++)
		len += (size_t)snprintf(words + len, sizeof words - len, "%s%s", w == list ? "" : ", ", *w);
	return reason_refuse_with(out, err, REASON_NOT_ALLOWED, field, words);
}

static enum ql_rc refuse_long(struct intake_record *out, struct ql_err *err, const char *field, enum reason reason, size_t max)
{
	char number[24];

	snprintf(number, sizeof number, "%zu", max);
	return reason_refuse_with(out, err, reason, field, number);
}

/* The reason for which a field that base/json refused is at fault; the order is from the general to the particular. */
static enum ql_rc refuse_field(const json_t *v, const struct ql_field *f, const char *field, struct intake_record *out, struct ql_err *err)
{
	if (is_absent(v))
		return reason_refuse_with(out, err, REASON_MISSING_FIELD, field, NULL);
	if (!has_type(v, f->type))
		return reason_refuse(out, err, REASON_WRONG_TYPE, field, TYPE_WORDS[f->type].zh, TYPE_WORDS[f->type].en);
	if (f->one_of != NULL && !is_listed(json_string_value(v), f->one_of))
		return refuse_word(out, err, field, f->one_of);
	if (f->type == QL_JSON_TEXT && characters(v) > (f->size - 1) / 4)
		return refuse_long(out, err, field, REASON_TOO_LONG, (f->size - 1) / 4);
	for (size_t i = 0; i < QL_LEN(CHECKS); i++)
		if (f->check == CHECKS[i].check)
			return reason_refuse_with(out, err, CHECKS[i].reason, field, CHECKS[i].detail);
	return reason_refuse(out, err, REASON_WRONG_TYPE, field, TYPE_WORDS[f->type].zh, TYPE_WORDS[f->type].en);
}

enum ql_rc fields_decode(const json_t *obj, const char *path, const struct ql_field *fields, size_t n, void *data, struct intake_record *out, struct ql_err *err)
{
	char field[PATH_MAX_BYTES + 32]; /* a name may not fit where err names it; then only the object is named */
	enum ql_rc rc;

	if (!json_is_object(obj))
		return reason_refuse(out, err, REASON_WRONG_TYPE, path, "对象", "an object");
	rc = ql_json_decode(obj, path, fields, n, data, err);
	if (rc != QL_REJECT)
		return rc;
	for (const struct ql_field *f = fields; f < fields + n; f++) {
		snprintf(field, sizeof field, "%s/%s", path, f->name);
		if (strcmp(field, err->field) == 0)
			return refuse_field(json_object_get(obj, f->name), f, field, out, err);
	}
	return reason_refuse(out, err, REASON_WRONG_TYPE, path, "对象", "an object");
}

enum ql_rc fields_decode_member(const json_t *obj, const char *path, const char *name, const struct ql_field *fields, size_t n, void *data, bool *present,
                                struct intake_record *out, struct ql_err *err)
{
	const json_t *v = json_object_get(obj, name);
	char field[PATH_MAX_BYTES];

	*present = !is_absent(v);
	if (!*present)
		return QL_OK;
	snprintf(field, sizeof field, "%s/%s", path, name);
	return fields_decode(v, field, fields, n, data, out, err);
}

static enum ql_rc decode_long_text(const json_t *obj, const char *path, const struct long_text *text, void *data, struct intake_record *out, struct ql_err *err)
{
	const json_t *v = json_object_get(obj, text->name);
	char field[PATH_MAX_BYTES];
	char *copy;

	snprintf(field, sizeof field, "%s/%s", path, text->name);
	if (is_absent(v))
		return text->required ? reason_refuse_with(out, err, REASON_MISSING_FIELD, field, NULL) : QL_OK;
	if (!json_is_string(v))
		return reason_refuse(out, err, REASON_WRONG_TYPE, field, TYPE_WORDS[QL_JSON_TEXT].zh, TYPE_WORDS[QL_JSON_TEXT].en);
	if (characters(v) > text->max)
		return refuse_long(out, err, field, REASON_TOO_LONG, text->max);
	if (text->required && json_string_length(v) == 0)
		return reason_refuse_with(out, err, REASON_EMPTY_FIELD, field, NULL);
	copy = strdup(json_string_value(v));
	if (copy == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	memcpy((char *)data + text->off, &copy, sizeof copy);
	return QL_OK;
}

static const char *const REFERENCE_TYPES[] = { "declaration", "container", "bill", "hs", "case", NULL };

static const struct ql_field REFERENCE[] = {
	QL_NEED_WORD(struct reference, type, REFERENCE_TYPES),
	QL_NEED_CHECK(struct reference, value, text_check_filled),
};

static enum ql_rc decode_references(const json_t *obj, const char *path, struct references *refs, struct intake_record *out, struct ql_err *err)
{
	const json_t *list = json_object_get(obj, "references");
	char field[PATH_MAX_BYTES];
	enum ql_rc rc = QL_OK;

	if (is_absent(list))
		return QL_OK;
	snprintf(field, sizeof field, "%s/references", path);
	if (!json_is_array(list))
		return reason_refuse(out, err, REASON_WRONG_TYPE, field, "列表", "a list");
	if (json_array_size(list) > LIMIT_REFERENCES)
		return refuse_long(out, err, field, REASON_TOO_MANY, LIMIT_REFERENCES);
	for (size_t i = 0; i < json_array_size(list) && rc == QL_OK; i++) {
		snprintf(field, sizeof field, "%s/references/%zu", path, i);
		rc = fields_decode(json_array_get(list, i), field, REFERENCE, QL_LEN(REFERENCE), &refs->at[i], out, err);
		refs->n = i + 1;
	}
	return rc;
}

static void read_stamps(const struct shape *shape, void *data)
{
	for (size_t i = 0; i < shape->n_stamps; i++) {
		const char *text = (const char *)data + shape->stamps[i].text;
		ql_time at = 0;

		if (rfc3339_parse(text, strlen(text), &at, NULL))
			memcpy((char *)data + shape->stamps[i].time, &at, sizeof at);
	}
}

enum ql_rc fields_decode_shape(const json_t *obj, const char *path, const struct shape *shape, void *data, struct intake_record *out, struct ql_err *err)
{
	enum ql_rc rc = fields_decode(obj, path, shape->fields, shape->n_fields, data, out, err);

	if (rc == QL_OK && shape->text.name != NULL)
		rc = decode_long_text(obj, path, &shape->text, data, out, err);
	if (rc == QL_OK && shape->has_references)
		rc = decode_references(obj, path, (void *)((char *)data + shape->references), out, err);
	if (rc == QL_OK)
		read_stamps(shape, data);
	return rc;
}
