/* link: services/gateway/sheet.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/sheet.h"

static const struct { const char *text, *cell; } CELLS[] = {
	{ "", "\"\"" },
	{ "放行", "\"放行\"" },
	{ "a,b", "\"a,b\"" },
	{ "say \"no\"", "\"say \"\"no\"\"\"" },
	{ "\"", "\"\"\"\"" },
	{ "two\r\nlines", "\"two\r\nlines\"" },
	{ "=1+1", "\"'=1+1\"" },
	{ "+86", "\"'+86\"" },
	{ "-1", "\"'-1\"" },
	{ "@x", "\"'@x\"" },
	{ "\t=1", "\"'\t=1\"" },
	{ "\n=1", "\"'\n=1\"" },
	{ "1=1", "\"1=1\"" },
};

static void a_cell_is_quoted_and_never_a_formula(void **state)
{
	struct ql_buf b;

	(void)state;
	ql_buf_init(&b, 4096);
	for (size_t i = 0; i < QL_LEN(CELLS); i++) {
		ql_buf_reset(&b);
		csv_cell(&b, CELLS[i].text);
		assert_string_equal(b.data, CELLS[i].cell);
	}
	ql_buf_free(&b);
}

static void a_sheet_that_is_given_up_leaves_nothing(void **state)
{
	char folder[] = "/tmp/sheet-XXXXXX";
	json_t *row = json_pack("{s:s,s:i,s:s,s:{s:s}}", "number", "1", "version", 3, "opened_at", "2026-11-28T00:00:00Z", "enterprise", "name", "=荣泰");
	struct sheet *sheet;
	struct ql_err err = {0};
	int fd = 0;
	size_t size = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(sheet_open(&sheet, folder, &err), QL_OK);
	assert_true(sheet_row(sheet, row));
	sheet_free(sheet);
	assert_int_equal(sheet_open(&sheet, folder, &err), QL_OK);
	assert_true(sheet_row(sheet, row));
	assert_int_equal(sheet_finish(sheet, &fd, &size, &err), QL_OK);
	assert_true(size > 1000);
	sheet_free(sheet);
	close(fd);
	json_decref(row);
	assert_int_equal(rmdir(folder), 0); /* empty: every file had been removed */
	assert_int_equal(sheet_open(&sheet, folder, &err), QL_RETRY);
	sheet_free(sheet);
	sheet_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_cell_is_quoted_and_never_a_formula), cmocka_unit_test(a_sheet_that_is_given_up_leaves_nothing) };

	return cmocka_run_group_tests_name("gateway/sheet", tests, NULL, NULL);
}
