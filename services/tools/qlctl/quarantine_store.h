/* quarantine_store.h -- faulty messages (异常报文) as rows. */
#ifndef QLCTL_QUARANTINE_STORE_H
#define QLCTL_QUARANTINE_STORE_H

#include "base/pg.h"

#define QUARANTINE_HEADERS 64

struct faulty_header { char *name, *value; size_t len; }; /* value NULL: null */
struct faulty { /* texts and bytes are owned by it */
	PGresult *res;
	int64_t id, part, off, size;
	const char *topic, *reason, *field, *zh, *en, *source, *message_id, *received_at, *state, *settled;
	unsigned char *key, *value; /* NULL: none */
	size_t key_len, len;
	struct faulty_header header[QUARANTINE_HEADERS];
	size_t n_headers;
};
/* QL_REJECT: there is none of that number. lock: nobody else settles it until the transaction ends. */
QL_MUSTCHECK enum ql_rc quarantine_store_get(struct ql_pg *pg, int64_t id, bool lock, struct faulty *out, struct ql_err *err);
void faulty_free(struct faulty *f);

typedef void quarantine_row(void *to, int64_t id, const char *received_at, const char *topic, const char *reason, const char *field, const char *sentence);
/* state "" : any. The newest first. */
QL_MUSTCHECK enum ql_rc quarantine_store_list(struct ql_pg *pg, const char *state, int limit, quarantine_row *row, void *to, struct ql_err *err);

/* by "": the role of the connection. QL_CONFLICT: it is no longer open. */
QL_MUSTCHECK enum ql_rc quarantine_store_settle(struct ql_pg *pg, int64_t id, const char *state, const char *by, const char *why, struct ql_err *err);

#endif
