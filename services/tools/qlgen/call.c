/* call.c -- hotline calls: queued, answered, ended, and recorded minutes to hours later. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "tools/qlgen/facts.h"

#define SOLVED_IN_CALL 700 /* per thousand of answered problem calls */
#define RECORDED       500 /* per thousand of answered calls whose recording is told */

static const struct ending { const char *outcome; int weight; } ENDINGS[] = {
	{ "answered", 84 }, { "abandoned_queue", 7 }, { "abandoned_ivr", 5 }, { "voicemail", 2 }, { "callback", 2 },
};

enum stage { QUEUED, ANSWERED, ENDED, RECORDING, STAGES };
static const char *const TYPES[STAGES] = { "qingling.call.queued.v1", "qingling.call.answered.v1", "qingling.call.ended.v1", "qingling.call.recorded.v1" };

struct call {
	const struct ending *ending;
	enum stage stage[STORY_STEPS];
	ql_time at[STAGES]; /* after the story's begin */
	int n;
	bool solved, empty; /* empty: put down at once */
	const char *hotline;
};

static void add(struct call *c, enum stage stage, ql_time after)
{
	c->at[stage] = (c->n > 0 ? c->at[c->stage[c->n - 1]] : 0) + after;
	c->stage[c->n++] = stage;
}

static struct call draw_call(const struct world *w, const struct story *s)
{
	struct draw d = draw_keyed(w->key, KEY_PLAN, s->no);
	struct call c = { .ending = &ENDINGS[draw_weighted(&d, &ENDINGS[0].weight, (int)sizeof(ENDINGS[0]), (int)QL_LEN(ENDINGS))] };
	const bool answered = c.ending == &ENDINGS[0];
	const ql_time second = QL_SECOND / w->haste;

	c.hotline = draw_mille(&d, 250) ? "962116" : "12360";
	c.empty = draw_mille(&d, 40);
	c.solved = draw_mille(&d, SOLVED_IN_CALL);
	if (strcmp(c.ending->outcome, "abandoned_ivr") != 0)
		add(&c, QUEUED, 0);
	if (answered)
		add(&c, ANSWERED, draw_between(&d, 3, 60) * second);
	add(&c, ENDED, c.empty ? draw_between(&d, 2, 6) * second : draw_between(&d, 40, 480) * second);
	if (answered && draw_mille(&d, RECORDED))
		add(&c, RECORDING, draw_between(&d, 120, 10800) * second);
	return c;
}

int call_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	const struct call c = draw_call(w, s);
	struct draw d = draw_keyed(w->key, KEY_PLAN, ~s->no);

	for (int i = 0; i < c.n; i++) {
		steps[i].offset = c.at[c.stage[i]];
		if (draw_mille(&d, 20)) /* the call centre's own queue */
			steps[i].delay = draw_between(&d, 5, 90) * QL_SECOND;
	}
	return c.n;
}

static void put_summary(struct ql_buf *b, const struct facts *f, bool solved)
{
	struct ql_buf text;

	ql_buf_init(&text, RECORD_BYTES_MAX);
	ql_buf_str(&text, "来电咨询：");
	texts_fill(&text, f->problem->text[f->variant], &f->fillings);
	if (solved)
		ql_buf_str(&text, f->problem->answer != NULL ? f->problem->answer : "已联系现场确认，当日安排，企业知悉。");
	ql_json_text(b, "summary", text.data);
	ql_buf_free(&text);
}

static void put_ending(struct ql_buf *b, struct draw *d, const struct facts *f, const struct call *c)
{
	const bool answered = c->ending == &ENDINGS[0], spoken = answered && !c->empty;

	ql_json_text(b, "outcome", c->ending->outcome);
	if (answered)
		ql_json_bool(b, "solved", spoken && c->solved);
	if (!spoken)
		return;
	if (draw_mille(d, 800))
		ql_json_text(b, "category", f->problem->category);
	put_summary(b, f, c->solved);
	facts_references(b, f, strstr(f->problem->text[f->variant], "{decl}") != NULL, strstr(f->problem->text[f->variant], "{box}") != NULL, false);
}

static void put_call(struct ql_buf *b, struct draw *d, const struct story *s, const struct facts *f, const struct call *c, enum stage stage)
{
	char agent[8];

	ql_json_text(b, "hotline", c->hotline);
	facts_text(b, "caller", f->is_stranger ? "" : f->who->phone);
	ql_json_text(b, "ivr_path", "2>1");
	ql_json_text(b, "queue", "企业服务");
	facts_time(b, "started_at", s->at);
	if (stage == QUEUED)
		return;
	if (c->ending == &ENDINGS[0]) {
		snprintf(agent, sizeof(agent), "%04d", (int)(s->no % 37) + 860);
		ql_json_text(b, "agent", agent);
		facts_time(b, "answered_at", s->at + c->at[ANSWERED]);
		if (f->uscc[0] != '\0')
			ql_json_text(b, "uscc", f->uscc);
	}
	if (stage == ENDED) {
		facts_time(b, "ended_at", s->at + c->at[ENDED]);
		put_ending(b, d, f, c);
	}
}

static const char *fate(const struct call *c, enum stage stage)
{
	static const char *const BEFORE[STAGES] = { [QUEUED] = "record", [ANSWERED] = "record", [RECORDING] = "record|attach" };

	if (stage != ENDED)
		return BEFORE[stage];
	if (c->ending != &ENDINGS[0])
		return "case|attach|record"; /* who is called back depends on who it was */
	return c->empty ? "record" : c->solved ? "case" : "case|attach";
}

void call_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	const struct call c = draw_call(w, s);
	const enum stage stage = c.stage[step];
	struct draw d = facts_step(w, s, step);
	struct ql_buf *b = &out->value;
	char call_id[96], url[160];
	struct facts f;

	facts_draw(w, s, &f);
	snprintf(call_id, sizeof(call_id), "ccc-%" PRIx64 "-%" PRIx64 "-%" PRIu64, w->seed, (uint64_t)w->start, s->no);
	facts_address(w, s, step, s->at + c.at[stage], out);
	snprintf(out->key, sizeof(out->key), "%s", call_id);
	snprintf(out->source, sizeof(out->source), "/hotline/%s", c.hotline);
	out->type = TYPES[stage];
	out->fate = fate(&c, stage);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "call_id", call_id);
	if (stage == RECORDING) {
		snprintf(url, sizeof(url), "https://recordings.example.org/%s.wav", call_id);
		ql_json_text(b, "recording_url", url);
	} else {
		put_call(b, &d, s, &f, &c, stage);
	}
	ql_json_close(b, '}');
}
