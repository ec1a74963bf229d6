/* files.c -- receiving, keeping, reading. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media.h"

static enum ql_rc make_folder(const char *path, struct ql_err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return QL_OK;
	return ql_fail(err, QL_FATAL, "the folder %s cannot be made: %s; gateway.files names it", path, strerror(errno));
}

enum ql_rc files_open(const char *folder, struct ql_err *err)
{
	char incoming[FILE_PATH];
	struct dirent *entry;
	enum ql_rc rc = make_folder(folder, err);
	DIR *dir;

	snprintf(incoming, sizeof(incoming), "%s/incoming", folder);
	if (rc == QL_OK)
		rc = make_folder(incoming, err);
	dir = rc == QL_OK ? opendir(incoming) : NULL;
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	return rc;
}

struct upload *upload_new(const char *folder)
{
	struct upload *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	snprintf(u->path, sizeof(u->path), "%s/incoming/XXXXXX", folder);
	u->fd = mkostemp(u->path, O_CLOEXEC);
	if (u->fd < 0) {
		free(u);
		return NULL;
	}
	crypto_hash_sha256_init(&u->state);
	return u;
}

bool upload_add(struct upload *u, const void *data, size_t len)
{
	if (write(u->fd, data, len) != (ssize_t)len)
		return false;
	crypto_hash_sha256_update(&u->state, data, len);
	u->size += len;
	return true;
}

void upload_seal(struct upload *u)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state = u->state; /* a copy: it may be sealed again */

	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(u->hash, sizeof(u->hash), hash, sizeof(hash));
}

enum ql_rc upload_judge(struct upload *u, const char **type, const char **why, struct ql_err *err)
{
	void *data = mmap(NULL, u->size, PROT_READ, MAP_PRIVATE, u->fd, 0);

	if (data == MAP_FAILED)
		return ql_fail(err, QL_RETRY, "an upload cannot be looked at: %s", strerror(errno));
	*type = media_type(data, u->size, why);
	munmap(data, u->size);
	upload_seal(u);
	return QL_OK;
}

static void path_of(const char *folder, const char *hash, char dir[FILE_PATH], char path[FILE_PATH])
{
	snprintf(dir, FILE_PATH, "%s/%.2s", folder, hash);
	snprintf(path, FILE_PATH, "%.440s/%.64s", dir, hash);
}

static bool sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

enum ql_rc upload_keep(struct upload *u, const char *folder, struct ql_err *err)
{
	char dir[FILE_PATH], path[FILE_PATH];

	if (u->path[0] == '\0')
		return QL_OK;
	path_of(folder, u->hash, dir, path);
	if ((mkdir(dir, 0700) != 0 && errno != EEXIST) || fsync(u->fd) != 0 || rename(u->path, path) != 0 || !sync_folder(dir) || !sync_folder(folder))
		return ql_fail(err, QL_RETRY, "an upload cannot be kept: %s", strerror(errno));
	u->path[0] = '\0';
	return QL_OK;
}

void upload_free(struct upload *u)
{
	if (u == NULL)
		return;
	if (u->path[0] != '\0')
		unlink(u->path);
	close(u->fd);
	free(u);
}

int files_read(const char *folder, const char *hash)
{
	char dir[FILE_PATH], path[FILE_PATH];

	path_of(folder, hash, dir, path);
	return open(path, O_RDONLY | O_CLOEXEC);
}
