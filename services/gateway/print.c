#include "print.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* A4 in points */
#define PAGE_W  595.0
#define PAGE_H  842.0
#define MARGIN  64.0
#define LABEL_W 96.0
#define WIDTH   (PAGE_W - 2 * MARGIN)
#define GAP     7.0
#define FAMILY  "DejaVu Sans, Droid Sans Fallback, sans-serif" /* TrueType: of fonts in CFF cairo 1.16 leaks some bytes for each print */
#define TEXT_MOST 40000 /* bytes of one block that are laid out: more than a page holds many times over */

static const struct { double size; bool bold, centred; double before; } LOOKS[] = {
	[PRINT_TITLE] = { 18, true, true, 0 }, [PRINT_ROW] = { 10.5, false, false, GAP },   [PRINT_TEXT] = { 10.5, false, false, 2 * GAP },
	[PRINT_LINE] = { 10.5, false, false, 3 * GAP }, [PRINT_NOTE] = { 8, false, false, 2 * GAP },
};

struct printer {
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoContext *context;
	double y;
	int page, pages_most;
	bool full; /* the last page is: nothing more is drawn */
};

static cairo_status_t write_bytes(void *to, const unsigned char *bytes, unsigned len)
{
	ql_buf_add(to, (const char *)bytes, len);
	return ql_buf_ok(to) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* What would turn around or swallow its neighbours is a blank; what does not fit is cut between characters. */
static char *shown(const char *text)
{
	const size_t len = strnlen(text, TEXT_MOST + 1);
	char *copy = g_utf8_make_valid(text, (gssize)(len > TEXT_MOST ? TEXT_MOST : len));

	for (char *at = copy; *at != '\0'; at = g_utf8_next_char(at)) {
		const gunichar c = g_utf8_get_char(at);
		const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;

		if (turns)
			memcpy(at, "\u00A0 ", 3); /* as long as what it stands for */
		else if (c < 0x20 && c != '\n')
			*at = ' ';
	}
	return copy;
}

static PangoLayout *lay_out(struct printer *p, const char *text, double width, double size, bool bold)
{
	PangoLayout *layout = pango_layout_new(p->context);
	PangoFontDescription *font = pango_font_description_from_string(FAMILY);
	char *copy = shown(text);

	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_spacing(layout, 3 * PANGO_SCALE);
	pango_layout_set_text(layout, copy, -1);
	pango_font_description_free(font);
	g_free(copy);
	return layout;
}

/* Room for that much; a new page when there may be one. false: the paper is full. */
static bool make_room(struct printer *p, double height, double keep)
{
	if (p->y + height + keep <= PAGE_H - MARGIN || (p->page < p->pages_most && p->y + height <= PAGE_H - MARGIN))
		return true;
	if (p->page == p->pages_most)
		return false;
	cairo_show_page(p->cr);
	p->page++;
	p->y = MARGIN;
	return true;
}

static void draw_more(struct printer *p, double x)
{
	PangoLayout *more = lay_out(p, "\u2026", WIDTH, 10.5, false);

	cairo_move_to(p->cr, x, p->y - 4);
	pango_cairo_show_layout(p->cr, more);
	g_object_unref(more);
	p->y += 10;
}

/* Line by line, so that a long text runs over pages. */
static void draw(struct printer *p, PangoLayout *layout, double x, const struct print_block *b)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	bool more = true;

	for (int n = 0; more; n++) {
		PangoRectangle line;

		pango_layout_iter_get_line_extents(iter, NULL, &line);
		const double height = (double)line.height / PANGO_SCALE, base = (double)(pango_layout_iter_get_baseline(iter) - line.y) / PANGO_SCALE;

		if ((b->lines_most != 0 && n == b->lines_most) || !make_room(p, height, b->keep)) {
			draw_more(p, x);
			break;
		}
		cairo_move_to(p->cr, x + (double)line.x / PANGO_SCALE, p->y + base);
		pango_cairo_show_layout_line(p->cr, pango_layout_iter_get_line_readonly(iter));
		p->y += height + 3;
		more = pango_layout_iter_next_line(iter);
	}
	pango_layout_iter_free(iter);
}

static void draw_text(struct printer *p, const struct print_block *b, double x, double width)
{
	PangoLayout *layout = lay_out(p, b->text != NULL ? b->text : "", width, LOOKS[b->kind].size, LOOKS[b->kind].bold);

	pango_layout_set_alignment(layout, LOOKS[b->kind].centred ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
	draw(p, layout, x, b);
	g_object_unref(layout);
}

static void draw_label(struct printer *p, const char *label, double width)
{
	PangoLayout *layout = lay_out(p, label, width, 10.5, true);

	cairo_move_to(p->cr, MARGIN, p->y);
	pango_cairo_show_layout(p->cr, layout);
	g_object_unref(layout);
}

static void draw_rule(struct printer *p, double x)
{
	cairo_set_line_width(p->cr, 0.6);
	cairo_move_to(p->cr, x, p->y + 14);
	cairo_line_to(p->cr, x + WIDTH / 2, p->y + 14);
	cairo_stroke(p->cr);
	p->y += 18;
}

static void draw_block(struct printer *p, const struct print_block *b)
{
	const bool beside = b->kind == PRINT_ROW || b->kind == PRINT_LINE;

	p->y += LOOKS[b->kind].before;
	if (!make_room(p, 2 * LOOKS[b->kind].size, b->keep)) {
		p->full = true;
		return;
	}
	if (b->label != NULL)
		draw_label(p, b->label, beside ? LABEL_W : WIDTH);
	if (b->label != NULL && !beside)
		p->y += 20;
	if (b->kind == PRINT_LINE)
		draw_rule(p, MARGIN + LABEL_W);
	else
		draw_text(p, b, beside ? MARGIN + LABEL_W : MARGIN, beside ? WIDTH - LABEL_W : WIDTH);
}

/* Its own font map: nothing of it stays in the process but what fontconfig keeps. */
static void open_printer(struct printer *p, const struct print_doc *doc, PangoFontMap *fonts, struct ql_buf *out)
{
	*p = (struct printer){ .y = MARGIN, .page = 1, .pages_most = doc->pages_most };
	p->surface = cairo_pdf_surface_create_for_stream(write_bytes, out, PAGE_W, PAGE_H);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, doc->title);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "Qingling");
	p->cr = cairo_create(p->surface);
	p->context = pango_font_map_create_context(fonts);
	pango_context_set_base_dir(p->context, PANGO_DIRECTION_LTR);
	pango_cairo_update_context(p->cr, p->context);
}

enum ql_rc print_pdf(const struct print_doc *doc, struct ql_buf *out, struct ql_err *err)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* bounds the memory, whatever the number of workers */
	struct printer p;

	pthread_mutex_lock(&one);
	PangoFontMap *fonts = pango_cairo_font_map_new();

	open_printer(&p, doc, fonts, out);
	for (size_t i = 0; i < doc->n && !p.full; i++)
		draw_block(&p, &doc->blocks[i]);
	g_object_unref(p.context);
	cairo_destroy(p.cr);
	cairo_surface_finish(p.surface);
	const cairo_status_t status = cairo_surface_status(p.surface);

	cairo_surface_destroy(p.surface);
	g_object_unref(fonts);
	pthread_mutex_unlock(&one);
	return status == CAIRO_STATUS_SUCCESS ? QL_OK : ql_fail(err, QL_FATAL, "a page can't be printed: %s", cairo_status_to_string(status));
}

/* What fontconfig and cairo keep beyond that they give back only where nothing of theirs is in use any more, and their own threads may be:
 * cairo_debug_reset_static_data() aborts then. The process ends anyway. */
void print_end(void) { pango_cairo_font_map_set_default(NULL); }

#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig\nleak:libcairo\nleak:libpango\nleak:libharfbuzz\nleak:libglib\nleak:libfreetype\n"; }
#endif
