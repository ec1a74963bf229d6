/* webaddr.c -- the table of networks that are not the open internet (IANA's special-purpose registries). */
#include "webaddr.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct { uint32_t net; int bits; } CLOSED_V4[] = {
	{ V4(0, 0, 0, 0), 8 },       { V4(10, 0, 0, 0), 8 },     { V4(100, 64, 0, 0), 10 },   { V4(127, 0, 0, 0), 8 },
	{ V4(169, 254, 0, 0), 16 },  { V4(172, 16, 0, 0), 12 },  { V4(192, 0, 0, 0), 24 },    { V4(192, 0, 2, 0), 24 },
	{ V4(192, 88, 99, 0), 24 },  { V4(192, 168, 0, 0), 16 }, { V4(198, 18, 0, 0), 15 },   { V4(198, 51, 100, 0), 24 },
	{ V4(203, 0, 113, 0), 24 },  { V4(224, 0, 0, 0), 4 },    { V4(240, 0, 0, 0), 4 },
};
/* Inside 2000::/3, which is all that is given out: tunnels and documentation. What lies outside of it is closed anyway. */
static const struct { unsigned char net[6]; int bits; } CLOSED_V6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 },             /* Teredo, ORCHID and other protocol assignments */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },             /* documentation */
	{ { 0x20, 0x02 }, 16 },                         /* 6to4: any IPv4 address inside */
	{ { 0x3f, 0xff }, 20 },                         /* documentation */
};

static bool v4_is_public(uint32_t a)
{
	for (size_t i = 0; i < QL_LEN(CLOSED_V4); i++)
		if ((a ^ CLOSED_V4[i].net) >> (32 - CLOSED_V4[i].bits) == 0)
			return false;
	return true;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, int bits)
{
	const int whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, (size_t)whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool v6_is_public(const struct in6_addr *in)
{
	const unsigned char *a = in->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(in))
		return v4_is_public(V4(a[12], a[13], a[14], a[15]));
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < QL_LEN(CLOSED_V6); i++)
		if (same_bits(a, CLOSED_V6[i].net, CLOSED_V6[i].bits))
			return false;
	return true;
}

bool webaddr_is_public(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof(v4));
		return v4_is_public(ntohl(v4.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&v6, address, sizeof(v6));
		return v6_is_public(&v6.sin6_addr);
	default:
		return false;
	}
}

/* A host that is an address already says here where it leads; a name says so when it is resolved. */
static bool host_is_closed(const char *host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char bare[WEBADDR_HOST_MAX];
	const size_t len = strlen(host);

	if (host[0] == '[' && len > 2) {
		snprintf(bare, sizeof(bare), "%.*s", (int)(len - 2), host + 1);
		bare[strcspn(bare, "%")] = '\0';
		return inet_pton(AF_INET6, bare, &v6.sin6_addr) != 1 || !webaddr_is_public((struct sockaddr *)&v6);
	}
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return !webaddr_is_public((struct sockaddr *)&v4);
	return strcasecmp(host, "localhost") == 0 || (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0);
}

/* One part of a parsed URL; "" when it has none or the part is longer than what we look at. */
static void part_of(CURLU *u, CURLUPart part, char *out, size_t size)
{
	char *text = NULL;

	out[0] = '\0';
	if (curl_url_get(u, part, &text, 0) == CURLUE_OK && strlen(text) < size)
		snprintf(out, size, "%s", text);
	curl_free(text);
}

static bool has_part(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	const bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static const char *fault_of(CURLU *u, const char *url, bool inside, char host[WEBADDR_HOST_MAX])
{
	static const struct { CURLUPart part; const char *fault; } NEVER[] = {
		{ CURLUPART_USER, "must not carry a user or password: the signature is the proof" },
		{ CURLUPART_PASSWORD, "must not carry a user or password: the signature is the proof" },
		{ CURLUPART_FRAGMENT, "must not carry a fragment" },
	};
	char scheme[16];

	if (strlen(url) > WEBADDR_URL_MAX)
		return "is longer than 500 bytes";
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
			return "holds a blank or a character that must be percent-encoded";
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return "is no URL";
	part_of(u, CURLUPART_SCHEME, scheme, sizeof(scheme));
	part_of(u, CURLUPART_HOST, host, WEBADDR_HOST_MAX);
	if (strcmp(scheme, "https") != 0 && !(inside && strcmp(scheme, "http") == 0))
		return "must begin with https://";
	if (host[0] == '\0')
		return "names no host";
	for (size_t i = 0; i < QL_LEN(NEVER); i++)
		if (has_part(u, NEVER[i].part))
			return NEVER[i].fault;
	if (!inside && host_is_closed(host))
		return "must not lead into a private or local network";
	return NULL;
}

bool webaddr_check_url(const char *url, bool inside, char host[WEBADDR_HOST_MAX], const char **why)
{
	char own[WEBADDR_HOST_MAX] = "";
	CURLU *u = curl_url();

	*why = u != NULL ? fault_of(u, url, inside, own) : "cannot be read at this moment";
	curl_url_cleanup(u);
	if (host != NULL)
		memcpy(host, own, WEBADDR_HOST_MAX);
	return *why == NULL;
}

bool webaddr_is_mail(const char *address)
{
	const char *at = strchr(address, '@');

	if (strlen(address) > WEBADDR_MAIL_MAX || at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL || address[0] == '-')
		return false;
	for (const char *p = address; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("<>()[],;:\\\"", *p) != NULL)
			return false;
	return true;
}
