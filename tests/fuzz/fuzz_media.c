/* link: services/gateway/media.c */
/* What anybody may send as a file. What is taken for a type has the frame of it: the last bytes are its end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	const char *type = media_type(data, size, &why);

	if ((type == NULL) != (why != NULL))
		abort();
	if (type != NULL && strcmp(type, "image/jpeg") == 0 && data[size - 1] != 0xD9)
		abort();
	if (type != NULL && strcmp(type, "image/png") == 0 && memcmp(data + size - 8, "IEND", 4) != 0)
		abort();
	if (type != NULL && memmem(data, size, "/JavaScript", 11) != NULL && strcmp(type, "application/pdf") == 0)
		abort();
	return 0;
}
