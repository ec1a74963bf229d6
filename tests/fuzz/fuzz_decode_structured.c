/* Structured mode: envelope and data; the first byte picks the topic.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c services/intake/decode_text.c
 * link: services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 */
#include "decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const TOPICS[] = { "enterprise.enquiries", "clearance.incidents", "hotline.calls" };
	const struct record_header headers[] = { { "content-type", "application/cloudevents+json", 28 } };

	if (size > 0)
		check_record(TOPICS[data[0] % QL_LEN(TOPICS)], headers, QL_LEN(headers), data + 1, size - 1);
	return 0;
}
