/* conf.h -- one option table per program.
 *
 * Each row serves three masters: the flag (--kafka.brokers=...), the environment
 * variable (QL_KAFKA_BROKERS) and the documentation (--help and the README table,
 * both printed from the rows). A flag wins over the environment, the environment
 * over the default. Only main.c reads argv and the environment, through here.
 */
#ifndef QL_BASE_CONF_H
#define QL_BASE_CONF_H

#include "err.h"

enum ql_opt_type { QL_OPT_TEXT, QL_OPT_SECRET /* never printed or logged */, QL_OPT_INT, QL_OPT_BOOL };

struct ql_opt {
	const char *name; /* "kafka.brokers"; NULL ends the table */
	enum ql_opt_type type;
	size_t off;       /* of a const char * (TEXT, SECRET), int (INT) or bool (BOOL) member */
	const char *dflt; /* NULL: required */
	int min, max;     /* INT only, inclusive; both 0: unbounded */
	const char *doc;
};

#define QL_TEXT(T, m, name, dflt, doc)          { name, QL_OPT_TEXT, offsetof(T, m), dflt, 0, 0, doc }
#define QL_SECRET(T, m, name, dflt, doc)        { name, QL_OPT_SECRET, offsetof(T, m), dflt, 0, 0, doc }
#define QL_INT(T, m, name, dflt, min, max, doc) { name, QL_OPT_INT, offsetof(T, m), dflt, min, max, doc }
#define QL_BOOL(T, m, name, dflt, doc)          { name, QL_OPT_BOOL, offsetof(T, m), dflt, 0, 0, doc }

struct ql_program {
	const char *name;    /* "intake" */
	const char *summary; /* first line of --help */
	const struct ql_opt *options;
};

/* Fills *conf. Text values live as long as the process. On --help prints and exits 0, on
 * --help=markdown prints the README table and exits 0. An unknown flag, a missing required
 * option or a value out of range is QL_FATAL with the option named. */
QL_MUSTCHECK enum ql_rc ql_conf_load(const struct ql_program *prog, void *conf, int argc, char **argv, struct ql_err *err);

#endif
