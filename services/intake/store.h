/* store.h -- intake's own tables: positions, inbox, quarantine, notices, watches, calls, talk. */
#ifndef QL_INTAKE_STORE_H
#define QL_INTAKE_STORE_H

#include "intake/batch.h"

/* Where to read a partition from; makes the row of a partition never seen (it starts at 0). */
QL_MUSTCHECK enum ql_rc store_position(struct ql_pg *pg, const char *cluster, const char *topic, int32_t part, int64_t *next, struct ql_err *err);

/* First in the batch's transaction: moves the positions (QL_CONFLICT when another consumer has moved them), waits for others
 * that work on the same enterprises, people or references, and marks duplicates. */
QL_MUSTCHECK enum ql_rc store_claim(struct ql_pg *pg, const char *cluster, struct batch *b, struct ql_err *err);

/* Who speaks: enterprises by code, contacts by telephone or channel; unknown codes that are valid become enterprises. */
QL_MUSTCHECK enum ql_rc store_enterprises(struct ql_pg *pg, struct batch *b, struct ql_err *err);

/* What is open that a record could belong to, and what is kept of declarations and calls. */
QL_MUSTCHECK enum ql_rc store_knowledge(struct ql_pg *pg, struct batch *b, int64_t twin_days, struct ql_err *err);

/* Rows gathered while the batch is worked through, written by store_write() in one round trip. */
enum kept { KEPT_INBOX, KEPT_QUARANTINE, KEPT_NOTICES, KEPT_WATCHES_ARMED, KEPT_WATCHES_DISARMED, KEPT_CALLS, KEPT_TALK, KEPT_CANARIES, KEPT };
struct kept_rows { struct ql_rows rows[KEPT]; };
void kept_init(struct kept_rows *k);
void kept_free(struct kept_rows *k);
void kept_reset(struct kept_rows *k);
QL_MUSTCHECK enum ql_rc store_write(struct ql_pg *pg, struct kept_rows *k, struct ql_err *err);

#endif
