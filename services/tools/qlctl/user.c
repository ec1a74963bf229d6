/* user.c -- qlctl user: accounts. A password comes on standard input, never as an argument: those show in the process list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "base/conf.h"
#include "base/log.h"
#include "base/password.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/user_store.h"

#define PASSWORD_MIN 10 /* bytes; length is what counts */
#define LOGIN_MAX    64

struct user_conf { const char *pg_dsn, *role, *name, *language, *unit, *staff_no, *uscc, *person, *issuer, *subject; };

#define T struct user_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_TEXT(T, role, "role", "", "add: supervisor, coordinator, agent, enterprise, administrator, security, auditor or kiosk"),
	QL_TEXT(T, name, "name", "", "add: the person's name; the login when empty"),
	QL_TEXT(T, language, "language", "zh-CN", "add: zh-CN, en or ru"),
	QL_TEXT(T, unit, "unit", "", "add: code of the unit that the account works for; none for an enterprise"),
	QL_TEXT(T, staff_no, "staff-no", "", "add: staff number of the coordinator"),
	QL_TEXT(T, uscc, "uscc", "", "add: credit code of the enterprise"),
	QL_TEXT(T, person, "person", "", "add: staff number of who holds it; administrator, security and auditor are three persons"),
	QL_TEXT(T, issuer, "issuer", "", "link: the OpenID provider's issuer"),
	QL_TEXT(T, subject, "subject", "", "link: who the account's holder is there"),
	{ 0 },
};
#undef T
static const struct ql_program USER = {
	"qlctl user", "Accounts: user add LOGIN --role=..., password LOGIN, disable LOGIN, enable LOGIN, link LOGIN --issuer=... --subject=..., list. Passwords are read from standard input.", OPTIONS
};

/* On a terminal the password is asked for and not shown; a failure to hide it is not worth refusing. */
static bool read_line(char *line, int size)
{
	struct termios shown, hidden;
	const bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	bool got;

	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		fputs("password: ", stderr);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	got = fgets(line, size, stdin) != NULL;
	if (terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	return got;
}

static enum ql_rc read_password(char hash[PASSWORD_HASH_MAX], struct ql_err *err)
{
	char line[PASSWORD_MAX + 2] = "";
	enum ql_rc rc;

	if (!read_line(line, (int)sizeof(line)))
		return ql_fail(err, QL_REJECT, "no password came: write it on standard input, one line");
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) < PASSWORD_MIN || strlen(line) > PASSWORD_MAX)
		rc = ql_fail(err, QL_REJECT, "a password has %d to %d bytes", PASSWORD_MIN, PASSWORD_MAX);
	else
		rc = password_hash(line, hash, err);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static enum ql_rc check_role(const struct user_conf *c, struct ql_err *err)
{
	static const struct { const char *role, *needs; bool unit, staff, uscc, person; } ROLES[] = {
		{ "supervisor", "a supervisor needs --unit", true, false, false, false },
		{ "coordinator", "a coordinator needs --unit and --staff-no", true, true, false, false },
		{ "enterprise", "an enterprise needs --uscc and no --unit", false, false, true, false },
		{ "agent", "an agent needs --unit", true, false, false, false },
		{ "administrator", "an administrator needs --unit and --person", true, false, false, true },
		{ "security", "a security administrator needs --unit and --person", true, false, false, true },
		{ "auditor", "an auditor needs --unit and --person", true, false, false, true },
		{ "kiosk", "a kiosk needs --unit", true, false, false, false },
	};

	for (size_t i = 0; i < QL_LEN(ROLES); i++) {
		if (strcmp(ROLES[i].role, c->role) != 0)
			continue;
		if (ROLES[i].unit != (c->unit[0] != '\0') || ROLES[i].staff != (c->staff_no[0] != '\0') || ROLES[i].uscc != (c->uscc[0] != '\0') || (ROLES[i].person && c->person[0] == '\0'))
			return ql_reject(err, "role", "%s", ROLES[i].needs);
		return QL_OK;
	}
	return ql_reject(err, "role", "--role must be supervisor, coordinator, agent, enterprise, administrator, security, auditor or kiosk");
}

static enum ql_rc add(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	char hash[PASSWORD_HASH_MAX];
	const struct user_new u = { login, hash, c->name[0] != '\0' ? c->name : login, c->role, c->language, c->unit, c->staff_no, c->uscc, c->person };
	enum ql_rc rc = check_role(c, err);

	if (rc == QL_OK)
		rc = read_password(hash, err);
	return rc == QL_OK ? user_store_add(pg, &u, err) : rc;
}

static enum ql_rc set_password(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	char hash[PASSWORD_HASH_MAX];
	enum ql_rc rc = read_password(hash, err);

	(void)c;
	return rc == QL_OK ? user_store_password(pg, login, hash, err) : rc;
}

static enum ql_rc disable(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	(void)c;
	return user_store_disable(pg, login, err);
}

static enum ql_rc enable(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	(void)c;
	return user_store_enable(pg, login, err);
}

static enum ql_rc link_subject(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	if (c->issuer[0] == '\0' || c->subject[0] == '\0')
		return ql_reject(err, "subject", "--issuer and --subject say who it is at the provider");
	return user_store_link(pg, login, c->issuer, c->subject, err);
}

static void print_row(void *to, const char *login, const char *role, const char *name, const char *where, const char *state)
{
	(void)to;
	printf("%-14s %-12s %s%s%s  %s\n", login, role, name, where[0] != '\0' ? " @ " : "", where, state);
}

static enum ql_rc list(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err)
{
	(void)c;
	(void)login;
	return user_store_list(pg, print_row, NULL, err);
}

typedef enum ql_rc user_verb(struct ql_pg *pg, const struct user_conf *c, const char *login, struct ql_err *err);
static const struct { const char *verb; int words; user_verb *run; } VERBS[] = {
	{ "add", 2, add }, { "password", 2, set_password }, { "disable", 2, disable }, { "enable", 2, enable }, { "link", 2, link_subject }, { "list", 1, list },
};

int qlctl_user(int argc, char **argv)
{
	struct user_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	const char *words[2];
	const int n = command_words(&argc, &argv, words, 2);
	size_t v = 0;
	enum ql_rc rc = ql_conf_load(&USER, &conf, argc, argv, &err);

	while (v < QL_LEN(VERBS) && (n != VERBS[v].words || strcmp(words[0], VERBS[v].verb) != 0))
		v++;
	if (rc == QL_OK && (v == QL_LEN(VERBS) || (n == 2 && strlen(words[1]) > LOGIN_MAX)))
		rc = ql_fail(&err, QL_FATAL, "qlctl user add LOGIN, password LOGIN, disable LOGIN, enable LOGIN or list");
	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = VERBS[v].run(pg, &conf, words[1], &err);
	ql_pg_close(pg);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
