/* json.c -- reading JSON. jansson's own error texts quote the input, which may be a person's words, so none is passed on. */
#include "json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: the largest double below which every integer is exact */

/* Offset of the bracket that goes too deep, or len. Runs before the reader, which would recurse. */
static size_t too_deep_at(const char *s, size_t len)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!quoted && (s[i] == '}' || s[i] == ']'))
			depth--;
		if (depth > QL_JSON_DEPTH)
			return i;
	}
	return len;
}

static const char *reason(enum json_error_code code)
{
	static const struct { enum json_error_code code; const char *words; } REASONS[] = {
		{ json_error_premature_end_of_input, "ends too early" },
		{ json_error_end_of_input_expected, "something follows the end" },
		{ json_error_invalid_utf8, "not UTF-8" },
		{ json_error_null_character, "holds a NUL character" },
		{ json_error_null_byte_in_key, "holds a NUL character in a name" },
		{ json_error_duplicate_key, "a name is given twice" },
		{ json_error_numeric_overflow, "a number is out of range" },
		{ json_error_stack_overflow, "nested too deep" },
	};

	for (size_t i = 0; i < QL_LEN(REASONS); i++)
		if (REASONS[i].code == code)
			return REASONS[i].words;
	return "syntax error";
}

enum ql_rc ql_json_parse(const char *bytes, size_t len, json_t **out, struct ql_err *err)
{
	size_t valid = ql_utf8_valid(bytes, len), deep = too_deep_at(bytes, len);
	json_error_t at;

	*out = NULL;
	if (valid < len)
		return ql_fail(err, QL_REJECT, "not UTF-8 from byte %zu", valid + 1);
	if (deep < len)
		return ql_fail(err, QL_REJECT, "not JSON: nested deeper than %d at byte %zu", QL_JSON_DEPTH, deep + 1);
	*out = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &at);
	if (*out == NULL)
		return ql_fail(err, QL_REJECT, "not JSON: %s at line %d, column %d", reason(json_error_code(&at)), at.line, at.column);
	return QL_OK;
}

static size_t code_points(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xC0) != 0x80;
	return n;
}

/* A fault in one value: a sentence fragment, built in place of the name that only the caller knows. */
struct fault { char text[120]; };

QL_PRINTF(2, 3)
static bool refuse(struct fault *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool is_listed(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static bool read_text(const json_t *v, const struct ql_field *f, void *out, struct fault *why)
{
	size_t len = json_string_length(v), limit = (f->size - 1) / 4;
	const char *text = json_string_value(v), *words = "is not acceptable";

	assert(f->size % 4 == 1); /* a member of another size was meant for something else: see QL_TEXT_SIZE */
	if (!json_is_string(v))
		return refuse(why, "not a text");
	if (memchr(text, '\0', len) != NULL)
		return refuse(why, "holds a NUL character");
	if (code_points(text, len) > limit)
		return refuse(why, "longer than %zu characters", limit);
	if (f->one_of != NULL && !is_listed(f->one_of, text))
		return refuse(why, "not one of the allowed words");
	memcpy(out, text, len + 1);
	if (f->check != NULL && !f->check(out, f->size, &words))
		return refuse(why, "%s", words);
	return true;
}

/* 3.0 and 3e2 are integers to JSON Schema, so they are to us. */
static bool read_i64(const json_t *v, const struct ql_field *f, void *out, struct fault *why)
{
	double real = json_is_real(v) ? json_real_value(v) : 0.5;
	int64_t n;

	(void)f;
	if (json_is_integer(v))
		n = json_integer_value(v);
	else if (real >= -EXACT_MAX && real <= EXACT_MAX && real == (double)(int64_t)real)
		n = (int64_t)real;
	else
		return refuse(why, "not an integer");
	memcpy(out, &n, sizeof(n));
	return true;
}

static bool read_bool(const json_t *v, const struct ql_field *f, void *out, struct fault *why)
{
	(void)f;
	if (!json_is_boolean(v))
		return refuse(why, "not true or false");
	*(bool *)out = json_is_true(v);
	return true;
}

static bool (*const READERS[])(const json_t *v, const struct ql_field *f, void *out, struct fault *why) = {
	[QL_JSON_TEXT] = read_text,
	[QL_JSON_I64] = read_i64,
	[QL_JSON_BOOL] = read_bool,
};

enum ql_rc ql_json_decode(const json_t *obj, const char *path, const struct ql_field *fields, size_t n, void *out, struct ql_err *err)
{
	if (!json_is_object(obj))
		return ql_reject(err, path, "%s: not an object", path[0] ? path : "/");
	for (const struct ql_field *f = fields; f < fields + n; f++) {
		const json_t *v = json_object_get(obj, f->name);
		char name[sizeof(err->field)];
		struct fault why;

		snprintf(name, sizeof(name), "%s/%s", path, f->name);
		if (v == NULL || json_is_null(v)) {
			if (f->required)
				return ql_reject(err, name, "%s: missing", name);
			continue;
		}
		if (!READERS[f->type](v, f, (char *)out + f->off, &why))
			return ql_reject(err, name, "%s: %s", name, why.text);
	}
	return QL_OK;
}
