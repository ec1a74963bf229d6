/* media.c -- the frames of three formats. */
#include "media.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

#define TRAILER 1024 /* bytes at the end of a PDF in which its end is said */

static bool begins(const unsigned char *data, size_t len, const void *with, size_t n) { return len >= n && memcmp(data, with, n) == 0; }
static uint32_t big32(const unsigned char *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* Chunks from the signature to IEND, which is the end. */
static const char *check_png(const unsigned char *data, size_t len)
{
	size_t at = 8;

	for (bool first = true; len - at >= 12; first = false) {
		const size_t size = big32(data + at);
		const bool head = memcmp(data + at + 4, "IHDR", 4) == 0, end = memcmp(data + at + 4, "IEND", 4) == 0;

		if (size > len - at - 12 || head != first || (head && size != 13))
			return "is a damaged PNG";
		at += 12 + size;
		if (end)
			return size == 0 && at == len ? NULL : "is a PNG with something behind its end";
	}
	return "is a PNG without an end";
}

/* Segments to the start of the scan; then the end of the image is the end of the file. */
static const char *check_jpeg(const unsigned char *data, size_t len)
{
	bool framed = false;

	for (size_t at = 2; len - at >= 4 && data[at] == 0xFF;) {
		const unsigned char marker = data[at + 1];
		const size_t size = (size_t)data[at + 2] << 8 | data[at + 3];

		if (marker < 0xC0 || marker == 0xD8 || marker == 0xD9 || size < 2 || size > len - at - 2)
			return "is a damaged JPEG";
		framed = framed || (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
		at += 2 + size;
		if (marker != 0xDA)
			continue;
		if (!framed)
			return "is a damaged JPEG";
		return len - at >= 2 && data[len - 2] == 0xFF && data[len - 1] == 0xD9 ? NULL : "is a JPEG with something behind its end, or without one";
	}
	return "is a damaged JPEG";
}

static bool is_space(unsigned char c) { return c != '\0' && strchr(" \t\r\n\f", c) != NULL; }

static const char *check_pdf(const unsigned char *data, size_t len)
{
	static const char *const ACTIVE[] = { "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia", "/XFA" };
	size_t end = len;

	while (end > 0 && is_space(data[end - 1]))
		end--;
	if (end < 16 || (data[5] != '1' && data[5] != '2') || data[6] != '.')
		return "is a damaged PDF";
	if (memcmp(data + end - 5, "%%EOF", 5) != 0 || memmem(data + (end > TRAILER ? end - TRAILER : 0), end > TRAILER ? TRAILER : end, "startxref", 9) == NULL)
		return "is a PDF with something behind its end, or without one";
	for (size_t i = 0; i < QL_LEN(ACTIVE); i++)
		if (memmem(data, len, ACTIVE[i], strlen(ACTIVE[i])) != NULL)
			return "is a PDF with scripts, forms that run or files inside";
	return NULL;
}

const char *media_type(const unsigned char *data, size_t len, const char **why)
{
	static const struct { const char *type, *begin; size_t n; const char *(*check)(const unsigned char *data, size_t len); } TYPES[] = {
		{ "image/png", "\x89PNG\r\n\x1A\n", 8, check_png }, { "image/jpeg", "\xFF\xD8\xFF", 3, check_jpeg }, { "application/pdf", "%PDF-", 5, check_pdf },
	};

	*why = "is no PDF, JPEG or PNG";
	for (size_t i = 0; i < QL_LEN(TYPES); i++) {
		if (!begins(data, len, TYPES[i].begin, TYPES[i].n))
			continue;
		*why = TYPES[i].check(data, len);
		return *why == NULL ? TYPES[i].type : NULL;
	}
	return NULL;
}
