/* sheet.h -- a list of cases as a table of cells: CSV into a buffer, XLSX into a file. Pure but for that file.
 *
 * A cell never is a formula: in CSV a text that a spreadsheet would take for one gets an apostrophe in front; in XLSX every text
 * is typed as text.
 */
#ifndef QL_GATEWAY_SHEET_H
#define QL_GATEWAY_SHEET_H

#include <jansson.h>
#include "base/buf.h"

#define SHEET_ROWS_MAX 1048575 /* of an XLSX sheet, below its titles */

struct sheet; /* an XLSX in the making */

void csv_titles(struct ql_buf *b); /* with the byte order mark that spreadsheets want */
void csv_row(struct ql_buf *b, const json_t *row);
/* A text as one cell, quoted (RFC 4180). */
void csv_cell(struct ql_buf *b, const char *text);

/* Makes its file in folder. Memory does not grow with the rows. */
QL_MUSTCHECK enum ql_rc sheet_open(struct sheet **sheet, const char *folder, struct ql_err *err);
bool sheet_row(struct sheet *sheet, const json_t *row); /* false: the sheet is full */
/* Writes the file, opens it for reading and removes its name. */
QL_MUSTCHECK enum ql_rc sheet_finish(struct sheet *sheet, int *fd, size_t *size, struct ql_err *err);
void sheet_free(struct sheet *sheet); /* whatever became of it; NULL is fine */

#endif
