#include "clock/years.h"
#include <stdio.h>
#include "base/log.h"
#include "clock/figures.h"
#include "domain/timefmt.h"

#define YEARS_EVERY (60 * QL_SECOND)

int years_needed(ql_time at)
{
	const struct civil local = civil_at(at, BEIJING_OFFSET);

	return local.month == 12 ? local.year + 1 : local.year;
}

static enum ql_rc retime_page(struct casebook *cb, const int64_t *ids, size_t n, size_t *changed, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(cb, err);

	if (rc == QL_OK)
		rc = casebook_load(cb, ids, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		struct case_file *c = casebook_find(cb, ids[i]);
		bool moved = false;

		if (c != NULL)
			rc = casebook_retime(cb, c, &moved, err);
		*changed += moved;
	}
	if (rc == QL_OK)
		rc = casebook_commit(cb, err);
	if (rc != QL_OK)
		casebook_rollback(cb);
	return rc;
}

/* One case that can't be worked on must not keep the others without their deadlines. */
static enum ql_rc retime_each(struct casebook *cb, const int64_t *ids, size_t n, size_t *changed, struct ql_err *err)
{
	enum ql_rc rc = retime_page(cb, ids, n, changed, err);

	if (rc == QL_OK || rc == QL_RETRY)
		return rc;
	rc = QL_OK;
	for (size_t i = 0; rc != QL_RETRY && i < n; i++) {
		rc = retime_page(cb, &ids[i], 1, changed, err);
		if (rc != QL_OK && rc != QL_RETRY)
			ql_log_err("retime_refused", err);
	}
	return rc == QL_RETRY ? rc : QL_OK;
}

static enum ql_rc retime_all(struct clock_service *k, struct ql_err *err)
{
	int64_t ids[DUE_MAX];
	size_t n, changed = 0;
	int64_t after = 0;
	enum ql_rc rc = due_read_timeless(k->pg, after, ids, &n, err);

	while (rc == QL_OK && n > 0 && !ql_stopping()) {
		after = ids[n - 1];
		rc = retime_each(k->cb, ids, n, &changed, err);
		if (rc == QL_OK)
			rc = due_read_timeless(k->pg, after, ids, &n, err);
	}
	if (changed > 0)
		ql_log(QL_INFO, "deadlines_computed", "cases=%zu", changed);
	return rc;
}

/* now: a deadline, or today, needs the year; else it will within a month. */
static void alarm(struct clock_service *k, int missing, bool now, int64_t timeless)
{
	char why[160];

	snprintf(why, sizeof(why), "holidays of %d are not imported, %lld running clocks have no due time: put them into holidays.csv and run `qlctl import`",
	         missing, (long long)timeless);
	ql_ready("calendar", missing != 0 && now ? why : NULL);
	ql_gauge(&figure_missing_year, missing);
	ql_gauge(&figure_timeless, timeless);
	if (missing == k->missing_year && now == k->missing_now)
		return;
	if (missing != 0)
		ql_log(now ? QL_ERROR : QL_WARN, "calendar_missing_year", "year=%d timeless=%lld", missing, (long long)timeless);
	else
		ql_log(QL_INFO, "calendar_complete", NULL);
	k->missing_year = missing;
	k->missing_now = now;
}

enum ql_rc years_check(struct clock_service *k, struct ql_err *err)
{
	const ql_time now = ql_monotonic();
	const struct civil today = civil_at(ql_now(), BEIJING_OFFSET);
	int64_t timeless = 0;
	int first_missing = 0;
	enum ql_rc rc;

	if (k->years_at != 0 && now - k->years_at < YEARS_EVERY && k->reference == k->page.reference)
		return QL_OK;
	rc = due_read_years(k->pg, today.year, &first_missing, &timeless, err);
	if (rc == QL_OK && timeless > 0 && k->reference != k->page.reference) {
		rc = retime_all(k, err);
		if (rc == QL_OK)
			rc = due_read_years(k->pg, today.year, &first_missing, &timeless, err);
	}
	if (rc != QL_OK)
		return rc;
	k->reference = k->page.reference;
	k->years_at = now;
	alarm(k, first_missing <= years_needed(ql_now()) || timeless > 0 ? first_missing : 0, first_missing <= today.year || timeless > 0, timeless);
	return QL_OK;
}
