/* Data in JSON; the first byte picks the type of the message, as a header would.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c services/intake/decode_text.c
 * link: services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 */
#include "decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *topic, *type;
} KINDS[] = {
	{ "enterprise.enquiries", "qingling.enquiry.received.v1" },
	{ "clearance.incidents", "qingling.incident.raised.v1" },
	{ "hotline.calls", "qingling.call.queued.v1" },
	{ "hotline.calls", "qingling.call.answered.v1" },
	{ "hotline.calls", "qingling.call.ended.v1" },
	{ "hotline.calls", "qingling.call.recorded.v1" },
	{ "enterprise.enquiries", "qingling.canary.v1" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t kind = size == 0 ? 0 : data[0] % QL_LEN(KINDS);
	const struct record_header headers[] = {
		{ "content-type", "application/json", 16 },
		{ "ce_specversion", "1.0", 3 },
		{ "ce_id", "fuzz", 4 },
		{ "ce_source", "/fuzz", 5 },
		{ "ce_type", KINDS[kind].type, strlen(KINDS[kind].type) },
	};

	if (size > 0)
		check_record(KINDS[kind].topic, headers, QL_LEN(headers), data + 1, size - 1);
	return 0;
}
