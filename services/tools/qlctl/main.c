/* main.c -- qlctl: operate Qingling from a shell. One subcommand, one file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/log.h"
#include "tools/qlctl/command.h"

static const struct { const char *name, *summary; qlctl_run *run; } COMMANDS[] = {
	{ "migrate", "bring the schema up to date (or back one step: migrate down)", qlctl_migrate },
	{ "import", "load reference data from CSV: units, calendars, holidays, categories, codes, policies", qlctl_import },
	{ "demo", "enterprises, coordinators and accounts for a demonstration", qlctl_demo },
	{ "topics", "create the Kafka topics that are missing", qlctl_topics },
	{ "user", "accounts: user add LOGIN, password LOGIN, disable LOGIN, enable LOGIN, list", qlctl_user },
	{ "quarantine", "faulty messages: quarantine list, show N, replay N, discard N", qlctl_quarantine },
	{ "health", "one screen: is the river running, and what to do where it is not", qlctl_health },
	{ "roster", "roster check: duties that have nobody when somebody must be there", qlctl_roster },
	{ "verify", "recompute the hash chains of the journal, or all deadlines: verify [CASE NUMBER | clocks]", qlctl_verify },
	{ "clock", "recompute and explain the deadlines of a case: clock NUMBER [KIND]", qlctl_clock },
	{ "clocks", "what a policy would do to all that is open: clocks preview", qlctl_clocks },
	{ "reindex", "make what a search finds cases by, where it is missing", qlctl_reindex },
	{ "retention", "what has been kept long enough: retention preview, run", qlctl_retention },
	{ "person", "a person's data: person export, person erase", qlctl_person },
	{ "check", "balance the accounts: messages, loads, rights, clocks", qlctl_check },
};

int command_words(int *argc, char ***argv, const char **words, int max)
{
	int n = 0;

	for (int i = 0; i < max; i++)
		words[i] = NULL;
	while (n + 1 < *argc && strncmp((*argv)[n + 1], "-", 1) != 0) {
		if (n < max)
			words[n] = (*argv)[n + 1];
		n++;
	}
	(*argv)[n] = (*argv)[0];
	*argv += n;
	*argc -= n;
	return n;
}

static int usage(FILE *to, int status)
{
	fprintf(to, "qlctl <command> [--help]\n\n");
	for (size_t i = 0; i < QL_LEN(COMMANDS); i++)
		fprintf(to, "  %-12s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
	return status;
}

int main(int argc, char **argv)
{
	ql_log_open("qlctl");
	if (argc < 2)
		return usage(stderr, EXIT_FAILURE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout, EXIT_SUCCESS);
	for (size_t i = 0; i < QL_LEN(COMMANDS); i++)
		if (strcmp(argv[1], COMMANDS[i].name) == 0)
			return COMMANDS[i].run(argc - 1, argv + 1);
	fprintf(stderr, "qlctl: no command %s\n\n", argv[1]);
	return usage(stderr, EXIT_FAILURE);
}
