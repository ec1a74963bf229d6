/* link: services/gateway/web.c services/gateway/uri.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/web.h"

static const struct { const char *path, *text; } FILES[] = {
	{ "index.html", "<!doctype html>" }, { "assets/app-1a2b3c4d.js", "plain" }, { "assets/app-1a2b3c4d.js.br", "b" }, { "assets/app-1a2b3c4d.js.gz", "gz" },
	{ "favicon.svg", "<svg/>" }, { "lonely.js.br", "its plain form is missing" }, { ".secret", "hidden" },
};

struct place { char dir[64]; struct web *web; };

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct ql_err err;
	char path[256];

	strcpy(p->dir, "/tmp/ql-web-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(path, sizeof(path), "%s/assets", p->dir);
	mkdir(path, 0755);
	for (size_t i = 0; i < QL_LEN(FILES); i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", p->dir, FILES[i].path);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(FILES[i].text, f);
		fclose(f);
	}
	assert_int_equal(web_open(&p->web, p->dir, &err), QL_OK);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char path[256];

	web_close(p->web);
	for (size_t i = 0; i < QL_LEN(FILES); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, FILES[i].path);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/assets", p->dir);
	rmdir(path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void files_are_found_and_places_are_the_page(void **state)
{
	struct place *p = *state;

	assert_int_equal(web_count(p->web), 3);
	assert_string_equal(web_find(p->web, "/favicon.svg")->type, "image/svg+xml");
	assert_string_equal(web_find(p->web, "/")->path, "/index.html");
	assert_string_equal(web_find(p->web, "/cases/261123-00417-5")->path, "/index.html");
	assert_string_equal(web_find(p->web, "/a.b/c")->path, "/index.html");
	assert_null(web_find(p->web, "/missing.js"));
	assert_null(web_find(p->web, "/lonely.js"));
	assert_null(web_find(p->web, "/.secret"));
	assert_null(web_find(p->web, "/assets/app-1a2b3c4d.js.br"));
}

static void the_best_form_is_chosen(void **state)
{
	struct place *p = *state;
	const struct web_file *f = web_find(p->web, "/assets/app-1a2b3c4d.js");

	assert_non_null(f);
	assert_true(f->immutable);
	assert_int_equal(web_choose(f, "gzip, deflate, br"), WEB_BROTLI);
	assert_int_equal(web_choose(f, "gzip"), WEB_GZIP);
	assert_int_equal(web_choose(f, "br;q=0, gzip"), WEB_GZIP);
	assert_int_equal(web_choose(f, ""), WEB_PLAIN);
	assert_int_equal(web_choose(web_find(p->web, "/"), "br, gzip"), WEB_PLAIN);
	assert_int_equal(f->as[WEB_BROTLI].size, 1);
	assert_int_equal(f->as[WEB_PLAIN].size, 5);
	assert_string_not_equal(f->as[WEB_PLAIN].etag, f->as[WEB_GZIP].etag);
	assert_int_equal(f->as[WEB_PLAIN].etag[0], '"');
	assert_string_equal(web_coding_name(WEB_GZIP), "gzip");
	assert_null(web_coding_name(WEB_PLAIN));
}

static void a_hash_in_the_name_makes_it_immutable(void **state)
{
	(void)state;
	assert_true(web_is_immutable("/assets/index-BIJ4-aQx.js"));
	assert_true(web_is_immutable("/assets/a-b-12345678.css"));
	assert_false(web_is_immutable("/assets/index.js"));
	assert_false(web_is_immutable("/assets/index-1234.js"));
	assert_false(web_is_immutable("/index-12345678.js"));
}

static void no_folder_is_no_files(void **state)
{
	struct ql_err err;
	struct web *web;

	(void)state;
	assert_int_equal(web_open(&web, "/nonexistent/web", &err), QL_OK);
	assert_int_equal(web_count(web), 0);
	assert_null(web_find(web, "/"));
	web_close(web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_found_and_places_are_the_page, setup, teardown),
		cmocka_unit_test_setup_teardown(the_best_form_is_chosen, setup, teardown), cmocka_unit_test(a_hash_in_the_name_makes_it_immutable),
		cmocka_unit_test(no_folder_is_no_files),
	};

	return cmocka_run_group_tests_name("gateway/web", tests, NULL, NULL);
}
