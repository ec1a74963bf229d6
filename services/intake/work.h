/* work.h -- what intake makes of one record: a case, an attachment, a link, or a kept record.
 *
 * Twice over a batch: recognise() first says which cases are wanted, so that they are locked together and in order; then
 * work_item() does the work, with the cases that earlier records of the batch have opened in view.
 */
#ifndef QL_INTAKE_WORK_H
#define QL_INTAKE_WORK_H

#include "intake/batch.h"
#include "intake/store.h"

struct work {
	struct casebook *cb;
	struct batch *b;
	struct kept_rows *kept;
	const char *cluster;
};

/* The open cases that a record has to do with. */
struct recognised {
	int64_t attach;  /* it belongs to this one; 0: to none */
	int64_t merge;   /* a second one of the same enterprise that the same message names: they are one; 0: none */
	int64_t link;    /* another enterprise's case about the same thing; 0: none */
	bool joined;     /* the same person within the pause: one message in several */
	bool foreign;    /* a reply to a case that is not the writer's */
};
struct recognised recognise(const struct work *w, const struct item *it);

/* The case to attach to, loaded and still taking messages; NULL: open one. */
struct case_file *work_target(const struct work *w, const struct recognised *r);

QL_MUSTCHECK enum ql_rc work_enquiry(struct work *w, struct item *it, struct ql_err *err);
QL_MUSTCHECK enum ql_rc work_notice(struct work *w, struct item *it, struct ql_err *err); /* incidents and raw notices */
QL_MUSTCHECK enum ql_rc work_call(struct work *w, struct item *it, struct ql_err *err);

/* The message has shown that two open cases of one enterprise are one: the younger ends in the older, unless somebody works on it. */
QL_MUSTCHECK enum ql_rc work_merge(struct work *w, const struct recognised *r, struct case_file *c, struct ql_err *err);

/* Shared by the three. */
QL_MUSTCHECK enum ql_rc work_open(struct work *w, struct item *it, struct case_spec *spec, int64_t link, struct ql_err *err);
QL_MUSTCHECK enum ql_rc work_attach(struct work *w, struct item *it, struct case_file *c, struct attachment *a, struct ql_err *err);
struct actor work_speaker(const struct item *it); /* the enterprise, else the system on a person's behalf */
/* Facts of the message for the journal: where it came from, and identifiers that are wrong. The caller frees it. */
char *work_message_json(const struct item *it);

#endif
