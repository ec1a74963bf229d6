/* link: services/gateway/media.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "gateway/media.h"

#define PNG "\x89PNG\r\n\x1A\n"
#define IHDR "\0\0\0\x0DIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0CRC4"
#define IEND "\0\0\0\0IEND\xAE\x42\x60\x82"
#define JPEG "\xFF\xD8\xFF\xE0\0\4ab\xFF\xC0\0\5\1\2\3"
#define SCAN "\xFF\xDA\0\3\1scan"
#define PDF "%PDF-1.7\n1 0 obj\n"
#define END "startxref\n9\n%%EOF"
#define ROW(name, text, type) { name, text, sizeof(text) - 1, type }

static const struct row { const char *name, *data; size_t len; const char *type; } ROWS[] = {
	ROW("a PNG", PNG IHDR IEND, "image/png"),
	ROW("a PNG with more chunks", PNG IHDR "\0\0\0\2IDATxxCRC4" IEND, "image/png"),
	ROW("a PNG without its head", PNG IEND, NULL),
	ROW("a PNG whose head comes twice", PNG IHDR IHDR IEND, NULL),
	ROW("a PNG with something behind", PNG IHDR IEND "<html>", NULL),
	ROW("a PNG without an end", PNG IHDR, NULL),
	ROW("a PNG whose chunk is longer than the file", PNG IHDR "\x7F\xFF\xFF\xFFIDATxx", NULL),
	ROW("a JPEG", JPEG SCAN "\xFF\xD9", "image/jpeg"),
	ROW("a JPEG without an end", JPEG SCAN, NULL),
	ROW("a JPEG with something behind", JPEG SCAN "\xFF\xD9<html>", NULL),
	ROW("a JPEG without a frame", "\xFF\xD8\xFF\xE0\0\4ab" SCAN "\xFF\xD9", NULL),
	ROW("a JPEG whose segment is longer than the file", "\xFF\xD8\xFF\xE0\xFF\xFF" "ab\xFF\xD9", NULL),
	ROW("a PDF", PDF END, "application/pdf"),
	ROW("a PDF with blanks behind", PDF END "\r\n\n", "application/pdf"),
	ROW("a PDF of the second kind", "%PDF-2.0\nxxxxxxxx" END, "application/pdf"),
	ROW("a PDF of no kind", "%PDF-x\nxxxxxxxxxx" END, NULL),
	ROW("a PDF with a page behind", PDF END "\n<script>", NULL),
	ROW("a PDF behind something", "x" PDF END, NULL),
	ROW("a PDF with a script", PDF "/JavaScript " END, NULL),
	ROW("a PDF that runs something", PDF "<</S/Launch>>" END, NULL),
	ROW("a PDF with a file inside", PDF "/EmbeddedFile " END, NULL),
	ROW("nothing", "", NULL),
	ROW("a page", "<!doctype html>", NULL),
};

static void is_what_it_is(void **state)
{
	const struct row *r = *state;
	unsigned char *data = malloc(r->len + 1); /* of its size, for the sanitizer */
	const char *why, *type;

	memcpy(data, r->data, r->len);
	data = realloc(data, r->len > 0 ? r->len : 1);
	type = media_type(data, r->len, &why);
	if ((type == NULL) != (r->type == NULL) || (type != NULL && strcmp(type, r->type) != 0))
		fail_msg("%s: %s", type != NULL ? type : "refused", why != NULL ? why : "");
	assert_true((type == NULL) == (why != NULL));
	free(data);
}

int main(void)
{
	struct CMUnitTest tests[QL_LEN(ROWS)];

	for (size_t i = 0; i < QL_LEN(ROWS); i++)
		tests[i] = (struct CMUnitTest){ ROWS[i].name, is_what_it_is, NULL, NULL, (void *)&ROWS[i] };
	return cmocka_run_group_tests_name("gateway/media", tests, NULL, NULL);
}
