/* pool.h -- the worker threads. Each has a connection and a casebook of its own, opened when first needed.
 *
 * Two queues: signing in computes for tens of milliseconds one at a time, so it has a thread of its own and can never
 * stand in the way of those who are signed in.
 */
#ifndef QL_GATEWAY_POOL_H
#define QL_GATEWAY_POOL_H

#include "casebook/casebook.h"
#include "inbox.h"
#include "oidc.h"
#include "throttle.h"

#define POOL_QUEUE   512 /* requests waiting for a worker; more are refused with 503 */
#define SIGN_IN_QUEUE 64
#define WORKERS_MAX  32

struct worker {
	struct pool *pool;
	struct lane *lane;
	struct ql_pg *pg;    /* NULL: not connected yet */
	struct casebook *cb; /* NULL: no command has come yet */
	bool suspect;        /* the last use of the connection failed */
};

struct pool_conf {
	const char *pg_dsn;
	int workers, session_hours;
	enum surface surface;
	const char *files;   /* folder of attachments */
	int upload_quota_mb; /* of one user within 24 hours */
	bool secure; /* cookies only over TLS */
	bool hooks_inside; /* webhooks may lead into our own network */
	struct oidc_conf oidc;
	struct inbox *inbox;
};

struct pool;
const struct pool_conf *pool_conf(const struct pool *pool);

QL_MUSTCHECK enum ql_rc pool_open(struct pool **pool, const struct pool_conf *conf, struct ql_err *err);
void pool_close(struct pool *pool); /* lets work in hand end; queued jobs go back unanswered */
/* Loop thread. Takes the job; false: the queue is full and the job is still the caller's. */
bool pool_submit(struct pool *pool, struct job *job, bool sign_in);

/* --- for the work itself, on a worker thread --- */

/* Makes w->pg ready for a transaction: connects, or recovers after a failure. */
QL_MUSTCHECK enum ql_rc worker_ready(struct worker *w, struct ql_err *err);
QL_MUSTCHECK enum ql_rc worker_casebook(struct worker *w, struct ql_err *err);
void worker_rollback(struct worker *w);

/* The OpenID provider, NULL: none. For the sign-in thread. */
struct oidc *pool_oidc(struct pool *pool);

/* The table of failed sign-ins, shared by all threads. */
struct throttle *pool_throttle_lock(struct pool *pool);
void pool_throttle_unlock(struct pool *pool);

#endif
