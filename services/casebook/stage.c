#include <stdio.h>
#include <string.h>
#include "casebook/unit_int.h"

static struct ql_buf *row(struct casebook *cb, enum stage stage, int64_t case_id)
{
	struct ql_buf *b = ql_rows_begin(&cb->rows[stage]);

	ql_json_i64(b, "case_id", case_id);
	return b;
}

static void done(struct casebook *cb, enum stage stage) { ql_rows_end(&cb->rows[stage]); }

/* A reference to another row: 0 is null. */
static void put_id(struct ql_buf *b, const char *key, int64_t id)
{
	if (id != 0)
		ql_json_i64(b, key, id);
	else
		ql_json_raw(b, key, NULL);
}

static void put_hash(struct ql_buf *b, const char *key, const unsigned char hash[CASE_HASH])
{
	char hex[2 + 2 * CASE_HASH + 1] = "\\x";

	for (int i = 0; i < CASE_HASH; i++)
		snprintf(hex + 2 + 2 * i, 3, "%02x", hash[i]);
	ql_json_text(b, key, hex);
}

static void put_ids(struct ql_buf *b, const char *key, const int64_t *ids, int n)
{
	ql_json_open(b, key, '[');
	for (int i = 0; i < n; i++)
		ql_json_i64(b, NULL, ids[i]);
	ql_json_close(b, ']');
}

/* What can change in a case's life, for new and changed ones alike. */
static void put_state(struct ql_buf *b, const struct case_file *c)
{
	ql_json_text(b, "state", case_state_name(c->state));
	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "tier", c->tier);
	put_id(b, "coordinator_id", c->coordinator);
	put_id(b, "first_asked_id", c->first_asked);
	put_ids(b, "tried", c->tried, c->n_tried);
	ql_json_time(b, "needed_by", c->needed_by);
	ql_json_text(b, "needed_reason", c->needed_reason);
	ql_json_time(b, "promise_at", c->promise_at);
	ql_json_time(b, "sort_at", c->sort_at);
	ql_json_time(b, "answered_at", c->answered_at);
	ql_json_time(b, "closed_at", c->closed_at);
	ql_json_time(b, "last_spoken_at", c->last_spoken_at);
	ql_json_text(b, "outcome", c->outcome);
	ql_json_text(b, "closed_way", c->closed_way);
	ql_json_i64(b, "cycle", c->cycle);
	ql_json_i64(b, "repeats", c->repeats);
	ql_json_i64(b, "entries", c->entries);
	ql_json_i64(b, "clocks", c->clocks_used);
	ql_json_i64(b, "parties", c->parties_used);
	ql_json_i64(b, "call_attempts", c->call_attempts);
	ql_json_i64(b, "lead_refusals", c->lead_refusals);
	put_id(b, "lead_unit_id", c->lead_unit);
	put_id(b, "district_id", c->district);
	ql_json_text(b, "why", c->why);
	put_id(b, "merged_into", c->merged_into);
	ql_json_text(b, "merged_state", c->merged_state);
	put_hash(b, "head_hash", c->head);
}

void stage_case_new(struct casebook *cb, const struct case_file *c, const struct case_spec *s)
{
	struct ql_buf *b = row(cb, STAGE_CASES_NEW, c->id);

	put_state(b, c);
	ql_json_text(b, "number", c->number);
	ql_json_text(b, "procedure", procedure_name(c->procedure));
	ql_json_text(b, "kind", c->kind);
	ql_json_text(b, "subject", s->subject);
	ql_json_text(b, "category", c->category);
	ql_json_text(b, "priority", c->priority);
	ql_json_text(b, "channel", c->channel);
	ql_json_text(b, "channel_user", s->channel_user);
	ql_json_text(b, "language", c->language);
	ql_json_text(b, "reach", reach_name(c->reach));
	put_id(b, "principal_id", c->principal);
	put_id(b, "home_unit_id", c->home_unit);
	put_id(b, "goods_unit_id", c->goods_unit);
	ql_json_i64(b, "weight", c->weight);
	ql_json_time(b, "received_at", c->received_at);
	ql_json_time(b, "occurred_at", c->occurred_at);
	ql_json_time(b, "opened_at", c->opened_at);
	ql_json_time(b, "updated_at", cb->now);
	done(cb, STAGE_CASES_NEW);
	search_identify(&cb->search, c->id, c->number);
	search_head(&cb->search, c->id, s->subject);
}

/* Closing and reopening move it in the index. */
static void stage_found_moved(struct casebook *cb, struct case_file *c)
{
	const bool open = lifecycle_is_open(c->state);

	if (c->found_open == open)
		return;
	c->found_open = open;
	ql_json_bool(row(cb, STAGE_FOUND_MOVED, c->id), "open", open);
	done(cb, STAGE_FOUND_MOVED);
}

void stage_case_changed(struct casebook *cb, struct case_file *c)
{
	struct ql_buf *b = row(cb, STAGE_CASES_CHANGED, c->id);

	put_state(b, c);
	ql_json_i64(b, "loaded_version", c->loaded_version);
	ql_json_time(b, "updated_at", cb->now);
	done(cb, STAGE_CASES_CHANGED);
	stage_found_moved(cb, c);
}

/* Everything is the root's: a search there is not narrowed. The scopes of the leading unit were noted when it came to lead. */
static bool is_narrower(const struct casebook *cb, const struct case_file *c, int64_t scope)
{
	const struct unit *lead = reference_unit(cb->ref, c->found_lead), *root = reference_root(cb->ref);

	if (root != NULL && scope == root->id)
		return false;
	for (int i = 0; !cb->search.opening && lead != NULL && i < UNIT_DEPTH && lead->ancestors[i] != 0; i++)
		if (lead->ancestors[i] == scope)
			return false;
	return true;
}

void stage_access(struct casebook *cb, const struct case_file *c, int64_t scope)
{
	struct ql_buf *b = row(cb, STAGE_ACCESS, c->id);

	ql_json_i64(b, "scope", scope);
	ql_json_bool(b, "open", lifecycle_is_open(c->state));
	ql_json_time(b, "sort_at", c->sort_at);
	done(cb, STAGE_ACCESS);
	if (is_narrower(cb, c, scope))
		search_scope(&cb->search, c->id, scope);
}

void stage_alias(struct casebook *cb, const struct case_file *c, const char *alias)
{
	ql_json_text(row(cb, STAGE_ALIASES, c->id), "alias", alias);
	done(cb, STAGE_ALIASES);
	search_identify(&cb->search, c->id, alias);
}

void stage_person(struct casebook *cb, const struct case_file *c, const struct case_person_in *p)
{
	struct ql_buf *b = row(cb, STAGE_PEOPLE, c->id);

	ql_json_text(b, "name", p->name);
	ql_json_text(b, "phone", p->phone);
	ql_json_text(b, "phone_key", p->phone_key);
	ql_json_text(b, "channel", p->channel);
	ql_json_text(b, "channel_user", p->channel_user);
	done(cb, STAGE_PEOPLE);
}

void stage_enterprise(struct casebook *cb, const struct case_file *c, const struct case_enterprise_in *e)
{
	struct ql_buf *b = row(cb, STAGE_ENTERPRISES, c->id);

	ql_json_i64(b, "enterprise_id", e->id);
	ql_json_text(b, "role", e->role);
	ql_json_time(b, "since", cb->now);
	done(cb, STAGE_ENTERPRISES);
	stage_access(cb, c, -e->id);
	search_enterprise(&cb->search, c->id, e->id);
}

void stage_access_of(struct casebook *cb, const struct case_file *c, int32_t unit)
{
	const struct unit *u = reference_unit(cb->ref, unit);

	for (int i = 0; u != NULL && i < UNIT_DEPTH && u->ancestors[i] != 0; i++)
		stage_access(cb, c, u->ancestors[i]);
}

void stage_leave(struct casebook *cb, const struct case_file *c)
{
	row(cb, STAGE_LEAVES, c->id);
	done(cb, STAGE_LEAVES);
}

static const char *const PARTY_STATE_NAMES[PARTY_STATES] = { "invited", "refused", "working", "done", "withdrawn" };

static void stage_party(struct casebook *cb, const struct case_file *c, const struct case_party *p)
{
	const enum stage stage = p->fresh ? STAGE_PARTIES : STAGE_PARTIES_CHANGED;
	struct ql_buf *b = row(cb, stage, c->id);

	ql_json_i64(b, "seq", p->seq);
	put_id(b, "unit_id", p->unit);
	ql_json_text(b, "capacity", p->capacity);
	ql_json_bool(b, "is_lead", p->lead);
	ql_json_bool(b, "asked_lead", p->asked_lead);
	ql_json_text(b, "state", PARTY_STATE_NAMES[p->state]);
	put_id(b, "coordinator_id", p->coordinator);
	put_id(b, "asked_id", p->asked);
	ql_json_i64(b, "weight", p->weight);
	put_id(b, "invited_by", p->invited_by);
	put_ids(b, "tried", p->tried, p->n_tried);
	put_id(b, "wanted_version", p->wanted);
	put_id(b, "contribution_version", p->contribution);
	put_id(b, "result_version", p->result);
	ql_json_text(b, "body_name", p->body_name);
	ql_json_text(b, "body_mail", p->body_mail);
	ql_json_time(b, "since", p->since);
	ql_json_time(b, "accepted_at", p->accepted_at);
	ql_json_time(b, "ended_at", p->ended_at);
	done(cb, stage);
}

/* The lead that is given up goes first: there is one at a time. (A new one is written behind all that changed.) */
void stage_parties(struct casebook *cb, struct case_file *c)
{
	for (int lead = 0; lead < 2; lead++)
		for (int i = 0; i < c->n_parties; i++) {
			struct case_party *p = &c->party[i];

			if ((!p->fresh && !p->dirty) || p->lead != (lead == 1))
				continue;
			stage_party(cb, c, p);
			p->fresh = p->dirty = false;
		}
}

void stage_reference(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r)
{
	struct ql_buf *b = row(cb, STAGE_REFERENCES, c->id);

	ql_json_text(b, "type", r->type);
	ql_json_text(b, "value", r->value);
	ql_json_text(b, "given", r->given);
	ql_json_raw(b, "fault", r->fault_json);
	done(cb, STAGE_REFERENCES);
	search_identify(&cb->search, c->id, r->value);
	search_identify(&cb->search, c->id, r->given);
}

void stage_link(struct casebook *cb, const struct case_file *c, int64_t other, const char *kind)
{
	struct ql_buf *b = row(cb, STAGE_LINKS, c->id);

	ql_json_i64(b, "other_id", other);
	ql_json_text(b, "kind", kind);
	ql_json_time(b, "since", cb->now);
	done(cb, STAGE_LINKS);
}

void stage_entry(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct words *w)
{
	struct ql_buf *b = row(cb, STAGE_ENTRIES, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "audience", w->audience);
	put_id(b, "enterprise_id", w->enterprise);
	put_id(b, "unit_id", who->unit);
	put_id(b, "party_seq", who->party);
	ql_json_text(b, "author_kind", case_role_name(who->role));
	put_id(b, "author_id", who->id);
	ql_json_text(b, "channel", w->channel);
	ql_json_text(b, "text", w->text);
	ql_json_text(b, "language", w->language);
	ql_json_time(b, "at", cb->now);
	done(cb, STAGE_ENTRIES);
	search_said(&cb->search, c->id, w->audience, w->enterprise, who->unit, w->text);
}

/* Spoken words and the portal's own page arrive with being said; what travels waits for its delivery report. */
static bool arrives_at_once(const char *channel)
{
	static const char *const NEAR[] = { "portal", "hotline", "counter" };

	for (size_t i = 0; i < QL_LEN(NEAR); i++)
		if (strcmp(channel, NEAR[i]) == 0)
			return true;
	return false;
}

void stage_message(struct casebook *cb, const struct case_file *c, const char *channel) { stage_message_to(cb, c, channel, NULL); }

void stage_message_to(struct casebook *cb, const struct case_file *c, const char *channel, const char *recipient)
{
	struct ql_buf *b = row(cb, STAGE_MESSAGES, c->id);
	bool here = arrives_at_once(channel);

	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "channel", channel);
	ql_json_text(b, "recipient", recipient);
	ql_json_text(b, "state", here ? "delivered" : "queued");
	ql_json_time(b, "due_at", cb->now);
	ql_json_time(b, "settled_at", here ? cb->now : 0);
	done(cb, STAGE_MESSAGES);
}

static void put_clock(struct ql_buf *b, const struct case_clock *k)
{
	static const char *const STATES[] = { "running", "paused", "met", "stopped" };

	ql_json_i64(b, "seq", k->seq);
	ql_json_text(b, "state", STATES[k->state]);
	ql_json_time(b, "due_at", k->due_at);
	ql_json_time(b, "next_fire_at", k->next_fire_at);
	ql_json_i64(b, "fired", k->fired);
	ql_json_time(b, "breached_at", k->breached_at);
	ql_json_time(b, "ended_at", k->ended_at);
}

static void stage_clock_new(struct casebook *cb, const struct case_file *c, const struct case_clock *k)
{
	struct ql_buf *b = row(cb, STAGE_CLOCKS_NEW, c->id);

	put_clock(b, k);
	put_id(b, "party_seq", k->party);
	ql_json_text(b, "kind", clock_kind_name(k->kind));
	ql_json_i64(b, "cycle", k->cycle);
	ql_json_i64(b, "policy_id", k->policy);
	ql_json_i64(b, "calendar_id", k->calendar);
	ql_json_time(b, "started_at", k->started_at);
	done(cb, STAGE_CLOCKS_NEW);
}

/* The last stored segment may have been closed since: it is written again, the rest are new. */
static void stage_segments(struct casebook *cb, const struct case_file *c, struct case_clock *k)
{
	for (int i = k->stored > 0 ? k->stored - 1 : 0; i < k->segments; i++) {
		struct ql_buf *b = row(cb, STAGE_SEGMENTS, c->id);

		ql_json_i64(b, "clock_seq", k->seq);
		ql_json_i64(b, "seq", i + 1);
		ql_json_text(b, "kind", k->segment[i].run == CLOCK_RUN ? "run" : "pause");
		ql_json_time(b, "from_at", k->segment[i].from);
		ql_json_time(b, "to_at", k->segment[i].to);
		done(cb, STAGE_SEGMENTS);
	}
	k->stored = k->segments;
}

void stage_clocks(struct casebook *cb, struct case_file *c)
{
	for (int i = 0; i < c->n_clocks; i++) {
		struct case_clock *k = &c->clock[i];

		if (k->fresh) {
			stage_clock_new(cb, c, k);
		} else if (k->dirty) {
			put_clock(row(cb, STAGE_CLOCKS_CHANGED, c->id), k);
			done(cb, STAGE_CLOCKS_CHANGED);
		}
		if (k->fresh || k->dirty)
			stage_segments(cb, c, k);
		k->fresh = k->dirty = false;
	}
}

void stage_fire(struct casebook *cb, const struct case_file *c, const struct case_clock *k, int threshold)
{
	struct ql_buf *b = row(cb, STAGE_FIRES, c->id);

	ql_json_i64(b, "clock_seq", k->seq);
	ql_json_i64(b, "threshold", threshold);
	ql_json_time(b, "fired_at", cb->now);
	ql_json_time(b, "due_at", k->next_fire_at);
	done(cb, STAGE_FIRES);
}

/* One delta a coordinator however many cases of the unit touch it: one row to update, one lock to take. */
void stage_load(struct casebook *cb, int64_t coordinator, int32_t delta, ql_time assigned_at)
{
	size_t i = 0;

	while (i < cb->n_loads && cb->loads[i].coordinator != coordinator)
		i++;
	if (i == cb->n_loads) {
		cb->loads[cb->n_loads++].coordinator = coordinator; /* as many as officers on the cases of the unit: room for each */
		cb->loads[i].delta = 0;
		cb->loads[i].at = 0;
	}
	cb->loads[i].delta += delta;
	if (assigned_at > cb->loads[i].at)
		cb->loads[i].at = assigned_at;
}

void stage_loads(struct casebook *cb)
{
	for (size_t i = 0; i < cb->n_loads; i++) {
		struct ql_buf *b = ql_rows_begin(&cb->rows[STAGE_LOADS]);

		ql_json_i64(b, "id", cb->loads[i].coordinator);
		ql_json_i64(b, "delta", cb->loads[i].delta);
		ql_json_time(b, "at", cb->loads[i].at);
		done(cb, STAGE_LOADS);
	}
	cb->n_loads = 0;
}

void stage_journal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *event, const char *audience, int64_t enterprise)
{
	struct ql_buf *b = row(cb, STAGE_JOURNAL, c->id);
	const struct journal_row j = { c->id, c->version, c->number, event, case_state_name(c->state), cb->now, case_role_name(who->role),
	                               who->id, who->unit, audience, enterprise, cb->data.data };
	unsigned char prev[CASE_HASH];

	memcpy(prev, c->head, sizeof(prev));
	journal_hash(&j, prev, c->head);
	ql_json_i64(b, "version", j.version);
	ql_json_text(b, "number", j.number);
	ql_json_text(b, "event", j.event);
	ql_json_text(b, "state", j.state);
	ql_json_time(b, "at", j.at);
	ql_json_text(b, "actor_kind", j.actor_kind);
	put_id(b, "actor_id", j.actor_id);
	put_id(b, "unit_id", j.unit);
	ql_json_text(b, "audience", j.audience);
	put_id(b, "enterprise_id", j.enterprise);
	ql_json_text(b, "data", j.data);
	ql_json_text(b, "trace", who->trace);
	put_hash(b, "prev_hash", prev);
	put_hash(b, "hash", c->head);
	done(cb, STAGE_JOURNAL);
}
