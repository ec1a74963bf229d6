#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/err.h"
#include "base/webaddr.h"

static const struct { const char *address; bool open; } ADDRESSES[] = {
	{ "8.8.8.8", true },         { "223.5.5.5", true },      { "1.0.0.1", true },         { "0.0.0.0", false },      { "0.1.2.3", false },
	{ "10.0.0.1", false },       { "10.255.255.255", false }, { "11.0.0.0", true },       { "100.63.255.255", true }, { "100.64.0.1", false },
	{ "100.127.255.255", false }, { "100.128.0.0", true },   { "127.0.0.1", false },      { "127.255.0.1", false },  { "169.254.169.254", false },
	{ "172.15.0.1", true },      { "172.16.0.1", false },    { "172.31.255.255", false }, { "172.32.0.1", true },    { "192.0.0.8", false },
	{ "192.0.2.1", false },      { "192.168.1.1", false },   { "192.169.0.1", true },     { "198.18.0.1", false },   { "198.19.255.255", false },
	{ "198.20.0.1", true },      { "198.51.100.7", false },  { "203.0.113.9", false },    { "224.0.0.1", false },    { "239.255.255.250", false },
	{ "240.0.0.1", false },      { "255.255.255.255", false }, { "2400:3200::1", true },  { "2606:4700::1111", true }, { "::", false },
	{ "::1", false },            { "fe80::1", false },       { "fc00::1", false },        { "fd12:3456::1", false }, { "ff02::1", false },
	{ "::ffff:127.0.0.1", false }, { "::ffff:10.0.0.1", false }, { "::ffff:8.8.8.8", true }, { "64:ff9b::7f00:1", false }, { "2001::1", false },
	{ "2001:db8::1", false },    { "2002:7f00:1::", false }, { "2001:4860:4860::8888", true }, { "3fff::1", false }, { "::127.0.0.1", false },
};

static bool judge(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return webaddr_is_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return webaddr_is_public((struct sockaddr *)&v6);
}

static void only_the_open_internet(void **state)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	for (size_t i = 0; i < QL_LEN(ADDRESSES); i++)
		if (judge(ADDRESSES[i].address) != ADDRESSES[i].open)
			fail_msg("%s is taken for %s", ADDRESSES[i].address, ADDRESSES[i].open ? "closed" : "open");
	assert_false(webaddr_is_public(&local));
}

static const struct { const char *url; bool good, inside; const char *host; } URLS[] = {
	{ "https://hooks.example.com/a?b=c", true, true, "hooks.example.com" },
	{ "https://hooks.example.com:8443/", true, true, "hooks.example.com" },
	{ "https://[2400:3200::1]/", true, true, "[2400:3200::1]" },
	{ "http://hooks.example.com/", false, true, "hooks.example.com" },
	{ "https://127.0.0.1/", false, true, "127.0.0.1" },
	{ "https://2130706433/", false, true, "127.0.0.1" }, /* the same in another writing */
	{ "https://0x7f.1/", false, true, "127.0.0.1" },
	{ "https://[::1]/", false, true, "[::1]" },
	{ "https://[fe80::1%25eth0]/", false, true, NULL },
	{ "https://localhost/", false, true, "localhost" },
	{ "https://a.LOCALHOST/", false, true, "a.LOCALHOST" },
	{ "https://user@x.example/", false, false, NULL },
	{ "https://user:pw@x.example/", false, false, NULL },
	{ "https://x.example/#f", false, false, NULL },
	{ "https://x.example/a b", false, false, NULL },
	{ "https://x.example/\r\nHost: y", false, false, NULL },
	{ "https://\xE8\x8D\xA3.example/", false, false, NULL },
	{ "file:///etc/passwd", false, false, NULL },
	{ "gopher://x.example/", false, false, NULL },
	{ "smtp://x.example/", false, false, NULL },
	{ "x.example", false, false, NULL },
	{ "", false, false, NULL },
};

static void urls(void **state)
{
	char host[WEBADDR_HOST_MAX];
	const char *why;

	(void)state;
	for (size_t i = 0; i < QL_LEN(URLS); i++) {
		if (webaddr_check_url(URLS[i].url, false, host, &why) != URLS[i].good)
			fail_msg("%s: %s", URLS[i].url, URLS[i].good ? why : "was let through");
		assert_true(URLS[i].good == (why == NULL));
		if (webaddr_check_url(URLS[i].url, true, host, &why) != URLS[i].inside)
			fail_msg("%s inside: %s", URLS[i].url, URLS[i].inside ? why : "was let through");
		if (URLS[i].host != NULL)
			assert_string_equal(host, URLS[i].host);
	}
}

static void a_long_url(void **state)
{
	char url[WEBADDR_URL_MAX + 2] = "https://x.example/";
	const char *why;

	(void)state;
	memset(url + strlen(url), 'a', WEBADDR_URL_MAX + 1 - strlen("https://x.example/"));
	assert_false(webaddr_check_url(url, false, NULL, &why));
	url[WEBADDR_URL_MAX] = '\0';
	assert_true(webaddr_check_url(url, false, NULL, &why));
}

static const struct { const char *address; bool good; } MAILS[] = {
	{ "a@b", true },             { "li.ming+case@customs.example", true }, { "", false },      { "a", false },         { "@b", false },
	{ "a@", false },             { "a@b@c", false },       { "a b@c", false },     { "a@b\r\nBcc: c@d", false },       { "<a@b>", false },
	{ "a@b,c@d", false },        { "\"a\"@b", false },     { "a@[127.0.0.1]", false }, { "-oX@b", false },             { "\xE6\x9D\x8E@b", false },
	{ "a@\xE6\x9D\x8E", false }, { "a(x)@b", false },      { "a;b@c", false },     { "a\t@b", false },
};

static void mail_addresses(void **state)
{
	char longest[WEBADDR_MAIL_MAX + 2];

	(void)state;
	for (size_t i = 0; i < QL_LEN(MAILS); i++)
		if (webaddr_is_mail(MAILS[i].address) != MAILS[i].good)
			fail_msg("%s", MAILS[i].address);
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	longest[WEBADDR_MAIL_MAX + 1] = '\0';
	assert_false(webaddr_is_mail(longest));
	longest[WEBADDR_MAIL_MAX] = '\0';
	assert_true(webaddr_is_mail(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_open_internet), cmocka_unit_test(urls), cmocka_unit_test(a_long_url), cmocka_unit_test(mail_addresses),
	};

	return cmocka_run_group_tests_name("base/webaddr", tests, NULL, NULL);
}
