/* api_session.c -- signing in and out. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/log.h"

#define LOGIN_MAX     64  /* characters */
#define ADDRESS_FREE  20  /* failures from one address before it waits: an office shares one */
#define COOKIE_BYTES  32
#define BASE64        sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct sign_in { char login[QL_TEXT_SIZE(LOGIN_MAX)], password[QL_TEXT_SIZE(PASSWORD_MAX)]; };
static const struct ql_field SIGN_IN[] = {
	QL_NEED(struct sign_in, login),
	QL_NEED(struct sign_in, password),
};

/* The account, however its login was spelled; else what was typed. */
static uint64_t login_key(int64_t user, const char *login)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)user);
	return user != 0 ? throttle_key("user", id) : throttle_key("login", login);
}

static int seconds_to_wait(struct pool *pool, uint64_t login, uint64_t address)
{
	const struct throttle *t = pool_throttle_lock(pool);
	ql_time now = ql_monotonic();
	int a = throttle_wait(t, login, THROTTLE_FREE, now), b = throttle_wait(t, address, ADDRESS_FREE, now);

	pool_throttle_unlock(pool);
	return a > b ? a : b;
}

static void count_failure(struct pool *pool, uint64_t login, uint64_t address)
{
	struct throttle *t = pool_throttle_lock(pool);
	ql_time now = ql_monotonic();

	throttle_failed(t, login, now);
	throttle_failed(t, address, now);
	pool_throttle_unlock(pool);
}

/* An address is not forgiven by one good sign-in: whoever guesses owns an account too. */
static void forget_failures(struct pool *pool, uint64_t login)
{
	throttle_forget(pool_throttle_lock(pool), login);
	pool_throttle_unlock(pool);
}

static void write_session(struct ql_buf *b, const struct identity *who, const struct ql_buf *unit, const struct ql_buf *enterprise)
{
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "user", '{');
	ql_json_i64(b, "id", who->user);
	ql_json_text(b, "login", who->login);
	ql_json_text(b, "name", who->name);
	ql_json_text(b, "role", case_role_name(who->role));
	ql_json_text(b, "language", who->language);
	ql_json_raw(b, "unit", unit->len > 0 ? unit->data : NULL);
	ql_json_raw(b, "enterprise", enterprise->len > 0 ? enterprise->data : NULL);
	if (who->coordinator != 0)
		ql_json_i64(b, "coordinator_id", who->coordinator);
	else
		ql_json_raw(b, "coordinator_id", NULL);
	ql_json_close(b, '}');
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
static enum ql_rc open_session(struct call *c, int64_t user, struct ql_err *err)
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
	rc = store_session_open(c->w->pg, user, token, csrf_hex, ql_now() + hours * 3600 * QL_SECOND, err);
	if (rc == QL_OK)
		rc = store_enter(c->w->pg, token, &c->who, &known, err);
	if (rc == QL_OK && !known)
		rc = ql_fail(err, QL_FATAL, "a session that was just opened is not known");
	if (rc == QL_OK)
		set_cookie(c, cookie, hours * 3600);
	return rc;
}

enum ql_rc session_sign_in(struct call *c, struct ql_err *err)
{
	struct pool *pool = c->w->pool;
	struct sign_in in = {0};
	char hash[PASSWORD_HASH_MAX];
	uint64_t login, address = throttle_key("address", c->req->address);
	int64_t user;
	bool good;
	enum ql_rc rc;

	if (!api_decode(c, SIGN_IN, QL_LEN(SIGN_IN), &in))
		return QL_OK;
	rc = store_account(c->w->pg, in.login, &user, hash, err);
	if (rc != QL_OK)
		return rc;
	login = login_key(user, in.login);
	c->res->retry_after = seconds_to_wait(pool, login, address);
	if (c->res->retry_after > 0) {
		problem(c->res, PROBLEM_THROTTLED, "wait before the next attempt", NULL);
		return QL_OK;
	}
	good = password_verify(user != 0 ? hash : NULL, in.password);
	sodium_memzero(in.password, sizeof(in.password));
	if (!good) {
		count_failure(pool, login, address);
		ql_log(QL_INFO, "sign_in_refused", "user=%lld", (long long)user);
		problem(c->res, PROBLEM_BAD_CREDENTIALS, NULL, NULL);
		return QL_OK;
	}
	forget_failures(pool, login);
	rc = open_session(c, user, err);
	if (rc == QL_OK)
		ql_log(QL_INFO, "signed_in", "user=%lld role=%s", (long long)user, case_role_name(c->who.role));
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
