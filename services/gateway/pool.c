/* pool.c -- queues, threads, connections. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "stats.h"
#include "work.h"

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct job *first, **end;
	int waiting, limit;
	bool closed;
};

struct pool {
	struct pool_conf conf;
	struct lane general, sign_in;
	struct worker worker[WORKERS_MAX + 1];
	pthread_t thread[WORKERS_MAX + 1];
	int n_threads;
	pthread_mutex_t throttle_lock;
	struct throttle throttle;
	struct oidc *oidc;
};

static void lane_open(struct lane *l, int limit)
{
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->filled, NULL);
	l->end = &l->first;
	l->limit = limit;
}

static bool lane_put(struct lane *l, struct job *job)
{
	bool fits;

	job->next = NULL;
	pthread_mutex_lock(&l->lock);
	fits = l->waiting < l->limit && !l->closed;
	if (fits) {
		*l->end = job;
		l->end = &job->next;
		l->waiting++;
		pthread_cond_signal(&l->filled);
	}
	pthread_mutex_unlock(&l->lock);
	return fits;
}

/* NULL: closed. */
static struct job *lane_take(struct lane *l)
{
	struct job *job;

	pthread_mutex_lock(&l->lock);
	while (l->first == NULL && !l->closed)
		pthread_cond_wait(&l->filled, &l->lock);
	job = l->closed ? NULL : l->first;
	if (job != NULL) {
		l->first = job->next;
		l->waiting--;
		if (l->first == NULL)
			l->end = &l->first;
	}
	pthread_mutex_unlock(&l->lock);
	return job;
}

static void lane_close(struct lane *l)
{
	pthread_mutex_lock(&l->lock);
	l->closed = true;
	pthread_cond_broadcast(&l->filled);
	pthread_mutex_unlock(&l->lock);
}

/* Unworked jobs go back too: a connection may still point at its own. */
static void lane_free(struct lane *l, struct inbox *inbox)
{
	struct job *next;

	for (struct job *job = l->first; job != NULL; job = next) {
		next = job->next;
		inbox_post_job(inbox, job);
	}
	pthread_cond_destroy(&l->filled);
	pthread_mutex_destroy(&l->lock);
}

/* --- threads --- */

static void *run(void *arg)
{
	struct worker *w = arg;
	struct job *job;

	while ((job = lane_take(w->lane)) != NULL) {
		ql_count(&stats.waiting, -1);
		work_run(w, job);
		inbox_post_job(w->pool->conf.inbox, job);
	}
	casebook_free(w->cb);
	ql_pg_close(w->pg);
	return NULL;
}

static enum ql_rc start(struct pool *p, struct lane *lane, struct ql_err *err)
{
	struct worker *w = &p->worker[p->n_threads];

	w->pool = p;
	w->lane = lane;
	if (pthread_create(&p->thread[p->n_threads], NULL, run, w) != 0)
		return ql_fail(err, QL_FATAL, "cannot start a worker thread");
	p->n_threads++;
	return QL_OK;
}

enum ql_rc pool_open(struct pool **out, const struct pool_conf *conf, struct ql_err *err)
{
	struct pool *p = calloc(1, sizeof(*p));
	enum ql_rc rc;

	*out = p;
	if (p == NULL)
		return ql_fail(err, QL_FATAL, "no memory for the workers");
	p->conf = *conf;
	pthread_mutex_init(&p->throttle_lock, NULL);
	lane_open(&p->general, POOL_QUEUE);
	lane_open(&p->sign_in, SIGN_IN_QUEUE);
	rc = oidc_open(&p->oidc, &conf->oidc, err);
	if (rc == QL_OK)
		rc = start(p, &p->sign_in, err);
	for (int i = 0; rc == QL_OK && i < conf->workers; i++)
		rc = start(p, &p->general, err);
	return rc;
}

void pool_close(struct pool *p)
{
	if (p == NULL)
		return;
	lane_close(&p->general);
	lane_close(&p->sign_in);
	for (int i = 0; i < p->n_threads; i++)
		pthread_join(p->thread[i], NULL);
	lane_free(&p->general, p->conf.inbox);
	lane_free(&p->sign_in, p->conf.inbox);
	pthread_mutex_destroy(&p->throttle_lock);
	oidc_close(p->oidc);
	free(p);
}

bool pool_submit(struct pool *p, struct job *job, bool sign_in)
{
	bool taken;

	ql_count(&stats.waiting, 1);
	taken = lane_put(sign_in ? &p->sign_in : &p->general, job);
	if (!taken)
		ql_count(&stats.waiting, -1);
	return taken;
}

const struct pool_conf *pool_conf(const struct pool *p)
{
	return &p->conf;
}

struct oidc *pool_oidc(struct pool *p)
{
	return p->oidc;
}

struct throttle *pool_throttle_lock(struct pool *p)
{
	pthread_mutex_lock(&p->throttle_lock);
	return &p->throttle;
}

void pool_throttle_unlock(struct pool *p)
{
	pthread_mutex_unlock(&p->throttle_lock);
}

/* --- connections --- */

enum ql_rc worker_ready(struct worker *w, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (w->pg == NULL)
		rc = ql_pg_open(&w->pg, w->pool->conf.pg_dsn, "gateway", err);
	else if (w->suspect)
		rc = ql_pg_recover(w->pg, err);
	w->suspect = rc != QL_OK;
	ql_ready("database", rc == QL_OK ? NULL : err->msg);
	return rc;
}

enum ql_rc worker_casebook(struct worker *w, struct ql_err *err)
{
	return w->cb != NULL ? QL_OK : casebook_new(&w->cb, w->pg, err);
}

void worker_rollback(struct worker *w)
{
	struct ql_err ignored;

	if (w->cb != NULL)
		casebook_rollback(w->cb);
	else if (w->pg != NULL && ql_pg_recover(w->pg, &ignored) != QL_OK)
		w->suspect = true; /* worker_ready tries again */
}
