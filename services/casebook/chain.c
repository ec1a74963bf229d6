#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "casebook/casebook.h"

_Static_assert(CASE_HASH == crypto_hash_sha256_BYTES, "the chain is sha256");

static void add_text(crypto_hash_sha256_state *h, const char *text)
{
	crypto_hash_sha256_update(h, (const unsigned char *)text, strlen(text));
	crypto_hash_sha256_update(h, (const unsigned char *)"\x1f", 1);
}

/* 0 is how an absent number is held; it is hashed as empty, like any null. */
static void add_number(crypto_hash_sha256_state *h, int64_t v)
{
	char text[24] = "";

	if (v != 0)
		snprintf(text, sizeof(text), "%lld", (long long)v);
	add_text(h, text);
}

void journal_hash(const struct journal_row *row, const unsigned char prev[CASE_HASH], unsigned char out[CASE_HASH])
{
	crypto_hash_sha256_state h;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, prev, CASE_HASH);
	add_number(&h, row->case_id);
	add_number(&h, row->version);
	add_text(&h, row->number);
	add_text(&h, row->event);
	add_text(&h, row->state);
	add_number(&h, row->at);
	add_text(&h, row->actor_kind);
	add_number(&h, row->actor_id);
	add_number(&h, row->unit);
	add_text(&h, row->audience);
	add_number(&h, row->enterprise);
	crypto_hash_sha256_update(&h, (const unsigned char *)row->data, strlen(row->data));
	crypto_hash_sha256_final(&h, out);
}
