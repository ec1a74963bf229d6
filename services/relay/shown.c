#include "shown.h"

#include <stdlib.h>

/* One number and the sign behind it; NULL when there is none. */
static const char *read_number(const char *text, char behind, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	*out = strtoull(text, &end, 10);
	return *end == behind ? end + (behind != '\0') : NULL;
}

static bool read_running(const char *text, struct shown *s)
{
	while (*text != '\0') {
		char *end;
		uint64_t xid = strtoull(text, &end, 10);

		if (end == text || (*end != ',' && *end != '\0'))
			return false;
		if (s->n < SHOWN_RUNNING)
			s->running[s->n++] = xid;
		else
			s->cut = true;
		text = *end == ',' ? end + 1 : end;
	}
	return true;
}

bool shown_parse(const char *text, struct shown *s)
{
	s->n = 0;
	s->cut = false;
	text = read_number(text, ':', &s->xmin);
	if (text != NULL)
		text = read_number(text, ':', &s->xmax);
	if (text != NULL && read_running(text, s))
		return true;
	s->xmin = s->xmax = 0;
	return false;
}

/* Transactions alive at once span less than half of the 32 bits, so the epoch is that of the nearest number to xmax. */
static uint64_t whole(uint32_t xid, uint64_t near)
{
	return near + (uint64_t)(int64_t)(int32_t)(xid - (uint32_t)near);
}

bool shown_has(const struct shown *s, uint32_t xid)
{
	const uint64_t x = whole(xid, s->xmax);

	if (s->xmax == 0 || x >= s->xmax || (s->cut && x >= s->xmin))
		return false;
	for (size_t i = 0; x >= s->xmin && i < s->n; i++)
		if (s->running[i] == x)
			return false;
	return true;
}
