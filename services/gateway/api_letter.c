/* api_letter.c -- whom to ask, and the letter that asks: on paper for those who want paper, or have no account. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "print.h"
#include "proposal_store.h"

enum ql_rc cases_proposals(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	int64_t id;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	ql_buf_str(b, "{\"items\":");
	rc = store_proposals(c->w->pg, id, b, err);
	ql_buf_str(b, "}");
	return rc == QL_OK ? api_json(c) : rc;
}

#define SIGNATURES 130 /* points that the lines below the words take */

enum word { W_TITLE, W_NUMBER, W_DATE, W_TO, W_FROM, W_OFFICER, W_SUBJECT, W_ENTERPRISE, W_REFERENCES, W_WANTED, W_DUE, W_NEEDED, W_ISSUED, W_RECEIVED, W_NOTE, WORDS };
enum language { ZH, EN, RU, LANGUAGES };
static const char *const CODES[LANGUAGES] = { "zh", "en", "ru" };
static const char *const TEXTS[WORDS][LANGUAGES] = {
	[W_TITLE] = { "工作联系单", "Letter of request", "Служебный запрос" },
	[W_NUMBER] = { "编号", "Number", "Номер" },
	[W_DATE] = { "日期", "Date", "Дата" },
	[W_TO] = { "协办单位", "To", "Кому" },
	[W_FROM] = { "主办单位", "From", "От" },
	[W_OFFICER] = { "主办协调员", "Officer", "Исполнитель" },
	[W_SUBJECT] = { "协调事项", "Case", "Обращение" },
	[W_ENTERPRISE] = { "企业", "Enterprise", "Предприятие" },
	[W_REFERENCES] = { "单证号", "References", "Документы" },
	[W_WANTED] = { "请协办", "What is asked", "Что требуется" },
	[W_DUE] = { "办理时限", "By", "Срок" },
	[W_NEEDED] = { "企业最晚时间", "Needed by", "Нужно до" },
	[W_ISSUED] = { "签发", "Issued by", "Подписал" },
	[W_RECEIVED] = { "签收", "Received by", "Получил" },
	[W_NOTE] = { "时间为北京时间。内容限办理本事项使用。", "Times are Beijing time. For the handling of this case only.", "Время пекинское. Только для работы по этому обращению." },
};

static enum ql_rc print_letter(struct call *c, const struct letter *l, int party, enum language in, struct ql_err *err)
{
	char number[48];
	const struct print_block blocks[] = {
		{ PRINT_TITLE, NULL, TEXTS[W_TITLE][in], 1, 0 },
		{ PRINT_ROW, TEXTS[W_NUMBER][in], number, 1, 0 },
		{ PRINT_ROW, TEXTS[W_DATE][in], l->today, 1, 0 },
		{ PRINT_ROW, TEXTS[W_TO][in], l->to, 2, 0 },
		{ PRINT_ROW, TEXTS[W_FROM][in], l->from, 2, 0 },
		{ PRINT_ROW, TEXTS[W_OFFICER][in], l->officer, 1, 0 },
		{ PRINT_ROW, TEXTS[W_SUBJECT][in], l->subject, 3, 0 },
		{ PRINT_ROW, TEXTS[W_ENTERPRISE][in], l->enterprise, 2, 0 },
		{ PRINT_ROW, TEXTS[W_REFERENCES][in], l->references, 3, 0 },
		{ PRINT_ROW, TEXTS[W_DUE][in], l->due, 1, 0 },
		{ PRINT_ROW, TEXTS[W_NEEDED][in], l->needed, 1, 0 },
		{ PRINT_TEXT, TEXTS[W_WANTED][in], l->wanted, 0, SIGNATURES },
		{ PRINT_LINE, TEXTS[W_ISSUED][in], NULL, 0, 0 },
		{ PRINT_LINE, TEXTS[W_RECEIVED][in], NULL, 0, 0 },
		{ PRINT_NOTE, NULL, TEXTS[W_NOTE][in], 1, 0 },
	};
	const struct print_doc doc = { number, blocks, QL_LEN(blocks), 1 };

	snprintf(number, sizeof(number), "%s/%d", l->number, party);
	enum ql_rc rc = print_pdf(&doc, &c->res->body, err);

	c->res->status = 200;
	c->res->type = "application/pdf";
	return rc;
}

static bool read_language(struct call *c, enum language *in)
{
	const char *given = args_get(&c->req->args, "language");

	*in = ZH;
	for (int i = 0; given != NULL && i < LANGUAGES; i++)
		if (strcmp(given, CODES[i]) == 0) {
			*in = (enum language)i;
			return true;
		}
	if (given != NULL)
		problem(c->res, PROBLEM_INVALID, "must be zh, en or ru", "/language");
	return given == NULL;
}

enum ql_rc cases_letter(struct call *c, struct ql_err *err)
{
	struct letter l = {0};
	enum language in;
	long long party = 0;
	int64_t id = 0;
	enum ql_rc rc = QL_OK;

	if (!read_language(c, &in))
		return QL_OK;
	rc = cases_resolve(c, &id, err);
	if (rc != QL_OK || id == 0)
		return rc;
	if (parse_id(c->params.at[1], &party) && party > 0 && party <= INT16_MAX)
		rc = store_letter(c->w->pg, id, (int32_t)party, CODES[in], &l, err);
	if (rc == QL_OK && l.found)
		rc = print_letter(c, &l, (int)party, in, err);
	else if (rc == QL_OK)
		problem(c->res, PROBLEM_NOT_FOUND, "there is no such party, or it leads the case", NULL);
	letter_free(&l);
	return rc;
}
