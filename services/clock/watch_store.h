/* watch_store.h -- watches whose time has come, and the cases they belong to. */
#ifndef QL_CLOCK_WATCH_STORE_H
#define QL_CLOCK_WATCH_STORE_H

#include "base/pg.h"
#include "casebook/reference.h"
#include "clock/aside.h"
#include "domain/ident.h"

#define WATCHES_MAX 100 /* fired in one transaction, one a declaration */

struct due_watch {
	int64_t id, enterprise;
	char declaration[IDENT_MAX + 1], container[IDENT_MAX + 1], bill[IDENT_MAX + 1];
	char rule[WORD_MAX], tier[WORD_MAX];
	int32_t unit, home_unit; /* where the goods are; the enterprise's home; 0: unknown */
	ql_time armed_at, due_at;
	int64_t case_id; /* an open case about this declaration, the enterprise's own before others'; 0: none */
	bool held;       /* still armed and locked by us */
};

struct watch_page {
	size_t n;
	struct due_watch item[WATCHES_MAX];
	bool more;    /* there are further due ones */
	ql_time next; /* when the next one is due; 0: none known */
};

/* Which watches are due (id and declaration), but for those set aside. Takes no lock. */
QL_MUSTCHECK enum ql_rc watch_read_due(struct ql_pg *pg, const struct aside *aside, struct watch_page *page, struct ql_err *err);

/* Inside the transaction, in this order: waits for whoever works on the same declarations (intake takes the same locks);
 * locks the watches and fills in what they say; finds the open cases. */
QL_MUSTCHECK enum ql_rc watch_claim(struct ql_pg *pg, struct watch_page *page, struct ql_err *err);

/* Marks the held ones fired, with their cases, which must be flushed before. */
QL_MUSTCHECK enum ql_rc watch_settle(struct ql_pg *pg, const struct watch_page *page, struct ql_err *err);

#endif
