/* web.c -- the table of static files. */
#include "web.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "uri.h"

#define DEPTH 8 /* of directories */

struct web { struct web_file file[WEB_FILES]; size_t n; };

static const struct { enum web_coding coding; const char *name, *suffix; } CODINGS[] = { /* best first */
	{ WEB_BROTLI, "br", ".br" },
	{ WEB_GZIP, "gzip", ".gz" },
};

static const struct { const char *suffix, *type; } TYPES[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".webp", "image/webp" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static bool ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

static const char *type_of(const char *path)
{
	for (size_t i = 0; i < QL_LEN(TYPES); i++)
		if (ends_with(path, TYPES[i].suffix))
			return TYPES[i].type;
	return "application/octet-stream";
}

bool web_is_immutable(const char *path)
{
	const char *base = strrchr(path, '/'), *dash, *dot;

	if (strncmp(path, "/assets/", strlen("/assets/")) != 0 || base == NULL)
		return false;
	dot = strchr(base, '.');
	for (dash = strchr(base, '-'); dash != NULL; dash = strchr(dash + 1, '-'))
		if (dot != NULL && dot - dash == 9)
			return true;
	return false;
}

const char *web_coding_name(enum web_coding coding)
{
	for (size_t i = 0; i < QL_LEN(CODINGS); i++)
		if (CODINGS[i].coding == coding)
			return CODINGS[i].name;
	return NULL;
}

/* --- reading the directory --- */

static struct web_file *file_of(struct web *web, const char *path)
{
	for (size_t i = 0; i < web->n; i++)
		if (strcmp(web->file[i].path, path) == 0)
			return &web->file[i];
	return NULL;
}

static struct web_file *file_add(struct web *web, const char *path)
{
	struct web_file *f = file_of(web, path);

	if (f != NULL || web->n == WEB_FILES)
		return f;
	f = &web->file[web->n++];
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->type = type_of(path);
	f->immutable = web_is_immutable(path);
	return f;
}

/* The tag differs between the forms of one file: they are different bytes. */
static bool read_variant(struct web_variant *v, int fd)
{
	unsigned char block[16384], hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	ssize_t got;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	while ((got = read(fd, block, sizeof(block))) > 0) {
		crypto_generichash_update(&state, block, (unsigned long long)got);
		v->size += (size_t)got;
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	v->etag[0] = '"';
	sodium_bin2hex(v->etag + 1, 2 * 12 + 1, hash, 12);
	strcat(v->etag, "\"");
	v->fd = fd;
	return got == 0;
}

static void add_path(struct web *web, int dir, const char *name, const char *path)
{
	char plain[WEB_PATH];
	enum web_coding coding = WEB_PLAIN;
	struct web_variant v = {0};
	struct web_file *f;
	int fd;

	snprintf(plain, sizeof(plain), "%s", path);
	for (size_t i = 0; i < QL_LEN(CODINGS); i++) {
		if (ends_with(path, CODINGS[i].suffix)) {
			coding = CODINGS[i].coding;
			plain[strlen(path) - strlen(CODINGS[i].suffix)] = '\0';
		}
	}
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	f = fd >= 0 && read_variant(&v, fd) ? file_add(web, plain) : NULL;
	if (f == NULL) {
		ql_log(QL_WARN, "web_file_left_out", "path=\"%s\"", path);
		if (fd >= 0)
			close(fd);
		return;
	}
	f->as[coding] = v;
}

static void read_directory(struct web *web, int fd, const char *prefix, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		char path[WEB_PATH];
		struct stat st;

		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", prefix, entry->d_name) >= (int)sizeof(path) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			add_path(web, dirfd(dir), entry->d_name, path);
		else if (S_ISDIR(st.st_mode) && depth < DEPTH)
			read_directory(web, openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path, depth + 1);
	}
	closedir(dir);
}

/* A compressed form whose plain file is missing can't be offered to everyone: it goes. */
static void drop_orphans(struct web *web)
{
	for (size_t i = 0; i < web->n;) {
		struct web_file *f = &web->file[i];

		if (f->as[WEB_PLAIN].fd > 0) {
			i++;
			continue;
		}
		for (int c = 0; c < WEB_CODINGS; c++)
			if (f->as[c].fd > 0)
				close(f->as[c].fd);
		*f = web->file[--web->n];
	}
}

enum ql_rc web_open(struct web **out, const char *directory, struct ql_err *err)
{
	struct web *web = calloc(1, sizeof(*web));
	int fd;

	*out = web;
	if (web == NULL)
		return ql_fail(err, QL_FATAL, "no memory for the table of web files");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		ql_log(QL_WARN, "no_web", "directory=\"%s\" why=\"%s\"", directory, strerror(errno));
		return QL_OK;
	}
	read_directory(web, fd, "", 0);
	drop_orphans(web);
	return QL_OK;
}

void web_close(struct web *web)
{
	if (web == NULL)
		return;
	for (size_t i = 0; i < web->n; i++)
		for (int c = 0; c < WEB_CODINGS; c++)
			if (web->file[i].as[c].fd > 0)
				close(web->file[i].as[c].fd);
	free(web);
}

size_t web_count(const struct web *web)
{
	return web->n;
}

/* --- serving --- */

const struct web_file *web_find(const struct web *web, const char *path)
{
	const char *last = strrchr(path, '/');
	const struct web_file *f = NULL;

	for (size_t i = 0; i < web->n && f == NULL; i++)
		if (strcmp(web->file[i].path, path) == 0)
			f = &web->file[i];
	if (f == NULL && last != NULL && strchr(last, '.') == NULL && strcmp(path, "/index.html") != 0)
		return web_find(web, "/index.html");
	return f;
}

enum web_coding web_choose(const struct web_file *file, const char *accept_encoding)
{
	for (size_t i = 0; i < QL_LEN(CODINGS); i++)
		if (file->as[CODINGS[i].coding].fd > 0 && accepts_coding(accept_encoding, CODINGS[i].name))
			return CODINGS[i].coding;
	return WEB_PLAIN;
}
