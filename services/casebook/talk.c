#include "casebook/step_int.h"
#include <string.h>

bool words_audience_known(const char *audience)
{
	return audience != NULL && (strcmp(audience, "public") == 0 || strcmp(audience, "parties") == 0 || strcmp(audience, "unit") == 0);
}

enum ql_rc casebook_reply(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, w->audience };

	if (!words_audience_known(w->audience))
		return ql_reject(err, "/audience", "must be public, parties, unit or sealed");
	enum ql_rc rc = step_begin(&s, strcmp(w->audience, "public") == 0 ? ACT_REPLY : ACT_NOTE, err);

	if (rc != QL_OK)
		return rc;
	if (who->role == ROLE_ENTERPRISE)
		c->last_spoken_at = cb->now;
	ql_json_text(unit_data(cb), "audience", w->audience);
	return step_finish(&s, err);
}

enum ql_rc casebook_seal(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, const int64_t *readers, size_t n,
                         struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "sealed" };
	enum ql_rc rc = step_begin(&s, ACT_NOTE, err);

	if (rc == QL_OK && (n == 0 || n > SEAL_READERS))
		rc = ql_reject(err, "/readers", "name 1 to %d people who may read it", SEAL_READERS);
	if (rc != QL_OK)
		return rc;
	ql_json_text(unit_data(cb), "audience", "sealed");
	rc = step_finish(&s, err);
	for (size_t i = 0; i < n; i++)
		stage_reader(cb, c, readers[i]);
	if (who->user != 0)
		stage_reader(cb, c, who->user);
	return rc;
}

enum ql_rc casebook_ask(struct casebook *cb, struct case_file *c, const struct actor *who, const struct words *w, struct ql_err *err)
{
	struct step s = { cb, c, who, NULL, w, "public" };
	enum ql_rc rc = step_begin(&s, ACT_ASK, err);

	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	return step_finish(&s, err);
}

enum ql_rc casebook_resume(struct casebook *cb, struct case_file *c, const struct actor *who, const char *why, struct ql_err *err)
{
	const struct words w = { why, who->role == ROLE_ENTERPRISE ? "public" : "parties", NULL, NULL, who->role == ROLE_ENTERPRISE ? who->id : 0 };
	struct step s = { cb, c, who, NULL, &w, "public" };
	enum ql_rc rc = step_begin(&s, ACT_RESUME, err);

	if (rc != QL_OK)
		return rc;
	unit_data(cb);
	return step_finish(&s, err);
}

enum ql_rc casebook_call_attempt(struct casebook *cb, struct case_file *c, const struct actor *who, const char *result, const char *note, struct ql_err *err)
{
	static const char *const RESULTS[] = { "reached", "no_answer", "busy", "wrong_number" };
	const struct words w = { note, "unit", "hotline", NULL, 0 };
	struct step s = { cb, c, who, NULL, &w, "parties" };
	enum ql_rc rc = step_begin(&s, ACT_CALL_ATTEMPT, err);
	size_t i = 0;

	while (i < QL_LEN(RESULTS) && (result == NULL || strcmp(RESULTS[i], result) != 0))
		i++;
	if (rc == QL_OK && i == QL_LEN(RESULTS))
		rc = ql_reject(err, "/result", "must be reached, no_answer, busy or wrong_number");
	if (rc != QL_OK)
		return rc;
	struct ql_buf *b = unit_data(cb);

	c->call_attempts++;
	ql_json_text(b, "result", result);
	ql_json_i64(b, "attempt", c->call_attempts);
	return step_finish(&s, err);
}
