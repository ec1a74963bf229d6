#include "domain/alert.h"
#include <string.h>
#include "base/err.h"

static const struct { const char *name, *way; } KINDS[ALERTS] = {
	[ALERT_ASSIGNED] = { "assigned", "now" },   [ALERT_WARNED] = { "warned", "now" },   [ALERT_BREACHED] = { "breached", "now" },
	[ALERT_ESCALATED] = { "escalated", "now" }, [ALERT_INVITED] = { "invited", "now" }, [ALERT_TASK] = { "task", "now" },
	[ALERT_FOLLOWED] = { "followed", "digest" },
};

const char *alert_name(enum alert kind) { return KINDS[kind].name; }
const char *alert_way(enum alert kind) { return KINDS[kind].way; }

bool alert_parse(const char *name, enum alert *kind)
{
	for (int i = 0; i < ALERTS; i++)
		if (strcmp(KINDS[i].name, name) == 0) {
			*kind = (enum alert)i;
			return true;
		}
	return false;
}

bool alert_is_way(const char *word)
{
	static const char *const WAYS[] = { "now", "digest", "off" };

	for (size_t i = 0; i < QL_LEN(WAYS); i++)
		if (strcmp(WAYS[i], word) == 0)
			return true;
	return false;
}
