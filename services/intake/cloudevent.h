/* cloudevent.h -- the CloudEvents 1.0 envelope of a record: binary mode (ce_* headers) or structured mode (one JSON text).
 *
 * Fills the identity of the record and says where its data are. A notice of customs in XML may come without any ce_*
 * header; its identity is then derived from its content (notice_xml.h). Source: CloudEvents 1.0 and its Kafka binding.
 * Pure; the caller owes cloudevent_free().
 */
#ifndef QL_INTAKE_CLOUDEVENT_H
#define QL_INTAKE_CLOUDEVENT_H

#include <jansson.h>
#include <stdbool.h>
#include "intake/decode.h"

enum content { CONTENT_JSON,
	       CONTENT_XML };

struct cloudevent {
	enum content content;
	bool bare;          /* no envelope at all: raw XML */
	bool structured;    /* data lie inside the envelope: field paths start with "/data" */
	json_t *root;       /* the parsed value: the envelope, or the data of binary mode; NULL for binary XML */
	const json_t *json; /* the data, when content is JSON; borrowed from root */
	const char *xml;    /* the data, when content is XML; borrowed from the record or from root */
	size_t xml_len;
	const char *charset; /* parameter of an XML content type, NULL when absent; not NUL-terminated */
	size_t charset_len;
};

QL_MUSTCHECK enum ql_rc cloudevent_read(const struct record_in *in, struct cloudevent *ce, struct intake_record *out, struct ql_err *err);
void cloudevent_free(struct cloudevent *ce);

/* Parses one JSON text with the reasons of decode_reason.h; the caller json_decref()s *json. */
QL_MUSTCHECK enum ql_rc cloudevent_parse_json(const char *bytes, size_t len, json_t **json, struct intake_record *out, struct ql_err *err);

#endif
