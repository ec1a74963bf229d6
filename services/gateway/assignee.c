#include "assignee.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board_store.h"
#include "casebook/roster_store.h"
#include "casebook/work_store.h"

static void put_filters(struct ql_buf *b, const char *key, unsigned filters)
{
	ql_json_open(b, key, '[');
	for (int f = FILTER_NONE + 1; f < CHOOSE_FILTERS; f++)
		if (filters & FILTER_BIT(f))
			ql_json_text(b, NULL, choose_filter_name((enum choose_filter)f));
	ql_json_close(b, ']');
}

/* --- may it be he? ---------------------------------------------------------------------------------------------------------- */

static struct work_row *row_of(struct work_page *page, int party)
{
	for (size_t i = 0; i < page->n; i++)
		if (page->row[i].work.party == party)
			return &page->row[i];
	return NULL;
}

/* What dispatch would have against it, on its own reading of the roster. A case or part that wants nobody is the command's to refuse. */
static enum ql_rc judge(struct command *c, const struct assignee *to, unsigned *failing, struct ql_err *err)
{
	struct { struct duty_roster roster; struct work_page page; } *at = calloc(1, sizeof(*at));
	const struct reference *ref = casebook_reference(c->cb);
	struct ql_pg *pg = c->call->w->pg;
	struct changed ignored = { 0 };
	enum ql_rc rc;

	*failing = 0;
	if (at == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	rc = roster_read_some(pg, ref, &at->roster, &to->coordinator, 1, &ignored, err);
	if (rc == QL_OK)
		rc = (to->party != 0 ? work_read_parties : work_read)(pg, ref, &c->file->id, 1, &at->page, err);
	if (rc == QL_OK) {
		const struct candidate *k = roster_get(&at->roster.roster, to->coordinator);
		struct work_row *row = row_of(&at->page, to->party);

		if (row != NULL)
			row->work.now = casebook_now(c->cb);
		if (row != NULL)
			*failing = k != NULL ? choose_filters(&row->work, &at->roster.roster, k) : FILTER_BIT(FILTER_VALIDITY);
	}
	free(at);
	return rc;
}

static void refuse(struct command *c, unsigned failing)
{
	const bool soft = (failing & ~FILTERS_SOFT) == 0;
	struct ql_buf *b = problem_open(c->call->res, PROBLEM_NOT_ELIGIBLE,
	                                soft ? "choose another, or overrule the roster with \"override\": true and a reason" : "choose another", "/coordinator");

	put_filters(b, "removed_by", failing);
	ql_json_bool(b, "may_override", soft);
	problem_close(c->call->res);
}

static void no_room(struct command *c)
{
	problem(c->call->res, PROBLEM_CAPACITY, "load and capacity of the coordinator leave no room", "/coordinator");
}

/* false: the response is made. */
static bool permitted(struct command *c, const struct assignee *to, unsigned failing)
{
	const bool soft = (failing & ~FILTERS_SOFT) == 0, reason = to->reason != NULL && to->reason[strspn(to->reason, " \t\r\n")] != '\0';

	if (failing == 0 || (soft && to->override && reason))
		return true;
	if (failing == FILTER_BIT(FILTER_CAPACITY))
		no_room(c);
	else if (soft && to->override)
		problem(c->call->res, PROBLEM_INVALID, "say why the roster is overruled: it is kept with the case", "/reason");
	else
		refuse(c, failing);
	return false;
}

/* --- taking him --------------------------------------------------------------------------------------------------------------- */

static void explain(struct assignee *to, const struct take *take, unsigned overruled)
{
	struct ql_buf b;

	snprintf(to->shown, sizeof(to->shown), "{\"level\":\"supervisor\",\"load\":%d,\"capacity\":%d}", take->load, take->capacity);
	ql_buf_init(&b, sizeof(to->why));
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "level", "supervisor");
	ql_json_i64(&b, "chosen", to->coordinator);
	ql_json_i64(&b, "considered", 1);
	ql_json_raw(&b, "removed", "{}");
	ql_json_raw(&b, "relaxed", "[]");
	put_filters(&b, "overridden", overruled);
	ql_json_raw(&b, "candidates", "[]");
	ql_json_close(&b, '}');
	snprintf(to->why, sizeof(to->why), "%s", ql_buf_ok(&b) ? b.data : to->shown); /* all filters at once need 220 bytes */
	ql_buf_free(&b);
	to->assignment = (struct assignment){ to->coordinator, to->unit, to->why, to->shown, to->reason };
}

enum ql_rc assignee_take(struct command *c, struct assignee *to, bool *taken, struct ql_err *err)
{
	struct take take = { .coordinator = to->coordinator, .weight = to->weight };
	unsigned failing = 0;
	enum ql_rc rc = store_assignee(c->call->w->pg, &c->call->who, to->coordinator, &to->unit, err);

	*taken = false;
	if (rc == QL_OK && to->unit == 0)
		rc = ql_reject(err, "/coordinator", "is nobody you can assign to");
	if (rc == QL_OK)
		rc = judge(c, to, &failing, err);
	if (rc != QL_OK || !permitted(c, to, failing))
		return rc;
	rc = casebook_take(c->cb, &take, 1, err);
	if (rc != QL_OK)
		return rc;
	*taken = take.taken;
	if (!take.taken)
		no_room(c);
	explain(to, &take, failing);
	return QL_OK;
}
