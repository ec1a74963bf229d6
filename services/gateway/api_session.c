/* api_session.c -- signing in and out. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "account_store.h"
#include "api.h"
#include "base/log.h"
#include "factor_store.h"
#include "oidc_store.h"

#define LOGIN_MAX     64  /* characters */
#define ADDRESS_FREE  20  /* failures from one address before it waits: an office shares one */
#define COOKIE_BYTES  32
#define KIOSK_SECONDS (400 * 86400) /* the longest that browsers keep a cookie */
#define PASSWORD_MIN  10            /* bytes; length is what counts */
#define BASE64        sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct sign_in { char login[QL_TEXT_SIZE(LOGIN_MAX)], password[QL_TEXT_SIZE(PASSWORD_MAX)], code[QL_TEXT_SIZE(FACTOR_CODE)]; };
static const struct ql_field SIGN_IN[] = {
	QL_NEED(struct sign_in, login),
	QL_NEED(struct sign_in, password),
	QL_MAY(struct sign_in, code),
};

/* The account, however its login was spelled; else what was typed. */
struct guess guess_of(const struct call *c, int64_t user, const char *login)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)user);
	return (struct guess){ user != 0 ? throttle_key("user", id) : throttle_key("login", login), throttle_key("address", c->req->address) };
}

bool guess_must_wait(struct call *c, const struct guess *g)
{
	const struct throttle *t = pool_throttle_lock(c->w->pool);
	ql_time now = ql_monotonic();
	int a = throttle_wait(t, g->login, THROTTLE_FREE, now), b = throttle_wait(t, g->address, ADDRESS_FREE, now);

	pool_throttle_unlock(c->w->pool);
	c->res->retry_after = a > b ? a : b;
	if (c->res->retry_after == 0)
		return false;
	problem(c->res, PROBLEM_THROTTLED, "wait before the next attempt", NULL);
	return true;
}

void guess_failed(struct call *c, const struct guess *g)
{
	struct throttle *t = pool_throttle_lock(c->w->pool);
	ql_time now = ql_monotonic();

	throttle_failed(t, g->login, now);
	throttle_failed(t, g->address, now);
	pool_throttle_unlock(c->w->pool);
}

/* An address is not forgiven by one good sign-in: whoever guesses owns an account too. */
void guess_right(struct call *c, const struct guess *g)
{
	throttle_forget(pool_throttle_lock(c->w->pool), g->login);
	pool_throttle_unlock(c->w->pool);
}

enum ql_rc guess_password(struct call *c, const char *password, bool *right, struct ql_err *err)
{
	const struct guess g = guess_of(c, c->who.user, "");
	char hash[PASSWORD_HASH_MAX];
	enum ql_rc rc;

	*right = false;
	if (guess_must_wait(c, &g))
		return QL_OK;
	rc = store_password_of_mine(c->w->pg, hash, err);
	if (rc != QL_OK)
		return rc;
	*right = password_verify(hash, password);
	if (!*right)
		guess_failed(c, &g);
	return QL_OK;
}

static void write_duties(struct ql_buf *b, unsigned duties)
{
	ql_json_open(b, "duties", '[');
	for (int i = 0; i < DUTIES; i++)
		if (duties & DUTY_BIT(i))
			ql_json_text(b, NULL, duty_name((enum duty)i));
	ql_json_close(b, ']');
}

static void write_session(struct ql_buf *b, const struct identity *who, const struct ql_buf *unit, const struct ql_buf *enterprise)
{
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "user", '{');
	ql_json_i64(b, "id", who->user);
	ql_json_text(b, "login", who->login);
	ql_json_text(b, "name", who->name);
	ql_json_text(b, "role", account_rule(who->account)->name);
	write_duties(b, who->duties);
	ql_json_text(b, "language", who->language);
	ql_json_raw(b, "unit", unit->len > 0 ? unit->data : NULL);
	ql_json_raw(b, "enterprise", enterprise->len > 0 ? enterprise->data : NULL);
	if (who->coordinator != 0)
		ql_json_i64(b, "coordinator_id", who->coordinator);
	else
		ql_json_raw(b, "coordinator_id", NULL);
	ql_json_close(b, '}');
	ql_json_bool(b, "must_enrol", who->must_enrol);
	ql_json_text(b, "csrf", who->csrf);
	ql_json_time(b, "expires_at", who->expires_at);
	ql_json_close(b, '}');
}

enum ql_rc session_read(struct call *c, struct ql_err *err)
{
	struct ql_buf unit, enterprise;
	enum ql_rc rc;

	ql_buf_init(&unit, 4096);
	ql_buf_init(&enterprise, 4096);
	rc = store_belongs(c->w->pg, &c->who, &unit, &enterprise, err);
	if (rc == QL_OK)
		write_session(&c->res->body, &c->who, &unit, &enterprise);
	ql_buf_free(&unit);
	ql_buf_free(&enterprise);
	return rc == QL_OK ? api_json(c) : rc;
}

static void set_cookie(struct call *c, const char *value, int seconds)
{
	snprintf(c->res->cookie, sizeof(c->res->cookie), "ql_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", value, seconds,
	         pool_conf(c->w->pool)->secure ? "; Secure" : "");
}

/* A fresh cookie, of which the database keeps the hash only. Leaves the transaction of the new session open. */
enum ql_rc session_begin(struct call *c, int64_t user, const char *way, struct ql_err *err)
{
	const int hours = pool_conf(c->w->pool)->session_hours;
	unsigned char secret[COOKIE_BYTES], csrf[COOKIE_BYTES], token[TOKEN_HASH];
	char cookie[sodium_base64_ENCODED_LEN(COOKIE_BYTES, BASE64)], csrf_hex[2 * COOKIE_BYTES + 1];
	bool known = false;
	enum ql_rc rc;

	randombytes_buf(secret, sizeof(secret));
	randombytes_buf(csrf, sizeof(csrf));
	sodium_bin2base64(cookie, sizeof(cookie), secret, sizeof(secret), BASE64);
	sodium_bin2hex(csrf_hex, sizeof(csrf_hex), csrf, sizeof(csrf));
	crypto_hash_sha256(token, (const unsigned char *)cookie, strlen(cookie));
	rc = store_session_open(c->w->pg, &(struct session_new){ user, token, csrf_hex, c->req->address, c->req->device, ql_now() + hours * 3600 * QL_SECOND }, err);
	if (rc == QL_OK && strcmp(way, "oidc") == 0)
		rc = store_session_way(c->w->pg, token, way, err);
	if (rc == QL_OK)
		rc = store_enter(c->w->pg, token, true, &c->who, &known, err);
	if (rc == QL_OK && !known)
		rc = ql_fail(err, QL_FATAL, "a session that was just opened is not known");
	if (rc == QL_OK)
		set_cookie(c, cookie, c->who.account == ACCOUNT_KIOSK ? KIOSK_SECONDS : hours * 3600);
	return rc;
}

/* An account of the other surface is answered as one that does not exist, after the same work. */
static enum ql_rc find_account(struct call *c, const char *login, struct account *account, struct ql_err *err)
{
	enum ql_rc rc = store_account(c->w->pg, login, account, err);

	if (rc == QL_OK && account->user != 0 && !surface_admits(pool_conf(c->w->pool)->surface, account->role))
		*account = (struct account){0};
	return rc;
}

static enum ql_rc refuse(struct call *c, const struct account *account, const struct guess *g, enum problem_code code, struct ql_err *err)
{
	const char *why = code == PROBLEM_BAD_CODE ? "code" : "password";

	guess_failed(c, g);
	ql_log(QL_INFO, "sign_in_refused", "user=%lld why=%s", (long long)account->user, why);
	problem(c->res, code, NULL, NULL);
	return store_sign_in_refused(c->w->pg, account->user, c->req->address, why, err);
}

/* *good false: the response says what is wanted, or wrong. Whoever gave only the password is asked for the code: that is no guess. */
static enum ql_rc check_factor(struct call *c, const struct account *account, const struct guess *g, const char *code, bool *good, struct ql_err *err)
{
	struct factor f;
	enum ql_rc rc = store_factor_of(c->w->pg, account->user, &f, err);

	*good = rc == QL_OK && !f.there;
	if (rc != QL_OK || *good)
		return rc;
	if (code[0] == '\0') {
		problem(c->res, PROBLEM_SECOND_FACTOR, NULL, "/code");
		return QL_OK;
	}
	rc = factor_check(c, account->user, f.secret, code, good, err);
	sodium_memzero(&f, sizeof(f));
	return rc == QL_OK && !*good ? refuse(c, account, g, PROBLEM_BAD_CODE, err) : rc;
}

static enum ql_rc check(struct call *c, struct sign_in *in, const struct account *account, bool *good, struct ql_err *err)
{
	const struct guess g = guess_of(c, account->user, in->login);
	enum ql_rc rc;

	*good = false;
	if (guess_must_wait(c, &g))
		return QL_OK;
	if (!password_verify(account->user != 0 ? account->hash : NULL, in->password))
		return refuse(c, account, &g, PROBLEM_BAD_CREDENTIALS, err);
	rc = check_factor(c, account, &g, in->code, good, err);
	if (rc == QL_OK && *good)
		guess_right(c, &g);
	return rc;
}

enum ql_rc session_sign_in(struct call *c, struct ql_err *err)
{
	struct sign_in in = {0};
	struct account account;
	bool good = false;
	enum ql_rc rc;

	if (!api_decode(c, SIGN_IN, QL_LEN(SIGN_IN), &in))
		return QL_OK;
	rc = find_account(c, in.login, &account, err);
	if (rc == QL_OK)
		rc = check(c, &in, &account, &good, err);
	sodium_memzero(in.password, sizeof(in.password));
	if (rc != QL_OK || !good)
		return rc;
	rc = session_begin(c, account.user, "password", err);
	if (rc == QL_OK)
		ql_log(QL_INFO, "signed_in", "user=%lld role=%s", (long long)account.user, account_rule(c->who.account)->name);
	return rc == QL_OK ? session_read(c, err) : rc;
}

enum ql_rc session_sign_out(struct call *c, struct ql_err *err)
{
	enum ql_rc rc = store_session_close(c->w->pg, c->req->token, err);

	if (rc != QL_OK)
		return rc;
	set_cookie(c, "", 0);
	c->job->signed_out = true;
	c->res->status = 204;
	ql_log(QL_INFO, "signed_out", "user=%lld", (long long)c->who.user);
	return QL_OK;
}

/* --- another password --- */

struct change { char old[QL_TEXT_SIZE(PASSWORD_MAX)], password[QL_TEXT_SIZE(PASSWORD_MAX)]; };
static const struct ql_field CHANGE[] = { QL_NEED(struct change, old), QL_NEED(struct change, password) };

/* What is wrong with it, or NULL. Rules about kinds of characters make people write passwords down; length does not. */
static const char *password_fault(const struct change *in, const char *login)
{
	if (strlen(in->password) < PASSWORD_MIN || strlen(in->password) > PASSWORD_MAX)
		return "has 10 to 200 bytes";
	if (strcmp(in->password, in->old) == 0)
		return "must be another one than before";
	if (strcasestr(in->password, login) != NULL)
		return "must not hold the login";
	return strspn(in->password, (char[]){ in->password[0], '\0' }) == strlen(in->password) ? "must not be one character only" : NULL;
}

/* Whoever knew the old one may sit in another session: those end. */
static enum ql_rc store_changed(struct call *c, const struct change *in, struct ql_err *err)
{
	char hash[PASSWORD_HASH_MAX];
	enum ql_rc rc = password_hash(in->password, hash, err);

	if (rc == QL_OK)
		rc = store_password_change(c->w->pg, hash, err);
	if (rc == QL_OK)
		rc = account_end(c, 0, c->who.user, true, NULL, err);
	if (rc != QL_OK)
		return rc;
	c->res->status = 204;
	ql_log(QL_INFO, "password_changed", "user=%lld", (long long)c->who.user);
	return QL_OK;
}

static enum ql_rc change_password(struct call *c, const struct change *in, struct ql_err *err)
{
	const char *fault = password_fault(in, c->who.login);
	bool right;
	enum ql_rc rc = guess_password(c, in->old, &right, err);

	if (rc != QL_OK || c->res->status >= 400)
		return rc;
	if (right && fault == NULL)
		return store_changed(c, in, err);
	problem(c->res, PROBLEM_INVALID, right ? fault : "is not your password", right ? "/password" : "/old");
	return QL_OK;
}

enum ql_rc session_password(struct call *c, struct ql_err *err)
{
	struct change in = {0};
	enum ql_rc rc = QL_OK;

	if (api_decode(c, CHANGE, QL_LEN(CHANGE), &in))
		rc = change_password(c, &in, err);
	sodium_memzero(&in, sizeof(in));
	return rc;
}
