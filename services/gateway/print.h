/* print.h -- a page of paper: headings, rows of label and value, paragraphs, as PDF. Worker threads, one print at a time.
 *
 * Text is shown as it is: no markup, nothing in it moves what stands beside it. Pages are bounded; what no longer fits ends in an
 * ellipsis. Pango lays out Chinese, Latin and Cyrillic; the fonts are those of the machine (DejaVu Sans, Droid Sans Fallback).
 */
#ifndef QL_GATEWAY_PRINT_H
#define QL_GATEWAY_PRINT_H

#include "base/buf.h"
#include "base/err.h"

enum print_kind {
	PRINT_TITLE, /* centred */
	PRINT_ROW,   /* label and text side by side */
	PRINT_TEXT,  /* label above a paragraph */
	PRINT_LINE,  /* label before a line to write on */
	PRINT_NOTE   /* small */
};
struct print_block {
	enum print_kind kind;
	const char *label, *text;
	int lines_most; /* 0: as many as there are */
	double keep;    /* points to leave free below it on the last page, for what must stand there */
};
struct print_doc {
	const char *title; /* of the file */
	const struct print_block *blocks; size_t n;
	int pages_most;
};

/* Appends the PDF. */
QL_MUSTCHECK enum ql_rc print_pdf(const struct print_doc *doc, struct ql_buf *out, struct ql_err *err);
/* Gives back what the libraries keep, once nobody prints any more. */
void print_end(void);

#endif
