/* api_export.c -- a whole list as CSV or XLSX, page by page: each page is a job of its own under the reader's row security, so
 * neither a worker nor a transaction waits for a slow reader, and no more than one page is ever held. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "listing.h"
#include "sheet.h"

#define EXPORT_PAGE 250
#define PAGE_BYTES  ((size_t)2 << 20)
#define EXPORTS_MAX 16 /* at once */
#define FOLDER      "/tmp"

struct export { struct sheet *sheet; bool begun, has_after; ql_time after_at; int64_t after_id; };

static atomic_int exports;

static void export_free(void *stream)
{
	struct export *x = stream;

	sheet_free(x->sheet);
	free(x);
	atomic_fetch_sub(&exports, 1);
}

/* The one of this request, made by its first job. NULL: none can be had, and the response says so. */
static struct export *export_of(struct call *c)
{
	if (c->job->stream != NULL)
		return c->job->stream;
	if (atomic_fetch_add(&exports, 1) < EXPORTS_MAX)
		c->job->stream = calloc(1, sizeof(struct export));
	if (c->job->stream == NULL) {
		atomic_fetch_sub(&exports, 1);
		problem(c->res, PROBLEM_UNAVAILABLE, "too many exports run already", NULL);
	} else {
		c->job->stream_free = export_free;
	}
	return c->job->stream;
}

static bool refused(struct call *c)
{
	static const char *const NOT_HERE[] = { "q", "fields", "after", "limit" };
	char field[16];

	for (size_t i = 0; i < QL_LEN(NOT_HERE); i++) {
		if (args_get(&c->req->args, NOT_HERE[i]) == NULL)
			continue;
		snprintf(field, sizeof(field), "/%s", NOT_HERE[i]);
		problem(c->res, PROBLEM_INVALID, "an export is the whole list: this is for pages", field);
		return true;
	}
	return false;
}

/* Reads the next page and ends the transaction: what follows can't be undone by a retry. */
static enum ql_rc read_page(struct call *c, struct export *x, struct ql_buf *b, struct list_page *page, bool *go, struct ql_err *err)
{
	struct listing l = {0};
	enum ql_rc rc = listing_read(c, &l, go, err);

	if (rc != QL_OK || !*go)
		return rc;
	l.filter.limit = EXPORT_PAGE;
	l.filter.has_after = x->has_after;
	l.filter.after_at = x->after_at;
	l.filter.after_id = x->after_id;
	ql_json_open(b, NULL, '[');
	rc = store_list(c->w->pg, &l.filter, b, page, err);
	ql_json_close(b, ']');
	if (rc == QL_OK && !ql_buf_ok(b))
		rc = ql_fail(err, QL_FATAL, "%d cases need more than %zu bytes", EXPORT_PAGE, b->max);
	if (rc == QL_OK)
		rc = ql_pg_exec(c->w->pg, "commit", err);
	c->committed = rc == QL_OK;
	return rc;
}

/* As CSV into the response, or into the sheet. false: the sheet is full. */
static bool put_rows(struct call *c, struct export *x, const struct ql_buf *b)
{
	json_t *rows = json_loadb(b->data, b->len, 0, NULL), *row;
	bool fits = true;
	size_t i;

	if (x->sheet == NULL && !x->begun)
		csv_titles(&c->res->body);
	x->begun = true;
	json_array_foreach(rows, i, row) {
		if (x->sheet == NULL)
			csv_row(&c->res->body, row);
		else
			fits = fits && sheet_row(x->sheet, row);
	}
	json_decref(rows);
	return fits;
}

/* The disk of the exports, not the reader's request: it can be tried again later. Nothing is left half made. */
static enum ql_rc give_up(struct call *c, const struct ql_err *err)
{
	ql_log_err("export_failed", err);
	problem(c->res, PROBLEM_UNAVAILABLE, "the export could not be written", NULL);
	return QL_OK;
}

static enum ql_rc end_page(struct call *c, struct export *x, const struct list_page *page, struct ql_err *err)
{
	struct response *res = c->res;

	x->has_after = page->rows > 0 || x->has_after;
	if (page->rows > 0) {
		x->after_at = page->last_at;
		x->after_id = page->last_id;
	}
	res->status = 200;
	res->more = page->rows == EXPORT_PAGE;
	res->type = x->sheet != NULL ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8; header=present";
	snprintf(res->disposition, sizeof(res->disposition), "attachment; filename=\"cases.%s\"", x->sheet != NULL ? "xlsx" : "csv");
	if (x->sheet != NULL && !res->more && sheet_finish(x->sheet, &res->fd, &res->size, err) != QL_OK)
		return give_up(c, err);
	return QL_OK;
}

static enum ql_rc next_page(struct call *c, struct export *x, struct ql_err *err)
{
	struct list_page page = {0};
	struct ql_buf b;
	bool go = true;
	enum ql_rc rc;

	ql_buf_init(&b, PAGE_BYTES);
	rc = read_page(c, x, &b, &page, &go, err);
	if (rc == QL_OK && go && !put_rows(c, x, &b))
		problem(c->res, PROBLEM_TOO_LARGE, "more rows than a sheet holds: narrow the filters, or take CSV", NULL);
	else if (rc == QL_OK && go)
		rc = end_page(c, x, &page, err);
	ql_buf_free(&b);
	return rc;
}

enum ql_rc cases_export_csv(struct call *c, struct ql_err *err)
{
	struct export *x = refused(c) ? NULL : export_of(c);

	return x != NULL ? next_page(c, x, err) : QL_OK;
}

enum ql_rc cases_export_xlsx(struct call *c, struct ql_err *err)
{
	struct export *x = refused(c) ? NULL : export_of(c);

	if (x == NULL)
		return QL_OK;
	if (x->sheet == NULL && sheet_open(&x->sheet, FOLDER, err) != QL_OK) {
		sheet_free(x->sheet);
		x->sheet = NULL;
		return give_up(c, err);
	}
	return next_page(c, x, err);
}
