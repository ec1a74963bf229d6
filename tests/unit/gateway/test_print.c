/* test_print.c -- paper: one page stays one page, whatever is written on it. */
/* link: services/gateway/print.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gateway/print.h"

#define PDF_MOST ((size_t)4 << 20)

static struct ql_buf printed(const struct print_block *blocks, size_t n, int pages)
{
	const struct print_doc doc = { "test", blocks, n, pages };
	struct ql_err err = { 0 };
	struct ql_buf out;

	ql_buf_init(&out, PDF_MOST);
	assert_int_equal(print_pdf(&doc, &out, &err), QL_OK);
	assert_true(ql_buf_ok(&out) && out.len > 500);
	assert_memory_equal(out.data, "%PDF-", 5);
	return out;
}

/* "/Count 2" of the page tree; the objects before it are compressed, this one is not. */
static int pages_of(const struct ql_buf *pdf)
{
	const char *at = memmem(pdf->data, pdf->len, "/Count ", 7);

	assert_non_null(at);
	return atoi(at + 7);
}

static char *long_text(const char *piece, size_t times)
{
	char *text = malloc(strlen(piece) * times + 1);

	text[0] = '\0';
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * strlen(piece), piece, strlen(piece) + 1);
	return text;
}

static void one_page_stays_one(void **state)
{
	char *text = long_text("请核对舱单与运抵数据是否一致，", 4000);
	const struct print_block blocks[] = {
		{ PRINT_TITLE, NULL, "工作联系单", 1, 0 }, { PRINT_ROW, "编号", "261128-00001-5/2", 1, 0 }, { PRINT_TEXT, "请协办", text, 0, 130 },
		{ PRINT_LINE, "签发", NULL, 0, 0 },
	};
	struct ql_buf pdf = printed(blocks, 4, 1);

	(void)state;
	assert_int_equal(pages_of(&pdf), 1);
	ql_buf_free(&pdf);
	free(text);
}

static void a_long_text_runs_over_as_many_as_there_may_be(void **state)
{
	char *text = long_text("Проверьте манифест. Check the manifest. 请核对舱单。\n", 400);
	const struct print_block blocks[] = { { PRINT_TEXT, "text", text, 0, 0 } };
	struct ql_buf three = printed(blocks, 1, 3), many = printed(blocks, 1, 100);

	(void)state;
	assert_int_equal(pages_of(&three), 3);
	assert_in_range(pages_of(&many), 5, 99);
	ql_buf_free(&three);
	ql_buf_free(&many);
	free(text);
}

static void hostile_text_is_text(void **state)
{
	static const char *const TEXTS[] = {
		"<span size='1000pt'>markup</span> &amp; &lt;", "\x1b[31m\a\b\t control", "\u202eright to left\u202c \u2066isolated\u2069", "broken \xff\xfe \xe6\x8b", "", NULL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		const struct print_block blocks[] = { { PRINT_ROW, "x", TEXTS[i], 3, 0 }, { PRINT_NOTE, NULL, TEXTS[i], 1, 0 } };
		struct ql_buf pdf = printed(blocks, 2, 1);

		assert_int_equal(pages_of(&pdf), 1);
		ql_buf_free(&pdf);
	}
}

static void what_does_not_fit_its_answer_is_told(void **state)
{
	const struct print_block blocks[] = { { PRINT_TITLE, NULL, "工作联系单", 1, 0 } };
	const struct print_doc doc = { "test", blocks, 1, 1 };
	struct ql_err err = { 0 };
	struct ql_buf out;

	(void)state;
	ql_buf_init(&out, 300);
	assert_int_equal(print_pdf(&doc, &out, &err), QL_FATAL);
	ql_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page_stays_one),
		cmocka_unit_test(a_long_text_runs_over_as_many_as_there_may_be),
		cmocka_unit_test(hostile_text_is_text),
		cmocka_unit_test(what_does_not_fit_its_answer_is_told),
	};

	const int failed = cmocka_run_group_tests_name("gateway/print", tests, NULL, NULL);

	print_end();
	return failed;
}
