/* inbox.h -- what other threads hand to the loop: finished jobs and batches of events. Locked and bounded.
 *
 * Jobs are bounded by the pool that they come from; the river thread waits while INBOX_BATCHES are not taken yet, so a loop
 * that is busy slows the reading, it never lets memory grow.
 */
#ifndef QL_GATEWAY_INBOX_H
#define QL_GATEWAY_INBOX_H

#include <pthread.h>
#include "job.h"

#define INBOX_BATCHES 8

struct batch { /* of the river thread */
	struct batch *next;
	struct event *events; /* in order */
	struct position at;   /* behind them all */
	bool restart;         /* the log is another one, or this is the first batch: at is where it begins */
	struct river_health health;
};

struct inbox {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct job *jobs, **jobs_end;
	struct batch *batches, **batches_end;
	int n_batches;
	bool closed;
	void (*wake)(void *ctx); /* called by the posting thread, outside of the lock */
	void *ctx;
};

void inbox_open(struct inbox *in, void (*wake)(void *ctx), void *ctx);
void inbox_close(struct inbox *in); /* from now on batches are freed at once, and who waits to post one returns */
void inbox_free(struct inbox *in);  /* with the jobs that came back too late */

void inbox_post_job(struct inbox *in, struct job *job);       /* workers */
void inbox_post_batch(struct inbox *in, struct batch *batch); /* river thread; may wait */
void inbox_take(struct inbox *in, struct job **jobs, struct batch **batches); /* loop */

void batch_free(struct batch *batch);

#endif
