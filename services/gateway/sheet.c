/* sheet.c -- cells. */
#include "sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "domain/timefmt.h"

#define EPOCH_DAYS 25569 /* 1970-01-01 as a spreadsheet counts days */
#define BEIJING (8 * 3600)
#define NAME_SIZE 256

enum kind { TEXT, NUMBER, TIME };
/* In the words of the interface, so that programs can rely on them. member: inside of an object. */
static const struct { const char *title, *name, *member; enum kind kind; double width; } COLUMNS[] = {
	{ "number", "number", NULL, TEXT, 17 },           { "state", "state", NULL, TEXT, 18 },             { "turn", "turn", NULL, TEXT, 12 },
	{ "subject", "subject", NULL, TEXT, 48 },         { "category", "category", NULL, TEXT, 12 },       { "priority", "priority", NULL, TEXT, 9 },
	{ "procedure", "procedure", NULL, TEXT, 13 },     { "channel", "channel", NULL, TEXT, 10 },         { "tier", "tier", NULL, TEXT, 10 },
	{ "enterprise", "enterprise", "name", TEXT, 32 }, { "uscc", "enterprise", "uscc", TEXT, 21 },       { "unit", "unit", NULL, TEXT, 9 },
	{ "district", "district", NULL, TEXT, 9 },        { "goods_unit", "goods_unit", NULL, TEXT, 10 },   { "coordinator", "coordinator", "name", TEXT, 14 },
	{ "opened_at", "opened_at", NULL, TIME, 19 },     { "due_at", "due_at", NULL, TIME, 19 },           { "promise_at", "promise_at", NULL, TIME, 19 },
	{ "needed_by", "needed_by", NULL, TIME, 19 },     { "closed_at", "closed_at", NULL, TIME, 19 },     { "outcome", "outcome", NULL, TEXT, 14 },
	{ "repeats", "repeats", NULL, NUMBER, 8 },        { "version", "version", NULL, NUMBER, 8 },        { "updated_at", "updated_at", NULL, TIME, 19 },
};

static const json_t *value_of(const json_t *row, size_t column)
{
	const json_t *v = json_object_get(row, COLUMNS[column].name);

	return COLUMNS[column].member != NULL ? json_object_get(v, COLUMNS[column].member) : v;
}

/* --- CSV --- */

/* What a spreadsheet would take for the beginning of a formula or a command. */
static bool is_risky(const char *text) { return text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL; }

void csv_cell(struct ql_buf *b, const char *text)
{
	ql_buf_str(b, is_risky(text) ? "\"'" : "\"");
	for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
		ql_buf_add(b, text, (size_t)(quote - text));
		ql_buf_str(b, "\"\"");
	}
	ql_buf_str(b, text);
	ql_buf_str(b, "\"");
}

void csv_titles(struct ql_buf *b)
{
	ql_buf_str(b, "\xEF\xBB\xBF");
	for (size_t i = 0; i < QL_LEN(COLUMNS); i++) {
		ql_buf_str(b, i > 0 ? "," : "");
		csv_cell(b, COLUMNS[i].title);
	}
	ql_buf_str(b, "\r\n");
}

void csv_row(struct ql_buf *b, const json_t *row)
{
	for (size_t i = 0; i < QL_LEN(COLUMNS); i++) {
		const json_t *v = value_of(row, i);

		ql_buf_str(b, i > 0 ? "," : "");
		if (json_is_integer(v))
			ql_buf_fmt(b, "%lld", (long long)json_integer_value(v));
		else if (json_is_string(v))
			csv_cell(b, json_string_value(v));
	}
	ql_buf_str(b, "\r\n");
}

/* --- XLSX --- */

struct sheet {
	lxw_workbook *book;
	lxw_worksheet *page;
	lxw_format *time;
	lxw_row_t rows;
	char path[NAME_SIZE];
};

static void set_up(struct sheet *s)
{
	lxw_format *title = workbook_add_format(s->book);

	format_set_bold(title);
	s->time = workbook_add_format(s->book);
	format_set_num_format(s->time, "yyyy-mm-dd hh:mm:ss");
	for (size_t i = 0; i < QL_LEN(COLUMNS); i++) {
		worksheet_set_column(s->page, (lxw_col_t)i, (lxw_col_t)i, COLUMNS[i].width, NULL);
		worksheet_write_string(s->page, 0, (lxw_col_t)i, COLUMNS[i].title, title);
	}
	worksheet_freeze_panes(s->page, 1, 0);
}

enum ql_rc sheet_open(struct sheet **out, const char *folder, struct ql_err *err)
{
	struct sheet *s = calloc(1, sizeof(*s));
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = (char *)folder };
	int fd;

	*out = s;
	if (s == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	snprintf(s->path, sizeof(s->path), "%s/export-XXXXXX", folder);
	fd = mkstemp(s->path); /* holds the name; the library writes over it */
	if (fd < 0) {
		s->path[0] = '\0';
		return ql_fail(err, QL_RETRY, "no file for an export in %s: %s", folder, strerror(errno));
	}
	close(fd);
	s->book = workbook_new_opt(s->path, &options);
	s->page = s->book != NULL ? workbook_add_worksheet(s->book, "cases") : NULL;
	if (s->page == NULL)
		return ql_fail(err, QL_RETRY, "no workbook for an export: memory or room in %s is short", folder);
	set_up(s);
	return QL_OK;
}

/* Times are those of Beijing: a spreadsheet knows no zones. */
static void put_time(struct sheet *s, lxw_col_t column, const char *text)
{
	ql_time at;

	if (rfc3339_parse(text, strlen(text), &at, NULL))
		worksheet_write_number(s->page, s->rows, column, (double)(at / 1000000 + BEIJING) / 86400 + EPOCH_DAYS, s->time);
}

bool sheet_row(struct sheet *s, const json_t *row)
{
	if (s->rows == SHEET_ROWS_MAX)
		return false;
	s->rows++;
	for (size_t i = 0; i < QL_LEN(COLUMNS); i++) {
		const json_t *v = value_of(row, i);

		if (json_is_integer(v))
			worksheet_write_number(s->page, s->rows, (lxw_col_t)i, (double)json_integer_value(v), NULL);
		else if (json_is_string(v) && COLUMNS[i].kind == TIME)
			put_time(s, (lxw_col_t)i, json_string_value(v));
		else if (json_is_string(v))
			worksheet_write_string(s->page, s->rows, (lxw_col_t)i, json_string_value(v), NULL);
	}
	return true;
}

enum ql_rc sheet_finish(struct sheet *s, int *fd, size_t *size, struct ql_err *err)
{
	lxw_error fault = workbook_close(s->book); /* frees it, whatever it says */
	struct stat st = {0};

	s->book = NULL;
	if (fault != LXW_NO_ERROR)
		return ql_fail(err, QL_RETRY, "an export could not be written: %s", lxw_strerror(fault));
	*fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return ql_fail(err, QL_RETRY, "an export could not be read again: %s", strerror(errno));
	*size = (size_t)st.st_size;
	return QL_OK;
}

void sheet_free(struct sheet *s)
{
	if (s == NULL)
		return;
	if (s->book != NULL && s->page != NULL && s->page->optimize_tmpfile != NULL) {
		fclose(s->page->optimize_tmpfile); /* the library closes it when a book is written, and only then */
		s->page->optimize_tmpfile = NULL;
	}
	if (s->book != NULL)
		lxw_workbook_free(s->book);
	if (s->path[0] != '\0')
		unlink(s->path);
	free(s);
}
