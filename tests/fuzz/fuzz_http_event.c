/* link: services/gateway/happening.c */
/* A record of case.events or roster.events from a broker that lies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/river_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct happening h;

	if (size > 0 && happening_decode((const char *)data + 1, size - 1, data[0] & 1, &h) && memchr(h.event, '\0', sizeof(h.event)) == NULL)
		abort();
	return 0;
}
