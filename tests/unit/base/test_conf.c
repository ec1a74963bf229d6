/* test_conf.c -- flags, environment, defaults, and the printed documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/conf.h"

struct conf { const char *dsn, *brokers, *file; int batch, free; bool demo; };

#define T struct conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, dsn, "t.dsn", NULL, "where the database is"),
	QL_TEXT(T, brokers, "t.brokers", "localhost:9092", "where the brokers are"),
	QL_TEXT(T, file, "t.port-file", "", "optional file"),
	QL_INT(T, batch, "t.batch", "200", 1, 500, "most records at once"),
	QL_INT(T, free, "t.free", "0", 0, 0, "any number"),
	QL_BOOL(T, demo, "t.demo", "false", "show something"),
	{ 0 },
};
static const struct ql_program PROGRAM = { "tester", "tester: tests.", OPTIONS };

static const char *const VARIABLES[] = { "QL_T_DSN", "QL_T_BROKERS", "QL_T_PORT_FILE", "QL_T_BATCH", "QL_T_FREE", "QL_T_DEMO" };

static int clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(VARIABLES); i++)
		unsetenv(VARIABLES[i]);
	return 0;
}

#define LOAD(c, err, ...) load(c, err, (const char *[]){ "tester", __VA_ARGS__, NULL })

static enum ql_rc load(struct conf *c, struct ql_err *err, const char **argv)
{
	int argc = 0;

	memset(c, 0x55, sizeof(*c)); /* every member must be set */
	while (argv[argc] != NULL)
		argc++;
	return ql_conf_load(&PROGRAM, c, argc, (char **)argv, err);
}

static void fills_in_defaults(void **state)
{
	struct conf c;
	struct ql_err err;

	(void)state;
	assert_int_equal(LOAD(&c, &err, "--t.dsn=d"), QL_OK);
	assert_string_equal(c.dsn, "d");
	assert_string_equal(c.brokers, "localhost:9092");
	assert_string_equal(c.file, "");
	assert_int_equal(c.batch, 200);
	assert_int_equal(c.free, 0);
	assert_false(c.demo);
}

static void a_flag_wins_over_the_environment(void **state)
{
	struct conf c;
	struct ql_err err;

	(void)state;
	setenv("QL_T_DSN", "env", 1);
	setenv("QL_T_BROKERS", "", 1);
	setenv("QL_T_PORT_FILE", "env", 1);
	setenv("QL_T_BATCH", "not a number, but nobody asks", 1);
	setenv("QL_T_DEMO", "yes", 1);
	assert_int_equal(LOAD(&c, &err, "--t.port-file", "flag=1", "--t.batch=7", "--t.free=-2000000000"), QL_OK);
	assert_string_equal(c.dsn, "env");
	assert_string_equal(c.brokers, "localhost:9092"); /* empty is absent */
	assert_string_equal(c.file, "flag=1");
	assert_int_equal(c.batch, 7);
	assert_int_equal(c.free, -2000000000);
	assert_true(c.demo);
	assert_int_equal(LOAD(&c, &err, "--t.batch=7", "--t.demo=off"), QL_OK);
	assert_false(c.demo);
	unsetenv("QL_T_DEMO");
	assert_int_equal(LOAD(&c, &err, "--t.batch=7", "--t.demo"), QL_OK);
	assert_true(c.demo);
}

static const struct bad { const char *name, *arg, *msg; } BAD[] = {
	{ "unknown flag", "--t.nope=1", "unknown argument \"--t.nope\"" },
	{ "prefix of a flag", "--t.bat=1", "unknown argument \"--t.bat\"" },
	{ "no flag", "stray", "unknown argument \"stray\"" },
	{ "nothing but dashes", "--", "unknown argument \"--\"" },
	{ "single dash", "-t.batch=1", "unknown argument \"-t.batch\"" },
	{ "value missing", "--t.batch", "--t.batch needs a value" },
	{ "below the least", "--t.batch=0", "t.batch must be a whole number from 1 to 500, not \"0\"" },
	{ "above the most", "--t.batch=501", "t.batch must be a whole number from 1 to 500" },
	{ "not a number", "--t.batch=7x", "t.batch must be a whole number" },
	{ "no number", "--t.batch=", "t.batch must be a whole number" },
	{ "too large for anything", "--t.free=99999999999999999999", "t.free must be a whole number" },
	{ "not a bool", "--t.demo=maybe", "t.demo must be true or false" },
	{ "required given empty", "--t.dsn=", "t.dsn is required: set QL_T_DSN or --t.dsn" },
};

static void names_the_option_at_fault(void **state)
{
	const struct bad *r = *state;
	struct conf c;
	struct ql_err err = {0};

	setenv("QL_T_DSN", "hunter2", 1);
	assert_int_equal(LOAD(&c, &err, r->arg), QL_FATAL);
	assert_memory_equal(err.msg, r->msg, strlen(r->msg));
	assert_null(strstr(err.msg, "hunter2"));
}

static void misses_what_is_required(void **state)
{
	struct conf c;
	struct ql_err err;

	(void)state;
	assert_int_equal(LOAD(&c, &err, "--t.batch=1"), QL_FATAL);
	assert_string_equal(err.msg, "t.dsn is required: set QL_T_DSN or --t.dsn");
}

/* Runs in a child, since help ends the process; a required option may be missing then. */
static void print_help(const char *flag, char *page, size_t size)
{
	int out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(out), 0);
	child = fork();
	if (child == 0) {
		struct conf c;
		struct ql_err err;

		dup2(out[1], STDOUT_FILENO);
		(void)!LOAD(&c, &err, flag);
		_exit(3);
	}
	close(out[1]);
	while (len + 1 < size && (n = read(out[0], page + len, size - 1 - len)) > 0)
		len += (size_t)n;
	page[len] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void prints_its_documentation(void **state)
{
	char page[8192];

	(void)state;
	setenv("QL_T_DSN", "hunter2", 1);
	print_help("--help", page, sizeof(page));
	for (const struct ql_opt *o = OPTIONS; o->name != NULL; o++) {
		assert_non_null(strstr(page, o->name));
		assert_non_null(strstr(page, o->doc));
	}
	for (size_t i = 0; i < QL_LEN(VARIABLES); i++)
		assert_non_null(strstr(page, VARIABLES[i]));
	assert_null(strstr(page, "hunter2"));
	print_help("--help=markdown", page, sizeof(page));
	assert_memory_equal(page, "| option | environment | default | meaning |\n|---|---|---|---|\n", 62);
	assert_non_null(strstr(page, "| `t.dsn` | `QL_T_DSN` | required | where the database is |\n"));
	assert_non_null(strstr(page, "| `t.port-file` | `QL_T_PORT_FILE` |  | optional file |\n"));
	assert_non_null(strstr(page, "| `t.batch` | `QL_T_BATCH` | `200` | most records at once |\n"));
	assert_null(strstr(page, "hunter2"));
}

int main(void)
{
	struct CMUnitTest tests[4 + QL_LEN(BAD)] = {
		cmocka_unit_test_setup(fills_in_defaults, clean),
		cmocka_unit_test_setup(a_flag_wins_over_the_environment, clean),
		cmocka_unit_test_setup(misses_what_is_required, clean),
		cmocka_unit_test_setup(prints_its_documentation, clean),
	};

	for (size_t i = 0; i < QL_LEN(BAD); i++)
		tests[4 + i] = (struct CMUnitTest){ BAD[i].name, names_the_option_at_fault, clean, NULL, (void *)&BAD[i] };
	return cmocka_run_group_tests_name("base/conf", tests, NULL, NULL);
}
