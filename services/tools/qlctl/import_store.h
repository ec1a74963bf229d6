/* import_store.h -- which CSV becomes which table, and by what rule. */
#ifndef QLCTL_IMPORT_STORE_H
#define QLCTL_IMPORT_STORE_H

#include "base/pg.h"

struct import_table {
	const char *name;    /* of the CSV file and of the temporary table */
	const char *columns; /* as in the file's heading line, with types */
	const char *merge;   /* from pg_temp.<name> into the schema */
};
extern const struct import_table IMPORT_TABLES[];
extern const size_t IMPORT_TABLES_N;

/* Makes the temporary table and starts the COPY. */
QL_MUSTCHECK enum ql_rc import_store_open(PGconn *conn, const struct import_table *t, struct ql_err *err);
QL_MUSTCHECK enum ql_rc import_store_merge(PGconn *conn, const struct import_table *t, struct ql_err *err);

#endif
