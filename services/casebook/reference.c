#include "casebook/reference.h"
#include <stdlib.h>
#include <string.h>
#include "casebook/reference_int.h"
#include "domain/fold.h"
#include "domain/risk.h"
#include "domain/timefmt.h"

static const char *const REACH_NAMES[REACHES] = { "office", "department", "district", "national" };
static const char *const SERVICE_NAMES[SERVICES] = { "office", "port", "hotline", "appointment" };
static const char *const TOLD_NAMES[TOLDS] = { "officer", "duty", "district", "root" };

static const char *const KIND_NAMES[CASE_KINDS] = { "enquiry", "incident", "call", "watch" };
static const char *const PRIORITY_NAMES[CASE_PRIORITIES] = { "urgent", "high", "normal" };

const char *reach_name(enum reach reach) { return REACH_NAMES[reach]; }
const char *service_name(enum service service) { return SERVICE_NAMES[service]; }
const char *told_name(enum told_to told) { return TOLD_NAMES[told]; }

const char *case_priority_name(enum case_priority priority) { return PRIORITY_NAMES[priority]; }

static int place_in(const char *const *names, int n, const char *name)
{
	int i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	return i;
}

bool reach_parse(const char *name, enum reach *reach) { return (*reach = (enum reach)place_in(REACH_NAMES, REACHES, name)) < REACHES; }
bool service_parse(const char *name, enum service *service) { return (*service = (enum service)place_in(SERVICE_NAMES, SERVICES, name)) < SERVICES; }
bool case_kind_parse(const char *name, enum case_kind *kind) { return (*kind = (enum case_kind)place_in(KIND_NAMES, CASE_KINDS, name)) < CASE_KINDS; }
bool case_priority_parse(const char *name, enum case_priority *priority)
{
	return (*priority = (enum case_priority)place_in(PRIORITY_NAMES, CASE_PRIORITIES, name)) < CASE_PRIORITIES;
}

void reference_clear(struct reference *ref)
{
	for (int kind = 0; kind < REF_KINDS; kind++)
		free(ref->table[kind].rows);
	free(ref->unit_by_id);
	*ref = (struct reference){ 0 };
}

static const struct { const char *key; size_t off; int64_t dflt; } PARAMETER_MEMBERS[] = {
	{ "dispatch.shift_rest_minutes", offsetof(struct parameters, shift_rest_minutes), 15 },
	{ "dispatch.ramp_percent", offsetof(struct parameters, ramp_percent), 50 },
	{ "dispatch.ramp_hours", offsetof(struct parameters, ramp_hours), 24 },
	{ "dispatch.ramp_absence_hours", offsetof(struct parameters, ramp_absence_hours), 72 },
	{ "dispatch.weight_enquiry", offsetof(struct parameters, weight_kind[KIND_ENQUIRY]), 0 },
	{ "dispatch.weight_incident", offsetof(struct parameters, weight_kind[KIND_INCIDENT]), 0 },
	{ "dispatch.weight_call", offsetof(struct parameters, weight_kind[KIND_CALL]), 0 },
	{ "dispatch.weight_watch", offsetof(struct parameters, weight_kind[KIND_WATCH]), 0 },
	{ "dispatch.weight_urgent", offsetof(struct parameters, weight_priority[PRIORITY_URGENT]), 0 },
	{ "dispatch.weight_high", offsetof(struct parameters, weight_priority[PRIORITY_HIGH]), 0 },
	{ "dispatch.fairness_days", offsetof(struct parameters, fairness_days), 7 },
	{ "intake.join_seconds", offsetof(struct parameters, join_seconds), 90 },
	{ "intake.twin_days", offsetof(struct parameters, twin_days), 7 },
	{ "intake.short_call_seconds", offsetof(struct parameters, short_call_seconds), 10 },
	{ "reopen.window_days", offsetof(struct parameters, reopen_days), 30 },
	{ "call_back.attempts", offsetof(struct parameters, call_back_attempts), 3 },
	{ "joint.weight", offsetof(struct parameters, joint_weight), 1 },
	{ "message.undo_seconds", offsetof(struct parameters, undo_seconds), 10 },
	{ "press_on.minutes", offsetof(struct parameters, press_on_minutes), 60 },
};

static void fill_parameters(struct reference *ref)
{
	const struct parameter *rows = ref->table[REF_PARAMETERS].rows;

	for (size_t m = 0; m < QL_LEN(PARAMETER_MEMBERS); m++) {
		int64_t *member = (int64_t *)((char *)&ref->parameters + PARAMETER_MEMBERS[m].off);

		*member = PARAMETER_MEMBERS[m].dflt;
		for (size_t i = 0; i < ref->table[REF_PARAMETERS].n; i++)
			if (strcmp(rows[i].key, PARAMETER_MEMBERS[m].key) == 0)
				*member = rows[i].number;
	}
}

enum ql_rc reference_open(struct reference **ref, struct ql_pg *pg, struct ql_err *err)
{
	*ref = calloc(1, sizeof(**ref));
	if (*ref == NULL)
		return ql_fail(err, QL_RETRY, "no memory for reference data");
	enum ql_rc rc = reference_refresh(*ref, pg, 1, err); /* versions start at 1, an empty one holds 0 */

	if (rc != QL_OK) {
		reference_close(*ref);
		*ref = NULL;
	}
	return rc;
}

void reference_close(struct reference *ref)
{
	if (ref == NULL)
		return;
	reference_clear(ref);
	free(ref);
}

enum ql_rc reference_refresh(struct reference *ref, struct ql_pg *pg, int64_t version, struct ql_err *err)
{
	if (ref->version == version)
		return QL_OK;
	enum ql_rc rc = reference_store_load(ref, pg, err);

	if (rc == QL_OK)
		fill_parameters(ref);
	return rc;
}

int64_t reference_version(const struct reference *ref) { return ref->version; }
const struct parameters *reference_parameters(const struct reference *ref) { return &ref->parameters; }

const struct unit *reference_unit(const struct reference *ref, int32_t id)
{
	if (id <= 0 || id > ref->max_unit_id || ref->unit_by_id[id] == 0)
		return NULL;
	return (const struct unit *)ref->table[REF_UNITS].rows + ref->unit_by_id[id] - 1;
}

static int unit_code_order(const void *code, const void *unit) { return strcmp(code, ((const struct unit *)unit)->code); }

const struct unit *reference_unit_by_code(const struct reference *ref, const char *code)
{
	return bsearch(code, ref->table[REF_UNITS].rows, ref->table[REF_UNITS].n, sizeof(struct unit), unit_code_order);
}

const struct unit *reference_root(const struct reference *ref) { return reference_unit_by_code(ref, "0000"); }

static int category_code_order(const void *code, const void *c) { return strcmp(code, ((const struct category *)c)->code); }

const struct category *reference_category(const struct reference *ref, const char *code)
{
	return bsearch(code, ref->table[REF_CATEGORIES].rows, ref->table[REF_CATEGORIES].n, sizeof(struct category), category_code_order);
}

static int bit_of(const struct ref_table *t, const char *code)
{
	const struct coded_bit *rows = t->rows;

	for (size_t i = 0; i < t->n; i++) /* a few dozen rows */
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].bit;
	return -1;
}

int reference_skill_bit(const struct reference *ref, const char *code) { return bit_of(&ref->table[REF_SKILLS], code); }
int reference_language_bit(const struct reference *ref, const char *code) { return bit_of(&ref->table[REF_LANGUAGES], code); }

const char *reference_skill(const struct reference *ref, int bit)
{
	const struct coded_bit *rows = ref->table[REF_SKILLS].rows;

	for (size_t i = 0; i < ref->table[REF_SKILLS].n; i++)
		if (rows[i].bit == bit)
			return rows[i].code;
	return "";
}

const struct notice_code *reference_notice(const struct reference *ref, const char *source, const char *code)
{
	const struct notice_code *rows = ref->table[REF_NOTICES].rows;

	for (size_t i = 0; i < ref->table[REF_NOTICES].n; i++) /* some sixty rows */
		if (strcmp(rows[i].code, code) == 0 && strcmp(rows[i].source, source) == 0)
			return &rows[i];
	return NULL;
}

const struct watch_rule *reference_watch_at(const struct reference *ref, size_t i)
{
	return i < ref->table[REF_WATCHES].n ? (const struct watch_rule *)ref->table[REF_WATCHES].rows + i : NULL;
}

const struct watch_rule *reference_watch(const struct reference *ref, const char *code)
{
	const struct watch_rule *w;

	for (size_t i = 0; (w = reference_watch_at(ref, i)) != NULL; i++)
		if (strcmp(w->code, code) == 0)
			return w;
	return NULL;
}

static const struct ref_calendar *calendar_row(const struct reference *ref, int32_t id)
{
	const struct ref_calendar *rows = ref->table[REF_CALENDARS].rows;

	for (size_t i = 0; i < ref->table[REF_CALENDARS].n; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

const struct calendar *reference_calendar(const struct reference *ref, int32_t id)
{
	const struct ref_calendar *row = calendar_row(ref, id);

	return row != NULL ? &row->cal : NULL;
}

int32_t reference_calendar_at(const struct reference *ref, int32_t id, ql_time at)
{
	const struct ref_calendar *rows = ref->table[REF_CALENDARS].rows, *named = calendar_row(ref, id), *best = NULL;

	for (size_t i = 0; named != NULL && i < ref->table[REF_CALENDARS].n; i++)
		if (strcmp(rows[i].code, named->code) == 0 && rows[i].valid_from <= beijing_day(at) && (best == NULL || rows[i].cal.version > best->cal.version))
			best = &rows[i];
	return best != NULL ? best->id : id;
}

struct calendar_facts reference_calendar_facts(const struct reference *ref, int32_t id)
{
	const struct ref_calendar *row = calendar_row(ref, id);

	return row != NULL ? (struct calendar_facts){ row->code, row->cal.version, row->worsens } : (struct calendar_facts){ NULL, 0, false };
}

static int day_order(const void *key, const void *row)
{
	const struct ref_day *a = key, *b = row;

	return a->calendar != b->calendar ? (a->calendar > b->calendar) - (a->calendar < b->calendar) : (a->day > b->day) - (a->day < b->day);
}

static const struct ref_day *day_row(const struct reference *ref, int32_t calendar, int32_t day)
{
	const struct ref_day key = { .calendar = calendar, .day = day };

	return bsearch(&key, ref->table[REF_DAYS].rows, ref->table[REF_DAYS].n, sizeof(key), day_order);
}

const char *reference_day_name(const struct reference *ref, int32_t calendar, int32_t day)
{
	const struct ref_calendar *row = calendar_row(ref, calendar);
	const struct ref_day *named = day_row(ref, calendar, day);

	if (named == NULL && row != NULL && row->cal.years != WORKTIME_ALL_YEARS)
		named = day_row(ref, 0, day);
	return named != NULL ? named->name : NULL;
}

const struct policy *reference_policy(const struct reference *ref, int32_t id)
{
	const struct policy *rows = ref->table[REF_POLICIES].rows;

	for (size_t i = 0; i < ref->table[REF_POLICIES].n; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

const struct policy *reference_policy_by_code(const struct reference *ref, const char *code, int64_t version)
{
	const struct policy *rows = ref->table[REF_POLICIES].rows, *best = NULL;

	for (size_t i = 0; i < ref->table[REF_POLICIES].n; i++)
		if (strcmp(rows[i].code, code) == 0 && (version == 0 || rows[i].rule.version == version) && (best == NULL || rows[i].rule.version > best->rule.version))
			best = &rows[i];
	return best;
}

const struct unit *reference_told(const struct reference *ref, enum told_to told, const struct unit *lead)
{
	const struct unit *district = lead != NULL && lead->district != 0 ? reference_unit(ref, lead->district) : NULL;

	if (told == TOLD_ROOT)
		return reference_root(ref);
	return told == TOLD_DISTRICT && district != NULL ? district : lead;
}

struct clock_ladder reference_ladder(const struct reference *ref, const struct policy *p, const struct unit *lead, bool urgent, ql_time at)
{
	struct clock_ladder ladder = { { NULL } };

	for (int i = 0; !urgent && i < p->rule.thresholds; i++) {
		const struct unit *unit = p->rule.threshold[i].mark == CLOCK_MARK_AFTER ? reference_told(ref, p->ladder[i], lead) : NULL;

		if (unit != NULL)
			ladder.hours[i] = reference_calendar(ref, reference_calendar_at(ref, unit->calendar[SERVICE_OFFICE], at));
	}
	return ladder;
}

/* -1: does not apply; else how specific it is. */
static int policy_weight(const struct policy *p, const struct policy_facts *f)
{
	const struct { const char *want, *have; int weight; } words[] = {
		{ p->category, f->category, 16 }, { p->tier, f->tier, 8 }, { p->priority, f->priority, 2 }, { p->channel, f->channel, 1 },
	};
	int weight = 0;

	if (p->procedure != f->procedure || p->clock != f->clock || f->at < p->valid_from || (p->valid_to != 0 && f->at >= p->valid_to))
		return -1;
	if (p->reach >= 0 && p->reach != f->reach)
		return -1;
	weight += p->reach >= 0 ? 4 : 0;
	for (size_t i = 0; i < QL_LEN(words); i++) {
		if (words[i].want[0] == '\0')
			continue;
		if (words[i].have == NULL || strcmp(words[i].want, words[i].have) != 0)
			return -1;
		weight += words[i].weight;
	}
	return weight;
}

const struct policy *reference_policy_for(const struct reference *ref, const struct policy_facts *facts)
{
	const struct policy *rows = ref->table[REF_POLICIES].rows, *best = NULL;
	int best_weight = -1;

	for (size_t i = 0; i < ref->table[REF_POLICIES].n; i++) {
		int weight = policy_weight(&rows[i], facts);

		if (weight > best_weight || (weight >= 0 && weight == best_weight && rows[i].rule.version > best->rule.version)) {
			best = &rows[i];
			best_weight = weight;
		}
	}
	return best;
}

static bool is_filler(uint32_t c)
{
	return c <= ' ' || strchr("!.,?~;:", (int)(c < 128 ? c : ' ')) != NULL || c == 0x3002 /* 。 */ || c == 0x3001 /* 、 */ || c == 0x2026 /* … */;
}

/* Text without blanks and punctuation, ASCII letters small; false when longer than any greeting. */
static bool strip_message(const char *text, char *out, size_t size)
{
	char folded[4 * GREETING_MAX];
	size_t len = 0;
	bool whole;

	fold_text(text, folded, sizeof(folded), &whole);
	for (const char *p = folded; whole && *p != '\0';) {
		uint32_t c;
		int n = fold_char(p, &c);

		if (!is_filler(c)) {
			if (len + (size_t)n >= size)
				return false;
			for (int i = 0; i < n; i++)
				out[len++] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]);
		}
		p += n;
	}
	out[len] = '\0';
	return whole;
}

bool reference_is_greeting(const struct reference *ref, const char *text)
{
	const struct greeting *rows = ref->table[REF_GREETINGS].rows;
	char said[GREETING_MAX], known[GREETING_MAX];

	if (!strip_message(text, said, sizeof(said)))
		return false;
	for (size_t i = 0; i < ref->table[REF_GREETINGS].n; i++)
		if (strip_message(rows[i].text, known, sizeof(known)) && strcmp(said, known) == 0)
			return true;
	return said[0] == '\0';
}

#define PLAIN_MAX 32768 /* an entry of the longest kind */

const char *reference_risk(const struct reference *ref, const char *text)
{
	const struct risk_word *rows = ref->table[REF_RISK].rows;
	char plain[PLAIN_MAX];

	if (!risk_plain(text, plain, sizeof(plain)))
		return "unreadable";
	for (size_t i = 0; i < ref->table[REF_RISK].n; i++)
		if (risk_holds(plain, rows[i].plain))
			return rows[i].class;
	return NULL;
}
