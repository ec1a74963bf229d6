/* move.c -- words to another case, a second problem into one of its own, a closed case taken up by a new one. */
#include <stdlib.h>
#include <string.h>
#include "casebook/step_int.h"

/* --- moving words --- */

static enum ql_rc check_entry(const struct case_file *from, const struct entry_file *e, struct ql_err *err)
{
	if (e->version == 0 || e->moved)
		return ql_reject(err, "/entries", "case %s holds no such words", from->number);
	if (e->version == 1)
		return ql_reject(err, "/entries", "what a case was raised with stays with it");
	if (strcmp(e->words.audience, "sealed") == 0)
		return ql_reject(err, "/entries", "sealed words stay where they were sealed");
	if (e->sent)
		return ql_reject(err, "/entries", "what was sent to the enterprise about case %s can't be moved: write it in the other case", from->number);
	return QL_OK;
}

/* An enterprise's words follow only to where that enterprise is. */
static enum ql_rc check_reader(struct casebook *cb, const struct entry_file *e, const struct case_file *to, struct ql_err *err)
{
	struct enterprise_on on = { .id = e->words.enterprise };
	enum ql_rc rc = QL_OK;

	if (e->words.enterprise == 0 || to->loaded_version == 0 || case_is_opened_here(cb, to))
		return QL_OK;
	rc = casestore_enterprise(cb, to->id, &on, err);
	if (rc == QL_OK && !on.on_case)
		rc = ql_reject(err, "/to", "the enterprise that wrote it is not on case %s: it would no longer see its own words", to->number);
	return rc;
}

static enum ql_rc take_in(struct casebook *cb, struct case_file *from, struct case_file *to, const struct actor *who, const struct entry_file *e, struct ql_err *err)
{
	struct step s = { cb, to, who, NULL, &e->words, e->words.audience };
	enum ql_rc rc = QL_OK;

	s.rule = lifecycle_next(to->procedure, to->state, ACT_TAKE_IN, who->role == ROLE_ENTERPRISE ? ROLE_SYSTEM : who->role);
	if (s.rule == NULL)
		return ql_reject(err, "/to", "case %s takes nothing in while it is %s", to->number, case_state_name(to->state));
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "from", from->id);
	ql_json_text(b, "from_number", from->number);
	ql_json_i64(b, "entry", e->version);
	cb->origin.who = &e->author;
	cb->origin.at = e->at;
	rc = step_finish(&s, err);
	stage_entry_moved(cb, from, e->version, to);
	return rc;
}

static enum ql_rc give_out(struct casebook *cb, struct case_file *from, const struct case_file *to, const struct actor *who, enum case_action as,
                           const struct entry_file *list, size_t n, struct ql_err *err)
{
	struct step s = { cb, from, who, NULL, NULL, "parties" };
	enum ql_rc rc = step_begin(&s, as, err);

	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "other", to->id);
	ql_json_text(b, "other_number", to->number);
	ql_json_open(b, "entries", '[');
	for (size_t i = 0; i < n; i++)
		ql_json_i64(b, NULL, list[i].version);
	ql_json_close(b, ']');
	from->entries -= (int)n;
	return step_finish(&s, err);
}

/* Reads the words named, in their order; entries[] must hold n. */
static enum ql_rc read_entries(struct casebook *cb, const struct case_file *from, const int32_t *versions, size_t n, struct entry_file *entries, struct ql_err *err)
{
	enum ql_rc rc = n <= SPLIT_ENTRIES ? casestore_entries(cb, from->id, versions, n, entries, err)
	                                   : ql_reject(err, "/entries", "no more than %d at once", SPLIT_ENTRIES);

	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = check_entry(from, &entries[i], err);
	return rc;
}

enum ql_rc casebook_move(struct casebook *cb, struct case_file *from, struct case_file *to, const struct actor *who, const int32_t *versions, size_t n, struct ql_err *err)
{
	struct entry_file entries[SPLIT_ENTRIES] = { 0 };
	enum ql_rc rc = from == to ? ql_reject(err, "/to", "is the same case") : n == 0 ? ql_reject(err, "/entries", "name what moves") : QL_OK;

	if (rc == QL_OK)
		rc = read_entries(cb, from, versions, n, entries, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = check_reader(cb, &entries[i], to, err);
	if (rc == QL_OK)
		rc = give_out(cb, from, to, who, ACT_MOVE, entries, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = take_in(cb, from, to, who, &entries[i], err);
	for (size_t i = 0; i < QL_LEN(entries); i++)
		free(entries[i].text);
	return rc;
}

/* --- a new case from an old one --- */

static struct case_spec spec_of(const struct casebook *cb, const struct case_file *c, const struct case_copy *copy, const struct actor *who)
{
	return (struct case_spec){
		.procedure = c->procedure, .kind = c->kind, .subject = copy->subject, .category = c->category[0] != '\0' ? c->category : NULL,
		.priority = c->priority, .channel = c->channel, .language = c->language, .tier = c->tier, .needed_reason = c->needed_reason,
		.reach = c->reach, .lead_unit = c->lead_unit, .home_unit = c->home_unit, .goods_unit = c->goods_unit, .principal = c->principal,
		.needed_by = c->needed_by, .received_at = cb->now, .occurred_at = cb->now, .clocks_from = cb->now, .weight = c->weight,
		.enterprises = copy->enterprise, .n_enterprises = copy->n_enterprises,
		.first_asked = c->coordinator != 0 ? c->coordinator : c->first_asked, .actor = *who,
	};
}

static enum ql_rc open_linked(struct casebook *cb, struct case_file *c, const struct actor *who, const struct case_spec *spec, const char *kind, struct case_file **fresh,
                              struct ql_err *err)
{
	struct step s = { cb, NULL, who, NULL, NULL, "parties" };
	enum ql_rc rc = casebook_open(cb, spec, fresh, err);

	if (rc != QL_OK)
		return rc;
	stage_person_copy(cb, c, *fresh);
	s.c = *fresh;
	s.rule = &(const struct lifecycle_rule){ .procedure = c->procedure, .from = (*fresh)->state, .action = ACT_ATTACH, .to = (*fresh)->state, .event = "linked" };
	struct ql_buf *b = unit_data(cb);

	ql_json_i64(b, "other", c->id);
	ql_json_text(b, "other_number", c->number);
	ql_json_text(b, "kind", kind);
	stage_link(cb, *fresh, c->id, kind);
	stage_link(cb, c, (*fresh)->id, kind);
	return step_finish(&s, err);
}

static void move_references(struct casebook *cb, const struct case_file *c, const struct case_file *fresh, const struct split *s, const struct case_copy *copy)
{
	for (size_t i = 0; i < s->n_references; i++)
		for (size_t k = 0; k < copy->n_references; k++) {
			const struct case_reference_in *r = &copy->reference[k];

			if (strcmp(r->type, s->references[i].type) != 0 || strcmp(r->value, s->references[i].value) != 0)
				continue;
			stage_reference_gone(cb, c, r);
			stage_reference(cb, fresh, r);
		}
}

static enum ql_rc check_split(const struct split *s, const struct case_copy *copy, struct ql_err *err)
{
	if (is_blank(s->subject))
		return ql_reject(err, "/subject", "say what the other problem is");
	if (s->n_versions == 0 && s->n_references == 0)
		return ql_reject(err, "/entries", "name the words or references that go along");
	for (size_t i = 0; i < s->n_references; i++) {
		size_t k = 0;

		while (k < copy->n_references && (strcmp(copy->reference[k].type, s->references[i].type) != 0 || strcmp(copy->reference[k].value, s->references[i].value) != 0))
			k++;
		if (k == copy->n_references)
			return ql_reject(err, "/references", "%s %s is not on the case", s->references[i].type, s->references[i].value);
	}
	return QL_OK;
}

static enum ql_rc split_off(struct casebook *cb, struct case_file *c, const struct actor *who, const struct split *sp, const struct case_copy *copy,
                            const struct entry_file *entries, struct case_file **fresh, struct ql_err *err)
{
	struct case_spec spec = spec_of(cb, c, copy, who);
	const struct case_clock *promised = promise_clock(c, CLOCK_RESOLUTION);
	enum ql_rc rc;

	spec.subject = sp->subject;
	spec.category = !is_blank(sp->category) ? sp->category : spec.category;
	rc = open_linked(cb, c, who, &spec, "split", fresh, err);
	if (rc == QL_OK && promised != NULL) /* the enterprise has waited since the first case was opened */
		promise_since(cb, *fresh, CLOCK_RESOLUTION, promised->started_at);
	for (size_t i = 0; rc == QL_OK && i < sp->n_versions; i++)
		rc = take_in(cb, c, *fresh, who, &entries[i], err);
	if (rc == QL_OK)
		rc = give_out(cb, c, *fresh, who, ACT_SPLIT, entries, sp->n_versions, err);
	if (rc == QL_OK)
		move_references(cb, c, *fresh, sp, copy);
	return rc;
}

enum ql_rc casebook_split(struct casebook *cb, struct case_file *c, const struct actor *who, const struct split *s, struct case_file **fresh, struct ql_err *err)
{
	struct entry_file entries[SPLIT_ENTRIES] = { 0 };
	struct case_copy copy = { 0 };
	struct step may = { cb, c, who, NULL, NULL, "parties" };
	enum ql_rc rc = step_begin(&may, ACT_SPLIT, err);

	if (rc == QL_OK)
		rc = casestore_copy(cb, c->id, &copy, err);
	if (rc == QL_OK)
		rc = check_split(s, &copy, err);
	if (rc == QL_OK && !is_blank(s->category) && reference_category(cb->ref, s->category) == NULL)
		rc = ql_reject(err, "/category", "is not a category");
	if (rc == QL_OK)
		rc = step_check_public(cb, s->subject, "/subject", err);
	if (rc == QL_OK)
		rc = read_entries(cb, c, s->versions, s->n_versions, entries, err);
	if (rc == QL_OK)
		rc = split_off(cb, c, who, s, &copy, entries, fresh, err);
	for (size_t i = 0; i < QL_LEN(entries); i++)
		free(entries[i].text);
	case_copy_free(&copy);
	return rc;
}

enum ql_rc casebook_reopen_later(struct casebook *cb, struct case_file *c, const struct actor *who, const char *reason, struct case_file **fresh, struct ql_err *err)
{
	const struct words w = { reason, "public", NULL, NULL, who->role == ROLE_ENTERPRISE ? who->id : 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	struct case_copy copy = { 0 };
	enum ql_rc rc = step_begin(&s, ACT_REOPEN_LATER, err);

	if (rc == QL_OK)
		rc = casestore_copy(cb, c->id, &copy, err);
	if (rc == QL_OK) {
		struct case_spec spec = spec_of(cb, c, &copy, who);

		spec.text = reason;
		spec.needed_by = 0;
		spec.needed_reason = NULL;
		spec.references = copy.reference;
		spec.n_references = copy.n_references;
		rc = open_linked(cb, c, who, &spec, "reopened_later", fresh, err);
	}
	if (rc == QL_OK) {
		struct ql_buf *b = unit_data(cb);

		ql_json_i64(b, "other", (*fresh)->id);
		ql_json_text(b, "other_number", (*fresh)->number);
		s.words = NULL; /* they are read in the new case */
		rc = step_finish(&s, err);
	}
	case_copy_free(&copy);
	return rc;
}
