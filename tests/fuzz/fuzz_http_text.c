/* link: services/gateway/uri.c services/gateway/position.c services/gateway/token.c */
/* What anybody may write into a request: paths, arguments, cookies, origins, tokens. The first byte picks the reader. What
 * was understood must say the same when it is written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "gateway/position.h"
#include "gateway/token.h"
#include "gateway/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *text)
{
	struct path_params p;

	if (path_is_sane(text) && strstr(text, "/../") != NULL)
		abort();
	if (path_match("/api/v1/cases/{}/{}", text, &p) && (strchr(p.at[0], '/') || strchr(p.at[1], '/')))
		abort();
}

static void check_args(const char *text)
{
	struct args a = {0};
	const char *value;

	for (int i = 0; i < 3; i++)
		(void)!args_add(&a, text, strlen(text));
	value = args_get(&a, "q");
	if (value != NULL && (value < a.text || value + strlen(value) >= a.text + a.len))
		abort();
}

static void check_cookie(const char *text)
{
	char out[48];

	if (cookie_get(text, "ql_session", out, sizeof(out)) && (out[0] == '\0' || strchr(out, ';') != NULL))
		abort();
}

static void check_headers(const char *text)
{
	size_t from, len;
	long long id;

	(void)!origin_is_host(text, "example.com");
	(void)!accepts_coding(text, "br");
	(void)!etag_listed(text, "\"a\"");
	(void)!accepts_type(text, "application/json");
	(void)!is_type(text, "application/json");
	if (if_match_version(text, 7, &id) ? id < 7 : id < -1)
		abort();
	if (range_parse(text, 1000, &from, &len) == RANGE_GOOD && (len == 0 || from >= 1000 || len > 1000 - from))
		abort();
	if (parse_id(text, &id) && id < 0)
		abort();
}

static void check_position(const char *text)
{
	struct position at, back;
	char token[POSITION_TOKEN];

	if (!position_decode(text, &at))
		return;
	position_encode(&at, token);
	if (!position_decode(token, &back) || memcmp(&at, &back, sizeof(at)) != 0)
		abort();
}

static void check_page(const char *text)
{
	char token[PAGE_TOKEN];
	ql_time at, at2;
	int64_t id, id2;

	if (!page_token_parse(text, &at, &id))
		return;
	page_token(at, id, token);
	if (!page_token_parse(token, &at2, &id2) || at != at2 || id != id2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const READERS[])(const char *text) = { check_path, check_args, check_cookie, check_headers, check_position, check_page };
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size); /* of its exact size, so that the sanitizer sees every step past it */
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	READERS[data[0] % QL_LEN(READERS)](text);
	free(text);
	return 0;
}
