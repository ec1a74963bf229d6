/* api_attachments.c -- files on a case: in, listed, out. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment_store.h"
#include "base/log.h"
#include "command.h"
#include "files.h"

#define FILES_MAX 50 /* of one case */

static bool refuse(struct call *c, const char *why, const char *field)
{
	problem(c->res, PROBLEM_INVALID, why, field);
	return false;
}

/* A name as a person gave it: shown, never used as one. */
static bool read_name(struct call *c, const char **name)
{
	size_t points = 0;

	*name = args_get(&c->req->args, "name");
	for (const char *at = *name; at != NULL && *at != '\0'; at++)
		points += ((unsigned char)*at & 0xC0) != 0x80;
	if (*name == NULL || points > ATTACHMENT_NAME || strpbrk(*name, "/\\\"<>|:*?") != NULL)
		return refuse(c, "a file has a name of 1 to 120 characters without / \\ \" < > | : * ?", "/name");
	return true;
}

/* *go false: the response says why not. */
static enum ql_rc check_room(struct command *k, bool *go, struct ql_err *err)
{
	struct call *c = k->call;
	const int64_t quota = (int64_t)pool_conf(c->w->pool)->upload_quota_mb << 20;
	int64_t files, bytes;
	enum ql_rc rc = store_attachments_so_far(c->w->pg, k->file->id, c->who.user, &files, &bytes, err);

	if (rc != QL_OK)
		return rc;
	*go = false;
	if (files >= FILES_MAX)
		problem(c->res, PROBLEM_NOT_ALLOWED, "the case has 50 files already", NULL);
	else if (bytes + (int64_t)c->job->upload->size > quota)
		problem(c->res, PROBLEM_QUOTA, "what you sent within 24 hours is all there is room for", NULL);
	else
		*go = true;
	return QL_OK;
}

static enum ql_rc answer(struct command *k, struct ql_err *err)
{
	struct call *c = k->call;
	const int version = k->file->version;
	enum ql_rc rc = casebook_flush(k->cb, err);

	ql_buf_str(&c->res->body, "{\"items\":");
	if (rc == QL_OK)
		rc = store_attachments(c->w->pg, k->file->id, version, &c->res->body, err);
	ql_buf_str(&c->res->body, "}");
	if (rc == QL_OK)
		rc = api_json(c);
	c->res->status = 201;
	if (rc == QL_OK)
		rc = repeat_keep(c, err);
	if (rc == QL_OK)
		rc = casebook_commit(k->cb, err);
	c->committed = rc == QL_OK;
	return rc;
}

/* The bytes are at their place before the row that names them is: what the row says is always there. */
static enum ql_rc attach(struct command *k, const struct case_file_in *f, struct ql_err *err)
{
	struct call *c = k->call;
	bool go;
	enum ql_rc rc = check_room(k, &go, err);

	if (rc != QL_OK || !go)
		return rc;
	rc = casebook_attach_file(k->cb, k->file, &k->who, f, err);
	if (rc == QL_CONFLICT) {
		problem(c->res, PROBLEM_NOT_ALLOWED, err->msg, NULL);
		return QL_OK;
	}
	if (rc == QL_OK)
		rc = upload_keep(c->job->upload, pool_conf(c->w->pool)->files, err);
	return rc == QL_OK ? answer(k, err) : rc;
}

enum ql_rc attachments_add(struct call *c, struct ql_err *err)
{
	struct command k = { .call = c };
	const char *audience = args_get(&c->req->args, "audience"), *why;
	struct case_file_in f = { .audience = audience != NULL ? audience : c->who.role == ROLE_ENTERPRISE ? "public" : "parties" };
	enum ql_rc rc;

	if (!read_name(c, &f.name))
		return QL_OK;
	rc = upload_judge(c->job->upload, &f.media_type, &why, err);
	if (rc == QL_OK && f.media_type == NULL) {
		problem(c->res, PROBLEM_MEDIA_TYPE, why, NULL);
		return QL_OK;
	}
	f.sha256 = c->job->upload->hash;
	f.size = (int64_t)c->job->upload->size;
	if (rc == QL_OK)
		rc = command_open(&k, err);
	return rc == QL_OK && k.file != NULL ? attach(&k, &f, err) : rc;
}

enum ql_rc attachments_list(struct call *c, struct ql_err *err)
{
	int64_t id;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	ql_buf_str(&c->res->body, "{\"items\":");
	rc = store_attachments(c->w->pg, id, 0, &c->res->body, err);
	ql_buf_str(&c->res->body, "}");
	return rc == QL_OK ? api_json(c) : rc;
}

/* --- out --- */

/* RFC 6266: saved under its name, in any script, never shown in place of a page of ours. */
static void write_disposition(struct response *res, const char *name)
{
	size_t used = (size_t)snprintf(res->disposition, sizeof(res->disposition), "attachment; filename*=UTF-8''");

	for (const unsigned char *at = (const unsigned char *)name; *at != '\0' && used + 4 < sizeof(res->disposition); at++) {
		const bool plain = *at < 0x80 && (isalnum(*at) || strchr("-._~", *at) != NULL);

		used += (size_t)snprintf(res->disposition + used, sizeof(res->disposition) - used, plain ? "%c" : "%%%02X", *at);
	}
}

static const char *static_type(const char *type)
{
	static const char *const TYPES[] = { "application/pdf", "image/jpeg", "image/png" };

	for (size_t i = 0; i < QL_LEN(TYPES); i++)
		if (strcmp(TYPES[i], type) == 0)
			return TYPES[i];
	return "application/octet-stream";
}

static void give(struct call *c, const struct attachment_row *row, int fd, size_t size)
{
	struct response *res = c->res;
	size_t from = 0, len = size;
	enum range range;

	snprintf(res->etag, sizeof(res->etag), "\"%.32s\"", row->hash);
	range = c->req->if_range[0] == '\0' || strcmp(c->req->if_range, res->etag) == 0 ? range_parse(c->req->range, size, &from, &len) : RANGE_NONE;
	if (range == RANGE_OUTSIDE || etag_listed(c->req->if_none_match, res->etag)) {
		close(fd);
		if (range == RANGE_OUTSIDE)
			problem(res, PROBLEM_RANGE, NULL, NULL);
		else
			res->status = 304;
	} else {
		res->status = range == RANGE_GOOD ? 206 : 200;
		res->type = static_type(row->type);
		res->cache = "private, no-cache";
		res->fd = fd;
		res->from = from;
		res->size = len;
		write_disposition(res, row->name);
	}
	if (range == RANGE_GOOD && res->status == 206)
		snprintf(res->range, sizeof(res->range), "bytes %zu-%zu/%zu", from, from + len - 1, size);
	else if (range == RANGE_OUTSIDE)
		snprintf(res->range, sizeof(res->range), "bytes */%zu", size);
}

enum ql_rc attachments_read(struct call *c, struct ql_err *err)
{
	struct attachment_row row = {0};
	struct stat st;
	long long version;
	int64_t id;
	int fd;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	if (parse_id(c->params.at[1], &version) && version <= INT32_MAX)
		rc = store_attachment(c->w->pg, id, (int32_t)version, &row, err);
	if (rc != QL_OK)
		return rc;
	if (!row.found) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
		return QL_OK;
	}
	fd = files_read(pool_conf(c->w->pool)->files, row.hash);
	if (fd < 0 || fstat(fd, &st) != 0) {
		ql_log(QL_ERROR, "attachment_missing", "case=%lld version=%lld sha256=%s", (long long)id, version, row.hash);
		problem(c->res, PROBLEM_UNAVAILABLE, "the file is not there at the moment", NULL);
		return QL_OK;
	}
	give(c, &row, fd, (size_t)st.st_size);
	return QL_OK;
}
