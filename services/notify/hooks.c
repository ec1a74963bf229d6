/* hooks.c -- deliveries to webhooks: signed, sent, settled together. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "notify/figures.h"
#include "notify/notify.h"
#include "notify/sign.h"

#define MAIL_ROOM  8 /* transfers that webhooks leave to letters, however slow their endpoints are */
#define HEADER_MAX 256

/* What never leaves is settled without having been sent. */
static void settle_unsent(struct notify *n, const struct posting *d, enum fate fate, const char *why)
{
	struct outcome *o = &n->end[n->n_ends++];

	*o = (struct outcome){ .kind = TRANSFER_HOOK, .id = d->id, .attempts = d->attempts, .fate = fate, .ours = true };
	snprintf(o->why, sizeof(o->why), "%s", why);
}

static enum ql_rc sign_all(const struct posting *d, const char *id, int64_t now, char out[HEADER_MAX], struct ql_err *err)
{
	char fresh[SIGN_MAX], old[SIGN_MAX] = "";
	enum ql_rc rc = sign_webhook(d->secret, id, now, d->body, strlen(d->body), fresh, err);

	if (rc == QL_OK && d->old_secret[0] != '\0')
		rc = sign_webhook(d->old_secret, id, now, d->body, strlen(d->body), old, err);
	if (rc == QL_OK)
		snprintf(out, HEADER_MAX, "webhook-signature: %s%s%s", fresh, old[0] != '\0' ? " " : "", old);
	return rc;
}

static enum ql_rc post(struct notify *n, const struct posting *d, struct ql_err *err)
{
	char id[40], signature[HEADER_MAX], id_line[64], time_line[64];
	const int64_t now = ql_now() / QL_SECOND;
	const char *const headers[] = { "content-type: application/json", "user-agent: qingling-webhooks/1", id_line, time_line, signature, NULL };
	const struct post p = { TRANSFER_HOOK, d->id, d->attempts, d->url, headers };
	enum ql_rc rc;

	snprintf(id, sizeof(id), "msg_%" PRId64, d->id);
	snprintf(id_line, sizeof(id_line), "webhook-id: %s", id);
	snprintf(time_line, sizeof(time_line), "webhook-timestamp: %" PRId64, now);
	rc = sign_all(d, id, now, signature, err);
	if (rc != QL_OK)
		return rc;
	ql_buf_reset(&n->scratch);
	ql_buf_str(&n->scratch, d->body);
	return transport_post(n->transport, &p, &n->scratch, err);
}

enum ql_rc hooks_step(struct notify *n, bool *more, struct ql_err *err)
{
	const int most = (int)transport_room(n->transport) - MAIL_ROOM;
	enum ql_rc rc = QL_OK;

	if (most <= 0)
		return QL_OK;
	rc = store_lease_hooks(n->pg, most, n->conf->hook_each, n->conf->lease_s, &n->hooks, err);
	for (size_t i = 0; rc == QL_OK && i < n->hooks.n; i++) {
		const struct posting *d = &n->hooks.posting[i];

		if (d->withdrawn) {
			settle_unsent(n, d, FATE_NEVER, "withdrawn");
			continue;
		}
		rc = post(n, d, err);
		if (rc == QL_REJECT) { /* its secret is no secret: nothing that is sent could be believed */
			settle_unsent(n, d, FATE_AGAIN, err->msg);
			rc = QL_OK;
		}
	}
	*more = *more || (rc == QL_OK && n->hooks.n == HOOK_PAGE);
	hook_page_clear(&n->hooks);
	return rc;
}

/* --- settling --- */

static void put_end(struct notify *n, struct ql_buf *b, const struct outcome *o)
{
	const bool dropped = o->ours && o->fate == FATE_NEVER, good = o->fate == FATE_SENT;
	const bool over = o->fate == FATE_AGAIN && o->attempts >= n->conf->hook_tries;
	int64_t wait = notify_wait_ms(n, o->attempts);

	if (o->wait_ms > wait)
		wait = o->wait_ms;
	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "id", o->id);
	ql_json_i64(b, "attempts", o->attempts);
	ql_json_text(b, "state", dropped ? "dropped" : good ? "delivered" : o->fate == FATE_AGAIN && !over ? "queued" : "failed");
	if (!dropped)
		ql_json_bool(b, "good", good);
	ql_json_bool(b, "gone", o->fate == FATE_GONE);
	if (o->status != 0)
		ql_json_i64(b, "status", o->status);
	ql_json_text(b, "failure", o->why);
	ql_json_i64(b, "wait_ms", wait);
	ql_json_close(b, '}');
	ql_count(good ? &figure_hooks_delivered : o->fate == FATE_AGAIN && !over ? &figure_again : &figure_hooks_failed, dropped ? 0 : 1);
}

enum ql_rc hooks_end(struct notify *n, struct ql_err *err)
{
	int64_t disabled = 0;
	size_t found = 0;
	enum ql_rc rc;

	ql_buf_reset(&n->words);
	ql_json_open(&n->words, NULL, '[');
	for (size_t i = 0; i < n->n_ends; i++)
		if (n->end[i].kind == TRANSFER_HOOK) {
			put_end(n, &n->words, &n->end[i]);
			found++;
		}
	ql_json_close(&n->words, ']');
	if (found == 0)
		return QL_OK;
	rc = store_settle_hooks(n->pg, &n->words, n->conf->hook_disable_s, n->can_mail, &disabled, err);
	if (rc == QL_OK && disabled > 0) {
		ql_count(&figure_hooks_disabled, disabled);
		ql_log(QL_WARN, "webhooks_disabled", "count=%" PRId64, disabled);
	}
	return rc;
}
