#include "dispatch/wake.h"
#include <string.h>
#include "base/json.h"

#define CASE_PREFIX "qingling.case."

static const struct { const char *event; unsigned wakes; } EVENTS[] = {
	{ "opened", WAKE_CASE },
	{ "attached", WAKE_CASE }, /* may bring a nearer need */
	{ "need_set", WAKE_CASE },
	{ "classified", WAKE_CASE | WAKE_FACTS },
	{ "tier_changed", WAKE_CASE | WAKE_FACTS },
	{ "reroute_proposed", WAKE_NOTHING },
	{ "reopened", WAKE_CASE },
	{ "unmerged", WAKE_CASE },
	{ "undelivered", WAKE_CASE },
	{ "objected", WAKE_CASE },
	{ "withdrawn", WAKE_CASE }, /* an answer taken back whose officer has no room any more */
	{ "declined", WAKE_CASE | WAKE_LOAD },
	{ "not_accepted", WAKE_CASE | WAKE_LOAD },
	{ "released", WAKE_CASE | WAKE_LOAD },
	{ "answered", WAKE_LOAD },
	{ "closed", WAKE_LOAD | WAKE_CASE },
	{ "merged", WAKE_LOAD | WAKE_CASE },
	{ "assigned", WAKE_NOTHING },
	{ "accepted", WAKE_NOTHING },
	{ "replied", WAKE_NOTHING },
	{ "noted", WAKE_NOTHING },
	{ "attached_file", WAKE_NOTHING },
	{ "asked", WAKE_NOTHING },
	{ "resumed", WAKE_NOTHING },
	{ "linked", WAKE_NOTHING },
	{ "call_attempted", WAKE_NOTHING },
	{ "party_invited", WAKE_CASE },
	{ "party_assigned", WAKE_NOTHING },
	{ "party_accepted", WAKE_NOTHING },
	{ "party_refused", WAKE_CASE | WAKE_LOAD },
	{ "party_not_accepted", WAKE_CASE | WAKE_LOAD },
	{ "contributed", WAKE_NOTHING },
	{ "party_done", WAKE_LOAD },
	{ "party_withdrawn", WAKE_LOAD },
	{ "hand_over_asked", WAKE_CASE },
	{ "hand_over_accepted", WAKE_CASE | WAKE_LOAD },
	{ "hand_over_refused", WAKE_LOAD },
	{ "arbitration_asked", WAKE_LOAD },
	{ "ruled", WAKE_CASE | WAKE_LOAD },
	{ "pass_on_asked", WAKE_NOTHING },
	{ "pass_on_accepted", WAKE_LOAD },
	{ "pass_on_refused", WAKE_NOTHING },
	{ "recused", WAKE_CASE | WAKE_LOAD },
	{ "meeting_called", WAKE_NOTHING },
	{ "meeting_held", WAKE_NOTHING },
	{ "task_added", WAKE_NOTHING },
	{ "task_done", WAKE_NOTHING },
	{ "task_reopened", WAKE_NOTHING },
	{ "visit_planned", WAKE_NOTHING },
	{ "visit_held", WAKE_NOTHING },
	{ "warned", WAKE_NOTHING },
	{ "breached", WAKE_NOTHING },
	{ "late", WAKE_NOTHING },
	{ "escalated", WAKE_NOTHING },
	{ "waiting", WAKE_NOTHING },
	{ "delivered", WAKE_NOTHING },
	{ "proposed", WAKE_NOTHING },
	{ "returned", WAKE_NOTHING },
	{ "announced", WAKE_NOTHING },
	{ "pressed_on", WAKE_NOTHING },
	{ "review_asked", WAKE_NOTHING },
	{ "reviewed", WAKE_NOTHING },
	{ "enterprises_changed", WAKE_CASE }, /* another principal is another order of draw */
	{ "references_changed", WAKE_NOTHING },
	{ "moved_out", WAKE_NOTHING },
	{ "moved_in", WAKE_NOTHING },
	{ "split", WAKE_NOTHING },
	{ "absorbed", WAKE_NOTHING },
	{ "separated", WAKE_NOTHING },
	{ "reopened_later", WAKE_NOTHING },
	{ "revealed", WAKE_NOTHING },
	{ "held", WAKE_NOTHING },
	{ "hold_released", WAKE_NOTHING },
	{ "erased", WAKE_NOTHING },
	{ "promised", WAKE_CASE }, /* another due time is another place in the order */
	{ "rebased", WAKE_CASE },
	{ "extended", WAKE_CASE },
	{ "pause_voided", WAKE_CASE },
	{ "pause_agreed", WAKE_NOTHING },
	{ "pause_contested", WAKE_NOTHING },
	{ "pause_upheld", WAKE_NOTHING },
	{ "extension_asked", WAKE_NOTHING },
	{ "extension_refused", WAKE_NOTHING },
};

unsigned wake_of_type(const char *type, size_t len)
{
	const size_t skip = sizeof(CASE_PREFIX) - 1;

	if (len <= skip || memcmp(type, CASE_PREFIX, skip) != 0)
		return WAKE_NOTHING; /* a canary, or nothing of ours */
	type += skip;
	len -= skip;
	for (size_t i = 0; i < QL_LEN(EVENTS); i++) {
		size_t n = strlen(EVENTS[i].event);

		if (len > n && memcmp(type, EVENTS[i].event, n) == 0 && type[n] == '.')
			return EVENTS[i].wakes;
	}
	return WAKE_CASE | WAKE_LOAD | WAKE_FACTS;
}

int64_t wake_case_id(const char *key, size_t len)
{
	int64_t id = 0;

	if (key == NULL || len == 0 || len > 18)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < '0' || key[i] > '9')
			return 0;
		id = id * 10 + (key[i] - '0');
	}
	return id;
}

int64_t wake_coordinator(const char *json, size_t len)
{
	struct { int64_t coordinator; } body = { 0 };
	const struct ql_field fields[] = {
		{ "coordinator", QL_JSON_I64, 0, sizeof(body.coordinator), true, NULL, NULL },
	};
	struct ql_err err = { 0 };
	json_t *root = NULL;

	if (json == NULL || ql_json_parse(json, len, &root, &err) != QL_OK)
		return 0;
	if (ql_json_decode(root, "", fields, QL_LEN(fields), &body, &err) != QL_OK)
		body.coordinator = 0;
	json_decref(root);
	return body.coordinator;
}
