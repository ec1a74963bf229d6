#include "domain/mask.h"

#include <stdio.h>
#include <string.h>
#include "domain/fold.h"
#include "domain/phone.h"

#define HIDDEN "****"

/* head and tail characters of plain ASCII text around the stars; nothing but stars when it is too short to hide. */
static void mask_middle(const char *text, size_t head, size_t tail, char *out, size_t size)
{
	size_t len = strlen(text);

	if (len < head + tail + 4)
		snprintf(out, size, HIDDEN);
	else
		snprintf(out, size, "%.*s" HIDDEN "%s", (int)head, text, text + len - tail);
}

/* "+862168901234" -> area "021", rest "68901234" */
static void mask_fixed(const char *number, char *out, size_t size)
{
	const char *national = number + strlen("+86");
	int area = *national == '1' || *national == '2' ? 2 : 3;

	snprintf(out, size, "0%.*s-" HIDDEN "%s", area, national, number + strlen(number) - 4);
}

void mask_phone(const char *phone, char *out, size_t size)
{
	struct phone p;

	if (*phone == '\0')
		snprintf(out, size, "%s", "");
	else if (!phone_parse(phone, NULL, &p, NULL))
		snprintf(out, size, HIDDEN);
	else if (p.kind == PHONE_MOBILE)
		mask_middle(p.number + strlen("+86"), 3, 4, out, size);
	else if (p.kind == PHONE_SERVICE)
		snprintf(out, size, "%s", p.number); /* a public number is nobody's */
	else if (p.kind == PHONE_FIXED)
		mask_fixed(p.number, out, size);
	else
		snprintf(out, size, HIDDEN "%s", p.number + strlen(p.number) - 4);
}

void mask_name(const char *name, char *out, size_t size)
{
	uint32_t point;
	int n = fold_char(name, &point);

	if (n == 0 || (size_t)n + 2 > size)
		snprintf(out, size, "%s", "");
	else
		snprintf(out, size, "%.*s*", point == UINT32_MAX ? 0 : n, name);
}

void mask_open_id(const char *id, char *out, size_t size)
{
	for (const char *p = id; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80) { /* no OpenID: do not cut its characters */
			snprintf(out, size, HIDDEN);
			return;
		}
	mask_middle(id, 4, 4, out, size);
}
