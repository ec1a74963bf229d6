#include "dispatch/account.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "dispatch/account_store.h"
#include "dispatch/figures.h"
#include "domain/timefmt.h"

#define GAPS_EVERY     (3600 * QL_SECOND)
#define FAIRNESS_EVERY (60 * QL_SECOND)
#define DAYS_AHEAD     31

static void count_gap(void *ctx, const struct gap_duty *duty, const struct cover_gap *gap)
{
	struct gap_count *n = ctx;

	n->days += gap->whole;
	if (!gap->whole)
		n->hours += gap->to - gap->from;
	if (n->first == 0 || gap->from < n->first) {
		n->first = gap->from;
		n->first_duty = *duty;
		n->first_day = gap->day;
	}
}

static void tell_gaps(struct dispatch *d, const struct gap_count *n)
{
	char day[RFC3339_MAX] = "";

	ql_gauge(&figure_gap_days, n->days);
	ql_gauge(&figure_gap_minutes, n->hours / QL_MINUTE);
	if (n->days == d->told_gaps.days && n->hours == d->told_gaps.hours)
		return;
	if (n->first != 0)
		date_format(n->first_day, day);
	if (n->days > 0 || n->hours > 0)
		ql_log(QL_WARN, "roster_gaps", "days=%" PRId64 " minutes=%" PRId64 " first_unit=%s first_pool=%s first_day=%s", n->days, n->hours / QL_MINUTE,
		       n->first_duty.code, n->first_duty.pool, day);
	else
		ql_log(QL_INFO, "roster_complete", "days=%d", DAYS_AHEAD);
	d->told_gaps = *n;
}

static enum ql_rc check_gaps(struct dispatch *d, ql_time now, struct ql_err *err)
{
	const struct reference *ref = casebook_reference(d->cb);
	const struct unit *root = reference_root(ref);
	const int32_t today = beijing_day(ql_now());
	const struct gap_ask ask = { root != NULL ? root->id : 0, today, today + DAYS_AHEAD, ql_now() };
	int missing_year = 0; /* clock raises that alarm */
	enum ql_rc rc;

	if (!d->checking_gaps) {
		memset(&d->gaps->after, 0, sizeof(d->gaps->after));
		d->gap_count = (struct gap_count){ 0 };
		d->checking_gaps = true;
	}
	rc = gaps_next(d->pg, ref, &ask, d->gaps, count_gap, &d->gap_count, &missing_year, err);
	if (rc == QL_REJECT) { /* these duties can't be judged; the others can */
		ql_log_err("gaps_not_judged", err);
		rc = QL_OK;
	}
	if (rc == QL_OK && !d->gaps->more) {
		d->checking_gaps = false;
		d->gaps_at = now + GAPS_EVERY;
		tell_gaps(d, &d->gap_count);
	}
	return rc;
}

static enum ql_rc measure_fairness(struct dispatch *d, ql_time now, struct ql_err *err)
{
	const struct reference *ref = casebook_reference(d->cb);
	const struct unit *root = reference_root(ref);
	struct fairness f;
	enum ql_rc rc = root != NULL ? account_read_fairness(d->pg, root->id, (int)reference_parameters(ref)->fairness_days, &f, err) : QL_OK;

	if (rc != QL_OK || root == NULL)
		return rc;
	ql_gauge(&figure_fair_cv, f.cv_mille);
	ql_gauge(&figure_fair_peak, f.peak_mille);
	ql_gauge(&figure_fair_worst, f.worst_cv_mille);
	d->fairness_at = now + FAIRNESS_EVERY;
	return QL_OK;
}

enum ql_rc account_step(struct dispatch *d, ql_time now, struct ql_err *err)
{
	if (now >= d->fairness_at)
		return measure_fairness(d, now, err);
	if (now >= d->gaps_at)
		return check_gaps(d, now, err);
	return QL_OK;
}
