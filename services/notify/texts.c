#include "notify/texts.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 32

static const char *const FILES[LANGUAGES] = { [LANGUAGE_ZH] = "zh-CN", [LANGUAGE_EN] = "en", [LANGUAGE_RU] = "ru" };

/* Every text and the placeholders it must hold, each at least once. */
static const struct { const char *name, *holds[TEXTS_VALUES]; } WANTED[TEXTS] = {
	[TEXT_MESSAGE_SUBJECT] = { "message.subject", { "number" } },
	[TEXT_MESSAGE_BODY] = { "message.body", { "number", "text", "promise", "link" } },
	[TEXT_MESSAGE_PROMISE] = { "message.promise", { "time" } },
	[TEXT_NOTICE_SUBJECT] = { "notice.subject", { "what", "number" } },
	[TEXT_NOTICE_BODY] = { "notice.body", { "what", "number", "times", "due", "link" } },
	[TEXT_NOTICE_DUE] = { "notice.due", { "time" } },
	[TEXT_NOTICE_TIMES] = { "notice.times", { "times" } },
	[TEXT_KIND_ASSIGNED] = { "kind.assigned", { 0 } },
	[TEXT_KIND_WARNED] = { "kind.warned", { 0 } },
	[TEXT_KIND_BREACHED] = { "kind.breached", { 0 } },
	[TEXT_KIND_ESCALATED] = { "kind.escalated", { 0 } },
	[TEXT_KIND_INVITED] = { "kind.invited", { 0 } },
	[TEXT_KIND_TASK] = { "kind.task", { 0 } },
	[TEXT_KIND_FOLLOWED] = { "kind.followed", { 0 } },
	[TEXT_DIGEST_SUBJECT] = { "digest.subject", { "count" } },
	[TEXT_DIGEST_BODY] = { "digest.body", { "lines", "more", "link" } },
	[TEXT_DIGEST_LINE] = { "digest.line", { "number", "what", "times", "due" } },
	[TEXT_DIGEST_MORE] = { "digest.more", { "count" } },
	[TEXT_WEBHOOK_SUBJECT] = { "webhook.subject", { "host" } },
	[TEXT_WEBHOOK_BODY] = { "webhook.body", { "host", "why" } },
	[TEXT_WEBHOOK_GONE] = { "webhook.gone", { 0 } },
	[TEXT_WEBHOOK_FAILING] = { "webhook.failing", { 0 } },
};

struct texts {
	char *file[LANGUAGES]; /* cut into its texts in place */
	const char *text[LANGUAGES][TEXTS];
};

enum language language_of(const char *code)
{
	if (strncmp(code, "en", 2) == 0)
		return LANGUAGE_EN;
	return strncmp(code, "ru", 2) == 0 ? LANGUAGE_RU : LANGUAGE_ZH;
}

/* The name inside the braces that open at p, or NULL: this brace is only a brace. */
static const char *placeholder(const char *p, char name[NAME_MAX_LEN])
{
	const size_t len = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");

	if (*p != '{' || len == 0 || len >= NAME_MAX_LEN || p[1 + len] != '}')
		return NULL;
	memcpy(name, p + 1, len);
	name[len] = '\0';
	return p + len + 2;
}

static bool text_holds(const char *text, const char *wanted)
{
	char name[NAME_MAX_LEN];

	for (const char *p = strchr(text, '{'); p != NULL; p = strchr(p + 1, '{'))
		if (placeholder(p, name) != NULL && strcmp(name, wanted) == 0)
			return true;
	return false;
}

static bool is_wanted(enum text text, const char *name)
{
	for (int i = 0; i < TEXTS_VALUES && WANTED[text].holds[i] != NULL; i++)
		if (strcmp(WANTED[text].holds[i], name) == 0)
			return true;
	return false;
}

static enum ql_rc check_text(const char *file, enum text which, const char *text, struct ql_err *err)
{
	char name[NAME_MAX_LEN];

	if (text == NULL || text[0] == '\0')
		return ql_fail(err, QL_FATAL, "%s: the section [%s] is missing or empty: write it", file, WANTED[which].name);
	for (const char *p = strchr(text, '{'); p != NULL; p = strchr(p + 1, '{'))
		if (placeholder(p, name) == NULL || !is_wanted(which, name))
			return ql_fail(err, QL_FATAL, "%s: [%s] holds a placeholder that nothing fills, near \"%.20s\"", file, WANTED[which].name, p);
	for (int i = 0; i < TEXTS_VALUES && WANTED[which].holds[i] != NULL; i++)
		if (!text_holds(text, WANTED[which].holds[i]))
			return ql_fail(err, QL_FATAL, "%s: [%s] never says {%s}: put it in", file, WANTED[which].name, WANTED[which].holds[i]);
	return QL_OK;
}

static bool find_text(const char *name, size_t len, enum text *which)
{
	for (int i = 0; i < TEXTS; i++)
		if (strlen(WANTED[i].name) == len && strncmp(WANTED[i].name, name, len) == 0) {
			*which = (enum text)i;
			return true;
		}
	return false;
}

/* Ends the text that stands before end: line ends at its end belong to the file, not to the words. */
static void end_text(char *start, char *end)
{
	while (end > start && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	*end = '\0';
}

/* What stands before the first section is for whoever edits the file. */
static enum ql_rc cut_sections(const char *file, char *data, const char *text[TEXTS], struct ql_err *err)
{
	char *start = NULL;
	int line = 0;

	for (char *p = data, *next; p != NULL; p = next) {
		const size_t len = strcspn(p, "\n");
		enum text which = TEXTS;

		next = p[len] == '\n' ? p + len + 1 : NULL;
		line++;
		if (len < 3 || p[0] != '[' || p[len - 1] != ']')
			continue;
		if (!find_text(p + 1, len - 2, &which))
			return ql_fail(err, QL_FATAL, "%s:%d: nothing uses the section %.*s: remove it", file, line, (int)(len < 60 ? len : 60), p);
		if (text[which] != NULL)
			return ql_fail(err, QL_FATAL, "%s:%d: the section [%s] is there twice", file, line, WANTED[which].name);
		if (start != NULL)
			end_text(start, p);
		start = next != NULL ? next : p + len;
		text[which] = start;
	}
	if (start != NULL)
		end_text(start, start + strlen(start));
	return QL_OK;
}

static enum ql_rc read_file(const char *path, char **data, struct ql_err *err)
{
	FILE *f = fopen(path, "r");
	size_t got;

	if (f == NULL)
		return ql_fail(err, QL_FATAL, "%s cannot be read: set notify.templates to the folder of templates", path);
	*data = calloc(1, TEXTS_FILE_MAX + 1);
	got = *data != NULL ? fread(*data, 1, TEXTS_FILE_MAX, f) : 0;
	const bool whole = *data != NULL && feof(f) && memchr(*data, '\0', got) == NULL && ql_utf8_valid(*data, got) == got;

	fclose(f);
	return whole ? QL_OK : ql_fail(err, QL_FATAL, "%s is longer than %d bytes, or not UTF-8", path, TEXTS_FILE_MAX);
}

static enum ql_rc load(struct texts *t, const char *folder, enum language language, struct ql_err *err)
{
	char path[512];
	enum ql_rc rc;

	snprintf(path, sizeof(path), "%s/%s.txt", folder, FILES[language]);
	rc = read_file(path, &t->file[language], err);
	if (rc == QL_OK)
		rc = cut_sections(path, t->file[language], t->text[language], err);
	for (int i = 0; rc == QL_OK && i < TEXTS; i++)
		rc = check_text(path, (enum text)i, t->text[language][i], err);
	return rc;
}

enum ql_rc texts_open(struct texts **out, const char *folder, struct ql_err *err)
{
	struct texts *t = calloc(1, sizeof(*t));
	enum ql_rc rc = t != NULL ? QL_OK : ql_fail(err, QL_FATAL, "no memory for the texts of letters");

	for (int i = 0; rc == QL_OK && i < LANGUAGES; i++)
		rc = load(t, folder, (enum language)i, err);
	if (rc != QL_OK) {
		texts_close(t);
		t = NULL;
	}
	*out = t;
	return rc;
}

void texts_close(struct texts *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < LANGUAGES; i++)
		free(t->file[i]);
	free(t);
}

static const char *value_of(const struct value *values, const char *name)
{
	for (; values != NULL && values->name != NULL; values++)
		if (strcmp(values->name, name) == 0)
			return values->text;
	return NULL;
}

/* An empty value leaves empty lines around it: of those two line ends stay. */
static void add_text(struct ql_buf *out, const char *text, size_t len, int *ends)
{
	for (size_t i = 0; i < len; i++) {
		*ends = text[i] == '\n' ? *ends + 1 : 0;
		if (*ends <= 2)
			ql_buf_add(out, text + i, 1);
	}
}

void texts_fill(const struct texts *t, enum language language, enum text text, const struct value *values, struct ql_buf *out)
{
	const char *p = t->text[language][text];
	char name[NAME_MAX_LEN];
	int ends = 0;

	while (*p != '\0') {
		const size_t len = strcspn(p, "{");
		const char *behind, *value;

		add_text(out, p, len, &ends);
		p += len;
		if (*p == '\0')
			return;
		behind = placeholder(p, name);
		assert(behind != NULL); /* checked when the file was read */
		value = value_of(values, name);
		assert(value != NULL);
		add_text(out, value, strlen(value), &ends);
		p = behind;
	}
}
