/* happening.c -- a record of case.events or roster.events into a struct. */
#include <string.h>

#include "base/log.h"
#include "river_int.h"

#define FIELD(name, member, required) \
	{ name, _Generic(((struct happening *)0)->member, int64_t: QL_JSON_I64, char *: QL_JSON_TEXT), offsetof(struct happening, member), \
	  sizeof(((struct happening *)0)->member), required, NULL, NULL }

static const struct ql_field CASE_EVENT[] = {
	FIELD("case", case_id, true),   FIELD("version", version, true),   FIELD("event", event, true),
	FIELD("at", at, true),          FIELD("audience", audience, false), FIELD("enterprise", enterprise, false),
	FIELD("unit", unit, false),
};
static const struct ql_field ACTOR[] = {
	FIELD("kind", actor_kind, true),
	FIELD("id", actor_id, false),
};
static const struct ql_field ROSTER_EVENT[] = {
	FIELD("coordinator", coordinator, true), FIELD("event", event, true), FIELD("at", at, true),
};

static enum ql_rc decode(const json_t *json, bool roster, struct happening *h, struct ql_err *err)
{
	enum ql_rc rc;

	if (roster)
		return ql_json_decode(json, "", ROSTER_EVENT, QL_LEN(ROSTER_EVENT), h, err);
	rc = ql_json_decode(json, "", CASE_EVENT, QL_LEN(CASE_EVENT), h, err);
	h->held = json_is_string(json_object_get(json_object_get(json, "data"), "held_until"));
	return rc == QL_OK ? ql_json_decode(json_object_get(json, "actor"), "/actor", ACTOR, QL_LEN(ACTOR), h, err) : rc;
}

bool happening_decode(const char *text, size_t len, bool roster, struct happening *h)
{
	struct ql_err err = {0};
	json_t *json = NULL;
	enum ql_rc rc = ql_json_parse(text, len, &json, &err);

	*h = (struct happening){ .roster = roster };
	if (rc == QL_OK)
		rc = decode(json, roster, h, &err);
	json_decref(json);
	if (rc != QL_OK)
		ql_log_err("event_not_understood", &err);
	return rc == QL_OK;
}
