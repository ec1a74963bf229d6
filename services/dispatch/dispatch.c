#include "dispatch/dispatch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "dispatch/account.h"
#include "dispatch/figures.h"
#include "dispatch/listen.h"
#include "dispatch/place.h"
#include "dispatch/recheck.h"

#define SWEEP_EVERY       (5 * QL_SECOND)   /* the safety net under the events */
#define SWEEP_EVERY_BLIND (QL_SECOND / 5)   /* while no event can reach us */
#define ROSTER_EVERY      (10 * QL_SECOND)  /* ... and under roster events */
#define LOADS_EVERY       QL_SECOND         /* others assign too */
#define SKEW_PAUSE        (QL_SECOND / 4)
#define REST_MOST_MS      200               /* so that a stop is answered soon */

/* --- the roster --------------------------------------------------------------------------------------------------------- */

static enum ql_rc read_roster(struct dispatch *d, ql_time now, struct ql_err *err)
{
	const bool by_clock = ql_now() >= d->roster->wake_at;
	struct duty_roster *fresh = d->spare;
	enum ql_rc rc = roster_read(d->pg, casebook_reference(d->cb), 0, fresh, err);

	if (rc != QL_OK)
		return rc;
	if (fresh->cut && !d->roster->cut)
		ql_log(QL_ERROR, "roster_cut", "coordinators=%zu seats=%zu recusals=%zu", fresh->roster.count, fresh->roster.seats, fresh->roster.recusals);
	if (fresh->wake_at <= ql_now()) /* our clock is ahead of the database's: ask again soon, not at once */
		fresh->wake_at = ql_now() + SKEW_PAUSE;
	ql_ready("roster", fresh->cut ? "more coordinators, pool seats or recusals than one dispatcher holds: raise ROSTER_MAX and its like" : NULL);
	if (by_clock) /* a shift began: nothing in the rows differs, and yet they mean something else */
		changed_all(&d->changed);
	else
		roster_compare(&d->roster->roster, &fresh->roster, &d->changed);
	d->spare = d->roster;
	d->roster = fresh;
	d->roster_at = d->loads_at = now;
	d->staff_all = d->loads_stale = false;
	d->n_staff = 0;
	return QL_OK;
}

static enum ql_rc read_some(struct dispatch *d, struct ql_err *err)
{
	enum ql_rc rc = roster_read_some(d->pg, casebook_reference(d->cb), d->roster, d->staff, d->n_staff, &d->changed, err);

	if (rc == QL_OK)
		d->n_staff = 0;
	return rc;
}

static enum ql_rc refresh_roster(struct dispatch *d, ql_time now, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (d->roster_at == 0 || d->staff_all || now - d->roster_at >= ROSTER_EVERY || ql_now() >= d->roster->wake_at
	 || d->roster->reference != reference_version(casebook_reference(d->cb)))
		return read_roster(d, now, err);
	if (d->n_staff > 0)
		rc = read_some(d, err);
	if (rc == QL_OK && d->waiting->count > 0 && (d->loads_stale || now - d->loads_at >= LOADS_EVERY)) {
		rc = roster_read_loads(d->pg, d->roster, &d->changed, err);
		if (rc == QL_OK) {
			d->loads_stale = false;
			d->loads_at = now;
		}
	}
	return rc;
}

/* --- the waiting cases --------------------------------------------------------------------------------------------------- */

static const char *trace_of(const struct dispatch *d, int64_t id)
{
	for (size_t i = 0; i < d->wakes; i++)
		if (d->wake[i].case_id == id)
			return d->wake[i].trace;
	return "";
}

static void put_waiting(struct dispatch *d, const struct work_row *r)
{
	struct waiting_case c = { .work = r->work, .version = r->version, .told = r->told, .fresh = true, .seen = d->sweep };

	snprintf(c.trace, sizeof(c.trace), "%s", trace_of(d, r->work.case_id));
	if (!waiting_put(d->waiting, &c))
		d->sweep_at = 0; /* all that is in memory is fresh still: come again for the rest */
}

/* A row that is not received is a party's, or somebody has it. */
static void put_page(struct dispatch *d)
{
	for (size_t i = 0; i < d->page->n; i++)
		if (d->page->row[i].work.party != 0 || d->page->row[i].state == CASE_RECEIVED)
			put_waiting(d, &d->page->row[i]);
}

static int32_t version_of(const struct work_page *page, int64_t id)
{
	for (size_t i = 0; i < page->n; i++)
		if (page->row[i].work.case_id == id)
			return page->row[i].version;
	return 0;
}

/* What does not come back does not wait any longer. */
static enum ql_rc read_woken(struct dispatch *d, struct ql_err *err)
{
	const struct reference *ref = casebook_reference(d->cb);
	int64_t ids[WORK_PAGE];
	enum ql_rc rc;

	for (size_t i = 0; i < d->wakes; i++)
		ids[i] = d->wake[i].case_id;
	rc = work_read(d->pg, ref, ids, d->wakes, d->page, err);
	if (rc != QL_OK)
		return rc;
	for (size_t i = 0; i < d->wakes; i++)
		waiting_drop_older(d->waiting, ids[i], version_of(d->page, ids[i]));
	for (size_t i = 0; i < d->page->n; i++) /* whoever has it waits no more, though its version be the one we made */
		if (d->page->row[i].state != CASE_RECEIVED)
			waiting_drop(d->waiting, work_key(&d->page->row[i].work));
	put_page(d);
	rc = recheck_woken(d, err);
	if (rc == QL_OK)
		rc = work_read_parties(d->pg, ref, ids, d->wakes, d->page, err);
	if (rc != QL_OK)
		return rc;
	put_page(d);
	d->wakes = 0;
	return QL_OK;
}

static bool sweep_is_due(const struct dispatch *d, ql_time now)
{
	return now >= d->sweep_at || (d->sweep_again_at != 0 && now >= d->sweep_again_at);
}

static void sweep_begin(struct dispatch *d, ql_time now)
{
	d->sweeping = true;
	d->sweep++;
	d->cursor = (struct work_cursor){ 0 };
	d->parties = (struct party_cursor){ 0 };
	d->sweeping_parties = false;
	d->waiting->overflowed = false;
	d->sweep_at = now + (ql_consumer_ready(d->consumer) ? SWEEP_EVERY : SWEEP_EVERY_BLIND);
	if (now >= d->sweep_again_at)
		d->sweep_again_at = 0;
}

/* The cases first, then the parts of cases. */
static enum ql_rc sweep_on(struct dispatch *d, struct ql_err *err)
{
	const struct reference *ref = casebook_reference(d->cb);
	bool more = false;
	enum ql_rc rc = d->sweeping_parties ? work_sweep_parties(d->pg, ref, &d->parties, d->page, &more, err)
	                                    : work_sweep(d->pg, ref, &d->cursor, d->page, &more, err);

	if (rc != QL_OK)
		return rc;
	put_page(d);
	if (more)
		return QL_OK;
	if (!d->sweeping_parties) {
		d->sweeping_parties = true;
		return QL_OK;
	}
	d->sweeping = false;
	waiting_drop_unseen(d->waiting, d->sweep);
	ql_count(&figure_sweeps, 1);
	return QL_OK;
}

static enum ql_rc refresh_waiting(struct dispatch *d, ql_time now, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	if (d->wakes > 0)
		rc = read_woken(d, err);
	if (rc == QL_OK && !d->sweeping && sweep_is_due(d, now))
		sweep_begin(d, now);
	if (rc == QL_OK && d->sweeping)
		rc = sweep_on(d, err);
	return rc;
}

/* --- the loop ------------------------------------------------------------------------------------------------------------ */

static bool has_work(const struct dispatch *d)
{
	return d->sweeping || waiting_any_fresh(d->waiting) || (d->waiting->count > 0 && (changed_any(&d->changed) || d->loads_stale));
}

static int ms_until(ql_time at, ql_time now, int most)
{
	if (at <= now)
		return 0;
	return (at - now) / 1000 >= most ? most : (int)((at - now) / 1000) + 1;
}

static int rest_ms(const struct dispatch *d)
{
	const ql_time now = ql_monotonic();
	int ms = REST_MOST_MS;

	if (has_work(d) || d->roster_at == 0)
		return 0;
	ms = ms_until(d->sweep_at, now, ms);
	ms = ms_until(d->turns_at, now, ms_until(d->recheck_at, now, ms));
	ms = ms_until(d->gaps_at, now, ms_until(d->fairness_at, now, ms));
	if (d->sweep_again_at != 0)
		ms = ms_until(d->sweep_again_at, now, ms);
	return ms_until(d->roster->wake_at, ql_now(), ms);
}

static void forget_all(struct dispatch *d)
{
	d->roster_at = d->sweep_at = 0;
	d->sweeping = false;
	d->loads_stale = true;
}

enum ql_rc dispatch_step(struct dispatch *d, struct ql_err *err)
{
	ql_time now;
	enum ql_rc rc;

	listen_for_events(d, rest_ms(d));
	now = ql_monotonic();
	rc = refresh_roster(d, now, err);
	if (rc == QL_OK)
		rc = refresh_waiting(d, now, err);
	if (rc == QL_OK)
		rc = refresh_roster(d, now, err); /* there may be work for it by now */
	if (rc == QL_OK)
		rc = place_waiting(d, err);
	if (rc == QL_OK && !has_work(d)) /* people first */
		rc = recheck_step(d, now, err);
	if (rc == QL_OK && !has_work(d))
		rc = account_step(d, now, err);
	ql_ready("database", rc == QL_RETRY ? err->msg : NULL);
	ql_gauge(&figure_waiting, (int64_t)d->waiting->count);
	if (rc != QL_RETRY)
		return rc;
	struct ql_err ignored = { 0 };

	forget_all(d); /* what was going on meanwhile reached nobody: begin with a sweep */
	if (ql_pg_recover(d->pg, &ignored) != QL_OK)
		return rc; /* says less than the first error */
	return rc;
}

static void *zeroed(size_t size, bool *ok)
{
	void *p = calloc(1, size);

	*ok = *ok && p != NULL;
	return p;
}

enum ql_rc dispatch_open(struct dispatch **out, const struct dispatch_conf *conf, struct ql_err *err)
{
	bool ok = true;
	struct dispatch *d = zeroed(sizeof(*d), &ok);
	enum ql_rc rc;

	*out = d;
	if (d == NULL)
		return ql_fail(err, QL_FATAL, "no memory for a dispatcher");
	d->roster = zeroed(sizeof(*d->roster), &ok);
	d->spare = zeroed(sizeof(*d->spare), &ok);
	d->waiting = zeroed(sizeof(*d->waiting), &ok);
	d->page = zeroed(sizeof(*d->page), &ok);
	d->batch = zeroed(sizeof(*d->batch), &ok);
	d->gaps = zeroed(sizeof(*d->gaps), &ok);
	if (!ok)
		return ql_fail(err, QL_FATAL, "no memory for a dispatcher");
	roster_clear(&d->roster->roster);
	ql_buf_init(&d->batch->text, BATCH_TEXT_MAX);
	d->batch_max = (size_t)conf->batch;
	rc = ql_pg_open(&d->pg, conf->pg_dsn, "dispatch", err);
	if (rc == QL_OK)
		rc = casebook_new(&d->cb, d->pg, err);
	if (rc == QL_OK)
		rc = listen_open(d, conf->brokers, err);
	return rc;
}

void dispatch_close(struct dispatch *d)
{
	if (d == NULL)
		return;
	if (d->consumer != NULL)
		ql_consumer_close(d->consumer);
	casebook_free(d->cb);
	if (d->pg != NULL)
		ql_pg_close(d->pg);
	if (d->batch != NULL)
		ql_buf_free(&d->batch->text);
	free(d->batch);
	free(d->gaps);
	free(d->page);
	free(d->waiting);
	free(d->spare);
	free(d->roster);
	free(d);
}
