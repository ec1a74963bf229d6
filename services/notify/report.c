/* report.c -- what became of a message goes to the case, through casebook, together with the letter's own row. */
#include "notify/notify.h"

/* What is kept at the message: a word of ours, never what the other side said. */
static const char *word_of(const struct outcome *o)
{
	if (o->fate == FATE_SENT)
		return NULL;
	return o->fate == FATE_AGAIN ? "gave_up" : o->status == 0 ? o->why : "refused";
}

enum ql_rc report_delivery(struct notify *n, const struct mail_message *m, const struct outcome *o, const struct mail_end *end, struct ql_err *err)
{
	enum ql_rc rc = ql_pg_exec(n->pg, "begin", err);

	if (rc == QL_OK)
		rc = store_settle_mail(n->pg, end, err);
	if (rc == QL_OK)
		rc = store_message_state(n->pg, m, o->fate == FATE_SENT ? "delivered" : "failed", word_of(o), err);
	if (rc == QL_OK)
		rc = ql_pg_exec(n->pg, "commit", err);
	return rc;
}
