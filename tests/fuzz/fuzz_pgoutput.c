/* link: services/relay/pgoutput.c services/relay/record.c */
/* pgoutput messages from a server that lies: parsing reads no byte outside the message, and what was parsed can be
 * encoded. The bytes are copied into a block of their exact size so that the sanitizer sees every step past it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/pgoutput.h"
#include "relay/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(struct record *r, const struct pgoutput_message *m)
{
	struct ql_err err;

	if (m->kind == PGOUTPUT_LOGICAL)
		(void)!record_from_canary(r, m->logical.content, &err);
	for (int t = 0; m->kind == PGOUTPUT_INSERT && t < RECORD_TABLES; t++)
		if (m->insert.n >= RECORD_SOURCES[t].n && record_from_row(r, (enum record_table)t, m->insert.values, &err) != QL_OK)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record r;
	struct pgoutput_message m;
	struct ql_err err;
	char *block = malloc(size ? size : 1);

	if (block == NULL)
		return 0;
	memcpy(block, data, size);
	if (r.value.max == 0)
		record_init(&r);
	if (pgoutput_parse(block, size, &m, &err) == QL_OK)
		encode(&r, &m);
	free(block);
	return 0;
}
