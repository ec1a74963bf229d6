/* job.c -- jobs and frames come and go. */
#include "job.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job *job_new(enum job_kind kind, void *owner)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->kind = kind;
	job->owner = owner;
	job->since = ql_monotonic();
	ql_buf_init(&job->res.body, RESPONSE_MAX);
	return job;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	if (job->stream != NULL)
		job->stream_free(job->stream);
	if (job->res.fd > 0)
		close(job->res.fd);
	upload_free(job->upload);
	free(job->req.body);
	free(job->ended);
	ql_buf_free(&job->res.body);
	frame_unref(job->frame);
	free(job);
}

struct frame *frame_new(const char *text, size_t len)
{
	struct frame *f = malloc(sizeof(*f) + LWS_PRE + len);

	if (f == NULL)
		return NULL;
	f->refs = 1;
	f->len = len;
	memcpy(f->buf + LWS_PRE, text, len);
	return f;
}

struct frame *frame_ref(struct frame *f)
{
	f->refs++;
	return f;
}

void frame_unref(struct frame *f)
{
	if (f != NULL && --f->refs == 0)
		free(f);
}

void river_write(const struct river_health *h, const char *key, struct ql_buf *b)
{
	ql_json_open(b, key, '{');
	if (h->canary_ms >= 0)
		ql_json_i64(b, "canary_ms", h->canary_ms);
	else
		ql_json_raw(b, "canary_ms", NULL);
	ql_json_i64(b, "lag", h->lag);
	ql_json_i64(b, "timer_late_ms", h->timer_late_ms);
	ql_json_bool(b, "ok", h->ok);
	ql_json_close(b, '}');
}
