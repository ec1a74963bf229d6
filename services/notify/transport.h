/* transport.h -- what is on its way out now: a bounded number of transfers on one libcurl multi handle. One thread.
 *
 * A transfer carries its bytes until it is finished; what became of it is told to a callback inside transport_run().
 */
#ifndef QL_NOTIFY_TRANSPORT_H
#define QL_NOTIFY_TRANSPORT_H

#include "base/buf.h"

#define TRANSFERS_MAX     64 /* at once, whatever the options say */
#define TRANSFER_WHY      160
#define ANSWER_BYTES_MAX  (64 * 1024) /* read of an answer; a longer one is cut off, its status counts */

enum transfer_kind { TRANSFER_MAIL, TRANSFER_HOOK, TRANSFER_ADAPTER };
enum fate { FATE_SENT, FATE_AGAIN, FATE_NEVER, FATE_GONE /* 410: the endpoint takes no more */ };

struct outcome {
	enum transfer_kind kind;
	int64_t id;
	int attempts;        /* of the lease that this transfer works under: its proof */
	enum fate fate;
	int status;          /* of HTTP or SMTP; 0: none came */
	int64_t wait_ms;     /* asked for by the other side (Retry-After); 0: nothing said */
	bool ours;           /* the fault is in our settings, not in what was sent */
	char why[TRANSFER_WHY]; /* "" when sent */
};
typedef void transfer_done(void *ctx, const struct outcome *outcome);

struct transport_conf {
	const char *mail_host, *mail_tls, *mail_ca, *mail_user, *mail_password, *mail_from;
	int mail_port, timeout_s, most; /* most: transfers at once */
	bool inside; /* webhooks may lead into our own network: tests */
	transfer_done *done;
	void *ctx;
};

struct transport;

QL_MUSTCHECK enum ql_rc transport_open(struct transport **t, const struct transport_conf *conf, struct ql_err *err);
void transport_close(struct transport *t); /* what is on its way is given up: its lease ends, somebody sends it again */

size_t transport_room(const struct transport *t);
size_t transport_busy(const struct transport *t);
size_t transport_letters(const struct transport *t); /* of them by SMTP */

/* payload is taken (reset to empty). QL_RETRY: no room or no memory. */
QL_MUSTCHECK enum ql_rc transport_mail(struct transport *t, int64_t id, int attempts, const char *to, struct ql_buf *payload, struct ql_err *err);

struct post { enum transfer_kind kind; int64_t id; int attempts; const char *url; const char *const *headers; /* NULL ends */ };
QL_MUSTCHECK enum ql_rc transport_post(struct transport *t, const struct post *p, struct ql_buf *payload, struct ql_err *err);

/* Works for at most ms; returns sooner when something finished. */
QL_MUSTCHECK enum ql_rc transport_run(struct transport *t, int ms, struct ql_err *err);

/* What an HTTP status means for a webhook. Pure. */
enum fate fate_of_http(long status);
/* ... and for an adapter, which knows why: 409 and other refusals are final. */
enum fate fate_of_adapter(long status);
/* What the last status of an SMTP talk means; *ours: it is our login that was refused. Pure. */
enum fate fate_of_smtp(long status, bool *ours);

#endif
