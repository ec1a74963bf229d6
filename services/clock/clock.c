#include "clock/clock.h"
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include "base/log.h"
#include "clock/arrive.h"
#include "clock/count_store.h"
#include "clock/figures.h"
#include "clock/fire.h"
#include "clock/rebase.h"
#include "clock/watch.h"
#include "clock/years.h"

#define REST_MOST  (QL_SECOND / 4)
#define FOLD_EVERY QL_SECOND

/* A stop signal ends the nap. */
static void nap(ql_time micros)
{
	const struct timespec ts = { .tv_sec = micros / QL_SECOND, .tv_nsec = micros % QL_SECOND * 1000 };

	if (micros > 0 && !ql_stopping())
		nanosleep(&ts, NULL);
}

/* The lead belongs to the connection: it is lost with it, and free for another clock at once. */
static enum ql_rc hold_lead(struct clock_service *k, bool *leads, struct ql_err *err)
{
	const int pid = PQbackendPID(ql_pg_conn(k->pg));
	enum ql_rc rc;

	*leads = k->lead_pid != 0 && k->lead_pid == pid;
	if (*leads)
		return QL_OK;
	rc = lead_take(k->pg, leads, err);
	if (rc != QL_OK)
		return rc;
	k->lead_pid = *leads ? pid : 0;
	if (*leads || !k->told_standby)
		ql_log(QL_INFO, *leads ? "leading" : "standing_by", NULL);
	k->told_standby = !*leads;
	ql_gauge(&figure_standby, !*leads);
	return QL_OK;
}

static void check_walls(struct clock_service *k)
{
	const ql_time ours = wall_jump(&k->our_wall, ql_now(), ql_monotonic());
	const ql_time theirs = wall_jump(&k->their_wall, k->page.now, k->page.read_at);

	if (ours == 0 && theirs == 0)
		return;
	ql_count(&figure_jumps, 1);
	ql_log(QL_ERROR, "clock_jump", "ours_s=%" PRId64 " database_s=%" PRId64, ours / QL_SECOND, theirs / QL_SECOND);
}

/* Until the nearest of the instants of the database's clock; 0: none. */
static ql_time rest(const struct clock_service *k, ql_time next_watch, ql_time next_arrival)
{
	const ql_time now = k->page.now + (ql_monotonic() - k->page.read_at);
	ql_time until = now + REST_MOST;

	if (k->page.next != 0 && k->page.next < until)
		until = k->page.next;
	if (next_watch != 0 && next_watch < until)
		until = next_watch;
	if (next_arrival != 0 && next_arrival < until)
		until = next_arrival;
	return until - now;
}

/* Counts are right without it, only slower to read. */
static enum ql_rc fold_counts(struct clock_service *k, ql_time now, struct ql_err *err)
{
	int n = 0;
	enum ql_rc rc;

	if (k->folded_at != 0 && now - k->folded_at < FOLD_EVERY)
		return QL_OK;
	rc = counts_fold(k->pg, &n, err);
	k->folded_at = n < FOLD_MOST ? now : 0;
	return rc;
}

static enum ql_rc work(struct clock_service *k, struct ql_err *err)
{
	const ql_time now = ql_monotonic();
	ql_time next_watch = 0, next_arrival = 0;
	bool more = false, arriving = false, walks = false;
	enum ql_rc rc;

	aside_release(&k->aside_clocks, now);
	aside_release(&k->aside_watches, now);
	aside_release(&k->aside_messages, now);
	rc = due_read(k->pg, &k->aside_clocks, &k->page, err);
	if (rc == QL_OK) {
		check_walls(k);
		rc = fire_due(k, err);
	}
	if (rc == QL_OK)
		rc = arrive_run(k, &arriving, &next_arrival, err);
	if (rc == QL_OK)
		rc = years_check(k, err);
	if (rc == QL_OK)
		rc = watch_run(k, &more, &next_watch, err);
	if (rc == QL_OK)
		rc = rebase_step(k, &walks, err);
	if (rc == QL_OK)
		rc = fold_counts(k, now, err);
	ql_gauge(&figure_late_worst, lateness_worst(&k->lateness, ql_monotonic()));
	if (rc == QL_OK && !more && !arriving && !walks && !k->page.more)
		nap(rest(k, next_watch, next_arrival));
	return rc;
}

enum ql_rc clock_step(struct clock_service *k, struct ql_err *err)
{
	struct ql_err ignored = { 0 };
	bool leads = false;
	enum ql_rc rc = hold_lead(k, &leads, err);

	if (rc == QL_OK && leads)
		rc = work(k, err);
	else if (rc == QL_OK)
		nap(REST_MOST);
	ql_ready("database", rc == QL_RETRY ? err->msg : NULL);
	if (rc == QL_RETRY && ql_pg_recover(k->pg, &ignored) != QL_OK)
		k->lead_pid = 0;
	return rc;
}

enum ql_rc clock_open(struct clock_service **out, const struct clock_conf *conf, struct ql_err *err)
{
	struct clock_service *k = calloc(1, sizeof(*k));
	enum ql_rc rc;

	*out = k;
	if (k == NULL)
		return ql_fail(err, QL_FATAL, "no memory for a clock");
	rc = ql_pg_open(&k->pg, conf->pg_dsn, "clock", err);
	if (rc == QL_OK)
		rc = casebook_new(&k->cb, k->pg, err);
	return rc;
}

void clock_close(struct clock_service *k)
{
	if (k == NULL)
		return;
	casebook_free(k->cb);
	if (k->pg != NULL)
		ql_pg_close(k->pg);
	free(k);
}
