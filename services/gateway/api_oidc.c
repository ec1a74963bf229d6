/* api_oidc.c -- signing in at an OpenID provider: away to it and back. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "base/log.h"
#include "oidc_store.h"

#define ATTEMPT_SECONDS 600

/* What the sign-in page may offer. */
enum ql_rc oidc_ways(struct call *c, struct ql_err *err)
{
	const struct oidc_conf *conf = &pool_conf(c->w->pool)->oidc;
	struct ql_buf *b = &c->res->body;

	(void)err;
	ql_json_open(b, NULL, '{');
	if (conf->issuer[0] != '\0') {
		ql_json_open(b, "oidc", '{');
		ql_json_text(b, "name", conf->name);
		ql_json_text(b, "path", "/api/v1/oidc/start");
		ql_json_close(b, '}');
	} else {
		ql_json_raw(b, "oidc", NULL);
	}
	ql_json_close(b, '}');
	return api_json(c);
}

static enum ql_rc redirect(struct call *c, const char *to)
{
	c->res->status = 302;
	snprintf(c->res->location, sizeof(c->res->location), "%s", to);
	return QL_OK;
}

/* A person looks at a browser here, not a program at an answer: the sign-in page says what happened. */
static enum ql_rc back(struct call *c, const struct ql_err *err)
{
	ql_log(QL_INFO, "oidc_refused", "why=\"%s\"", err->msg);
	return redirect(c, err->rc == QL_RETRY ? "/?signin=unavailable" : "/?signin=refused");
}

static void hash_state(const char *state, unsigned char hash[TOKEN_HASH])
{
	crypto_hash_sha256(hash, (const unsigned char *)state, strlen(state));
}

enum ql_rc oidc_start(struct call *c, struct ql_err *err)
{
	struct oidc *o = pool_oidc(c->w->pool);
	unsigned char hash[TOKEN_HASH];
	struct oidc_attempt a;
	struct ql_err why = {0};
	char url[OIDC_URL_MAX];
	bool begun = false;
	enum ql_rc rc;

	if (o == NULL) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	oidc_attempt_new(&a);
	if (oidc_url(o, &a, url, &why) != QL_OK)
		return back(c, &why);
	hash_state(a.state, hash);
	rc = store_oidc_begin(c->w->pg, hash, &a, &begun, err);
	if (rc == QL_OK && !begun)
		problem(c->res, PROBLEM_UNAVAILABLE, "too many sign-ins are under way", NULL);
	if (rc != QL_OK || !begun)
		return rc;
	/* The answer counts only in the browser that asked: nobody is signed in as somebody else by a link. */
	snprintf(c->res->cookie, sizeof(c->res->cookie), "ql_oidc=%s; Path=/api/v1/oidc; HttpOnly; SameSite=Lax; Max-Age=%d%s", a.state, ATTEMPT_SECONDS,
	         pool_conf(c->w->pool)->secure ? "; Secure" : "");
	return redirect(c, url);
}

/* The attempt that came back, taken; *known false: none, used, too old, or of another browser. */
static enum ql_rc take_attempt(struct call *c, struct oidc_attempt *a, bool *known, struct ql_err *err)
{
	const char *state = args_get(&c->req->args, "state");
	unsigned char hash[TOKEN_HASH];

	*known = false;
	if (state == NULL || strlen(state) >= sizeof(a->state) || strlen(state) != strlen(c->req->attempt) ||
	    sodium_memcmp(state, c->req->attempt, strlen(state)) != 0)
		return QL_OK;
	hash_state(state, hash);
	return store_oidc_take(c->w->pg, hash, a, known, err);
}

static enum ql_rc enter(struct call *c, const char *subject, struct ql_err *err)
{
	const char *issuer = pool_conf(c->w->pool)->oidc.issuer;
	struct account account;
	struct ql_err nobody = {0};
	enum ql_rc rc = store_account_of_subject(c->w->pg, issuer, subject, &account, err);

	if (rc != QL_OK)
		return rc;
	if (account.user == 0 || !surface_admits(pool_conf(c->w->pool)->surface, account.role)) {
		(void)ql_fail(&nobody, QL_REJECT, "no account here is linked to that subject");
		return back(c, &nobody);
	}
	rc = session_begin(c, account.user, "oidc", err);
	if (rc != QL_OK)
		return rc;
	ql_log(QL_INFO, "signed_in", "user=%lld way=oidc", (long long)account.user);
	return redirect(c, "/");
}

enum ql_rc oidc_callback(struct call *c, struct ql_err *err)
{
	struct oidc *o = pool_oidc(c->w->pool);
	const char *code = args_get(&c->req->args, "code");
	struct oidc_attempt a = {0};
	char subject[OIDC_SUBJECT];
	struct ql_err why = {0};
	bool known = false;
	enum ql_rc rc = o != NULL ? take_attempt(c, &a, &known, err) : QL_OK;

	if (rc != QL_OK)
		return rc;
	if (!known || code == NULL) {
		(void)ql_fail(&why, QL_REJECT, known ? "the provider let nobody in" : "no such attempt of this browser");
		return back(c, &why);
	}
	return oidc_finish(o, code, &a, subject, &why) == QL_OK ? enter(c, subject, err) : back(c, &why);
}
