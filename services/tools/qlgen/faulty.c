/* faulty.c -- records that must end in quarantine, one row a way of being wrong. */
#include <stdio.h>
#include <string.h>
#include "tools/qlgen/facts.h"

#define GOOD_TIME "2026-11-23T09:00:00+08:00"
#define DEEP      40 /* brackets; 32 are allowed */

#define ENQUIRY(rest) "{\"channel\":\"wechat\",\"subject\":\"查验\",\"occurred_at\":\"" GOOD_TIME "\"" rest

static const struct fault {
	const char *topic, *type, *content_type, *value;
} FAULTS[] = {
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":\"话说到一半") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY("}") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":17}") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":\"a\",\"text\":\"b\"}") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":\"\xB2\xE9\xD1\xE9\"}") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":\"a\\u0000b\"}") },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json",
	  "{\"channel\":\"telepathy\",\"subject\":\"\",\"text\":\"a\",\"occurred_at\":\"" GOOD_TIME "\"}" },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json",
	  "{\"channel\":\"mail\",\"subject\":\"\",\"text\":\"a\",\"occurred_at\":\"2026-02-30T09:00:00+08:00\"}" },
	{ "enterprise.enquiries", "qingling.enquiry.received.v1", "application/json", "[]" },
	{ "enterprise.enquiries", "qingling.enquiry.sent.v9", "application/json", "{}" },
	{ "hotline.calls", "qingling.call.ended.v1", "application/json",
	  "{\"call_id\":\"c\",\"hotline\":\"12360\",\"caller\":\"\",\"started_at\":\"" GOOD_TIME "\",\"ended_at\":\"2026-11-23T08:00:00+08:00\",\"outcome\":\"answered\"}" },
	{ "hotline.calls", "qingling.enquiry.received.v1", "application/json", ENQUIRY(",\"text\":\"走错了门\"}") },
	{ "clearance.incidents", "qingling.incident.raised.v1", "application/json", "{\"declaration\":\"\",\"code\":\"E\",\"unit\":\"2248\",\"occurred_at\":\"" GOOD_TIME "\"}" },
	{ "clearance.incidents", "qingling.incident.raised.v1", "application/xml", "<?xml version=\"1.0\"?><DecData><DEC_RESULT><ENTRY_ID>224820261000000762</ENTRY_ID>" },
	{ "clearance.incidents", "qingling.incident.raised.v1", "application/xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><DEC_RESULT>&b;</DEC_RESULT>" },
	{ "clearance.incidents", "qingling.incident.raised.v1", "application/json", NULL /* nested too deep */ },
};

static void write_deep(struct ql_buf *b)
{
	for (int i = 0; i < DEEP; i++)
		ql_buf_str(b, "{\"a\":");
	ql_buf_str(b, "1");
	for (int i = 0; i < DEEP; i++)
		ql_buf_str(b, "}");
}

void faulty_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct draw d = facts_step(w, s, step);
	const struct fault *f = &FAULTS[draw_below(&d, (int)QL_LEN(FAULTS))];

	facts_address(w, s, step, s->at, out);
	snprintf(out->key, sizeof(out->key), "faulty-%d", draw_below(&d, 64));
	snprintf(out->source, sizeof(out->source), "/faulty");
	out->topic = f->topic;
	out->type = f->type;
	out->content_type = f->content_type;
	out->fate = "quarantine";
	if (f->value != NULL)
		ql_buf_str(&out->value, f->value);
	else
		write_deep(&out->value);
}
