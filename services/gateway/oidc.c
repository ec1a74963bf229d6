/* oidc.c -- talking to the provider, through libcurl. */
#include "oidc.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/loop.h"

#define ANSWER_MS   5000
#define ANSWER_MAX  ((size_t)256 << 10)
#define KEYS_EVERY  (10 * QL_SECOND)
#define URL_TEXT    QL_TEXT_SIZE(300)
#define BASE64      sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct published { char issuer[URL_TEXT], authorization_endpoint[URL_TEXT], token_endpoint[URL_TEXT], jwks_uri[URL_TEXT]; };
static const struct ql_field PUBLISHED[] = {
	QL_NEED(struct published, issuer), QL_NEED(struct published, authorization_endpoint), QL_NEED(struct published, token_endpoint),
	QL_NEED(struct published, jwks_uri),
};

struct oidc {
	struct oidc_conf conf;
	CURL *curl;
	struct published at;
	bool known;
	json_t *keys; /* NULL: not read yet */
	ql_time again_at; /* when the keys were last read again; 0: never */
};

enum ql_rc oidc_open(struct oidc **out, const struct oidc_conf *conf, struct ql_err *err)
{
	struct oidc *o;

	*out = NULL;
	if (conf->issuer[0] == '\0')
		return QL_OK;
	if (conf->client_id[0] == '\0' || conf->redirect[0] == '\0')
		return ql_fail(err, QL_FATAL, "an OpenID provider needs oidc.client-id and oidc.redirect");
	o = calloc(1, sizeof(*o));
	*out = o;
	if (o == NULL || (o->curl = curl_easy_init()) == NULL)
		return ql_fail(err, QL_FATAL, "no memory for the OpenID provider");
	o->conf = *conf;
	return QL_OK;
}

void oidc_close(struct oidc *o)
{
	if (o == NULL)
		return;
	curl_easy_cleanup(o->curl);
	json_decref(o->keys);
	free(o);
}

/* --- requests --- */

static size_t take(char *data, size_t size, size_t n, void *to)
{
	ql_buf_add(to, data, size * n);
	return ql_buf_ok(to) ? size * n : 0;
}

/* form NULL: a GET. TLS is verified as libcurl does by itself; plain http is for a provider on this machine. */
static enum ql_rc request(struct oidc *o, const char *url, const char *form, json_t **answer, struct ql_err *err)
{
	struct ql_buf body;
	long status = 0;
	CURLcode code;
	enum ql_rc rc = QL_OK;

	ql_buf_init(&body, ANSWER_MAX);
	curl_easy_reset(o->curl);
	curl_easy_setopt(o->curl, CURLOPT_URL, url);
	curl_easy_setopt(o->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(o->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(o->curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(o->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(o->curl, CURLOPT_WRITEDATA, &body);
	if (form != NULL) {
		curl_easy_setopt(o->curl, CURLOPT_POSTFIELDS, form);
		if (o->conf.client_secret[0] != '\0') {
			curl_easy_setopt(o->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
			curl_easy_setopt(o->curl, CURLOPT_USERNAME, o->conf.client_id);
			curl_easy_setopt(o->curl, CURLOPT_PASSWORD, o->conf.client_secret);
		}
	}
	code = curl_easy_perform(o->curl);
	curl_easy_getinfo(o->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status >= 500)
		rc = ql_fail(err, QL_RETRY, "the OpenID provider does not answer: %s", code != CURLE_OK ? curl_easy_strerror(code) : "an error of its own");
	else if (status != 200)
		rc = ql_fail(err, QL_REJECT, "the OpenID provider refuses with status %ld", status);
	else
		rc = ql_json_parse(body.data != NULL ? body.data : "", body.len, answer, err);
	ql_buf_free(&body);
	return rc;
}

static enum ql_rc discover(struct oidc *o, struct ql_err *err)
{
	char url[URL_TEXT + 64];
	size_t len = strlen(o->conf.issuer);
	json_t *answer = NULL;
	enum ql_rc rc;

	if (o->known)
		return QL_OK;
	snprintf(url, sizeof(url), "%.*s/.well-known/openid-configuration", (int)(len - (o->conf.issuer[len - 1] == '/')), o->conf.issuer);
	rc = request(o, url, NULL, &answer, err);
	if (rc == QL_OK)
		rc = ql_json_decode(answer, "", PUBLISHED, QL_LEN(PUBLISHED), &o->at, err);
	if (rc == QL_OK && strcmp(o->at.issuer, o->conf.issuer) != 0)
		rc = ql_fail(err, QL_REJECT, "the OpenID provider calls itself something else than oidc.issuer");
	json_decref(answer);
	o->known = rc == QL_OK;
	return rc;
}

static enum ql_rc read_keys(struct oidc *o, struct ql_err *err)
{
	json_t *keys = NULL;
	enum ql_rc rc = request(o, o->at.jwks_uri, NULL, &keys, err);

	if (rc != QL_OK)
		return rc;
	json_decref(o->keys);
	o->keys = keys;
	return QL_OK;
}

/* --- an attempt --- */

static void random_text(char out[OIDC_SECRET])
{
	unsigned char bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(out, OIDC_SECRET, bytes, sizeof(bytes), BASE64);
}

void oidc_attempt_new(struct oidc_attempt *a)
{
	random_text(a->state);
	random_text(a->nonce);
	random_text(a->verifier);
}

enum ql_rc oidc_url(struct oidc *o, const struct oidc_attempt *a, char url[OIDC_URL_MAX], struct ql_err *err)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char challenge[OIDC_SECRET], *client, *redirect;
	enum ql_rc rc = discover(o, err);
	int n;

	if (rc != QL_OK)
		return rc;
	crypto_hash_sha256(hash, (const unsigned char *)a->verifier, strlen(a->verifier));
	sodium_bin2base64(challenge, sizeof(challenge), hash, sizeof(hash), BASE64);
	client = curl_easy_escape(o->curl, o->conf.client_id, 0);
	redirect = curl_easy_escape(o->curl, o->conf.redirect, 0);
	n = snprintf(url, OIDC_URL_MAX, "%s%cresponse_type=code&scope=openid&client_id=%s&redirect_uri=%s&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256",
	             o->at.authorization_endpoint, strchr(o->at.authorization_endpoint, '?') != NULL ? '&' : '?', client, redirect, a->state, a->nonce, challenge);
	curl_free(client);
	curl_free(redirect);
	return n < OIDC_URL_MAX ? QL_OK : ql_fail(err, QL_FATAL, "the OpenID provider's address is too long");
}

static enum ql_rc exchange(struct oidc *o, const char *code, const struct oidc_attempt *a, json_t **answer, struct ql_err *err)
{
	char *what = curl_easy_escape(o->curl, code, 0), *redirect = curl_easy_escape(o->curl, o->conf.redirect, 0);
	char *client = curl_easy_escape(o->curl, o->conf.client_id, 0), form[4096];
	int n = snprintf(form, sizeof(form), "grant_type=authorization_code&code=%s&redirect_uri=%s&client_id=%s&code_verifier=%s", what, redirect, client, a->verifier);

	curl_free(what);
	curl_free(redirect);
	curl_free(client);
	return n < (int)sizeof(form) ? request(o, o->at.token_endpoint, form, answer, err) : ql_fail(err, QL_REJECT, "the code is too long");
}

static enum ql_rc check(struct oidc *o, const char *token, const struct oidc_attempt *a, char subject[OIDC_SUBJECT], struct ql_err *err)
{
	const struct oidc_expect e = { o->conf.issuer, o->conf.client_id, a->nonce, ql_now() / QL_SECOND };
	enum ql_rc rc = o->keys == NULL ? read_keys(o, err) : QL_OK;
	enum oidc_verdict verdict;

	if (rc != QL_OK)
		return rc;
	verdict = oidc_token_check(token, o->keys, &e, subject, err);
	if (verdict == OIDC_NO_KEY && (o->again_at == 0 || ql_monotonic() - o->again_at > KEYS_EVERY)) {
		o->again_at = ql_monotonic();
		rc = read_keys(o, err);
		verdict = rc == QL_OK ? oidc_token_check(token, o->keys, &e, subject, err) : verdict;
	}
	return verdict == OIDC_GOOD ? QL_OK : rc != QL_OK ? rc : err->rc;
}

enum ql_rc oidc_finish(struct oidc *o, const char *code, const struct oidc_attempt *a, char subject[OIDC_SUBJECT], struct ql_err *err)
{
	json_t *answer = NULL;
	const char *token;
	enum ql_rc rc = discover(o, err);

	if (rc == QL_OK)
		rc = exchange(o, code, a, &answer, err);
	if (rc != QL_OK)
		return rc;
	token = json_string_value(json_object_get(answer, "id_token"));
	rc = token != NULL ? check(o, token, a, subject, err) : ql_fail(err, QL_REJECT, "the OpenID provider gave no id_token");
	json_decref(answer);
	return rc;
}
