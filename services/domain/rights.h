/* rights.h -- the one table of what an account of each role may do at the gateway, and of the duties that come on top.
 *
 * It opens and closes doors; what lies behind an open one is decided row by row in the database, from the same role names.
 * Pure data and look-ups.
 */
#ifndef QL_DOMAIN_RIGHTS_H
#define QL_DOMAIN_RIGHTS_H

#include <stdbool.h>
#include "domain/lifecycle.h"

enum account_role {
	ACCOUNT_ENTERPRISE,
	ACCOUNT_AGENT, /* answers the hotline */
	ACCOUNT_COORDINATOR,
	ACCOUNT_SUPERVISOR,
	ACCOUNT_ADMINISTRATOR, /* parameters and rosters, no cases */
	ACCOUNT_SECURITY,      /* accounts, duties, sessions, no cases */
	ACCOUNT_AUDITOR,       /* journals; changes nothing */
	ACCOUNT_KIOSK,         /* a display: counters */
	ACCOUNT_ROLES
};

enum right {
	RIGHT_CASES = 1,      /* lists and single cases */
	RIGHT_COMMAND = 2,    /* changes them */
	RIGHT_JOURNAL = 4,    /* with hashes and traces */
	RIGHT_COUNTERS = 8,
	RIGHT_LIVE = 16,      /* the stream of events */
	RIGHT_ROSTER = 32,
	RIGHT_PARAMETERS = 64,
	RIGHT_ACCOUNTS = 128, /* accounts, duties and sessions of others */
	RIGHT_AUDIT = 256,    /* the record of what was done to accounts */
	RIGHT_REVEAL = 512,   /* personal data in full, with a reason */
	RIGHT_HOLD = 1024,    /* keeps a case from being erased */
	RIGHT_WEBHOOKS = 2048 /* an enterprise's own, or a unit's */
};

enum duty { DUTY_SECOND_READER, DUTY_SUPERVISOR, DUTY_ARBITRATION, DUTY_EXPERT, DUTIES };
#define DUTY_BIT(duty) (1u << (duty))

#define ROLE_NOBODY CASE_ROLES /* acts on no case: no row of the lifecycle has it */

struct account_rule {
	const char *name;
	enum case_role acts; /* as what it appears in a journal; ROLE_NOBODY: never */
	unsigned rights;
	bool outside;        /* signs in on the public surface, all others on the internal one */
};
const struct account_rule *account_rule(enum account_role role);
bool account_role_parse(const char *name, enum account_role *role);
bool account_may(enum account_role role, unsigned rights); /* all of them */

/* "arbitration,second_reader" as DUTY_BITs; words of a newer release are passed over. */
unsigned duties_parse(const char *list);
const char *duty_name(enum duty duty);

#endif
