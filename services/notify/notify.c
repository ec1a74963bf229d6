#include "notify/notify.h"
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/metrics.h"
#include "base/webaddr.h"
#include "notify/figures.h"
#include "notify/letter.h"
#include "notify/sign.h"

#define LOOK_EVERY  (QL_SECOND / 4) /* for what comes due without an event; sooner when one came */
#define BUSY_MS     10              /* of waiting for transfers between two looks at the log */
#define LEAVE_TIME  (3 * QL_SECOND) /* for transfers to end when we are asked to stop */
#define PRUNE_EVERY (3600 * QL_SECOND)
#define COUNT_EVERY (30 * QL_SECOND)

int64_t notify_wait_ms(const struct notify *n, int failures) { return retry_after_ms(failures, n->conf->retry_ms, randombytes_random()); }

static void note_outcome(void *ctx, const struct outcome *o)
{
	struct notify *n = ctx;

	assert(n->n_ends < ENDS_MAX);
	n->end[n->n_ends++] = *o;
}

/* --- opening --- */

/* "wechat,wecom" becomes "{mail,wechat,wecom}", without mail when there is no server and without the rest when no adapter. */
static enum ql_rc list_ways(struct notify *n, struct ql_err *err)
{
	const bool adapter = n->conf->adapter_url[0] != '\0';
	const char *channels = adapter ? n->conf->adapter_channels : "";
	int len;

	n->can_mail = n->conf->mail_host[0] != '\0';
	if (strspn(channels, "abcdefghijklmnopqrstuvwxyz_,") != strlen(channels))
		return ql_fail(err, QL_FATAL, "adapter.channels: names of channels, commas between them");
	len = snprintf(n->ways, sizeof(n->ways), "{%s%s%s}", n->can_mail ? "mail" : "", n->can_mail && channels[0] != '\0' ? "," : "", channels);
	return len < (int)sizeof(n->ways) ? QL_OK : ql_fail(err, QL_FATAL, "adapter.channels: longer than %zu bytes", sizeof(n->ways));
}

static enum ql_rc check_conf(const struct notify_conf *conf, struct ql_err *err)
{
	char signature[SIGN_MAX];
	const char *why;

	if (!webaddr_is_mail(conf->mail_from))
		return ql_fail(err, QL_FATAL, "mail.from: one plain mail address");
	if (strcmp(conf->mail_tls, "none") != 0 && strcmp(conf->mail_tls, "starttls") != 0 && strcmp(conf->mail_tls, "tls") != 0)
		return ql_fail(err, QL_FATAL, "mail.tls: none, starttls or tls");
	if (conf->adapter_url[0] == '\0')
		return QL_OK;
	if (!webaddr_check_url(conf->adapter_url, true, NULL, &why))
		return ql_fail(err, QL_FATAL, "adapter.url: %s", why);
	return sign_webhook(conf->adapter_secret, "msg_0", 0, "", 0, signature, err) == QL_OK
	       ? QL_OK : ql_fail(err, QL_FATAL, "adapter.secret: whsec_ and base64 of at least %d bytes", SIGN_KEY_MIN);
}

static enum ql_rc open_database(struct notify *n, struct ql_err *err)
{
	struct ql_backoff wait = { 0 };
	enum ql_rc rc = QL_OK;

	while (rc == QL_OK && n->cb == NULL && !ql_stopping()) { /* it may start after us */
		rc = n->pg == NULL ? ql_pg_open(&n->pg, n->conf->pg_dsn, "notify", err) : ql_pg_recover(n->pg, err);
		if (rc == QL_OK)
			rc = casebook_new(&n->cb, n->pg, err);
		ql_ready("database", rc == QL_RETRY ? err->msg : NULL);
		if (rc == QL_RETRY) {
			ql_backoff_wait(&wait, err);
			rc = QL_OK;
		}
	}
	return rc;
}

static enum ql_rc open_ways(struct notify *n, struct ql_err *err)
{
	const struct notify_conf *c = n->conf;
	const struct transport_conf conf = { .mail_host = c->mail_host, .mail_tls = c->mail_tls, .mail_ca = c->mail_ca, .mail_user = c->mail_user, .mail_password = c->mail_password,
		.mail_from = c->mail_from, .mail_port = c->mail_port, .timeout_s = c->timeout_s, .most = c->transfers, .inside = c->hook_inside,
		.done = note_outcome, .ctx = n };
	enum ql_rc rc = check_conf(c, err);

	if (rc == QL_OK)
		rc = list_ways(n, err);
	if (rc == QL_OK)
		rc = texts_open(&n->texts, c->templates, err);
	return rc == QL_OK ? transport_open(&n->transport, &conf, err) : rc;
}

enum ql_rc notify_open(struct notify **out, const struct notify_conf *conf, struct ql_err *err)
{
	struct notify *n = calloc(1, sizeof(*n));
	enum ql_rc rc;

	*out = n;
	if (n == NULL || sodium_init() < 0)
		return ql_fail(err, QL_FATAL, "no memory to start");
	n->conf = conf;
	ql_buf_init(&n->scratch, 2 * LETTER_MAX);
	ql_buf_init(&n->words, ROWS_BYTES_MAX);
	rc = open_ways(n, err);
	if (rc == QL_OK)
		rc = ql_health_open(conf->health_address, conf->health_port, err);
	if (rc == QL_OK)
		rc = open_database(n, err);
	return rc == QL_OK ? events_open(n, err) : rc;
}

void notify_close(struct notify *n)
{
	if (n == NULL)
		return;
	ql_consumer_close(n->consumer);
	transport_close(n->transport);
	texts_close(n->texts);
	casebook_free(n->cb);
	ql_pg_close(n->pg);
	mail_page_clear(&n->mails);
	hook_page_clear(&n->hooks);
	ql_rows_free(&n->notices);
	ql_buf_free(&n->rows);
	ql_buf_free(&n->words);
	ql_buf_free(&n->scratch);
	ql_health_close();
	free(n);
}

/* --- a turn --- */

/* What finished is written down at once. What can't be is forgotten: its lease ends, and it goes out again under its old id. */
static enum ql_rc settle(struct notify *n, struct ql_err *err)
{
	enum ql_rc rc = n->n_ends > 0 ? hooks_end(n, err) : QL_OK;

	for (size_t i = 0; rc == QL_OK && i < n->n_ends; i++) {
		if (n->end[i].kind == TRANSFER_HOOK)
			continue;
		rc = mails_end(n, &n->end[i], err);
		if (rc == QL_CONFLICT || rc == QL_REJECT) { /* of this letter only */
			ql_log_err("letter_not_settled", err);
			rc = ql_pg_recover(n->pg, err);
		}
	}
	if (n->n_ends > 0)
		n->look_at = 0; /* behind each of them something may have waited */
	n->n_ends = 0;
	return rc;
}

static enum ql_rc release(struct notify *n, struct ql_err *err)
{
	enum ql_rc rc = n->released ? QL_OK : store_release(n->pg, n->ways, err);

	n->released = rc == QL_OK;
	return rc;
}

static enum ql_rc count_held(struct notify *n, struct ql_err *err)
{
	int64_t held = 0;
	enum ql_rc rc = store_held(n->pg, &held, err);

	if (rc == QL_OK)
		ql_gauge(&figure_mails_held, held);
	return rc;
}

static enum ql_rc prune(struct notify *n, struct ql_err *err) { return store_prune_hooks(n->pg, n->conf->hook_log_days, err); }

/* Does it when its time has come; after a failure again at the next look. */
static enum ql_rc now_and_then(struct notify *n, ql_time *at, ql_time every, enum ql_rc (*what)(struct notify *, struct ql_err *), struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (ql_monotonic() < *at)
		return QL_OK;
	rc = what(n, err);
	if (rc == QL_OK)
		*at = ql_monotonic() + every;
	return rc;
}

static enum ql_rc keep_house(struct notify *n, struct ql_err *err)
{
	enum ql_rc rc = release(n, err);

	if (rc == QL_OK)
		rc = now_and_then(n, &n->count_at, COUNT_EVERY, count_held, err);
	return rc == QL_OK ? now_and_then(n, &n->prune_at, PRUNE_EVERY, prune, err) : rc;
}

static enum ql_rc look(struct notify *n, struct ql_err *err)
{
	bool more = false;
	enum ql_rc rc;

	if (ql_monotonic() < n->look_at)
		return QL_OK;
	rc = keep_house(n, err);
	if (rc == QL_OK)
		rc = mails_step(n, &more, err);
	if (rc == QL_OK)
		rc = hooks_step(n, &more, err);
	n->look_at = more ? 0 : ql_monotonic() + LOOK_EVERY;
	return rc;
}

/* How long the log may be waited for: not at all while something is on its way or due. */
static int patience_ms(const struct notify *n)
{
	const ql_time left = n->look_at - ql_monotonic();

	return transport_busy(n->transport) > 0 || left <= 0 ? 0 : (int)(left / 1000) + 1;
}

/* A broker that is away makes each look at the log slow: letters on their way are not kept waiting by it. */
static enum ql_rc hear(struct notify *n, bool *made, struct ql_err *err)
{
	const bool busy = transport_busy(n->transport) > 0;
	enum ql_rc rc;

	*made = false;
	if (busy && !ql_consumer_ready(n->consumer) && ql_monotonic() < n->listen_at)
		return QL_OK;
	rc = events_step(n, patience_ms(n), made, err);
	n->listen_at = ql_monotonic() + QL_SECOND;
	return rc;
}

static enum ql_rc turn(struct notify *n, struct ql_err *err)
{
	bool made = false;
	enum ql_rc rc = look(n, err);

	if (rc == QL_OK)
		rc = transport_run(n->transport, BUSY_MS, err);
	if (rc == QL_OK)
		rc = settle(n, err);
	if (rc == QL_OK)
		rc = hear(n, &made, err);
	if (made)
		n->look_at = 0;
	ql_gauge(&figure_busy, (int64_t)transport_busy(n->transport));
	return rc;
}

enum ql_rc notify_step(struct notify *n, struct ql_err *err)
{
	enum ql_rc rc = n->broken ? ql_pg_recover(n->pg, err) : QL_OK;

	if (rc == QL_OK)
		rc = turn(n, err);
	ql_ready("database", rc == QL_RETRY ? err->msg : NULL);
	n->broken = rc != QL_OK;
	if (rc != QL_OK) {
		casebook_rollback(n->cb);
		n->n_ends = 0;
	}
	return rc;
}

void notify_leave(struct notify *n)
{
	const ql_time until = ql_monotonic() + LEAVE_TIME;
	struct ql_err err = { 0 };
	enum ql_rc rc = QL_OK;

	while (rc == QL_OK && transport_busy(n->transport) > 0 && ql_monotonic() < until) {
		rc = transport_run(n->transport, BUSY_MS, &err);
		if (rc == QL_OK)
			rc = settle(n, &err);
	}
	if (rc != QL_OK)
		ql_log_err("left_unsettled", &err);
}
