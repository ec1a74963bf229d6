#include "intake/decode_text.h"

#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "domain/timefmt.h"

size_t text_code_points(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;
	return n;
}

bool text_is_attribute(const char *text, size_t len)
{
	if (len == 0 || ql_utf8_valid(text, len) != len || text_code_points(text, len) > TEXT_ATTRIBUTE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			return false;
	return true;
}

bool text_is_media(const char *value, size_t len, const char *media)
{
	size_t at = strlen(media);

	if (len < at || strncasecmp(value, media, at) != 0)
		return false;
	while (at < len && (value[at] == ' ' || value[at] == '\t'))
		at++;
	return at == len || value[at] == ';';
}

bool text_is_traceparent(const char *text, size_t len)
{
	static const char SHAPE[] = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
	static const char ZEROS[] = "00000000000000000000000000000000";

	if (len != sizeof SHAPE - 1)
		return false;
	for (size_t i = 0; i < len; i++)
		if (SHAPE[i] == 'x' ? strchr("0123456789abcdef", text[i]) == NULL || text[i] == '\0' : text[i] != SHAPE[i])
			return false;
	return memcmp(text + 3, ZEROS, 32) != 0 && memcmp(text + 36, ZEROS, 16) != 0;
}

bool text_check_attribute(char *text, size_t size, const char **why)
{
	(void)size;
	*why = "is empty or holds control characters";
	return text_is_attribute(text, strlen(text));
}

bool text_check_filled(char *text, size_t size, const char **why)
{
	(void)size;
	*why = "is empty";
	return text[0] != '\0';
}

bool text_check_digits(char *text, size_t size, const char **why)
{
	size_t n = strspn(text, "0123456789");

	(void)size;
	*why = "is not a number in digits";
	return text[n] == '\0' && n >= 1 && n <= 19;
}

bool text_check_time(char *text, size_t size, const char **why)
{
	ql_time at;

	(void)size;
	*why = "is not a date and time with offset";
	return rfc3339_parse(text, strlen(text), &at, NULL);
}

bool text_check_url(char *text, size_t size, const char **why)
{
	size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7
	                                                                                         : 0;

	(void)size;
	*why = "is not an http(s) address";
	if (scheme == 0 || text[scheme] == '\0')
		return false;
	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return true;
}
