/* mails.c -- letters: taken over from messages and notices, written in the recipient's language, sent, settled. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "domain/alert.h"
#include "domain/timefmt.h"
#include "notify/figures.h"
#include "notify/happened.h"
#include "notify/letter.h"
#include "notify/notify.h"
#include "notify/sign.h"

#define NO_WAY   "no_way_out" /* kept at the message: its channel has no mail server and no adapter */
#define LINK_MAX 400
#define MAIL_EACH 8 /* letters on their way at once: a mail server counts connections */
#define LOST_MOST 1000 /* tries that ended without a word, or by a fault of ours, before a letter is given up nevertheless */

/* --- words --- */

static void write_time(ql_time at, char out[32])
{
	const struct civil c = civil_at(at, BEIJING_OFFSET);

	snprintf(out, 32, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

struct bit { char text[256]; }; /* an optional part of a text, "" when there is none */

static void fill_bit(const struct notify *n, enum language language, enum text text, const char *name, const char *value, struct bit *out)
{
	const struct value values[] = { { name, value }, { NULL, NULL } };
	struct ql_buf b;

	ql_buf_init(&b, sizeof(out->text) - 1);
	texts_fill(n->texts, language, text, values, &b);
	snprintf(out->text, sizeof(out->text), "%s", b.data != NULL ? b.data : "");
	ql_buf_free(&b);
}

static void fill_time(const struct notify *n, enum language language, enum text text, ql_time at, struct bit *out)
{
	char time[32];

	out->text[0] = '\0';
	if (at == 0)
		return;
	write_time(at, time);
	fill_bit(n, language, text, "time", time, out);
}

static void fill_times(const struct notify *n, enum language language, int times, struct bit *out)
{
	char number[16];

	out->text[0] = '\0';
	snprintf(number, sizeof(number), "%d", times);
	if (times > 1)
		fill_bit(n, language, TEXT_NOTICE_TIMES, "times", number, out);
}

static void write_what(const struct notify *n, enum language language, const char *kind, struct bit *out)
{
	static const enum text TEXT_OF[ALERTS] = {
		[ALERT_ASSIGNED] = TEXT_KIND_ASSIGNED, [ALERT_WARNED] = TEXT_KIND_WARNED, [ALERT_BREACHED] = TEXT_KIND_BREACHED,
		[ALERT_ESCALATED] = TEXT_KIND_ESCALATED, [ALERT_INVITED] = TEXT_KIND_INVITED, [ALERT_TASK] = TEXT_KIND_TASK,
		[ALERT_FOLLOWED] = TEXT_KIND_FOLLOWED,
	};
	enum alert which = ALERT_FOLLOWED;

	if (!alert_parse(kind, &which))
		which = ALERT_FOLLOWED;
	fill_bit(n, language, TEXT_OF[which], "", "", out);
}

static void write_link(const struct notify *n, const char *number, char out[LINK_MAX])
{
	snprintf(out, LINK_MAX, "%s/%s%s", n->conf->public_url, number[0] != '\0' ? "cases/" : "", number);
}

/* --- one writer a kind: subject and body --- */

struct writing { struct notify *n; const struct mail *mail; enum language language; struct ql_buf *subject, *body; };

static void write_message(struct writing *w)
{
	struct bit promise;
	char link[LINK_MAX];

	write_link(w->n, w->mail->number, link);
	fill_time(w->n, w->language, TEXT_MESSAGE_PROMISE, w->mail->promise_at, &promise);
	const struct value values[] = { { "number", w->mail->number }, { "text", w->mail->text }, { "promise", promise.text }, { "link", link }, { NULL, NULL } };

	texts_fill(w->n->texts, w->language, TEXT_MESSAGE_SUBJECT, values, w->subject);
	texts_fill(w->n->texts, w->language, TEXT_MESSAGE_BODY, values, w->body);
}

static const struct mail_line *first_line(const struct writing *w)
{
	static const struct mail_line NONE = { .kind = "followed" };

	for (size_t i = 0; i < w->n->mails.n_lines; i++)
		if (w->n->mails.line[i].mail == w->mail->id)
			return &w->n->mails.line[i];
	return &NONE;
}

struct line_bits { struct bit what, times, due; };

static void fill_line(const struct writing *w, const struct mail_line *l, struct line_bits *b)
{
	write_what(w->n, w->language, l->kind, &b->what);
	fill_times(w->n, w->language, l->times, &b->times);
	fill_time(w->n, w->language, TEXT_NOTICE_DUE, l->due_at, &b->due);
}

static void write_notice(struct writing *w)
{
	const struct mail_line *l = first_line(w);
	struct line_bits b;
	char link[LINK_MAX];

	fill_line(w, l, &b);
	write_link(w->n, l->number, link);
	const struct value values[] = { { "what", b.what.text }, { "number", l->number }, { "times", b.times.text }, { "due", b.due.text }, { "link", link }, { NULL, NULL } };

	texts_fill(w->n->texts, w->language, TEXT_NOTICE_SUBJECT, values, w->subject);
	texts_fill(w->n->texts, w->language, TEXT_NOTICE_BODY, values, w->body);
}

static int write_lines(struct writing *w, struct ql_buf *lines)
{
	int count = 0;

	for (size_t i = 0; i < w->n->mails.n_lines; i++) {
		const struct mail_line *l = &w->n->mails.line[i];
		struct line_bits b;

		if (l->mail != w->mail->id)
			continue;
		fill_line(w, l, &b);
		const struct value values[] = { { "number", l->number }, { "what", b.what.text }, { "times", b.times.text }, { "due", b.due.text }, { NULL, NULL } };

		texts_fill(w->n->texts, w->language, TEXT_DIGEST_LINE, values, lines);
		ql_buf_str(lines, "\n");
		count++;
	}
	return count;
}

static void write_digest(struct writing *w)
{
	struct bit more = { "" };
	char number[16], link[LINK_MAX];
	struct ql_buf lines;

	ql_buf_init(&lines, LETTER_MAX / 2);
	const int count = write_lines(w, &lines) + w->mail->more;

	snprintf(number, sizeof(number), "%d", w->mail->more);
	if (w->mail->more > 0)
		fill_bit(w->n, w->language, TEXT_DIGEST_MORE, "count", number, &more);
	snprintf(number, sizeof(number), "%d", count);
	write_link(w->n, "", link);
	const struct value values[] = { { "count", number }, { "lines", lines.data != NULL ? lines.data : "" }, { "more", more.text }, { "link", link }, { NULL, NULL } };

	texts_fill(w->n->texts, w->language, TEXT_DIGEST_SUBJECT, values, w->subject);
	texts_fill(w->n->texts, w->language, TEXT_DIGEST_BODY, values, w->body);
	ql_buf_free(&lines);
}

/* Of the URL only the host: the rest may hold what its owner keeps secret. */
static void write_webhook(struct writing *w)
{
	struct bit why;
	char host[256];
	const char *from = strstr(w->mail->host, "://");

	from = from != NULL ? from + 3 : w->mail->host;
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(from, "/?"), from);
	fill_bit(w->n, w->language, strcmp(w->mail->why, "gone") == 0 ? TEXT_WEBHOOK_GONE : TEXT_WEBHOOK_FAILING, "", "", &why);
	const struct value values[] = { { "host", host }, { "why", why.text }, { NULL, NULL } };

	texts_fill(w->n->texts, w->language, TEXT_WEBHOOK_SUBJECT, values, w->subject);
	texts_fill(w->n->texts, w->language, TEXT_WEBHOOK_BODY, values, w->body);
}

static const struct { const char *kind; void (*write)(struct writing *w); } WRITERS[] = {
	{ "message", write_message }, { "notice", write_notice }, { "digest", write_digest }, { "webhook_disabled", write_webhook },
};

/* --- on its way --- */

static enum ql_rc send_letter(struct notify *n, const struct mail *m, const struct ql_buf *subject, const struct ql_buf *body, struct ql_err *err)
{
	char id[160], thread[160];
	const char *domain = strchr(n->conf->mail_from, '@') + 1;
	const struct letter l = { .from = n->conf->mail_from, .name = n->conf->mail_name, .to = m->address, .subject = subject->data, .body = body->data, .id = id,
	                          .thread = m->number[0] != '\0' ? thread : NULL, .at = ql_now() };
	enum ql_rc rc;

	snprintf(id, sizeof(id), "%s@%.100s", m->token, domain);
	snprintf(thread, sizeof(thread), "case-%s@%.100s", m->number, domain);
	ql_buf_reset(&n->scratch);
	rc = letter_write(&l, &n->scratch, err);
	return rc == QL_OK ? transport_mail(n->transport, m->id, m->attempts, m->address, &n->scratch, err) : rc;
}

/* What an adapter gets: the words and whom they are for; it knows the channel, and answers 2xx (202: passed on, no more is
 * known), 409 (the channel's window is closed) or another 4xx (refused). */
static enum ql_rc send_adapter(struct notify *n, const struct mail *m, struct ql_err *err)
{
	char signature[SIGN_MAX], id[64], time[32], id_line[96], time_line[64], signature_line[SIGN_MAX + 32];
	const char *const headers[] = { "content-type: application/json", id_line, time_line, signature_line, NULL };
	const struct post p = { TRANSFER_ADAPTER, m->id, m->attempts, n->conf->adapter_url, headers };
	struct ql_buf *b = &n->scratch;
	enum ql_rc rc;

	ql_buf_reset(b);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "channel", m->channel);
	ql_json_text(b, "to", m->address);
	ql_json_text(b, "case", m->number);
	ql_json_text(b, "language", m->language);
	ql_json_text(b, "text", m->text);
	ql_json_close(b, '}');
	snprintf(id, sizeof(id), "msg_%s", m->token);
	snprintf(time, sizeof(time), "%" PRId64, ql_now() / QL_SECOND);
	if (!ql_buf_ok(b))
		return ql_fail(err, QL_REJECT, "too long for an adapter");
	rc = sign_webhook(n->conf->adapter_secret, id, ql_now() / QL_SECOND, b->data, b->len, signature, err);
	if (rc != QL_OK)
		return rc;
	snprintf(id_line, sizeof(id_line), "webhook-id: %s", id);
	snprintf(time_line, sizeof(time_line), "webhook-timestamp: %s", time);
	snprintf(signature_line, sizeof(signature_line), "webhook-signature: %s", signature);
	return transport_post(n->transport, &p, b, err);
}

static enum ql_rc write_and_send(struct notify *n, const struct mail *m, struct ql_err *err)
{
	struct ql_buf subject, body;
	struct writing w = { n, m, language_of(m->language), &subject, &body };
	enum ql_rc rc = QL_OK;

	if (strcmp(m->channel, "mail") != 0)
		return send_adapter(n, m, err);
	ql_buf_init(&subject, 1024);
	ql_buf_init(&body, LETTER_MAX);
	for (size_t i = 0; i < QL_LEN(WRITERS); i++)
		if (strcmp(WRITERS[i].kind, m->kind) == 0)
			WRITERS[i].write(&w);
	rc = ql_buf_ok(&subject) && ql_buf_ok(&body) ? send_letter(n, m, &subject, &body, err) : ql_fail(err, QL_REJECT, "the letter is too long");
	ql_buf_free(&subject);
	ql_buf_free(&body);
	return rc;
}

/* Letters that can't go: settled as if the other side had said so. */
static void settle_unsent(struct notify *n, const struct mail *m, const char *why)
{
	struct outcome *o = &n->end[n->n_ends++];

	*o = (struct outcome){ .kind = TRANSFER_MAIL, .id = m->id, .attempts = m->attempts, .fate = FATE_NEVER };
	snprintf(o->why, sizeof(o->why), "%s", why);
}

static enum ql_rc dispatch_one(struct notify *n, const struct mail *m, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (m->withdrawn)
		settle_unsent(n, m, "withdrawn");
	else if (m->address[0] == '\0')
		settle_unsent(n, m, "no_address");
	else if (m->attempts > n->conf->mail_tries + LOST_MOST)
		settle_unsent(n, m, "gave_up");
	else
		rc = write_and_send(n, m, err);
	if (rc == QL_REJECT) {
		settle_unsent(n, m, strcmp(err->field, "/to") == 0 ? "bad_address" : "unsendable");
		rc = QL_OK;
	}
	return rc;
}

enum ql_rc mails_step(struct notify *n, bool *more, struct ql_err *err)
{
	const size_t room = transport_room(n->transport), letters = transport_letters(n->transport);
	const size_t free = letters < MAIL_EACH ? MAIL_EACH - letters : 0, most = room < free ? room : free;
	int64_t taken = 0, gathered = 0;
	enum ql_rc rc = store_take_messages(n->pg, n->ways, NO_WAY, &taken, err);

	if (rc == QL_OK)
		rc = store_gather_notices(n->pg, n->can_mail, &gathered, err);
	if (rc != QL_OK || most == 0)
		return rc;
	rc = store_lease_mails(n->pg, (int)most, n->conf->lease_s, &n->mails, err);
	for (size_t i = 0; rc == QL_OK && i < n->mails.n; i++)
		rc = dispatch_one(n, &n->mails.mail[i], err);
	*more = *more || taken == TAKEN_MOST;
	mail_page_clear(&n->mails);
	return rc;
}

/* --- settling --- */

/* Our own login or certificate being refused is no reason to give letters up: it is waited for, and health says so. */
static void tell_health(const struct outcome *o)
{
	const bool unsent = o->fate == FATE_NEVER && o->status == 0;

	if (o->kind != TRANSFER_MAIL || unsent)
		return;
	ql_ready("mail", o->ours ? "the mail server refuses us: check mail.user, mail.password, mail.tls"
	                 : o->fate == FATE_AGAIN && o->status == 0 ? "the mail server does not answer: check mail.host, mail.port; letters wait" : NULL);
}

enum ql_rc mails_end(struct notify *n, const struct outcome *o, struct ql_err *err)
{
	const bool dropped = o->fate == FATE_NEVER && strcmp(o->why, "withdrawn") == 0;
	const bool over = o->fate == FATE_AGAIN && o->attempts >= n->conf->mail_tries && !o->ours;
	const bool again = o->fate == FATE_AGAIN && !over;
	const int64_t wait = notify_wait_ms(n, o->attempts);
	const struct mail_end end = { .id = o->id, .attempts = o->attempts, .failure = o->why[0] != '\0' ? o->why : NULL,
	                              .state = o->fate == FATE_SENT ? "sent" : dropped ? "dropped" : again ? "queued" : "failed",
	                              .wait_ms = o->wait_ms > wait ? o->wait_ms : wait };
	struct mail_message m = { 0 };
	enum ql_rc rc = QL_OK;

	tell_health(o);
	if (!again && !dropped)
		rc = store_mail_message(n->pg, o->id, &m, err);
	if (rc == QL_OK)
		rc = m.case_id != 0 ? report_delivery(n, &m, o, &end, err) : store_settle_mail(n->pg, &end, err);
	if (rc == QL_OK)
		ql_count(o->fate == FATE_SENT ? &figure_mails_sent : again ? &figure_again : &figure_mails_failed, dropped ? 0 : 1);
	if (rc == QL_OK && !again && o->fate != FATE_SENT)
		ql_log(QL_WARN, "letter_failed", "letter=%" PRId64 " status=%d why=\"%s\"", o->id, o->status, o->why);
	return rc;
}
