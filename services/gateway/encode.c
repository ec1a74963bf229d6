/* encode.c -- events from happenings: the rows of a whole batch are read in one round trip, each event is written once for
 * each kind of reader. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "domain/timefmt.h"
#include "river_int.h"
#include "river_store.h"
#include "stats.h"

#define IDS_MAX     (24 * RIVER_BATCH) /* bytes of "{1,2,...}" */
#define TELL_ROSTER QL_SECOND

void encoder_open(struct encoder *e)
{
	for (int i = 0; i < READERS; i++)
		ql_buf_init(&e->text[i], EVENT_TEXT_MAX);
}

static void drop_events(struct encoder *e)
{
	struct event *next;

	for (size_t i = 0; i < RIVER_BATCH; i++) {
		for (struct event *x = e->made[i]; x != NULL; x = next) {
			next = x->next;
			event_free(x);
		}
		e->made[i] = NULL;
	}
	for (struct event *x = e->events; x != NULL; x = next) {
		next = x->next;
		event_free(x);
	}
	e->events = NULL;
	e->end = &e->events;
}

void encoder_close(struct encoder *e)
{
	drop_events(e);
	for (int i = 0; i < READERS; i++)
		ql_buf_free(&e->text[i]);
}

/* --- small sets --- */

static void add_id(struct ql_buf *b, int64_t id)
{
	ql_buf_fmt(b, "%s%" PRId64, b->len > 1 ? "," : "", id);
}

/* "{5,1,-17}"; -1 when it is more than fit. */
static int32_t parse_scopes(const char *text, int64_t scopes[EVENT_SCOPES])
{
	int32_t n = 0;
	char *end;

	for (const char *at = text + 1; *at != '}' && *at != '\0'; at = end + (*end == ',')) {
		if (n == EVENT_SCOPES)
			return -1;
		scopes[n++] = strtoll(at, &end, 10);
		if (end == at)
			return -1;
	}
	return n;
}

static bool has(const int64_t *list, int32_t n, int64_t wanted)
{
	for (int32_t i = 0; i < n; i++)
		if (list[i] == wanted)
			return true;
	return false;
}

static void roster_changed(struct encoder *e, int64_t coordinator)
{
	if (coordinator != 0 && e->n_roster < ROSTER_CHANGED && !has(e->roster, (int32_t)e->n_roster, coordinator))
		e->roster[e->n_roster++] = coordinator;
}

/* --- writing --- */

static void position_behind(const struct encoder *e, size_t i, struct position *at)
{
	*at = e->at;
	for (size_t k = 0; k <= i; k++)
		at->next[e->what[k].slot] = e->what[k].offset + 1;
}

static void put_position(const struct encoder *e, size_t i, struct ql_buf *b)
{
	char token[POSITION_TOKEN];
	struct position at;

	position_behind(e, i, &at);
	position_encode(&at, token);
	ql_json_text(b, "position", token);
}

static const char *name_of(const struct encoder *e, const struct happening *h)
{
	for (size_t i = 0; i < e->n_names; i++)
		if (e->names[i].id == h->actor_id && strcmp(e->names[i].kind, h->actor_kind) == 0)
			return e->names[i].name;
	return NULL;
}

/* The unit in which an event stays: the same rule as that of row security on the journal. */
static int64_t stays_in(const struct happening *h)
{
	return strcmp(h->audience, "unit") == 0 && h->unit != 0 ? h->unit : strcmp(h->audience, "public") == 0 || strcmp(h->audience, "parties") == 0 ? 0 : EVENT_SEALED;
}

/* An enterprise hears what was said to it, or to everyone on the case, once it can't be taken back; of anything else only that the row is another. */
static bool may_know(const struct happening *h, enum reader as, int64_t principal)
{
	if (as == READ_STAFF || as == READ_OTHER_UNIT)
		return as == READ_STAFF;
	if (h->held)
		return false;
	return strcmp(h->audience, "public") == 0 && (h->enterprise == 0 || (as == READ_PRINCIPAL && h->enterprise == principal));
}

static void put_actor(const struct encoder *e, const struct happening *h, enum reader as, int64_t principal, struct ql_buf *b)
{
	const bool known = may_know(h, as, principal);
	const bool own = as == READ_PRINCIPAL && strcmp(h->actor_kind, "enterprise") == 0 && h->actor_id == principal;

	ql_json_open(b, "actor", '{');
	ql_json_text(b, "kind", known ? h->actor_kind : "system");
	if (known && h->actor_id != 0)
		ql_json_i64(b, "id", h->actor_id);
	else
		ql_json_raw(b, "id", NULL);
	ql_json_text(b, "name", known && (as == READ_STAFF || own) ? name_of(e, h) : NULL);
	ql_json_close(b, '}');
}

static void put_event(const struct encoder *e, size_t i, enum reader as, const struct river_case *c, struct ql_buf *b)
{
	const struct happening *h = &e->what[i];

	ql_buf_reset(b);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "type", "event");
	put_position(e, i, b);
	ql_json_open(b, "event", '{');
	ql_json_text(b, "name", may_know(h, as, c->principal) ? h->event : "updated");
	ql_json_i64(b, "version", h->version);
	ql_json_text(b, "at", h->at);
	put_actor(e, h, as, c->principal, b);
	ql_json_close(b, '}');
	ql_json_raw(b, "case", c->row[as]);
	ql_json_close(b, '}');
}

static void append(struct encoder *e, size_t i, struct event *made)
{
	struct event **at = &e->made[i];

	e->failed |= made == NULL;
	while (*at != NULL)
		at = &(*at)->next;
	*at = made;
}

static void make_event(struct encoder *e, size_t i, const struct river_case *c, const int64_t *scopes, int32_t n)
{
	const char *texts[READERS] = {0};
	int64_t recused[EVENT_SCOPES];
	const int32_t n_recused = parse_scopes(c->recused, recused);
	struct event *made;

	for (enum reader as = 0; as < READERS; as++) {
		if (c->row[as] == NULL || (as == READ_OTHER_UNIT && stays_in(&e->what[i]) == 0))
			continue;
		put_event(e, i, as, c, &e->text[as]);
		if (ql_buf_ok(&e->text[as]))
			texts[as] = e->text[as].data;
		else
			ql_log(QL_ERROR, "event_too_large", "case=%" PRId64 " most=%zu", c->id, EVENT_TEXT_MAX);
	}
	made = event_new(e->what[i].slot, e->what[i].offset, scopes, n, texts);
	if (made != NULL) {
		made->principal = c->principal;
		made->unit = stays_in(&e->what[i]);
	}
	if (made != NULL && n_recused > 0 && !event_hide(made, recused, n_recused)) {
		event_free(made);
		made = NULL;
	}
	append(e, i, made);
}

/* --- who may no longer see it --- */

static void make_gone(struct encoder *e, size_t i, int64_t case_id, const int64_t *scopes, int32_t n)
{
	struct ql_buf *b = &e->text[READ_STAFF];
	const char *texts[READERS];

	ql_buf_reset(b);
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "type", "gone");
	put_position(e, i, b);
	ql_json_i64(b, "id", case_id);
	ql_json_close(b, '}');
	for (int as = 0; as < READERS; as++)
		texts[as] = b->data;
	append(e, i, event_new(e->what[i].slot, e->what[i].offset, scopes, n, texts));
}

static void compare_known(struct encoder *e, size_t i, const struct river_case *c, const int64_t *scopes, int32_t n)
{
	struct known_case *k = &e->known[(uint64_t)c->id % CASES_KNOWN];
	int64_t gone[KNOWN_SCOPES], officers[EVENT_SCOPES];
	int32_t n_gone = 0;

	if (k->id == c->id) {
		for (int32_t s = 0; s < k->n; s++)
			if (!has(scopes, n, k->scopes[s]))
				gone[n_gone++] = k->scopes[s];
		if (k->coordinator != c->coordinator)
			roster_changed(e, k->coordinator);
	}
	roster_changed(e, c->coordinator);
	for (int32_t s = 0, n_officers = parse_scopes(c->officers, officers); s < n_officers; s++)
		roster_changed(e, officers[s]);
	if (n_gone > 0)
		make_gone(e, i, c->id, gone, n_gone);
	k->id = c->id;
	k->coordinator = c->coordinator;
	k->n = n <= KNOWN_SCOPES ? n : 0;
	memcpy(k->scopes, scopes, (size_t)k->n * sizeof(*scopes));
}

/* --- reading --- */

static void on_name(void *ctx, const struct river_name *name)
{
	static const char *const KINDS[] = { "coordinator", "supervisor", "operator", "enterprise" };
	struct encoder *e = ctx;

	for (size_t i = 0; i < QL_LEN(KINDS) && e->n_names < RIVER_BATCH; i++) {
		if (strcmp(KINDS[i], name->kind) != 0)
			continue;
		e->names[e->n_names].kind = KINDS[i];
		e->names[e->n_names].id = name->id;
		snprintf(e->names[e->n_names++].name, sizeof(e->names[0].name), "%s", name->name);
	}
}

static void on_case(void *ctx, const struct river_case *c)
{
	struct encoder *e = ctx;
	int64_t scopes[EVENT_SCOPES];
	int32_t n = parse_scopes(c->scopes, scopes);
	size_t last = RIVER_BATCH;

	if (n < 0) {
		ql_log(QL_ERROR, "too_many_scopes", "case=%" PRId64 " most=%d", c->id, EVENT_SCOPES);
		n = EVENT_SCOPES; /* whoever is behind them learns of it from the list, not live */
	}
	for (size_t i = 0; i < e->n; i++) {
		if (e->what[i].roster || e->what[i].case_id != c->id)
			continue;
		make_event(e, i, c, scopes, n);
		last = i;
	}
	if (last < RIVER_BATCH)
		compare_known(e, last, c, scopes, n);
}

static void observe(const struct encoder *e)
{
	ql_time at, now = ql_now();

	for (size_t i = 0; i < e->n; i++)
		if (!e->what[i].roster && rfc3339_parse(e->what[i].at, strlen(e->what[i].at), &at, NULL) && now > at)
			ql_observe(&stats.river_seconds, now - at);
}

/* Ids of the actors of one kind, or of another. */
static void list_actors(const struct encoder *e, const char *kind, const char *other, struct ql_buf *b)
{
	ql_buf_init(b, IDS_MAX);
	ql_buf_str(b, "{");
	for (size_t i = 0; i < e->n; i++)
		if (!e->what[i].roster && e->what[i].actor_id != 0 && (strcmp(e->what[i].actor_kind, kind) == 0 || strcmp(e->what[i].actor_kind, other) == 0))
			add_id(b, e->what[i].actor_id);
	ql_buf_str(b, "}");
}

static void list_cases(const struct encoder *e, struct ql_buf *b)
{
	ql_buf_init(b, IDS_MAX);
	ql_buf_str(b, "{");
	for (size_t i = 0; i < e->n; i++)
		if (!e->what[i].roster)
			add_id(b, e->what[i].case_id);
	ql_buf_str(b, "}");
}

static enum ql_rc read_cases(struct encoder *e, struct ql_pg *pg, struct ql_err *err)
{
	struct ql_buf cases, coordinators, users, enterprises;
	struct river_reads reads = { .on_case = on_case, .on_name = on_name, .ctx = e, .inside = !e->outside };
	enum ql_rc rc = QL_OK;

	list_cases(e, &cases);
	list_actors(e, "coordinator", "", &coordinators);
	list_actors(e, "supervisor", "operator", &users);
	list_actors(e, "enterprise", "", &enterprises);
	reads.cases = cases.data;
	reads.coordinators = coordinators.data;
	reads.users = users.data;
	reads.enterprises = enterprises.data;
	if (cases.len > 2)
		rc = store_river(pg, &reads, err);
	ql_buf_free(&cases);
	ql_buf_free(&coordinators);
	ql_buf_free(&users);
	ql_buf_free(&enterprises);
	return rc;
}

static void chain(struct encoder *e)
{
	e->end = &e->events;
	for (size_t i = 0; i < e->n; i++) {
		*e->end = e->made[i];
		e->made[i] = NULL;
		while (*e->end != NULL)
			e->end = &(*e->end)->next;
	}
}

/* --- roster --- */

static void on_unit(void *ctx, const char *text, const char *items)
{
	struct encoder *e = ctx;
	struct ql_buf *b = &e->text[READ_STAFF];
	const char *texts[READERS] = {0};
	int64_t scopes[EVENT_SCOPES];
	int32_t n = parse_scopes(text, scopes);
	struct event *made;

	ql_buf_reset(b);
	ql_buf_str(b, "{\"type\":\"roster\",\"items\":[");
	ql_buf_str(b, items);
	ql_buf_str(b, "]}");
	if (!ql_buf_ok(b) || n < 0)
		return; /* a page that asks for the roster gets it */
	texts[READ_STAFF] = b->data;
	made = event_new(e->last_slot, e->last_offset, scopes, n, texts);
	e->failed |= made == NULL;
	if (made == NULL)
		return;
	*e->end = made;
	e->end = &made->next;
}

/* Loads move with every event; a roster that is told once a second is soon enough for the eye. */
static enum ql_rc tell_roster(struct encoder *e, struct ql_pg *pg, struct ql_err *err)
{
	ql_time now = ql_monotonic();
	struct ql_buf ids;
	enum ql_rc rc;

	if (e->outside)
		e->n_roster = 0; /* an enterprise has no roster */
	if (e->n_roster == 0 || now - e->roster_at < TELL_ROSTER)
		return QL_OK;
	ql_buf_init(&ids, 24 * ROSTER_CHANGED);
	ql_buf_str(&ids, "{");
	for (size_t i = 0; i < e->n_roster; i++)
		add_id(&ids, e->roster[i]);
	ql_buf_str(&ids, "}");
	rc = store_river_roster(pg, ids.data, on_unit, e, err);
	ql_buf_free(&ids);
	if (rc != QL_OK)
		return rc;
	e->n_roster = 0;
	e->roster_at = now;
	return QL_OK;
}

enum ql_rc encoder_run(struct encoder *e, struct ql_pg *pg, struct ql_err *err)
{
	enum ql_rc rc;

	drop_events(e);
	e->n_names = 0;
	e->failed = false;
	for (size_t i = 0; i < e->n; i++) {
		if (e->what[i].roster)
			roster_changed(e, e->what[i].coordinator);
		e->last_slot = e->what[i].slot;
		e->last_offset = e->what[i].offset;
	}
	rc = read_cases(e, pg, err);
	if (rc == QL_OK) {
		chain(e);
		rc = tell_roster(e, pg, err);
	}
	if (rc == QL_OK && e->failed)
		rc = ql_fail(err, QL_RETRY, "out of memory for events");
	if (rc != QL_OK)
		drop_events(e);
	else
		observe(e);
	return rc;
}
