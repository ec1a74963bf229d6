#include "casebook/step_int.h"
#include <string.h>

/* The name is the sender's word, and may be personal data: it is kept where it can be erased, not in the journal. */
static void tell(struct ql_buf *b, const struct case_file_in *f)
{
	ql_json_text(b, "sha256", f->sha256);
	ql_json_text(b, "media_type", f->media_type);
	ql_json_i64(b, "size", f->size);
}

enum ql_rc casebook_attach_file(struct casebook *cb, struct case_file *c, const struct actor *who, const struct case_file_in *f, struct ql_err *err)
{
	const char *audience = f->audience;
	const struct words w = { .audience = audience, .enterprise = who->role == ROLE_ENTERPRISE ? who->id : 0 }; /* in whose talk; no words */
	struct step s = { cb, c, who, NULL, &w, audience };

	if (strcmp(audience, "public") != 0 && strcmp(audience, "parties") != 0 && strcmp(audience, "unit") != 0)
		return ql_reject(err, "/audience", "must be public, parties or unit");
	if (who->role == ROLE_ENTERPRISE && strcmp(audience, "public") != 0)
		return ql_reject(err, "/audience", "must be public: what an enterprise sends is for the officers of its case");
	enum ql_rc rc = step_begin(&s, ACT_ATTACH_FILE, err);

	if (rc != QL_OK)
		return rc;
	if (who->role == ROLE_ENTERPRISE)
		c->last_spoken_at = cb->now;
	tell(unit_data(cb), f);
	rc = step_finish(&s, err);
	stage_attachment(cb, c, who, f);
	return rc;
}
