/* Raw notices in XML.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c services/intake/decode_text.c
 * link: services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 */
#include "decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct record_header headers[] = { { "content-type", "application/xml", 15 } };

	check_record("clearance.incidents", headers, QL_LEN(headers), data, size);
	return 0;
}
