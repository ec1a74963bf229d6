#include "domain/rights.h"

#include <string.h>
#include "base/err.h"

#define WORKS (RIGHT_CASES | RIGHT_COMMAND | RIGHT_COUNTERS | RIGHT_LIVE)
#define STAFF (WORKS | RIGHT_JOURNAL | RIGHT_ROSTER | RIGHT_REVEAL)

static const struct account_rule RULES[ACCOUNT_ROLES] = {
	[ACCOUNT_ENTERPRISE] = { "enterprise", ROLE_ENTERPRISE, WORKS | RIGHT_WEBHOOKS, true },
	[ACCOUNT_AGENT] = { "agent", ROLE_OPERATOR, STAFF, false },
	[ACCOUNT_COORDINATOR] = { "coordinator", ROLE_COORDINATOR, STAFF, false },
	[ACCOUNT_SUPERVISOR] = { "supervisor", ROLE_SUPERVISOR, STAFF | RIGHT_HOLD | RIGHT_WEBHOOKS, false },
	[ACCOUNT_ADMINISTRATOR] = { "administrator", ROLE_NOBODY, RIGHT_ROSTER | RIGHT_PARAMETERS, false },
	[ACCOUNT_SECURITY] = { "security", ROLE_NOBODY, RIGHT_ACCOUNTS | RIGHT_AUDIT, false },
	[ACCOUNT_AUDITOR] = { "auditor", ROLE_NOBODY, RIGHT_CASES | RIGHT_JOURNAL | RIGHT_AUDIT | RIGHT_ROSTER, false },
	[ACCOUNT_KIOSK] = { "kiosk", ROLE_NOBODY, RIGHT_COUNTERS, false },
};
static const char *const DUTY_NAMES[DUTIES] = { "second_reader", "duty_supervisor", "arbitration", "national_expert" };

const struct account_rule *account_rule(enum account_role role) { return &RULES[role]; }

bool account_role_parse(const char *name, enum account_role *role)
{
	for (int i = 0; i < ACCOUNT_ROLES; i++)
		if (strcmp(RULES[i].name, name) == 0) {
			*role = (enum account_role)i;
			return true;
		}
	return false;
}

bool account_may(enum account_role role, unsigned rights) { return (RULES[role].rights & rights) == rights; }

const char *duty_name(enum duty duty) { return DUTY_NAMES[duty]; }

unsigned duties_parse(const char *list)
{
	unsigned found = 0;

	for (size_t len; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (int i = 0; i < DUTIES; i++)
			if (strlen(DUTY_NAMES[i]) == len && memcmp(DUTY_NAMES[i], list, len) == 0)
				found |= DUTY_BIT(i);
	}
	return found;
}
