/* Headers: lines "name: value" up to an empty line, then the value of the record.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c services/intake/decode_text.c
 * link: services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 */
#include "decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char names[LINES][64];
	struct record_header headers[LINES];
	const char *at = (const char *)data, *end = at + size;
	size_t n = 0;

	while (n < LINES && at < end && *at != '\n') {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		const char *stop = line == NULL ? end : line;
		const char *colon = memchr(at, ':', (size_t)(stop - at));
		size_t len = colon == NULL ? 0 : (size_t)(colon - at);

		if (colon == NULL || len >= sizeof names[0])
			break;
		memcpy(names[n], at, len);
		names[n][len] = '\0';
		headers[n] = (struct record_header){ names[n], colon + 1, (size_t)(stop - colon - 1) };
		n++;
		at = line == NULL ? end : line + 1;
	}
	check_record("clearance.incidents", headers, n, (const uint8_t *)at, (size_t)(end - at));
	return 0;
}
