/* What anybody may write, as a text to be found and as a question. A term holds nothing that a query could take for its own
 * signs, and a question always fits its queries. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "domain/terms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_term(void *ctx, const char *term, size_t size)
{
	(void)ctx;
	if (size == 0 || size > TERM_MAX || ql_utf8_valid(term, size) != size)
		abort();
	for (size_t i = 0; i < size; i++)
		if (term[i] <= ' ' && term[i] >= 0)
			abort();
	if (memchr(term, '\'', size) != NULL || memchr(term, '\\', size) != NULL)
		abort();
}

static void check_query(const char *query)
{
	size_t quotes = 0;

	if (strlen(query) >= QUESTION_QUERY || strchr(query, '\\') != NULL)
		abort();
	for (const char *at = query; *at != '\0'; at++)
		quotes += *at == '\'';
	if (quotes % 2 != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), code[TERM_MAX + 1];
	struct question q;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	terms_of(text, check_term, NULL);
	terms_squeeze(text, code);
	if (code[0] != '\0')
		check_term(NULL, code, strlen(code));
	if (question_read(text, &q)) {
		check_query(q.exact);
		check_query(q.begun);
		check_query(q.heading);
		check_query(q.anywhere);
		if (q.anywhere[0] == '\0' || q.heading[0] == '\0')
			abort();
	}
	free(text);
	return 0;
}
