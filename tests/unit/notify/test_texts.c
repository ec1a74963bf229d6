/* The words of letters as they ship, and every way in which a file can be wrong.
 * link: services/notify/texts.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "notify/texts.h"

#define FOLDER "services/notify/templates"
static const char *const FILES[] = { "zh-CN", "en", "ru" };

static void all_are_there_in_three_languages(void **state)
{
	struct ql_err err = { 0 };
	struct texts *t;
	struct ql_buf b;
	const struct value values[] = { { "number", "261123-00417-5" }, { "text", "{link} stays" }, { "promise", "" }, { "link", "https://x/" }, { "time", "t" }, { "what", "w" },
	                                { "times", "3" }, { "due", "" }, { "count", "7" }, { "lines", "l" }, { "more", "" }, { "host", "h" }, { "why", "y" }, { NULL, NULL } };

	(void)state;
	if (texts_open(&t, FOLDER, &err) != QL_OK)
		fail_msg("%s", err.msg);
	ql_buf_init(&b, 65536);
	for (int l = 0; l < LANGUAGES; l++)
		for (int i = 0; i < TEXTS; i++) {
			ql_buf_reset(&b);
			texts_fill(t, (enum language)l, (enum text)i, values, &b);
			assert_true(ql_buf_ok(&b) && b.len > 0);
			assert_null(strstr(b.data, "\n\n\n")); /* an empty value leaves no hole */
			assert_true(strchr(b.data, '{') == NULL || strstr(b.data, "{link} stays") != NULL); /* what people wrote is not filled in again */
		}
	ql_buf_free(&b);
	texts_close(t);
}

/* Never said to anyone outside: why goods are held, and words of the terms list that are offences. */
static void forbidden_words(void **state)
{
	static const char *const NEVER[] = { "案件", "布控", "违规", "дело №", "нарушени", "risk profile", "申诉" };
	char path[128], text[16384];

	(void)state;
	for (size_t f = 0; f < QL_LEN(FILES); f++) {
		FILE *in;

		snprintf(path, sizeof(path), FOLDER "/%s.txt", FILES[f]);
		in = fopen(path, "r");
		assert_non_null(in);
		text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
		fclose(in);
		for (size_t i = 0; i < QL_LEN(NEVER); i++)
			assert_null(strstr(text, NEVER[i]));
	}
}

/* --- a folder of copies in which one line of one file is changed --- */

static void copy_changed(const char *folder, const char *name, const char *from, const char *to)
{
	char path[256], text[16384], *at;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "/%s.txt", name);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	fclose(f);
	snprintf(path, sizeof(path), "%s/%s.txt", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	at = from != NULL ? strstr(text, from) : NULL;
	assert_true(from == NULL || at != NULL);
	if (at != NULL)
		fprintf(f, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	else
		fputs(text, f);
	fclose(f);
}

static const struct { const char *name, *from, *to, *says; } FAULTS[] = {
	{ "a section is missing", "[notice.due]", "", "{time}" }, /* its text falls to the section before it */
	{ "a section is empty", "[kind.warned]\nTime limit is near", "[kind.warned]", "[kind.warned] is missing or empty" },
	{ "a section nobody uses", "[kind.task]", "[kind.other]\nx\n[kind.task]", "nothing uses" },
	{ "a section twice", "[kind.task]", "[kind.warned]\nx\n[kind.task]", "twice" },
	{ "a placeholder is missing", "{host} was disabled", "it was disabled", "never says {host}" },
	{ "a placeholder nothing fills", "{why}", "{why} {reason}", "placeholder that nothing fills" },
	{ "a brace", "Overdue", "Overdue {", "placeholder that nothing fills" },
};

static void a_fault_is_named(void **state)
{
	char folder[] = "/tmp/ql-texts-XXXXXX", path[256];
	struct ql_err err = { 0 };
	struct texts *t;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < QL_LEN(FAULTS); i++) {
		copy_changed(folder, "zh-CN", NULL, NULL);
		copy_changed(folder, "ru", NULL, NULL);
		copy_changed(folder, "en", FAULTS[i].from, FAULTS[i].to);
		assert_int_equal(texts_open(&t, folder, &err), QL_FATAL);
		assert_null(t);
		if (strstr(err.msg, FAULTS[i].says) == NULL || strstr(err.msg, "en.txt") == NULL)
			fail_msg("%s: %s", FAULTS[i].name, err.msg);
	}
	snprintf(path, sizeof(path), "%s/ru.txt", folder);
	copy_changed(folder, "en", NULL, NULL);
	unlink(path);
	assert_int_equal(texts_open(&t, folder, &err), QL_FATAL);
	assert_non_null(strstr(err.msg, "ru.txt cannot be read"));
	for (size_t f = 0; f < QL_LEN(FILES); f++) {
		snprintf(path, sizeof(path), "%s/%s.txt", folder, FILES[f]);
		unlink(path);
	}
	rmdir(folder);
}

static void languages(void **state)
{
	(void)state;
	assert_int_equal(language_of("zh"), LANGUAGE_ZH);
	assert_int_equal(language_of("zh-CN"), LANGUAGE_ZH);
	assert_int_equal(language_of("en"), LANGUAGE_EN);
	assert_int_equal(language_of("ru"), LANGUAGE_RU);
	assert_int_equal(language_of(""), LANGUAGE_ZH);
	assert_int_equal(language_of("fr"), LANGUAGE_ZH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_there_in_three_languages), cmocka_unit_test(forbidden_words), cmocka_unit_test(a_fault_is_named), cmocka_unit_test(languages),
	};

	return cmocka_run_group_tests_name("notify/texts", tests, NULL, NULL);
}
