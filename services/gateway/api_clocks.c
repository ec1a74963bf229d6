/* api_clocks.c -- a clock explained, what waits for a decision about one, and what a new policy would do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "casebook/facts.h"
#include "clock_store.h"
#include "token.h"

#define PREVIEW_MOST 20000 /* clocks looked at for one request; qlctl looks at all */
#define ASKED_MOST   100

/* Reference data as this transaction sees it. */
static enum ql_rc refresh(struct call *c, const struct reference **ref, ql_time *now, struct ql_err *err)
{
	enum ql_rc rc = worker_casebook(c->w, err);

	if (rc == QL_OK)
		rc = casebook_join(c->w->cb, err);
	if (rc != QL_OK)
		return rc;
	*ref = casebook_reference(c->w->cb);
	*now = casebook_now(c->w->cb);
	return QL_OK;
}

/* What the administration promises itself is nothing an enterprise knows of. */
static bool is_shown(const struct call *c, const struct clock_facts *f)
{
	static const unsigned OWN = CLOCK_BIT(CLOCK_UNASSIGNED) | CLOCK_BIT(CLOCK_ACCEPT) | CLOCK_BIT(CLOCK_ARBITRATION);

	if (f->clock.segments == 0)
		return false;
	return identity_is_staff(&c->who) || (f->clock.party == 0 && (CLOCK_BIT(f->clock.kind) & OWN) == 0);
}

static enum ql_rc explain(struct call *c, const struct reference *ref, const struct clock_facts *f, ql_time now, struct ql_err *err)
{
	const bool staff = identity_is_staff(&c->who);
	struct clock_told told;
	enum ql_rc rc;

	clock_told_init(&told);
	rc = facts_told(c->w->pg, f->case_id, f->clock.seq, staff, &told, err);
	if (rc == QL_OK) {
		explain_clock(ref, f, &told, staff, now, &c->res->body);
		rc = api_json(c);
	}
	clock_told_free(&told);
	return rc;
}

/* By its number in the case, or the latest of a kind. */
enum ql_rc clocks_read(struct call *c, struct ql_err *err)
{
	const char *name = c->params.at[1];
	const struct reference *ref;
	struct clock_facts f;
	enum clock_kind kind;
	long long seq = 0;
	int64_t id;
	size_t n = 0;
	ql_time now;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	const bool known = (parse_id(name, &seq) && seq > 0 && seq <= INT16_MAX) || clock_kind_parse(name, &kind);

	if (known)
		rc = facts_case(c->w->pg, id, (int)seq, seq == 0 ? name : NULL, &f, 1, &n, err);
	if (rc == QL_OK && (n == 0 || !is_shown(c, &f))) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	if (rc == QL_OK)
		rc = refresh(c, &ref, &now, err);
	return rc == QL_OK ? explain(c, ref, &f, now, err) : rc;
}

/* --- what waits for a decision --- */

static bool read_page(struct call *c, struct asked_filter *f)
{
	const char *limit = args_get(&c->req->args, "limit"), *after = args_get(&c->req->args, "after");
	long long n = ASKED_MOST;

	if (limit != NULL && (!parse_id(limit, &n) || n < 1 || n > ASKED_MOST)) {
		problem(c->res, PROBLEM_INVALID, "must be a number up to 100", "/limit");
		return false;
	}
	*f = (struct asked_filter){ .has_after = after != NULL, .limit = (int)n };
	if (after == NULL || page_token_parse(after, &f->after_at, &f->after_id))
		return true;
	problem(c->res, PROBLEM_INVALID, "is not a page of this list", "/after");
	return false;
}

enum ql_rc clocks_asked(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	struct list_page page = {0};
	struct asked_filter f;
	char token[PAGE_TOKEN];
	enum ql_rc rc;

	if (!read_page(c, &f))
		return QL_OK;
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	rc = store_asked(c->w->pg, &f, b, &page, err);
	ql_json_close(b, ']');
	if (page.rows == f.limit) {
		page_token(page.last_at, page.last_id, token);
		ql_json_text(b, "next", token);
	} else {
		ql_json_raw(b, "next", NULL);
	}
	ql_json_close(b, '}');
	return rc == QL_OK ? api_json(c) : rc;
}

/* --- what a policy would do --- */

/* "code" or "code:version". NULL: none, and the response says so. */
static const struct policy *read_policy(struct call *c, const struct reference *ref, const char *text)
{
	char code[WORD_MAX];
	const size_t len = strcspn(text, ":");
	long long version = 0;
	const struct policy *p = NULL;

	snprintf(code, sizeof(code), "%.*s", (int)(len < sizeof(code) ? len : 0), text);
	if (text[len] == '\0' || parse_id(text + len + 1, &version))
		p = reference_policy_by_code(ref, code, version);
	if (p == NULL)
		problem(c->res, PROBLEM_INVALID, "names no policy: code, or code:version", "/policy");
	return p;
}

static void write_preview(struct call *c, const struct reference *ref, const struct policy *p, ql_time at, const struct preview *preview)
{
	struct ql_buf *b = &c->res->body;

	ql_json_open(b, NULL, '{');
	ql_json_time(b, "at", at);
	if (p != NULL) {
		ql_json_open(b, "policy", '{');
		ql_json_text(b, "code", p->code);
		ql_json_i64(b, "version", p->rule.version);
		ql_json_time(b, "valid_from", p->valid_from);
		ql_json_close(b, '}');
	}
	preview_write(ref, preview, b);
	ql_json_close(b, '}');
}

enum ql_rc clocks_preview(struct call *c, struct ql_err *err)
{
	const char *text = args_get(&c->req->args, "policy");
	const struct policy *p = NULL;
	const struct reference *ref;
	struct preview *preview;
	ql_time now, at;
	enum ql_rc rc = refresh(c, &ref, &now, err);

	if (rc != QL_OK || (text != NULL && (p = read_policy(c, ref, text)) == NULL))
		return rc;
	at = p != NULL && p->valid_from > now ? p->valid_from : now;
	preview = malloc(sizeof(*preview));
	if (preview == NULL)
		return ql_fail(err, QL_RETRY, "out of memory");
	rc = preview_run(c->w->pg, ref, at, now, PREVIEW_MOST, preview, err);
	if (rc == QL_OK)
		write_preview(c, ref, p, at, preview);
	free(preview);
	return rc == QL_OK ? api_json(c) : rc;
}
