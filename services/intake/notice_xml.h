/* notice_xml.h -- a clearance notice of customs (DEC_RESULT, alone or inside DecData) out of its XML.
 *
 * Read as a stream: no tree, no network, no DTD, no entities but the five of XML; unknown elements are passed over, a known
 * one given twice is refused. UTF-8, or GBK / GB18030 / GB2312 when the prolog or the content type says so. Pure; any thread.
 * Source: Announcement 2020-54 of customs as implementations know it (domain facts 5.4); see topics/README.md.
 */
#ifndef QL_INTAKE_NOTICE_XML_H
#define QL_INTAKE_NOTICE_XML_H

#include "intake/decode_reason.h"

#define NOTICE_DEPTH_MAX 32        /* nested elements */
#define NOTICE_SOURCE "dec-result" /* identity of notices that come without an envelope */

/* charset: what the content type said, NULL when nothing; it outranks the prolog. Fills out->notice; kind stays. */
QL_MUSTCHECK enum ql_rc notice_xml_decode(const char *bytes, size_t len, const char *charset, size_t charset_len, struct intake_record *out, struct ql_err *err);

/* Identity of a notice without an envelope: NOTICE_SOURCE and a hash over declaration, channel, date and number, so that a
 * notice delivered twice is one. */
void notice_xml_identity(struct intake_record *record);

#endif
