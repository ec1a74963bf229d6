/* link: services/notify/letter.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/timefmt.h"
#include "notify/letter.h"

static const struct letter PLAIN = { .from = "qingling@customs.example", .name = "", .to = "li@rongtai.example", .subject = "Case 261123-00417-5", .body = "Hello\n",
                                     .id = "b1@customs.example", .thread = NULL, .at = 1795846893 * QL_SECOND };

static enum ql_rc written(const struct letter *l, struct ql_buf *out, struct ql_err *err)
{
	ql_buf_init(out, LETTER_MAX);
	return letter_write(l, out, err);
}

static void a_plain_one(void **state)
{
	struct ql_err err = { 0 };
	struct ql_buf b;

	(void)state;
	assert_int_equal(written(&PLAIN, &b, &err), QL_OK);
	assert_string_equal(b.data, "Date: Sat, 28 Nov 2026 14:21:33 +0800\r\nFrom: <qingling@customs.example>\r\nTo: <li@rongtai.example>\r\nSubject: Case 261123-00417-5\r\n"
	                            "Message-ID: <b1@customs.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
	                            "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\nSGVsbG8NCg==\r\n");
	ql_buf_free(&b);
}

/* Whatever stands in a subject or a name: no header more, no line longer than a relay takes, pure ASCII. */
static const char *const WORDS[] = {
	"x\r\nBcc: everyone@example.com", "x\nBcc: everyone@example.com", "x\rBcc: y", "\r\n\r\nbody", "=?UTF-8?B?QmNj?=", "tab\there", "\x7f\x01\x1f",
	"关于协调事项的补充材料：请尽快提交装箱单、发票和合同，以便现场海关继续办理，谢谢配合，谢谢配合，谢谢配合", "Обращение 261123-00417-5: новое сообщение от координатора по работе с предприятиями",
	"", " ", "\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2\xF0\x9F\x9A\xA2",
	"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
};

/* Headers of a letter: one line each, folded lines joined to theirs. */
static int count_headers(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	int n = 0;

	assert_non_null(end);
	for (const char *p = text; p < end; p = strstr(p, "\r\n") + 2) {
		n += *p != ' ';
		assert_true(strcspn(p, "\r") <= 78);
		assert_true(*p == ' ' || memchr(p, ':', strcspn(p, "\r")) != NULL);
	}
	for (const char *p = text; *p != '\0'; p++) {
		assert_true((*p >= ' ' && *p < 0x7f) || *p == '\r' || *p == '\n');
		assert_true(*p != '\n' || p[-1] == '\r');
	}
	return n;
}

static void words_stay_in_their_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(WORDS); i++) {
		struct letter l = PLAIN;
		struct ql_err err = { 0 };
		struct ql_buf b;

		l.subject = l.name = WORDS[i];
		assert_int_equal(written(&l, &b, &err), QL_OK);
		assert_int_equal(count_headers(b.data), 9);
		assert_null(strcasestr(b.data, "\nBcc"));
		ql_buf_free(&b);
	}
}

static void a_long_subject_is_cut_between_characters(void **state)
{
	char subject[3 * 200 + 1] = "";
	struct letter l = PLAIN;
	struct ql_err err = { 0 };
	struct ql_buf b;

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(subject, "\xE6\xB8\x85");
	l.subject = subject;
	assert_int_equal(written(&l, &b, &err), QL_OK);
	assert_int_equal(count_headers(b.data), 9);
	ql_buf_free(&b);
}

static const struct { const char *to, *from, *field; } ADDRESSES[] = {
	{ "a@b.example\r\nBcc: c@d.example", NULL, "/to" }, { "a@b.example, c@d.example", NULL, "/to" }, { "", NULL, "/to" }, { NULL, "x y@z", "/from" },
};

static void addresses_are_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < QL_LEN(ADDRESSES); i++) {
		struct letter l = PLAIN;
		struct ql_err err = { 0 };
		struct ql_buf b;

		l.to = ADDRESSES[i].to != NULL ? ADDRESSES[i].to : l.to;
		l.from = ADDRESSES[i].from != NULL ? ADDRESSES[i].from : l.from;
		assert_int_equal(written(&l, &b, &err), QL_REJECT);
		assert_string_equal(err.field, ADDRESSES[i].field);
		ql_buf_free(&b);
	}
}

static void a_body_has_a_bound(void **state)
{
	struct letter l = PLAIN;
	struct ql_err err = { 0 };
	struct ql_buf b;
	char *body = malloc(LETTER_MAX);

	(void)state;
	memset(body, 'x', LETTER_MAX - 1);
	body[LETTER_MAX - 1] = '\0';
	l.body = body;
	assert_int_equal(written(&l, &b, &err), QL_REJECT);
	assert_string_equal(err.field, "/body");
	ql_buf_free(&b);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_one), cmocka_unit_test(words_stay_in_their_header), cmocka_unit_test(a_long_subject_is_cut_between_characters),
		cmocka_unit_test(addresses_are_refused_by_name), cmocka_unit_test(a_body_has_a_bound),
	};

	return cmocka_run_group_tests_name("notify/letter", tests, NULL, NULL);
}
