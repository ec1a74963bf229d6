#include "intake/work.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/placement.h"

#define MESSAGE_JSON_MAX 4096

/* --- recognising --- */

static const struct named_case *named(const struct work *w, const char *reply_to)
{
	const struct named_case *all = w->b->named.at;
	struct caseno parsed;
	char number[CASENO_MAX];
	const char *wanted = caseno_parse(reply_to, &parsed, number, NULL) ? number : reply_to;

	for (size_t i = 0; i < w->b->named.n; i++)
		if (strcmp(all[i].number, wanted) == 0)
			return &all[i];
	return NULL;
}

static bool is_persons(const struct work *w, const struct item *it, int64_t case_id)
{
	const struct known_case *k;
	const char *channel, *person = item_person(it, &channel);
	char key[KEY_MAX];

	if (person == NULL)
		return false;
	key_person(key, channel, person);
	for (int at = -1; (k = batch_known(w->b, key, &at)) != NULL;)
		if (k->id == case_id)
			return true;
	return false;
}

static void recognise_reply(const struct work *w, const struct item *it, struct recognised *r)
{
	const struct named_case *n;

	if (it->record.kind != RECORD_ENQUIRY || it->record.enquiry.reply_to[0] == '\0' || (n = named(w, it->record.enquiry.reply_to)) == NULL)
		return;
	if ((it->enterprise.id != 0 && n->principal == it->enterprise.id) || is_persons(w, it, n->id))
		r->attach = n->id;
	else
		r->foreign = true;
}

static void recognise_pause(const struct work *w, const struct item *it, struct recognised *r)
{
	const ql_time pause = reference_parameters(casebook_reference(w->cb))->join_seconds * QL_SECOND;
	const char *channel, *person = item_person(it, &channel);
	const struct known_case *k;
	char key[KEY_MAX];

	if (r->attach != 0 || person == NULL || it->record.kind != RECORD_ENQUIRY)
		return;
	key_person(key, channel, person);
	for (int at = -1; r->attach == 0 && (k = batch_known(w->b, key, &at)) != NULL;) {
		ql_time apart = it->record.enquiry.occurred - k->spoken;

		if (apart <= pause && apart >= -pause) {
			r->attach = k->id;
			r->joined = true;
		}
	}
}

/* The same enterprise (or nobody known on one side, as with a notice without code): one case. Two enterprises: two, linked. */
static void recognise_reference(const struct work *w, const struct item *it, struct recognised *r)
{
	const struct known_case *k;
	char key[KEY_MAX];

	for (size_t i = 0; i < it->n_references; i++) {
		if (strcmp(it->reference[i].type, "hs") == 0)
			continue; /* a tariff number says what goods are, not which */
		key_reference(key, it->reference[i].type, it->reference[i].value);
		for (int at = -1; (k = batch_known(w->b, key, &at)) != NULL;) {
			const bool machine = it->record.kind == RECORD_INCIDENT || it->record.kind == RECORD_NOTICE;
			const bool same = k->principal == it->enterprise.id ? it->enterprise.id != 0 || machine || is_persons(w, it, k->id)
			                                                    : machine && it->enterprise.id == 0;

			if (same && r->attach == 0)
				r->attach = k->id;
			else if (same && k->id != r->attach && it->enterprise.id != 0)
				r->merge = k->id;
			else if (!same && r->link == 0)
				r->link = k->id;
		}
	}
}

static void recognise_subject(const struct work *w, const struct item *it, struct recognised *r)
{
	const struct known_case *k;
	char key[KEY_MAX];
	int at = -1;

	if (r->attach != 0 || it->record.kind != RECORD_ENQUIRY || it->enterprise.id == 0 || it->record.enquiry.subject[0] == '\0')
		return;
	key_subject(key, it->enterprise.id, it->record.enquiry.category, it->record.enquiry.subject);
	k = batch_known(w->b, key, &at);
	if (k != NULL)
		r->attach = k->id;
}

static void recognise_caller(const struct work *w, const struct item *it, struct recognised *r)
{
	const char *channel, *person = item_person(it, &channel);
	const struct known_case *k;
	char key[KEY_MAX];
	int at = -1;

	if (r->attach != 0 || it->record.kind != RECORD_CALL || person == NULL)
		return;
	key_person(key, channel, person);
	k = batch_known(w->b, key, &at);
	if (k != NULL)
		r->attach = k->id;
}

struct recognised recognise(const struct work *w, const struct item *it)
{
	struct recognised r = { 0 };

	recognise_reply(w, it, &r);
	recognise_pause(w, it, &r);
	recognise_reference(w, it, &r);
	recognise_subject(w, it, &r);
	recognise_caller(w, it, &r);
	return r;
}

struct case_file *work_target(const struct work *w, const struct recognised *r)
{
	struct case_file *c = r->attach != 0 ? casebook_find(w->cb, r->attach) : NULL;

	if (c != NULL && c->state == CASE_MERGED)
		c = casebook_find(w->cb, c->merged_into);
	return c;
}

static bool is_untouched(const struct case_file *c) { return c->state == CASE_RECEIVED || c->state == CASE_ASSIGNED; }

enum ql_rc work_merge(struct work *w, const struct recognised *r, struct case_file *c, struct ql_err *err)
{
	struct case_file *other = r->merge != 0 ? casebook_find(w->cb, r->merge) : NULL;
	struct case_file *heir = c, *twin = other;

	if (other == NULL || other == c || other->principal != c->principal || !lifecycle_is_open(other->state) || !lifecycle_is_open(c->state))
		return QL_OK;
	if (!is_untouched(twin) || (is_untouched(heir) && twin->id < heir->id)) {
		heir = other;
		twin = c;
	}
	if (!is_untouched(twin))
		return casebook_link(w->cb, c, other, "same_reference", &ACTOR_SYSTEM, err); /* two people at work: they decide */
	return casebook_merge(w->cb, twin, heir, &ACTOR_SYSTEM, err);
}

/* --- doing --- */

struct actor work_speaker(const struct item *it)
{
	return (struct actor){ .role = it->enterprise.id != 0 ? ROLE_ENTERPRISE : ROLE_SYSTEM, .id = it->enterprise.id,
	                       .trace = it->trace[0] != '\0' ? it->trace : NULL };
}

char *work_message_json(const struct item *it)
{
	struct ql_buf b;

	ql_buf_init(&b, MESSAGE_JSON_MAX);
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "source", it->record.source);
	ql_json_text(&b, "id", it->record.id);
	ql_json_text(&b, "type", it->record.type);
	if (it->record.late || it->record.ahead)
		ql_json_text(&b, "time", it->record.late ? "late" : "ahead");
	if (it->uscc.value[0] != '\0' && !it->uscc.valid) {
		ql_json_open(&b, "uscc", '{');
		ql_json_text(&b, "value", it->uscc.value);
		ql_json_text(&b, "fault", it->uscc.fault.code);
		ql_json_i64(&b, "position", it->uscc.fault.position);
		ql_json_text(&b, "zh", it->uscc.fault.zh);
		ql_json_text(&b, "en", it->uscc.fault.en);
		ql_json_close(&b, '}');
	}
	ql_json_close(&b, '}');
	if (!ql_buf_ok(&b)) {
		ql_buf_free(&b);
		return NULL;
	}
	return b.data;
}

/* Later records of the batch find it as if the database had told. */
static void remember(struct work *w, const struct item *it, const struct case_file *c, const char *subject)
{
	const char *channel, *person = item_person(it, &channel);
	char key[KEY_MAX];

	for (size_t i = 0; i < it->n_references; i++) {
		key_reference(key, it->reference[i].type, it->reference[i].value);
		batch_know(w->b, key, c->id, c->principal, c->last_spoken_at);
	}
	if (person != NULL) {
		key_person(key, channel, person);
		batch_know(w->b, key, c->id, c->principal, c->last_spoken_at);
	}
	if (it->record.kind == RECORD_ENQUIRY && c->principal != 0) {
		key_subject(key, c->principal, it->record.enquiry.category, subject);
		batch_know(w->b, key, c->id, c->principal, c->last_spoken_at);
	}
}

static void place(const struct work *w, const struct item *it, struct case_spec *s)
{
	const struct unit *goods = reference_unit(casebook_reference(w->cb), s->goods_unit);
	const struct place_facts facts = { .home_unit = it->enterprise.home_unit, .goods_unit = goods != NULL ? goods->code : NULL,
	                                   .declaration = item_declaration(it), .category = s->category, .kind = s->kind, .needed_by = s->needed_by,
	                                   .now = casebook_now(w->cb) };
	struct place at;

	casebook_place(casebook_reference(w->cb), &facts, &at);
	s->lead_unit = at.lead_unit;
	s->home_unit = at.home_unit;
	s->goods_unit = at.goods_unit;
	s->reach = at.reach;
	s->weight = at.weight;
	s->category = at.category;
	s->priority = at.priority;
}

enum ql_rc work_open(struct work *w, struct item *it, struct case_spec *s, int64_t link, struct ql_err *err)
{
	const struct case_enterprise_in on[1] = { { it->enterprise.id, it->record.kind == RECORD_ENQUIRY && strcmp(it->record.enquiry.role, "declarant") == 0
	                                                                   ? "declarant" : it->enterprise.is_broker ? "declarant" : "principal" } };
	char *message = work_message_json(it);
	struct case_file *other = link != 0 ? casebook_find(w->cb, link) : NULL, *c;
	enum ql_rc rc;

	place(w, it, s);
	s->principal = it->enterprise.id;
	s->tier = it->enterprise.id != 0 ? it->enterprise.tier : "unknown";
	s->enterprises = on;
	s->n_enterprises = it->enterprise.id != 0 ? 1 : 0;
	s->references = it->reference;
	s->n_references = it->n_references;
	s->received_at = casebook_now(w->cb);
	s->data_json = message;
	s->actor = work_speaker(it);
	rc = casebook_open(w->cb, s, &c, err);
	free(message);
	if (rc != QL_OK)
		return rc;
	it->case_id = c->id;
	it->fate = s->solved ? FATE_OPENED_CLOSED : FATE_OPENED;
	if (!s->solved)
		remember(w, it, c, s->subject);
	if (other != NULL && !s->solved)
		rc = casebook_link(w->cb, c, other, lifecycle_is_open(other->state) ? "same_reference" : "reopened_later", &ACTOR_SYSTEM, err);
	return rc;
}

enum ql_rc work_attach(struct work *w, struct item *it, struct case_file *c, struct attachment *a, struct ql_err *err)
{
	const struct actor who = work_speaker(it);
	char *message = work_message_json(it);
	enum ql_rc rc;

	a->references = it->reference;
	a->n_references = it->n_references;
	a->data_json = message;
	rc = casebook_attach(w->cb, c, &who, a, err);
	free(message);
	it->case_id = c->id;
	return rc;
}
