#include "domain/ident.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "domain/caseno.h"
#include "domain/fold.h"
#include "domain/ident_fault.h"
#include "domain/phone.h"

#define USCC_SET "0123456789ABCDEFGHJKLMNPQRTUWXY" /* value = index; no I O S V Z */
#define DIGITS   "0123456789"
#define LETTERS  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SHAPES   4

typedef bool checker(const char *value, struct ident_fault *fault);

static checker check_uscc, check_aeo, check_declaration, check_year_at_1, check_year_at_2, check_container, check_hs;

/* A shape is one class symbol per character. */
static const struct symbol {
	char symbol;
	const char *set, *code, *zh, *en;
} SYMBOLS[] = {
	{ 'd', DIGITS,         "bad_character", "数字",                       "a digit"                              },
	{ 'a', LETTERS,        "bad_character", "字母",                       "a letter"                             },
	{ 'n', DIGITS LETTERS, "bad_character", "数字或字母",                 "a digit or a letter"                  },
	{ 'u', USCC_SET,       "bad_character", "数字或字母（不用 I O S V Z）", "a digit or a letter (no I O S V Z)" },
	{ 'D', "01IE",         "bad_direction", " 0 1 I E",                   "0 1 I E"                              },
	{ 'U', "UJZ",          "bad_category",  " U J Z",                     "U J Z"                                },
	{ 'N', "N",            "bad_character", " N",                         "N"                                    },
	{ 'b', DIGITS LETTERS "-/._+&()#*", "bad_character", "数字、字母或 - / .", "a digit, a letter or - / ." },
};

/* drop: the characters that mean nothing in this kind. No shape: any of 1 to most symbols 'b'. */
static const struct kind {
	const char *name, *zh, *en, *lengths, *drop;
	const char *shapes[SHAPES];
	checker *check;
} KINDS[IDENT_KINDS] = {
	[IDENT_USCC] = { "uscc", "统一社会信用代码", "the credit code", "18", " -\t./", { "uuuuuuuuuuuuuuuuuu" }, check_uscc },
	[IDENT_CUSTOMS_CODE] = { "customs_code", "海关注册编码", "the customs code", "10", " -\t", { "nnnnnnnnnn" }, NULL },
	[IDENT_AEO] = { "aeo", "AEO编码", "the AEO code", "6-20", " -\t", { NULL }, check_aeo },
	[IDENT_DECLARATION] = { "declaration", "报关单号", "the declaration number", "18 / 9", " -\t", { "ddddddddDddddddddd", "ddddddddd" }, check_declaration },
	[IDENT_UNIFIED] = { "unified", "统一编号", "the unified number", "18", " -\t", { "addddddddddddddddd" }, check_year_at_2 },
	[IDENT_CONTAINER] = { "container", "箱号", "the container number", "11", " -\t./", { "aaaUddddddd" }, check_container },
	[IDENT_BILL] = { "bill", "提运单号", "the bill number", "1-35", " \t", { NULL }, NULL },
	[IDENT_HS] = { "hs", "商品编号", "the HS code", "6 / 8 / 10 / 13", " -\t.", { "dddddd", "dddddddd", "dddddddddd", "ddddddddddddd" }, check_hs },
	[IDENT_DISTRICT] = { "district", "关区代码", "the customs code of the office", "4", " -\t", { "dddd" }, NULL },
	[IDENT_PHONE] = { "phone", "电话号码", "the telephone number", "", "", { NULL }, NULL },
	[IDENT_JOB] = { "job", "作业编号", "the job number", "17", " -\t", { "ddddNdddddddddddd" }, check_year_at_1 },
	[IDENT_CASE] = { "case", "事项编号", "the case number", "", "", { NULL }, NULL },
};

const char *ident_kind_name(enum ident_kind kind) { return KINDS[kind].name; }

bool ident_kind_parse(const char *name, enum ident_kind *kind)
{
	for (int i = 0; i < IDENT_KINDS; i++)
		if (strcmp(KINDS[i].name, name) == 0) {
			*kind = (enum ident_kind)i;
			return true;
		}
	return false;
}

/* --- normalising --------------------------------------------------------------------------------------------------- */

static void upper_and_drop(const char *drop, char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (strchr(drop, *from) == NULL)
			*to++ = (char)(*from >= 'a' && *from <= 'z' ? *from - 'a' + 'A' : *from);
	*to = '\0';
}

/* Longer than a value may be as typed: blanks and full-width characters go. */
#define TYPED_MAX 256

bool ident_normalise(enum ident_kind kind, const char *text, char *out, size_t size)
{
	char typed[TYPED_MAX], number[CASENO_MAX];
	struct caseno no;
	struct phone phone;
	bool whole, fits;

	fold_text(text, typed, sizeof(typed), &whole);
	if (kind == IDENT_PHONE && whole && phone_parse(typed, NULL, &phone, NULL))
		return snprintf(out, size, "%s", phone.number) < (int)size;
	if (kind == IDENT_CASE && whole && caseno_parse(typed, &no, number, NULL))
		return snprintf(out, size, "%s", number) < (int)size;
	upper_and_drop(KINDS[kind].drop, typed);
	fold_text(typed, out, size, &fits);
	return whole && fits;
}

/* --- checking: each function sees a value of the right shape -------------------------------------------------------- */

static int value_in(const char *set, char c) { return (int)(strchr(set, c) - set); }

static bool check_uscc(const char *value, struct ident_fault *fault)
{
	static const int ORGANISATION[] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0, weight = 1, organisation = 0;
	char want;

	for (int i = 0; i < 17; i++, weight = weight * 3 % 31)
		sum += value_in(USCC_SET, value[i]) * weight;
	if (USCC_SET[(31 - sum % 31) % 31] != value[17])
		return ident_fault(fault, "bad_check", 18, "统一社会信用代码校验位不符：有一位写错，或两位颠倒",
		                   "the check character of the credit code does not fit: one character is wrong or two are swapped");
	for (int i = 0; i < 8; i++)
		organisation += value_in(DIGITS LETTERS, value[8 + i]) * ORGANISATION[i];
	want = "0123456789X0"[11 - organisation % 11]; /* 11 stands for 0 */
	if (want != value[16])
		return ident_fault(fault, "bad_org_check", 17, "统一社会信用代码第9至17位（主体标识码）校验不符",
		                   "the organisation code inside (characters 9 to 17) does not fit its own check character");
	return true;
}

static bool check_year(const char *year, int position, const struct kind *k, struct ident_fault *fault)
{
	if (strncmp(year, "19", 2) == 0 || strncmp(year, "20", 2) == 0)
		return true;
	ident_fault_zh(fault, "%s第%d至%d位应为年份, 收到 %.4s", k->zh, position, position + 3, year);
	ident_fault_en(fault, "characters %d to %d of %s are a year, not %.4s", position, position + 3, k->en, year);
	return ident_fault_is(fault, "bad_year", position);
}

static bool check_declaration(const char *value, struct ident_fault *fault)
{
	return strlen(value) == 9 || check_year(value + 4, 5, &KINDS[IDENT_DECLARATION], fault);
}
static bool check_year_at_2(const char *value, struct ident_fault *fault) { return check_year(value + 1, 2, &KINDS[IDENT_UNIFIED], fault); }
static bool check_year_at_1(const char *value, struct ident_fault *fault) { return check_year(value, 1, &KINDS[IDENT_JOB], fault); }

/* Letters count from A = 10 and skip the multiples of 11. */
static int container_value(char c)
{
	int n = c - 'A';

	return c <= '9' ? c - '0' : n + 10 + (n > 0) + (n > 10) + (n > 20);
}

static bool check_container(const char *value, struct ident_fault *fault)
{
	int sum = 0;

	for (int i = 0; i < 10; i++)
		sum += container_value(value[i]) << i;
	if (sum % 11 % 10 == value[10] - '0')
		return true;
	return ident_fault(fault, "bad_check", 11, "箱号校验位不符：按前10位应为 %d, 收到 %c",
	                   "the check digit of the container does not fit: its first ten characters give %d, not %c", sum % 11 % 10, value[10]);
}

static bool check_hs(const char *value, struct ident_fault *fault)
{
	int chapter = (value[0] - '0') * 10 + value[1] - '0';

	if (chapter >= 1 && chapter <= 98 && chapter != 77)
		return true;
	return ident_fault(fault, "bad_chapter", 1, "商品编号没有第%02d章", "there is no HS chapter %02d", chapter);
}

/* [AEO] country number; China's number is the customs code. */
static bool check_aeo(const char *value, struct ident_fault *fault)
{
	const char *country = strncmp(value, "AEO", 3) == 0 && strlen(value) > 8 ? value + 3 : value;
	size_t n = strlen(country);

	for (int i = 0; i < 2; i++)
		if (n < 2 || strchr(LETTERS, country[i]) == NULL)
			return ident_fault(fault, "bad_prefix", (int)(country - value) + i + 1, "AEO编码应以 AEO 加国家代码开头", "an AEO code begins with AEO and a country");
	if (strncmp(country, "CN", 2) == 0 && n != 12)
		return ident_fault(fault, "bad_length", 0, "AEOCN 后应为10位海关注册编码, 收到%zu位", "AEOCN is followed by the customs code of 10 characters, not %zu", n - 2);
	return true;
}

static size_t count_characters(const char *value)
{
	uint32_t point;
	size_t count = 0;

	for (int n; (n = fold_char(value, &point)) > 0; value += n)
		count++;
	return count;
}

static const struct symbol *symbol_of(char symbol)
{
	const struct symbol *s = SYMBOLS;

	while (s->symbol != symbol)
		s++;
	return s;
}

static bool check_character(const struct kind *k, const char *at, int position, char symbol, struct ident_fault *fault)
{
	const struct symbol *s = symbol_of(symbol);
	uint32_t point;
	int n = fold_char(at, &point);

	if (strchr(s->set, *at) != NULL)
		return true;
	if (point == UINT32_MAX)
		at = "?"; /* no UTF-8: never passed on */
	ident_fault_zh(fault, "%s第%d位应为%s, 收到 %.*s", k->zh, position, s->zh, n, at);
	ident_fault_en(fault, "character %d of %s must be %s, not %.*s", position, k->en, s->en, n, at);
	return ident_fault_is(fault, s->code, position);
}

/* Kinds without a shape are as long as they like within bounds. */
static const struct {
	size_t least, most;
	char symbol;
} FREE[IDENT_KINDS] = {
	[IDENT_AEO] = { 6, 20, 'n' },
	[IDENT_BILL] = { 1, 35, 'b' },
};

static char symbol_at(enum ident_kind kind, const char *shape, size_t i) { return shape != NULL ? shape[i] : FREE[kind].symbol; }

static bool check_shape(enum ident_kind kind, const char *value, struct ident_fault *fault)
{
	const struct kind *k = &KINDS[kind];
	size_t count = count_characters(value);
	const char *shape = NULL;
	uint32_t point;

	for (int i = 0; i < SHAPES && shape == NULL; i++)
		if (k->shapes[i] != NULL && strlen(k->shapes[i]) == count)
			shape = k->shapes[i];
	if (shape == NULL && (count < FREE[kind].least || count > FREE[kind].most || FREE[kind].most == 0)) {
		ident_fault_zh(fault, "%s应为%s位, 收到%zu位", k->zh, k->lengths, count);
		ident_fault_en(fault, "%s has %s characters, this has %zu", k->en, k->lengths, count);
		return ident_fault_is(fault, "bad_length", 0);
	}
	for (size_t i = 0; i < count; value += fold_char(value, &point), i++)
		if (!check_character(k, value, (int)i + 1, symbol_at(kind, shape, i), fault))
			return false;
	return true;
}

bool ident_check(enum ident_kind kind, const char *value, struct ident_fault *fault)
{
	const struct kind *k = &KINDS[kind];
	struct phone phone;
	struct caseno no;

	if (kind == IDENT_PHONE)
		return phone_parse(value, NULL, &phone, fault);
	if (kind == IDENT_CASE)
		return caseno_parse(value, &no, NULL, fault);
	if (*value == '\0') {
		ident_fault_zh(fault, "未填%s", k->zh);
		ident_fault_en(fault, "%s is empty", k->en);
		return ident_fault_is(fault, "empty", 0);
	}
	return check_shape(kind, value, fault) && (k->check == NULL || k->check(value, fault));
}

bool ident_read(enum ident_kind kind, const char *text, struct ident *out)
{
	const struct kind *k = &KINDS[kind];

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	if (ident_normalise(kind, text, out->value, sizeof(out->value))) {
		out->valid = ident_check(kind, out->value, &out->fault);
		return out->valid;
	}
	ident_fault_zh(&out->fault, "%s过长", k->zh);
	ident_fault_en(&out->fault, "%s is too long", k->en);
	return ident_fault_is(&out->fault, "too_long", 0);
}

bool ident_declaration_parts(const char *value, struct declaration_parts *out)
{
	if (strlen(value) != 18 || !ident_check(IDENT_DECLARATION, value, NULL))
		return false;
	memcpy(out->office, value, 4);
	out->office[4] = '\0';
	out->year = (value[4] - '0') * 1000 + (value[5] - '0') * 100 + (value[6] - '0') * 10 + value[7] - '0';
	out->import = value[8] == '1' || value[8] == 'I';
	out->consolidated = value[8] == 'I' || value[8] == 'E';
	return true;
}
