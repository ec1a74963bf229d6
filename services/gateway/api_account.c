/* api_account.c -- sessions, accounts, duties, and the record of what was done to them. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "account_store.h"
#include "base/log.h"
#include "domain/timefmt.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

/* --- lists --- */

static bool read_number(struct call *c, const char *name, long long least, long long most, long long *out)
{
	const char *text = args_get(&c->req->args, name);
	char field[24];

	if (text == NULL || (parse_id(text, out) && *out >= least && *out <= most))
		return true;
	snprintf(field, sizeof(field), "/%s", name);
	problem(c->res, PROBLEM_INVALID, "this value is not possible here", field);
	return false;
}

typedef enum ql_rc account_lister(struct ql_pg *pg, const struct account_filter *f, struct ql_buf *out, struct account_page *page, struct ql_err *err);

static enum ql_rc list(struct call *c, account_lister *read, struct account_filter *f, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	long long after = 0, limit = PAGE_DEFAULT;
	struct account_page page = {0};
	enum ql_rc rc;

	if (!read_number(c, "after", 0, INT64_MAX, &after) || !read_number(c, "limit", 1, PAGE_MAX, &limit))
		return QL_OK;
	f->after = after;
	f->limit = (int)limit;
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "items", '[');
	rc = read(c->w->pg, f, b, &page, err);
	ql_json_close(b, ']');
	if (page.rows == f->limit)
		ql_json_i64(b, "next", page.last);
	else
		ql_json_raw(b, "next", NULL);
	ql_json_close(b, '}');
	return rc == QL_OK ? api_json(c) : rc;
}

/* One's own, unless a user or "all" is named; the database shows no others than one has charge of. */
enum ql_rc account_sessions(struct call *c, struct ql_err *err)
{
	const char *whose = args_get(&c->req->args, "user");
	struct account_filter f = { .user = c->who.user };
	long long user = c->who.user;

	if (whose != NULL && strcmp(whose, "all") != 0 && !read_number(c, "user", 1, INT64_MAX, &user))
		return QL_OK;
	f.user = whose != NULL && strcmp(whose, "all") == 0 ? 0 : user;
	return list(c, store_sessions, &f, err);
}

enum ql_rc account_list(struct call *c, struct ql_err *err)
{
	struct account_filter f = {0};

	return list(c, store_accounts, &f, err);
}

enum ql_rc account_audit(struct call *c, struct ql_err *err)
{
	struct account_filter f = {0};
	long long user = 0;

	if (!read_number(c, "user", 1, INT64_MAX, &user))
		return QL_OK;
	f.user = user;
	return list(c, store_audit, &f, err);
}

/* --- ending sessions --- */

static void keep_ended(void *to, const char *hex)
{
	struct job *job = to;

	if (job->ended == NULL)
		job->ended = calloc(ENDED_MAX, sizeof(*job->ended));
	if (job->ended == NULL || job->n_ended == ENDED_MAX)
		return; /* the stream asks within a minute whether its session still holds */
	sodium_hex2bin(job->ended[job->n_ended++], TOKEN_HASH, hex, strlen(hex), NULL, NULL, NULL);
}

enum ql_rc account_end(struct call *c, int64_t session, int64_t user, bool keep, int *n, struct ql_err *err)
{
	enum ql_rc rc;

	c->job->n_ended = 0; /* of an attempt before */
	rc = store_sessions_end(c->w->pg, session, user, keep, keep_ended, c->job, err);
	if (n != NULL)
		*n = c->job->n_ended;
	return rc;
}

static enum ql_rc done(struct call *c, bool found)
{
	if (found)
		c->res->status = 204;
	else
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
	return QL_OK;
}

static bool named(const struct call *c, int64_t *id)
{
	long long given = 0;
	bool good = parse_id(c->params.at[0], &given) && given > 0;

	*id = given;
	return good;
}

enum ql_rc account_session_end(struct call *c, struct ql_err *err)
{
	int64_t id;
	int n = 0;
	enum ql_rc rc = QL_OK;

	if (named(c, &id))
		rc = account_end(c, id, 0, false, &n, err);
	return rc == QL_OK ? done(c, n > 0) : rc;
}

/* Everywhere: of an account that is named, else one's own, this one too. */
enum ql_rc account_sessions_end(struct call *c, struct ql_err *err)
{
	int64_t user = c->who.user;
	enum ql_rc rc;

	if (strstr(c->req->path, "/accounts/") != NULL && !named(c, &user))
		return done(c, false);
	rc = account_end(c, 0, user, false, NULL, err);
	if (rc != QL_OK)
		return rc;
	ql_log(QL_INFO, "sessions_ended", "user=%lld by=%lld", (long long)user, (long long)c->who.user);
	return done(c, true);
}

/* --- accounts and duties --- */

typedef enum ql_rc account_change(struct call *c, int64_t id, bool *found, struct ql_err *err);

static enum ql_rc disable(struct call *c, int64_t id, bool *found, struct ql_err *err)
{
	return store_account_switch(c->w->pg, id, false, found, keep_ended, c->job, err);
}

static enum ql_rc enable(struct call *c, int64_t id, bool *found, struct ql_err *err)
{
	return store_account_switch(c->w->pg, id, true, found, keep_ended, c->job, err);
}

static enum ql_rc reset_factor(struct call *c, int64_t id, bool *found, struct ql_err *err)
{
	return store_factor_reset(c->w->pg, id, found, keep_ended, c->job, err);
}

enum ql_rc account_switch(struct call *c, struct ql_err *err)
{
	static const struct { const char *name, *event; account_change *run; } CHANGES[] = {
		{ "disable", "account_disabled", disable }, { "enable", "account_enabled", enable }, { "reset_factor", "factor_reset", reset_factor },
	};
	bool found = false;
	int64_t id;
	size_t i = 0;
	enum ql_rc rc = QL_OK;

	c->job->n_ended = 0;
	while (i < QL_LEN(CHANGES) && strcmp(CHANGES[i].name, c->params.at[1]) != 0)
		i++;
	if (named(c, &id) && i < QL_LEN(CHANGES))
		rc = CHANGES[i].run(c, id, &found, err);
	if (rc == QL_OK && found)
		ql_log(QL_INFO, CHANGES[i].event, "user=%lld by=%lld", (long long)id, (long long)c->who.user);
	return rc == QL_OK ? done(c, found) : rc;
}

static bool is_date(char *text, size_t size, const char **why)
{
	ql_time at;
	char whole[32];

	(void)size;
	*why = "is not a date: write 2026-11-28";
	snprintf(whole, sizeof(whole), "%.10sT00:00:00Z", text);
	return text[0] == '\0' || (strlen(text) == 10 && rfc3339_parse(whole, strlen(whole), &at, NULL));
}

struct duty_in { char duty[QL_TEXT_SIZE(24)], unit[QL_TEXT_SIZE(24)], valid_from[QL_TEXT_SIZE(10)], valid_to[QL_TEXT_SIZE(10)]; };
static const char *const DUTY_WORDS[] = { "second_reader", "duty_supervisor", "arbitration", "national_expert", NULL };
static const struct ql_field DUTY[] = {
	QL_NEED_WORD(struct duty_in, duty, DUTY_WORDS),
	QL_NEED(struct duty_in, unit),
	QL_NEED_CHECK(struct duty_in, valid_from, is_date),
	QL_MAY_CHECK(struct duty_in, valid_to, is_date),
};

enum ql_rc account_duty(struct call *c, struct ql_err *err)
{
	struct duty_in in = {0};
	struct duty_new d = { .duty = in.duty, .unit = in.unit, .from = in.valid_from, .to = in.valid_to };
	bool given = false;
	enum ql_rc rc;

	if (!api_decode(c, DUTY, QL_LEN(DUTY), &in) || !named(c, &d.account))
		return c->res->status >= 400 ? QL_OK : done(c, false);
	if (in.valid_to[0] != '\0' && strcmp(in.valid_to, in.valid_from) < 0) {
		problem(c->res, PROBLEM_INVALID, "is before its beginning", "/valid_to");
		return QL_OK;
	}
	rc = store_duty_give(c->w->pg, &d, &given, err);
	if (rc == QL_CONFLICT) { /* the account is of no kind that has duties */
		problem(c->res, PROBLEM_INVALID, "is for supervisors and coordinators", "/duty");
		return QL_OK;
	}
	return rc == QL_OK ? done(c, given) : rc;
}
