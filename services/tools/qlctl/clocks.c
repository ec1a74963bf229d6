/* clocks.c -- deadlines computed again outside of the services: one explained, all verified, what a new policy would do. Rows are
 * read, the rest is domain functions. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/json.h"
#include "base/log.h"
#include "casebook/facts.h"
#include "domain/timefmt.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/verify_store.h"

#define CLOCKS_SHOWN 64
#define CLOCKS_PAGE  500
#define TEXT_BYTES   ((size_t)4 << 20)
#define TIME_TEXT    (RFC3339_MAX + 1)

struct clocks_conf { const char *pg_dsn, *policy; bool json; };

static const struct ql_opt CLOCK_OPTIONS[] = {
	QL_SECRET(struct clocks_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	QL_BOOL(struct clocks_conf, json, "json", "false", "the explanation as the API gives it"),
	{ 0 },
};
static const struct ql_program CLOCK = { "qlctl clock", "Recomputes and explains the deadlines of a case: clock NUMBER [KIND].", CLOCK_OPTIONS };
static const struct ql_opt CLOCKS_OPTIONS[] = {
	QL_SECRET(struct clocks_conf, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_operator"),
	QL_TEXT(struct clocks_conf, policy, "policy", "", "code or code:version, as if it held already; empty: what holds now"),
	{ 0 },
};
static const struct ql_program CLOCKS = { "qlctl clocks", "Says what a policy would do to all open clocks, without doing it: clocks preview.", CLOCKS_OPTIONS };

struct clocks { struct ql_pg *pg; struct reference *ref; };

static void close_all(struct clocks *k)
{
	reference_close(k->ref);
	ql_pg_close(k->pg);
}

static enum ql_rc open_all(struct clocks *k, const char *dsn, struct ql_err *err)
{
	enum ql_rc rc = ql_pg_open(&k->pg, dsn, "qlctl", err);

	if (rc == QL_OK)
		rc = verify_store_begin(k->pg, err);
	return rc == QL_OK ? reference_open(&k->ref, k->pg, err) : rc;
}

/* --- one case --- */

static const char *told(ql_time at, char out[TIME_TEXT])
{
	if (at == 0 || at == CLOCK_NEVER)
		return "-";
	rfc3339_format(at, BEIJING_OFFSET, out);
	return out;
}

/* A clock that ended while its year had no calendar never had a due time, whatever was imported since. */
static bool agrees(const struct clock_facts *f, ql_time due)
{
	return due == f->clock.due_at || (f->clock.due_at == 0 && (due == CLOCK_NEVER || f->clock.ended_at != 0));
}

static bool print_clock(const struct clocks *k, const struct clock_facts *f)
{
	static const char *const STATES[] = { "running", "paused", "met", "stopped" };
	const struct policy *p = reference_policy(k->ref, f->clock.policy);
	const struct calendar_facts cal = reference_calendar_facts(k->ref, f->clock.calendar);
	char stored[TIME_TEXT], computed[TIME_TEXT];
	int year;
	const ql_time due = facts_due(k->ref, f, &year);
	const bool same = agrees(f, due);

	printf("%-3d %-15s cycle %d  %-8s %s %" PRId64 " (%d %s + %d)  %s %" PRId64 "  due %s  %s", f->clock.seq, clock_kind_name(f->clock.kind), f->clock.cycle,
	       STATES[f->clock.state], p != NULL ? p->code : "?", p != NULL ? p->rule.version : 0, p != NULL ? p->rule.amount : 0,
	       p != NULL ? clock_unit_name(p->rule.unit) : "?", f->clock.extension, cal.code != NULL ? cal.code : "?", cal.version, told(due, computed), same ? "agrees" : "DIFFERS");
	if (!same)
		printf(" from %s", told(f->clock.due_at, stored));
	if (year != 0)
		printf(" (the holidays of %d are not imported)", year);
	printf("\n");
	return same;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "-";
}

static double minutes_of(const json_t *o, const char *key) { return (double)json_integer_value(json_object_get(o, key)) / (double)QL_MINUTE; }

static void print_days(const json_t *days)
{
	json_t *day, *slot;
	size_t i, s;

	json_array_foreach(days, i, day) {
		const json_t *hours = json_object_get(day, "hours");

		printf("    %s  %-10s %8.2f of %8.2f min", text_of(day, "date"), text_of(day, "why"), minutes_of(day, "counted_us"), minutes_of(day, "working_us"));
		json_array_foreach(hours, s, slot)
			printf("  %s", json_string_value(slot));
		if (json_is_string(json_object_get(day, "name")))
			printf("  %s", text_of(day, "name"));
		printf("\n");
	}
}

static void print_segments(const json_t *segments)
{
	json_t *s;
	size_t i;

	json_array_foreach(segments, i, s)
		printf("    %-5s %s .. %s  %s%s (journal %lld, %s)\n", text_of(s, "kind"), text_of(s, "from"), text_of(s, "to"), text_of(s, "why"),
		       json_is_true(json_object_get(s, "voided")) ? ", did not hold" : "", (long long)json_integer_value(json_object_get(s, "version")), text_of(json_object_get(s, "actor"), "kind"));
}

static void print_ledger(const json_t *ledger)
{
	json_t *l;
	size_t i;

	json_array_foreach(ledger, i, l)
		printf("    %-9s %-7s %s  amount %lld  due %s -> %s  %s %s -> %s %s\n", text_of(l, "kind"), text_of(l, "state"), text_of(l, "at"),
		       (long long)json_integer_value(json_object_get(l, "amount")), text_of(l, "due_was"), text_of(l, "due_at"), text_of(l, "policy_was"),
		       text_of(l, "calendar_was"), text_of(l, "policy"), text_of(l, "calendar"));
}

static void print_thresholds(const json_t *thresholds)
{
	json_t *t;
	size_t i;

	json_array_foreach(thresholds, i, t)
		printf("    %-12s %s  to %s %s%s\n", text_of(t, "name"), text_of(t, "at"), text_of(t, "to"), text_of(t, "to_unit"),
		       json_is_true(json_object_get(t, "fired")) ? "  fired" : "");
}

static void print_explained(const json_t *e)
{
	static const struct { const char *key; void (*print)(const json_t *part); } PARTS[] = {
		{ "segments", print_segments }, { "ledger", print_ledger }, { "days", print_days }, { "thresholds", print_thresholds },
	};

	printf("  started %s  due %s  if it went on now %s\n", text_of(e, "started_at"), text_of(e, "due_at"), text_of(e, "if_resumed_at"));
	printf("  promised %.2f min, used %.2f, left %.2f\n", minutes_of(e, "budget_us"), minutes_of(e, "elapsed_us"), minutes_of(e, "remaining_us"));
	for (size_t i = 0; i < QL_LEN(PARTS); i++) {
		printf("  %s\n", PARTS[i].key);
		PARTS[i].print(json_object_get(e, PARTS[i].key));
	}
}

static enum ql_rc print_explanation(const struct clocks *k, const struct clock_facts *f, bool as_json, struct ql_err *err)
{
	struct clock_told parts;
	struct ql_buf text;
	json_t *e = NULL;
	enum ql_rc rc;

	ql_buf_init(&text, TEXT_BYTES);
	clock_told_init(&parts);
	rc = facts_told(k->pg, f->case_id, f->clock.seq, true, &parts, err);
	if (rc == QL_OK) {
		explain_clock(k->ref, f, &parts, true, ql_now(), &text);
		rc = ql_json_parse(text.data, text.len, &e, err);
	}
	if (rc == QL_OK && as_json)
		printf("%s\n", text.data);
	else if (rc == QL_OK)
		print_explained(e);
	json_decref(e);
	clock_told_free(&parts);
	ql_buf_free(&text);
	return rc;
}

static enum ql_rc explain_case(const struct clocks *k, const char *number, const char *kind, bool as_json, bool *agree, struct ql_err *err)
{
	static struct clock_facts f[CLOCKS_SHOWN];
	enum clock_kind known;
	int64_t id = 0;
	size_t n = 0;
	enum ql_rc rc = verify_store_find(k->pg, number, &id, err);

	if (rc == QL_OK && id == 0)
		rc = ql_fail(err, QL_REJECT, "there is no case %s", number);
	if (rc == QL_OK && kind != NULL && !clock_kind_parse(kind, &known))
		rc = ql_fail(err, QL_REJECT, "%s is no kind of clock", kind);
	if (rc == QL_OK)
		rc = facts_case(k->pg, id, 0, kind, f, CLOCKS_SHOWN, &n, err);
	if (rc == QL_OK && n == 0)
		rc = ql_fail(err, QL_REJECT, "case %s has no such clock", number);
	for (size_t i = 0; rc == QL_OK && i < n; i++) {
		if (!as_json)
			*agree &= print_clock(k, &f[i]);
		if (kind != NULL || as_json)
			rc = print_explanation(k, &f[i], as_json, err);
	}
	return rc;
}

int qlctl_clock(int argc, char **argv)
{
	struct clocks_conf conf = { 0 };
	struct clocks k = { 0 };
	struct ql_err err = { 0 };
	const char *words[2];
	bool agree = true;
	const int n = command_words(&argc, &argv, words, 2);
	enum ql_rc rc = ql_conf_load(&CLOCK, &conf, argc, argv, &err);

	if (rc == QL_OK && (n < 1 || n > 2))
		rc = ql_fail(&err, QL_FATAL, "say which case: qlctl clock NUMBER [KIND]");
	if (rc == QL_OK)
		rc = open_all(&k, conf.pg_dsn, &err);
	if (rc == QL_OK)
		rc = explain_case(&k, words[0], words[1], conf.json, &agree, &err);
	close_all(&k);
	if (rc != QL_OK)
		return ql_die(&err);
	return agree ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- all of them --- */

static bool differs(const struct clocks *k, const struct clock_facts *f)
{
	int year;

	return f->clock.segments == 0 || !agrees(f, facts_due(k->ref, f, &year));
}

enum ql_rc clocks_verify(struct ql_pg *pg, bool *whole, struct ql_err *err)
{
	struct clocks k = { .pg = pg };
	struct clock_facts *page = calloc(CLOCKS_PAGE, sizeof(*page));
	int64_t after = 0, seen = 0, faults = 0;
	int after_seq = 0;
	size_t n = CLOCKS_PAGE;
	enum ql_rc rc = page != NULL ? reference_open(&k.ref, pg, err) : ql_fail(err, QL_FATAL, "no memory for a page of clocks");

	while (rc == QL_OK && n == CLOCKS_PAGE) {
		rc = facts_all(pg, after, after_seq, page, CLOCKS_PAGE, &n, err);
		for (size_t i = 0; rc == QL_OK && i < n; i++) {
			after = page[i].case_id;
			after_seq = page[i].clock.seq;
			seen++;
			if (!differs(&k, &page[i]))
				continue;
			faults++;
			printf("FAULT  case %s: ", page[i].number);
			if (page[i].clock.segments == 0)
				printf("clock %d can't be read\n", after_seq);
			else
				print_clock(&k, &page[i]);
		}
	}
	printf("%-6s %" PRId64 " clocks computed again, %" PRId64 " differ\n", faults == 0 ? "ok" : "BROKEN", seen, faults);
	*whole = faults == 0;
	reference_close(k.ref);
	free(page);
	return rc;
}

/* --- what a policy would do --- */

static enum ql_rc find_policy(const struct clocks *k, const char *text, const struct policy **p, struct ql_err *err)
{
	const size_t len = strcspn(text, ":");
	char code[WORD_MAX];

	*p = NULL;
	if (text[0] == '\0')
		return QL_OK;
	snprintf(code, sizeof(code), "%.*s", (int)(len < sizeof(code) ? len : 0), text);
	*p = reference_policy_by_code(k->ref, code, text[len] == ':' ? strtoll(text + len + 1, NULL, 10) : 0);
	return *p != NULL ? QL_OK : ql_fail(err, QL_REJECT, "policy: %s names none: code, or code:version", text);
}

static enum ql_rc preview(const struct clocks *k, const char *policy, struct ql_err *err)
{
	static struct preview sum;
	const struct policy *p;
	const ql_time now = ql_now();
	int64_t earlier = 0, later = 0, breaks = 0;
	enum ql_rc rc = find_policy(k, policy, &p, err);

	if (rc == QL_OK)
		rc = preview_run(k->pg, k->ref, p != NULL && p->valid_from > now ? p->valid_from : now, now, 0, &sum, err);
	if (rc != QL_OK)
		return rc;
	printf("%-12s %10s %10s %10s %10s\n", "unit", "open", "earlier", "later", "breached");
	for (const struct preview_unit *u = sum.unit; u < sum.unit + sum.n; u++) {
		const struct unit *unit = reference_unit(k->ref, u->unit);

		printf("%-12s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "\n", unit != NULL ? unit->code : "?", u->open, u->earlier, u->later, u->breaks);
		earlier += u->earlier;
		later += u->later;
		breaks += u->breaks;
	}
	printf("%-12s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 "\n", "all", sum.seen, earlier, later, breaks);
	return QL_OK;
}

int qlctl_clocks(int argc, char **argv)
{
	struct clocks_conf conf = { 0 };
	struct clocks k = { 0 };
	struct ql_err err = { 0 };
	const char *word;
	const int n = command_words(&argc, &argv, &word, 1);
	enum ql_rc rc = ql_conf_load(&CLOCKS, &conf, argc, argv, &err);

	if (rc == QL_OK && (n != 1 || strcmp(word, "preview") != 0))
		rc = ql_fail(&err, QL_FATAL, "say what: qlctl clocks preview");
	if (rc == QL_OK)
		rc = open_all(&k, conf.pg_dsn, &err);
	if (rc == QL_OK)
		rc = preview(&k, conf.policy, &err);
	close_all(&k);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
