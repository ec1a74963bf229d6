#include <stdio.h>
#include <string.h>
#include "domain/fold.h"
#include "intake/work.h"

#define SUBJECT_MAX 200

static void keep(struct work *w, const struct item *it)
{
	const struct call *c = &it->record.call;
	struct ql_buf *b = ql_rows_begin(&w->kept->rows[KEPT_CALLS]);

	ql_json_text(b, "call_id", c->call_id);
	ql_json_text(b, "hotline", c->hotline[0] != '\0' ? c->hotline : "12360");
	ql_json_text(b, "caller", c->caller);
	ql_json_text(b, "caller_key", it->phone_key);
	if (it->enterprise.id != 0)
		ql_json_i64(b, "enterprise_id", it->enterprise.id);
	ql_json_text(b, "queue", c->queue);
	ql_json_text(b, "agent", c->agent);
	ql_json_text(b, "ivr_path", c->ivr_path);
	ql_json_time(b, "started_at", c->started);
	ql_json_time(b, "answered_at", c->answered);
	ql_json_time(b, "ended_at", c->ended);
	ql_json_text(b, "outcome", c->outcome);
	if (c->stage == CALL_ENDED)
		ql_json_bool(b, "solved", c->solved);
	ql_json_text(b, "recording_url", c->recording_url);
	if (it->case_id != 0)
		ql_json_i64(b, "case_id", it->case_id);
	ql_rows_end(&w->kept->rows[KEPT_CALLS]);
}

/* The first line of what the agent noted, never cut inside a character. */
static void subject_of(const struct call *c, char out[SUBJECT_MAX])
{
	const char *text = c->summary != NULL && c->summary[0] != '\0' ? c->summary : NULL;

	if (text == NULL)
		snprintf(out, SUBJECT_MAX, "%s 热线来电", c->hotline);
	else
		fold_text(text, out, SUBJECT_MAX, NULL);
	out[strcspn(out, "\r\n")] = '\0';
}

static void fill(struct work *w, const struct item *it, struct case_spec *s, const struct case_person_in *person, const char *subject)
{
	const struct call *c = &it->record.call;

	s->kind = "call";
	s->subject = subject;
	s->text = c->summary;
	s->category = c->category;
	s->channel = "hotline";
	s->channel_user = it->phone_key;
	s->language = "zh";
	s->occurred_at = c->started;
	s->clocks_from = c->ended != 0 && c->ended < casebook_now(w->cb) && !it->record.late ? c->ended : casebook_now(w->cb);
	s->person = person;
}

static enum ql_rc attach(struct work *w, struct item *it, struct case_file *to, struct ql_err *err)
{
	const struct call *c = &it->record.call;
	struct attachment a = { .words = { c->summary, "public", "hotline", "zh", it->enterprise.id }, .repeat = true, .spoken_at = c->ended };

	it->fate = FATE_ATTACHED;
	return work_attach(w, it, to, &a, err);
}

static enum ql_rc open_case(struct work *w, struct item *it, enum procedure procedure, bool solved, int64_t link, struct ql_err *err)
{
	const struct case_person_in person = { NULL, it->phone, it->phone_key, "hotline", it->phone_key };
	char subject[SUBJECT_MAX];
	struct case_spec s = { .procedure = procedure, .solved = solved };

	subject_of(&it->record.call, subject);
	fill(w, it, &s, &person, subject);
	if (procedure == PROCEDURE_CALLBACK)
		s.category = "call_back";
	return work_open(w, it, &s, link, err);
}

/* What an ended call comes to, tried from the top. */
static bool is_short(const struct work *w, const struct call *c)
{
	const ql_time least = reference_parameters(casebook_reference(w->cb))->short_call_seconds * QL_SECOND;

	return (c->summary == NULL || c->summary[0] == '\0') && c->references.n == 0 && c->ended - c->started < least;
}

static bool says_nothing(const struct call *c) { return (c->summary == NULL || c->summary[0] == '\0') && c->references.n == 0; }

static bool wants_call_back(const struct item *it)
{
	const struct call *c = &it->record.call;

	if (strcmp(c->outcome, "callback") == 0 || strcmp(c->outcome, "voicemail") == 0)
		return true;
	return strcmp(c->outcome, "abandoned_queue") == 0 && (strcmp(it->enterprise.tier, "aeo") == 0 || strcmp(c->hotline, "962116") == 0);
}

static enum ql_rc work_ended(struct work *w, struct item *it, struct ql_err *err)
{
	const struct call *c = &it->record.call;
	const struct recognised r = recognise(w, it);
	struct case_file *to = work_target(w, &r);
	const bool answered = strcmp(c->outcome, "answered") == 0;

	if (wants_call_back(it))
		return to != NULL && lifecycle_is_open(to->state) ? attach(w, it, to, err) : open_case(w, it, PROCEDURE_CALLBACK, false, 0, err);
	if (!answered || is_short(w, c) || (says_nothing(c) && !c->solved))
		return QL_OK; /* gave up in the menu, self-service, misdialled: kept as a record */
	if (c->solved)
		return open_case(w, it, PROCEDURE_COORDINATION, true, 0, err);
	return to != NULL && lifecycle_is_open(to->state) ? attach(w, it, to, err) : open_case(w, it, PROCEDURE_COORDINATION, false, r.link, err);
}

/* A recording comes minutes to hours later and belongs to whatever the call became. */
static enum ql_rc work_recorded(struct work *w, struct item *it, struct ql_err *err)
{
	const struct kept_call *kept = w->b->calls.at;
	struct attachment a = { .words = { NULL, "parties", "hotline", NULL, 0 } };
	const struct actor machine = { .role = ROLE_SYSTEM, .trace = it->trace[0] != '\0' ? it->trace : NULL };
	struct case_file *c = NULL;

	for (size_t i = 0; c == NULL && i < w->b->calls.n; i++)
		if (strcmp(kept[i].call_id, it->record.call.call_id) == 0 && kept[i].case_id != 0)
			c = casebook_find(w->cb, kept[i].case_id);
	if (c == NULL || c->state == CASE_MERGED)
		return QL_OK;
	it->fate = FATE_ATTACHED;
	it->case_id = c->id;
	a.data_json = "{\"recording\":true}";
	return casebook_attach(w->cb, c, &machine, &a, err);
}

static void remember(struct work *w, const struct item *it)
{
	struct kept_call *k = list_add(&w->b->calls);

	if (k == NULL)
		return;
	snprintf(k->call_id, sizeof(k->call_id), "%s", it->record.call.call_id);
	k->case_id = it->case_id;
}

enum ql_rc work_call(struct work *w, struct item *it, struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	it->fate = FATE_RECORDED;
	if (it->record.call.stage == CALL_ENDED)
		rc = work_ended(w, it, err);
	else if (it->record.call.stage == CALL_RECORDED)
		rc = work_recorded(w, it, err);
	if (rc == QL_OK) {
		keep(w, it);
		remember(w, it);
	}
	return rc;
}
