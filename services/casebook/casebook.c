#include "casebook/casebook.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "casebook/unit_int.h"

enum ql_rc casebook_new(struct casebook **out, struct ql_pg *pg, struct ql_err *err)
{
	struct casebook *cb = calloc(1, sizeof(*cb));

	*out = NULL;
	if (cb == NULL)
		return ql_fail(err, QL_RETRY, "no memory for a casebook");
	if (sodium_init() < 0) {
		free(cb);
		return ql_fail(err, QL_FATAL, "libsodium does not start: is /dev/urandom there?");
	}
	cb->pg = pg;
	for (int i = 0; i < STAGES; i++)
		ql_rows_init(&cb->rows[i], STAGE_BYTES_MAX);
	ql_buf_init(&cb->data, DATA_BYTES_MAX);
	search_init(&cb->search, &cb->rows[STAGE_FOUND_NEW], &cb->rows[STAGE_FOUND_MORE]);
	enum ql_rc rc = reference_open(&cb->ref, pg, err);

	if (rc != QL_OK) {
		casebook_free(cb);
		return rc;
	}
	*out = cb;
	return QL_OK;
}

static void forget(struct casebook *cb)
{
	for (size_t i = 0; i < cb->n_cases; i++) {
		free(cb->cases[i]->why);
		for (int k = 0; k < cb->cases[i]->n_parties; k++) {
			free(cb->cases[i]->party[k].body_name);
			free(cb->cases[i]->party[k].body_mail);
		}
		free(cb->cases[i]->subject);
		free(cb->cases[i]);
	}
	cb->n_cases = cb->n_loads = cb->n_messages = cb->found = 0;
	for (int i = 0; i < STAGES; i++)
		ql_rows_reset(&cb->rows[i]);
	cb->origin.who = NULL;
	cb->origin.at = 0;
	search_reset(&cb->search);
	cb->begun = false;
}

void casebook_free(struct casebook *cb)
{
	if (cb == NULL)
		return;
	forget(cb);
	for (int i = 0; i < STAGES; i++)
		ql_rows_free(&cb->rows[i]);
	ql_buf_free(&cb->data);
	search_free(&cb->search);
	reference_close(cb->ref);
	free(cb);
}

const struct reference *casebook_reference(const struct casebook *cb) { return cb->ref; }
struct ql_pg *casebook_pg(struct casebook *cb) { return cb->pg; }
ql_time casebook_now(const struct casebook *cb) { return cb->now; }

enum ql_rc casebook_begin(struct casebook *cb, struct ql_err *err)
{
	int64_t version = 0;
	enum ql_rc rc = QL_OK;

	if (cb->broken) {
		rc = ql_pg_recover(cb->pg, err);
		cb->broken = rc != QL_OK;
	}
	if (rc == QL_OK)
		rc = casestore_begin(cb, &version, err);
	if (rc == QL_OK)
		rc = reference_refresh(cb->ref, cb->pg, version, err);
	cb->begun = true;
	return rc;
}

enum ql_rc casebook_join(struct casebook *cb, struct ql_err *err)
{
	int64_t version = 0;
	enum ql_rc rc = casestore_now(cb, &version, err);

	cb->begun = true;
	return rc == QL_OK ? reference_refresh(cb->ref, cb->pg, version, err) : rc;
}

enum ql_rc casebook_flush(struct casebook *cb, struct ql_err *err)
{
	for (size_t i = 0; i < cb->n_cases; i++) {
		struct case_file *c = cb->cases[i];

		stage_clocks(cb, c);
		stage_parties(cb, c);
		if (c->dirty)
			stage_case_changed(cb, c);
		c->dirty = false;
		c->loaded_version = c->version;
	}
	stage_loads(cb);
	enum ql_rc rc = casestore_names(cb, err);

	if (rc == QL_OK)
		rc = search_stage(&cb->search, err);
	return rc == QL_OK ? casestore_write(cb, err) : rc;
}

enum ql_rc casebook_commit(struct casebook *cb, struct ql_err *err)
{
	enum ql_rc rc = casebook_flush(cb, err);

	if (rc == QL_OK) /* only now: a row count seen to be wrong must still be able to roll back */
		rc = ql_pg_exec(cb->pg, "commit", err);
	if (rc == QL_OK)
		forget(cb);
	return rc;
}

void casebook_rollback(struct casebook *cb)
{
	struct ql_err ignored = { 0 };

	if (ql_pg_recover(cb->pg, &ignored) != QL_OK)
		cb->broken = true; /* the transaction died with its connection; begin tries again */
	forget(cb);
}

enum ql_rc casebook_load(struct casebook *cb, const int64_t *ids, size_t n, struct ql_err *err) { return casestore_load(cb, ids, n, err); }

struct case_file *casebook_find(struct casebook *cb, int64_t id)
{
	/* Rows come in the order of the cases: the one found last, or its neighbour, is mostly it. */
	for (size_t i = 0; i < cb->n_cases; i++) {
		size_t at = (cb->found + i) % cb->n_cases;

		if (cb->cases[at]->id == id) {
			cb->found = at;
			return cb->cases[at];
		}
	}
	return NULL;
}

enum ql_rc casebook_take(struct casebook *cb, struct take *takes, size_t n, struct ql_err *err) { return casestore_take(cb, takes, n, err); }

enum ql_rc casebook_expect(const struct case_file *c, int32_t version, struct ql_err *err)
{
	return c->version == version ? QL_OK : ql_fail(err, QL_CONFLICT, "case %s is at version %d, not %d", c->number, c->version, version);
}
