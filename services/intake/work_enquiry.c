#include <stdio.h>
#include <string.h>
#include "domain/fold.h"
#include "domain/timefmt.h"
#include "intake/work.h"

#define SUBJECT_MAX TEXT_OF(LIMIT_SUBJECT)
#define BLANKS      " \t\r\n"

static const char *said(const struct enquiry *q) { return q->text != NULL && q->text[0] != '\0' ? q->text : q->subject; }

static bool blank(const char *text) { return text[strspn(text, BLANKS)] == '\0'; }

static void keep_talk(struct work *w, const struct item *it)
{
	const struct enquiry *q = &it->record.enquiry;
	const char *text = said(q);
	struct ql_buf *b;

	if (blank(text))
		return; /* a sticker, a nudge: the inbox has it */
	b = ql_rows_begin(&w->kept->rows[KEPT_TALK]);
	ql_json_text(b, "channel", q->channel);
	ql_json_text(b, "channel_user", q->channel_user);
	if (it->enterprise.id != 0)
		ql_json_i64(b, "enterprise_id", it->enterprise.id);
	ql_json_text(b, "text", text);
	ql_json_time(b, "at", q->occurred);
	ql_json_text(b, "source", it->record.source);
	ql_json_text(b, "message_id", it->record.id);
	ql_rows_end(&w->kept->rows[KEPT_TALK]);
}

/* A person behind a wrong number must not be lost, and a stranger must not enter another's case: a human decides. */
static void refuse_foreign(struct item *it)
{
	it->record.fault = (struct decode_fault){ .code = "foreign_case", .field = "/reply_to" };
	snprintf(it->record.fault.zh, sizeof(it->record.fault.zh), "所回复的协调事项不属于发信企业或本人");
	snprintf(it->record.fault.en, sizeof(it->record.fault.en), "the case replied to is not the writer's");
	it->fate = FATE_QUARANTINED;
}

/* A WeChat message has no subject: its first line serves. */
static void subject_of(const struct enquiry *q, char out[SUBJECT_MAX])
{
	const char *from = blank(q->subject) && q->text != NULL ? q->text : q->subject;

	fold_text(from + strspn(from, BLANKS), out, SUBJECT_MAX, NULL);
	out[strcspn(out, "\r\n")] = '\0';
	if (out[0] == '\0')
		snprintf(out, SUBJECT_MAX, "（无文字）");
}

/* The message's words with its subject in front where that says more. */
static void full_text(const struct enquiry *q, char *out, size_t size)
{
	if (q->text != NULL && strncmp(q->text, q->subject, strlen(q->subject)) != 0)
		snprintf(out, size, "%s\n%s", q->subject, q->text);
	else
		snprintf(out, size, "%s", said(q));
}

static const char *needed_reason(const struct enquiry *q)
{
	static const char *const KNOWN[] = { "storage_free_end", "cut_off", "sailing", "line_stop", "other" };
	static const char *const SAID[] = { "免堆期止", "截关", "船期", "停产", "其他" };

	for (size_t i = 0; i < QL_LEN(KNOWN); i++)
		if (strcmp(q->needed_by.reason, KNOWN[i]) == 0 || strcmp(q->needed_by.reason, SAID[i]) == 0)
			return KNOWN[i];
	return q->has_needed_by ? "other" : NULL;
}

static enum ql_rc attach(struct work *w, struct item *it, struct case_file *c, bool joined, struct ql_err *err)
{
	const struct enquiry *q = &it->record.enquiry;
	char text[CASE_TEXT_MAX];
	struct attachment a = { .words = { text, "public", q->channel, q->language, it->enterprise.id }, .repeat = !joined && q->reply_to[0] == '\0',
	                        .receipt = q->receipt, .spoken_at = q->occurred, .needed_by = q->needed, .needed_reason = needed_reason(q) };
	const struct actor who = work_speaker(it);

	full_text(q, text, sizeof(text));
	it->fate = joined ? FATE_JOINED : FATE_ATTACHED;
	if (c->state == CASE_CLOSED && !blank(said(q)) && lifecycle_next(c->procedure, c->state, ACT_REOPEN, who.role) != NULL) {
		it->case_id = c->id;
		return casebook_reopen(w->cb, c, &who, text, err);
	}
	return work_attach(w, it, c, &a, err);
}

static enum ql_rc open_case(struct work *w, struct item *it, int64_t link, struct ql_err *err)
{
	const struct enquiry *q = &it->record.enquiry;
	const struct unit *goods = reference_unit_by_code(casebook_reference(w->cb), q->unit);
	char subject[SUBJECT_MAX];
	const struct case_person_in person = { q->contact.name, it->phone, it->phone_key, q->channel, q->channel_user };
	struct case_spec s = {
		.procedure = PROCEDURE_COORDINATION, .kind = "enquiry", .subject = subject, .text = said(q), .category = q->category,
		.channel = q->channel, .channel_user = q->channel_user, .language = q->language[0] != '\0' ? q->language : "zh",
		.receipt = q->receipt, .goods_unit = goods != NULL ? goods->id : 0, .needed_by = q->needed, .needed_reason = needed_reason(q),
		.occurred_at = q->occurred, .clocks_from = casebook_now(w->cb), .person = q->has_contact || q->channel_user[0] != '\0' ? &person : NULL,
	};

	subject_of(q, subject);
	/* A person spoke at occurred; what reached us late is not born breached, what claims the future starts now. */
	if (q->occurred != 0 && q->occurred < s.clocks_from && !it->record.late)
		s.clocks_from = q->occurred;
	return work_open(w, it, &s, link, err);
}

/* Past the window a case is not taken up again: a new one refers to it. */
static bool is_long_closed(const struct work *w, const struct case_file *c)
{
	return c->state == CASE_CLOSED && casebook_now(w->cb) - c->closed_at > reference_parameters(casebook_reference(w->cb))->reopen_days * QL_DAY;
}

enum ql_rc work_enquiry(struct work *w, struct item *it, struct ql_err *err)
{
	const struct recognised r = recognise(w, it);
	const struct enquiry *q = &it->record.enquiry;
	struct case_file *c = work_target(w, &r);

	if (r.foreign) {
		refuse_foreign(it);
		return QL_OK;
	}
	if (it->n_references == 0 && c == NULL && reference_is_greeting(casebook_reference(w->cb), said(q))) {
		keep_talk(w, it);
		it->fate = FATE_RECORDED;
		return QL_OK;
	}
	if (c != NULL && is_long_closed(w, c))
		return open_case(w, it, c->id, err);
	if (c == NULL)
		return open_case(w, it, r.link, err);
	enum ql_rc rc = attach(w, it, c, r.joined, err);

	return rc == QL_OK ? work_merge(w, &r, c, err) : rc;
}
