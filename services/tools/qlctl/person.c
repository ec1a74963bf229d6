/* person.c -- qlctl person: what is kept of one person, and its erasure. The chain of the journal holds nothing of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/log.h"
#include "domain/phone.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/erase.h"

#define EXPORT_MAX ((size_t)64 << 20)

struct person_conf { const char *pg_dsn, *phone, *channel, *channel_user, *why; };
#define T struct person_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of the schema's owner"),
	QL_TEXT(T, phone, "phone", "", "whose data: the telephone number, however it is written"),
	QL_TEXT(T, channel, "channel", "", "or the channel, for instance wechat, ..."),
	QL_TEXT(T, channel_user, "channel-user", "", "... and the name on it"),
	QL_TEXT(T, why, "why", "", "the request that this answers (required); goes to the record"),
	{ 0 },
};
#undef T
static const struct ql_program PERSON = {
	"qlctl person", "A person's data: person export writes it as JSON, person erase forgets it. Open and held cases are left as they are.", OPTIONS
};

static enum ql_rc identify(const struct person_conf *c, struct phone *phone, struct keep_person *p, struct ql_err *err)
{
	if (c->why[0] == '\0')
		return ql_reject(err, "why", "--why names the request that this answers");
	if ((c->channel[0] == '\0') != (c->channel_user[0] == '\0') || (c->phone[0] == '\0' && c->channel[0] == '\0'))
		return ql_reject(err, "phone", "name the person: --phone, or --channel and --channel-user");
	if (c->phone[0] != '\0' && !phone_parse(c->phone, NULL, phone, NULL))
		return ql_reject(err, "phone", "is no telephone number");
	*p = (struct keep_person){ c->phone[0] != '\0' ? phone->number : "", c->channel, c->channel_user };
	return QL_OK;
}

/* The record says what was done and for which request, never whose it was. */
static enum ql_rc record(struct ql_pg *pg, const char *event, const char *why, int64_t n, int64_t kept, struct ql_err *err)
{
	struct ql_buf b;
	enum ql_rc rc;

	ql_buf_init(&b, 8192);
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "why", why);
	ql_json_i64(&b, "cases", n);
	ql_json_i64(&b, "kept", kept);
	ql_json_close(&b, '}');
	rc = ql_buf_ok(&b) ? keep_store_record(pg, event, b.data, err) : ql_reject(err, "why", "is too long");
	ql_buf_free(&b);
	return rc;
}

static enum ql_rc export(struct ql_pg *pg, const struct person_conf *c, const struct keep_person *p, struct ql_err *err)
{
	struct keep_cases found;
	struct ql_buf out;
	int64_t kept = 0;
	enum ql_rc rc = keep_store_cases_of(pg, p, &found, &kept, err);

	ql_buf_init(&out, EXPORT_MAX);
	if (rc == QL_OK)
		rc = keep_store_export(pg, p, &out, err);
	if (rc == QL_OK && !ql_buf_ok(&out))
		rc = ql_fail(err, QL_REJECT, "more than %zu bytes are kept of this person", EXPORT_MAX);
	if (rc == QL_OK)
		rc = record(pg, "person_exported", c->why, found.total + kept, 0, err);
	if (rc == QL_OK)
		puts(out.data);
	ql_buf_free(&out);
	return rc;
}

static enum ql_rc erase_all(struct ql_pg *pg, const struct keep_person *p, int64_t *n, int64_t *kept, struct ql_err *err)
{
	struct casebook *cb = NULL;
	struct keep_cases found;
	enum ql_rc rc = casebook_new(&cb, pg, err);

	while (rc == QL_OK && (rc = keep_store_cases_of(pg, p, &found, kept, err)) == QL_OK && found.n > 0) {
		rc = erase_cases(cb, &found, "request", err);
		*n += found.n;
	}
	casebook_free(cb);
	return rc;
}

static enum ql_rc erase(struct ql_pg *pg, const struct person_conf *c, const struct keep_person *p, struct ql_err *err)
{
	int64_t n = 0, kept = 0, elsewhere = 0;
	enum ql_rc rc = erase_all(pg, p, &n, &kept, err);

	if (rc == QL_OK)
		rc = keep_store_erase_elsewhere(pg, p, &elsewhere, err);
	if (rc == QL_OK)
		rc = record(pg, "person_erased", c->why, n, kept, err);
	if (rc == QL_OK)
		printf("erased in %" PRId64 " cases and %" PRId64 " other places; left in %" PRId64 " cases that are open or held\n", n, elsewhere, kept);
	return rc;
}

static const struct { const char *verb; enum ql_rc (*run)(struct ql_pg *pg, const struct person_conf *c, const struct keep_person *p, struct ql_err *err); } VERBS[] = {
	{ "export", export }, { "erase", erase },
};

int qlctl_person(int argc, char **argv)
{
	struct person_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct phone phone = { 0 };
	struct keep_person p;
	struct ql_pg *pg = NULL;
	const char *verb;
	const int n = command_words(&argc, &argv, &verb, 1);
	size_t v = 0;
	enum ql_rc rc = ql_conf_load(&PERSON, &conf, argc, argv, &err);

	while (v < QL_LEN(VERBS) && (n != 1 || strcmp(verb, VERBS[v].verb) != 0))
		v++;
	if (rc == QL_OK && v == QL_LEN(VERBS))
		rc = ql_fail(&err, QL_FATAL, "qlctl person export or erase");
	if (rc == QL_OK)
		rc = identify(&conf, &phone, &p, &err);
	if (rc == QL_OK)
		rc = ql_pg_open(&pg, conf.pg_dsn, "qlctl", &err);
	if (rc == QL_OK)
		rc = VERBS[v].run(pg, &conf, &p, &err);
	ql_pg_close(pg);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
