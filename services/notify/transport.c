#include "notify/transport.h"
#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/webaddr.h"

#define CONNECT_SECONDS 10
#define WAIT_ASKED_MAX  (3600 * INT64_C(1000))
#define URL_BYTES       600

struct transfer {
	struct transport *t;
	CURL *easy; /* NULL: free */
	enum transfer_kind kind;
	int64_t id;
	int attempts;
	struct ql_buf payload;
	size_t read, answered;
	struct curl_slist *list; /* headers, or the recipient */
	bool closed_net, cut;    /* refused by the guard; the answer was too long */
};

struct transport {
	CURLM *multi;
	struct transport_conf conf;
	struct transfer slot[TRANSFERS_MAX];
	size_t busy;
};

enum fate fate_of_http(long status)
{
	if (status >= 200 && status < 300)
		return FATE_SENT;
	return status == 410 ? FATE_GONE : FATE_AGAIN;
}

enum fate fate_of_adapter(long status)
{
	const bool later = status == 408 || status == 425 || status == 429;

	return status >= 400 && status < 500 && !later ? FATE_NEVER : status >= 200 && status < 300 ? FATE_SENT : FATE_AGAIN;
}

enum fate fate_of_smtp(long status, bool *ours)
{
	static const long LOGIN[] = { 530, 534, 535, 538 };

	*ours = false;
	for (size_t i = 0; i < QL_LEN(LOGIN); i++)
		*ours = *ours || status == LOGIN[i];
	return status >= 500 && status < 600 && !*ours ? FATE_NEVER : FATE_AGAIN;
}

/* --- callbacks of libcurl, inside transport_run --- */

static size_t give(char *to, size_t size, size_t n, void *ctx)
{
	struct transfer *x = ctx;
	const size_t left = x->payload.len - x->read, len = left < size * n ? left : size * n;

	memcpy(to, x->payload.data + x->read, len);
	x->read += len;
	return len;
}

/* The words of an answer are not kept: nobody can say what is in them. */
static size_t take(char *from, size_t size, size_t n, void *ctx)
{
	struct transfer *x = ctx;

	(void)from;
	x->answered += size * n;
	x->cut = x->answered > ANSWER_BYTES_MAX;
	return x->cut ? 0 : size * n;
}

/* The last look before a socket is opened: whatever the name said when it was checked, this is where it leads now. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *x = ctx;

	(void)purpose;
	if (!webaddr_is_public(&a->addr)) {
		x->closed_net = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* --- life --- */

enum ql_rc transport_open(struct transport **out, const struct transport_conf *conf, struct ql_err *err)
{
	struct transport *t = calloc(1, sizeof(*t));

	*out = t;
	if (t == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (t->multi = curl_multi_init()) == NULL)
		return ql_fail(err, QL_FATAL, "no memory for transfers");
	t->conf = *conf;
	curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)TRANSFERS_MAX);
	for (size_t i = 0; i < TRANSFERS_MAX; i++)
		t->slot[i].t = t;
	return QL_OK;
}

static void drop(struct transfer *x)
{
	if (x->easy == NULL)
		return;
	curl_multi_remove_handle(x->t->multi, x->easy);
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->list);
	ql_buf_free(&x->payload);
	x->easy = NULL;
	x->list = NULL;
	x->t->busy--;
}

void transport_close(struct transport *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < TRANSFERS_MAX; i++)
		drop(&t->slot[i]);
	if (t->multi != NULL)
		curl_multi_cleanup(t->multi);
	curl_global_cleanup();
	free(t);
}

size_t transport_busy(const struct transport *t) { return t->busy; }
size_t transport_letters(const struct transport *t)
{
	size_t n = 0;

	for (size_t i = 0; i < TRANSFERS_MAX; i++)
		n += t->slot[i].easy != NULL && t->slot[i].kind == TRANSFER_MAIL;
	return n;
}

size_t transport_room(const struct transport *t) { return (size_t)t->conf.most > t->busy ? (size_t)t->conf.most - t->busy : 0; }

static struct transfer *free_slot(struct transport *t)
{
	for (size_t i = 0; i < TRANSFERS_MAX && transport_room(t) > 0; i++)
		if (t->slot[i].easy == NULL)
			return &t->slot[i];
	return NULL;
}

/* A slot with a handle and what all transfers have in common. */
static struct transfer *begin(struct transport *t, enum transfer_kind kind, int64_t id, int attempts, struct ql_buf *payload)
{
	struct transfer *x = free_slot(t);
	CURL *easy = x != NULL ? curl_easy_init() : NULL;

	if (easy == NULL)
		return NULL;
	*x = (struct transfer){ .t = t, .easy = easy, .kind = kind, .id = id, .attempts = attempts, .payload = *payload };
	ql_buf_init(payload, payload->max);
	t->busy++;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)t->conf.timeout_s);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	return x;
}

static enum ql_rc start(struct transfer *x, struct ql_err *err)
{
	if (curl_multi_add_handle(x->t->multi, x->easy) == CURLM_OK)
		return QL_OK;
	drop(x);
	return ql_fail(err, QL_RETRY, "no memory for a transfer");
}

static void set_tls(CURL *easy, const struct transport_conf *conf)
{
	if (strcmp(conf->mail_tls, "starttls") == 0)
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (conf->mail_ca[0] != '\0')
		curl_easy_setopt(easy, CURLOPT_CAINFO, conf->mail_ca);
}

enum ql_rc transport_mail(struct transport *t, int64_t id, int attempts, const char *to, struct ql_buf *payload, struct ql_err *err)
{
	struct transfer *x = begin(t, TRANSFER_MAIL, id, attempts, payload);
	char url[URL_BYTES];

	if (x == NULL)
		return ql_fail(err, QL_RETRY, "no room for another transfer");
	snprintf(url, sizeof(url), "%s://%s:%d/%s", strcmp(t->conf.mail_tls, "tls") == 0 ? "smtps" : "smtp", t->conf.mail_host, t->conf.mail_port,
	         strchr(t->conf.mail_from, '@') + 1);
	x->list = curl_slist_append(NULL, to);
	curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(x->easy, CURLOPT_URL, url);
	set_tls(x->easy, &t->conf);
	if (t->conf.mail_user[0] != '\0') {
		curl_easy_setopt(x->easy, CURLOPT_USERNAME, t->conf.mail_user);
		curl_easy_setopt(x->easy, CURLOPT_PASSWORD, t->conf.mail_password);
	}
	curl_easy_setopt(x->easy, CURLOPT_MAIL_FROM, t->conf.mail_from);
	curl_easy_setopt(x->easy, CURLOPT_MAIL_RCPT, x->list);
	curl_easy_setopt(x->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
	return start(x, err);
}

enum ql_rc transport_post(struct transport *t, const struct post *p, struct ql_buf *payload, struct ql_err *err)
{
	struct transfer *x = begin(t, p->kind, p->id, p->attempts, payload);
	const bool guarded = p->kind == TRANSFER_HOOK && !t->conf.inside;

	if (x == NULL)
		return ql_fail(err, QL_RETRY, "no room for another transfer");
	for (const char *const *h = p->headers; *h != NULL; h++)
		x->list = curl_slist_append(x->list, *h);
	curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, guarded ? "https" : "https,http");
	curl_easy_setopt(x->easy, CURLOPT_URL, p->url);
	curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->list);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->payload.data);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->payload.len);
	curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (p->kind == TRANSFER_ADAPTER) { /* no connection into our own network stays behind that a webhook could be given */
		curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, 1L);
	}
	if (guarded) {
		curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
		curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, x);
	}
	return start(x, err);
}

/* --- what became of it --- */

static void judge_mail(CURLcode code, struct outcome *o)
{
	if (code == CURLE_OK) {
		o->fate = FATE_SENT;
		return;
	}
	o->fate = fate_of_smtp(o->status, &o->ours);
	if (code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED || code == CURLE_PEER_FAILED_VERIFICATION) {
		o->fate = FATE_AGAIN;
		o->ours = true;
	}
	if (o->status != 0 && o->status >= 400)
		snprintf(o->why, sizeof(o->why), "the mail server answered %d", o->status);
	else
		snprintf(o->why, sizeof(o->why), "the mail server: %.100s", curl_easy_strerror(code));
}

static void judge_http(struct transfer *x, CURLcode code, struct outcome *o)
{
	curl_off_t asked = 0;

	if (x->closed_net) {
		o->fate = FATE_AGAIN;
		snprintf(o->why, sizeof(o->why), "the name leads into a private or local network");
		return;
	}
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && x->cut)) {
		o->fate = FATE_AGAIN;
		o->status = 0; /* an answer that broke off is none */
		snprintf(o->why, sizeof(o->why), "%s", curl_easy_strerror(code));
		return;
	}
	o->fate = x->kind == TRANSFER_HOOK ? fate_of_http(o->status) : fate_of_adapter(o->status);
	if (o->fate == FATE_SENT)
		return;
	curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &asked);
	o->wait_ms = asked > WAIT_ASKED_MAX / 1000 ? WAIT_ASKED_MAX : asked * 1000;
	snprintf(o->why, sizeof(o->why), o->status >= 300 && o->status < 400 ? "answered %d: redirects are not followed" : "answered %d", o->status);
}

static void finish(struct transport *t, CURL *easy, CURLcode code)
{
	struct transfer *x = NULL;
	long status = 0;
	struct outcome o;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	o = (struct outcome){ .kind = x->kind, .id = x->id, .attempts = x->attempts, .status = (int)status };
	if (x->kind == TRANSFER_MAIL)
		judge_mail(code, &o);
	else
		judge_http(x, code, &o);
	drop(x);
	t->conf.done(t->conf.ctx, &o);
}

enum ql_rc transport_run(struct transport *t, int ms, struct ql_err *err)
{
	int running = 0, left = 0;
	CURLMsg *msg;

	CURLMcode code = curl_multi_perform(t->multi, &running);

	if (code == CURLM_OK && running == (int)t->busy) { /* nothing has finished yet */
		code = curl_multi_poll(t->multi, NULL, 0, ms, NULL);
		if (code == CURLM_OK)
			code = curl_multi_perform(t->multi, &running);
	}
	if (code != CURLM_OK)
		return ql_fail(err, QL_RETRY, "transfers cannot go on: %s", curl_multi_strerror(code));
	while ((msg = curl_multi_info_read(t->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			finish(t, msg->easy_handle, msg->data.result);
	return QL_OK;
}
