/* files.h -- the bytes of attachments: a folder of files named by their sha256, written once, never changed.
 *
 * A file comes into `incoming` piece by piece, is made durable, and is moved to its place by one rename; so what is at a place is
 * whole, whatever died when. The same content has the same place.
 */
#ifndef QL_GATEWAY_FILES_H
#define QL_GATEWAY_FILES_H

#include <sodium.h>
#include <stdbool.h>
#include "base/err.h"

#define FILE_PATH 512
#define FILE_HASH 65 /* hex, with NUL */

struct upload {
	int fd;
	size_t size;
	char path[FILE_PATH];
	char hash[FILE_HASH]; /* once it is sealed */
	crypto_hash_sha256_state state;
};

/* Makes the folder and throws away what an earlier life left half received. */
QL_MUSTCHECK enum ql_rc files_open(const char *folder, struct ql_err *err);

/* Any thread, one at a time each. NULL: no room or no right on the disk. */
struct upload *upload_new(const char *folder);
bool upload_add(struct upload *u, const void *data, size_t len); /* false: the disk does not take it */
void upload_seal(struct upload *u); /* all of it is there: u->hash. May be repeated */
/* Seals it and looks at the content (media.h); *type NULL with *why: it is refused. */
QL_MUSTCHECK enum ql_rc upload_judge(struct upload *u, const char **type, const char **why, struct ql_err *err);
/* Durable and at its place under u->hash. May be repeated. */
QL_MUSTCHECK enum ql_rc upload_keep(struct upload *u, const char *folder, struct ql_err *err);
void upload_free(struct upload *u); /* removes what was not kept */

/* For reading; -1: it is not there. */
int files_read(const char *folder, const char *hash);

#endif
