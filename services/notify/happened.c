#include "notify/happened.h"
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "domain/alert.h"
#include "domain/timefmt.h"

/* Whom an event concerns: the officer that it names, else of the party that it names, else who has the case; the duty supervisors
 * of the unit that it names, else of the lead's, or of the nearest one above that has any; a user that it names. */
static const struct { const char *event; enum alert kind; const char *who; } TELLS[] = {
	{ "assigned", ALERT_ASSIGNED, "officer" }, { "warned", ALERT_WARNED, "officer" }, { "breached", ALERT_BREACHED, "officer" },
	{ "escalated", ALERT_ESCALATED, "duty" }, { "party_invited", ALERT_INVITED, "duty" }, { "party_assigned", ALERT_INVITED, "officer" },
	{ "task_due", ALERT_TASK, "person" },
};

struct head { int64_t version; char number[QL_TEXT_SIZE(40)], event[QL_TEXT_SIZE(40)], state[QL_TEXT_SIZE(40)], at[QL_TEXT_SIZE(40)], audience[QL_TEXT_SIZE(16)]; int64_t unit, enterprise; };
static const struct ql_field HEAD[] = {
	QL_NEED(struct head, version),  QL_NEED(struct head, number), QL_NEED(struct head, event), QL_NEED(struct head, state), QL_NEED(struct head, at),
	QL_NEED(struct head, audience), QL_MAY(struct head, unit),    QL_MAY(struct head, enterprise),
};
struct actor_in { char kind[QL_TEXT_SIZE(20)]; int64_t id; };
static const struct ql_field ACTOR[] = { QL_NEED(struct actor_in, kind), QL_MAY(struct actor_in, id) };

static void put_id(struct ql_buf *b, const char *key, int64_t id)
{
	if (id > 0)
		ql_json_i64(b, key, id);
	else
		ql_json_raw(b, key, NULL);
}

/* An id among the facts, whatever else they are. */
static int64_t fact_id(const json_t *data, const char *name)
{
	const json_t *v = json_object_get(data, name);

	return json_is_integer(v) && json_integer_value(v) > 0 && json_integer_value(v) <= INT32_MAX ? json_integer_value(v) : 0; /* a case's id is larger, none of these is */
}

static void put_facts(struct ql_buf *b, const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT);

	ql_json_raw(b, "data", text != NULL && strlen(text) <= HAPPENED_FACTS_MAX ? text : "{\"omitted\":true}");
	free(text);
}

static void put_notice(struct ql_buf *b, const char *event, const json_t *data)
{
	for (size_t i = 0; i < QL_LEN(TELLS); i++)
		if (strcmp(TELLS[i].event, event) == 0) {
			ql_json_text(b, "kind", alert_name(TELLS[i].kind));
			ql_json_text(b, "who", TELLS[i].who);
			put_id(b, "officer", fact_id(data, "coordinator"));
			put_id(b, "party", fact_id(data, "party"));
			ql_json_text(b, "of_unit", json_string_value(json_object_get(data, "unit"))); /* its code */
			put_id(b, "person", fact_id(data, "user"));
		}
}

static enum ql_rc write_row(const json_t *root, struct ql_buf *b, struct ql_err *err)
{
	const json_t *id = json_object_get(root, "case"), *data = json_object_get(root, "data"), *who = json_object_get(root, "actor");
	struct head h = { 0 };
	struct actor_in actor = { 0 };
	ql_time at;
	enum ql_rc rc = ql_json_decode(root, "", HEAD, QL_LEN(HEAD), &h, err);

	if (rc == QL_OK && (h.version < 1 || h.version > INT32_MAX || h.unit > INT32_MAX))
		rc = ql_reject(err, "/version", "out of range");
	if (rc == QL_OK && !rfc3339_parse(h.at, strlen(h.at), &at, NULL))
		rc = ql_reject(err, "/at", "is not a date and time with offset");
	if (rc == QL_OK && (!json_is_integer(id) || !json_is_object(data)))
		rc = ql_reject(err, json_is_integer(id) ? "/data" : "/case", "missing or not what it should be");
	if (rc == QL_OK)
		rc = ql_json_decode(who, "/actor", ACTOR, QL_LEN(ACTOR), &actor, err);
	if (rc != QL_OK)
		return rc;
	ql_json_open(b, NULL, '{');
	ql_json_i64(b, "case_id", json_integer_value(id));
	ql_json_i64(b, "version", h.version);
	ql_json_text(b, "number", h.number);
	ql_json_text(b, "event", h.event);
	ql_json_text(b, "state", h.state);
	ql_json_text(b, "at", h.at);
	ql_json_text(b, "audience", h.audience);
	put_id(b, "unit", h.unit);
	put_id(b, "enterprise", h.enterprise);
	ql_json_text(b, "actor_kind", actor.kind);
	put_id(b, "actor", actor.id);
	put_facts(b, data);
	put_notice(b, h.event, data);
	ql_json_close(b, '}');
	return QL_OK;
}

enum ql_rc happened_write(const char *value, size_t len, struct ql_buf *rows, struct ql_err *err)
{
	json_t *root = NULL;
	enum ql_rc rc = ql_json_parse(value, len, &root, err);

	if (rc == QL_OK)
		rc = json_is_object(root) ? write_row(root, rows, err) : ql_fail(err, QL_REJECT, "not an object");
	json_decref(root);
	return rc;
}
