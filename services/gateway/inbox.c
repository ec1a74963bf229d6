/* inbox.c -- two lists under one lock. */
#include "inbox.h"

#include <stdlib.h>

void inbox_open(struct inbox *in, void (*wake)(void *ctx), void *ctx)
{
	*in = (struct inbox){ .wake = wake, .ctx = ctx };
	in->jobs_end = &in->jobs;
	in->batches_end = &in->batches;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->room, NULL);
}

void batch_free(struct batch *batch)
{
	struct event *next;

	for (struct event *e = batch->events; e != NULL; e = next) {
		next = e->next;
		event_free(e);
	}
	free(batch);
}

void inbox_take(struct inbox *in, struct job **jobs, struct batch **batches)
{
	pthread_mutex_lock(&in->lock);
	*jobs = in->jobs;
	*batches = in->batches;
	in->jobs = NULL;
	in->batches = NULL;
	in->jobs_end = &in->jobs;
	in->batches_end = &in->batches;
	in->n_batches = 0;
	pthread_cond_signal(&in->room);
	pthread_mutex_unlock(&in->lock);
}

void inbox_close(struct inbox *in)
{
	pthread_mutex_lock(&in->lock);
	in->closed = true;
	pthread_cond_broadcast(&in->room);
	pthread_mutex_unlock(&in->lock);
}

void inbox_free(struct inbox *in)
{
	struct job *jobs, *next_job;
	struct batch *batches, *next_batch;

	inbox_take(in, &jobs, &batches);
	for (; jobs != NULL; jobs = next_job) {
		next_job = jobs->next;
		job_free(jobs);
	}
	for (; batches != NULL; batches = next_batch) {
		next_batch = batches->next;
		batch_free(batches);
	}
	pthread_cond_destroy(&in->room);
	pthread_mutex_destroy(&in->lock);
}

void inbox_post_job(struct inbox *in, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&in->lock);
	*in->jobs_end = job;
	in->jobs_end = &job->next;
	pthread_mutex_unlock(&in->lock);
	in->wake(in->ctx);
}

void inbox_post_batch(struct inbox *in, struct batch *batch)
{
	bool closed;

	batch->next = NULL;
	pthread_mutex_lock(&in->lock);
	while (in->n_batches >= INBOX_BATCHES && !in->closed)
		pthread_cond_wait(&in->room, &in->lock);
	closed = in->closed;
	if (!closed) {
		*in->batches_end = batch;
		in->batches_end = &batch->next;
		in->n_batches++;
	}
	pthread_mutex_unlock(&in->lock);
	if (closed)
		batch_free(batch);
	else
		in->wake(in->ctx);
}
