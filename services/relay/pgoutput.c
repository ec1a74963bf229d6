#include "pgoutput.h"

#include "cursor.h"

/* B: final lsn 8, time 8, xid 4 */
static void read_begin(struct cursor *c, struct pgoutput_message *m)
{
	cursor_bytes(c, 8 + 8);
	m->xid = (uint32_t)cursor_uint(c, 4);
}

/* C: flags 1, commit lsn 8, end lsn 8, time 8 */
static void read_commit(struct cursor *c, struct pgoutput_message *m)
{
	cursor_bytes(c, 1 + 8);
	m->end_lsn = cursor_uint(c, 8);
	cursor_bytes(c, 8);
}

/* A count of columns; fails over the bound. */
static int read_columns(struct cursor *c)
{
	uint64_t n = cursor_uint(c, 2);

	if (n <= PGOUTPUT_COLUMNS)
		return (int)n;
	c->failed = true;
	return 0;
}

/* R: oid 4, schema, table, replica identity 1, columns 2, each: flags 1, name, type 4, modifier 4 */
static void read_relation(struct cursor *c, struct pgoutput_message *m)
{
	struct pgoutput_relation *r = &m->relation;

	r->oid = (uint32_t)cursor_uint(c, 4);
	r->schema = cursor_string(c);
	r->table = cursor_string(c);
	cursor_bytes(c, 1);
	r->n = read_columns(c);
	for (int i = 0; i < r->n && !c->failed; i++) {
		cursor_bytes(c, 1);
		r->columns[i] = cursor_string(c);
		cursor_bytes(c, 4 + 4);
	}
}

/* A value: 'n' null, or 't' length 4, text. 'b' was not asked for, 'u' (unchanged) can't be in an insert. */
static struct pgoutput_value read_value(struct cursor *c)
{
	struct pgoutput_value v = { NULL, 0 };
	char kind = (char)cursor_uint(c, 1);

	if (kind == 't') {
		v.len = (size_t)cursor_uint(c, 4);
		v.text = cursor_bytes(c, v.len);
	} else if (kind != 'n') {
		c->failed = true;
	}
	return v;
}

/* I: oid 4, 'N', columns 2, values */
static void read_insert(struct cursor *c, struct pgoutput_message *m)
{
	struct pgoutput_insert *in = &m->insert;

	in->oid = (uint32_t)cursor_uint(c, 4);
	if (cursor_uint(c, 1) != 'N')
		c->failed = true;
	in->n = read_columns(c);
	for (int i = 0; i < in->n && !c->failed; i++)
		in->values[i] = read_value(c);
}

/* M: flags 1 (1: transactional), lsn 8, prefix, length 4, content */
static void read_logical(struct cursor *c, struct pgoutput_message *m)
{
	struct pgoutput_logical *l = &m->logical;

	l->transactional = cursor_uint(c, 1) & 1;
	cursor_bytes(c, 8);
	l->prefix = cursor_string(c);
	l->content.len = (size_t)cursor_uint(c, 4);
	l->content.text = cursor_bytes(c, l->content.len);
}

static const struct { char code; enum pgoutput_kind kind; void (*read)(struct cursor *, struct pgoutput_message *); } KINDS[] = {
	{ 'B', PGOUTPUT_BEGIN, read_begin },
	{ 'C', PGOUTPUT_COMMIT, read_commit },
	{ 'R', PGOUTPUT_RELATION, read_relation },
	{ 'I', PGOUTPUT_INSERT, read_insert },
	{ 'M', PGOUTPUT_LOGICAL, read_logical },
};

enum ql_rc pgoutput_parse(const char *bytes, size_t len, struct pgoutput_message *out, struct ql_err *err)
{
	struct cursor c = cursor_over(bytes, len);

	out->code = (char)cursor_uint(&c, 1);
	out->kind = PGOUTPUT_OTHER;
	if (c.failed)
		return ql_fail(err, QL_REJECT, "empty message");
	for (size_t i = 0; i < QL_LEN(KINDS); i++) {
		if (KINDS[i].code != out->code)
			continue;
		out->kind = KINDS[i].kind;
		KINDS[i].read(&c, out);
		if (!cursor_done(&c))
			return ql_fail(err, QL_REJECT, "message %c of %zu bytes is malformed", out->code, len);
	}
	return QL_OK;
}
