/* web.h -- the files of the web page: found once at start, sent from the system's page cache.
 *
 * Beside a file may lie file.br and file.gz made at build time; they are what a client that accepts them gets. Descriptors
 * stay open, so that a running gateway goes on serving the build it started with, whole. Read only after web_open().
 */
#ifndef QL_GATEWAY_WEB_H
#define QL_GATEWAY_WEB_H

#include <stdbool.h>
#include "base/err.h"

#define WEB_FILES 512 /* more are ignored, with a warning */
#define WEB_PATH  160

enum web_coding { WEB_PLAIN, WEB_BROTLI, WEB_GZIP, WEB_CODINGS };

struct web_variant { int fd; size_t size; char etag[28]; /* with its quotes */ };

struct web_file {
	char path[WEB_PATH]; /* "/assets/board-3f2a91bc.js" */
	const char *type;
	bool immutable; /* its name changes with its content */
	struct web_variant as[WEB_CODINGS]; /* fd 0: there is none */
};

struct web;

/* A directory that is not there gives a web without files: QL_OK. */
QL_MUSTCHECK enum ql_rc web_open(struct web **web, const char *directory, struct ql_err *err);
void web_close(struct web *web);
size_t web_count(const struct web *web);

/* The file of a path; for a path without a dot, which is a place inside the page, the page itself. NULL: none. */
const struct web_file *web_find(const struct web *web, const char *path);

/* The smallest form the client accepts. accept_encoding may be "". */
enum web_coding web_choose(const struct web_file *file, const char *accept_encoding);
const char *web_coding_name(enum web_coding coding); /* "br", "gzip", NULL for plain */

/* Does this name carry a hash of its content? "/assets/name-12345678.js" */
bool web_is_immutable(const char *path);

#endif
