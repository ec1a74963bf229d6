/* cursor.h -- reading big-endian fields from bytes that may lie: the first read past the end fails the cursor for good,
 * every later read gives zero, and the one check is at the end. */
#ifndef QL_RELAY_CURSOR_H
#define QL_RELAY_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const char *at, *end;
	bool failed;
};

static inline struct cursor cursor_over(const char *bytes, size_t len)
{
	return (struct cursor){ bytes, bytes + len, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline const char *cursor_bytes(struct cursor *c, size_t len)
{
	const char *bytes = c->at;

	if (c->failed || len > cursor_left(c)) {
		c->failed = true;
		return NULL;
	}
	c->at += len;
	return bytes;
}

static inline uint64_t cursor_uint(struct cursor *c, size_t width)
{
	const unsigned char *p = (const unsigned char *)cursor_bytes(c, width);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < width; i++)
		v = v << 8 | p[i];
	return v;
}

/* A NUL-terminated string; "" once failed. */
static inline const char *cursor_string(struct cursor *c)
{
	const char *nul = c->failed ? NULL : memchr(c->at, '\0', cursor_left(c));
	const char *text = nul ? cursor_bytes(c, (size_t)(nul - c->at) + 1) : NULL;

	if (text == NULL)
		c->failed = true;
	return text ? text : "";
}

/* The cursor read everything, and no more. */
static inline bool cursor_done(const struct cursor *c)
{
	return !c->failed && c->at == c->end;
}

#endif
