/* conf.c -- the option table read three ways: flags, environment, documentation. */
#include "conf.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64 /* bytes of an option's name */
#define OPTIONS_MAX 64  /* rows of a table */

/* kafka.brokers -> QL_KAFKA_BROKERS */
static void env_name(const char *option, char out[NAME_MAX_LEN + 4])
{
	size_t n = strlen(option);

	assert(n <= NAME_MAX_LEN);
	memcpy(out, "QL_", 3);
	for (size_t i = 0; i <= n; i++)
		out[3 + i] = option[i] == '.' || option[i] == '-' ? '_' : (char)toupper((unsigned char)option[i]);
}

static enum ql_rc set_text(const struct ql_opt *o, void *member, const char *v, struct ql_err *err)
{
	(void)o;
	(void)err;
	*(const char **)member = v;
	return QL_OK;
}

static enum ql_rc set_int(const struct ql_opt *o, void *member, const char *v, struct ql_err *err)
{
	bool bounded = o->min != 0 || o->max != 0;
	long min = bounded ? o->min : INT_MIN, max = bounded ? o->max : INT_MAX, n;
	char *end;

	errno = 0;
	n = strtol(v, &end, 10);
	if (end == v || *end != '\0' || errno != 0 || n < min || n > max)
		return ql_fail(err, QL_FATAL, "%s must be a whole number from %ld to %ld, not \"%.40s\"", o->name, min, max, v);
	*(int *)member = (int)n;
	return QL_OK;
}

static enum ql_rc set_bool(const struct ql_opt *o, void *member, const char *v, struct ql_err *err)
{
	static const struct { const char *word; bool value; } WORDS[] = {
		{ "true", true }, { "yes", true }, { "on", true }, { "1", true },
		{ "false", false }, { "no", false }, { "off", false }, { "0", false },
	};

	for (size_t i = 0; i < QL_LEN(WORDS); i++) {
		if (strcmp(WORDS[i].word, v) == 0) {
			*(bool *)member = WORDS[i].value;
			return QL_OK;
		}
	}
	return ql_fail(err, QL_FATAL, "%s must be true or false, not \"%.40s\"", o->name, v);
}

/* What a type is called in --help, and how its text becomes a value. */
static const struct {
	const char *hint;
	enum ql_rc (*set)(const struct ql_opt *o, void *member, const char *v, struct ql_err *err);
} TYPES[] = {
	[QL_OPT_TEXT] = { "TEXT", set_text },
	[QL_OPT_SECRET] = { "SECRET", set_text },
	[QL_OPT_INT] = { "NUMBER", set_int },
	[QL_OPT_BOOL] = { "true|false", set_bool },
};

/* The option called name, else the row that ends the table. */
static const struct ql_opt *find(const struct ql_opt *options, const char *name, size_t len)
{
	const struct ql_opt *o = options;

	while (o->name != NULL && (strlen(o->name) != len || memcmp(o->name, name, len) != 0))
		o++;
	return o;
}

static void print_help(const struct ql_program *prog)
{
	printf("%s\n\nusage: %s [--OPTION=VALUE ...]\n\n", prog->summary, prog->name);
	for (const struct ql_opt *o = prog->options; o->name != NULL; o++) {
		char env[NAME_MAX_LEN + 4];

		env_name(o->name, env);
		printf("  --%s=%s  [%s]\n        %s", o->name, TYPES[o->type].hint, env, o->doc);
		if (o->dflt == NULL)
			printf(" (required)");
		else if (o->dflt[0] != '\0')
			printf(" (default: %s)", o->dflt);
		printf("\n");
	}
	printf("  --help[=markdown]\n        print this (as a table) and stop\n\n"
	       "A flag wins over the environment variable in brackets. Give secrets by the environment: flags show in the process list.\n");
}

static void print_markdown(const struct ql_program *prog)
{
	printf("| option | environment | default | meaning |\n|---|---|---|---|\n");
	for (const struct ql_opt *o = prog->options; o->name != NULL; o++) {
		const char *quote = o->dflt != NULL && o->dflt[0] != '\0' ? "`" : "";
		char env[NAME_MAX_LEN + 4];

		env_name(o->name, env);
		printf("| `%s` | `%s` | %s%s%s | %s |\n", o->name, env, quote, o->dflt ? o->dflt : "required", quote, o->doc);
	}
}

static void help(const struct ql_program *prog, const char *flag)
{
	if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0)
		print_help(prog);
	else if (strcmp(flag, "--help=markdown") == 0)
		print_markdown(prog);
	else
		return;
	exit(EXIT_SUCCESS);
}

/* An empty variable counts as absent: that is how compose and unit files leave one out. */
static void read_environment(const struct ql_opt *options, const char **values)
{
	for (size_t i = 0; options[i].name != NULL; i++) {
		char env[NAME_MAX_LEN + 4];
		const char *v;

		env_name(options[i].name, env);
		v = getenv(env);
		if (v != NULL && v[0] != '\0')
			values[i] = v;
	}
}

/* One flag: --name=value, --name value, or --name alone for a bool. Returns the arguments used, 0 on failure. */
static int read_flag(const struct ql_program *prog, char **arg, const char **values, struct ql_err *err)
{
	const char *flag = arg[0], *value = strchr(flag, '=');
	size_t len = value != NULL ? (size_t)(value - flag) : strlen(flag);
	const struct ql_opt *o = strncmp(flag, "--", 2) == 0 ? find(prog->options, flag + 2, len - 2) : NULL;
	int used = 1;

	if (o == NULL || o->name == NULL) {
		ql_fail(err, QL_FATAL, "unknown argument \"%.*s\"; %s --help lists them", len < 60 ? (int)len : 60, flag, prog->name);
		return 0;
	}
	if (value != NULL) {
		value++;
	} else if (o->type == QL_OPT_BOOL) {
		value = "true";
	} else {
		value = arg[1];
		used = 2;
	}
	if (value == NULL) {
		ql_fail(err, QL_FATAL, "--%s needs a value", o->name);
		return 0;
	}
	values[o - prog->options] = value;
	return used;
}

static enum ql_rc set_all(const struct ql_opt *options, const char **values, void *conf, struct ql_err *err)
{
	for (const struct ql_opt *o = options; o->name != NULL; o++, values++) {
		char env[NAME_MAX_LEN + 4];
		enum ql_rc rc;

		env_name(o->name, env);
		if (*values == NULL || (o->dflt == NULL && (*values)[0] == '\0'))
			return ql_fail(err, QL_FATAL, "%s is required: set %s or --%s", o->name, env, o->name);
		rc = TYPES[o->type].set(o, (char *)conf + o->off, *values, err);
		if (rc != QL_OK)
			return rc;
	}
	return QL_OK;
}

enum ql_rc ql_conf_load(const struct ql_program *prog, void *conf, int argc, char **argv, struct ql_err *err)
{
	const char *values[OPTIONS_MAX] = { NULL };

	for (size_t i = 0; prog->options[i].name != NULL; i++) {
		assert(i < OPTIONS_MAX);
		values[i] = prog->options[i].dflt;
	}
	read_environment(prog->options, values);
	for (int i = 1, used; i < argc; i += used) {
		help(prog, argv[i]);
		used = read_flag(prog, argv + i, values, err);
		if (used == 0)
			return QL_FATAL;
	}
	return set_all(prog->options, values, conf, err);
}
