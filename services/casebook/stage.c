#include <stdio.h>
#include <string.h>
#include "casebook/stage_int.h"

struct ql_buf *stage_row(struct casebook *cb, enum stage stage, int64_t case_id)
{
	struct ql_buf *b = ql_rows_begin(&cb->rows[stage]);

	ql_json_i64(b, "case_id", case_id);
	return b;
}

void stage_done(struct casebook *cb, enum stage stage) { ql_rows_end(&cb->rows[stage]); }

void stage_id(struct ql_buf *b, const char *key, int64_t id)
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
	stage_id(b, "coordinator_id", c->coordinator);
	stage_id(b, "first_asked_id", c->first_asked);
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
	stage_id(b, "lead_unit_id", c->lead_unit);
	stage_id(b, "district_id", c->district);
	ql_json_text(b, "why", c->why);
	ql_json_text(b, "held_state", c->held_state != CASE_NONE ? case_state_name(c->held_state) : NULL);
	ql_json_time(b, "held_until", c->held_until);
	stage_id(b, "awaited_version", c->awaited);
	stage_id(b, "announced_version", c->announced);
	ql_json_time(b, "announced_at", c->announced_at);
	ql_json_time(b, "pressed_at", c->pressed_at);
	stage_id(b, "merged_into", c->merged_into);
	ql_json_text(b, "merged_state", c->merged_state);
	put_hash(b, "head_hash", c->head);
}

void stage_case_new(struct casebook *cb, const struct case_file *c, const struct case_spec *s)
{
	struct ql_buf *b = stage_row(cb, STAGE_CASES_NEW, c->id);

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
	stage_id(b, "principal_id", c->principal);
	stage_id(b, "home_unit_id", c->home_unit);
	stage_id(b, "goods_unit_id", c->goods_unit);
	ql_json_i64(b, "weight", c->weight);
	ql_json_time(b, "received_at", c->received_at);
	ql_json_time(b, "occurred_at", c->occurred_at);
	ql_json_time(b, "opened_at", c->opened_at);
	ql_json_time(b, "updated_at", cb->now);
	stage_done(cb, STAGE_CASES_NEW);
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
	ql_json_bool(stage_row(cb, STAGE_FOUND_MOVED, c->id), "open", open);
	stage_done(cb, STAGE_FOUND_MOVED);
}

void stage_case_changed(struct casebook *cb, struct case_file *c)
{
	struct ql_buf *b = stage_row(cb, STAGE_CASES_CHANGED, c->id);

	put_state(b, c);
	ql_json_text(b, "subject", c->subject);
	ql_json_text(b, "category", c->category[0] != '\0' ? c->category : NULL);
	ql_json_text(b, "priority", c->priority);
	stage_id(b, "principal_id", c->principal);
	ql_json_i64(b, "loaded_version", c->loaded_version);
	ql_json_time(b, "updated_at", cb->now);
	stage_done(cb, STAGE_CASES_CHANGED);
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
	struct ql_buf *b = stage_row(cb, STAGE_ACCESS, c->id);

	ql_json_i64(b, "scope", scope);
	ql_json_bool(b, "open", lifecycle_is_open(c->state));
	ql_json_time(b, "sort_at", c->sort_at);
	stage_done(cb, STAGE_ACCESS);
	if (is_narrower(cb, c, scope))
		search_scope(&cb->search, c->id, scope);
}

void stage_alias(struct casebook *cb, const struct case_file *c, const char *alias)
{
	ql_json_text(stage_row(cb, STAGE_ALIASES, c->id), "alias", alias);
	stage_done(cb, STAGE_ALIASES);
	search_identify(&cb->search, c->id, alias);
}

void stage_person(struct casebook *cb, const struct case_file *c, const struct case_person_in *p)
{
	struct ql_buf *b = stage_row(cb, STAGE_PEOPLE, c->id);

	ql_json_text(b, "name", p->name);
	ql_json_text(b, "phone", p->phone);
	ql_json_text(b, "phone_key", p->phone_key);
	ql_json_text(b, "channel", p->channel);
	ql_json_text(b, "channel_user", p->channel_user);
	stage_done(cb, STAGE_PEOPLE);
}

void stage_enterprise(struct casebook *cb, const struct case_file *c, const struct case_enterprise_in *e)
{
	struct ql_buf *b = stage_row(cb, STAGE_ENTERPRISES, c->id);

	ql_json_i64(b, "enterprise_id", e->id);
	ql_json_text(b, "role", e->role);
	ql_json_time(b, "since", cb->now);
	stage_done(cb, STAGE_ENTERPRISES);
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
	stage_row(cb, STAGE_LEAVES, c->id);
	stage_done(cb, STAGE_LEAVES);
}

void stage_recused(struct casebook *cb, const struct case_file *c, int64_t coordinator)
{
	ql_json_i64(stage_row(cb, STAGE_RECUSED, c->id), "coordinator_id", coordinator);
	stage_done(cb, STAGE_RECUSED);
}

static const char *const PARTY_STATE_NAMES[PARTY_STATES] = { "invited", "refused", "working", "done", "withdrawn" };

static void stage_party(struct casebook *cb, const struct case_file *c, const struct case_party *p)
{
	const enum stage stage = p->fresh ? STAGE_PARTIES : STAGE_PARTIES_CHANGED;
	struct ql_buf *b = stage_row(cb, stage, c->id);

	ql_json_i64(b, "seq", p->seq);
	stage_id(b, "unit_id", p->unit);
	ql_json_text(b, "capacity", p->capacity);
	ql_json_bool(b, "is_lead", p->lead);
	ql_json_bool(b, "asked_lead", p->asked_lead);
	ql_json_text(b, "state", PARTY_STATE_NAMES[p->state]);
	stage_id(b, "coordinator_id", p->coordinator);
	stage_id(b, "asked_id", p->asked);
	ql_json_i64(b, "weight", p->weight);
	stage_id(b, "invited_by", p->invited_by);
	put_ids(b, "tried", p->tried, p->n_tried);
	stage_id(b, "wanted_version", p->wanted);
	stage_id(b, "contribution_version", p->contribution);
	stage_id(b, "result_version", p->result);
	ql_json_text(b, "body_name", p->body_name);
	ql_json_text(b, "body_mail", p->body_mail);
	ql_json_time(b, "since", p->since);
	ql_json_time(b, "accepted_at", p->accepted_at);
	ql_json_time(b, "ended_at", p->ended_at);
	stage_done(cb, stage);
}

void stage_parties(struct casebook *cb, struct case_file *c)
{
	for (int i = 0; i < c->n_parties; i++) {
		struct case_party *p = &c->party[i];

		if (p->fresh || p->dirty)
			stage_party(cb, c, p);
		p->fresh = p->dirty = false;
	}
}

void stage_lead_left(struct casebook *cb, const struct case_file *c, int party)
{
	ql_json_i64(stage_row(cb, STAGE_LEADS_LEFT, c->id), "seq", party);
	stage_done(cb, STAGE_LEADS_LEFT);
}

void stage_reference(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r)
{
	struct ql_buf *b = stage_row(cb, STAGE_REFERENCES, c->id);

	ql_json_text(b, "type", r->type);
	ql_json_text(b, "value", r->value);
	ql_json_text(b, "given", r->given);
	ql_json_raw(b, "fault", r->fault_json);
	stage_done(cb, STAGE_REFERENCES);
	search_identify(&cb->search, c->id, r->value);
	search_identify(&cb->search, c->id, r->given);
}

void stage_link(struct casebook *cb, const struct case_file *c, int64_t other, const char *kind)
{
	struct ql_buf *b = stage_row(cb, STAGE_LINKS, c->id);

	ql_json_i64(b, "other_id", other);
	ql_json_text(b, "kind", kind);
	ql_json_time(b, "since", cb->now);
	stage_done(cb, STAGE_LINKS);
}

void stage_entry(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct words *w, bool held)
{
	struct ql_buf *b = stage_row(cb, STAGE_ENTRIES, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "audience", w->audience);
	stage_id(b, "enterprise_id", w->enterprise);
	stage_id(b, "unit_id", who->unit);
	stage_id(b, "party_seq", who->party);
	ql_json_text(b, "author_kind", case_role_name(who->role));
	stage_id(b, "author_id", who->id);
	ql_json_text(b, "channel", w->channel);
	ql_json_text(b, "text", w->text);
	ql_json_text(b, "language", w->language);
	ql_json_time(b, "at", cb->origin.at != 0 ? cb->origin.at : cb->now);
	stage_done(cb, STAGE_ENTRIES);
	search_said(&cb->search, c->id, held ? "parties" : w->audience, w->enterprise, who->unit, w->text);
}

/* Spoken words and the portal's own page arrive with being said; what travels waits for its delivery report. */
bool stage_arrives(const char *channel)
{
	static const char *const NEAR[] = { "portal", "hotline", "counter" };

	for (size_t i = 0; i < QL_LEN(NEAR); i++)
		if (strcmp(channel, NEAR[i]) == 0)
			return true;
	return false;
}

void stage_message(struct casebook *cb, const struct case_file *c, const char *channel, const struct message_made *made)
{
	struct ql_buf *b = stage_row(cb, STAGE_MESSAGES, c->id);
	const bool near = stage_arrives(channel), here = near && made->hold == 0;

	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "channel", channel);
	ql_json_text(b, "recipient", made->recipient);
	ql_json_text(b, "state", message_state_name(here ? MESSAGE_DELIVERED : MESSAGE_QUEUED));
	ql_json_time(b, "due_at", cb->now + made->hold);
	ql_json_time(b, "settled_at", here ? cb->now : 0);
	ql_json_text(b, "action", case_action_name(made->action));
	ql_json_time(b, "made_at", cb->now);
	ql_json_time(b, "held_until", made->hold != 0 ? cb->now + made->hold : 0);
	ql_json_bool(b, "arrives", near);
	ql_json_text(b, "before", made->before != CASE_NONE ? case_state_name(made->before) : NULL);
	ql_json_i64(b, "met", made->met);
	stage_done(cb, STAGE_MESSAGES);
}

void stage_message_changed(struct casebook *cb, const struct case_message *m, const char *failure)
{
	struct ql_buf *b = stage_row(cb, STAGE_MESSAGES_CHANGED, m->key.case_id);

	ql_json_i64(b, "version", m->key.version);
	ql_json_i64(b, "seq", m->key.seq);
	ql_json_text(b, "state", message_state_name(m->state));
	ql_json_time(b, "settled_at", m->state == MESSAGE_SENT ? 0 : cb->now);
	ql_json_text(b, "failure", failure);
	stage_done(cb, STAGE_MESSAGES_CHANGED);
}

void stage_reader(struct casebook *cb, const struct case_file *c, int64_t user)
{
	struct ql_buf *b = stage_row(cb, STAGE_READERS, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_i64(b, "user_id", user);
	stage_done(cb, STAGE_READERS);
}

void stage_attachment(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct case_file_in *f)
{
	struct ql_buf *b = stage_row(cb, STAGE_ATTACHMENTS, c->id);

	ql_json_i64(b, "version", c->version);
	ql_json_text(b, "audience", f->audience);
	stage_id(b, "enterprise_id", who->role == ROLE_ENTERPRISE ? who->id : 0);
	stage_id(b, "unit_id", who->unit);
	ql_json_text(b, "author_kind", case_role_name(who->role));
	stage_id(b, "author_id", who->id);
	stage_id(b, "user_id", who->user);
	ql_json_text(b, "name", f->name);
	ql_json_text(b, "media_type", f->media_type);
	ql_json_i64(b, "size", f->size);
	ql_json_text(b, "sha256", f->sha256);
	ql_json_time(b, "at", cb->now);
	stage_done(cb, STAGE_ATTACHMENTS);
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
	ql_json_i64(b, "policy_id", k->policy);
	ql_json_i64(b, "calendar_id", k->calendar);
	ql_json_i64(b, "extension", k->extension);
	ql_json_i64(b, "round", k->round);
}

static void stage_clock_new(struct casebook *cb, const struct case_file *c, const struct case_clock *k)
{
	struct ql_buf *b = stage_row(cb, STAGE_CLOCKS_NEW, c->id);

	put_clock(b, k);
	stage_id(b, "party_seq", k->party);
	ql_json_text(b, "kind", clock_kind_name(k->kind));
	ql_json_i64(b, "cycle", k->cycle);
	ql_json_time(b, "started_at", k->started_at);
	stage_done(cb, STAGE_CLOCKS_NEW);
}

static void stage_segment(struct casebook *cb, const struct case_file *c, const struct case_clock *k, int i)
{
	struct ql_buf *b = stage_row(cb, STAGE_SEGMENTS, c->id);

	ql_json_i64(b, "clock_seq", k->seq);
	ql_json_i64(b, "seq", i + 1);
	ql_json_text(b, "kind", k->segment[i].run == CLOCK_RUN ? "run" : "pause");
	ql_json_time(b, "from_at", k->segment[i].from);
	ql_json_time(b, "to_at", k->segment[i].to);
	ql_json_bool(b, "voided", k->cause[i].voided);
	if (k->cause[i].why != NULL) {
		ql_json_text(b, "why", k->cause[i].why);
		ql_json_i64(b, "version", k->cause[i].version);
		ql_json_text(b, "actor_kind", case_role_name((enum case_role)k->cause[i].by));
		stage_id(b, "actor_id", k->cause[i].by_id);
	}
	stage_done(cb, STAGE_SEGMENTS);
}

/* The last stored segment may have been closed since, and any may have been voided: they are written again, the rest are new. */
static void stage_segments(struct casebook *cb, const struct case_file *c, struct case_clock *k)
{
	for (int i = 0; i < k->segments; i++)
		if (i >= k->stored - 1 || k->cause[i].voided)
			stage_segment(cb, c, k, i);
	k->stored = k->segments;
}

void stage_clocks(struct casebook *cb, struct case_file *c)
{
	for (int i = 0; i < c->n_clocks; i++) {
		struct case_clock *k = &c->clock[i];

		if (k->fresh) {
			stage_clock_new(cb, c, k);
		} else if (k->dirty) {
			put_clock(stage_row(cb, STAGE_CLOCKS_CHANGED, c->id), k);
			stage_done(cb, STAGE_CLOCKS_CHANGED);
		}
		if (k->fresh || k->dirty)
			stage_segments(cb, c, k);
		k->fresh = k->dirty = false;
	}
}

void stage_fire(struct casebook *cb, const struct case_file *c, const struct case_clock *k, int threshold)
{
	struct ql_buf *b = stage_row(cb, STAGE_FIRES, c->id);

	ql_json_i64(b, "clock_seq", k->seq);
	ql_json_i64(b, "threshold", threshold + CLOCK_THRESHOLDS * k->round);
	ql_json_time(b, "fired_at", cb->now);
	ql_json_time(b, "due_at", k->next_fire_at);
	stage_done(cb, STAGE_FIRES);
}

void stage_ledger(struct casebook *cb, const struct case_file *c, const struct case_clock *k, const struct ledger_entry *e)
{
	static const char *const KINDS[] = { "extension", "agreement", "contest", "rebase" };
	struct ql_buf *b = stage_row(cb, STAGE_LEDGER, c->id);

	ql_json_i64(b, "clock_seq", k->seq);
	ql_json_text(b, "kind", KINDS[e->kind]);
	ql_json_text(b, "state", e->asked ? "asked" : "done");
	ql_json_i64(b, "version", c->version);
	ql_json_time(b, "at", cb->now);
	ql_json_text(b, "actor_kind", case_role_name(e->who->role));
	stage_id(b, "actor_id", e->who->id);
	stage_id(b, "user_id", e->who->user);
	stage_id(b, "amount", e->amount);
	stage_id(b, "segment", e->segment);
	ql_json_text(b, "agreed_by", e->agreed_by);
	ql_json_text(b, "words", e->words);
	stage_id(b, "policy_was", e->policy_was);
	stage_id(b, "policy_id", e->policy);
	stage_id(b, "calendar_was", e->calendar_was);
	stage_id(b, "calendar_id", e->calendar);
	ql_json_time(b, "due_was", e->due_was);
	ql_json_time(b, "due_at", e->due);
	stage_done(cb, STAGE_LEDGER);
}

void stage_ledger_settled(struct casebook *cb, const struct case_file *c, const struct ledger_entry *e, const struct actor *by, bool granted)
{
	struct ql_buf *b = stage_row(cb, STAGE_LEDGER_SETTLED, c->id);

	ql_json_i64(b, "clock_seq", e->clock);
	ql_json_i64(b, "version", e->version);
	ql_json_text(b, "state", granted ? "granted" : "refused");
	ql_json_time(b, "settled_at", cb->now);
	ql_json_i64(b, "settled_version", c->version);
	stage_id(b, "settled_by", by->user);
	ql_json_time(b, "due_was", e->due_was);
	ql_json_time(b, "due_at", e->due);
	stage_done(cb, STAGE_LEDGER_SETTLED);
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
		stage_done(cb, STAGE_LOADS);
	}
	cb->n_loads = 0;
}

void stage_journal(struct casebook *cb, struct case_file *c, const struct actor *who, const char *event, const char *audience, int64_t enterprise)
{
	struct ql_buf *b = stage_row(cb, STAGE_JOURNAL, c->id);
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
	stage_id(b, "actor_id", j.actor_id);
	stage_id(b, "unit_id", j.unit);
	ql_json_text(b, "audience", j.audience);
	stage_id(b, "enterprise_id", j.enterprise);
	ql_json_text(b, "data", j.data);
	ql_json_text(b, "trace", who->trace);
	put_hash(b, "prev_hash", prev);
	put_hash(b, "hash", c->head);
	stage_done(cb, STAGE_JOURNAL);
}

void stage_proposal(struct casebook *cb, const struct case_file *c, const struct actor *who, const struct result *r, int64_t enterprise)
{
	struct ql_buf *b;

	stage_proposal_settled(cb, c, 0, "replaced"); /* one is open at a time: the newest */
	b = stage_row(cb, STAGE_PROPOSALS, c->id);
	ql_json_i64(b, "version", c->version);
	ql_json_i64(b, "cycle", c->cycle);
	ql_json_bool(b, "closes", r->close);
	ql_json_i64(b, "department_id", r->department);
	ql_json_text(b, "author_kind", case_role_name(who->role));
	ql_json_i64(b, "author_id", who->id);
	stage_id(b, "author_user", who->user);
	stage_id(b, "author_unit", who->unit);
	stage_id(b, "enterprise_id", enterprise);
	stage_done(cb, STAGE_PROPOSALS);
}

/* version 0: whichever is open. */
void stage_proposal_settled(struct casebook *cb, const struct case_file *c, int32_t version, const char *how)
{
	struct ql_buf *b = stage_row(cb, STAGE_PROPOSALS_SETTLED, c->id);

	stage_id(b, "version", version);
	ql_json_text(b, "state", how);
	ql_json_i64(b, "settled_version", c->version);
	stage_done(cb, STAGE_PROPOSALS_SETTLED);
}

void stage_enterprise_role(struct casebook *cb, const struct case_file *c, int64_t enterprise, const char *role)
{
	struct ql_buf *b = stage_row(cb, STAGE_ENTERPRISE_ROLES, c->id);

	ql_json_i64(b, "enterprise_id", enterprise);
	ql_json_text(b, "role", role);
	stage_done(cb, STAGE_ENTERPRISE_ROLES);
}

void stage_enterprise_gone(struct casebook *cb, const struct case_file *c, int64_t enterprise)
{
	ql_json_i64(stage_row(cb, STAGE_ENTERPRISES_GONE, c->id), "enterprise_id", enterprise);
	stage_done(cb, STAGE_ENTERPRISES_GONE);
}

void stage_reference_gone(struct casebook *cb, const struct case_file *c, const struct case_reference_in *r)
{
	struct ql_buf *b = stage_row(cb, STAGE_REFERENCES_GONE, c->id);

	ql_json_text(b, "type", r->type);
	ql_json_text(b, "value", r->value);
	stage_done(cb, STAGE_REFERENCES_GONE);
}

void stage_person_copy(struct casebook *cb, const struct case_file *from, const struct case_file *to)
{
	ql_json_i64(stage_row(cb, STAGE_PEOPLE_COPIED, to->id), "from_id", from->id);
	stage_done(cb, STAGE_PEOPLE_COPIED);
}

void stage_entry_moved(struct casebook *cb, const struct case_file *from, int32_t version, const struct case_file *to)
{
	struct ql_buf *b = stage_row(cb, STAGE_ENTRIES_MOVED, from->id);

	ql_json_i64(b, "version", version);
	ql_json_i64(b, "moved_to", to->id);
	ql_json_i64(b, "moved_version", to->version);
	stage_done(cb, STAGE_ENTRIES_MOVED);
}

void stage_absorb(struct casebook *cb, const struct case_file *heir, const struct case_file *merged)
{
	ql_json_i64(stage_row(cb, STAGE_ABSORBED, heir->id), "merged_id", merged->id);
	stage_done(cb, STAGE_ABSORBED);
}

void stage_separate(struct casebook *cb, const struct case_file *heir, const struct case_file *merged)
{
	ql_json_i64(stage_row(cb, STAGE_SEPARATED, heir->id), "merged_id", merged->id);
	stage_done(cb, STAGE_SEPARATED);
}
