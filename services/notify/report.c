/* report.c -- what became of a message goes to the case, through casebook, together with the letter's own row. */
#include "notify/notify.h"

/* What is kept at the message: a word of ours, never what the other side said. */
static const char *word_of(const struct outcome *o)
{
	if (o->fate == FATE_SENT)
		return NULL;
	return o->fate == FATE_AGAIN ? "gave_up" : o->status == 0 ? o->why : "refused";
}

/* A mail server's 250 is delivery as far as anybody will know; an adapter says which it is. */
static enum delivery delivery_of(const struct outcome *o)
{
	const bool adapter = o->kind == TRANSFER_ADAPTER;

	if (o->fate == FATE_SENT)
		return adapter && o->status == 202 ? DELIVERY_SENT : DELIVERY_DELIVERED;
	return adapter && o->status == 409 ? DELIVERY_WINDOW_CLOSED : DELIVERY_FAILED;
}

enum ql_rc report_delivery(struct notify *n, const struct mail_message *m, const struct outcome *o, const struct mail_end *end, struct ql_err *err)
{
	enum ql_rc rc = casebook_begin(n->cb, err);
	struct case_file *c = NULL;

	if (rc == QL_OK)
		rc = casebook_load(n->cb, &m->case_id, 1, err);
	if (rc == QL_OK) {
		c = casebook_find(n->cb, m->case_id);
		rc = c != NULL ? casebook_delivery(n->cb, c, m->version, m->seq, delivery_of(o), word_of(o), err)
		               : ql_fail(err, QL_REJECT, "case %lld of letter %lld is not there", (long long)m->case_id, (long long)end->id);
	}
	if (rc == QL_OK)
		rc = store_settle_mail(n->pg, end, err);
	if (rc == QL_OK)
		rc = casebook_commit(n->cb, err);
	if (rc != QL_OK)
		casebook_rollback(n->cb);
	return rc;
}
