#include "domain/ident_fault.h"

#include <stdarg.h>
#include <stdio.h>

static void say(char *out, size_t size, const char *format, va_list args)
{
	int wanted = vsnprintf(out, size, format, args);
	size_t end = size - 1;

	if (wanted < (int)size)
		return;
	while (end > 0 && ((unsigned char)out[end - 1] & 0xc0) == 0x80) /* vsnprintf may cut inside a character */
		end--;
	if (end > 0 && (unsigned char)out[end - 1] >= 0xc0)
		end--;
	out[end] = '\0';
}

bool ident_fault_is(struct ident_fault *fault, const char *code, int position)
{
	if (fault != NULL) {
		fault->code = code;
		fault->position = position;
	}
	return false;
}

void ident_fault_zh(struct ident_fault *fault, const char *zh, ...)
{
	va_list args;

	va_start(args, zh);
	if (fault != NULL)
		say(fault->zh, sizeof(fault->zh), zh, args);
	va_end(args);
}

void ident_fault_en(struct ident_fault *fault, const char *en, ...)
{
	va_list args;

	va_start(args, en);
	if (fault != NULL)
		say(fault->en, sizeof(fault->en), en, args);
	va_end(args);
}

bool ident_fault(struct ident_fault *fault, const char *code, int position, const char *zh, const char *en, ...)
{
	va_list args, again;

	if (fault == NULL)
		return false;
	va_start(args, en);
	va_copy(again, args);
	say(fault->zh, sizeof(fault->zh), zh, again);
	say(fault->en, sizeof(fault->en), en, args);
	va_end(again);
	va_end(args);
	return ident_fault_is(fault, code, position);
}
