/* What notify takes from outside and what it writes from it: events of cases, URLs and addresses of people, words in headers.
 * link: services/notify/happened.c services/notify/letter.c */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/webaddr.h"
#include "notify/happened.h"
#include "notify/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void event(const char *text, size_t len)
{
	struct ql_err err = { 0 };
	struct ql_buf b;

	ql_buf_init(&b, 1 << 20);
	ql_json_open(&b, NULL, '[');
	if (happened_write(text, len, &b, &err) != QL_OK)
		assert(b.len == 1);
	ql_buf_free(&b);
}

/* Nine headers whatever the words are, and nothing but ASCII on its way. */
static void letter(const char *text)
{
	const struct letter l = { .from = "a@b", .name = text, .to = webaddr_is_mail(text) ? text : "c@d", .subject = text, .body = text, .id = "i@b", .at = 0 };
	struct ql_err err = { 0 };
	struct ql_buf b;
	int headers = 0;

	ql_buf_init(&b, LETTER_MAX);
	if (letter_write(&l, &b, &err) == QL_OK) {
		const char *end = strstr(b.data, "\r\n\r\n");

		assert(end != NULL);
		for (const char *p = b.data; p < end; p = strstr(p, "\r\n") + 2)
			headers += *p != ' ';
		assert(headers == 9);
		for (size_t i = 0; i < b.len; i++)
			assert((b.data[i] >= ' ' && b.data[i] < 0x7f) || b.data[i] == '\r' || b.data[i] == '\n');
	}
	ql_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), host[WEBADDR_HOST_MAX];
	const char *why;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	event(text, size);
	letter(text);
	if (webaddr_check_url(text, false, host, &why))
		assert(strncasecmp(text, "https:", 6) == 0 && host[0] != '\0');
	free(text);
	return 0;
}
