#include "casebook/ids.h"
#include <inttypes.h>
#include <stdlib.h>

size_t ids_read(const char *array, int64_t *ids, size_t max)
{
	const char *at = array + (*array == '{');
	char *end;
	size_t n = 0;

	for (; n < max && *at != '\0' && *at != '}'; at = end + (*end == ',')) {
		ids[n] = strtoll(at, &end, 10);
		if (end == at)
			break;
		n++;
	}
	return n;
}

void ids_write(struct ql_buf *b, const int64_t *ids, size_t n)
{
	ql_buf_str(b, "{");
	for (size_t i = 0; i < n; i++)
		ql_buf_fmt(b, "%s%" PRId64, i > 0 ? "," : "", ids[i]);
	ql_buf_str(b, "}");
}
