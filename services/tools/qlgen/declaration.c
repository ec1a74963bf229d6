/* declaration.c -- the track of a declaration: five receipts when all goes well, fewer or others when not; as customs' XML or
 * as JSON, in order of state, not always in order of arrival. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "domain/timefmt.h"
#include "tools/qlgen/facts.h"

#define AS_XML      600 /* per thousand of declarations */
#define BARE        100 /* of those: the XML comes without an envelope */
#define BY_CUSTOMS_CODE 150 /* TRADE_CO is the customs code, which says nothing to us */

static const struct track { int weight; const char *codes; } TRACKS[] = { /* one character a receipt */
	{ 62, "7LJPR" }, { 8, "LJTPR" }, { 8, "LJCPR" }, { 8, "LE" }, { 4, "LZ" }, { 3, "Y" }, { 4, "LHJPR" }, { 3, "LMJPR" },
};

static const struct { char code; int from, to; const char *note, *fate; } CODES[] = { /* seconds after the receipt before */
	{ '7', 1, 2, "申报成功", "record" },
	{ 'L', 1, 3, "入库成功", "record" },
	{ 'J', 1, 60, "通关无纸化审结", "record" },
	{ 'P', 300, 2400, "放行", "record" },
	{ 'R', 0, 1, "结关", "record" },
	{ 'T', 20, 120, "请缴纳税费", "record" },
	{ 'C', 60, 600, "查验通知", "record" },
	{ 'E', 10, 90, "单证与申报不符，退单", "case|attach" },
	{ 'Z', 10, 90, "申报要素不全，退回修改", "case|attach" },
	{ 'Y', 1, 5, "申报失败：舱单数据不存在", "case|attach" },
	{ 'H', 30, 300, "挂起，等待处理", "case|attach" },
	{ 'M', 30, 300, "重审", "case|attach" },
};

static size_t code_row(char code)
{
	size_t i = 0;

	while (i + 1 < QL_LEN(CODES) && CODES[i].code != code)
		i++;
	return i;
}

static const char *draw_track(struct draw *d)
{
	return TRACKS[draw_weighted(d, &TRACKS[0].weight, (int)sizeof(TRACKS[0]), (int)QL_LEN(TRACKS))].codes;
}

int declaration_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	struct draw d = draw_keyed(w->key, KEY_PLAN, s->no);
	const char *track = draw_track(&d);
	ql_time at = 0;
	int n = 0;

	for (; track[n] != '\0'; n++) {
		const size_t row = code_row(track[n]);

		at += draw_between(&d, CODES[row].from, CODES[row].to) * QL_SECOND / w->haste;
		steps[n].offset = at;
		if (draw_mille(&d, 20))
			steps[n].delay = draw_between(&d, 3, 60) * QL_SECOND;
	}
	return n;
}

/* Three of the forms in which real senders write a date without offset. */
static void date_text(ql_time at, int form, char out[32])
{
	static const char *const FORMS[] = { "%04d-%02d-%02dT%02d:%02d:%02d", "%04d-%02d-%02d %02d:%02d:%02d", "%04d_%02d_%02d %02d:%02d:%02d" };
	const struct civil c = civil_at(at, BEIJING_OFFSET);

	snprintf(out, 32, FORMS[(size_t)form % QL_LEN(FORMS)], c.year % 10000, c.month, c.day, c.hour, c.minute, c.second);
}

static void element(struct ql_buf *b, const char *name, const char *value)
{
	ql_buf_fmt(b, "    <%s>", name);
	for (; *value != '\0'; value++)
		if (*value == '&' || *value == '<')
			ql_buf_str(b, *value == '&' ? "&amp;" : "&lt;");
		else
			ql_buf_add(b, value, 1);
	ql_buf_fmt(b, "</%s>\n", name);
}

static void write_xml(struct record *out, struct draw *d, const struct facts *f, size_t row, ql_time at)
{
	struct ql_buf *b = &out->value;
	const char code[2] = { CODES[row].code, '\0' };
	char date[32], seq[24];

	date_text(at, draw_below(d, 3), date);
	snprintf(seq, sizeof(seq), "%018" PRIu64, draw_next(d) % 1000000000000000000u);
	ql_buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DecData>\n  <INTERFACE_VERSION>1.0</INTERFACE_VERSION>\n  <DEC_RESULT>\n");
	element(b, "SEQ_NO", seq);
	element(b, "CUSTOM_MASTER", f->place->code);
	element(b, "ENTRY_ID", f->decl);
	element(b, "NOTICE_DATE", date);
	element(b, "CHANNEL", code);
	element(b, "NOTE", CODES[row].note);
	element(b, "DECL_PORT", f->place->code);
	element(b, "TRADE_CO", draw_mille(d, BY_CUSTOMS_CODE) ? "3117980008" : f->who->uscc);
	element(b, "BILL_NO", f->bill);
	element(b, "TRAF_MODE", "2");
	ql_buf_fmt(b, "  </DEC_RESULT>\n  <RESULT_INFO>%s</RESULT_INFO>\n</DecData>\n", CODES[row].note);
}

static void write_json(struct record *out, const struct facts *f, size_t row, ql_time at)
{
	struct ql_buf *b = &out->value;
	const char code[2] = { CODES[row].code, '\0' };

	ql_json_open(b, NULL, '{');
	if (f->uscc[0] != '\0')
		ql_json_text(b, "uscc", f->uscc);
	ql_json_text(b, "declaration", f->decl);
	ql_json_text(b, "code", code);
	ql_json_text(b, "note", CODES[row].note);
	ql_json_text(b, "unit", f->place->code);
	ql_json_text(b, "container", f->box);
	ql_json_text(b, "bill", f->bill);
	facts_time(b, "occurred_at", at);
	ql_json_close(b, '}');
}

void declaration_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct draw plan = draw_keyed(w->key, KEY_PLAN, s->no), shape = draw_keyed(w->key, KEY_STEP, ~s->no), d = facts_step(w, s, step);
	const char *track = draw_track(&plan);
	const size_t row = code_row(track[step]);
	struct step steps[STORY_STEPS];
	struct facts f;
	ql_time at;

	declaration_plan(w, s, steps);
	at = s->at + steps[step].offset;
	facts_draw(w, s, &f);
	facts_address(w, s, step, at, out);
	snprintf(out->key, sizeof(out->key), "%s", f.decl);
	snprintf(out->source, sizeof(out->source), "/single-window");
	out->type = "qingling.incident.raised.v1";
	out->fate = CODES[row].fate;
	if (!draw_mille(&shape, AS_XML)) {
		write_json(out, &f, row, at);
		return;
	}
	out->mode = draw_mille(&shape, BARE) ? MODE_BARE : MODE_BINARY;
	out->content_type = "application/xml";
	write_xml(out, &d, &f, row, at);
}
