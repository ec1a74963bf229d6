#include "intake/notice_xml.h"

#include <iconv.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/buf.h"
#include "domain/notices.h"
#include "intake/decode_text.h"

#define ELEMENT_BYTES 8192 /* text of one element, blanks around it included */
#define PROLOG_BYTES 256   /* an XML declaration is looked for in so many */

/* --- elements ------------------------------------------------------------------------------------------------------- */

struct element {
	const char *name;
	size_t off, size;
	bool required;
};

#define ELEMENT(name, member, required) \
	{ \
		name, offsetof(struct notice, member), sizeof(((struct notice *)0)->member), required \
	}

static const struct element ELEMENTS[] = {
	ELEMENT("SEQ_NO", seq_no, false),
	ELEMENT("CUS_CIQ_NO", cus_ciq_no, false),
	ELEMENT("ENTRY_ID", entry_id, false),
	ELEMENT("CUSTOM_MASTER", custom_master, false),
	ELEMENT("NOTICE_DATE", notice_date, true),
	ELEMENT("CHANNEL", channel, true),
	ELEMENT("NOTE", note, false),
	ELEMENT("DECL_PORT", decl_port, false),
	ELEMENT("AGENT_NAME", agent_name, false),
	ELEMENT("DECLARE_NO", declare_no, false),
	ELEMENT("TRADE_CO", trade_co, false),
	ELEMENT("CUSTOMS_FIELD", customs_field, false),
	ELEMENT("BONDED_NO", bonded_no, false),
	ELEMENT("I_E_DATE", i_e_date, false),
	ELEMENT("PACK_NO", pack_no, false),
	ELEMENT("BILL_NO", bill_no, false),
	ELEMENT("TRAF_MODE", traf_mode, false),
	ELEMENT("VOYAGE_NO", voyage_no, false),
	ELEMENT("NET_WT", net_wt, false),
	ELEMENT("GROSS_WT", gross_wt, false),
	ELEMENT("D_DATE", d_date, false),
	ELEMENT("RESULT_INFO", result_info, false),
	ELEMENT("INTERFACE_VERSION", interface_version, false),
};

struct reading {
	xmlParserCtxtPtr parser;
	struct intake_record *out;
	struct ql_err *err;
	enum ql_rc rc;
	int depth, result_depth, field_depth; /* depths count from 1; 0: not inside */
	bool seen_result;
	const struct element *field;
	bool seen[QL_LEN(ELEMENTS)];
	char text[ELEMENT_BYTES];
	size_t len;
	bool over;
};

static void stop(struct reading *r, enum ql_rc rc)
{
	r->rc = rc;
	xmlStopParser(r->parser);
}

static const struct element *find_element(const char *name)
{
	for (const struct element *e = ELEMENTS; e < ELEMENTS + QL_LEN(ELEMENTS); e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static void open_field(struct reading *r, const struct element *e)
{
	if (r->seen[e - ELEMENTS]) {
		stop(r, reason_refuse_with(r->out, r->err, REASON_DUPLICATE_KEY, e->name, e->name));
		return;
	}
	r->seen[e - ELEMENTS] = true;
	r->field = e;
	r->field_depth = r->depth;
	r->len = 0;
	r->over = false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void close_field(struct reading *r)
{
	const struct element *e = r->field;
	size_t start = 0, max = (e->size - 1) / 4;
	char number[24];

	r->field = NULL;
	while (r->len > 0 && is_blank(r->text[r->len - 1]))
		r->len--;
	while (start < r->len && is_blank(r->text[start]))
		start++;
	if (r->over || text_code_points(r->text + start, r->len - start) > max) {
		snprintf(number, sizeof number, "%zu", max);
		stop(r, reason_refuse_with(r->out, r->err, REASON_TOO_LONG, e->name, number));
		return;
	}
	memcpy((char *)&r->out->notice + e->off, r->text + start, r->len - start);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns, int n_att, int n_def,
                     const xmlChar **att)
{
	struct reading *r = ctx;
	const struct element *e;

	(void)prefix, (void)uri, (void)n_ns, (void)ns, (void)n_att, (void)n_def, (void)att;
	if (r->rc != QL_OK)
		return;
	r->depth++;
	if (r->depth > NOTICE_DEPTH_MAX) {
		stop(r, reason_refuse_with(r->out, r->err, REASON_TOO_DEEP, "", "32"));
		return;
	}
	if (r->result_depth == 0 && strcmp((const char *)name, "DEC_RESULT") == 0) {
		r->result_depth = r->depth;
		r->seen_result = true;
		return;
	}
	e = find_element((const char *)name);
	if (e != NULL && r->field == NULL && (r->depth == 2 || r->depth == r->result_depth + 1))
		open_field(r, e);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = ctx;

	(void)name, (void)prefix, (void)uri;
	if (r->rc != QL_OK)
		return;
	if (r->field != NULL && r->depth == r->field_depth)
		close_field(r);
	if (r->depth == r->result_depth)
		r->result_depth = 0;
	r->depth--;
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
	struct reading *r = ctx;

	if (r->rc != QL_OK || r->field == NULL || r->depth != r->field_depth || r->over)
		return;
	if ((size_t)len > sizeof r->text - r->len) {
		r->over = true;
		return;
	}
	memcpy(r->text + r->len, text, (size_t)len);
	r->len += (size_t)len;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct reading *r = ctx;

	(void)name, (void)external, (void)system;
	if (r->rc == QL_OK)
		stop(r, reason_refuse_with(r->out, r->err, REASON_XML_DOCTYPE, "", NULL));
}

static void on_error(void *ctx, xmlErrorPtr error)
{
	struct reading *r = ctx;
	char zh[40], en[40];

	if (r->rc != QL_OK || error->level < XML_ERR_ERROR)
		return;
	snprintf(zh, sizeof zh, "第 %d 行", error->line);
	snprintf(en, sizeof en, "line %d", error->line);
	stop(r, reason_refuse(r->out, r->err, REASON_NOT_XML, "", zh, en));
}

/* --- encoding ------------------------------------------------------------------------------------------------------- */

/* GB18030 holds GBK and GB2312, and senders declare the lesser while using the greater. */
static const struct {
	const char *name, *iconv;
} ENCODINGS[] = {
	{ "UTF-8", NULL },
	{ "UTF8", NULL },
	{ "US-ASCII", NULL },
	{ "GB18030", "GB18030" },
	{ "GBK", "GB18030" },
	{ "GB2312", "GB18030" },
};

/* The encoding that the XML declaration names; *len 0 when there is none. Blanks may surround the equals sign. */
static const char *declared_encoding(const char *bytes, size_t len, size_t *n)
{
	char prolog[PROLOG_BYTES + 1] = "";
	const char *end, *at;
	size_t skip;

	*n = 0;
	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		bytes += 3, len -= 3;
	if (len < 6 || memcmp(bytes, "<?xml", 5) != 0)
		return bytes;
	memcpy(prolog, bytes, len < PROLOG_BYTES ? len : PROLOG_BYTES);
	end = strstr(prolog, "?>");
	at = strstr(prolog, "encoding");
	if (end == NULL || at == NULL || at > end)
		return bytes;
	at += strlen("encoding");
	at += strspn(at, " \t\r\n=");
	if (*at != '"' && *at != '\'')
		return bytes;
	skip = (size_t)(at - prolog) + 1;
	*n = strcspn(at + 1, "\"'?");
	return bytes + skip;
}

/* GB18030 to UTF-8: two bytes become three at most. The caller frees *text. */
static bool transcode(const char *from, const char *bytes, size_t len, char **text, size_t *n)
{
	size_t left = len, room = len + len / 2 + 16, size = room;
	iconv_t cd = iconv_open("UTF-8", from);
	char *in = (char *)bytes, *to;
	bool ok;

	*text = to = cd == (iconv_t)-1 ? NULL : malloc(size);
	ok = to != NULL && iconv(cd, &in, &left, &to, &room) != (size_t)-1;
	if (cd != (iconv_t)-1)
		iconv_close(cd);
	*n = size - room;
	return ok;
}

/* *text is bytes itself, or a transcoded copy that the caller frees. */
static enum ql_rc to_utf8(const char *bytes, size_t len, const char *charset, size_t charset_len, char **copy, const char **text, size_t *n,
                          struct intake_record *out, struct ql_err *err)
{
	size_t named = charset_len, bad;
	const char *name = charset_len > 0 ? charset : declared_encoding(bytes, len, &named);
	const char *from = NULL;
	bool known = named == 0;
	char number[24];

	for (size_t i = 0; i < QL_LEN(ENCODINGS); i++)
		if (named == strlen(ENCODINGS[i].name) && strncasecmp(name, ENCODINGS[i].name, named) == 0)
			known = true, from = ENCODINGS[i].iconv;
	if (!known || (from != NULL && !transcode(from, bytes, len, copy, n)))
		return reason_refuse_with(out, err, REASON_XML_ENCODING, "", NULL);
	*text = from == NULL ? bytes : *copy;
	if (from == NULL)
		*n = len;
	bad = ql_utf8_valid(*text, *n);
	if (bad == *n)
		return QL_OK;
	snprintf(number, sizeof number, "%zu", bad + 1);
	out->fault.position = (int)bad + 1;
	return reason_refuse_with(out, err, REASON_NOT_UTF8, "", number);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static enum ql_rc check_complete(struct reading *r)
{
	struct notice *notice = &r->out->notice;

	if (!r->seen_result)
		return reason_refuse(r->out, r->err, REASON_NOT_XML, "", "未见 DEC_RESULT", "no DEC_RESULT in it");
	for (const struct element *e = ELEMENTS; e < ELEMENTS + QL_LEN(ELEMENTS); e++)
		if (e->required && ((const char *)notice)[e->off] == '\0')
			return reason_refuse_with(r->out, r->err, r->seen[e - ELEMENTS] ? REASON_EMPTY_FIELD : REASON_MISSING_FIELD, e->name, NULL);
	if (notice->entry_id[0] == '\0' && notice->cus_ciq_no[0] == '\0' && notice->seq_no[0] == '\0')
		return reason_refuse_with(r->out, r->err, REASON_MISSING_FIELD, "ENTRY_ID", NULL);
	if (!notice_date_parse(notice->notice_date, &notice->occurred, NULL))
		return reason_refuse_with(r->out, r->err, REASON_BAD_TIME, "NOTICE_DATE", "2026-11-23T09:00:00");
	return QL_OK;
}

static enum ql_rc parse(struct reading *r, const char *text, size_t len)
{
	static const xmlSAXHandler HANDLER = {
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};

	r->parser = xmlCreateMemoryParserCtxt(text, (int)len);
	if (r->parser == NULL)
		return reason_refuse(r->out, r->err, REASON_NOT_XML, "", "第 1 行", "line 1");
	*r->parser->sax = HANDLER;
	r->parser->userData = r;
	xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	xmlSwitchEncoding(r->parser, XML_CHAR_ENCODING_UTF8);
	xmlParseDocument(r->parser);
	if (r->rc == QL_OK && !r->parser->wellFormed)
		r->rc = reason_refuse(r->out, r->err, REASON_NOT_XML, "", "第 1 行", "line 1");
	xmlFreeParserCtxt(r->parser);
	return r->rc == QL_OK ? check_complete(r) : r->rc;
}

enum ql_rc notice_xml_decode(const char *bytes, size_t len, const char *charset, size_t charset_len, struct intake_record *out, struct ql_err *err)
{
	struct reading r = { .out = out, .err = err };
	const char *text = NULL;
	char *copy = NULL;
	size_t n = 0;
	enum ql_rc rc;

	rc = to_utf8(bytes, len, charset, charset_len, &copy, &text, &n, out, err);
	if (rc == QL_OK && memchr(text, '\0', n) != NULL)
		rc = reason_refuse_with(out, err, REASON_NUL, "", NULL);
	if (rc == QL_OK)
		rc = parse(&r, text, n);
	free(copy);
	return rc;
}

void notice_xml_identity(struct intake_record *record)
{
	const struct notice *n = &record->notice;
	const char *const parts[] = { n->entry_id, n->cus_ciq_no, n->channel, n->notice_date, n->seq_no };
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < QL_LEN(parts); i++) /* with the NUL: "AB"+"C" must differ from "A"+"BC" */
		crypto_hash_sha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
	crypto_hash_sha256_final(&state, hash);
	snprintf(record->source, sizeof record->source, "%s", NOTICE_SOURCE);
	sodium_bin2hex(record->id, 33, hash, 16);
}
