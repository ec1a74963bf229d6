/* token.c -- two numbers as base64url. */
#include "token.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

void page_token(ql_time at, int64_t id, char token[PAGE_TOKEN])
{
	char text[48];
	int len = snprintf(text, sizeof(text), "%" PRId64 ".%" PRId64, at, id);

	sodium_bin2base64(token, PAGE_TOKEN, (const unsigned char *)text, (size_t)len, BASE64);
}

bool page_token_parse(const char *token, ql_time *at, int64_t *id)
{
	unsigned char text[48];
	const char *end;
	size_t len;
	int used = 0;

	if (sodium_base642bin(text, sizeof(text) - 1, token, strlen(token), NULL, &len, &end, BASE64) != 0 || *end != '\0')
		return false;
	text[len] = '\0';
	return sscanf((const char *)text, "%18" SCNd64 ".%15" SCNd64 "%n", at, id, &used) == 2 && (size_t)used == len;
}
