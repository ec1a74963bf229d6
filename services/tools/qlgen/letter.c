/* letter.c -- what people write: one message, several in a row, a greeting, a reply, two parties about one box. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "tools/qlgen/facts.h"

#define LATE      10  /* per thousand that reach us hours after they were written */
#define IN_NEED   120 /* per thousand that say until when */
#define OUT_OF_ORDER 20
#define TYPE      "qingling.enquiry.received.v1"
#define EITHER    "case|attach"

static const struct { const char *name; int weight; } CHANNELS[] = { { "wechat", 25 }, { "wecom", 10 }, { "portal", 5 }, { "mail", 2 }, { "counter", 1 } };

/* What one message says beyond the facts of its story. */
struct message {
	const char *channel, *subject, *text, *role, *reply_to, *user;
	const struct enterprise *who;
	bool plain; /* no category, no references: words only */
	bool with_box;
	ql_time at;
};

static void put_user(struct ql_buf *b, const struct facts *f, const struct message *m)
{
	char other[128];

	if (m->user != NULL) {
		ql_json_text(b, "channel_user", m->user);
	} else if (f->is_stranger) {
		ql_json_text(b, "channel_user", f->stranger);
	} else if (strcmp(m->channel, m->who->channel) == 0 && m->who->channel_user[0] != '\0') {
		ql_json_text(b, "channel_user", m->who->channel_user);
	} else { /* the same contact elsewhere */
		snprintf(other, sizeof(other), strcmp(m->channel, "mail") == 0 ? "%s@example.org" : "%s-c", m->who->uscc);
		ql_json_text(b, "channel_user", other);
	}
}

static void put_need(struct ql_buf *b, struct draw *d, ql_time at)
{
	static const char *const REASONS[] = { "storage_free_end", "cut_off", "sailing", "line_stop", "other" };

	if (!draw_mille(d, IN_NEED))
		return;
	ql_json_open(b, "needed_by", '{');
	facts_time(b, "at", at + draw_between(d, 3, 60) * 3600 * QL_SECOND);
	ql_json_text(b, "reason", REASONS[draw_below(d, (int)QL_LEN(REASONS))]);
	ql_json_close(b, '}');
}

static void put_problem(struct ql_buf *b, struct draw *d, const struct facts *f, const struct message *m)
{
	if (draw_mille(d, 700))
		ql_json_text(b, "category", f->problem->category);
	ql_json_text(b, "unit", f->place->code);
	facts_references(b, f, strstr(m->text, "{decl}") != NULL, m->with_box || strstr(m->text, "{box}") != NULL, strstr(m->text, "{bill}") != NULL);
	put_need(b, d, m->at);
}

static void put_contact(struct ql_buf *b, const struct message *m)
{
	ql_json_open(b, "contact", '{');
	ql_json_text(b, "name", m->who->contact);
	facts_text(b, "phone", m->who->phone);
	ql_json_close(b, '}');
}

static void set_key(struct record *out, const struct facts *f, const struct message *m)
{
	const char *user = m->user != NULL && m->user[0] != '\0' ? m->user : f->is_stranger ? f->stranger : m->who->uscc;

	snprintf(out->key, sizeof(out->key), "%s", user);
	snprintf(out->source, sizeof(out->source), "/%s", m->channel);
	out->type = TYPE;
}

static void say(const struct world *w, const struct story *s, int step, const struct facts *f, const struct message *m, struct record *out)
{
	struct draw d = facts_step(w, s, step);
	struct ql_buf *b = &out->value;
	const bool late = draw_mille(&d, LATE);
	char receipt[64];

	facts_address(w, s, step, m->at, out);
	set_key(out, f, m);
	ql_json_open(b, NULL, '{');
	if (!f->is_stranger)
		ql_json_text(b, "uscc", m->who == f->who ? f->uscc : m->who->uscc);
	ql_json_text(b, "channel", m->channel);
	put_user(b, f, m);
	if (!f->is_stranger && m->who->phone[0] != '\0' && draw_mille(&d, 600))
		put_contact(b, m);
	if (m->role != NULL)
		ql_json_text(b, "role", m->role);
	facts_fill(b, "subject", m->subject, f);
	facts_fill(b, "text", m->text, f);
	if (!m->plain)
		put_problem(b, &d, f, m);
	if (strcmp(m->channel, "portal") == 0 && m->reply_to == NULL) {
		snprintf(receipt, sizeof(receipt), "R%s", out->id);
		ql_json_text(b, "receipt", receipt);
	}
	ql_json_text(b, "language", TONGUE_NAMES[f->tongue]);
	facts_time(b, "occurred_at", m->at - (late ? draw_between(&d, 2, 40) * 3600 * QL_SECOND : 0));
	ql_json_text(b, "reply_to", m->reply_to);
	ql_json_close(b, '}');
	out->fate = EITHER;
	out->mode = draw_mille(&d, 50) ? MODE_STRUCTURED : MODE_BINARY;
}

static struct message message(const struct world *w, const struct story *s, int step, const struct facts *f)
{
	struct step steps[STORY_STEPS];

	story_plan(w, s, steps);
	return (struct message){ .channel = "wechat", .subject = f->problem->subject[f->variant], .text = f->problem->text[f->variant], .who = f->who,
	                         .at = s->at + steps[step].offset };
}

int letter_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	struct draw d = draw_keyed(w->key, KEY_PLAN, s->no);

	if (draw_mille(&d, OUT_OF_ORDER))
		steps[0].delay = draw_between(&d, 5, 40) * QL_SECOND;
	return 1;
}

void letter_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct draw d = draw_keyed(w->key, KEY_STEP, ~s->no);
	struct facts f;
	struct message m;

	facts_draw(w, s, &f);
	m = message(w, s, step, &f);
	m.channel = CHANNELS[draw_weighted(&d, &CHANNELS[0].weight, (int)sizeof(CHANNELS[0]), (int)QL_LEN(CHANNELS))].name;
	if (f.who->is_broker)
		m.role = "declarant";
	say(w, s, step, &f, &m, out);
}

/* Several short messages within the pause that makes them one; the second often overtakes the first. */
int fragments_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	struct draw d = draw_keyed(w->key, KEY_PLAN, s->no);
	const int n = draw_between(&d, 2, 4);

	for (int i = 1; i < n; i++)
		steps[i].offset = steps[i - 1].offset + draw_between(&d, 3, 28) * QL_SECOND / w->haste;
	if (draw_mille(&d, 5 * OUT_OF_ORDER))
		steps[0].delay = steps[1].offset + QL_SECOND;
	return n;
}

void fragments_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	static const char *const MORE[] = { "箱号 {box}", "在{port}", "报关单号 {decl}", "麻烦尽快" };
	struct facts f;
	struct message m;

	facts_draw(w, s, &f);
	f.tongue = TONGUE_ZH;
	m = message(w, s, step, &f);
	m.plain = step > 0;
	if (step > 0)
		m.subject = "", m.text = MORE[(size_t)(step - 1 + f.variant) % QL_LEN(MORE)];
	say(w, s, step, &f, &m, out);
}

void greeting_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct facts f;
	struct message m;

	facts_draw(w, s, &f);
	f.tongue = TONGUE_ZH;
	m = message(w, s, step, &f);
	m.plain = true;
	m.subject = "";
	m.text = texts_greeting((unsigned)s->no);
	say(w, s, step, &f, &m, out);
	out->fate = "record|attach"; /* attached when its writer has just said something else */
}

/* Owner and broker of one box, each by his own way, neither knowing of the other. */
int twins_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	struct draw d = draw_keyed(w->key, KEY_PLAN, s->no);

	steps[1].offset = draw_between(&d, 20, 900) * QL_SECOND / w->haste;
	return 2;
}

void twins_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct draw d = draw_keyed(w->key, KEY_STEP, ~s->no);
	struct facts f;
	struct message m;

	facts_draw(w, s, &f);
	f.is_stranger = false;
	snprintf(f.uscc, sizeof(f.uscc), "%s", f.who->uscc);
	m = message(w, s, step, &f);
	m.with_box = true;
	m.role = "principal";
	if (step == 1) {
		m.who = people_pick(&w->people, &d, true);
		m.channel = "wecom";
		m.role = "declarant";
	}
	say(w, s, step, &f, &m, out);
}

void reply_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	struct draw d = draw_keyed(w->key, KEY_STEP, ~s->no);
	const int i = draw_below(&d, w->talks.n > 0 ? (int)w->talks.n : 1);
	struct enterprise writer = { .channel = "" };
	struct facts f;
	struct message m;

	facts_draw(w, s, &f);
	m = message(w, s, step, &f);
	snprintf(writer.uscc, sizeof(writer.uscc), "%s", w->talks.at[i].uscc);
	snprintf(f.uscc, sizeof(f.uscc), "%s", writer.uscc);
	f.is_stranger = false;
	f.tongue = TONGUE_ZH;
	f.who = m.who = &writer;
	m.channel = strcmp(w->talks.at[i].channel, "wecom") == 0 ? "wecom" : "wechat";
	m.user = w->talks.at[i].channel_user;
	m.reply_to = w->talks.at[i].number;
	m.plain = true;
	m.subject = "";
	m.text = texts_follow_up((unsigned)s->no);
	say(w, s, step, &f, &m, out);
	out->fate = "attach|case"; /* a case, when it was closed meanwhile and can't be reopened */
}
