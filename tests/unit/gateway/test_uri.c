/* link: services/gateway/uri.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "gateway/uri.h"

static const struct { const char *path; bool sane; } PATHS[] = {
	{ "/", true }, { "/assets/a.js", true }, { "/assets/", true }, { "/a..b/...c", true }, { "/清零", true }, { "/a b", true },
	{ "", false }, { "a", false }, { "//", false }, { "/a//b", false }, { "/.", false }, { "/a/./b", false }, { "/..", false }, { "/a/..", false },
	{ "/../a", false }, { "/a\\b", false }, { "/a\nb", false }, { "/a\x7f", false }, { "/\xff", false }, { "/\xed\xa0\x80", false },
};

static void a_path_is_sane_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(PATHS); i++)
		if (path_is_sane(PATHS[i].path) != PATHS[i].sane)
			fail_msg("%s", PATHS[i].path);
}

static const struct { const char *pattern, *path; bool fits; const char *first, *second; } MATCHES[] = {
	{ "/api/v1/cases", "/api/v1/cases", true, NULL, NULL },
	{ "/api/v1/cases", "/api/v1/cases/", false, NULL, NULL },
	{ "/api/v1/cases/", "/api/v1/cases", false, NULL, NULL },
	{ "/api/v1/cases/{}", "/api/v1/cases/17", true, "17", NULL },
	{ "/api/v1/cases/{}", "/api/v1/cases/", false, NULL, NULL },
	{ "/api/v1/cases/{}", "/api/v1/cases/17/journal", false, NULL, NULL },
	{ "/api/v1/cases/{}/{}", "/api/v1/cases/261123-00417-5/accept", true, "261123-00417-5", "accept" },
	{ "/api/v1/cases/{}/journal", "/api/v1/cases/x/journal", true, "x", NULL },
	{ "/api/v1/cases/{}/journal", "/api/v1/cases/x/journals", false, NULL, NULL },
	{ "/{}", "/012345678901234567890123456789012345678901234567890123456789012", true, NULL, NULL },
	{ "/{}", "/0123456789012345678901234567890123456789012345678901234567890123", false, NULL, NULL },
};

static void a_pattern_matches_whole_segments(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(MATCHES); i++) {
		struct path_params p = {0};

		if (path_match(MATCHES[i].pattern, MATCHES[i].path, &p) != MATCHES[i].fits)
			fail_msg("%s on %s", MATCHES[i].pattern, MATCHES[i].path);
		if (MATCHES[i].first != NULL)
			assert_string_equal(p.at[0], MATCHES[i].first);
		if (MATCHES[i].second != NULL)
			assert_string_equal(p.at[1], MATCHES[i].second);
	}
}

static bool add(struct args *a, const char *text)
{
	return args_add(a, text, strlen(text));
}

static void arguments_are_found_by_their_whole_name(void **state)
{
	struct args a = {0};

	(void)state;
	assert_true(add(&a, "state=assigned"));
	assert_true(add(&a, "states=x"));
	assert_true(add(&a, "empty="));
	assert_true(add(&a, "bare"));
	assert_true(add(&a, "state=second"));
	assert_true(add(&a, "q=a=b&c"));
	assert_string_equal(args_get(&a, "state"), "assigned");
	assert_string_equal(args_get(&a, "states"), "x");
	assert_string_equal(args_get(&a, "q"), "a=b&c");
	assert_null(args_get(&a, "empty"));
	assert_null(args_get(&a, "bare"));
	assert_null(args_get(&a, "stat"));
	assert_null(args_get(&a, ""));
}

static void arguments_are_bounded_and_printable(void **state)
{
	struct args a = {0};
	char text[ARGS_MAX_LEN];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_false(args_add(&a, text, ARGS_MAX_LEN));
	assert_true(args_add(&a, text, ARGS_MAX_LEN - 1));
	assert_false(add(&a, ""));
	a.len = 0;
	assert_false(add(&a, "a=\n"));
	assert_false(add(&a, "a=\xc3"));
	assert_false(args_add(&a, "a=\0b", 4));
	assert_int_equal(a.len, 0);
}

static const struct { const char *header, *value; } COOKIES[] = {
	{ "ql_session=abc", "abc" }, { "a=b; ql_session=abc; c=d", "abc" }, { "a=b;ql_session=abc", "abc" }, { "  ql_session=abc", "abc" },
	{ "xql_session=abc", NULL }, { "ql_sessions=abc", NULL }, { "ql_session", NULL }, { "ql_session=", NULL }, { "", NULL }, { ";;;", NULL }, { "; =", NULL },
	{ "ql_session=a=b", "a=b" }, { "ql_session=12345678", NULL /* longer than the buffer */ }, { "ql_session=1234567", "1234567" },
};

static void a_cookie_is_found_by_its_whole_name(void **state)
{
	char out[8];

	(void)state;
	for (size_t i = 0; i < QL_LEN(COOKIES); i++) {
		bool found = cookie_get(COOKIES[i].header, "ql_session", out, sizeof(out));

		if (found != (COOKIES[i].value != NULL) || (found && strcmp(out, COOKIES[i].value) != 0))
			fail_msg("%s", COOKIES[i].header);
	}
}

static const struct { const char *origin, *host; bool same; } ORIGINS[] = {
	{ "http://a.example", "a.example", true }, { "https://a.example", "a.example", true }, { "https://A.example", "a.EXAMPLE", true },
	{ "http://a.example:8080", "a.example:8080", true }, { "http://a.example", "a.example:8080", false }, { "http://b.example", "a.example", false },
	{ "http://a.example.b", "a.example", false }, { "http://xa.example", "a.example", false }, { "null", "a.example", false }, { "", "a.example", false },
	{ "http://", "", false }, { "ftp://a.example", "a.example", false }, { "a.example", "a.example", false },
};

static void an_origin_is_the_host_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(ORIGINS); i++)
		if (origin_is_host(ORIGINS[i].origin, ORIGINS[i].host) != ORIGINS[i].same)
			fail_msg("%s at %s", ORIGINS[i].origin, ORIGINS[i].host);
}

static const struct { const char *header; bool br; } CODINGS[] = {
	{ "br", true }, { "gzip, deflate, br", true }, { "gzip,br;q=0.5", true }, { "BR", true }, { "br ; q=1.0", true }, { "gzip;q=0, br", true },
	{ "", false }, { "gzip", false }, { "brotli", false }, { "br;q=0", false }, { "br;q=0.0", false }, { "br; q=0.000 , gzip", false }, { "br;q=0.001", true },
	{ "*", false }, { ",,,", false },
};

static void a_coding_is_accepted_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(CODINGS); i++)
		if (accepts_coding(CODINGS[i].header, "br") != CODINGS[i].br)
			fail_msg("%s", CODINGS[i].header);
}

static void a_tag_is_listed_or_not(void **state)
{
	(void)state;
	assert_true(etag_listed("\"a\"", "\"a\""));
	assert_true(etag_listed("\"b\", \"a\"", "\"a\""));
	assert_true(etag_listed("W/\"a\"", "\"a\""));
	assert_false(etag_listed("\"ab\"", "\"a\""));
	assert_false(etag_listed("", "\"a\""));
	assert_false(etag_listed("*", "\"a\""));
}

static void an_id_is_digits(void **state)
{
	static const char *const NOT[] = { "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "1234567890123456" };
	long long id;

	(void)state;
	assert_true(parse_id("123456789012345", &id));
	assert_int_equal(id, 123456789012345);
	for (size_t i = 0; i < QL_LEN(NOT); i++)
		if (parse_id(NOT[i], &id))
			fail_msg("%s", NOT[i]);
}

static const struct { const char *header; bool json; } ACCEPTS[] = {
	{ "", true }, { " ", true }, { "application/json", true }, { "APPLICATION/JSON;q=1", true }, { "*/*", true }, { "application/*", true },
	{ "text/html", false }, { "text/*", false }, { "application/*;q=0", false }, { "application/json;q=0, */*", false }, { "*/*;q=0, application/json", true },
	{ "text/html, application/json;q=0.1", true }, { "application/jsonx", false }, { "application/jso", false }, { "*", false }, { ",,", true }, { ";", false },
};

static void a_type_is_acceptable_by_its_nearest_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(ACCEPTS); i++)
		if (accepts_type(ACCEPTS[i].header, "application/json") != ACCEPTS[i].json)
			fail_msg("%s", ACCEPTS[i].header);
	assert_true(is_type(" Application/JSON ; charset=utf-8", "application/json"));
	assert_false(is_type("application/json-patch+json", "application/json"));
	assert_false(is_type("", "application/json"));
}

static const struct { const char *header; long long now; bool matches; long long seen; } IF_MATCHES[] = {
	{ "\"7\"", 7, true, 7 }, { "\"7-0a\"", 7, true, 7 }, { "\"7\"", 8, false, 7 }, { "\"6\", \"7\"", 7, true, 7 }, { "\"9\",\"7-x\"", 7, true, 9 },
	{ "", 7, false, -1 }, { "*", 7, false, -1 }, { "W/\"7\"", 7, false, -1 }, { "7", 7, false, -1 }, { "\"", 7, false, -1 }, { "\"7", 7, false, -1 },
	{ "\"7x\"", 7, false, -1 }, { "\"-7\"", 7, false, -1 }, { "\"1234567890\"", 7, false, -1 }, { "\"\"", 0, false, -1 }, { ",,\"7\",", 7, true, 7 },
};

static void an_if_match_names_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(IF_MATCHES); i++) {
		long long seen;

		if (if_match_version(IF_MATCHES[i].header, IF_MATCHES[i].now, &seen) != IF_MATCHES[i].matches || seen != IF_MATCHES[i].seen)
			fail_msg("%s: %lld", IF_MATCHES[i].header, seen);
	}
}

static const struct { const char *header; size_t size; enum range range; size_t from, len; } RANGES[] = {
	{ "bytes=0-4", 10, RANGE_GOOD, 0, 5 }, { "bytes=5-", 10, RANGE_GOOD, 5, 5 }, { "bytes=-3", 10, RANGE_GOOD, 7, 3 }, { "bytes=9-9", 10, RANGE_GOOD, 9, 1 },
	{ "bytes=0-99", 10, RANGE_GOOD, 0, 10 }, { "bytes=-99", 10, RANGE_GOOD, 0, 10 }, { "bytes=0-999999999999999", 10, RANGE_GOOD, 0, 10 },
	{ "bytes=10-", 10, RANGE_OUTSIDE, 0, 0 }, { "bytes=-0", 10, RANGE_OUTSIDE, 0, 0 }, { "bytes=0-", 0, RANGE_OUTSIDE, 0, 0 }, { "bytes=-1", 0, RANGE_OUTSIDE, 0, 0 },
	{ "", 10, RANGE_NONE, 0, 0 }, { "bytes=", 10, RANGE_NONE, 0, 0 }, { "bytes=-", 10, RANGE_NONE, 0, 0 }, { "bytes=4-2", 10, RANGE_NONE, 0, 0 },
	{ "bytes=0-1,3-4", 10, RANGE_NONE, 0, 0 }, { "bytes=0-1 ", 10, RANGE_NONE, 0, 0 }, { "bytes= 0-1", 10, RANGE_NONE, 0, 0 }, { "items=0-1", 10, RANGE_NONE, 0, 0 },
	{ "bytes=0-9999999999999999", 10, RANGE_NONE, 0, 0 }, { "bytes=+1-2", 10, RANGE_NONE, 0, 0 },
};

static void a_range_is_inside_outside_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(RANGES); i++) {
		size_t from = 0, len = 0;

		if (range_parse(RANGES[i].header, RANGES[i].size, &from, &len) != RANGES[i].range || from != RANGES[i].from || len != RANGES[i].len)
			fail_msg("%s of %zu: %zu, %zu", RANGES[i].header, RANGES[i].size, from, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_sane_or_not), cmocka_unit_test(a_pattern_matches_whole_segments),
		cmocka_unit_test(arguments_are_found_by_their_whole_name), cmocka_unit_test(arguments_are_bounded_and_printable),
		cmocka_unit_test(a_cookie_is_found_by_its_whole_name), cmocka_unit_test(an_origin_is_the_host_or_not),
		cmocka_unit_test(a_coding_is_accepted_or_not), cmocka_unit_test(a_tag_is_listed_or_not), cmocka_unit_test(an_id_is_digits),
		cmocka_unit_test(a_type_is_acceptable_by_its_nearest_range), cmocka_unit_test(an_if_match_names_versions), cmocka_unit_test(a_range_is_inside_outside_or_none),
	};

	return cmocka_run_group_tests_name("gateway/uri", tests, NULL, NULL);
}
