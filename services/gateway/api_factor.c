/* api_factor.c -- one's second factor: getting it, losing it, and the check of a code. */
#include <sodium.h>
#include <string.h>

#include "account.h"
#include "base/log.h"
#include "factor_store.h"

/* --- the check --- */

static enum ql_rc check_recovery(struct call *c, int64_t user, const char *code, bool *right, struct ql_err *err)
{
	unsigned char hash[RECOVERY_HASH];

	recovery_hash(code, hash);
	return store_recovery_use(c->w->pg, user, hash, right, err);
}

enum ql_rc factor_check(struct call *c, int64_t user, const unsigned char *secret, const char *code, bool *right, struct ql_err *err)
{
	int64_t step;

	*right = false;
	if (factor_matches(secret, code, ql_now() / QL_SECOND, &step))
		return store_factor_use(c->w->pg, user, step, right, err);
	return strlen(code) < RECOVERY_CODE - 3 ? QL_OK : check_recovery(c, user, code, right, err);
}

/* --- one's own --- */

enum ql_rc factor_read(struct call *c, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	struct factor f;
	enum ql_rc rc = store_factor_mine(c->w->pg, &f, err);

	ql_json_open(b, NULL, '{');
	ql_json_bool(b, "enrolled", f.confirmed);
	ql_json_bool(b, "required", f.required);
	ql_json_i64(b, "recovery_left", f.recovery_left);
	ql_json_close(b, '}');
	sodium_memzero(&f, sizeof(f));
	return rc == QL_OK ? api_json(c) : rc;
}

struct begin_in { char password[QL_TEXT_SIZE(PASSWORD_MAX)]; };
static const struct ql_field BEGIN[] = { QL_NEED(struct begin_in, password) };

static enum ql_rc write_secret(struct call *c, const unsigned char secret[FACTOR_SECRET], struct ql_err *err)
{
	struct ql_buf *b = &c->res->body;
	char base32[FACTOR_BASE32], uri[FACTOR_URI];
	enum ql_rc rc = factor_base32(secret, base32, err);

	if (rc != QL_OK)
		return rc;
	factor_uri(c->who.login, base32, uri);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "secret", base32);
	ql_json_text(b, "uri", uri);
	ql_json_close(b, '}');
	return api_json(c);
}

/* The password again: whoever finds a page open must not tie the account to a device of theirs. */
enum ql_rc factor_begin(struct call *c, struct ql_err *err)
{
	unsigned char secret[FACTOR_SECRET];
	struct begin_in in = {0};
	bool right = false, begun = false;
	enum ql_rc rc;

	if (!api_decode(c, BEGIN, QL_LEN(BEGIN), &in))
		return QL_OK;
	rc = guess_password(c, in.password, &right, err);
	sodium_memzero(&in, sizeof(in));
	if (rc != QL_OK || c->res->status >= 400)
		return rc;
	if (!right) {
		problem(c->res, PROBLEM_INVALID, "is not your password", "/password");
		return QL_OK;
	}
	factor_secret_new(secret);
	rc = store_factor_begin(c->w->pg, secret, &begun, err);
	if (rc == QL_OK && begun)
		return write_secret(c, secret, err);
	if (rc == QL_OK)
		problem(c->res, PROBLEM_INVALID, "there is one in force: remove it first", NULL);
	return rc;
}

struct code_in { char code[QL_TEXT_SIZE(FACTOR_CODE)]; };
static const struct ql_field CODE[] = { QL_NEED(struct code_in, code) };

/* Their hashes are kept; this answer is the only place that ever shows them. */
static enum ql_rc give_recovery(struct call *c, int64_t step, struct ql_err *err)
{
	struct ql_buf *b = &c->res->body, hashes;
	char code[RECOVERY_CODE], hex[2 * RECOVERY_HASH + 1];
	unsigned char hash[RECOVERY_HASH];
	enum ql_rc rc;

	ql_buf_init(&hashes, (2 * RECOVERY_HASH + 1) * (RECOVERY_CODES + 1));
	ql_json_open(b, NULL, '{');
	ql_json_open(b, "recovery", '[');
	for (int i = 0; i < RECOVERY_CODES; i++) {
		recovery_code_new(code);
		recovery_hash(code, hash);
		sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
		ql_buf_fmt(&hashes, "%c%s", i == 0 ? '{' : ',', hex);
		ql_json_text(b, NULL, code);
	}
	ql_json_close(b, ']');
	ql_json_close(b, '}');
	ql_buf_str(&hashes, "}");
	rc = store_factor_confirm(c->w->pg, step, hashes.data, err);
	ql_buf_free(&hashes);
	if (rc == QL_OK)
		ql_log(QL_INFO, "factor_enrolled", "user=%lld", (long long)c->who.user);
	return rc == QL_OK ? api_json(c) : rc;
}

/* A wrong code counts as a guess of the account. */
static enum ql_rc wrong(struct call *c, const struct guess *g)
{
	guess_failed(c, g);
	problem(c->res, PROBLEM_INVALID, "is wrong, or was used before", "/code");
	return QL_OK;
}

enum ql_rc factor_confirm(struct call *c, struct ql_err *err)
{
	const struct guess g = guess_of(c, c->who.user, "");
	struct code_in in = {0};
	struct factor f;
	int64_t step = 0;
	enum ql_rc rc;

	if (!api_decode(c, CODE, QL_LEN(CODE), &in) || guess_must_wait(c, &g))
		return QL_OK;
	rc = store_factor_mine(c->w->pg, &f, err);
	if (rc != QL_OK)
		return rc;
	if (!f.there || f.confirmed) {
		problem(c->res, PROBLEM_INVALID, "there is none to confirm", NULL);
		return QL_OK;
	}
	return factor_matches(f.secret, in.code, ql_now() / QL_SECOND, &step) ? give_recovery(c, step, err) : wrong(c, &g);
}

enum ql_rc factor_remove(struct call *c, struct ql_err *err)
{
	const struct guess g = guess_of(c, c->who.user, "");
	struct code_in in = {0};
	struct factor f;
	bool right = false;
	enum ql_rc rc;

	if (!api_decode(c, CODE, QL_LEN(CODE), &in) || guess_must_wait(c, &g))
		return QL_OK;
	rc = store_factor_mine(c->w->pg, &f, err);
	if (rc == QL_OK && f.confirmed)
		rc = factor_check(c, c->who.user, f.secret, in.code, &right, err);
	if (rc != QL_OK)
		return rc;
	if (!right)
		return wrong(c, &g);
	rc = store_factor_remove(c->w->pg, err);
	c->res->status = 204;
	return rc;
}
