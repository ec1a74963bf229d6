/* roster.c -- qlctl roster check: duties that have nobody on a day on which somebody must be there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "casebook/gaps.h"
#include "domain/timefmt.h"
#include "tools/qlctl/command.h"

struct roster_conf { const char *pg_dsn, *unit; int days; };

#define T struct roster_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	QL_TEXT(T, unit, "unit", "0000", "check: code of the unit, with all below it"),
	QL_INT(T, days, "days", "31", 1, GAP_DAYS, "check: days from today on"),
	{ 0 },
};
#undef T
static const struct ql_program ROSTER = { "qlctl roster", "check: names duties that have nobody when somebody must be there. Ends with status 1 when there are such.", OPTIONS };

struct told { int64_t n; };

static int minute_of(ql_time at, int32_t day) { return (int)((at - civil_day_start(day, BEIJING_OFFSET)) / QL_MINUTE); }

static void tell(void *ctx, const struct gap_duty *duty, const struct cover_gap *gap)
{
	struct told *t = ctx;
	const int from = minute_of(gap->from, gap->day), to = minute_of(gap->to, gap->day);
	char day[RFC3339_MAX];

	date_format(gap->day, day);
	printf("%-10s %-9s %s  %02d:%02d-%02d:%02d  %s\n", duty->code, duty->pool, day, from / 60, from % 60, to / 60, to % 60,
	       gap->whole ? "nobody all day" : "nobody");
	t->n++;
}

static enum ql_rc check(struct ql_pg *pg, const struct reference *ref, const struct roster_conf *conf, struct told *t, struct ql_err *err)
{
	static struct gaps g;
	const struct unit *unit = reference_unit_by_code(ref, conf->unit);
	const int32_t today = beijing_day(ql_now());
	const struct gap_ask ask = { unit != NULL ? unit->id : 0, today, today + conf->days, ql_now() };
	int missing_year = 0;
	enum ql_rc rc = unit != NULL ? QL_OK : ql_reject(err, "unit", "there is no unit %s", conf->unit);

	if (rc != QL_OK)
		return rc;
	do
		rc = gaps_next(pg, ref, &ask, &g, tell, t, &missing_year, err);
	while (rc == QL_OK && g.more);
	if (missing_year != 0)
		printf("days of %d can't be judged: its calendar is not published\n", missing_year);
	if (rc == QL_OK && t->n == 0)
		printf("somebody is there whenever somebody must be, from today on for %d days\n", conf->days);
	return rc;
}

int qlctl_roster(int argc, char **argv)
{
	struct roster_conf conf = { 0 };
	struct reference *ref = NULL;
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	struct told t = { 0 };
	const char *words[1];
	enum ql_rc rc;

	const int n = command_words(&argc, &argv, words, 1);

	rc = ql_conf_load(&ROSTER, &conf, argc, argv, &err);
	if (rc == QL_OK && (n != 1 || strcmp(words[0], "check") != 0))
		rc = ql_reject(&err, "", "say what to do: qlctl roster check");
	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = reference_open(&ref, pg, &err);
	if (rc == QL_OK)
		rc = check(pg, ref, &conf, &t, &err);
	reference_close(ref);
	ql_pg_close(pg);
	if (rc != QL_OK)
		return ql_die(&err);
	return t.n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
