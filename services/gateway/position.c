/* position.c -- the token: version, cluster, then (slot, offset) pairs of what has been read, as base64url. */
#include "position.h"

#include <sodium.h>
#include <string.h>

#define VERSION  1
#define VARINT   10 /* bytes of the longest one */
#define RAW_MAX  (1 + 8 + POSITION_SLOTS * (1 + 9)) /* offsets stay below 2^63: nine bytes */
#define BASE64   sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(sodium_base64_ENCODED_LEN(RAW_MAX, BASE64) <= POSITION_TOKEN, "a full vector fits its token");

uint64_t position_cluster(const char *cluster_id)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	uint64_t id;

	if (cluster_id[0] == '\0')
		return 0;
	crypto_hash_sha256(hash, (const unsigned char *)cluster_id, strlen(cluster_id));
	memcpy(&id, hash, sizeof(id));
	return id | 1; /* never the none of above */
}

int position_slot(bool roster, int32_t partition)
{
	int32_t count = roster ? POSITION_ROSTER : POSITION_CASES;

	if (partition < 0 || partition >= count)
		return -1;
	return roster ? POSITION_CASES + partition : partition;
}

static size_t put_varint(unsigned char *to, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		to[n++] = (unsigned char)(v | 0x80);
	to[n++] = (unsigned char)v;
	return n;
}

/* Bytes used; 0 when it is cut off or too long. */
static size_t get_varint(const unsigned char *from, size_t len, uint64_t *v)
{
	*v = 0;
	for (size_t n = 0; n < len && n < VARINT; n++) {
		*v |= (uint64_t)(from[n] & 0x7F) << (7 * n);
		if (from[n] < 0x80)
			return n + 1;
	}
	return 0;
}

void position_encode(const struct position *at, char token[POSITION_TOKEN])
{
	unsigned char raw[RAW_MAX];
	size_t n = 0;

	raw[n++] = VERSION;
	memcpy(raw + n, &at->cluster, sizeof(at->cluster));
	n += sizeof(at->cluster);
	for (int slot = 0; slot < POSITION_SLOTS; slot++) {
		if (at->next[slot] == 0)
			continue;
		raw[n++] = (unsigned char)slot;
		n += put_varint(raw + n, (uint64_t)at->next[slot]);
	}
	sodium_bin2base64(token, POSITION_TOKEN, raw, n, BASE64);
}

bool position_decode(const char *token, struct position *at)
{
	unsigned char raw[RAW_MAX];
	const char *end;
	size_t len, n = 1 + sizeof(at->cluster), used;
	int last = -1;

	*at = (struct position){0};
	if (sodium_base642bin(raw, sizeof(raw), token, strlen(token), NULL, &len, &end, BASE64) != 0 || *end != '\0')
		return false;
	if (len < n || raw[0] != VERSION)
		return false;
	memcpy(&at->cluster, raw + 1, sizeof(at->cluster));
	for (; n < len; n += used) {
		uint64_t next;
		int slot = raw[n++];

		used = get_varint(raw + n, len - n, &next);
		if (used == 0 || slot <= last || slot >= POSITION_SLOTS || next == 0 || next > INT64_MAX)
			return false;
		at->next[slot] = (int64_t)next;
		last = slot;
	}
	return true;
}
