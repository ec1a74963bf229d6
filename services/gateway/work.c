/* work.c -- jobs of live clients. Reading again is always safe, so a lost connection is tried again at once. */
#include "work.h"

#include <string.h>

#include "base/log.h"
#include "board_store.h"
#include "case_store.h"

#define TRIES 3

static enum ql_rc authenticate(struct worker *w, struct job *job, struct ql_err *err)
{
	enum ql_rc rc = store_enter(w->pg, job->req.token, false, &job->who, &job->known, err);

	job->recuses = false;
	job->known = job->known && surface_admits(pool_conf(w->pool)->surface, job->who.account) && account_may(job->who.account, RIGHT_LIVE) &&
	             !job->who.must_enrol;
	return rc == QL_OK && job->known && job->who.coordinator != 0 ? store_recuses(w->pg, &job->recuses, err) : rc;
}

static enum ql_rc keep(struct job *job, const struct ql_buf *b, struct ql_err *err)
{
	if (!ql_buf_ok(b))
		return ql_fail(err, QL_FATAL, "an answer to a live client needs more than %zu bytes", b->max);
	frame_unref(job->frame);
	job->frame = frame_new(b->data, b->len);
	return job->frame != NULL ? QL_OK : ql_fail(err, QL_RETRY, "out of memory");
}

static enum ql_rc snapshot(struct worker *w, struct job *job, struct ql_err *err)
{
	const struct list_filter open = { .scope = job->scope, .open = true, .limit = LIST_MAX };
	struct ql_buf *b = &job->res.body;
	struct list_page page;
	int total = 0;
	enum ql_rc rc = store_enter_scope(w->pg, job->scope, job->user, err);

	ql_buf_reset(b);
	ql_buf_str(b, "{\"type\":\"snapshot\"");
	ql_json_text(b, "position", job->position);
	ql_json_open(b, "rows", '[');
	if (rc == QL_OK)
		rc = store_list(w->pg, &open, b, &page, err);
	ql_json_close(b, ']');
	ql_buf_str(b, ",\"counters\":");
	if (rc == QL_OK)
		rc = store_counters(w->pg, job->scope, job->user != 0, b, &total, err);
	ql_json_i64(b, "total", total);
	ql_json_close(b, '}');
	return rc == QL_OK ? keep(job, b, err) : rc;
}

static enum ql_rc counters(struct worker *w, struct job *job, struct ql_err *err)
{
	struct ql_buf *b = &job->res.body;
	int total;
	enum ql_rc rc = store_enter_scope(w->pg, job->scope, job->user, err);

	ql_buf_reset(b);
	ql_buf_str(b, "{\"type\":\"counters\",\"counters\":");
	if (rc == QL_OK)
		rc = store_counters(w->pg, job->scope, job->user != 0, b, &total, err);
	ql_json_close(b, '}');
	return rc == QL_OK ? keep(job, b, err) : rc;
}

void work_run(struct worker *w, struct job *job)
{
	static enum ql_rc (*const READS[])(struct worker *w, struct job *job, struct ql_err *err) = {
		[JOB_HELLO] = authenticate, [JOB_CHECK] = authenticate, [JOB_SNAPSHOT] = snapshot, [JOB_COUNTERS] = counters,
	};
	struct ql_err err = {0};
	enum ql_rc rc = QL_RETRY;

	if (job->kind == JOB_HTTP) {
		api_run(w, job);
		return;
	}
	for (int i = 0; i < TRIES && rc == QL_RETRY; i++) {
		rc = worker_ready(w, &err);
		if (rc == QL_OK)
			rc = READS[job->kind](w, job, &err);
		worker_rollback(w); /* nothing was written */
	}
	ql_buf_free(&job->res.body);
	job->unavailable = rc != QL_OK;
	if (rc != QL_OK)
		ql_log_err("live_read_failed", &err);
}
