/* oidc_token.c -- signature by cjose; claims by the rules of OpenID Connect Core, 3.1.3.7. */
#include "oidc_token.h"

#include <cjose/cjose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW       60   /* seconds that clocks may differ */
#define CLAIMS_MAX 16384

/* A key of another kind than the algorithm's, or a shared secret, never checks anything. */
static const struct { const char *alg, *kty; } ALGORITHMS[] = {
	{ "RS256", "RSA" }, { "PS256", "RSA" }, { "ES256", "EC" },
};

static const char *kind_of(const char *alg)
{
	for (size_t i = 0; alg != NULL && i < QL_LEN(ALGORITHMS); i++)
		if (strcmp(ALGORITHMS[i].alg, alg) == 0)
			return ALGORITHMS[i].kty;
	return NULL;
}

static const char *text_of(const json_t *obj, const char *name)
{
	const char *text = json_string_value(json_object_get(obj, name));

	return text != NULL ? text : "";
}

/* Without a kid the only key of that kind. */
static const json_t *find_key(const json_t *keys, const char *kty, const char *kid)
{
	const json_t *all = json_object_get(keys, "keys"), *found = NULL;

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *key = json_array_get(all, i);

		if (strcmp(text_of(key, "kty"), kty) != 0 || strcmp(text_of(key, "use"), "enc") == 0)
			continue;
		if (kid != NULL && strcmp(text_of(key, "kid"), kid) == 0)
			return key;
		if (kid == NULL && found != NULL)
			return NULL;
		found = kid == NULL ? key : NULL;
	}
	return found;
}

static enum oidc_verdict say(struct ql_err *err, enum oidc_verdict verdict, const char *why)
{
	(void)ql_fail(err, QL_REJECT, "id_token: %s", why);
	return verdict;
}

static enum oidc_verdict verify(cjose_jws_t *jws, const json_t *keys, struct ql_err *err)
{
	cjose_header_t *head = cjose_jws_get_protected(jws);
	cjose_err ignored;
	const char *kty = kind_of(cjose_header_get(head, CJOSE_HDR_ALG, &ignored));
	const json_t *key = kty != NULL ? find_key(keys, kty, cjose_header_get(head, CJOSE_HDR_KID, &ignored)) : NULL;
	char *text = key != NULL ? json_dumps(key, JSON_COMPACT) : NULL;
	cjose_jwk_t *jwk = text != NULL ? cjose_jwk_import(text, strlen(text), &ignored) : NULL;
	bool good = jwk != NULL && cjose_jws_verify(jws, jwk, &ignored);

	cjose_jwk_release(jwk);
	free(text);
	if (kty == NULL)
		return say(err, OIDC_BAD, "an algorithm that is not accepted");
	if (key == NULL)
		return say(err, OIDC_NO_KEY, "signed by a key that the provider does not publish");
	return good ? OIDC_GOOD : say(err, OIDC_BAD, "the signature is wrong");
}

static bool is_for(const json_t *claims, const char *client)
{
	const json_t *aud = json_object_get(claims, "aud");
	const char *azp = text_of(claims, "azp");
	bool named = json_is_string(aud) && strcmp(json_string_value(aud), client) == 0;

	for (size_t i = 0; i < json_array_size(aud); i++)
		named = named || (json_is_string(json_array_get(aud, i)) && strcmp(json_string_value(json_array_get(aud, i)), client) == 0);
	return named && (json_array_size(aud) <= 1 || strcmp(azp, client) == 0) && (azp[0] == '\0' || strcmp(azp, client) == 0);
}

static const char *fault_of(const json_t *claims, const struct oidc_expect *e)
{
	const json_t *exp = json_object_get(claims, "exp"), *iat = json_object_get(claims, "iat"), *nbf = json_object_get(claims, "nbf");
	const char *subject = text_of(claims, "sub");

	if (strcmp(text_of(claims, "iss"), e->issuer) != 0)
		return "from another issuer";
	if (!is_for(claims, e->client))
		return "for another client";
	if (!json_is_integer(exp) || json_integer_value(exp) <= e->now - SKEW)
		return "expired";
	if (!json_is_integer(iat) || json_integer_value(iat) > e->now + SKEW || (nbf != NULL && json_integer_value(nbf) > e->now + SKEW))
		return "from the future";
	if (e->nonce[0] == '\0' || strcmp(text_of(claims, "nonce"), e->nonce) != 0)
		return "the answer to another attempt";
	return subject[0] == '\0' || strlen(subject) >= OIDC_SUBJECT ? "names nobody" : NULL;
}

static enum oidc_verdict read_claims(cjose_jws_t *jws, const struct oidc_expect *e, char subject[OIDC_SUBJECT], struct ql_err *err)
{
	uint8_t *text = NULL;
	size_t len = 0;
	cjose_err ignored;
	json_t *claims = NULL;
	const char *fault = "cannot be read";

	if (cjose_jws_get_plaintext(jws, &text, &len, &ignored) && len <= CLAIMS_MAX)
		claims = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(claims))
		fault = fault_of(claims, e);
	if (fault == NULL)
		snprintf(subject, OIDC_SUBJECT, "%s", text_of(claims, "sub"));
	json_decref(claims);
	return fault == NULL ? OIDC_GOOD : say(err, OIDC_BAD, fault);
}

enum oidc_verdict oidc_token_check(const char *token, const json_t *keys, const struct oidc_expect *e, char subject[OIDC_SUBJECT], struct ql_err *err)
{
	cjose_err ignored;
	cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &ignored);
	enum oidc_verdict verdict;

	subject[0] = '\0';
	if (jws == NULL)
		return say(err, OIDC_BAD, "cannot be read");
	verdict = verify(jws, keys, err);
	if (verdict == OIDC_GOOD)
		verdict = read_claims(jws, e, subject, err);
	cjose_jws_release(jws);
	return verdict;
}
