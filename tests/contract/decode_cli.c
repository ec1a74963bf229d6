/* decode_cli -- the decoders of intake as a filter, for tests that judge them from outside.
 * link: services/intake/decode.c services/intake/decode_semantics.c services/intake/decode_fields.c
 * link: services/intake/decode_text.c services/intake/decode_reason.c services/intake/cloudevent.c services/intake/notice_xml.c
 *
 * stdin: records, each a sequence of chunks "length (4 bytes, big-endian), bytes": topic, number of headers in decimal,
 * name and value of each header, value of the record. Length 0xffffffff is an absent value. stdout: one line a record,
 * "accept <kind>" or "reject <code> <field>" tabbed, with the two sentences. With --semantics the second step runs too.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "intake/decode.h"

#define CHUNK_MAX (16u << 20)
#define HEADERS_MAX 128
#define ABSENT 0xffffffffu

struct chunk {
	char *bytes;
	size_t len;
};

static void die(const char *why)
{
	fprintf(stderr, "decode_cli: %s\n", why);
	exit(2);
}

/* False at the end of input; the bytes have a NUL behind them. */
static bool read_chunk(struct chunk *chunk)
{
	uint32_t len;

	*chunk = (struct chunk){ 0 };
	if (fread(&len, sizeof len, 1, stdin) != 1)
		return false;
	len = ntohl(len);
	if (len == ABSENT)
		return true;
	if (len > CHUNK_MAX)
		die("a chunk is too long");
	chunk->bytes = malloc(len + 1);
	chunk->len = len;
	if (chunk->bytes == NULL || fread(chunk->bytes, 1, len, stdin) != len)
		die("the input ends inside a chunk");
	chunk->bytes[len] = '\0';
	return true;
}

static void need_chunk(struct chunk *chunk)
{
	if (!read_chunk(chunk))
		die("the input ends inside a record");
}

static void judge(const struct record_in *in, bool semantics)
{
	static struct intake_record out;
	struct ql_err err = { 0 };
	enum ql_rc rc = decode_record(in, &out, &err);

	if (rc == QL_OK && semantics)
		rc = decode_semantics(in, &out, &err);
	if (rc == QL_OK)
		printf("accept\t%s\t%s\t%s\n", record_kind_name(out.kind), out.source, out.id);
	else if (rc == QL_REJECT)
		printf("reject\t%s\t%s\t%s\t%s\n", out.fault.code, out.fault.field, out.fault.zh, out.fault.en);
	else
		die(err.msg);
	intake_record_free(&out);
}

static bool read_record(bool semantics)
{
	static struct record_header headers[HEADERS_MAX];
	struct chunk topic, count, chunks[2 * HEADERS_MAX], value;
	struct record_in in = { .headers = headers, .timestamp = 0 };

	if (!read_chunk(&topic))
		return false;
	need_chunk(&count);
	in.n_headers = (size_t)atoi(count.bytes);
	if (in.n_headers > HEADERS_MAX)
		die("too many headers");
	for (size_t i = 0; i < in.n_headers; i++) {
		need_chunk(&chunks[2 * i]);
		need_chunk(&chunks[2 * i + 1]);
		headers[i] = (struct record_header){ chunks[2 * i].bytes, chunks[2 * i + 1].bytes, chunks[2 * i + 1].len };
	}
	need_chunk(&value);
	in.topic = topic.bytes;
	in.bytes = value.bytes;
	in.len = value.len;
	judge(&in, semantics);
	for (size_t i = 0; i < 2 * in.n_headers; i++)
		free(chunks[i].bytes);
	free(topic.bytes);
	free(count.bytes);
	free(value.bytes);
	return true;
}

int main(int argc, char **argv)
{
	bool semantics = argc > 1 && strcmp(argv[1], "--semantics") == 0;

	while (read_record(semantics))
		;
	return 0;
}
