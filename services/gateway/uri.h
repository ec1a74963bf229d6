/* uri.h -- the small grammars of HTTP that libwebsockets leaves to us: paths, arguments, cookies, origins, preferences.
 *
 * Pure functions over text; nothing is allocated, every result is bounded by its buffer, and what does not fit is absent.
 */
#ifndef QL_GATEWAY_URI_H
#define QL_GATEWAY_URI_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_MAX_LEN  256 /* bytes of a request's path, with NUL */
#define PATH_PARAMS   2
#define PATH_PARAM    64
#define ARGS_MAX_LEN  1024 /* bytes of all arguments together */

struct path_params { char at[PATH_PARAMS][PATH_PARAM]; };

/* Absolute, printable UTF-8, no empty, "." or ".." segment, no backslash. */
bool path_is_sane(const char *path);
/* "/api/v1/cases/{}/{}": each {} is one segment. params may be left half filled when it answers false. */
bool path_match(const char *pattern, const char *path, struct path_params *params);

/* Arguments of the query, decoded: "name=value" texts one behind the other, each with its NUL. */
struct args { char text[ARGS_MAX_LEN]; size_t len; };
/* Refuses what is not printable UTF-8 and what no longer fits. */
bool args_add(struct args *args, const char *text, size_t len);
/* The first of that name; NULL: absent or empty. */
const char *args_get(const struct args *args, const char *name);

/* One cookie out of the Cookie header. false: absent, or longer than out. */
bool cookie_get(const char *header, const char *name, char *out, size_t size);

/* Is origin ("https://host:port") the host of this request ("host:port")? */
bool origin_is_host(const char *origin, const char *host);

/* Does the list of an Accept-Encoding header allow the coding? "q=0" forbids. */
bool accepts_coding(const char *header, const char *coding);

/* Does the list of an Accept header allow the type ("application/json")? An empty one allows all. The nearest range decides. */
bool accepts_type(const char *header, const char *type);
/* Is a Content-Type of that type, whatever its parameters? */
bool is_type(const char *header, const char *type);

/* An If-Match list of a case's entity tags, "7" or "7-..." (what stands behind the hyphen does not matter to it): is the
 * version now among them? *seen: the newest version they name, -1: none. Weak tags and "*" name none. */
bool if_match_version(const char *header, long long now, long long *seen);

/* Is etag (with its quotes) in an If-None-Match list? */
bool etag_listed(const char *header, const char *etag);

/* One range of bytes ("bytes=0-99", "bytes=100-", "bytes=-5") of something that long. What is no such range, several among
 * them, counts as none: the whole is a right answer to it. */
enum range { RANGE_NONE, RANGE_GOOD, RANGE_OUTSIDE };
enum range range_parse(const char *header, size_t size, size_t *from, size_t *len);

/* Decimal digits only, 1 to 15 of them. */
bool parse_id(const char *text, long long *id);

#endif
