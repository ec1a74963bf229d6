#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/clocks.h"
#include "intake/work.h"

#define TERMS_WITH_NOTICE_MAX 300

/* An incident and a raw notice say the same thing in two shapes. */
struct said { const char *code, *note, *unit, *container, *bill, *declaration; ql_time at; };

static struct said said_by(const struct item *it)
{
	const struct incident *n = &it->record.incident;
	const struct notice *x = &it->record.notice;
	struct said s;

	if (it->record.kind == RECORD_INCIDENT)
		s = (struct said){ n->code, n->note, n->unit, n->container, n->bill, item_declaration(it), n->occurred };
	else
		s = (struct said){ x->channel, x->note, x->custom_master, "", x->bill_no, item_declaration(it), x->occurred };
	return s;
}

static const struct notice_code *look_up(const struct reference *ref, const char *code)
{
	static const char *const SOURCES[] = { "dec_result", "ceb", "manifest" };
	const struct notice_code *found = NULL;

	for (size_t i = 0; found == NULL && i < QL_LEN(SOURCES); i++)
		found = reference_notice(ref, SOURCES[i], code);
	return found;
}

static void keep(struct work *w, const struct item *it, const struct said *s, const struct notice_code *code, int32_t unit)
{
	struct ql_buf *b = ql_rows_begin(&w->kept->rows[KEPT_NOTICES]);

	ql_json_text(b, "source", code != NULL ? code->source : "dec_result");
	ql_json_text(b, "code", s->code);
	ql_json_i64(b, "rank", code != NULL ? code->rank : 500);
	ql_json_text(b, "declaration", s->declaration != NULL ? s->declaration : "-");
	ql_json_text(b, "container", s->container);
	ql_json_text(b, "bill", s->bill);
	if (unit != 0)
		ql_json_i64(b, "unit_id", unit);
	if (it->enterprise.id != 0)
		ql_json_i64(b, "enterprise_id", it->enterprise.id);
	ql_json_text(b, "note", s->note);
	ql_json_time(b, "noticed_at", s->at != 0 ? s->at : casebook_now(w->cb));
	ql_json_time(b, "received_at", casebook_now(w->cb));
	ql_json_text(b, "message_source", it->record.source);
	ql_json_text(b, "message_id", it->record.id);
	ql_rows_end(&w->kept->rows[KEPT_NOTICES]);
}

static bool among(const char (*words)[WORD_MAX], const char *word)
{
	for (size_t i = 0; i < WATCH_CODES && words[i][0] != '\0'; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* What was expected has come: also for a watch armed earlier in this batch, whose row is written before. */
static void disarm(struct work *w, const struct said *s)
{
	const struct watch_rule *rule;

	for (size_t i = 0; (rule = reference_watch_at(casebook_reference(w->cb), i)) != NULL; i++) {
		if (!among(rule->disarmed_by, s->code))
			continue;
		struct ql_buf *b = ql_rows_begin(&w->kept->rows[KEPT_WATCHES_DISARMED]);

		ql_json_text(b, "rule", rule->code);
		ql_json_text(b, "declaration", s->declaration);
		ql_rows_end(&w->kept->rows[KEPT_WATCHES_DISARMED]);
	}
}

/* Notices come out of order: what would disarm may be here already. */
static bool came_before(const struct work *w, const struct watch_rule *rule, const char *declaration)
{
	const struct kept_notice *n = w->b->notices.at;

	for (size_t i = 0; i < w->b->notices.n; i++)
		if (strcmp(n[i].declaration, declaration) == 0 && among(rule->disarmed_by, n[i].code))
			return true;
	return false;
}

static ql_time due_by(const struct work *w, const struct watch_rule *rule, int32_t unit_id)
{
	const struct reference *ref = casebook_reference(w->cb);
	const struct unit *unit = reference_unit(ref, unit_id) != NULL ? reference_unit(ref, unit_id) : reference_root(ref);
	const struct calendar *cal = reference_calendar(ref, reference_calendar_at(ref, unit->calendar[SERVICE_OFFICE], casebook_now(w->cb)));
	const struct clock_segment run = { .from = casebook_now(w->cb), .run = CLOCK_RUN };
	struct clock_reading r;

	if (cal == NULL)
		return 0;
	r = clock_read(&rule->term, cal, &run, 1, run.from);
	return r.rc == WORKTIME_OK && r.due != CLOCK_NEVER ? r.due : 0;
}

static void arm(struct work *w, const struct item *it, const struct said *s, int32_t unit)
{
	const struct watch_rule *rule;

	for (size_t i = 0; (rule = reference_watch_at(casebook_reference(w->cb), i)) != NULL; i++) {
		ql_time due;

		if (!among(rule->armed_by, s->code) || (rule->tiers[0][0] != '\0' && !among(rule->tiers, it->enterprise.tier))
		    || came_before(w, rule, s->declaration) || (due = due_by(w, rule, unit)) == 0)
			continue;
		struct ql_buf *b = ql_rows_begin(&w->kept->rows[KEPT_WATCHES_ARMED]);

		ql_json_text(b, "rule", rule->code);
		ql_json_text(b, "declaration", s->declaration);
		if (it->enterprise.id != 0)
			ql_json_i64(b, "enterprise_id", it->enterprise.id);
		if (unit != 0)
			ql_json_i64(b, "unit_id", unit);
		ql_json_text(b, "container", s->container);
		ql_json_text(b, "bill", s->bill);
		ql_json_time(b, "armed_at", casebook_now(w->cb));
		ql_json_time(b, "due_at", due);
		ql_rows_end(&w->kept->rows[KEPT_WATCHES_ARMED]);
	}
}

/* For staff only: a notice's reason may be a work secret, so it is not the public talk of the case. */
static enum ql_rc attach(struct work *w, struct item *it, struct case_file *c, const char *words, struct ql_err *err)
{
	struct attachment a = { .words = { words, "parties", "notice", "zh", 0 }, .repeat = true };
	const struct actor machine = { .role = ROLE_SYSTEM, .trace = it->trace[0] != '\0' ? it->trace : NULL };
	char *message = work_message_json(it);
	enum ql_rc rc;

	it->fate = FATE_ATTACHED;
	it->case_id = c->id;
	a.references = it->reference;
	a.n_references = it->n_references;
	a.data_json = message;
	rc = casebook_attach(w->cb, c, &machine, &a, err);
	free(message);
	return rc;
}

static enum ql_rc open_case(struct work *w, struct item *it, const struct said *s, const struct notice_code *code, int32_t unit, const char *subject, int64_t link,
                       struct ql_err *err)
{
	struct case_spec spec = {
		.procedure = PROCEDURE_COORDINATION, .kind = "incident", .subject = subject, .category = code->category, .channel = "notice", .language = "zh",
		.goods_unit = unit, .occurred_at = s->at != 0 ? s->at : casebook_now(w->cb), .clocks_from = casebook_now(w->cb),
	};

	return work_open(w, it, &spec, link, err);
}

static void remember(struct work *w, const struct said *s)
{
	struct kept_notice *n = list_add(&w->b->notices);

	if (n == NULL)
		return;
	snprintf(n->declaration, sizeof(n->declaration), "%s", s->declaration);
	snprintf(n->code, sizeof(n->code), "%s", s->code);
}

enum ql_rc work_notice(struct work *w, struct item *it, struct ql_err *err)
{
	const struct said s = said_by(it);
	const struct notice_code *code = look_up(casebook_reference(w->cb), s.code);
	const struct unit *unit = reference_unit_by_code(casebook_reference(w->cb), s.unit);
	char words[TERMS_WITH_NOTICE_MAX];
	struct recognised r;
	struct case_file *c;

	keep(w, it, &s, code, unit != NULL ? unit->id : 0);
	it->fate = FATE_RECORDED;
	if (s.declaration != NULL) {
		arm(w, it, &s, unit != NULL ? unit->id : 0);
		disarm(w, &s);
		remember(w, &s);
	}
	if (code == NULL || code->opens != NOTICE_OPENS_CASE)
		return QL_OK;
	snprintf(words, sizeof(words), "%s %s", code->name_zh, s.declaration != NULL ? s.declaration : "");
	r = recognise(w, it);
	c = work_target(w, &r);
	return c != NULL ? attach(w, it, c, words, err) : open_case(w, it, &s, code, unit != NULL ? unit->id : 0, words, r.link, err);
}
