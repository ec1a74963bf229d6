/* reference.h -- reference data in memory: units, calendars, policies, categories, notice map, watch rules, parameters.
 *
 * Loaded whole and replaced whole when ql.reference_version has moved; nothing here is written by services. One struct
 * belongs to one thread. Pointers handed out are good until the next reference_refresh().
 */
#ifndef QL_CASEBOOK_REFERENCE_H
#define QL_CASEBOOK_REFERENCE_H

#include "base/pg.h"
#include "domain/clocks.h"
#include "domain/lifecycle.h"
#include "domain/worktime.h"

#define UNIT_DEPTH     6  /* ancestors of a unit, itself included */
#define UNIT_CODE_MAX  24
#define WORD_MAX       40 /* categories, tiers, channels and other code words, with NUL */
#define WATCH_CODES    16
#define CATEGORY_PREFERRED 4

enum reach { REACH_OFFICE, REACH_DEPARTMENT, REACH_DISTRICT, REACH_NATIONAL, REACHES };
enum service { SERVICE_OFFICE, SERVICE_PORT, SERVICE_HOTLINE, SERVICE_APPOINTMENT, SERVICES };
/* Whom a threshold tells: the officer who has the case, the duty supervisor of the lead unit, of its district, of the root. */
enum told_to { TOLD_OFFICER, TOLD_DUTY, TOLD_DISTRICT, TOLD_ROOT, TOLDS };

struct unit {
	int32_t id, parent, district; /* district 0 for the root */
	char code[UNIT_CODE_MAX], kind[WORD_MAX];
	int32_t ancestors[UNIT_DEPTH]; /* itself first, root last, 0 fills */
	int32_t calendar[SERVICES];    /* calendar id; resolved through the ancestors */
};

struct category {
	char code[WORD_MAX], unit_role[WORD_MAX], kind[WORD_MAX];
	int skill_bit; /* -1: none required */
	int preferred[CATEGORY_PREFERRED], n_preferred; /* skill bits, most important first */
	int weight;
	int index;     /* dense, for candidate.subjects */
	char name_zh[128];
};

struct notice_code {
	char source[WORD_MAX], code[WORD_MAX], category[WORD_MAX], watch_rule[WORD_MAX], name_zh[128];
	int rank;
	enum { NOTICE_OPENS_NOTHING, NOTICE_OPENS_CASE, NOTICE_ARMS_WATCH } opens;
};

struct watch_rule {
	char code[WORD_MAX], category[WORD_MAX], name_zh[128];
	char armed_by[WATCH_CODES][WORD_MAX], disarmed_by[WATCH_CODES][WORD_MAX], tiers[WATCH_CODES][WORD_MAX]; /* "" ends */
	struct clock_policy term;
};

struct policy { /* one immutable version */
	int32_t id;
	char code[WORD_MAX], category[WORD_MAX], tier[WORD_MAX], priority[WORD_MAX], channel[WORD_MAX]; /* "": any */
	enum procedure procedure;
	enum clock_kind clock;
	int reach; /* -1: any */
	enum service service;
	ql_time valid_from, valid_to; /* to 0: open */
	struct clock_policy rule;
	enum told_to ladder[CLOCK_THRESHOLDS];
	int32_t extension_most; /* all extensions together, in the rule's unit */
};

enum case_kind { KIND_ENQUIRY, KIND_INCIDENT, KIND_CALL, KIND_WATCH, CASE_KINDS };
enum case_priority { PRIORITY_URGENT, PRIORITY_HIGH, PRIORITY_NORMAL, CASE_PRIORITIES }; /* in the order of draw */

struct parameters {
	int64_t weight_kind[CASE_KINDS], weight_priority[CASE_PRIORITIES]; /* added to a category's weight */
	int64_t ramp_hours, ramp_absence_hours, fairness_days;
	int64_t shift_rest_minutes, ramp_percent, join_seconds, twin_days, short_call_seconds, reopen_days, call_back_attempts, joint_weight, undo_seconds,
		press_on_minutes;
};

struct reference;

QL_MUSTCHECK enum ql_rc reference_open(struct reference **ref, struct ql_pg *pg, struct ql_err *err);
void reference_close(struct reference *ref);
/* Reloads when version differs from the one in memory. Call outside of a pipeline; inside a transaction is fine. */
QL_MUSTCHECK enum ql_rc reference_refresh(struct reference *ref, struct ql_pg *pg, int64_t version, struct ql_err *err);
int64_t reference_version(const struct reference *ref);

const struct unit *reference_unit(const struct reference *ref, int32_t id);             /* NULL: unknown */
const struct unit *reference_unit_by_code(const struct reference *ref, const char *code); /* NULL: unknown, also for "" */
const struct unit *reference_root(const struct reference *ref);
const struct category *reference_category(const struct reference *ref, const char *code); /* NULL: unknown */
const char *reference_skill(const struct reference *ref, int bit); /* its code; "": unknown */
/* Bit of a skill or a language by its code; -1: unknown. */
int reference_skill_bit(const struct reference *ref, const char *code);
int reference_language_bit(const struct reference *ref, const char *code);
const struct notice_code *reference_notice(const struct reference *ref, const char *source, const char *code);
const struct watch_rule *reference_watch(const struct reference *ref, const char *code);
/* The i-th rule, NULL past the end. */
const struct watch_rule *reference_watch_at(const struct reference *ref, size_t i);
const struct calendar *reference_calendar(const struct reference *ref, int32_t id);
const struct policy *reference_policy(const struct reference *ref, int32_t id);
/* The version of that calendar (any version's id names it) that holds at an instant: the latest begun by that Beijing day. */
int32_t reference_calendar_at(const struct reference *ref, int32_t id, ql_time at);
struct calendar_facts { const char *code; int64_t version; bool worsens; /* moves given promises later, too */ };
struct calendar_facts reference_calendar_facts(const struct reference *ref, int32_t id); /* code NULL: unknown */
/* What the day is called there: the holiday, the storm; NULL: a day like others. */
const char *reference_day_name(const struct reference *ref, int32_t calendar, int32_t day);
const struct policy *reference_policy_by_code(const struct reference *ref, const char *code, int64_t version); /* version 0: the latest */
/* The unit whom a threshold of the policy tells about a case that the unit leads, and the hours it keeps. urgent: at any. */
const struct unit *reference_told(const struct reference *ref, enum told_to told, const struct unit *lead);
struct clock_ladder reference_ladder(const struct reference *ref, const struct policy *p, const struct unit *lead, bool urgent, ql_time at);
const char *told_name(enum told_to told);
const struct parameters *reference_parameters(const struct reference *ref);
/* The class of a work secret that a text holds, as it may not when it goes to an enterprise; NULL: none. "unreadable": longer than
 * any entry. */
const char *reference_risk(const struct reference *ref, const char *text);
/* A message that is nothing but one of the greetings (blanks and punctuation aside). */
bool reference_is_greeting(const struct reference *ref, const char *text);

struct policy_facts {
	enum procedure procedure;
	enum clock_kind clock;
	int reach;
	const char *category, *tier, *priority, *channel;
	ql_time at;
};
/* The most specific policy in force: category counts most, then tier, reach, priority, channel. NULL: no such promise. */
const struct policy *reference_policy_for(const struct reference *ref, const struct policy_facts *facts);

const char *reach_name(enum reach reach);
bool reach_parse(const char *name, enum reach *reach);
const char *service_name(enum service service);
bool service_parse(const char *name, enum service *service);
bool case_kind_parse(const char *name, enum case_kind *kind);
const char *case_priority_name(enum case_priority priority);
bool case_priority_parse(const char *name, enum case_priority *priority);

#endif
