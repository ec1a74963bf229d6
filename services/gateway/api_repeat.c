/* api_repeat.c -- Idempotency-Key: a request sent again, because its answer was lost, is done once and answered the same. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "repeat_store.h"

static void hash_request(const struct call *c, unsigned char hash[REQUEST_HASH])
{
	const struct request *req = c->req;
	const char *file = c->job->upload != NULL ? c->job->upload->hash : "";
	const struct { const void *data; size_t len; } PARTS[] = {
		{ &req->method, sizeof(req->method) }, { req->path, strlen(req->path) + 1 }, { &req->args.len, sizeof(req->args.len) },
		{ req->args.text, req->args.len }, { file, strlen(file) },
		{ req->if_match, strlen(req->if_match) + 1 }, { req->body, req->body_len },
	};
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < QL_LEN(PARTS); i++)
		if (PARTS[i].len > 0)
			crypto_hash_sha256_update(&state, PARTS[i].data, PARTS[i].len);
	crypto_hash_sha256_final(&state, hash);
}

static bool is_keyed(const struct call *c) { return c->req->key[0] != '\0' && !request_reads(c->req); }

static void replay(struct call *c, const struct kept *kept)
{
	if (!kept->same) {
		problem(c->res, PROBLEM_KEY_REUSED, "take a new Idempotency-Key for another request", NULL);
		return;
	}
	c->res->status = kept->status;
	c->res->type = c->res->body.len > 0 ? "application/json" : NULL;
	c->res->replayed = true;
	snprintf(c->res->etag, sizeof(c->res->etag), "%s", kept->etag);
}

enum ql_rc repeat_begin(struct call *c, bool *go, struct ql_err *err)
{
	unsigned char hash[REQUEST_HASH];
	struct kept kept = {0};
	enum ql_rc rc;

	c->res->replayed = false;
	if (!is_keyed(c))
		return QL_OK;
	if (c->job->upload != NULL)
		upload_seal(c->job->upload);
	hash_request(c, hash);
	rc = store_key_take(c->w->pg, c->who.user, c->req->key, hash, go, err);
	if (rc != QL_OK || *go)
		return rc;
	rc = store_kept(c->w->pg, c->who.user, c->req->key, hash, &kept, &c->res->body, err);
	if (rc == QL_OK)
		replay(c, &kept);
	return rc;
}

enum ql_rc repeat_keep(struct call *c, struct ql_err *err)
{
	return is_keyed(c) ? store_keep(c->w->pg, c->who.user, c->req->key, c->res->status, c->res->etag, &c->res->body, err) : QL_OK;
}
