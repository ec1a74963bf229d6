/* command.h -- what a subcommand of qlctl is, and the files in which each one lives. */
#ifndef QLCTL_COMMAND_H
#define QLCTL_COMMAND_H

#include <stdbool.h>
#include "base/err.h"

/* argv[0] is the subcommand's own name; returns the exit status. Each reads its options through base/conf.h. */
typedef int qlctl_run(int argc, char **argv);

int qlctl_migrate(int argc, char **argv); /* migrate.c */
int qlctl_import(int argc, char **argv);  /* import.c */
int qlctl_demo(int argc, char **argv);    /* demo.c */
int qlctl_topics(int argc, char **argv);  /* topics.c */
int qlctl_user(int argc, char **argv);    /* user.c */
int qlctl_quarantine(int argc, char **argv); /* quarantine.c */
int qlctl_verify(int argc, char **argv);  /* verify.c */
int qlctl_check(int argc, char **argv);   /* check.c */
int qlctl_roster(int argc, char **argv);  /* roster.c */
int qlctl_reindex(int argc, char **argv); /* reindex.c */
int qlctl_retention(int argc, char **argv); /* retention.c */
int qlctl_person(int argc, char **argv);  /* person.c */
int qlctl_health(int argc, char **argv);  /* health.c */
int qlctl_clock(int argc, char **argv);   /* clocks.c */
int qlctl_clocks(int argc, char **argv);  /* clocks.c */

/* clocks.c: computes every deadline again; those that differ are printed. */
struct ql_pg;
enum ql_rc clocks_verify(struct ql_pg *pg, bool *whole, struct ql_err *err);

/* Takes the words that stand before the first flag ("user add lin --role=..."): at most max, the others become NULL. What is
 * left in argc and argv is for ql_conf_load. Returns how many there are; more than max are counted, not kept. */
int command_words(int *argc, char ***argv, const char **words, int max);

#endif
