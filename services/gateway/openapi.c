/* openapi.c -- the description of the interface: openapi.json, compiled in, so that a program and what it says of itself
 * can't part; and the tables that it is held against. */
#include <stdio.h>

#include "api.h"

#define TABLES_MAX ((size_t)1 << 20)

/* The assembler takes the file as it is. Built from the root of the tree, as everything. */
__asm__(".section .rodata\n"
        "openapi_json: .incbin \"services/gateway/openapi.json\"\n"
        "openapi_json_end: .byte 0\n"
        ".previous\n");
extern const char openapi_json[], openapi_json_end[];

enum ql_rc openapi_read(struct call *c, struct ql_err *err)
{
	const size_t len = (size_t)(openapi_json_end - openapi_json);

	(void)err;
	c->res->cache = "public, max-age=300";
	ql_buf_add(&c->res->body, openapi_json, len);
	return api_json(c);
}

static void describe_route(struct ql_buf *b, const struct route *r)
{
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "method", method_name(r->method));
	ql_json_text(b, "path", r->pattern);
	ql_json_bool(b, "signed_in", (r->needs & FOR_SIGNED_IN) != 0);
	ql_json_bool(b, "refuses", (r->needs & FOR_SIGNED_IN) && !(r->needs & FOR_ANYONE)); /* some of those signed in */
	ql_json_bool(b, "body", (r->needs & WITH_BODY) != 0);
	ql_json_close(b, '}');
}

bool api_describe(FILE *to)
{
	const struct route *routes;
	size_t n = routes_all(&routes);
	struct ql_buf b;
	bool good;

	ql_buf_init(&b, TABLES_MAX);
	ql_json_open(&b, NULL, '{');
	ql_json_open(&b, "routes", '[');
	for (size_t i = 0; i < n; i++)
		describe_route(&b, routes + i);
	ql_json_close(&b, ']');
	ql_json_open(&b, "commands", '[');
	commands_describe(&b);
	ql_json_close(&b, ']');
	ql_json_open(&b, "problems", '[');
	problems_describe(&b);
	ql_json_close(&b, ']');
	ql_json_close(&b, '}');
	good = ql_buf_ok(&b) && fprintf(to, "%s\n", b.data) > 0 && fflush(to) == 0;
	ql_buf_free(&b);
	return good;
}
