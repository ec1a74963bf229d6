/* uri.c -- paths, arguments, cookies, origins, preferences. */
#include "uri.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			return false;
	return ql_utf8_valid(text, len) == len;
}

static bool is_dots(const char *segment, size_t len)
{
	return (len == 1 && segment[0] == '.') || (len == 2 && memcmp(segment, "..", 2) == 0);
}

bool path_is_sane(const char *path)
{
	if (path[0] != '/' || !is_printable(path, strlen(path)) || strchr(path, '\\') != NULL)
		return false;
	for (const char *at = path + 1; *at != '\0';) {
		size_t len = strcspn(at, "/");

		if (len == 0 || is_dots(at, len))
			return false;
		at += len + (at[len] == '/');
	}
	return true;
}

bool path_match(const char *pattern, const char *path, struct path_params *params)
{
	size_t n = 0;

	while (*pattern != '\0' && *path != '\0') {
		if (pattern[0] == '{' && pattern[1] == '}') {
			size_t len = strcspn(path, "/");

			if (len == 0 || len >= PATH_PARAM || n == PATH_PARAMS)
				return false;
			memcpy(params->at[n], path, len);
			params->at[n++][len] = '\0';
			pattern += 2;
			path += len;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == '\0' && *path == '\0';
}

bool args_add(struct args *args, const char *text, size_t len)
{
	if (len >= sizeof(args->text) - args->len || !is_printable(text, len))
		return false;
	memcpy(args->text + args->len, text, len);
	args->text[args->len + len] = '\0';
	args->len += len + 1;
	return true;
}

const char *args_get(const struct args *args, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = args->text; at < args->text + args->len; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at[n + 1] != '\0' ? at + n + 1 : NULL;
	return NULL;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

bool cookie_get(const char *header, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	for (const char *at = skip_blanks(header); *at != '\0'; at = skip_blanks(at)) {
		size_t len = strcspn(at, ";");

		if (len > n && strncmp(at, name, n) == 0 && at[n] == '=') {
			size_t value = len - n - 1;

			if (value == 0 || value >= size)
				return false;
			memcpy(out, at + n + 1, value);
			out[value] = '\0';
			return true;
		}
		at += len + (at[len] == ';');
	}
	return false;
}

bool origin_is_host(const char *origin, const char *host)
{
	static const char *const SCHEMES[] = { "http://", "https://" };

	for (size_t i = 0; i < QL_LEN(SCHEMES); i++) {
		size_t n = strlen(SCHEMES[i]);

		if (strncasecmp(origin, SCHEMES[i], n) == 0)
			return host[0] != '\0' && strcasecmp(origin + n, host) == 0;
	}
	return false;
}

/* "q=0", "q=0.0", "q=0.000" */
static bool is_refused(const char *params, size_t len)
{
	const char *q = memmem(params, len, "q=", 2);
	size_t digits;

	if (q == NULL)
		return false;
	digits = strspn(q + 2, "0.");
	return digits > 0 && (q + 2 + digits >= params + len || strchr(" \t,;", q[2 + digits]) != NULL);
}

bool accepts_coding(const char *header, const char *coding)
{
	size_t n = strlen(coding);

	for (const char *at = skip_blanks(header); *at != '\0'; at = skip_blanks(at)) {
		size_t len = strcspn(at, ","), name = strcspn(at, ";, \t");

		if (name == n && strncasecmp(at, coding, n) == 0)
			return !is_refused(at + name, len - name);
		at += len + (at[len] == ',');
	}
	return false;
}

/* How well a range of an Accept header fits the type: 0 not at all, 1 for any type, 2 for any of its kind, 3 the very one. */
static int range_fits(const char *range, size_t len, const char *type)
{
	const size_t kind = strcspn(type, "/") + 1;

	if (len == strlen(type) && strncasecmp(range, type, len) == 0)
		return 3;
	if (len == kind + 1 && strncasecmp(range, type, kind) == 0 && range[kind] == '*')
		return 2;
	return len == 3 && strncmp(range, "*/*", 3) == 0;
}

bool accepts_type(const char *header, const char *type)
{
	int best = 0;
	bool good = header[strspn(header, " \t,")] == '\0';

	for (const char *at = skip_blanks(header); *at != '\0'; at = skip_blanks(at)) {
		size_t len = strcspn(at, ","), name = strcspn(at, ";, \t");
		int fits = range_fits(at, name, type);

		if (fits > best) {
			best = fits;
			good = !is_refused(at + name, len - name);
		}
		at += len + (at[len] == ',');
	}
	return good;
}

bool is_type(const char *header, const char *type)
{
	const char *at = skip_blanks(header);
	size_t len = strcspn(at, ";, \t");

	return len == strlen(type) && strncasecmp(at, type, len) == 0;
}

bool if_match_version(const char *header, long long now, long long *seen)
{
	bool found = false;

	*seen = -1;
	for (const char *at = skip_blanks(header); *at != '\0'; at = skip_blanks(at)) {
		size_t len = strcspn(at, ","), digits = at[0] == '"' ? strspn(at + 1, "0123456789") : 0;

		if (digits > 0 && digits <= 9 && (at[1 + digits] == '"' || at[1 + digits] == '-')) {
			const long long version = strtoll(at + 1, NULL, 10);

			found |= version == now;
			*seen = version > *seen ? version : *seen;
		}
		at += len + (at[len] == ',');
	}
	return found;
}

bool etag_listed(const char *header, const char *etag)
{
	size_t n = strlen(etag);

	for (const char *at = skip_blanks(header); *at != '\0'; at = skip_blanks(at)) {
		size_t len = strcspn(at, ", \t");
		const char *tag = strncmp(at, "W/", 2) == 0 ? at + 2 : at;

		if ((size_t)(at + len - tag) == n && strncmp(tag, etag, n) == 0)
			return true;
		at += len;
		at += *at == ',';
	}
	return false;
}

bool parse_id(const char *text, long long *id)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 15 || text[digits] != '\0')
		return false;
	*id = strtoll(text, NULL, 10);
	return true;
}

/* Up to 15 digits; false: none. */
static bool read_number(const char **at, size_t *n)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > 15)
		return false;
	*n = (size_t)strtoll(*at, NULL, 10);
	*at += digits;
	return true;
}

enum range range_parse(const char *header, size_t size, size_t *from, size_t *len)
{
	const char *at = header;
	size_t first = 0, last = 0;
	bool has_first, has_last;

	if (strncmp(at, "bytes=", 6) != 0)
		return RANGE_NONE;
	at += 6;
	has_first = read_number(&at, &first);
	if (*at++ != '-')
		return RANGE_NONE;
	has_last = read_number(&at, &last);
	if (*at != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
		return RANGE_NONE;
	if (has_first ? first >= size : last == 0 || size == 0)
		return RANGE_OUTSIDE;
	*from = has_first ? first : last < size ? size - last : 0;
	*len = has_first && has_last && last < size ? last - first + 1 : size - *from;
	return RANGE_GOOD;
}
