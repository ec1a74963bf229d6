/* Notices of customs out of XML: what is read, in which encodings, and the identity of one that comes without an envelope.
 * link: services/intake/decode_text.c services/intake/decode_reason.c services/intake/notice_xml.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "domain/timefmt.h"
#include "intake/notice_xml.h"

#define NEEDED "<ENTRY_ID>224820261000000762</ENTRY_ID><NOTICE_DATE>2026-11-23T09:18:33</NOTICE_DATE><CHANNEL>P</CHANNEL>"
#define RESULT "<DEC_RESULT>" NEEDED "</DEC_RESULT>"
#define GBK_NOTE "\xC2\xED\xB5\xEA" /* two characters of GBK */

static const struct row {
	const char *name, *xml, *charset, *code, *field, *note;
} ROWS[] = {
	{ "alone", RESULT, NULL, NULL, NULL, "" },
	{ "inside DecData", "<DecData>" RESULT "</DecData>", NULL, NULL, NULL, "" },
	{ "with a namespace", "<d:DecData xmlns:d='urn:x'><d:DEC_RESULT>" NEEDED "</d:DEC_RESULT></d:DecData>", NULL, NULL, NULL, "" },
	{ "with a byte order mark", "\xEF\xBB\xBF<?xml version='1.0'?>" RESULT, NULL, NULL, NULL, "" },
	{ "unknown elements passed over", "<DEC_RESULT><NEW><CHANNEL>Z</CHANNEL></NEW>" NEEDED "</DEC_RESULT>", NULL, NULL, NULL, "" },
	{ "blanks around do not count", "<DEC_RESULT>" NEEDED "<NOTE>\n  a b \t</NOTE></DEC_RESULT>", NULL, NULL, NULL, "a b" },
	{ "CDATA and references", "<DEC_RESULT>" NEEDED "<NOTE><![CDATA[<a>]]>&amp;&#x6d77;</NOTE></DEC_RESULT>", NULL, NULL, NULL, "<a>&海" },
	{ "a comment inside a text", "<DEC_RESULT>" NEEDED "<NOTE>a<!-- x -->b</NOTE></DEC_RESULT>", NULL, NULL, NULL, "ab" },
	{ "elements inside a text are not of it", "<DEC_RESULT>" NEEDED "<NOTE>a<b>c</b>d</NOTE></DEC_RESULT>", NULL, NULL, NULL, "ad" },
	{ "GBK by its prolog", "<?xml version=\"1.0\" encoding=\"GBK\"?><DEC_RESULT>" NEEDED "<NOTE>" GBK_NOTE "</NOTE></DEC_RESULT>", NULL, NULL, NULL, "马店" },
	{ "gb2312 in small letters", "<?xml version='1.0' encoding = 'gb2312' ?><DEC_RESULT>" NEEDED "<NOTE>" GBK_NOTE "</NOTE></DEC_RESULT>", NULL, NULL, NULL, "马店" },
	{ "GBK by the content type", "<DEC_RESULT>" NEEDED "<NOTE>" GBK_NOTE "</NOTE></DEC_RESULT>", "gbk", NULL, NULL, "马店" },
	{ "the content type outranks the prolog", "<?xml version='1.0' encoding='GBK'?><DEC_RESULT>" NEEDED "<NOTE>马</NOTE></DEC_RESULT>", "utf-8", NULL, NULL, "马" },
	{ "GB18030 beyond GBK", "<?xml version='1.0' encoding='GB18030'?><DEC_RESULT>" NEEDED "<NOTE>\x94\x39\xDA\x33</NOTE></DEC_RESULT>", NULL, NULL, NULL, "💩" },
	{ "another encoding", "<?xml version='1.0' encoding='Big5'?>" RESULT, NULL, "xml_encoding", "", NULL },
	{ "half a character of GBK", "<?xml version='1.0' encoding='GBK'?><DEC_RESULT><NOTE>\xC2", NULL, "xml_encoding", "", NULL },
	{ "not UTF-8", "<DEC_RESULT><NOTE>\xC2</NOTE></DEC_RESULT>", NULL, "not_utf8", "", NULL },
	{ "a DOCTYPE", "<!DOCTYPE a>" RESULT, NULL, "xml_doctype", "", NULL },
	{ "an entity of nobody", "<DEC_RESULT>" NEEDED "<NOTE>&x;</NOTE></DEC_RESULT>", NULL, "not_xml", "", NULL },
	{ "cut off", "<DEC_RESULT>" NEEDED, NULL, "not_xml", "", NULL },
	{ "no notice", "<DecData/>", NULL, "not_xml", "", NULL },
	{ "a channel twice", "<DEC_RESULT>" NEEDED "<CHANNEL>R</CHANNEL></DEC_RESULT>", NULL, "duplicate_key", "CHANNEL", NULL },
	{ "no channel", "<DEC_RESULT><ENTRY_ID>1</ENTRY_ID><NOTICE_DATE>20261123</NOTICE_DATE></DEC_RESULT>", NULL, "missing_field", "CHANNEL", NULL },
	{ "an empty date", "<DEC_RESULT><ENTRY_ID>1</ENTRY_ID><NOTICE_DATE/><CHANNEL>P</CHANNEL></DEC_RESULT>", NULL, "empty_field", "NOTICE_DATE", NULL },
	{ "an impossible date", "<DEC_RESULT><ENTRY_ID>1</ENTRY_ID><NOTICE_DATE>20260230</NOTICE_DATE><CHANNEL>P</CHANNEL></DEC_RESULT>", NULL, "bad_time", "NOTICE_DATE", NULL },
	{ "nothing to know it by", "<DEC_RESULT><NOTICE_DATE>20261123</NOTICE_DATE><CHANNEL>P</CHANNEL></DEC_RESULT>", NULL, "missing_field", "ENTRY_ID", NULL },
	{ "a channel too long", "<DEC_RESULT><CHANNEL>12345678901234567</CHANNEL></DEC_RESULT>", NULL, "too_long", "CHANNEL", NULL },
};

static void reads_a_notice(void **state)
{
	const struct row *r = *state;
	static struct intake_record out;
	struct ql_err err = { 0 };
	enum ql_rc rc;

	memset(&out, 0, sizeof out);
	rc = notice_xml_decode(r->xml, strlen(r->xml), r->charset, r->charset == NULL ? 0 : strlen(r->charset), &out, &err);
	assert_int_equal(rc, r->code == NULL ? QL_OK : QL_REJECT);
	if (r->code != NULL) {
		assert_string_equal(out.fault.code, r->code);
		assert_string_equal(out.fault.field, r->field);
		return;
	}
	assert_string_equal(out.notice.entry_id, "224820261000000762");
	assert_string_equal(out.notice.channel, "P");
	assert_string_equal(out.notice.note, r->note);
	assert_int_equal(out.notice.occurred, INT64_C(1795396713) * QL_SECOND); /* 09:18:33 in Beijing */
}

static void identity(struct intake_record *out, const char *entry, const char *channel, const char *date, const char *seq)
{
	memset(out, 0, sizeof *out);
	strcpy(out->notice.entry_id, entry);
	strcpy(out->notice.channel, channel);
	strcpy(out->notice.notice_date, date);
	strcpy(out->notice.seq_no, seq);
	notice_xml_identity(out);
}

static void identity_follows_what_makes_a_notice_itself(void **state)
{
	static const char *const OTHERS[][4] = { { "2", "P", "d", "s" }, { "1", "R", "d", "s" }, { "1", "P", "e", "s" }, { "1", "P", "d", "t" }, { "1P", "", "d", "s" }, { "1", "P", "ds", "" } };
	static struct intake_record a, b;

	(void)state;
	identity(&a, "1", "P", "d", "s");
	identity(&b, "1", "P", "d", "s");
	assert_string_equal(a.source, "dec-result");
	assert_int_equal(strlen(a.id), 32);
	assert_string_equal(a.id, b.id);
	for (size_t i = 0; i < QL_LEN(OTHERS); i++) {
		identity(&b, OTHERS[i][0], OTHERS[i][1], OTHERS[i][2], OTHERS[i][3]);
		assert_string_not_equal(a.id, b.id);
	}
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS) + 1];

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[i] = (struct CMUnitTest){ ROWS[i].name, reads_a_notice, NULL, NULL, (void *)&ROWS[i] };
	tests[QL_LEN(ROWS)] = (struct CMUnitTest)cmocka_unit_test(identity_follows_what_makes_a_notice_itself);
	return cmocka_run_group_tests_name("intake/notice_xml", tests, NULL, NULL);
}
