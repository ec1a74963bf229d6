/* mail_store.h -- the letters: taken over from messages and notices, leased, settled. A lease is the due time moved ahead:
 * whoever dies with it loses it by itself, and what a zombie says about it later counts for nothing. */
#ifndef QL_NOTIFY_MAIL_STORE_H
#define QL_NOTIFY_MAIL_STORE_H

#include "base/pg.h"

#define MAIL_PAGE   16  /* leased at once */
#define DIGEST_MOST 100 /* cases named in one digest; the rest is a number */
#define TAKEN_MOST  200 /* messages taken over at once */

/* ways: channels that have a way out, "{mail,wechat}"; why: what the others are told. *taken: how many were there. */
QL_MUSTCHECK enum ql_rc store_take_messages(struct ql_pg *pg, const char *ways, const char *why, int64_t *taken, struct ql_err *err);
/* What waited for a way out that is there now. */
QL_MUSTCHECK enum ql_rc store_release(struct ql_pg *pg, const char *ways, struct ql_err *err);
QL_MUSTCHECK enum ql_rc store_gather_notices(struct ql_pg *pg, bool can_mail, int64_t *gathered, struct ql_err *err);

struct mail { /* one leased letter and what it says */
	int64_t id, case_id;
	int32_t version, attempts;
	char kind[20], channel[40], token[40], language[8], address[256], number[32], host[300], why[200];
	ql_time promise_at;
	bool withdrawn; /* the message was taken back meanwhile */
	char *text;     /* message: the words; owned */
	int lines, more; /* notices: how many of the page's lines are this letter's; more: not among them */
};
struct mail_line { int64_t mail; char kind[16], number[32]; int times; ql_time due_at; };
struct mail_page {
	struct mail mail[MAIL_PAGE];
	size_t n;
	struct mail_line line[MAIL_PAGE * DIGEST_MOST];
	size_t n_lines;
};
/* Leases up to most letters (not over MAIL_PAGE) for so many seconds and reads what is in them. */
QL_MUSTCHECK enum ql_rc store_lease_mails(struct ql_pg *pg, int most, int lease_s, struct mail_page *page, struct ql_err *err);
void mail_page_clear(struct mail_page *page);

struct mail_end { int64_t id; int32_t attempts; const char *state, *failure; int64_t wait_ms; };
/* QL_CONFLICT: the lease is somebody else's by now. */
QL_MUSTCHECK enum ql_rc store_settle_mail(struct ql_pg *pg, const struct mail_end *end, struct ql_err *err);

struct mail_message { int64_t case_id; int32_t version; int seq; }; /* case_id 0: it carries none */
QL_MUSTCHECK enum ql_rc store_mail_message(struct ql_pg *pg, int64_t id, struct mail_message *m, struct ql_err *err);

/* How many letters wait for a way out; for the metric. */
QL_MUSTCHECK enum ql_rc store_held(struct ql_pg *pg, int64_t *held, struct ql_err *err);

#endif
