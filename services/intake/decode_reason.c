#include "intake/decode_reason.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct reason_row ROWS[REASON_COUNT] = {
	[REASON_EMPTY] = { "empty", "报文内容为空", "the record has no value" },
	[REASON_TOO_LARGE] = { "too_large", "报文过大：% 字节，上限 1048576", "too large: % bytes, at most 1048576 are read" },
	[REASON_MISSING_HEADER] = { "missing_header", "缺少消息头", "this header is missing" },
	[REASON_BAD_HEADER] = { "bad_header", "消息头为空、过长或含控制字符", "this header is empty, too long or holds control characters" },
	[REASON_WRONG_SPECVERSION] = { "wrong_specversion", "CloudEvents 版本应为 1.0", "the CloudEvents version must be 1.0" },
	[REASON_UNKNOWN_TYPE] = { "unknown_type", "未知的消息类型，本主题接收：%", "unknown type; this topic takes %" },
	[REASON_OTHER_TOPIC] = { "other_topic", "消息类型属于另一主题：%", "this type belongs to the topic %" },
	[REASON_UNKNOWN_CONTENT] = { "unknown_content", "不支持的内容类型，本主题接收：%", "content type not read here; this topic takes %" },
	[REASON_NOT_UTF8] = { "not_utf8", "自第 % 字节起不是 UTF-8 编码", "not UTF-8 from byte %" },
	[REASON_NUL] = { "nul", "含空字符（U+0000）", "holds a NUL character (U+0000)" },
	[REASON_NOT_JSON] = { "not_json", "不是完整的 JSON：%", "not complete JSON: %" },
	[REASON_DUPLICATE_KEY] = { "duplicate_key", "同一对象内有重复的字段：%", "a member is given twice: %" },
	[REASON_TOO_DEEP] = { "too_deep", "嵌套超过 % 层", "nested deeper than % levels" },
	[REASON_NOT_XML] = { "not_xml", "不是完整的回执 XML：%", "not a complete notice in XML: %" },
	[REASON_XML_DOCTYPE] = { "xml_doctype", "XML 不得含 DOCTYPE 或实体声明", "XML with a DOCTYPE or entities is refused" },
	[REASON_XML_ENCODING] = { "xml_encoding", "XML 编码应为 UTF-8、GBK 或 GB18030，且与内容一致", "XML must be in UTF-8, GBK or GB18030, as it declares" },
	[REASON_MISSING_FIELD] = { "missing_field", "缺少必填字段", "required, but missing or null" },
	[REASON_EMPTY_FIELD] = { "empty_field", "必填字段为空", "required, but empty" },
	[REASON_WRONG_TYPE] = { "wrong_type", "字段类型错误，应为%", "wrong type; it must be %" },
	[REASON_TOO_LONG] = { "too_long", "超过 % 个字", "longer than % characters" },
	[REASON_TOO_MANY] = { "too_many", "超过 % 项", "more than % entries" },
	[REASON_NOT_ALLOWED] = { "not_allowed", "取值应为：%", "must be one of %" },
	[REASON_BAD_TIME] = { "bad_time", "不是有效的日期时间，例如：%", "not a valid date and time, such as %" },
	[REASON_BAD_URL] = { "bad_url", "不是有效的 http(s) 地址", "not an http(s) address" },
	[REASON_ENDED_BEFORE_STARTED] = { "ended_before_started", "结束早于开始 %", "ends % before it starts" },
	[REASON_ANSWERED_BEFORE_STARTED] = { "answered_before_started", "接听早于开始 %", "answered % before it starts" },
	[REASON_ENDED_BEFORE_ANSWERED] = { "ended_before_answered", "结束早于接听 %", "ends % before it is answered" },
};

const struct reason_row *reason_row(enum reason reason)
{
	assert(reason >= 0 && reason < REASON_COUNT);
	return &ROWS[reason];
}

const struct reason_row *reason_find(const char *code)
{
	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		if (strcmp(ROWS[i].code, code) == 0)
			return &ROWS[i];
	return NULL;
}

/* A cut through a character would make the sentence itself invalid UTF-8: drop the last, perhaps partial, one. */
static void drop_last_character(char *text)
{
	size_t end = strlen(text);

	while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
		end--;
	text[end > 0 ? end - 1 : 0] = '\0';
}

static void write_sentence(char *out, size_t size, const char *field, const char *colon, const char *sentence, const char *detail)
{
	const char *slot = strchr(sentence, '%');
	int head = slot == NULL ? (int)strlen(sentence) : (int)(slot - sentence);
	int len = snprintf(out, size, "%s%s%.*s%s%s", field, field[0] == '\0' ? "" : colon, head, sentence,
	                   slot == NULL || detail == NULL ? "" : detail, slot == NULL ? "" : slot + 1);

	if (len >= (int)size)
		drop_last_character(out);
}

enum ql_rc reason_refuse(struct intake_record *record, struct ql_err *err, enum reason reason, const char *field, const char *zh, const char *en)
{
	const struct reason_row *row = reason_row(reason);
	struct decode_fault *fault = &record->fault;

	fault->code = row->code;
	if (snprintf(fault->field, sizeof fault->field, "%s", field) >= (int)sizeof fault->field)
		drop_last_character(fault->field);
	write_sentence(fault->zh, sizeof fault->zh, fault->field, "：", row->zh, zh);
	write_sentence(fault->en, sizeof fault->en, fault->field, ": ", row->en, en);
	return ql_reject(err, fault->field, "%s", fault->en);
}

enum ql_rc reason_refuse_with(struct intake_record *record, struct ql_err *err, enum reason reason, const char *field, const char *detail)
{
	return reason_refuse(record, err, reason, field, detail, detail);
}
