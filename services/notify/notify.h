/* notify.h -- the service: what it remembers and one turn of its loop. One thread. */
#ifndef QL_NOTIFY_NOTIFY_H
#define QL_NOTIFY_NOTIFY_H

#include "base/kafka.h"
#include "casebook/casebook.h"
#include "notify/event_store.h"
#include "notify/hook_store.h"
#include "notify/mail_store.h"
#include "notify/texts.h"
#include "notify/transport.h"

#define EVENTS_MAX     200 /* records in one transaction */
#define PARTITIONS_MAX 64
#define ROWS_BYTES_MAX (4 * 1024 * 1024)
#define ENDS_MAX       (3 * TRANSFERS_MAX) /* in one turn: what was on its way, and what could not be sent among two pages */

struct notify_conf {
	const char *pg_dsn, *brokers, *group, *health_address;
	int health_port;
	const char *templates, *public_url;
	const char *mail_host, *mail_tls, *mail_ca, *mail_user, *mail_password, *mail_from, *mail_name;
	int mail_port, mail_tries;
	const char *adapter_url, *adapter_secret, *adapter_channels;
	bool hook_inside;
	int hook_tries, hook_each, hook_disable_s, hook_log_days;
	int transfers, timeout_s, lease_s, retry_ms;
};

struct notify {
	const struct notify_conf *conf;
	struct ql_pg *pg;
	struct casebook *cb;
	struct ql_consumer *consumer;
	struct transport *transport;
	struct texts *texts;
	char ways[256];   /* channels with a way out, as a PostgreSQL array */
	bool can_mail, released, broken;

	/* events.c */
	char cluster[128];
	struct place place[PARTITIONS_MAX];
	size_t n_places;
	struct ql_buf rows; /* of the batch, a JSON array */
	int happenings, careful; /* careful: so many of the next records go one by one */

	/* mails.c, hooks.c */
	struct mail_page mails;
	struct hook_page hooks;
	struct ql_rows notices;
	struct ql_buf words, scratch;
	struct outcome end[ENDS_MAX]; /* finished and not settled yet */
	size_t n_ends;
	ql_time look_at, listen_at, prune_at, count_at; /* monotonic */
};

QL_MUSTCHECK enum ql_rc notify_open(struct notify **n, const struct notify_conf *conf, struct ql_err *err);
void notify_close(struct notify *n);
/* Events in, letters and deliveries out; rests a quarter of a second at most when there is neither. */
QL_MUSTCHECK enum ql_rc notify_step(struct notify *n, struct ql_err *err);

/* Asked to stop: what is on its way may arrive and be written down, for a few seconds. */
void notify_leave(struct notify *n);

/* --- its parts --- */
/* events.c */
QL_MUSTCHECK enum ql_rc events_open(struct notify *n, struct ql_err *err);
/* Waits at most ms for the first record. *made: rows that the others will find. */
QL_MUSTCHECK enum ql_rc events_step(struct notify *n, int ms, bool *made, struct ql_err *err);

/* mails.c: takes over, leases and hands to the transport as much as there is room for. *more: there was more. */
QL_MUSTCHECK enum ql_rc mails_step(struct notify *n, bool *more, struct ql_err *err);
QL_MUSTCHECK enum ql_rc mails_end(struct notify *n, const struct outcome *o, struct ql_err *err);

/* hooks.c */
QL_MUSTCHECK enum ql_rc hooks_step(struct notify *n, bool *more, struct ql_err *err);
/* Settles all outcomes of webhooks among n->end at once. */
QL_MUSTCHECK enum ql_rc hooks_end(struct notify *n, struct ql_err *err);

/* report.c: what became of a message, through casebook, and the letter's own row, in one transaction. */
QL_MUSTCHECK enum ql_rc report_delivery(struct notify *n, const struct mail_message *m, const struct outcome *o, const struct mail_end *end, struct ql_err *err);

/* How long to wait after so many failures, with chance. */
int64_t notify_wait_ms(const struct notify *n, int failures);

#endif
