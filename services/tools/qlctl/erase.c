#include "tools/qlctl/erase.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MAX (24 * KEEP_BATCH + 3)

static const struct actor OPERATOR = { .role = ROLE_OPERATOR };

/* One that was reopened, or held, since it was chosen is left out; the database leaves held ones out once more. */
static enum ql_rc note(struct casebook *cb, const struct keep_cases *cases, const char *why, struct ql_buf *ids, struct ql_err *err)
{
	enum ql_rc rc = casebook_load(cb, cases->id, (size_t)cases->n, err);

	ql_buf_str(ids, "{");
	for (int i = 0; rc == QL_OK && i < cases->n; i++) {
		struct case_file *c = casebook_find(cb, cases->id[i]);

		if (c == NULL || lifecycle_is_open(c->state))
			continue;
		ql_buf_fmt(ids, "%s%" PRId64, ids->len > 1 ? "," : "", c->id);
		rc = casebook_erased(cb, c, &OPERATOR, why, err);
	}
	ql_buf_str(ids, "}");
	return rc == QL_OK ? casebook_flush(cb, err) : rc;
}

enum ql_rc erase_cases(struct casebook *cb, const struct keep_cases *cases, const char *why, struct ql_err *err)
{
	struct ql_buf ids;
	enum ql_rc rc = casebook_begin(cb, err);

	ql_buf_init(&ids, IDS_MAX);
	if (rc == QL_OK)
		rc = note(cb, cases, why, &ids, err);
	if (rc == QL_OK)
		rc = keep_store_erase_cases(casebook_pg(cb), ids.data, strcmp(why, "request") == 0, err);
	if (rc == QL_OK)
		rc = casebook_commit(cb, err);
	if (rc != QL_OK)
		casebook_rollback(cb);
	ql_buf_free(&ids);
	return rc;
}
